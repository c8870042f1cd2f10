"""Values of blocks that control flow hands on: what loops carry, and what the paths of an `if` give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, SSAValue

from ttlang.dialects import ttl
from ttlang.dialects.walking import operations_of, terminator

Loop = scf.ForOp | scf.WhileOp


@dataclass(frozen=True)
class LoopValue:
    """What a loop carries at a position."""

    loop: Loop
    index: int

    @property
    def init(self) -> SSAValue:
        loop = self.loop
        return (loop.iter_args if isinstance(loop, scf.ForOp) else loop.arguments)[self.index]

    @property
    def body(self) -> Block:
        loop = self.loop
        return loop.body.block if isinstance(loop, scf.ForOp) else loop.after_region.block

    @property
    def argument(self) -> SSAValue:
        """The value at the start of a turn."""
        return self.body.args[self.index + (1 if isinstance(self.loop, scf.ForOp) else 0)]

    @property
    def arguments(self) -> tuple[SSAValue, ...]:
        """The same, and what the condition of a `while` hands on to it."""
        if isinstance(self.loop, scf.ForOp):
            return (self.argument,)
        return (self.argument, self.loop.before_region.block.args[self.index])

    @property
    def yielded(self) -> SSAValue:
        """The value at the end of a turn."""
        return terminator(self.body).operands[self.index]

    @property
    def result(self) -> SSAValue:
        return self.loop.results[self.index]


def carried_blocks(loop: Loop) -> list[LoopValue]:
    """The blocks that a loop carries."""
    return [LoopValue(loop, i) for i, result in enumerate(loop.results) if isinstance(result.type, ttl.BlockType)]


def chosen_blocks(op: scf.IfOp) -> list[int]:
    """The positions of the results of an `if` that are blocks."""
    return [i for i, result in enumerate(op.results) if isinstance(result.type, ttl.BlockType)]


def branch_values(op: scf.IfOp, index: int) -> tuple[SSAValue, SSAValue]:
    """What the two paths give for a result."""
    first, second = (terminator(region.block).operands[index] for region in (op.true_region, op.false_region))
    return first, second


def handed_on(thread: Operation) -> Iterator[tuple[tuple[SSAValue, ...], tuple[SSAValue, ...]]]:
    """For each value that control flow hands on: the names that it has, and the values that come under them."""
    for op in operations_of(thread, scf.ForOp, scf.WhileOp, scf.IfOp):
        if isinstance(op, scf.IfOp):
            for index in chosen_blocks(op):
                yield (op.results[index],), branch_values(op, index)
            continue
        for value in carried_blocks(op):
            yield (*value.arguments, value.result), (value.init, value.yielded)
