"""
Makes a thread for each processor of a unified thread.

Each gets the operations that are its own (`ttlang/analysis/thread_assignment.py`), and of control flow and integer
arithmetic what these stand on; a loop carries in each thread what that thread needs of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import Rewriter

from ttlang.analysis.carried_values import CONTROL, carried_as, handed_from, own_operands
from ttlang.analysis.finding_context import findings_of
from ttlang.analysis.inferred_ends import ends_left_out
from ttlang.analysis.thread_assignment import Assignment, Part, assign, with_messages
from ttlang.checks.thread_meetings import check_meetings
from ttlang.checks.thread_paths import ThreadPaths
from ttlang.checks.unified_threads import check_assignment
from ttlang.diagnostics import Severity
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.names import unique_name
from ttlang.dialects.signpost_pairs import regions_of
from ttlang.dialects.walking import operations, operations_of, terminator
from ttlang.transforms.pass_order import OrderedPass


class _Slice:
    """What one thread needs of a unified thread."""

    def __init__(self, roots: Iterable[Operation]):
        self._operations: set[Operation] = set()
        self._values: set[SSAValue] = set()
        self._copies: dict[SSAValue, SSAValue] = {}
        self._todo: list[SSAValue] = []
        for op in roots:
            self._need(op)
        while self._todo:
            self._need_value(self._todo.pop())

    def _need(self, op: Operation) -> None:
        """An operation, what decides whether it runs, and what it computes with."""
        # Resources of the kernel are there for all threads.
        while (
            op not in self._operations
            and not isinstance(op, ttl.ThreadOp)
            and not isinstance(op.parent_op(), ttl.KernelOp)
        ):
            self._operations.add(op)
            self._todo += own_operands(op)
            around = op.parent_op()
            assert around is not None
            op = around

    def _need_value(self, value: SSAValue) -> None:
        if value in self._values:
            return
        self._values.add(value)
        self._todo += (*handed_from(value), *carried_as(value))
        owner = value.owner
        self._need(owner if isinstance(owner, Operation) else _home(owner))

    # ------------------------------------------------------------------------------------------------- copying

    def copy_into(self, source: Block, target: Block) -> None:
        """Adds to a block what is needed of another."""
        for op in source.ops:
            if op in self._operations:
                target.add_op(self._copy(op))

    def _copy(self, op: Operation) -> Operation:
        if not op.regions:
            return op.clone_without_regions(self._copies)
        if not isinstance(op, CONTROL):
            made = op.clone_without_regions(self._copies)
            for region, new in zip(op.regions, made.regions, strict=True):
                new.add_block(self._copied_body(region.block))
            return made
        results = self._needed(op.results)
        regions = [self._copied_region(region) for region in op.regions]
        operands = [self._copied(value) for value in self._operands(op)]
        types = [result.type for result in results]
        made = op.create(
            operands=operands,
            result_types=types,
            properties=op.properties.copy(),
            attributes=op.attributes.copy(),
            regions=regions,
            location=op.location,
        )
        for old, new in zip(results, made.results, strict=True):
            new.name_hint = old.name_hint
            self._copies[old] = new
        return made

    def _operands(self, op: Operation) -> list[SSAValue]:
        """Of control flow, its own operands, and those of the values it hands on that are needed."""
        match op:
            case scf.ForOp():
                carried = zip(op.results, op.iter_args, strict=True)
                return [*own_operands(op), *(value for result, value in carried if result in self._values)]
            case scf.WhileOp():
                arguments = op.before_region.block.args
                return [value for arg, value in zip(arguments, op.arguments, strict=True) if arg in self._values]
            case _:
                return list(op.operands)

    def _copied_region(self, region: Region) -> Region:
        if not region.blocks:
            return Region()
        body = self._copied_body(region.block)
        around, first = _home(region.block), body.first_op
        # An `if` that does nothing else needs no `else`.
        is_idle = isinstance(around, scf.IfOp) and isinstance(first, scf.YieldOp) and not first.operands
        return Region() if is_idle and region is not around.regions[0] else Region(body)

    def _copied_body(self, body: Block) -> Block:
        around = body.parent_op()
        arguments = body.args
        if isinstance(around, CONTROL):
            # The counter of a `for` is there whether or not it is used.
            first = 1 if isinstance(around, scf.ForOp) else 0
            arguments = (*arguments[:first], *self._needed(arguments[first:]))
        made = Block(arg_types=[arg.type for arg in arguments])
        for old, new in zip(arguments, made.args, strict=True):
            new.name_hint = old.name_hint
            self._copies[old] = new
        self.copy_into(body, made)
        if isinstance(around, CONTROL):
            self._end(terminator(body), made, around)
        return made

    def _end(self, end: Operation, made: Block, around: CONTROL) -> None:
        """The end of a body, which hands on what is needed."""
        values = [self._copied(value) for value in self._handed_on(end, around)]
        copied = type(end).create(operands=values, properties=end.properties.copy(), location=end.location)
        made.add_op(copied)

    def _handed_on(self, end: Operation, around: CONTROL) -> list[SSAValue]:
        match around, end:
            case scf.WhileOp(), scf.ConditionOp():
                named = zip(around.results, end.operands[1:], strict=True)
                return [end.operands[0], *(value for result, value in named if result in self._values)]
            case scf.WhileOp(), _:
                receivers: Sequence[SSAValue] = around.before_region.block.args
            case _:
                receivers = around.results
        return [value for receiver, value in zip(receivers, end.operands, strict=True) if receiver in self._values]

    def _needed(self, values: Sequence[SSAValue]) -> list[SSAValue]:
        return [value for value in values if value in self._values]

    def _copied(self, value: SSAValue) -> SSAValue:
        return self._copies.get(value, value)


def _home(block: Block) -> Operation:
    around = block.parent_op()
    assert around is not None
    return around


_KINDS: dict[Part, type[ttl.ThreadOp]] = {
    Part.COMPUTE: ttl.ComputeThreadOp,
    Part.FIRST: ttl.DataMovementThreadOp,
    Part.SECOND: ttl.DataMovementThreadOp,
}


def _split(thread: ttl.UnifiedThreadOp, assignment: Assignment) -> list[ttl.ThreadOp]:
    """The threads that come of a unified one, each under the name of its part."""
    names: set[str] = set()
    made: list[ttl.ThreadOp] = []
    parts = with_messages(assignment, thread)
    for part in Part:
        own = [op for op, its in parts.items() if its is part]
        if not own:
            continue
        sends = any(isinstance(op, ttl.CopyOp) and op.direction is ttl.Direction.SEND for op in own)
        name = unique_name("send" if part is Part.SECOND and sends else part.value, names.__contains__)
        names.add(name)
        new = _KINDS[part](name)
        new.location = thread.location
        new.unified = StringAttr(thread.sym_name.data)
        _Slice([*own, *_signposts_around(own, thread)]).copy_into(thread.body.block, new.body.block)
        made.append(new)
    return made


def _signposts_around(own: Iterable[Operation], thread: ttl.UnifiedThreadOp) -> list[Operation]:
    """The ends of the regions in which some of a thread's operations stand: each thread has its part of a region."""
    held = set(own)
    blocks = dict.fromkeys(op.parent_block() for op in operations_of(thread, ttl.SignpostBeginOp))
    return [
        end
        for block in blocks
        if block is not None
        for begin, inside in regions_of(block)
        if any(each in held for op in inside for each in operations(op))
        for end in (begin, inside[-1])
    ]


_MOST_TRIES = 64
"""Ways to deal out the data movement that are tried."""


def _chosen(kernel: ttl.KernelOp, thread: ttl.UnifiedThreadOp, assignment: Assignment) -> Assignment:
    """How the work is dealt out: as the table has it, unless the threads would then wait for each other forever."""
    if not assignment.has_choice or not _is_stuck(kernel, thread, assignment):
        return assignment
    others = islice(assignment.others(), _MOST_TRIES)
    return next((other for other in others if not _is_stuck(kernel, thread, other)), assignment)


def _is_stuck(kernel: ttl.KernelOp, thread: ttl.UnifiedThreadOp, assignment: Assignment) -> bool:
    """Whether it is known that threads will wait for each other forever; they may have mistakes of their own."""
    threads = _split(thread, assignment)
    kernel.body.block.add_ops(threads)
    for end in ends_left_out(kernel):
        end.insert()
    found = [problem for each in threads for problem in ThreadPaths(each).check()]
    if not any(problem.severity is Severity.ERROR for problem in found):
        found = check_meetings(kernel)
    for each in threads:
        each.detach()
        each.erase()
    return any(problem.code == "TTL0415" for problem in found)


def _fit_slices(kernel: ttl.KernelOp) -> None:
    """Buffers that the compiler has made for slices have two blocks, but the largest have one if L1 has no room."""
    surplus = kernel.buffer_bytes - kernel.chip.l1_budget
    made = [cb for cb in kernel.circular_buffers if cb.compiler_made and cb.result.type.block_count.data > 1]
    for cb in sorted(made, key=lambda cb: -cb.result.type.total_bytes):
        if surplus <= 0:
            return
        type_ = cb.result.type
        single = ttl.buffer_type(type_.sizes, type_.element, 1)
        Rewriter.replace_value_with_new_type(cb.result, single)
        surplus -= type_.total_bytes - single.total_bytes


class TTLSplitThreadsPass(OrderedPass):
    """`ttl.unified_thread` becomes a compute thread and data movement threads. Raises what can't be dealt out."""

    name = "ttl-split-threads"
    needs = frozenset({Guarantee.AS_WRITTEN})
    gives = frozenset({Guarantee.THREADS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for thread in operations_of(op, ttl.UnifiedThreadOp):
            assignment = assign(thread)
            findings_of(ctx).add(*check_assignment(assignment))
            kernel = thread.parent_op()
            assert isinstance(kernel, ttl.KernelOp)
            thread.detach()
            kernel.body.block.add_ops(_split(thread, _chosen(kernel, thread, assignment)))
            thread.erase()
            _fit_slices(kernel)
