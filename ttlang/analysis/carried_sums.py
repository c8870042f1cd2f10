"""
Sums that loops carry: the value at the end of a turn is the one at its start with any number of terms added, on some
paths or in loops in the loop, and nothing else reads it on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.dialects import scf
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.carried_blocks import Loop, LoopValue, branch_values
from ttlang.dialects import ttl
from ttlang.dialects.walking import terminator


@dataclass
class Term:
    """An addition to the sum."""

    op: ttl.ElementwiseOp
    before: SSAValue
    """The sum that it is added to."""
    value: SSAValue


@dataclass
class _Chain:
    """How a value at the end of a turn comes from the one at its start."""

    terms: list[Term] = field(default_factory=list[Term])
    uses: set[tuple[Operation, int]] = field(default_factory=set[tuple[Operation, int]])
    """The uses of the sum that belong to it: operations, and which of their operands it is."""
    sums: list[SSAValue] = field(default_factory=list[SSAValue])
    """Its names on the way."""

    @property
    def is_closed(self) -> bool:
        """Whether nothing else reads the sum."""
        return all((use.operation, use.index) in self.uses for name in self.sums for use in name.uses)


def carried_sum(value: LoopValue) -> list[Term] | None:
    """The terms of a value that a loop carries, in their order; None if it is no sum."""
    chain = _Chain()
    return chain.terms if _follow_turn(chain, value) and chain.is_closed else None


def _follow(chain: _Chain, value: SSAValue, use: tuple[Operation, int], starts: tuple[SSAValue, ...]) -> bool:
    """Follows a sum from where it is used, `use`, back to a start. False where it is no sum."""
    chain.uses.add(use)
    if value in starts:
        return True
    op = value.owner
    if isinstance(op, ttl.ElementwiseOp) and op.ROW.name == "add":
        return _follow_addition(chain, op, starts)
    if isinstance(op, scf.IfOp):
        return _follow_branch(chain, op, op.results.index(value), starts)
    if isinstance(op, scf.ForOp | scf.WhileOp):
        return _follow_loop(chain, op, op.results.index(value), starts)
    return False


def _follow_addition(chain: _Chain, op: ttl.ElementwiseOp, starts: tuple[SSAValue, ...]) -> bool:
    for index, operand in enumerate(op.operands):
        tried = _Chain()
        if _follow(tried, operand, (op, index), starts):
            tried.sums.append(op.results[0])
            tried.terms.append(Term(op, operand, op.operands[1 - index]))
            _merge(chain, tried)
            return True
    return False


def _follow_branch(chain: _Chain, op: scf.IfOp, index: int, starts: tuple[SSAValue, ...]) -> bool:
    chain.sums.append(op.results[index])
    first, second = branch_values(op, index)
    for region, value in zip(op.regions, (first, second), strict=True):
        end, tried = terminator(region.block), _Chain()
        if not _follow(tried, value, (end, index), starts):
            return False
        # What one path adds is added on that path.
        if first is not second and not all(region.block.find_ancestor_op_in_block(term.op) for term in tried.terms):
            return False
        _merge(chain, tried)
    return True


def _merge(chain: _Chain, other: _Chain) -> None:
    """Adds a part of a sum. Both paths of a branch may lead to the same."""
    known = {term.op for term in chain.terms}
    chain.terms += [term for term in other.terms if term.op not in known]
    chain.sums += other.sums
    chain.uses |= other.uses


def _follow_loop(chain: _Chain, loop: Loop, index: int, starts: tuple[SSAValue, ...]) -> bool:
    inner = LoopValue(loop, index)
    if not _follow_turn(chain, inner):
        return False
    chain.sums.append(inner.result)
    position = len(loop.operands) - len(loop.results) + index
    return _follow(chain, inner.init, (loop, position), starts)


def _follow_turn(chain: _Chain, value: LoopValue) -> bool:
    chain.sums += value.arguments
    end = value.body.last_op
    assert end is not None
    if isinstance(value.loop, scf.WhileOp):
        condition = value.loop.before_region.block.last_op
        assert condition is not None
        chain.uses.add((condition, value.index + 1))
    return _follow(chain, value.yielded, (end, value.index), (value.argument,))
