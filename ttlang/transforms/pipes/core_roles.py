"""The part that each core plays for the pipes of an `if_pipe_*`: numbers that differ between cores are arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xdsl.dialects.builtin import i32
from xdsl.ir import Operation, SSAValue

from ttlang.dialects import ttl
from ttlang.dialects.names import unique_name, value_hint
from ttlang.dialects.ttl import Core, CreatePipeOp
from ttlang.transforms.rewriting import Ints, at_entry, set_location


@dataclass
class Roles:
    """The pipes of an `if_pipe_*` that each core is an end of, and the loop over them."""

    kernel: ttl.KernelOp
    thread: ttl.ThreadOp
    pipes: tuple[CreatePipeOp, ...]
    ends: dict[Core, list[CreatePipeOp]]
    index: SSAValue | None = None
    """Which of them it is in the loop; None if no core has more than one."""

    @property
    def most(self) -> int:
        return max(len(pipes) for pipes in self.ends.values())

    def field(self, name: str, of: Callable[[CreatePipeOp], int], ints: Ints) -> SSAValue:
        """A number that each pipe has: a constant, a coordinate of the core, or a runtime argument."""
        numbers = {pipe: of(pipe) for pipe in self.pipes}
        of = numbers.__getitem__
        values = set(numbers.values())
        if len(values) == 1:
            return ints.constant(values.pop())
        for axis, kind in enumerate((ttl.CoreXOp, ttl.CoreYOp)):
            if all(of(pipe) == core[axis] for core, pipes in self.ends.items() for pipe in pipes):
                return coordinate(self.thread, kind)
        if self.index is None:
            row = [of(self.ends[core][0]) if self.ends.get(core) else 0 for core in self.kernel.cores]
            return core_argument(self.kernel, name, row)
        if (progression := self._progression(of)) is not None:
            first, stride = progression
            return ints.add(ints.constant(first), ints.mul(self.index, ints.constant(stride)))
        table = _core_table(self.kernel, name, [self._row(core, of) for core in self.kernel.cores])
        return ints.emit(ttl.CoreTableEntryOp(table, self.index))

    def _progression(self, of: Callable[[CreatePipeOp], int]) -> tuple[int, int] | None:
        """The first number and the step of an arithmetic progression, if the numbers are one on all cores."""
        rows = [[of(pipe) for pipe in pipes] for pipes in self.ends.values()]
        longest = max(rows, key=len)
        first, stride = longest[0], longest[1] - longest[0]
        regular = all(value == first + i * stride for row in rows for i, value in enumerate(row))
        return (first, stride) if regular else None

    def _row(self, core: Core, of: Callable[[CreatePipeOp], int]) -> list[int]:
        values = [of(pipe) for pipe in self.ends.get(core, ())]
        return values + [0] * (self.most - len(values))

    def count(self, name: str, ints: Ints) -> SSAValue:
        """How many pipes this core is an end of."""
        counts = [len(self.ends.get(core, ())) for core in self.kernel.cores]
        return ints.constant(counts[0]) if len(set(counts)) == 1 else core_argument(self.kernel, name, counts)


def coordinate(thread: ttl.ThreadOp, kind: type[Operation]) -> SSAValue:
    """The core's column or row, asked for at the start of the thread."""
    entry = thread.body.block
    for op in entry.ops:
        if isinstance(op, kind):
            return op.results[0]
    made = kind.create(result_types=[i32])
    made.results[0].name_hint = "core_x" if kind is ttl.CoreXOp else "core_y"
    set_location(made, thread)
    return at_entry(entry, made).results[0]


def core_argument(kernel: ttl.KernelOp, name: str, values: Sequence[int]) -> SSAValue:
    """The per-core argument with these values; made if there is none."""
    names: set[str] = set()
    for op in kernel.body.block.ops:
        if isinstance(op, ttl.CoreArgumentOp):
            if list(op.values.iter_values()) == list(values):
                return op.result
            names.add(op.name_.data)
        elif isinstance(op, ttl.CoreTableOp):
            names.add(op.name_.data)
    return _add_resource(kernel, ttl.CoreArgumentOp(unique_name(name, names.__contains__), values))


def _core_table(kernel: ttl.KernelOp, name: str, rows: Sequence[Sequence[int]]) -> SSAValue:
    made = ttl.CoreTableOp(name, rows)
    names: set[str] = set()
    for op in kernel.body.block.ops:
        if isinstance(op, ttl.CoreTableOp):
            if op.entries == made.entries and op.values == made.values:
                return op.result
            names.add(op.name_.data)
    return _add_resource(kernel, ttl.CoreTableOp(unique_name(name, names.__contains__), rows))


def _add_resource(kernel: ttl.KernelOp, op: ttl.CoreArgumentOp | ttl.CoreTableOp) -> SSAValue:
    op.location = kernel.location
    op.result.name_hint = value_hint(op.name_.data)
    kernel.body.block.insert_op_before(op, kernel.threads[0])
    return op.result
