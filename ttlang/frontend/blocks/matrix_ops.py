"""Blocks as matrices: products, transposes, reductions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from ttlang.dialects import ttl
from ttlang.frontend.blocks import row_major_blocks
from ttlang.frontend.blocks.block_dims import Axes, left_of, reduced_sizes
from ttlang.frontend.blocks.block_formats import block_type, dtype_of, widest
from ttlang.frontend.blocks.call_arguments import is_none
from ttlang.frontend.blocks.elementwise import apply, filled
from ttlang.frontend.blocks.shape_errors import wrong_product
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.tile_views import repeated
from ttlang.frontend.blocks.value_nouns import describe_shape
from ttlang.frontend.blocks.values import NONE, BlockValue, Fill, Spread, Value, describe
from ttlang.tables.dtypes import BF16, DType, Kind


def as_matrix(c: ThreadBuilder, name: str, value: Value, *, integers: bool = False) -> BlockValue:
    """A block that a function of matrices can work on. `integers`: whether it has a form for them."""
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
    row_major_blocks.compute_with(c, value)
    if len(value.type.sizes) < ttl.MATRIX:
        raise c.error(
            "TTL0301",
            f"{name} works on rows and columns, and is given a block of one dimension",
            hint="make it of a tensor of two dimensions, or more",
        )
    if dtype_of(value).is_integer and not integers:
        raise c.error(
            "TTL0306",
            f"{name} has no form for {dtype_of(value)}",
            hint="⟦typecast⟧(x, ttl.float32) makes floats of the integers",
        )
    return value


def matmul(c: ThreadBuilder, left: Value, right: Value, name: str = "matmul") -> BlockValue:
    """`a @ b`. Raises a TTL0301 for blocks that do not fit each other."""
    a, b = as_matrix(c, name, left), as_matrix(c, name, right)
    (*above, m, inner), (*beside, outer, n) = a.type.sizes, b.type.sizes
    leading = _common_leading(above, beside)
    if inner != outer or leading is None:
        raise wrong_product(c, name, a, b)
    a, b = repeated(c, a, leading), repeated(c, b, leading)
    result = block_type((*leading, m, n), widest(list(dict.fromkeys((dtype_of(a), dtype_of(b))))))
    return BlockValue(c.emit(ttl.MatmulOp(a.ssa, b.ssa, result)).result)


def _common_leading(first: Sequence[int], second: Sequence[int]) -> tuple[int, ...] | None:
    """How many products there are along each dimension before rows and columns; None if the blocks do not agree."""
    pairs = list(zip_longest(reversed(first), reversed(second), fillvalue=1))
    if any(a != b and 1 not in (a, b) for a, b in pairs):
        return None
    return tuple(max(pair) for pair in reversed(pairs))


def transpose(c: ThreadBuilder, x: BlockValue) -> BlockValue:
    """The transpose of each matrix of a block."""
    *leading, rows, columns = x.type.sizes
    return BlockValue(c.emit(ttl.TransposeOp(x.ssa, block_type((*leading, columns, rows), dtype_of(x)))).result)


def reduce(
    c: ThreadBuilder, kind: type[ttl.ReduceSumOp | ttl.ReduceMaxOp], x: BlockValue, gone: Axes, scaler: Value = NONE
) -> Value:
    """
    The sum or the maximum of a block over the dimensions `gone`, times a number or the element [0, 0] of a block of one
    tile.
    """
    _check_scaler(c, scaler)
    rank = len(x.type.sizes)
    matrices = reduced_sizes(x.type.sizes, frozenset(axis for axis in gone if axis < rank - ttl.MATRIX))
    if matrices != x.type.sizes:
        x = BlockValue(c.emit(kind(ttl.Dim.NONE, x.ssa, block_type(matrices, dtype_of(x)))).result)
    dim = left_of(gone, rank)
    if dim is ttl.Dim.NONE:
        return _scaled(c, x, scaler)
    result = block_type(ttl.reduced_sizes(x.type.sizes, dim), dtype_of(x))
    # The hardware multiplies by the scaler twice where it reduces to a scalar, and takes none but 1 for a maximum.
    takes_scaler = kind is ttl.ReduceSumOp and dim is not ttl.Dim.SCALAR
    if isinstance(scaler, BlockValue) and takes_scaler and _l1_format(scaler) is _l1_format(x):
        return BlockValue(c.emit(kind(dim, x.ssa, result, scaler.ssa)).result)
    return _scaled(c, BlockValue(c.emit(kind(dim, x.ssa, result)).result), scaler)


def _check_scaler(c: ThreadBuilder, scaler: Value) -> None:
    if isinstance(scaler, BlockValue):
        row_major_blocks.compute_with(c, scaler)
        if scaler.type.sizes != (1, 1):
            shown = describe_shape(scaler.type.sizes)
            raise c.error("TTL0301", f"the scaler of a reduction is one tile, and not a block of {shown}")
    elif not is_none(scaler) and c.number(scaler) is None:
        raise c.error("TTL0106", f"the scaler of a reduction is a number or a block, not {describe(scaler)}")


def _scaled(c: ThreadBuilder, x: BlockValue, scaler: Value) -> Value:
    """A block times a number, or the element [0, 0] of a block of one tile."""
    if isinstance(scaler, BlockValue):
        return apply(c, "mul", x, _for_each_tile(c, scaler, x.type.sizes))
    return x if is_none(scaler) or c.number(scaler) == 1 else apply(c, "mul", x, scaler)


def _for_each_tile(c: ThreadBuilder, tile: BlockValue, sizes: tuple[int, ...]) -> BlockValue:
    """A tile in the place of each of a block."""
    if tile.type.sizes == sizes:
        return tile
    matrices = repeated(c, tile, sizes[: -ttl.MATRIX])
    return BlockValue(c.emit(ttl.BroadcastOp(ttl.Dim.NONE, matrices.ssa, block_type(sizes, dtype_of(tile)))).result)


def _l1_format(block: BlockValue) -> DType:
    """The format in which the FPU finds a block in L1: a computed one is kept in bfloat16, or in float32."""
    dtype = dtype_of(block)
    return BF16 if block.buffer is None and dtype.kind is Kind.BLOCK_FLOAT else dtype
