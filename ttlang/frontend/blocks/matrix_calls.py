"""Calls of the functions that take blocks as matrices: products, transposes, reductions, broadcasts."""

from __future__ import annotations

from ttlang.diagnostics import Diagnostic
from ttlang.dialects import ttl
from ttlang.frontend.blocks import matrix_ops
from ttlang.frontend.blocks.block_dims import (
    Axes,
    as_2026_has_them,
    axes_of,
    left_of,
    read_dims,
    read_shape,
    reduced_axes,
    reduced_sizes,
)
from ttlang.frontend.blocks.broadcasts import spread
from ttlang.frontend.blocks.call_arguments import Arguments, is_none
from ttlang.frontend.blocks.elementwise import apply
from ttlang.frontend.blocks.matrix_ops import as_matrix
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.value_nouns import describe_shape
from ttlang.frontend.blocks.values import BlockValue, Host, Spread, Value, describe
from ttlang.tables.editions import EDITIONS, phrase

_OLDER_DIMS = {"row": (-1,), "col": (-2,), "scalar": (-2, -1)}
"""What goes, by what is left."""


def matmul(c: ThreadBuilder, arguments: Arguments) -> Value:
    left, right, turned = arguments["a"], arguments["b"], arguments["transpose_rhs"]
    if not isinstance(turned, Host):
        raise c.error("TTL0108", f"{phrase('matmul')}: transpose_rhs is {describe(turned)}, where a constant is needed")
    if turned.value:
        right = matrix_ops.transpose(c, as_matrix(c, "matmul", right))
    product = matrix_ops.matmul(c, left, right)
    start = arguments["c"]
    _check_output(c, "matmul", start, product.type.sizes)
    if not isinstance(start, BlockValue):
        return product
    if start.reserved:
        c.continued[product.ssa] = start.ssa
        return product
    return apply(c, "add", start, product)


def transpose_method(c: ThreadBuilder, arguments: Arguments) -> Value:
    """`x.transpose()`."""
    return matrix_ops.transpose(c, as_matrix(c, "transpose", arguments["self"]))


def transpose(c: ThreadBuilder, arguments: Arguments) -> Value:
    x = as_matrix(c, "transpose", arguments["x"])
    *leading, rows, columns = x.type.sizes
    _check_output(c, "transpose", arguments["o"], (*leading, columns, rows))
    return matrix_ops.transpose(c, x)


def reduce_sum(c: ThreadBuilder, arguments: Arguments) -> Value:
    return _reduce(c, ttl.ReduceSumOp, "reduce_sum", arguments)


def reduce_max(c: ThreadBuilder, arguments: Arguments) -> Value:
    return _reduce(c, ttl.ReduceMaxOp, "reduce_max", arguments)


def _reduce(c: ThreadBuilder, kind: type[ttl.ReduceSumOp | ttl.ReduceMaxOp], name: str, arguments: Arguments) -> Value:
    arguments = as_2026_has_them(arguments, ("scaler", "o"))
    x = as_matrix(c, name, arguments["x"])
    gone = _gone(c, name, x, arguments)
    _check_output(c, name, arguments["o"], reduced_sizes(x.type.sizes, gone))
    return matrix_ops.reduce(c, kind, x, gone, arguments["scaler"])


def broadcast(c: ThreadBuilder, arguments: Arguments) -> Value:
    arguments = as_2026_has_them(arguments, ("o",))
    x = as_matrix(c, "broadcast", arguments["x"])
    dims, output, shape = arguments["dims"], arguments["o"], arguments["shape"]
    if is_none(dims):
        raise c.error(
            "TTL0107",
            f"{phrase('broadcast')} lacks its argument dims",
            hint="[0] copies row 0 to all rows, [1] column 0 to all columns, [0, 1] the element [0, 0]",
        )
    made = Spread(x, axes_of(c, "broadcast", read_dims(c, "broadcast", dims), len(x.type.sizes)))
    if is_none(output):
        return made if is_none(shape) else spread(c, made, read_shape(c, shape))
    if not isinstance(output, BlockValue):
        raise c.error("TTL0106", f"broadcast: the block of the result is {describe(output)}")
    if not is_none(shape) and (sizes := read_shape(c, shape)) != output.type.sizes:
        raise c.error(
            "TTL0301",
            f"broadcast is given shape={sizes}, and a block of {describe_shape(output.type.sizes)} tiles",
            hint="one of the two is enough",
        )
    return spread(c, made, output.type.sizes)


def _check_output(c: ThreadBuilder, name: str, output: Value, sizes: tuple[int, ...]) -> None:
    """`o` and `c` say no more than the shape, which is known."""
    if is_none(output):
        return
    if not isinstance(output, BlockValue):
        raise c.error("TTL0106", f"{name}: the block of the result is {describe(output)}")
    if output.type.sizes != sizes:
        raise c.error(
            "TTL0301",
            f"{name} makes a block of {describe_shape(sizes)} tiles, and the block given for it has "
            f"{describe_shape(output.type.sizes)}",
        )


def _gone(c: ThreadBuilder, name: str, x: BlockValue, arguments: Arguments) -> Axes:
    """The dimensions that a reduction runs over. The shape of its result is checked where one is given."""
    older, dims, shape = arguments["dim"], arguments["dims"], arguments["shape"]
    rank = len(x.type.sizes)
    if isinstance(older, Host) and older.value is not None:
        chosen = _OLDER_DIMS.get(older.value) if isinstance(older.value, str) else None
        if chosen is None or not (is_none(dims)):
            raise c.error("TTL0107", f'{phrase(name)}: dim is "row", "col" or "scalar", and stands for dims')
        return _checked(c, name, x, axes_of(c, name, chosen, rank), [], shape)
    if is_none(dims):
        return _checked(c, name, x, frozenset(range(rank)), [], shape)
    chosen = read_dims(c, name, dims)
    axes = axes_of(c, name, chosen, rank)
    # Only 2026 counts from the inside, names the shape of the result, and has blocks of more dimensions.
    if min(chosen) < 0 or not is_none(shape) or rank > ttl.MATRIX:
        return _checked(c, name, x, axes, chosen, shape)
    if len(axes) < rank:
        c.kernel.doubt(_doubt(c, name, chosen))
    return reduced_axes(axes, rank, c.kernel.edition.reduced_dims)


def _checked(c: ThreadBuilder, name: str, x: BlockValue, gone: Axes, dims: list[int], shape: Value) -> Axes:
    """The dimensions that go, if the shape that is given for the result is that of this."""
    sizes = x.type.sizes
    if is_none(shape) or (given := read_shape(c, shape)) == (made := reduced_sizes(sizes, gone)):
        return gone
    others = reduced_axes(gone, len(sizes), "stay")
    if len(sizes) > ttl.MATRIX or not dims or min(dims) < 0 or reduced_sizes(sizes, others) != given:
        raise c.error(
            "TTL0301",
            f"{name} of a block of {describe_shape(sizes)} tiles leaves {describe_shape(made)}, and is given "
            f"shape={given}",
            hint="shape has 1 where dims are, and elsewhere what the block has",
        )
    raise c.error(
        "TTL0211",
        f"{phrase(name)}: dims={dims}, beside a shape, are those that go, as 2026 counts, and leave "
        f"{describe_shape(made)} tiles; shape={given} is what they leave as those that stay, as 2025 counts",
        hint=f"dims={sorted(others)} leaves that shape: where a call names one, dims are those that go, in both "
        "editions",
    )


_LEFT = {ttl.Dim.ROW: "one result a row, in column 0", ttl.Dim.COL: "one result a column, in row 0"}


def _doubt(c: ThreadBuilder, name: str, dims: list[int]) -> Diagnostic:
    """What is said of a reduction of a matrix whose `dims` are of one edition or the other."""

    def left(meaning: str) -> str:
        return _LEFT[left_of(reduced_axes(frozenset(dims), ttl.MATRIX, meaning), ttl.MATRIX)]

    readings = (
        f"{left(edition.reduced_dims)}, as {edition.name} counts (@ttl.{edition.decorator})"
        for edition in EDITIONS.values()
    )
    return Diagnostic(
        "TTL0211",
        f"{phrase(name)}: dims={dims}, in a kernel with names of two editions, leaves {'; or '.join(readings)}",
        c.span(),
        "dims=[-1] leaves one result a row and dims=[-2] one a column, in both editions; or use the names and the "
        "decorator of one edition",
        c.calls,
    )
