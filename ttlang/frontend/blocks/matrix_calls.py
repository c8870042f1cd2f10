"""Calls of the functions that take blocks as matrices: products, transposes, reductions, broadcasts."""

from __future__ import annotations

from ttlang.diagnostics import Diagnostic
from ttlang.dialects import ttl
from ttlang.frontend.blocks import matrix_ops
from ttlang.frontend.blocks.block_dims import GONE_DIMS, KEPT_DIMS, REDUCED_DIMS, as_2026_has_them, read_shape
from ttlang.frontend.blocks.broadcasts import spread
from ttlang.frontend.blocks.call_arguments import Arguments, is_none
from ttlang.frontend.blocks.elementwise import apply
from ttlang.frontend.blocks.matrix_ops import as_matrix
from ttlang.frontend.blocks.sequences import as_items
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.value_nouns import describe_shape
from ttlang.frontend.blocks.values import BlockValue, Host, Spread, Value, describe, host_integer
from ttlang.tables.editions import EDITIONS, phrase

_OLDER_DIMS = {"row": ttl.Dim.ROW, "col": ttl.Dim.COL, "scalar": ttl.Dim.SCALAR}


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
    rows, columns = x.type.sizes
    _check_output(c, "transpose", arguments["o"], (columns, rows))
    return matrix_ops.transpose(c, x)


def reduce_sum(c: ThreadBuilder, arguments: Arguments) -> Value:
    return _reduce(c, ttl.ReduceSumOp, "reduce_sum", arguments)


def reduce_max(c: ThreadBuilder, arguments: Arguments) -> Value:
    return _reduce(c, ttl.ReduceMaxOp, "reduce_max", arguments)


def _reduce(c: ThreadBuilder, kind: type[ttl.ReduceSumOp | ttl.ReduceMaxOp], name: str, arguments: Arguments) -> Value:
    arguments = as_2026_has_them(arguments, ("scaler", "o"))
    x = as_matrix(c, name, arguments["x"])
    dim = _reduced(c, name, x, arguments)
    _check_output(c, name, arguments["o"], ttl.reduced_sizes(x.type.sizes, dim))
    return matrix_ops.reduce(c, kind, x, dim, arguments["scaler"])


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
    made = Spread(x, _dim(c, "broadcast", _dims(c, "broadcast", dims), KEPT_DIMS))
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


def _reduced(c: ThreadBuilder, name: str, x: BlockValue, arguments: Arguments) -> ttl.Dim:
    """What a reduction leaves. Its shape is checked where one is given."""
    older, dims, shape = arguments["dim"], arguments["dims"], arguments["shape"]
    if isinstance(older, Host) and older.value is not None:
        chosen = _OLDER_DIMS.get(older.value) if isinstance(older.value, str) else None
        if chosen is None or not (is_none(dims)):
            raise c.error("TTL0107", f'{phrase(name)}: dim is "row", "col" or "scalar", and stands for dims')
        return _checked(c, name, x, chosen, [], shape)
    if is_none(dims):
        return _checked(c, name, x, ttl.Dim.SCALAR, [], shape)
    chosen = _dims(c, name, dims)
    # Only 2026 counts from the inside, and names the shape of the result.
    if min(chosen, default=0) < 0 or not is_none(shape):
        return _checked(c, name, x, _dim(c, name, chosen, GONE_DIMS), chosen, shape)
    dim = _dim(c, name, chosen, REDUCED_DIMS[c.kernel.edition.reduced_dims])
    if dim is not ttl.Dim.SCALAR:
        c.kernel.doubt(_doubt(c, name, chosen))
    return dim


def _checked(c: ThreadBuilder, name: str, x: BlockValue, dim: ttl.Dim, dims: list[int], shape: Value) -> ttl.Dim:
    """What a reduction leaves, if the shape that is given for its result is that of this."""
    if is_none(shape) or (given := read_shape(c, shape)) == (made := ttl.reduced_sizes(x.type.sizes, dim)):
        return dim
    kept = KEPT_DIMS.get(tuple(dims))
    if kept is None or ttl.reduced_sizes(x.type.sizes, kept) != given:
        raise c.error(
            "TTL0301",
            f"{name} of a block of {describe_shape(x.type.sizes)} tiles leaves {describe_shape(made)}, and is given "
            f"shape={given}",
            hint="shape has 1 where dims are, and elsewhere what the block has",
        )
    other = next(list(gone) for gone, left in GONE_DIMS.items() if left is kept)
    raise c.error(
        "TTL0211",
        f"{phrase(name)}: dims={dims}, beside a shape, are those that go, as 2026 counts, and leave "
        f"{describe_shape(made)} tiles; shape={given} is what they leave as those that stay, as 2025 counts",
        hint=f"dims={other} leaves that shape: where a call names one, dims are those that go, in both editions",
    )


_LEFT = {ttl.Dim.ROW: "one result a row, in column 0", ttl.Dim.COL: "one result a column, in row 0"}


def _doubt(c: ThreadBuilder, name: str, dims: list[int]) -> Diagnostic:
    """What is said of a reduction whose `dims` are of one edition or the other."""
    readings = (
        f"{_LEFT[REDUCED_DIMS[edition.reduced_dims][tuple(dims)]]}, as {edition.name} counts (@ttl.{edition.decorator})"
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


def _dims(c: ThreadBuilder, name: str, dims: Value) -> list[int]:
    """The dimensions that a call names, each once, as it counts them."""
    items = as_items(dims)
    numbers = [host_integer(item) for item in (items[0] if items is not None else [dims])]
    known = {number for number in numbers if number is not None}
    if None in numbers:
        code = "TTL0107" if all(isinstance(item, Host) for item in (items[0] if items else [dims])) else "TTL0108"
        raise c.error(code, f"{phrase(name)}: dims is {describe(dims)}, where a list of 0 and 1 is needed")
    return sorted(known)


def _dim(c: ThreadBuilder, name: str, dims: list[int], table: dict[tuple[int, ...], ttl.Dim]) -> ttl.Dim:
    chosen = tuple(sorted({n + 2 if n < 0 else n for n in dims}))
    if chosen not in table:
        raise c.error(
            "TTL0107",
            f"{phrase(name)}: dims={dims} names no dimensions of a block",
            hint="a block has the dimensions 0 (rows) and 1 (columns)",
        )
    return table[chosen]
