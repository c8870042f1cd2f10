"""Blocks as matrices: products, transposes, reductions."""

from __future__ import annotations

from ttlang.dialects import ttl
from ttlang.frontend.blocks.block_formats import block_type, dtype_of, widest
from ttlang.frontend.blocks.broadcasts import spread
from ttlang.frontend.blocks.call_arguments import is_none
from ttlang.frontend.blocks.elementwise import apply, filled
from ttlang.frontend.blocks.shape_errors import wrong_product
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.value_nouns import describe_shape
from ttlang.frontend.blocks.values import NONE, BlockValue, Fill, Spread, Value, describe
from ttlang.tables.dtypes import BF16, DType, Kind


def as_matrix(c: ThreadBuilder, name: str, value: Value) -> BlockValue:
    """A block that a function of matrices can work on."""
    c.need_compute(f"{name} is computed")
    if isinstance(value, Spread):
        raise c.error(
            "TTL0301",
            f"{name} is given a broadcast whose shape nothing tells",
            hint="name a block of that shape: ⟦broadcast⟧(x, o, dims=[1])",
        )
    if isinstance(value, Fill):
        value = filled(c, name, value)
    if not isinstance(value, BlockValue):
        raise c.error("TTL0106", f"{name} works on blocks, and is given {describe(value)}")
    if dtype_of(value).is_integer:
        raise c.error(
            "TTL0306",
            f"{name} has no form for {dtype_of(value)}",
            hint="⟦typecast⟧(x, ttl.float32) makes floats of the integers",
        )
    return value


def matmul(c: ThreadBuilder, left: Value, right: Value, name: str = "matmul") -> BlockValue:
    """`a @ b`. Raises a TTL0301 for blocks that do not fit each other."""
    a, b = as_matrix(c, name, left), as_matrix(c, name, right)
    (m, inner), (outer, n) = a.type.sizes, b.type.sizes
    if inner != outer:
        raise wrong_product(c, name, a, b)
    result = block_type((m, n), widest(list(dict.fromkeys((dtype_of(a), dtype_of(b))))))
    return BlockValue(c.emit(ttl.MatmulOp(a.ssa, b.ssa, result)).result)


def transpose(c: ThreadBuilder, x: BlockValue) -> BlockValue:
    rows, columns = x.type.sizes
    return BlockValue(c.emit(ttl.TransposeOp(x.ssa, block_type((columns, rows), dtype_of(x)))).result)


def reduce(
    c: ThreadBuilder, kind: type[ttl.ReduceSumOp | ttl.ReduceMaxOp], x: BlockValue, dim: ttl.Dim, scaler: Value = NONE
) -> Value:
    """
    The sum or the maximum of a block along rows, columns or both, times a number or the element [0, 0] of a block of
    one tile. `dim`: what is left.
    """
    sizes = ttl.reduced_sizes(x.type.sizes, dim)
    result = block_type(sizes, dtype_of(x))
    if not isinstance(scaler, BlockValue):
        reduced = BlockValue(c.emit(kind(dim, x.ssa, result)).result)
        if is_none(scaler):
            return reduced
        factor = c.number(scaler)
        if factor is None:
            raise c.error("TTL0106", f"the scaler of a reduction is a number or a block, not {describe(scaler)}")
        return reduced if factor == 1 else apply(c, "mul", reduced, scaler)
    if scaler.type.sizes != (1, 1):
        raise c.error(
            "TTL0301", f"the scaler of a reduction is one tile, and not a block of {describe_shape(scaler.type.sizes)}"
        )
    # The hardware multiplies by the scaler twice where it reduces to a scalar, and takes none but 1 for a maximum.
    if kind is ttl.ReduceSumOp and dim is not ttl.Dim.SCALAR and _l1_format(scaler) is _l1_format(x):
        return BlockValue(c.emit(kind(dim, x.ssa, result, scaler.ssa)).result)
    reduced = BlockValue(c.emit(kind(dim, x.ssa, result)).result)
    factor = scaler if sizes == (1, 1) else spread(c, Spread(scaler, ttl.Dim.NONE), sizes)
    return apply(c, "mul", reduced, factor)


def _l1_format(block: BlockValue) -> DType:
    """The format in which the FPU finds a block in L1: a computed one is kept in bfloat16, or in float32."""
    dtype = dtype_of(block)
    return BF16 if block.buffer is None and dtype.kind is Kind.BLOCK_FLOAT else dtype
