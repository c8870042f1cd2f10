"""
Which values of a kernel become variables where it is written as statements. An expression that is used once is written
where it is used; the values that a loop carries and that a branch yields share one variable wherever one can hold them,
as in the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i1
from xdsl.ir import Block, Operation, OpResult, SSAValue

from ttlang.dialects.signpost_pairs import SignpostBeginOp, regions_of
from ttlang.dialects.ttkernel.facets import HandedOver, IsExpression
from ttlang.dialects.walking import operations, operations_in, operations_of

Copies = list[tuple[SSAValue, SSAValue]]
"""Assignments that happen at once: (target, source)."""


def is_expression(op: Operation) -> bool:
    """Whether the operation is written as an expression: it does nothing, and gives the same value anywhere."""
    return op.dialect_name() == "arith" or IsExpression.of(op) is not None


def is_folded(value: SSAValue) -> bool:
    """Whether an expression is written at its use: a constant, or used once and not in a loop further in."""
    if not isinstance(value, OpResult) or not is_expression(value.op):
        return False
    if type(value.op) is arith.ConstantOp:
        return True
    use = value.get_unique_use()
    expression = IsExpression.of(value.op)
    if use is None or (expression and expression.long):
        return False
    user = use.operation
    if isinstance(user, scf.ForOp) and user.operands[use.index] in (user.ub, user.step) and not _is_cheap(value.op):
        return False
    home = value.op.parent_block()
    while user is not None and user.parent_block() is not home:
        user = user.parent_op()
        if isinstance(user, scf.ForOp | scf.WhileOp):
            return False
    return True


def _is_cheap(op: Operation) -> bool:
    """Whether an expression may stand in the head of a loop, where it is read as if it were evaluated every time."""
    if not isinstance(op, arith.ConstantOp | arith.AddiOp | arith.SubiOp | arith.MuliOp):
        return False
    return all(_is_cheap(value.op) for value in op.operands if isinstance(value, OpResult) and is_folded(value))


def entry_copies(op: scf.ForOp | scf.WhileOp) -> Copies:
    """What is assigned before a loop."""
    if type(op) is scf.ForOp and not op.results:
        return []
    if isinstance(op, scf.ForOp):
        return list(zip(op.body.block.args[1:], op.iter_args, strict=True))
    return list(zip(op.before_region.block.args, op.arguments, strict=True))


def exit_copies(block: Block) -> Copies:
    """What is assigned at the end of a block."""
    last, parent = block.last_op, block.parent_op()
    if last is None or not last.operands:
        return []
    match last, parent:
        case scf.YieldOp(), scf.ForOp():
            targets: Sequence[SSAValue] = parent.body.block.args[1:]
        case scf.YieldOp(), scf.IfOp():
            targets = parent.results
        case scf.YieldOp(), scf.WhileOp():
            targets = parent.before_region.block.args
        case scf.ConditionOp(), scf.WhileOp():
            return list(zip(parent.after_region.block.args, last.args, strict=True))
        case _:
            return []
    return list(zip(targets, last.operands, strict=True))


@dataclass(eq=False)
class Variable:
    """A variable that is assigned more than once, and the values that it holds."""

    number: int
    """Its place in the order of the source."""
    values: list[SSAValue]

    @property
    def hint(self) -> str | None:
        """The name that the source has for it."""
        return next((value.name_hint for value in self.values if value.name_hint), None)

    @property
    def name(self) -> str:
        """The name that the source has for it, else one by its type."""
        return self.hint or ("flag" if self.values[0].type == i1 else "value")

    @property
    def is_read(self) -> bool:
        return any(value.first_use is not None for value in self.values)


class Variables:
    """The variables of a kernel function."""

    def __init__(self, body: Block):
        self._of: dict[SSAValue, Variable] = {}
        copies = _all_copies(body)
        self._regions = list(_all_regions(body))
        self._outlasting = {value for region in self._regions for value in region.outlasting()}
        if not copies and not self._outlasting:
            return
        self._make(body, {source for _, source in copies})
        conflicts = _Conflicts(self._of)
        conflicts.walk_block(body, frozenset())
        self._merge(copies, conflicts.pairs)
        self._of = {value: variable for value, variable in self._of.items() if self._is_needed(variable)}

    def get(self, value: SSAValue) -> Variable | None:
        """The variable that holds a value; None for a constant, and for what nobody reads."""
        return self._of.get(value)

    def needed_behind(self, begin: SignpostBeginOp) -> list[SSAValue]:
        """A value of each variable that a region assigns and that is there beyond it."""
        region = next(region for region in self._regions if region.begin is begin)
        assigned: dict[Variable, SSAValue] = {}
        for value, variable in self._of.items():
            if region.has(value.owner):
                assigned.setdefault(variable, value)
        return [
            value
            for variable, value in assigned.items()
            if any(not region.has(each.owner) or region.is_outlasted_by(each) for each in variable.values)
        ]

    def _make(self, block: Block, copied: set[SSAValue]) -> None:
        for op in operations_in(block):
            match op:
                case scf.ForOp():
                    groups: Iterator[tuple[SSAValue, ...]] = zip(op.body.block.args[1:], op.results, strict=True)
                case scf.IfOp():
                    groups = ((result,) for result in op.results)
                case scf.WhileOp():
                    after = zip(op.after_region.block.args, op.results, strict=True)
                    groups = chain(((argument,) for argument in op.before_region.block.args), after)
                case _ if op.results and op.results[0] in self._outlasting:
                    groups = iter((op.results,))
                case _ if is_expression(op) and op.results[0] in copied and not is_folded(op.results[0]):
                    groups = iter((op.results,))
                case _:
                    continue
            for values in groups:
                variable = Variable(len(self._of), list(values))
                self._of.update((value, variable) for value in values)
            for region in op.regions:
                for inner in region.blocks:
                    self._make(inner, copied)

    def _is_needed(self, variable: Variable) -> bool:
        """Whether somebody reads a variable, and it is assigned more than once, or declared before: not a constant."""
        first = variable.values[0]
        is_constant = len(variable.values) == 1 and isinstance(first, OpResult) and is_expression(first.op)
        return variable.is_read and (not is_constant or first in self._outlasting)

    def _merge(self, copies: Copies, conflicts: set[frozenset[Variable]]) -> None:
        """Makes one variable of the two sides of a copy wherever neither destroys what the other still needs."""
        originals: dict[Variable, set[Variable]] = {variable: {variable} for variable in self._of.values()}
        for target, source in copies:
            left, right = self._of[target], self._of.get(source)
            if right is None or left is right or target.type != source.type:
                continue
            if left.hint and right.hint and left.hint != right.hint:
                continue  # two variables in the source
            if any(frozenset((a, b)) in conflicts for a in originals[left] for b in originals[right]):
                continue
            left, right = sorted((left, right), key=lambda variable: variable.number)
            originals[left] |= originals.pop(right)
            left.values += right.values
            self._of.update((value, left) for value in right.values)


@dataclass(frozen=True)
class _Region:
    """What stands in a region that the author has named, which C++ writes as a scope."""

    begin: SignpostBeginOp
    ops: frozenset[Operation]
    """All of them, nested ones included."""

    def has(self, owner: Operation | Block) -> bool:
        return (owner if isinstance(owner, Operation) else owner.parent_op()) in self.ops

    def outlasting(self) -> Iterator[SSAValue]:
        """The results that are computed in it, and read behind it."""
        for op in self.ops:
            if not HandedOver.of(op):
                yield from (result for result in op.results if self.is_outlasted_by(result))

    def is_outlasted_by(self, value: SSAValue) -> bool:
        """Whether a value is read behind the region where it is written in C++."""
        if is_folded(value):
            return False
        readers = [use.operation for use in value.uses]
        while readers:
            reader = readers.pop()
            if reader.results and is_folded(reader.results[0]):
                readers += (use.operation for use in reader.results[0].uses)
            elif reader not in self.ops:
                return True
        return False


def _all_regions(body: Block) -> Iterator[_Region]:
    for block in dict.fromkeys(op.parent_block() for op in operations_of(body, SignpostBeginOp)):
        assert block is not None
        for begin, inside in regions_of(block):
            yield _Region(begin, frozenset(each for op in inside for each in operations(op)))


def _all_copies(block: Block) -> Copies:
    found: Copies = []
    for op in operations_in(block):
        if not op.regions:
            continue
        if isinstance(op, scf.ForOp | scf.WhileOp):
            found += entry_copies(op)
        for region in op.regions:
            for inner in region.blocks:
                found += _all_copies(inner)
                found += exit_copies(inner)
    return found


_Live = frozenset[Variable]


class _Conflicts:
    """
    Finds the pairs of variables that must stay apart: one is assigned while the other still holds what is read later.
    A backward walk; every method takes what is live after its part, and returns what is live before it.
    """

    def __init__(self, variable_of: dict[SSAValue, Variable]):
        self._of = variable_of
        self.pairs: set[frozenset[Variable]] = set()

    def walk_block(self, block: Block, live: _Live) -> _Live:
        live = self._assign(exit_copies(block), live)
        for op in reversed(list(block.ops)):
            match op:
                case scf.YieldOp():
                    pass
                case scf.ConditionOp():
                    live |= self._reads(op.condition)
                case scf.ForOp():
                    live = self._walk_for(op, live)
                case scf.IfOp():
                    live = self._walk_if(op, live)
                case scf.WhileOp():
                    live = self._walk_while(op, live)
                case _ if len(op.results) == 1 and is_folded(op.results[0]):
                    pass  # its operands are read where it is written
                case _:
                    live = self._define(op, live)
        return live

    def _define(self, op: Operation, after: _Live) -> _Live:
        variable = self._of.get(op.results[0]) if op.results else None
        if variable:
            self.pairs.update(frozenset((variable, other)) for other in after if other is not variable)
            after -= {variable}
        return after | self._reads(*op.operands)

    def _walk_for(self, op: scf.ForOp, after: _Live) -> _Live:
        again = self._reads(op.ub, op.step)  # evaluated in every iteration
        inside = _Live()
        while (at_start := self.walk_block(op.body.block, after | again | inside)) - inside:
            inside |= at_start
        # The bounds stand in the loop's head, after the initial assignments.
        return self._assign(entry_copies(op), after | again | inside | self._reads(op.lb))

    def _walk_if(self, op: scf.IfOp, after: _Live) -> _Live:
        then = self.walk_block(op.true_region.block, after)
        otherwise = self.walk_block(op.false_region.block, after) if op.false_region.blocks else after
        return then | otherwise | self._reads(op.cond)

    def _walk_while(self, op: scf.WhileOp, after: _Live) -> _Live:
        inside = _Live()
        while True:
            body = self.walk_block(op.after_region.block, inside)
            at_start = self.walk_block(op.before_region.block, body | after)
            if at_start <= inside:
                return self._assign(entry_copies(op), inside)
            inside |= at_start

    def _assign(self, copies: Copies, after: _Live) -> _Live:
        targets = {self._of[target] for target, _ in copies}
        for target, source in copies:
            # Both sides of a copy hold the same after it, so they may be one.
            same = self._of[target], self._of.get(source)
            self.pairs.update(frozenset((same[0], other)) for other in after if other not in same)
        return (after - targets) | self._reads(*(source for _, source in copies))

    def _reads(self, *values: SSAValue) -> _Live:
        """The variables that stand in the expressions of values."""
        found: set[Variable] = set()
        pending = list(values)
        while pending:
            value = pending.pop()
            if variable := self._of.get(value):
                found.add(variable)
            elif is_folded(value) and isinstance(value, OpResult):
                pending += value.op.operands
        return frozenset(found)
