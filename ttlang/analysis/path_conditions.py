"""Which conditions are known on a path through a thread: `break` and `continue` are branches on what an `if` yields."""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.dialects import scf
from xdsl.ir import Region, SSAValue

from ttlang.analysis.arithmetic import constant_value
from ttlang.dialects.walking import terminator


@dataclass(frozen=True)
class PathConditions:
    """The truth of conditions, as far as the branches that a path has taken tell it."""

    known: dict[SSAValue, bool] = field(default_factory=dict[SSAValue, bool])

    def truth(self, condition: SSAValue) -> bool | None:
        constant = constant_value(condition)
        return self.known.get(condition) if constant is None else constant != 0

    def may_take(self, op: scf.IfOp, branch: Region) -> bool:
        return self.truth(op.cond) in (None, branch is op.true_region)

    def in_branch(self, op: scf.IfOp, branch: Region) -> PathConditions:
        """At the start of a branch."""
        return PathConditions({**self.known, op.cond: branch is op.true_region})

    def behind(self, op: scf.IfOp, branch: Region) -> PathConditions:
        """Behind the `if`, for a path at the end of a branch: with what that yields."""
        if not op.results:
            return self
        truths = zip(op.results, map(self.truth, terminator(branch.block).operands), strict=True)
        return PathConditions({**self.known, **{result: truth for result, truth in truths if truth is not None}})

    def common(self, other: PathConditions) -> PathConditions:
        """What is known on both of two paths."""
        return PathConditions(dict(self.known.items() & other.known.items()))
