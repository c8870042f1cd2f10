"""Calls of the functions that take blocks as matrices: products, transposes, reductions, broadcasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from ttlang.diagnostics import Diagnostic
from ttlang.dialects import ttl
from ttlang.frontend.blocks import elementwise
from ttlang.frontend.blocks.elementwise import block_type, dtype_of, spread
from ttlang.frontend.blocks.language_calls import bind
from ttlang.frontend.blocks.products import as_matrix, matmul
from ttlang.frontend.blocks.shape_errors import GONE_DIMS, KEPT_DIMS, REDUCED_DIMS
from ttlang.frontend.blocks.values import (
    BlockValue,
    Host,
    Spread,
    Value,
    describe,
    describe_shape,
    host_integer,
)
from ttlang.frontend.python.displays import as_items
from ttlang.frontend.python.function_calls import ALWAYS, Call, Handler
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.language import matrices
from ttlang.language.edition import EDITIONS
from ttlang.tables.dtypes import BF16, DType, Kind

_OLDER_DIMS = {"row": ttl.Dim.ROW, "col": ttl.Dim.COL, "scalar": ttl.Dim.SCALAR}


def _check_output(c: ThreadCompiler, name: str, output: Value, sizes: tuple[int, ...]) -> None:
    """`o` and `c` say no more than the shape, which is known."""
    if isinstance(output, Host) and output.value is None:
        return
    if not isinstance(output, BlockValue):
        raise c.error("TTL0106", f"{name}: the block of the result is {describe(output)}")
    if output.type.sizes != sizes:
        raise c.error(
            "TTL0301",
            f"{name} makes a block of {describe_shape(sizes)} tiles, and the block given for it has "
            f"{describe_shape(output.type.sizes)}",
        )


def _matmul(c: ThreadCompiler, call: Call) -> Value:
    arguments = bind(c, matrices.matmul, "ttl.matmul", call)
    product = matmul(c, arguments["a"], arguments["b"])
    start = arguments["c"]
    _check_output(c, "matmul", start, product.type.sizes)
    if not isinstance(start, BlockValue):
        return product
    if start.reserved:
        c.continued[product.ssa] = start.ssa
        return product
    return elementwise.apply_name(c, "add", start, product)


# ----------------------------------------------------------------------------------- transposes, reductions


def _transpose(c: ThreadCompiler, call: Call) -> Value:
    arguments = bind(c, matrices.transpose, "ttl.transpose", call)
    x = as_matrix(c, "transpose", arguments["x"])
    rows, columns = x.type.sizes
    _check_output(c, "transpose", arguments["o"], (columns, rows))
    return BlockValue(c.emit(ttl.TransposeOp(x.ssa, block_type((columns, rows), dtype_of(x)))).result)


def _reduction(kind: type[ttl.ReduceSumOp | ttl.ReduceMaxOp], name: str) -> Handler:
    function = getattr(matrices, name)

    def handle(c: ThreadCompiler, call: Call) -> Value:
        arguments = bind(c, function, f"ttl.{name}", call)
        x = as_matrix(c, name, arguments["x"])
        dim = _reduced(c, name, arguments)
        sizes = ttl.reduced_sizes(x.type.sizes, dim)
        _check_output(c, name, arguments["o"], sizes)
        return _reduce(c, kind, x, dim, sizes, arguments["scaler"])

    return handle


def _reduce(
    c: ThreadCompiler,
    kind: type[ttl.ReduceSumOp | ttl.ReduceMaxOp],
    x: BlockValue,
    dim: ttl.Dim,
    sizes: tuple[int, ...],
    scaler: Value,
) -> Value:
    result = block_type(sizes, dtype_of(x))
    if not isinstance(scaler, BlockValue):
        reduced = BlockValue(c.emit(kind(dim, x.ssa, result)).result)
        if isinstance(scaler, Host) and scaler.value is None:
            return reduced
        factor = c.number(scaler)
        if factor is None:
            raise c.error("TTL0106", f"the scaler of a reduction is a number or a block, not {describe(scaler)}")
        return reduced if factor == 1 else elementwise.apply_name(c, "mul", reduced, scaler)
    if scaler.type.sizes != (1, 1):
        raise c.error(
            "TTL0301", f"the scaler of a reduction is one tile, and not a block of {describe_shape(scaler.type.sizes)}"
        )
    # The hardware multiplies by the scaler twice where it reduces to a scalar, and takes none but 1 for a maximum.
    if kind is ttl.ReduceSumOp and dim is not ttl.Dim.SCALAR and _l1_format(scaler) is _l1_format(x):
        return BlockValue(c.emit(kind(dim, x.ssa, result, scaler.ssa)).result)
    reduced = BlockValue(c.emit(kind(dim, x.ssa, result)).result)
    factor = scaler if sizes == (1, 1) else spread(c, Spread(scaler, ttl.Dim.NONE), sizes)
    return elementwise.apply_name(c, "mul", reduced, factor)


def _l1_format(block: BlockValue) -> DType:
    """The format in which the FPU finds a block in L1: a computed one is kept in bfloat16, or in float32."""
    dtype = dtype_of(block)
    return BF16 if block.buffer is None and dtype.kind is Kind.BLOCK_FLOAT else dtype


def _reduced(c: ThreadCompiler, name: str, arguments: dict[str, Value]) -> ttl.Dim:
    older, dims = arguments["dim"], arguments["dims"]
    if isinstance(older, Host) and older.value is not None:
        chosen = _OLDER_DIMS.get(older.value) if isinstance(older.value, str) else None
        if chosen is None or not (isinstance(dims, Host) and dims.value is None):
            raise c.error("TTL0107", f'ttl.{name}: dim is "row", "col" or "scalar", and stands for dims')
        return chosen
    if isinstance(dims, Host) and dims.value is None:
        return ttl.Dim.SCALAR
    chosen = _dims(c, name, dims)
    # Only 2026 counts from the inside.
    table = GONE_DIMS if min(chosen, default=0) < 0 else REDUCED_DIMS[c.kernel.edition.reduced_dims]
    dim = _dim(c, name, chosen, table)
    if dim is not ttl.Dim.SCALAR and min(chosen) >= 0:
        c.kernel.doubt(_doubt(c, name, chosen))
    return dim


_LEFT = {ttl.Dim.ROW: "one result a row, in column 0", ttl.Dim.COL: "one result a column, in row 0"}


def _doubt(c: ThreadCompiler, name: str, dims: list[int]) -> Diagnostic:
    """What is said of a reduction whose `dims` are of one edition or the other."""
    readings = (
        f"{_LEFT[REDUCED_DIMS[edition.reduced_dims][tuple(dims)]]}, as {edition.name} counts (@ttl.{edition.decorator})"
        for edition in EDITIONS.values()
    )
    return Diagnostic(
        "TTL0211",
        f"ttl.{name}: dims={dims}, in a kernel with names of two editions, leaves {'; or '.join(readings)}",
        c.span(),
        "dims=[-1] leaves one result a row and dims=[-2] one a column, in both editions; or use the names and the "
        "decorator of one edition",
        c.frame.calls,
    )


def _dims(c: ThreadCompiler, name: str, dims: Value) -> list[int]:
    """The dimensions that a call names, each once, as it counts them."""
    items = as_items(dims)
    numbers = [host_integer(item) for item in (items[0] if items is not None else [dims])]
    if any(number is None for number in numbers):
        code = "TTL0107" if all(isinstance(item, Host) for item in (items[0] if items else [dims])) else "TTL0108"
        raise c.error(code, f"ttl.{name}: dims is {describe(dims)}, where a list of 0 and 1 is needed")
    return sorted(set(cast(Sequence[int], numbers)))


def _dim(c: ThreadCompiler, name: str, dims: list[int], table: dict[tuple[int, ...], ttl.Dim]) -> ttl.Dim:
    chosen = tuple(sorted({n + 2 if n < 0 else n for n in dims}))
    if chosen not in table:
        raise c.error(
            "TTL0107",
            f"ttl.{name}: dims={dims} names no dimensions of a block",
            hint="a block has the dimensions 0 (rows) and 1 (columns)",
        )
    return table[chosen]


# ---------------------------------------------------------------------------------------------------- broadcasts


def _broadcast(c: ThreadCompiler, call: Call) -> Value:
    arguments = bind(c, matrices.broadcast, "ttl.broadcast", call)
    x = as_matrix(c, "broadcast", arguments["x"])
    dims, output = arguments["dims"], arguments["o"]
    if isinstance(dims, Host) and dims.value is None:
        raise c.error(
            "TTL0107",
            "ttl.broadcast lacks its argument dims",
            hint="[0] copies row 0 to all rows, [1] column 0 to all columns, [0, 1] the element [0, 0]",
        )
    made = Spread(x, _dim(c, "broadcast", _dims(c, "broadcast", dims), KEPT_DIMS))
    if isinstance(output, Host) and output.value is None:
        return made
    if not isinstance(output, BlockValue):
        raise c.error("TTL0106", f"broadcast: the block of the result is {describe(output)}")
    return spread(c, made, output.type.sizes)


ALWAYS[matrices.matmul] = _matmul
ALWAYS[matrices.transpose] = _transpose
ALWAYS[matrices.reduce_sum] = _reduction(ttl.ReduceSumOp, "reduce_sum")
ALWAYS[matrices.reduce_max] = _reduction(ttl.ReduceMaxOp, "reduce_max")
ALWAYS[matrices.broadcast] = _broadcast
