"""Where the calls of a kernel stand, as reports of the machine name them."""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects.builtin import UNKNOWN_LOC
from xdsl.ir import Block, Operation, SSAValue

from ttlang.analysis.locations import calls_to, span_of
from ttlang.machine.program_info import CallSite


def site_of(op: Operation, loop_variables: Mapping[SSAValue, str]) -> CallSite:
    """`loop_variables`: what the running function calls the variables of the kernel's loops."""
    return CallSite(op.name.removeprefix("ttkernel."), span_of(op), calls_to(op), _loops(op, loop_variables))


def _loops(op: Operation, loop_variables: Mapping[SSAValue, str]) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    loop = op.parent_op()
    while loop is not None:
        # The loops of the compiler's own making have the place of what they are made for.
        block = loop.regions[0].block if loop.location not in (op.location, UNKNOWN_LOC) else Block()
        for value in reversed(block.args):
            variable = loop_variables.get(value)
            if variable is not None and value.name_hint:
                found.append((value.name_hint, variable))
        loop = loop.parent_op()
    return tuple(reversed(found))
