"""Verification of a module between passes."""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.utils.exceptions import VerifyException

from ttlang.analysis.dominance import check_dominance
from ttlang.analysis.locations import span_of
from ttlang.diagnostics import error
from ttlang.dialects.walking import operations


class Verifier:
    """
    Verifies a module again and again, between passes: every operation, and dominance. A pass leaves most operations
    alone, and these are passed over, unless the whole module is asked for.
    """

    def __init__(self) -> None:
        self._found: dict[Operation, tuple[object, ...]] = {}
        """As they were verified."""

    def verify(self, module: ModuleOp, *, whole: bool = True) -> None:
        """Raises a DiagnosticError with the location of the operation that is wrong."""
        for op in operations(module):
            if not whole and self._is_known(op):
                continue
            try:
                op.verify(verify_nested_ops=False)
            except VerifyException as cause:
                raise error("TTL0001", f"{op.name}: {cause.args[0].splitlines()[-1]}", span_of(op)) from cause
        try:
            check_dominance(module)
        except VerifyException as cause:
            raise error("TTL0001", str(cause), span_of(module)) from cause

    def _is_known(self, op: Operation) -> bool:
        if op.regions:
            return False
        state = _state(op)
        known = self._found.get(op) == state
        self._found[op] = state
        return known


def _state(op: Operation) -> tuple[object, ...]:
    """What the verification of an operation without regions depends on."""
    operands = tuple(op.operands)
    return (
        op.parent_op(),
        op.next_op is None,
        operands,
        tuple(operand.type for operand in operands),
        tuple(result.type for result in op.results),
        tuple(op.properties.items()),
        tuple(op.attributes.items()),
    )
