"""
Computes once what is computed twice, and drops what nothing reads; but for loops by a condition. One that has no effect
may never end: it stays, so that the run tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.transforms.common_subexpression_elimination import CSEDriver

from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.walking import operations_of
from ttlang.transforms.pass_order import OrderedPass


@dataclass
class _Driver(CSEDriver):
    def _mark_erasure(self, op: Operation) -> None:
        if not operations_of(op, scf.WhileOp):
            super()._mark_erasure(op)


@dataclass(frozen=True)
class TTKernelCSEPass(OrderedPass):
    """Common subexpressions; loops by a condition stay."""

    name: ClassVar[str] = "ttkernel-cse"
    needs = frozenset({Guarantee.PROGRAM})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        _Driver().simplify(op)
