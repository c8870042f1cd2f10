"""Verification of a module between passes."""

from __future__ import annotations

from functools import cache
from operator import methodcaller

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import ErasedSSAValue, Operation
from xdsl.traits import IsTerminator
from xdsl.utils.exceptions import VerifyException

from ttlang.analysis.dominance import check_dominance
from ttlang.analysis.locations import span_of
from ttlang.diagnostics import error
from ttlang.dialects.remembered_checks import RememberedCheck, RememberedLoopCheck
from ttlang.dialects.walking import operands_of, operations


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
                verify_alone(op)
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


def verify_alone(op: Operation) -> None:
    """
    Raises a VerifyException or a ValueError for an operation, but not for those in it: as `Operation.verify` does,
    which asks each operation in turn what can be told of most at a glance.
    """
    if op.successors or not _ends_well(op) or ErasedSSAValue in map(type, operands_of(op)):
        op.verify(verify_nested_ops=False)
        return
    try:
        verify_class = _REMEMBERED.get(type(op))
        if verify_class is None:
            op.verify_()
        else:
            verify_class(op)
    except VerifyException:
        op.verify(verify_nested_ops=False)  # It tells what is wrong, and where.
        raise


_REMEMBERED: dict[type[Operation], RememberedCheck] = {
    **{kind: RememberedCheck(methodcaller("verify_"), kind.traits) for kind in (*arith.Arith.operations, scf.YieldOp)},
    scf.ForOp: RememberedLoopCheck(methodcaller("verify_"), scf.ForOp.traits),
}
"""Of xDSL's operations, those whose verification is about what these checks remember."""


def _ends_well(op: Operation) -> bool:
    """Whether it stands where operations of its class may."""
    block = op.parent
    return block is None or block.last_op is not op or _is_terminator(type(op))


@cache
def _is_terminator(kind: type[Operation]) -> bool:
    return kind.has_trait(IsTerminator)


def _state(op: Operation) -> tuple[object, ...]:
    """What the verification of an operation without regions depends on."""
    operands = operands_of(op)
    return (
        op.parent_op(),
        op.next_op is None,
        operands,
        tuple(operand.type for operand in operands),
        tuple(result.type for result in op.results),
        tuple(op.properties.items()),
        tuple(op.attributes.items()),
    )
