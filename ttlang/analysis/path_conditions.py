"""Which conditions are known on a path through a thread: `break` and `continue` are branches on what an `if` yields."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from xdsl.dialects import scf
from xdsl.dialects.builtin import i1, i32
from xdsl.ir import Operation, Region, SSAValue

from ttlang.analysis.arithmetic import computed, constant_value
from ttlang.dialects.walking import operations_of, terminator

MOST_TURNS = 256
"""Turns of a loop beyond which nobody asks what is true in which of them."""
_DEPTH = 8
"""How far back it is asked what an integer is computed from."""


@dataclass(frozen=True)
class PathConditions:
    """The truth of conditions, as far as the branches that a path has taken tell it."""

    known: dict[SSAValue, bool] = field(default_factory=dict[SSAValue, bool])
    numbers: dict[SSAValue, int] = field(default_factory=dict[SSAValue, int])
    """Integers that the path stands for one value of: conditions are computed from them."""

    def truth(self, condition: SSAValue) -> bool | None:
        if (known := self.known.get(condition)) is not None:
            return known
        value = self._value(condition)
        return None if value is None else value != 0

    def _value(self, value: SSAValue, depth: int = _DEPTH) -> int | None:
        """An integer that constants and `numbers` make, by no more than so many operations in one another."""
        if (found := constant_value(value)) is not None or not self.numbers:
            return found
        if (found := self.numbers.get(value, self.known.get(value))) is not None:
            return int(found)
        if not isinstance(op := value.owner, Operation) or not depth:
            return None
        operands: list[int] = []
        for operand in op.operands:
            if (number := self._value(operand, depth - 1)) is None:
                return None
            operands.append(number)
        return computed(op, operands)

    def with_number(self, value: SSAValue, number: int) -> PathConditions:
        """On a path on which an integer of the run is this one."""
        return PathConditions(self.known, {**self.numbers, value: number})

    def assuming(self, conditions: Mapping[SSAValue, bool]) -> PathConditions:
        """On a path on which these hold or do not."""
        return PathConditions({**self.known, **conditions}, self.numbers)

    def without(self, conditions: Collection[SSAValue]) -> PathConditions:
        """Where nothing is known of these."""
        return PathConditions({c: truth for c, truth in self.known.items() if c not in conditions}, self.numbers)

    def may_take(self, op: scf.IfOp, branch: Region) -> bool:
        return self.truth(op.cond) in (None, branch is op.true_region)

    def in_branch(self, op: scf.IfOp, branch: Region) -> PathConditions:
        """At the start of a branch."""
        return PathConditions({**self.known, op.cond: branch is op.true_region}, self.numbers)

    def behind(self, op: scf.IfOp, branch: Region) -> PathConditions:
        """Behind the `if`, for a path at the end of a branch: with what that yields."""
        if not op.results:
            return self
        known, numbers = dict(self.known), dict(self.numbers)
        for result, yielded in zip(op.results, terminator(branch.block).operands, strict=True):
            if (truth := self.truth(yielded)) is not None and result.type == i1:
                known[result] = truth
            elif (number := self._value(yielded)) is not None and result.type == i32:
                numbers[result] = number
        return PathConditions(known, numbers)

    def outside(self, op: Operation) -> PathConditions:
        """What is known behind an operation: nobody asks for the integers in it any more."""
        inner = [value for value in self.numbers if value.owner is not op and op.is_ancestor(value.owner)]
        if not inner:
            return self
        return PathConditions(self.known, {v: n for v, n in self.numbers.items() if v not in inner})

    def common(self, other: PathConditions) -> PathConditions:
        """What is known on both of two paths."""
        return PathConditions(
            dict(self.known.items() & other.known.items()), dict(self.numbers.items() & other.numbers.items())
        )


def true_but_in_last_turn(loop: Operation) -> dict[SSAValue, bool]:
    """
    What the branches of a loop ask for, and is one in all turns but the last and the other in that: its truth before.
    """
    if not isinstance(loop, scf.ForOp):
        return {}
    bounds = [constant_value(bound) for bound in (loop.lb, loop.ub, loop.step)]
    lower, upper, step = (0 if bound is None else bound for bound in bounds)
    turns = range(lower, upper, step) if None not in bounds and step > 0 else range(0)
    if not 1 < len(turns) <= MOST_TURNS:
        return {}
    found: dict[SSAValue, bool] = {}
    for condition in dict.fromkeys(op.cond for op in operations_of(loop, scf.IfOp)):
        # Most conditions are told from others by their first and last two turns.
        truths = [_truth_in(loop, condition, turn) for turn in (turns[0], turns[-2], turns[-1])]
        if None in truths or truths[0] is not truths[1] or truths[1] is truths[2]:
            continue
        if all(_truth_in(loop, condition, turn) is truths[0] for turn in turns[1:-2]):
            found[condition] = truths[0] is True
    return found


def _truth_in(loop: scf.ForOp, condition: SSAValue, turn: int) -> bool | None:
    return PathConditions().with_number(loop.body.block.args[0], turn).truth(condition)
