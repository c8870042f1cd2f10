"""
Finds the events of a kernel's threads: a thread becomes a small Python function that computes only what its control
flow needs, and lists its events on any core.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i1
from xdsl.ir import Block, Operation, SSAValue

from ttlang.analysis.arithmetic import ARITHMETIC, PYTHON_FUNCTIONS, constant_value, predicate_of
from ttlang.analysis.bounds import Bounds
from ttlang.analysis.buffer_flow import is_written_from_the_start
from ttlang.analysis.carried_transfers import copy_of
from ttlang.analysis.event_traces import Choice, Event, EventKind, KernelTrace, ThreadTrace, UnknownEvents
from ttlang.analysis.intervals import wrapped
from ttlang.analysis.thread_functions import EventsOf, check, receipt, repeat, thread_function
from ttlang.dialects import ttl
from ttlang.dialects.ttl import Core
from ttlang.dialects.typed_values import owner_of
from ttlang.dialects.walking import operations_in, operations_of


def trace_kernel(kernel: ttl.KernelOp) -> KernelTrace:
    """Raises an UnknownEvents for a kernel with an operation whose result nobody knows."""
    ops = list(kernel.body.block.ops)
    buffers = tuple(op for op in ops if isinstance(op, ttl.CreateCBOp))
    pipes, semaphores = ttl.pipes_of(kernel), ttl.semaphores_of(kernel)
    numbers: dict[SSAValue, int] = {}
    for resources in (buffers, pipes, semaphores):
        numbers |= {op.result: number for number, op in enumerate(resources)}
    threads = tuple(_FunctionWriter(numbers, bool(pipes)).thread(thread) for thread in kernel.threads)
    return KernelTrace(kernel, buffers, pipes, semaphores, threads)


_BUFFER_EVENTS: dict[type[Operation], EventKind] = {
    ttl.CBWaitOp: EventKind.WAIT,
    ttl.CBPopOp: EventKind.POP,
    ttl.CBReserveOp: EventKind.RESERVE,
    ttl.CBPushOp: EventKind.PUSH,
}
_TRANSFERS = {
    ttl.Direction.SEND: (EventKind.SEND, EventKind.SENT),
    ttl.Direction.RECEIVE: (EventKind.RECEIVE, EventKind.RECEIVED),
}


_BRANCHING = frozenset({scf.IfOp, scf.ForOp, scf.WhileOp})
_EVENTFUL = (
    *(
        ttl.AcquireOp,
        ttl.ReleaseOp,
        ttl.CopyOp,
        ttl.WaitOp,
        ttl.WaitAnyOp,
        ttl.StoreOp,
        ttl.StoreElementOp,
        ttl.SemaphoreOp,
    ),
    ttl.IfPipeOp,
)
"""What may be an event. Loops and branches with none of it matter for the values that they give, if those do."""
_ENDS = frozenset({scf.YieldOp, scf.ConditionOp})


@dataclass
class _FunctionWriter:
    """Writes the function of a thread."""

    numbers: dict[SSAValue, int]
    has_pipes: bool
    names: dict[SSAValue, str] = field(default_factory=dict[SSAValue, str])
    lines: list[str] = field(default_factory=list[str])
    ops: list[Operation] = field(default_factory=list[Operation])
    needed: set[SSAValue] = field(default_factory=set[SSAValue])
    silent: set[Operation] = field(default_factory=set[Operation])
    """Loops and branches without events whose values nothing needs."""
    globals: dict[str, Any] = field(default_factory=dict[str, Any])
    depends_on_core: bool = False
    chooses: bool = False
    """Whether the thread goes on as receives come."""
    same: dict[str, Event] = field(default_factory=dict[str, Event])
    """Lines that list an event which is always the same one."""
    bounds: Bounds = field(default_factory=Bounds)

    def thread(self, thread: ttl.ThreadOp) -> ThreadTrace:
        body = thread.body.block
        self.chooses = bool(operations_of(body, ttl.WaitAnyOp))
        self.globals |= {
            "Event": Event,
            "Choice": Choice,
            "receipt": receipt,
            "check": check,
            "repeat": repeat,
            "wrapped": wrapped,
            **PYTHON_FUNCTIONS,
        }
        self.globals |= {kind.name: kind for kind in EventKind}
        self._find_needed(body)
        self.lines.append("def trace(x, y, core, events):")
        self._line(1, "emit = events.append")
        self._line(1, "turns = 0")
        if self.chooses:
            self._line(1, "counts = {}")
        self._block(body, 1)
        exec(thread_function("\n".join(self.lines)), self.globals)
        return ThreadTrace(thread, tuple(self.ops), self.globals["trace"], self.depends_on_core, self.chooses)

    def _line(self, depth: int, text: str) -> None:
        self.lines.append(f"{' ' * depth}{text}")

    def _find_needed(self, body: Block) -> None:
        """Values that semaphores depend on, and the control flow around events."""
        pending: list[SSAValue] = []
        for op in body.ops:
            pending += self._needed_by(op)
        while pending:
            value = pending.pop()
            if value in self.needed or isinstance(value.type, ttl.BlockType | ttl.TransferHandleType):
                continue
            self.needed.add(value)
            if not isinstance(op := value.owner, Operation):
                continue
            if op in self.silent:
                self.silent.discard(op)
                pending += self._needed_in(op)
            elif not op.regions:
                pending += op.operands

    def _needed_by(self, op: Operation) -> Iterator[SSAValue]:
        if isinstance(op, ttl.SemaphoreOp):
            yield from op.operands[1:]
        elif isinstance(op, ttl.WaitAnyOp):
            yield op.start
        elif type(op) in _BRANCHING and not operations_of(op, *_EVENTFUL):
            self.silent.add(op)
        elif op.regions:
            yield from self._needed_in(op)

    def _needed_in(self, op: Operation) -> Iterator[SSAValue]:
        """What decides on the way through an operation with regions, and through all in it."""
        yield from op.operands
        for region in op.regions:
            for block in region.blocks:
                for inner in operations_in(block):
                    yield from inner.operands if type(inner) in _ENDS else self._needed_by(inner)

    # ------------------------------------------------------------------------------------------------ values

    def _value(self, value: SSAValue) -> str:
        if (name := self.names.get(value)) is not None:
            return name
        if isinstance(value.owner, ttl.CoreArgumentOp):
            self.depends_on_core = True
            name = f"argument{len(self.globals)}"
            self.globals[name] = tuple(int(v) for v in value.owner.values.iter_values())
            return f"{name}[core]"
        raise UnknownEvents

    def _name(self, value: SSAValue) -> str:
        return self.names.setdefault(value, f"v{len(self.names)}")

    def _assign(self, depth: int, targets: Iterable[SSAValue], sources: Iterable[SSAValue]) -> None:
        """What blocks hold is nobody's business here, nor are transfers, but for receives where the thread chooses."""
        pairs = [(t, s) for t, s in zip(targets, sources, strict=True) if self._is_traced(s)]
        names, values = [self._name(t) for t, _ in pairs], [self._value(s) for _, s in pairs]
        if names:
            self._line(depth, f"{', '.join(names)} = {', '.join(values)}")

    def _is_traced(self, value: SSAValue) -> bool:
        if isinstance(value.type, ttl.TransferHandleType):
            return value in self.names
        return not isinstance(value.type, ttl.BlockType)

    def _define(self, op: Operation, depth: int) -> None:
        """The result of arithmetic, if anything depends on it."""
        result = op.results[0]
        if result not in self.needed:
            return
        match op:
            case arith.ConstantOp() if (number := constant_value(result)) is not None:
                self.names[result] = str(number != 0) if result.type == i1 else f"({number})"
                return
            case ttl.CoreXOp() | ttl.CoreYOp():
                self.depends_on_core = True
                self.names[result] = "x" if isinstance(op, ttl.CoreXOp) else "y"
                return
            case ttl.PipeCoordinateOp():
                table = {self.numbers[pipe.result]: op.which.data.of(pipe) for pipe in ttl.pipes_at(op.pipe)}
                text = f"{self._constant('table', table)}[{self._pipe(op.pipe)}]"
            case arith.CmpiOp():
                # Unsigned comparisons too: what threads compare so is never negative.
                text = f"({self._value(op.lhs)} {predicate_of(op).operator} {self._value(op.rhs)})"
            case _ if type(op) in ARITHMETIC:
                text = self._arithmetic(op)
                text = f"wrapped({text})" if result.type != i1 and self.bounds.wraps(result) else text
            case _:
                raise UnknownEvents
        self._line(depth, f"{self._name(result)} = {text}")

    def _arithmetic(self, op: Operation) -> str:
        operands = [self._value(operand) for operand in op.operands]
        if isinstance(op, arith.SelectOp):
            return "({1} if {0} else {2})".format(*operands)
        if isinstance(op, arith.ExtUIOp):
            return f"int({operands[0]})"
        spelling = ARITHMETIC[type(op)].python
        return f"{spelling}({', '.join(operands)})" if spelling[0].isalpha() else f"({f' {spelling} '.join(operands)})"

    def _constant(self, hint: str, value: object) -> str:
        name = f"{hint}{len(self.globals)}"
        self.globals[name] = value
        return name

    def _pipe(self, pipe: SSAValue) -> str:
        """The number of a pipe, or the variable that holds it."""
        return str(self.numbers[pipe]) if pipe in self.numbers else self.names[pipe]

    # ---------------------------------------------------------------------------------------------- operations

    def _block(self, block: Block, depth: int) -> None:
        start = len(self.lines)
        for op in operations_in(block):
            self._operation(op, depth)
        if len(self.lines) == start:
            self._line(depth, "pass")

    def _operation(self, op: Operation, depth: int) -> None:
        match op:
            case _ if op.regions:
                self._nested(op, depth)
            case ttl.AcquireOp() if op.held is not None:
                pass
            case ttl.AcquireOp() | ttl.ReleaseOp():
                before = f"({op.blocks_before},)" if isinstance(op, ttl.CBReserveOp) and op.blocks_before else "()"
                self._event(op, depth, _BUFFER_EVENTS[type(op)], str(self.numbers[op.cb]), before)
                if self.has_pipes and isinstance(op, ttl.AcquireOp) and is_written_from_the_start(op):
                    self._event(op, depth, EventKind.WRITE, str(self.numbers[op.cb]))
            case ttl.CopyOp() if op.pipe is not None:
                self._transfer(op, depth, _TRANSFERS[op.direction][0], op.pipe, op)
                if self.chooses and op.direction is ttl.Direction.RECEIVE:
                    self._line(depth, f"{self._name(op.handle)} = receipt(counts, {self._pipe(op.pipe)})")
            case ttl.WaitAnyOp():
                self._choice(op, depth)
            case ttl.WaitOp(handle=handle) if handle in self.names:
                self._received(op, depth, self.names[handle])
            case ttl.WaitOp() if (pipe := (copy := copy_of(op.handle)).pipe) is not None:
                self._transfer(op, depth, _TRANSFERS[copy.direction][1], pipe, copy)
            case ttl.CopyOp(direction=ttl.Direction.READ) | ttl.StoreOp() | ttl.StoreElementOp() if self.has_pipes:
                acquire = op.block.owner
                if isinstance(acquire, ttl.AcquireOp):
                    self._event(op, depth, EventKind.WRITE, str(self.numbers[acquire.cb]))
            case ttl.SemaphoreWaitOp():
                exact = str(int(op.comparison.data is ttl.Comparison.EQ))
                self._semaphore(op, depth, EventKind.SEMAPHORE_WAIT, [self._value(op.value), exact])
            case ttl.SemaphoreSetOp():
                values = [self._value(value) for value in (op.value, *op.cores)]
                self._semaphore(op, depth, EventKind.SEMAPHORE_SET, values)
            case ttl.SemaphoreIncOp():
                values = [self._value(value) for value in (op.value, op.x, op.y)]
                self._semaphore(op, depth, EventKind.SEMAPHORE_INC, values)
            case _ if len(op.results) == 1:
                self._define(op, depth)
            case _:
                pass

    def _nested(self, op: Operation, depth: int) -> None:
        match op:
            case _ if op in self.silent:
                pass
            case scf.IfOp():
                self._if(op, depth)
            case scf.ForOp():
                self._for(op, depth)
            case scf.WhileOp():
                self._while(op, depth)
            case ttl.IfPipeOp():
                self._if_pipe(op, depth)
            case _:
                pass

    def _choice(self, op: ttl.WaitAnyOp, depth: int) -> None:
        receipts = "".join(f"{self.names[handle]}, " for handle in op.handles)
        index = self._name(op.index)
        self._line(depth, f"{index} = yield Choice({len(self.ops)}, {self._value(op.start)}, ({receipts}))")
        self._received(op, depth, f"({receipts})[{index}]")

    def _received(self, op: Operation, depth: int, receipt: str) -> None:
        """The end of a receive that may have ended before, among others."""
        self._line(depth, f"come = {receipt}")
        self._line(depth, f"if come.ends(): emit(Event({EventKind.RECEIVED.name}, {len(self.ops)}, come.pipe))")
        self.ops.append(op)

    def _transfer(self, op: Operation, depth: int, kind: EventKind, pipe: SSAValue, copy: ttl.CopyOp) -> None:
        acquire = copy.block.owner
        if not isinstance(acquire, ttl.AcquireOp):
            raise UnknownEvents
        events = self._constant("events", EventsOf(kind, len(self.ops), (self.numbers[acquire.cb],)))
        self._line(depth, f"emit({events}[{self._pipe(pipe)}])")
        self.ops.append(op)

    def _semaphore(self, op: ttl.SemaphoreOp, depth: int, kind: EventKind, values: Sequence[str]) -> None:
        self._event(op, depth, kind, str(self.numbers[op.operands[0]]), f"({', '.join(values)},)")

    def _event(self, op: Operation, depth: int, kind: EventKind, subject: str, values: str = "()") -> None:
        known = subject.isdigit() and values == "()"
        text = f"Event({kind.name}, {len(self.ops)}, {subject}, {values})"
        if known:
            event = Event(kind, len(self.ops), int(subject))
            text = self._constant("event", event)
            self.same[f"{' ' * depth}emit({text})"] = event
        self._line(depth, f"emit({text})")
        self.ops.append(op)

    def _if_pipe(self, op: ttl.IfPipeOp, depth: int) -> None:
        self.depends_on_core = True
        ends: dict[Core, list[int]] = {}
        for value in op.pipes:
            pipe = owner_of(value, ttl.CreatePipeOp)
            for core in set(op.ends(pipe)):
                ends.setdefault(core, []).append(self.numbers[value])
        table = self._constant("ends", ends)
        self._line(depth, f"for {self._name(op.pipe)} in {table}.get((x, y), ()):")
        self._block(op.body.block, depth + 1)

    def _if(self, op: scf.IfOp, depth: int) -> None:
        for region, head in ((op.true_region, f"if {self._value(op.cond)}:"), (op.false_region, "else:")):
            if not region.blocks:
                continue
            self._line(depth, head)
            self._block(region.block, depth + 1)
            if op.results and (last := region.block.last_op) is not None:
                self._assign(depth + 1, op.results, last.operands)

    def _for(self, op: scf.ForOp, depth: int) -> None:
        body, carried = op.body.block, op.body.block.args[1:]
        self._assign(depth, carried, op.iter_args)
        bounds = ", ".join(self._value(bound) for bound in (op.lb, op.ub, op.step))
        start = len(self.lines)
        self._line(depth, f"for {self._name(body.args[0])} in range({bounds}):")
        self._line(depth + 1, "turns = check(events, turns)")
        self._block(body, depth + 1)
        if (last := body.last_op) is not None:
            self._assign(depth + 1, carried, last.operands)
        events = [self.same.get(line) for line in self.lines[start + 2 :]]
        if (same := [event for event in events if event is not None]) and len(same) == len(events):
            del self.lines[start:]
            self._line(depth, f"turns = repeat(events, turns, {self._constant('body', same)}, range({bounds}))")
        for result, argument in zip(op.results, carried, strict=True):
            if argument in self.names:
                self.names[result] = self.names[argument]

    def _while(self, op: scf.WhileOp, depth: int) -> None:
        before, after = op.before_region.block, op.after_region.block
        condition, end = before.last_op, after.last_op
        assert isinstance(condition, scf.ConditionOp)
        assert end is not None
        self._assign(depth, before.args, op.arguments)
        self._line(depth, "while True:")
        self._line(depth + 1, "turns = check(events, turns)")
        self._block(before, depth + 1)
        self._assign(depth + 1, op.results, condition.args)
        self._line(depth + 1, f"if not {self._value(condition.condition)}: break")
        for argument, result in zip(after.args, op.results, strict=True):
            if result in self.names:
                self.names[argument] = self.names[result]
        self._block(after, depth + 1)
        self._assign(depth + 1, before.args, end.operands)
