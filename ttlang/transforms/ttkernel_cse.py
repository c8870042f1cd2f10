"""
Computes once what is computed twice, and drops what nothing reads; but for loops by a condition. One that has no effect
may never end: it stays, so that the run tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.traits import MemoryEffect, MemoryWriteEffect
from xdsl.transforms.common_subexpression_elimination import CSEDriver

from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.walking import operations_of
from ttlang.transforms.pass_order import OrderedPass


@dataclass
class _Driver(CSEDriver):
    _around_effects: set[Operation | None] = field(default_factory=set[Operation | None])
    """Loops and branches in which something has an effect."""

    def _simplify_operation(self, op: Operation) -> None:
        # Most operations of a kernel are calls: to ask each for its effects, at each level, takes most of the time.
        if op in self._around_effects or _has_an_effect(type(op)):
            self._around_effects.add(op.parent_op())
        else:
            super()._simplify_operation(op)

    def _mark_erasure(self, op: Operation) -> None:
        if not operations_of(op, scf.WhileOp):
            super()._mark_erasure(op)


@cache
def _has_an_effect(kind: type[Operation]) -> bool:
    """Whether an operation of this class has an effect, whatever it computes with; or may have any."""
    return kind.has_trait(MemoryWriteEffect) or not kind.has_trait(MemoryEffect)


class TTKernelCSEPass(OrderedPass):
    """Common subexpressions; loops by a condition stay."""

    name: ClassVar[str] = "ttkernel-cse"
    needs = frozenset({Guarantee.PROGRAM})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        _Driver().simplify(op)
