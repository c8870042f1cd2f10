"""
Brings the compute units into the state that each call demands: startup once, an init or a reconfiguration exactly where
the state changes, and before a loop where the loop keeps it.

What sets units stands before the waits that come right before a call, for pages or for DST: so they are set while
unpack, math and pack wait. An init of the SFPU goes before its section, if nothing there has the SFPU do anything else
before: math waits for unpack there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from xdsl.context import Context
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr
from xdsl.ir import Block, Operation
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.effects import is_side_effect_free
from ttlang.analysis.unit_demands import OPEN, Demand, Formats, State, clobbers, demands, sets_sfpu
from ttlang.dialects import ttkernel
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.ttkernel.facets import (
    Configuration,
    Configures,
    PackerFormat,
    ReadsThrough,
    Unit,
    UsesDst,
    operations_with,
)
from ttlang.dialects.walking import operations, operations_in, operations_of
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import set_location


def _join(left: State, right: State) -> State:
    return {unit: key for unit, key in left.items() if right.get(unit) == key}


def _runs(loop: Operation) -> bool:
    """Whether a loop is known to run at least once."""
    if not isinstance(loop, scf.ForOp):
        return False
    start, stop = constant_value(loop.lb), constant_value(loop.ub)
    return start is not None and stop is not None and start < stop


@dataclass(frozen=True)
class _Loop:
    """What a loop does to the units."""

    demanded: frozenset[Unit]
    kept: tuple[Demand, ...]
    """First demands that are still met at the end of a turn, so that they can be met once, before the loop."""


_Step = tuple[Operation, tuple[Demand, ...], tuple[Unit, ...]]
"""An operation, what it demands, and of which units nothing is known behind it."""


@dataclass
class _Inserter:
    formats: Formats
    insertions: list[tuple[Operation, Operation, Operation]] = field(
        default_factory=list[tuple[Operation, Operation, Operation]]
    )
    """Calls to insert, each with the operation that it is for, and with the one it goes before."""
    loops: dict[Operation, _Loop] = field(default_factory=dict[Operation, _Loop])
    steps: dict[Block, list[_Step]] = field(default_factory=dict[Block, list[_Step]])

    def visit(self, block: Block, state: State, *, insert: bool) -> State:
        """The state after a block that is entered in `state`; with `insert`, notes the calls that it needs."""
        for op, demanded, lost in self._steps_of(block):
            if not op.regions:
                for demand in demanded:
                    self._demand(op, demand, state, insert=insert)
                for unit in lost:
                    state.pop(unit, None)
                continue
            match op:
                case scf.IfOp():
                    branches = [self.visit(r.block, dict(state), insert=insert) for r in op.regions if r.blocks]
                    state = _join(branches[0], branches[1] if len(branches) > 1 else state)
                case scf.ForOp() | scf.WhileOp():
                    state = self._visit_loop(op, state, insert=insert)
                case _:
                    pass
        return state

    def _steps_of(self, block: Block) -> list[_Step]:
        """The operations of a block that have to do with units, or have others in them."""
        if (steps := self.steps.get(block)) is None:
            every = ((op, demands(op, self.formats), clobbers(op)) for op in operations_in(block))
            steps = self.steps[block] = [step for step in every if step[0].regions or step[1] or step[2]]
        return steps

    def _steps_in(self, op: Operation) -> Iterator[_Step]:
        """Those of all that is in an operation, in the order of the text."""
        for region in op.regions:
            for block in region.blocks:
                for step in self._steps_of(block):
                    yield step
                    yield from self._steps_in(step[0])

    def _visit_loop(self, loop: scf.ForOp | scf.WhileOp, state: State, *, insert: bool) -> State:
        if loop not in self.loops:
            self.loops[loop] = self._summary(loop)
        summary = self.loops[loop]
        for demand in summary.kept:
            self._demand(loop, demand, state, insert=insert)
        unknown = summary.demanded - {demand.unit for demand in summary.kept}
        entry = {unit: key for unit, key in state.items() if unit not in unknown}
        left, end = self._visit_turn(loop, entry, insert=insert)
        if isinstance(loop, scf.WhileOp):
            return left
        return end if _runs(loop) else _join(state, end)

    def _visit_turn(self, loop: scf.ForOp | scf.WhileOp, entry: State, *, insert: bool) -> tuple[State, State]:
        """The states in a turn that is entered in `entry`: where it leaves the loop, and at its end."""
        if isinstance(loop, scf.ForOp):
            return entry, self.visit(loop.body.block, dict(entry), insert=insert)
        left = self.visit(loop.before_region.block, dict(entry), insert=insert)
        return left, self.visit(loop.after_region.block, dict(left), insert=insert)

    def _summary(self, loop: scf.ForOp | scf.WhileOp) -> _Loop:
        first: dict[Unit, Demand] = {}
        clobbered: set[Unit] = set()
        for _, demanded, lost in self._steps_in(loop):
            for demand in demanded:
                first.setdefault(demand.unit, demand)
            clobbered.update(lost)
        entry: State = {}
        for unit in Unit:
            if unit in first:
                first[unit].meet(entry)
        _, end = self._visit_turn(loop, entry, insert=False)
        kept = tuple(first[unit] for unit in Unit if unit in first and first[unit].is_met(end))
        return _Loop(frozenset(first) | clobbered, kept)

    def _demand(self, op: Operation, demand: Demand, state: State, *, insert: bool) -> None:
        if demand.is_met(state):
            return
        if insert:
            self.insertions.append((demand.call(state), op, self._place(op, demand.unit)))
        demand.meet(state)

    def _place(self, op: Operation, unit: Unit) -> Operation:
        """What a unit is set before, for the sake of an operation."""
        place = _before_waits(op)
        start = place
        while unit is Unit.SFPU and start.prev_op and not _concerns_sfpu(start.prev_op):
            start = start.prev_op
            if isinstance(start, ttkernel.TileRegsAcquireOp):
                place = _before_waits(start)
        return place


def _concerns_sfpu(op: Operation) -> bool:
    """Whether an operation computes on the SFPU, sets it, or ends a section."""
    return any(isinstance(each, ttkernel.TileRegsReleaseOp) or sets_sfpu(type(each)) for each in operations(op))


def _before_waits(op: Operation) -> Operation:
    """An operation, or the first of the waits right before it."""
    waits = place = op
    while (before := place.prev_op) is not None and (isinstance(before, _WAITS) or is_side_effect_free(before)):
        place = before
        if isinstance(before, _WAITS):
            waits = before
    return waits


_WAITS = (ttkernel.CBWaitFrontOp, ttkernel.CBReserveBackOp, ttkernel.TileRegsAcquireOp)
"""Of unpack, of pack and of math."""


def _startup(kernel: ttkernel.KernelOp, formats: Formats) -> ttkernel.ComputeKernelHWStartupOp | None:
    """The startup for the buffers that are read and packed first; None where the kernel computes nothing."""
    calls = operations_with(kernel, ReadsThrough, PackerFormat)
    packed = next(filter(None, map(_packed, calls)), None)
    if packed is None:
        return None
    inputs = next(filter(None, map(_first_inputs, calls)), None)
    # What is packed before anything is read, as tiles of constants are, is computed in the mode of its own format.
    if inputs is None or formats.mode(*inputs) != formats.mode(packed):
        inputs = (packed, packed)
    return ttkernel.ComputeKernelHWStartupOp(*inputs, packed)


def _packed(op: Operation) -> SymbolRefAttr | None:
    """The buffer that a call packs to; a setting of the packer is none."""
    configures, packer = Configures.of(op), PackerFormat.of(op)
    return None if packer is None or (configures and configures.kind is Configuration.FORMAT) else packer.packed(op)


def _first_inputs(op: Operation) -> tuple[SymbolRefAttr, SymbolRefAttr] | None:
    """The buffers that go to SrcA and SrcB, of a call that can come first: what reads DST comes after another one."""
    reads, dst = ReadsThrough.of(op), UsesDst.of(op)
    if reads is None or (dst and dst.reads):
        return None
    a, b = reads.sources(op)
    first, second = a or b, b or a
    return (first, second) if first and second else None


def _insert_startup(kernel: ttkernel.KernelOp, startup: Operation) -> None:
    place = kernel.body.block.first_op
    while isinstance(place, arith.ConstantOp) or (place is not None and place.results and not place.regions):
        place = place.next_op
    assert place is not None
    startup.location = kernel.location
    Rewriter.insert_op(startup, InsertPoint.before(place))


def _merge_reconfigurations(op: ttkernel.ReconfigDataFormatSrcAOp, formats: Formats) -> None:
    """Both source registers at once, where it does not matter to the FPU's mode which of them was set last."""
    other = op.next_op
    if isinstance(other, ttkernel.ReconfigDataFormatSrcBOp) and formats.mode(op.cb) == formats.mode(other.cb):
        follows = op.to_from_int8 is not None or other.to_from_int8 is not None
        both = ttkernel.ReconfigDataFormatOp(op.cb, other.cb, to_from_int8=follows)
        both.location = op.location
        Rewriter.insert_op(both, InsertPoint.before(op))
        for single in (op, other):
            single.detach()
            single.erase()


def _insert(kernel: ttkernel.KernelOp, formats: Formats) -> None:
    startup = _startup(kernel, formats)
    if startup is None:
        return
    state: State = {
        Unit.SRC_A: (formats.unpacked(startup.in0),),
        Unit.SRC_B: (formats.unpacked(startup.in1),),
        **formats.mode(startup.in0, startup.in1),
        Unit.PACK: (formats.packed(startup.out),),
        Unit.EDGE_MASK: OPEN,
    }
    inserter = _Inserter(formats)
    inserter.visit(kernel.body.block, state, insert=True)
    for new, source, before in inserter.insertions:
        set_location(new, source)
        Rewriter.insert_op(new, InsertPoint.before(before))
    _insert_startup(kernel, startup)
    for op in operations_of(kernel, ttkernel.ReconfigDataFormatSrcAOp):
        _merge_reconfigurations(op, formats)


class TTKernelInsertInitsPass(OrderedPass):
    """Inserts `compute_kernel_hw_startup`, `*_init` and `*reconfig_data_format*`."""

    name = "ttkernel-insert-inits"
    needs = frozenset({Guarantee.PROGRAM})
    gives = frozenset({Guarantee.UNITS_SET})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for program in op.ops:
            if not isinstance(program, ttkernel.ProgramOp):
                continue
            formats = Formats(program)
            for kernel in program.kernels:
                if kernel.thread.data is ttkernel.Thread.COMPUTE:
                    _insert(kernel, formats)
