"""Between which numbers the integers of a thread lie, in ttl and in ttkernel."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i1
from xdsl.ir import Block, BlockArgument, Operation, OpResult, SSAValue

from ttlang.analysis.arithmetic import ARITHMETIC, constant_value, predicate_of
from ttlang.analysis.float_bits import UNORDERED
from ttlang.analysis.intervals import ANY, BITS, NATURAL, Interval, add, exactly, multiply, subtract
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.walking import terminator

OpT = TypeVar("OpT", bound=Operation)

_DEPTH = 100
"""How far back a question goes."""
_FEW = 3
"""Guesses in one another from which on no others are made: each costs a walk of its own."""


class Bounds:
    """
    Answers for one thread while nothing in it changes: remembers what it has found, and what it assumes of values that
    loops carry.
    """

    def __init__(self, known: Mapping[SSAValue, Interval] | None = None) -> None:
        """`known`: bounds that some values are held to."""
        self._known: dict[SSAValue, Interval] = {}
        self._settled: dict[SSAValue, Interval] = dict(known or {})
        """Given; and of values that loops carry, what is proven, or assumed while it is being proven."""
        self._depth = 0
        self._guesses = 0
        """Under how many, in one another, the question is asked."""

    def of(self, value: SSAValue) -> Interval:
        """Bounds of an i32, or of an i1 as 0 or 1."""
        return self._exact(value).held()

    def wraps(self, value: SSAValue) -> bool:
        """Whether the exact result of arithmetic, on what 32 bits hold, may be none that they hold."""
        if (remainder := _remainder(value.owner)) is not None:
            # Known to be small, but the product that is taken off may have wrapped around.
            return self.wraps(remainder.product)
        return not self._exact(value).fits

    def _exact(self, value: SSAValue) -> Interval:
        """Of the result before it is cut to 32 bits."""
        if (found := self._settled.get(value) or self._known.get(value)) is not None:
            return found
        if self._depth > _DEPTH:
            return ANY
        self._depth += 1
        found = self._known[value] = self._compute(value)
        self._depth -= 1
        return found

    def _compute(self, value: SSAValue) -> Interval:
        # By exact types, the most frequent first: a test for a base class of ours costs as much as the rest.
        if type(value) is BlockArgument:
            return self._argument(value)
        if not isinstance(value, OpResult):
            return ANY
        op = value.op
        kind = type(op)
        if kind is arith.ConstantOp and (number := constant_value(value)) is not None:
            return exactly(number)
        if value.type == i1:
            return Interval(0, 1)
        if kind is arith.SubiOp and (modulo := self._modulo(op)) is not None:
            return modulo
        if (meaning := ARITHMETIC.get(kind)) is not None:
            return meaning.bounds(*[self.of(operand) for operand in op.operands])
        match op:
            case scf.IfOp():
                return self._yielded(value.index, [op.true_region.block, op.false_region.block])
            case scf.ForOp():
                index = value.index
                return self.of(op.body.block.args[index + 1]).union(self.of(op.iter_args[index]))
            case scf.WhileOp():
                return self._passed(op, value.index)
            case _:
                return self.source(op)

    def source(self, op: Operation) -> Interval:
        """Bounds of what no other value of the thread decides."""
        return _source(op)

    def _modulo(self, op: Operation) -> Interval | None:
        if (remainder := _remainder(op)) is None:
            return None
        divisor = self.of(remainder.divisor)
        return Interval(min(0, divisor.low + 1), max(0, divisor.high - 1))

    # ------------------------------------------------------------------------------------------------------ loops

    def _argument(self, value: BlockArgument) -> Interval:
        loop = value.block.parent_op()
        if isinstance(loop, scf.WhileOp):
            if value.block is not loop.before_region.block:
                return self._tested(loop, value.index)
            return self._carried(value, loop.arguments[value.index], loop.after_region.block, value.index)
        if not isinstance(loop, scf.ForOp):
            return ANY
        if value.index > 0:
            return self._carried(value, loop.iter_args[value.index - 1], loop.body.block, value.index - 1)
        low = self.of(loop.lb).low
        return Interval(low, max(low, self.of(loop.ub).high - 1))

    def _passed(self, loop: scf.WhileOp, index: int) -> Interval:
        """What the condition of a `while` hands on."""
        last = loop.before_region.block.last_op
        return self.of(last.operands[index + 1]) if isinstance(last, scf.ConditionOp) else ANY

    def _tested(self, loop: scf.WhileOp, index: int) -> Interval:
        """The same in the body, where the condition holds."""
        found = self._passed(loop, index)
        last = loop.before_region.block.last_op
        if not isinstance(last, scf.ConditionOp):
            return found
        passed = last.operands[index + 1]
        for test in _conjuncts(last.condition):
            predicate = predicate_of(test).name
            less, greater = _LESS.get(predicate), _GREATER.get(predicate)
            other = test.rhs
            if test.rhs is passed:
                less, greater, other = greater, less, test.lhs
            elif test.lhs is not passed:
                continue
            if less is not None:
                most = self.of(other).high - less
                found = Interval(min(found.low, most), min(found.high, most))
            if greater is not None:
                least = self.of(other).low + greater
                found = Interval(max(found.low, least), max(found.high, least))
        return found

    def _carried(self, value: BlockArgument, start: SSAValue, body: Block, index: int) -> Interval:
        """By induction: a guess holds if it holds at the start, and after each turn before which it held."""
        last = body.last_op
        if not isinstance(last, scf.YieldOp):
            return ANY
        first, end = self.of(start), last.arguments[index]
        found = self._counted(value, first, end) if self._guesses < _FEW else None
        if found is None:
            with self._assuming(value, ANY):
                found = first.union(self.of(end))
        if first.is_nonnegative and not found.is_nonnegative and self._guesses < _FEW:
            guess = Interval(0, found.high)
            with self._assuming(value, guess):
                after = self.of(end)
            found = first.union(after) if after.within(guess) else found
        if not self._guesses:
            self._settled[value] = found
        return found

    @contextmanager
    def _assuming(self, value: SSAValue, guess: Interval) -> Generator[None]:
        """While there is a guess nothing from before is remembered, and afterwards nothing that follows from it."""
        self._settled[value] = guess
        self._known.clear()
        self._guesses += 1
        yield
        self._guesses -= 1
        self._known.clear()
        del self._settled[value]

    def _counted(self, value: BlockArgument, first: Interval, end: SSAValue) -> Interval | None:
        """Of what changes by some number in each of so many turns; None if that could leave 32 bits."""
        loop = value.block.parent_op()
        if not isinstance(loop, scf.ForOp):
            return None
        with self._assuming(value, ANY):
            change, turns = self._change(end, value), self._turns(loop)
        if change is None:
            return None
        found = add(first, multiply(change, Interval(0, turns)))
        return found if found.fits else None

    def _turns(self, loop: scf.ForOp) -> int:
        """At most so many."""
        width = subtract(self.of(loop.ub), self.of(loop.lb)).high
        return max(0, -(-width // max(1, self.of(loop.step).low)))

    def _change(self, value: SSAValue, start: SSAValue) -> Interval | None:
        """How far a value lies from another that it is computed from; None if it is no sum with it."""
        if value is start:
            return exactly(0)
        match value.owner:
            case arith.AddiOp(lhs=left, rhs=right):
                if (change := self._change(left, start)) is not None:
                    return add(change, self.of(right))
                change = self._change(right, start)
                return None if change is None else add(change, self.of(left))
            case arith.SubiOp(lhs=left, rhs=right):
                change = self._change(left, start)
                return None if change is None else subtract(change, self.of(right))
            case arith.SelectOp(lhs=left, rhs=right):
                return _either(self._change(left, start), self._change(right, start))
            case scf.IfOp() as op:
                index = op.results.index(value)
                ends = [terminator(region.block).operands[index] for region in op.regions]
                return _either(*(self._change(end, start) for end in ends))
            case scf.ForOp() as op:
                return self._change_in(op, op.results.index(value), start)
            case _:
                return None

    def _change_in(self, loop: scf.ForOp, index: int, start: SSAValue) -> Interval | None:
        """By a loop that carries it on."""
        before = self._change(loop.iter_args[index], start)
        turn = self._change(terminator(loop.body.block).operands[index], loop.body.block.args[index + 1])
        if before is None or turn is None:
            return None
        return add(before, multiply(turn, Interval(0, self._turns(loop))))

    def _yielded(self, index: int, blocks: Iterable[Block]) -> Interval:
        parts = [self.of(terminator(block).operands[index]) for block in blocks]
        return parts[0].union(parts[1])


def interval(value: SSAValue) -> Interval:
    """Bounds of an i32."""
    return Bounds().of(value)


def is_nonnegative(value: SSAValue) -> bool:
    """Whether an i32 is known never to be below 0."""
    return interval(value).low >= 0


def is_positive(value: SSAValue) -> bool:
    """Whether an i32 is known to be above 0."""
    return interval(value).low > 0


class _Remainder(NamedTuple):
    """`a - a // b * b`, the remainder with the sign of b."""

    product: SSAValue
    divisor: SSAValue


def _remainder(op: Operation | Block) -> _Remainder | None:
    # The test for exactly this class first: it is what most arithmetic fails, and costs next to nothing.
    if type(op) is not arith.SubiOp or not isinstance(product := op.rhs.owner, arith.MuliOp):
        return None
    quotient = product.lhs.owner
    if not isinstance(quotient, arith.FloorDivSIOp) or quotient.lhs is not op.lhs or quotient.rhs is not product.rhs:
        return None
    return _Remainder(product.result, product.rhs)


_LESS = {"slt": 1, "sle": 0}
"""Predicates, and how far below the other side a number is then at least."""
_GREATER = {"sgt": 1, "sge": 0}


def _conjuncts(condition: SSAValue) -> list[arith.CmpiOp]:
    """Comparisons all of which hold where a condition does."""
    match condition.owner:
        case arith.CmpiOp() as test:
            return [test]
        case arith.AndIOp(lhs=left, rhs=right):
            return [*_conjuncts(left), *_conjuncts(right)]
        case _:
            return []


def _either(a: Interval | None, b: Interval | None) -> Interval | None:
    return None if a is None or b is None else a.union(b)


# ---------------------------------------------------------------------------------------------------------- sources


def core_values(op: Operation) -> list[int] | None:
    """The value of an operation on each core, in the order of `core_linear`; None if the grid is unknown."""
    if isinstance(op, ttl.CoreArgumentOp):
        return [int(value) for value in op.values.iter_values()]
    if (kernel := _around(op, ttl.KernelOp)) is None:
        return None
    columns, rows = kernel.grid_sizes
    return [x if isinstance(op, ttl.CoreXOp) else y for y in range(rows) for x in range(columns)]


def _source(op: Operation) -> Interval:
    """What no other value of the thread decides."""
    match op:
        case ttl.CoreArgumentOp() | ttl.CoreXOp() | ttl.CoreYOp():
            values = core_values(op)
            return Interval(min(values), max(values)) if values else NATURAL
        case ttkernel.MyLogicalXOp() | ttkernel.MyLogicalYOp():
            axis, program = int(isinstance(op, ttkernel.MyLogicalYOp)), _around(op, ttkernel.ProgramOp)
            return Interval(0, program.dimensions[axis] - 1) if program else NATURAL
        case ttkernel.LoadElementOp(pointer=OpResult(op=ttkernel.CastToElementPtrOp(width=width))) if width < BITS:
            return Interval(0, (1 << width) - 1)
        case ttl.WaitAnyOp(handles=handles):
            return Interval(0, len(handles) - 1)
        case ttl.LoadIndexOp() | ttkernel.IntegerPartOp():
            return NATURAL
        case ttl.CompareElementsOp() | ttkernel.CompareFloatsOp():
            return Interval(-1, UNORDERED)
        case ttkernel.GetArgValOp(index=index):
            return _argument_values(op, slice(index.value.data, index.value.data + 1))
        case ttkernel.GetArgValAtOp(index=index):
            return _argument_values(op, slice(index.value.data, None))
        case _:
            return ANY


def _argument_values(op: Operation, places: slice) -> Interval:
    """Of the runtime arguments at these places, on all cores."""
    kernel = _around(op, ttkernel.KernelOp)
    arguments = kernel.core_arguments[places] if kernel else ()
    values = [value for _, values in arguments for value in values]
    return Interval(min(values), max(values)) if values else ANY


def _around(op: Operation, kind: type[OpT]) -> OpT | None:
    parent = op.parent_op()
    while parent is not None and not isinstance(parent, kind):
        parent = parent.parent_op()
    return parent
