"""
Tiles that a thread has computed, and sums up behind that, are added up by the packer.

The FPU would read each tile of such a block from L1 again to sum up its rows, its columns or all of it. Instead, each
section packs its tiles a second time, and the packer adds them to one tile for each row of the block, for each column,
or for all. What the FPU sums up is that tile alone. Where nobody else reads the block, it is not stored at all.

The packs lie beside the work of math, mostly. It is done where that is cheaper by the chip's costs, and where L1 has
room for the sums.

No bits are lost by it (docs/numerics.md). With a 32-bit DST the sums are float32, and so must the tiles be, of which
the FPU reads tf32 one way or the other: cut sums are off by no more than sums of cut numbers. bfloat16, which it reads
whole, stays with the FPU. With a 16-bit DST the packer rounds a sum of bfloat16 once for each tile, where DST does so
twice; and the packer has a sum for each element of a tile, whose errors are apart. From as many roundings on as an
author is warned of, the sum is left to DST.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import InsertPoint

from ttlang.analysis.engine_costs import EngineCosts
from ttlang.analysis.subblock import Waited
from ttlang.checks.rounded_sums import is_rounded_too_often
from ttlang.dialects import ttl
from ttlang.dialects.attributes import UNIT
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.ttcore import tile_type
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.dialects.walking import operations_of
from ttlang.tables.dtypes import BF16, F32, DType
from ttlang.transforms.compiler_buffers import insert, make_ring
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.ttl_allocate_circular_buffers import fits_l1
from ttlang.transforms.ttl_assign_dst_registers import section_of
from ttlang.transforms.ttl_fit_dst import slots_needed

_OUTPUT_MAPS = {"mk": "m1", "kn": "1n", "k": "11"}
"""Of tiles that a reduction takes, by its map: where the packer adds them up."""
_SETTINGS = 3
"""Times that a section tells the packer whether it adds."""


@dataclass(frozen=True)
class _Stored:
    """A block of a buffer of the compiler's, from where it is computed to where it is released."""

    reserve: ttl.CBReserveOp
    compute: ttl.ComputeOp
    push: ttl.CBPushOp
    wait: ttl.CBWaitOp
    pop: ttl.CBPopOp

    @property
    def dtype(self) -> DType:
        return self.wait.block.type.element.dtype

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.wait.block.type.sizes


def _stored(wait: ttl.CBWaitOp) -> _Stored | None:
    """What fills the block that is waited for, in the same block of operations; None if it is anything else."""
    cb = owner_of(wait.cb, ttl.CreateCBOp)
    if cb.compiler_made is None or cb.result.type.block_count.data != 1:
        return None
    uses = sorted(
        (use.operation for use in cb.result.uses if use.operation.parent is wait.parent), key=lambda op: _place(op)
    )
    at = uses.index(wait)
    match uses[max(at - 2, 0) : at + 2]:
        case [ttl.CBReserveOp() as reserve, ttl.CBPushOp() as push, _, ttl.CBPopOp() as pop]:
            writers = [use.operation for use in reserve.block.uses]
        case _:
            return None
    match writers:
        case [ttl.ComputeOp(acc=None, accumulate=None, in_dst=None) as compute] if compute.parent is wait.parent:
            return _Stored(reserve, compute, push, wait, pop)
        case _:
            return None


def _place(op: Operation) -> int:
    block = op.parent
    assert block is not None
    return block.get_operation_index(op)


@dataclass(frozen=True)
class _Sum:
    """Reductions of one kind that read a block."""

    map: str
    """Which tiles they take."""
    readers: tuple[tuple[ttl.ComputeOp, int], ...]
    """Computations, and the number of their input."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the block that the packer's sums are."""
        compute, number = self.readers[0]
        *leading, rows, columns = compute.described_inputs[number].shape.sizes
        return (*leading, 1 if self.map in ("kn", "k") else rows, 1 if self.map in ("mk", "k") else columns)

    @property
    def steps(self) -> int:
        """Tiles that are added up."""
        compute, number = self.readers[0]
        return compute.steps(compute.body.block.args[number])

    @property
    def reductions(self) -> Iterator[ttl.ReduceOp]:
        for compute, number in self.readers:
            for use in compute.body.block.args[number].uses:
                assert isinstance(use.operation, ttl.ReduceOp)
                yield use.operation


def _sums(stored: _Stored) -> Iterator[_Sum]:
    """What is summed up of a block, by the tiles that are taken for one of a result."""
    readers: dict[str, list[tuple[ttl.ComputeOp, int]]] = {name: [] for name in _OUTPUT_MAPS}
    for use in stored.wait.block.uses:
        reader, number = use.operation, use.index
        if not isinstance(reader, ttl.ComputeOp) or number >= len(reader.inputs):
            continue
        one, users = reader.described_inputs[number], [each.operation for each in reader.body.block.args[number].uses]
        if one.map in readers and one.view is None and all(isinstance(op, ttl.ReduceSumOp) for op in users):
            readers[one.map].append((reader, number))
    yield from (_Sum(name, tuple(found)) for name, found in readers.items() if found)


@dataclass(frozen=True)
class _PartialSums:
    """Those of a kernel."""

    kernel: ttl.KernelOp

    def run(self, thread: ttl.ComputeThreadOp) -> None:
        for wait in operations_of(thread, ttl.CBWaitOp):
            stored = _stored(wait)
            if stored is None or not _is_one_matrix(stored.sizes):
                continue
            for each in list(_sums(stored)):
                if self._is_wanted(stored, each):
                    self._insert(stored, each)
                    if not wait.block.uses:
                        _leave_out(stored)

    def _is_wanted(self, stored: _Stored, each: _Sum) -> bool:
        if each.steps == 1 or not self._keeps_bits(stored, each) or not self._has_room(each, stored.dtype):
            return False
        return self._pays(stored, each)

    def _keeps_bits(self, stored: _Stored, each: _Sum) -> bool:
        if self.kernel.dst32:
            return stored.dtype is F32
        return stored.dtype is BF16 and not is_rounded_too_often(each.steps)

    def _has_room(self, each: _Sum, dtype: DType) -> bool:
        if len(self.kernel.circular_buffers) >= self.kernel.chip.circular_buffers:
            return False
        return fits_l1(self.kernel, ttl.buffer_type(each.sizes, tile_type(dtype), 1).total_bytes)

    def _pays(self, stored: _Stored, each: _Sum) -> bool:
        """Whether all units together are done sooner."""
        costs, compute = EngineCosts(self.kernel), stored.compute
        tiles, sums = prod(stored.sizes), prod(each.sizes)
        slots = slots_needed(tuple(compute.end.arguments))
        section = prod(section_of(compute, self.kernel, slots, Waited.FOR_ALL))
        kept = [block for block in compute.outputs if block is not stored.reserve.block or not _is_all(stored, each)]
        before = after = costs.of(compute)
        for block in compute.outputs:
            before = before.beside(costs.pack(_dtype(block)))
        for block in kept:
            after = after.beside(costs.pack(_dtype(block)))
        adds, settings = costs.pack(stored.dtype, adds=True), _SETTINGS * costs.adding
        after = after.beside(adds)
        after = after._replace(pack=after.pack + settings / section)
        reductions = sum(costs.reduce(op).busiest for op in each.reductions)
        # The reduction waits for what the last section adds.
        waits = settings + section * adds.pack
        return tiles * after.busiest + waits + sums * reductions < tiles * (before.busiest + reductions)

    def _insert(self, stored: _Stored, each: _Sum) -> None:
        compute = stored.compute
        type_ = ttl.buffer_type(each.sizes, tile_type(stored.dtype), 1)
        cb = make_ring(self.kernel, f"{ttl.buffer_name(stored.wait.block).removesuffix('_cb')}_sums", type_, compute)
        if stored.dtype is F32:
            cb.tf32 = UNIT
        reserve, push = ttl.CBReserveOp(cb.result), ttl.CBPushOp(cb.result)
        wait, pop = ttl.CBWaitOp(cb.result), ttl.CBPopOp(cb.result)
        insert(compute, InsertPoint.after(stored.reserve), reserve)
        insert(compute, InsertPoint.after(stored.push), push)
        insert(compute, InsertPoint.after(stored.wait), wait)
        last = _last_around(stored.wait, each)
        insert(last, InsertPoint.after(last), pop)
        outputs = list(zip(compute.described_outputs, compute.end.arguments, strict=True))
        (tile,) = (tile for one, tile in outputs if one.block is stored.reserve.block)
        compute.set_outputs([*outputs, (ttl.Input(reserve.block, _OUTPUT_MAPS[each.map]), tile)])
        for reader, number in each.readers:
            reader.operands[number] = wait.block


def _last_around(wait: ttl.CBWaitOp, each: _Sum) -> Operation:
    """The last operation, in the block of operations in which a block is waited for, that sums it up."""
    home = wait.parent
    assert home is not None
    around = [op for reader, _ in each.readers if (op := home.find_ancestor_op_in_block(reader))]
    return max(around, key=_place)


def _leave_out(stored: _Stored) -> None:
    """A block that nobody reads is not stored."""
    compute = stored.compute
    outputs = zip(compute.described_outputs, compute.end.arguments, strict=True)
    compute.set_outputs([pair for pair in outputs if pair[0].block is not stored.reserve.block])
    cb = owner_of(stored.wait.cb, ttl.CreateCBOp)
    for op in (stored.pop, stored.wait, stored.push, stored.reserve):
        op.detach()
        op.erase()
    if not cb.result.uses:
        cb.detach()
        cb.erase()


def _is_one_matrix(sizes: Sequence[int]) -> bool:
    return len(sizes) > 1 and prod(sizes[:-2]) == 1


def _is_all(stored: _Stored, each: _Sum) -> bool:
    """Whether nobody else reads a block."""
    return len(list(stored.wait.block.uses)) == len(each.readers)


def _dtype(block: SSAValue) -> DType:
    return type_of(block, ttl.BlockType).element.dtype


class TTLPackPartialSumsPass(OrderedPass):
    """
    Where a thread sums up tiles that it has just computed, and the packer can add them up at less cost, it does
    (`output_maps` of a `ttl.compute`), into buffers that the compiler makes.
    """

    name = "ttl-pack-partial-sums"
    needs = frozenset({Guarantee.FITS_DST, Guarantee.DST_WIDTH, Guarantee.OPEN_BUFFERS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            for thread in kernel.threads:
                if isinstance(thread, ttl.ComputeThreadOp):
                    _PartialSums(kernel).run(thread)
