"""
Reads and writes of elements become loads and stores through a pointer, made where the block is acquired; coordinates
become the place of the element in memory. What may lie outside of the block is asserted to lie inside.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp, StringAttr, i32
from xdsl.ir import Block, Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.bounds import interval
from ttlang.analysis.float_bits import float32_bits
from ttlang.analysis.intervals import HIGHEST, LOWEST, Interval
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.names import buffer_stem, value_hint
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.dialects.walking import operations, operations_of
from ttlang.tables.dtypes import BF16, FACE_ELEMENTS, FACE_SIDE, TILE_ELEMENTS, TILE_HEIGHT, TILE_WIDTH
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import Ints, constant_at, convert, entry_block, rewrites

_CODE = StringAttr("TTL0816")
_FLOAT_2_31 = 0x4F00_0000
"""The bits of 2^31 as a float32: the least float that is no index any more."""


def _pointer(acquire: ttl.AcquireOp, rewriter: PatternRewriter) -> SSAValue:
    """
    The pointer to the elements of a block, made once behind its acquisition. What others have put into a block that was
    waited for shows only when the processor forgets what it has of it; reserved ones are read behind a barrier.
    """
    following = acquire.next_op
    while isinstance(following, ttkernel.InvalidateL1CacheOp | ttkernel.GetReadPtrOp | ttkernel.GetWritePtrOp):
        following = following.next_op
    if isinstance(following, ttkernel.CastToElementPtrOp):
        return following.result
    waits, name = isinstance(acquire, ttl.CBWaitOp), ttl.buffer_name(acquire.block)
    stem = buffer_stem(name)
    address = ttkernel.GetReadPtrOp(name) if waits else ttkernel.GetWritePtrOp(name)
    address.result.name_hint = value_hint(f"{stem}_ptr")
    pointer = ttkernel.CastToElementPtrOp(address.result, 8 * acquire.block.type.element.dtype.element_bytes)
    pointer.result.name_hint = value_hint(f"{stem}_elements")
    new: list[Operation] = [ttkernel.InvalidateL1CacheOp()] if waits and _is_read(acquire) else []
    new += [address, pointer]
    for op in new:
        op.location = acquire.location
    rewriter.insert(new, InsertPoint.after(acquire))
    return pointer.result


def _is_read(acquire: ttl.AcquireOp) -> bool:
    return any(isinstance(use.operation, ttl.LoadOp) for use in acquire.block.uses)


class LowerElementOp(RewritePattern):
    @rewrites
    def match_and_rewrite(
        self, op: ttl.LoadElementOp | ttl.LoadIndexOp | ttl.StoreElementOp, rewriter: PatternRewriter, /
    ) -> None:
        dtype = op.block.type.element.dtype
        ints = Ints.at(Builder(InsertPoint.before(op)), op)
        _check_coordinates(ints, op)
        acquire = owner_of(op.block, ttl.AcquireOp)
        index = _index(ints, type_of(acquire.cb, ttl.CircularBufferType), op.coordinates)
        pointer = _pointer(acquire, rewriter)
        # Of a float32, bfloat16 is the upper half.
        half = ints.constant(16) if dtype is BF16 else None
        if isinstance(op, ttl.StoreElementOp):
            value = op.value if half is None else ints.emit(arith.ShRSIOp(op.value, half))
            ints.insert(ttkernel.StoreElementOp(pointer, index, value))
            rewriter.erase(op)
            return
        found = ints.emit(ttkernel.LoadElementOp(pointer, index))
        if half is not None:
            found = ints.emit(arith.ShLIOp(found, half))
        if isinstance(op, ttl.LoadIndexOp):
            found = _as_index(ints, found, is_float=not dtype.is_integer)
        if op.result.name_hint is not None and not isinstance(found.owner, arith.ConstantOp):
            found.name_hint = op.result.name_hint
        op.result.replace_all_uses_with(found)
        rewriter.erase(op)


class LowerFloatOp(RewritePattern):
    @rewrites
    def match_and_rewrite(
        self, op: ttl.ElementConstantOp | ttl.CompareElementsOp, rewriter: PatternRewriter, /
    ) -> None:
        if isinstance(op, ttl.CompareElementsOp):
            rewriter.replace(op, ttkernel.CompareFloatsOp(op.left, op.right))
            return
        bits = float32_bits(op.value.value.data)
        op.result.replace_all_uses_with(constant_at(entry_block(op), bits, op))
        rewriter.erase(op)


def _carry_bits(block: Block) -> None:
    """What loops carry and branches give becomes the bits of floats."""
    for op in operations(block):
        arguments = (argument for region in op.regions for inner in region.blocks for argument in inner.args)
        for value in (*op.results, *arguments):
            if isinstance(value.type, ttl.ElementType):
                Rewriter.replace_value_with_new_type(value, i32)


def _check_coordinates(ints: Ints, op: ttl.ElementOp) -> None:
    """Asserts of each coordinate that it lies in the block, unless that is known."""
    extents = ttl.extents_of(op.block.type)
    for axis, (coordinate, size) in enumerate(zip(op.coordinates, extents, strict=True)):
        bounds = interval(coordinate)
        if bounds.low >= 0 and bounds.high < size:
            continue
        inside = ints.emit(arith.CmpiOp(coordinate, ints.constant(size), "ult"))
        shape = "x".join(map(str, extents))
        what = f"coordinate {axis} is {{}}, outside of the block of {ttl.buffer_name(op.block)}, {shape} elements"
        ints.insert(ttl.AssertOp(inside, what, [coordinate], _CODE))


def _as_index(ints: Ints, found: SSAValue, *, is_float: bool) -> SSAValue:
    """What was loaded as an index, asserted to be one."""
    if not is_float:
        if interval(found).low < 0:
            natural = ints.emit(arith.CmpiOp(found, ints.constant(0), "sge"))
            ints.insert(
                ttl.AssertOp(natural, "an index is {}, as a number with a sign, and not from 0 on", [found], _CODE)
            )
        return found
    # By the bits, as numbers without a sign: what is negative, too large or no number lies beyond; but for -0.
    natural = ints.emit(arith.CmpiOp(found, ints.constant(_FLOAT_2_31), "ult"))
    zero = ints.emit(arith.CmpiOp(found, ints.constant(LOWEST), "eq"))
    message = f"an index is no number from 0 to {HIGHEST}: its bits, as those of a float32, are {{}}"
    ints.insert(ttl.AssertOp(ints.emit(arith.OrIOp(natural, zero)), message, [found], _CODE))
    return ints.emit(ttkernel.IntegerPartOp(found))


# ----------------------------------------------------------------------------------------------------------- places


def _index(ints: Ints, type: ttl.CircularBufferType, coordinates: Sequence[SSAValue]) -> SSAValue:
    """The place of an element among those of its block, as they lie in memory."""
    if not isinstance(type.element, TileType):
        row = _flattened(ints, coordinates[:-1], type.sizes[:-1])
        pitch = type.page_bytes // type.element.dtype.element_bytes
        return ints.add(ints.mul(row, ints.constant(pitch)), coordinates[-1])
    *outer, row, column = coordinates
    *outer_sizes, rows, columns = type.sizes
    tile_row, tile_column = _quotient(ints, row, TILE_HEIGHT), _quotient(ints, column, TILE_WIDTH)
    tile = _flattened(ints, [*outer, tile_row, tile_column], [*outer_sizes, rows, columns])
    face = ints.add(
        ints.mul(_bit(ints, row, FACE_SIDE), ints.constant(2 * FACE_ELEMENTS)),
        ints.mul(_bit(ints, column, FACE_SIDE), ints.constant(FACE_ELEMENTS)),
    )
    inner = ints.add(
        ints.mul(_remainder(ints, row, FACE_SIDE), ints.constant(FACE_SIDE)), _remainder(ints, column, FACE_SIDE)
    )
    return ints.add(ints.add(ints.mul(tile, ints.constant(TILE_ELEMENTS)), face), inner)


def _flattened(ints: Ints, coordinates: Sequence[SSAValue], sizes: Sequence[int]) -> SSAValue:
    place = ints.constant(0)
    for coordinate, size in zip(coordinates, sizes, strict=True):
        place = ints.add(ints.mul(place, ints.constant(size)), coordinate)
    return place


def _quotient(ints: Ints, value: SSAValue, divisor: int) -> SSAValue:
    if (number := constant_value(value)) is not None:
        return ints.constant(number // divisor)
    if interval(value).within(Interval(0, divisor - 1)):
        return ints.constant(0)
    return ints.emit(arith.DivSIOp(value, ints.constant(divisor)))


def _remainder(ints: Ints, value: SSAValue, divisor: int) -> SSAValue:
    if (number := constant_value(value)) is not None:
        return ints.constant(number % divisor)
    if interval(value).within(Interval(0, divisor - 1)):
        return value
    return ints.emit(arith.AndIOp(value, ints.constant(divisor - 1)))


def _bit(ints: Ints, value: SSAValue, power: int) -> SSAValue:
    """Whether a number has a power of two in it, as 1 or 0."""
    return _remainder(ints, _quotient(ints, value, power), 2)


class TTLLowerElementsPass(OrderedPass):
    """Reads and writes of elements become loads and stores through pointers."""

    name = "ttl-lower-elements"
    needs = frozenset({Guarantee.ACQUIRED_BLOCKS, Guarantee.BARRIERS})
    gives = frozenset({Guarantee.ELEMENT_CALLS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        touched = {entry_block(each) for each in operations_of(op, ttl.ElementOp)}
        if touched:
            convert(op, LowerElementOp(), LowerFloatOp())
        for thread in touched:
            _carry_bits(thread)
