"""
`ttl.copy` becomes transfers between a tensor and a block: loops over its pages, of which one transfer moves as many as
lie in one piece on both sides. `ttl.dma_barrier` becomes the NOC's barrier.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue, Use
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern
from xdsl.rewriter import InsertPoint

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.contiguous_pages import contiguous_part, has_contiguous_shards
from ttlang.analysis.section_hand_over import parts_of
from ttlang.analysis.subblock import spans
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.names import buffer_stem, value_hint
from ttlang.dialects.ttcore import ScalarType
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.dialects.walking import enclosing, operations_of
from ttlang.tables.chips import Chip
from ttlang.transforms.loops import Numbers, stepped_nest
from ttlang.transforms.partial_waits import wait_behind
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import Ints, at_entry, convert, entry_block, rewrites, set_location
from ttlang.transforms.windows import (
    Inside,
    at_most,
    axis_names,
    flat_place,
    numbers_inside,
    places_inside,
    read_zeros_outside,
    where,
)


def _accessor(thread: Block, tensor: ttl.TensorAccessorOp) -> SSAValue:
    """The thread's accessor of a tensor, made at its start on first use. Arguments are in the order of first use."""
    name = tensor.name_.data
    made = 0
    last: Operation | None = None
    for op in thread.ops:
        if isinstance(op, ttkernel.TensorAccessorOp):
            args = owner_of(op.args, ttkernel.TensorAccessorArgsOp)
            if args.tensor.root_reference.data == name:
                return op.result
            made, last = made + 1, op
    args = ttkernel.TensorAccessorArgsOp(name)
    address = ttkernel.GetCommonArgValOp(made)
    accessor = ttkernel.TensorAccessorOp(args.result, address.result)
    args.result.name_hint, address.result.name_hint = value_hint(f"{name}_args"), value_hint(f"{name}_address")
    accessor.result.name_hint = value_hint(name)
    new = (args, address, accessor)
    if last is None:
        for op in reversed(new):
            at_entry(thread, op)
    else:
        thread.insert_ops_after(new, last)
    for op in new:
        _set_location_of_thread(op, thread)
    return accessor.result


def _set_location_of_thread(op: Operation, thread: Block) -> None:
    if (owner := thread.parent_op()) is not None:
        set_location(op, owner)


def _tile_bytes(thread: Block, cb: str) -> SSAValue:
    """The bytes of a page of a buffer, asked for at the start of the thread."""
    for op in thread.ops:
        if isinstance(op, ttkernel.GetTileSizeOp) and op.cb.root_reference.data == cb:
            return op.result
    size = ttkernel.GetTileSizeOp(cb)
    size.result.name_hint = value_hint(f"{buffer_stem(cb)}_tile_bytes")
    _set_location_of_thread(size, thread)
    return at_entry(thread, size).results[0]


@dataclass(frozen=True)
class _Copy:
    """A copy that is being lowered."""

    op: ttl.CopyOp
    accessor: SSAValue
    cb: str
    pointer: SSAValue
    """The L1 address of the block."""
    chip: Chip

    @property
    def reads(self) -> bool:
        return self.op.direction is ttl.Direction.READ

    @property
    def block_buffer(self) -> SSAValue:
        block = self.op.destination if self.reads else self.op.source
        return owner_of(block, ttl.AcquireOp).cb

    def tiles(self, part: ttl.TensorSliceOp) -> None:
        """A transfer for each tile in the tensor, or for all that lie in one piece; zeros for the others of a read."""
        inside = places_inside(Ints.at(Builder(InsertPoint.before(self.op)), self.op), part)
        if self.op.awaited is not None:
            self._tiles_in_parts(part, inside, self.op.awaited.value.data)
            return
        sizes = part.result.type.sizes
        together = _all_inside(contiguous_part(part, self.chip), inside)
        ints, places = self._each(sizes, together, "rc", inside)
        self._tile(ints, part, places, prod(together))
        if self.reads:
            tile_bytes = _tile_bytes(entry_block(self.op), self.cb)
            read_zeros_outside(self.op, sizes, inside, self.pointer, tile_bytes)

    def _tiles_in_parts(self, part: ttl.TensorSliceOp, inside: Inside, tiles: int) -> None:
        """A transfer for each tile in the tensor, as the block comes: all of it is waited for, so many tiles a time."""
        sizes = part.result.type.sizes
        axis, step = parts_of(self.op, tiles) or (0, sizes[0])
        names = axis_names(len(sizes), "rc")
        before = [(name, range(size)) for name, size in zip(names[:axis], sizes, strict=False)]
        rest = zip(names[axis + 1 :], inside[axis + 1 :], sizes[axis + 1 :], strict=True)
        behind = [(name, numbers_inside(count, size)) for name, count, size in rest]
        outer, first = stepped_nest(Builder(InsertPoint.before(self.op)), self.op, before)
        for start, end, size in spans(sizes[axis], step):
            inner, (begin,) = stepped_nest(outer, self.op, [("part", range(start, end, size))])
            ints = Ints.at(inner, self.op)
            place = flat_place(ints, [*first, begin, *(ints.constant(0) for _ in behind)], sizes)
            ints.insert(wait_behind(self.cb, place, size * prod(sizes[axis + 1 :])))
            for at, count in zip(first, inside, strict=False):
                inner = inner if count is None else where(inner, self.op, at, count)
            numbers: Numbers = range(size)
            if (count := inside[axis]) is not None:
                ints = Ints.at(inner, self.op)
                numbers = at_most(ints, ints.sub(count, begin), size)
            inner, (number, *last) = stepped_nest(inner, self.op, [("i", numbers), *behind])
            ints = Ints.at(inner, self.op)
            place = ints.add(begin, number)
            place.name_hint = place.name_hint or names[axis]
            self._tile(ints, part, [*first, place, *last])

    def _tile(self, ints: Ints, part: ttl.TensorSliceOp, places: Sequence[SSAValue], pages: int = 1) -> None:
        """The transfer of the tile at a place in a window, and of those that lie behind it."""
        tile_bytes = _tile_bytes(entry_block(self.op), self.cb)
        sizes, whole = part.result.type.sizes, part.tensor.type.sizes
        page = flat_place(ints, (ints.add(first, i) for first, i in zip(part.offsets, places, strict=True)), whole)
        address = ints.add(self.pointer, ints.mul(flat_place(ints, places, sizes), tile_bytes))
        self._move(ints, page, address, pages)

    def rows(self, part: ttl.TensorSliceOp | ttl.TensorShardOp) -> None:
        """A part of a page for each row, or all rows that lie in one piece."""
        tensor = part.tensor.type
        (*rows, columns), dtype = part.result.type.sizes, tensor.element.dtype
        row_bytes = type_of(self.block_buffer, ttl.CircularBufferType).page_bytes
        outside = Ints.at(Builder(InsertPoint.before(self.op)), self.op)
        if isinstance(part, ttl.TensorShardOp):
            # The shards of a row-major tensor are as wide as it is.
            first, column = outside.mul(part.index, outside.constant(prod(rows))), outside.constant(0)
            whole = rows
        else:
            *places, column = part.offsets
            *whole, _ = tensor.sizes
            first = flat_place(outside, places, whole)
        if first.name_hint is None and constant_value(first) is None:
            first.name_hint = "row"
        offset = outside.mul(column, outside.constant(dtype.element_bytes))
        together = self._contiguous_rows(part)
        ints, places = self._each(rows, together, "r")
        address = ints.add(self.pointer, ints.mul(flat_place(ints, places, rows), ints.constant(row_bytes)))
        page = ints.add(first, flat_place(ints, places, whole))
        if (pages := prod(together)) > 1:
            self._move(ints, page, address, pages)
            return
        call = ttkernel.NocAsyncReadRowOp if self.reads else ttkernel.NocAsyncWriteRowOp
        ints.insert(call(page, self.accessor, offset, address, columns * dtype.element_bytes))

    def _contiguous_rows(self, part: ttl.TensorSliceOp | ttl.TensorShardOp) -> tuple[int, ...]:
        """The shape of the rows of a window that one transfer moves."""
        tensor, (*rows, _) = part.tensor.type, part.result.type.sizes
        in_block = type_of(self.block_buffer, ttl.CircularBufferType).page_bytes
        if in_block != tensor.page_bytes or not has_contiguous_shards(tensor, self.chip):
            return tuple(1 for _ in rows)
        if isinstance(part, ttl.TensorShardOp):
            return tuple(rows)
        whole = constant_value(part.offsets[-1]) == 0
        return contiguous_part(part, self.chip)[:-1] if whole else tuple(1 for _ in rows)

    def shard(self, part: ttl.TensorShardOp) -> None:
        """All pages at once: those of a shard follow each other in its core's L1, as those of a block do."""
        call = ttkernel.NocAsyncReadShardOp if self.reads else ttkernel.NocAsyncWriteShardOp
        Builder(InsertPoint.before(self.op)).insert(call(part.index, self.accessor, self.pointer))

    def _move(self, ints: Ints, page: SSAValue, address: SSAValue, pages: int) -> None:
        """A transfer of so many pages in one piece."""
        if pages == 1:
            call = ttkernel.NocAsyncReadPageOp if self.reads else ttkernel.NocAsyncWritePageOp
            ints.insert(call(page, self.accessor, address))
            return
        run = ttkernel.NocAsyncReadRunOp if self.reads else ttkernel.NocAsyncWriteRunOp
        ints.insert(run(page, self.accessor, address, pages))

    def _each(
        self, sizes: Sequence[int], together: Sequence[int], last: str, counts: Inside | None = None
    ) -> tuple[Ints, list[SSAValue]]:
        """
        Goes through a part of the tensor, by so many places in each dimension: where to compute with a place, and its
        coordinates. `counts`: of a part of which not all lies in the tensor.
        """
        steps = (numbers_inside(*one) for one in zip(counts or [None for _ in sizes], sizes, together, strict=True))
        named = list(zip(axis_names(len(sizes), last), steps, strict=True))
        inside, places = stepped_nest(Builder(InsertPoint.before(self.op)), self.op, named)
        return Ints.at(inside, self.op), places


def _all_inside(together: Sequence[int], inside: Inside) -> list[int]:
    """
    The shape of what one transfer moves, of the one that it may have in a tensor: along a dimension in which the window
    may end before, and along those outside of it, it has one place.
    """
    kept = [*together]
    for axis, count in enumerate(inside):
        if count is not None:
            kept[: axis + 1] = [1] * (axis + 1)
    return kept


def _name_places(parts: Iterable[ttl.TensorSliceOp]) -> None:
    """Where parts of tensors begin has a name in C++ if the author has none for it."""
    named: dict[SSAValue, set[str]] = {}
    for part in parts:
        for place, name in zip(part.offsets[::-1], ("first_column", "first_row"), strict=False):
            if place.name_hint is None and constant_value(place) is None and all(map(_is_place, place.uses)):
                named.setdefault(place, set()).add(name)
    for place, names in named.items():
        # What is a column of one and a row of another runs along the inner dimension of a product.
        place.name_hint = names.pop() if len(names) == 1 else "inner"


def _is_place(use: Use) -> bool:
    """Whether a value is used as a place, or further places are computed of it."""
    return isinstance(use.operation, ttl.TensorSliceOp) or use.operation.dialect_name() == "arith"


class LowerCopyOp(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.CopyOp, rewriter: PatternRewriter, /) -> None:
        reads = op.direction is ttl.Direction.READ
        window, block = (op.source, op.destination) if reads else (op.destination, op.source)
        part = window.owner
        assert isinstance(part, ttl.TensorSliceOp | ttl.TensorShardOp)
        thread, cb = entry_block(op), ttl.buffer_name(block)
        accessor = _accessor(thread, owner_of(part.tensor, ttl.TensorAccessorOp))
        reserved = isinstance(block.owner, ttl.CBReserveOp)
        pointer = ttkernel.GetWritePtrOp(cb) if reserved else ttkernel.GetReadPtrOp(cb)
        pointer.result.name_hint = value_hint(f"{buffer_stem(cb)}_ptr")
        rewriter.insert(pointer)
        place = _place(op, owner_of(block, ttl.AcquireOp), pointer.result)
        copy = _Copy(op, accessor, cb, place, _chip(op))
        if isinstance(part.result.type.element, ScalarType):
            copy.rows(part)
        elif isinstance(part, ttl.TensorShardOp):
            copy.shard(part)
        else:
            copy.tiles(part)
        for new in (pointer, *_since(pointer, op)):
            set_location(new, op)
        op.handle.erase(safe_erase=False)
        rewriter.erase(op, safe_erase=False)
        if not part.result.uses:
            rewriter.erase(part)


def _place(op: ttl.CopyOp, acquire: ttl.AcquireOp, pointer: SSAValue) -> SSAValue:
    """Where a block is, if the oldest that the thread has reserved is at a pointer: the ring goes on at its start."""
    if not isinstance(acquire, ttl.CBReserveOp):
        return pointer
    name, type_ = ttl.buffer_name(acquire.block), acquire.cb.type
    ints, place = Ints.at(Builder(InsertPoint.before(op)), op), pointer
    for _ in range(acquire.blocks_before):
        start = _start_of_ring(entry_block(op), name)
        bytes_ = ints.constant(type_.block_bytes)
        end = ints.add(start, ints.mul(ints.constant(type_.block_count.data), bytes_))
        following = ints.add(place, bytes_)
        following.name_hint = value_hint(f"{buffer_stem(name)}_behind")
        at_end = ints.emit(arith.CmpiOp(following, end, "eq"))
        place = ints.emit(arith.SelectOp(at_end, start, following))
        place.name_hint = value_hint(f"{buffer_stem(name)}_next")
    return place


def _start_of_ring(thread: Block, cb: str) -> SSAValue:
    """The L1 address of a buffer, asked for at the start of the thread: it has pushed nothing then."""
    name = value_hint(f"{buffer_stem(cb)}_base")
    for op in thread.ops:
        if isinstance(op, ttkernel.GetWritePtrOp) and (op.cb.root_reference.data, op.result.name_hint) == (cb, name):
            return op.result
    start = ttkernel.GetWritePtrOp(cb)
    start.result.name_hint = name
    _set_location_of_thread(start, thread)
    return at_entry(thread, start).results[0]


def _chip(op: Operation) -> Chip:
    kernel = enclosing(op, ttl.KernelOp)
    assert kernel is not None
    return kernel.chip


def _since(first: Operation, last: Operation) -> list[Operation]:
    ops: list[Operation] = []
    op = first.next_op
    while op is not None and op is not last:
        ops.append(op)
        op = op.next_op
    return ops


class LowerBarrierOp(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.DMABarrierOp, rewriter: PatternRewriter, /) -> None:
        rewriter.replace(op, _barrier(op), ())


def _barrier(op: ttl.DMABarrierOp) -> Operation:
    if op.direction.data is not ttl.Direction.READ:
        return ttkernel.NocAsyncWriteBarrierOp()
    return ttkernel.NocAsyncReadBarrierOp() if op.tag is None else ttkernel.NocAsyncReadBarrierWithTridOp(op.tag)


class LowerFlushOp(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.WritesFlushedOp, rewriter: PatternRewriter, /) -> None:
        rewriter.replace(op, ttkernel.NocAsyncWritesFlushedOp(), ())


class LowerTagOp(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.TagReadsOp, rewriter: PatternRewriter, /) -> None:
        rewriter.replace(op, ttkernel.NocAsyncReadSetTridOp(op.tag), ())


class TTLLowerDataMovementPass(OrderedPass):
    """Copies and barriers become NOC calls."""

    name = "ttl-lower-data-movement"
    needs = frozenset({Guarantee.BARRIERS, Guarantee.ACQUIRED_BLOCKS})
    gives = frozenset({Guarantee.TRANSFER_CALLS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        _name_places(operations_of(op, ttl.TensorSliceOp))
        convert(op, LowerCopyOp(), LowerBarrierOp(), LowerFlushOp(), LowerTagOp())
