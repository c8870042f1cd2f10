"""
What a kernel is likely to take, found before any pass, in a millisecond: the work of some cores' threads, counted by
their loops, and the bandwidth of DRAM. It is for telling which of several sizes are worth a better look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, SSAValue

from ttlang.analysis.arithmetic import computed, constant_value
from ttlang.dialects import ttl
from ttlang.dialects.walking import operands_of, operations_in
from ttlang.tables.chips.costs import Unit

_WAITS = frozenset({ttl.WaitOp, ttl.WaitAnyOp})
_HOPS = 10
"""Between a core and a bank of DRAM, more or less."""


class Work(NamedTuple):
    """Of one thread on one core."""

    cycles: float = 0.0
    dram_bytes: float = 0.0
    blocks: float = 0.0
    """How many it hands on."""

    def __add__(self, other: object) -> Work:
        assert isinstance(other, Work)
        (cycles, dram_bytes, blocks), (more, further, others) = self, other
        return Work(cycles + more, dram_bytes + further, blocks + others)

    def times(self, count: float) -> Work:
        return Work(self.cycles * count, self.dram_bytes * count, self.blocks * count)


_NOTHING = Work()


def estimated_cycles(kernel: ttl.KernelOp) -> float:
    """
    Of the busiest of the cores in the corners of the grid: its busiest thread, or what DRAM takes for all cores as they
    are on average; and the first block of each other thread, for which the busiest one waits, or which it leaves.
    """
    columns, rows = kernel.dimensions[0], prod(kernel.dimensions[1:])
    corners = dict.fromkeys((x, y) for y in (0, rows - 1) for x in (0, columns - 1))
    times, moved = [0.0], 0.0
    estimates = [(_Estimate(kernel), thread.body.block) for thread in kernel.threads]
    for core in corners:
        works = [estimate.on(core, body) for estimate, body in estimates]
        moved += sum(work.dram_bytes for work in works) / len(corners)
        busiest = max(works, key=lambda work: work.cycles)
        first = sum(work.cycles / max(work.blocks, 1) for work in works if work is not busiest)
        times.append(busiest.cycles + first)
    dram = kernel.chip.timing().dram
    shared = moved * columns * rows / (dram.bytes_per_cycle * kernel.chip.dram_banks)
    return max(*times, shared)


@dataclass
class _Estimate:
    """Counts what a thread does, on one core after the other."""

    kernel: ttl.KernelOp
    core: tuple[int, int] = (0, 0)
    known: dict[SSAValue, int] = field(default_factory=dict[SSAValue, int])
    """Integers, as far as they are known before the run."""
    everywhere: dict[SSAValue, int] = field(default_factory=dict[SSAValue, int])
    """The constants among them."""
    works: dict[Operation, Work] = field(default_factory=dict[Operation, Work])
    """Of operations with nothing in them, which are the same on each core."""

    def on(self, core: tuple[int, int], body: Block) -> Work:
        """All of a thread."""
        self.core, self.known = core, dict(self.everywhere)
        return self.of(body)

    def of(self, block: Block) -> Work:
        """All operations of a block, once."""
        work = _NOTHING
        waits = False
        for op in operations_in(block):
            self._note(op)
            is_wait = type(op) in _WAITS
            # Of several transfers that are waited for in a row, the others land while the first is on its way.
            if not (is_wait and waits) and (more := self._of(op)) is not _NOTHING:
                work += more
            waits = is_wait
        return work

    def _note(self, op: Operation) -> None:
        if len(op.results) != 1 or (result := op.results[0]) in self.known:
            return
        if isinstance(op, ttl.CoreXOp | ttl.CoreYOp):
            self.known[result] = self.core[isinstance(op, ttl.CoreYOp)]
        elif (value := constant_value(result)) is not None:
            self.known[result] = self.everywhere[result] = value
        elif (operands := operands_of(op)) and all(each in self.known for each in operands):
            value = computed(op, [self.known[each] for each in operands])
            if value is not None:
                self.known[result] = value

    def _of(self, op: Operation) -> Work:
        if not op.regions:
            if (work := self.works.get(op)) is None:
                work = self.works[op] = self._alone(op)
            return work
        match op:
            case scf.ForOp():
                return self._loop(op)
            case scf.IfOp():
                return self._branch(op)
            case _:
                return sum((self.of(block) for region in op.regions for block in region.blocks), _NOTHING)

    def _alone(self, op: Operation) -> Work:
        match op:
            case ttl.CopyOp():
                return self._copy(op)
            case ttl.WaitOp() | ttl.WaitAnyOp():
                timing = self.kernel.chip.timing()
                way = 2 * (timing.noc.endpoint + _HOPS * timing.noc.hop)
                return Work(timing.issue.barrier + timing.dram.latency + way)
            case ttl.CBPushOp():
                return Work(self.kernel.chip.timing().issue.buffer, blocks=1)
            case ttl.AcquireOp() | ttl.CBPopOp():
                return Work(self.kernel.chip.timing().issue.buffer)
            case ttl.StoreOp() | ttl.TileOp():
                return Work(self._computed(op))
            case _:
                return _NOTHING

    def _loop(self, op: scf.ForOp) -> Work:
        """A turn in the middle stands for all."""
        ends = [self.known.get(end) for end in (op.lb, op.ub, op.step)]
        first, last, step = (0 if end is None else end for end in ends)
        turns = 1 if None in ends or step < 1 else max(0, -(-(last - first) // step))
        if not turns:
            return _NOTHING
        self.known[op.body.block.args[0]] = first + turns // 2 * step
        return self.of(op.body.block).times(turns)

    def _branch(self, op: scf.IfOp) -> Work:
        chosen = self.known.get(op.cond)
        regions = [region for region in op.regions if region.blocks]
        if chosen is not None:
            regions = [op.true_region] if chosen else [region for region in regions if region is op.false_region]
        works = [self.of(region.block) for region in regions]
        return max(works, key=lambda work: work.cycles, default=_NOTHING)

    def _copy(self, op: ttl.CopyOp) -> Work:
        type_ = op.block.type
        assert isinstance(type_, ttl.BlockType)
        timing, pages, size = self.kernel.chip.timing(), type_.block_pages, type_.block_bytes
        passing = size / timing.noc.flit_bytes * timing.noc.flit
        match op.direction:
            case ttl.Direction.READ:
                return Work(max(pages * (timing.issue.page + timing.issue.read_bank), passing), size)
            case ttl.Direction.WRITE:
                return Work(max(pages * (timing.issue.page + timing.issue.write_bank), passing), size)
            case _:
                return Work(passing)

    def _computed(self, op: Operation) -> float:
        """The unit that an operation on blocks keeps busy for longest."""
        match op:
            case ttl.StoreOp():
                frame = self.kernel.chip.timing().compute
                return _tiles(op.operands) / 2 * self._price("pack_tile", Unit.PACK) + frame.section + frame.acquire
            case ttl.MatmulOp():
                inner = _sizes(op.operands[0])[-1]
                products = _tiles(op.results) * inner
                return products * self._price("matmul_block", Unit.FPU)
            case ttl.ReduceOp():
                call = f"reduce_tile<{op.POOL}, {op.dim.data.value}>"
                return _tiles(op.operands[:1]) * max(self._price(call, unit) for unit in (Unit.UNPACK, Unit.FPU))
            case ttl.ElementwiseOp():
                name = op.ROW.name
                return _tiles(op.results) * (
                    self._price("add_tiles", Unit.FPU) if op.ROW.fpu else self._price(f"{name}_tile", Unit.SFPU)
                )
            case _:
                return _tiles(op.results) * self._price("copy_tile", Unit.UNPACK)

    def _price(self, call: str, unit: Unit) -> float:
        price = self.kernel.chip.costs.price
        dst32 = self.kernel.fp32_dest_acc_en is not None and bool(self.kernel.fp32_dest_acc_en)
        return price(call, unit, dst32=dst32, fidelity=self.kernel.fidelity).cycles


def _sizes(value: SSAValue) -> tuple[int, ...]:
    return tuple(value.type.sizes) if isinstance(value.type, ttl.BlockType) else ()


def _tiles(values: Iterable[SSAValue]) -> int:
    return sum(prod(value.type.sizes) for value in values if isinstance(value.type, ttl.BlockType))
