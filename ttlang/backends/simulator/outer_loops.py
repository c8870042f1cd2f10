"""The loops of a kernel that are in no other, by which a run tells how far it is."""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects import scf
from xdsl.ir import Block, SSAValue

from ttlang.backends.simulator.ranges import Ranges
from ttlang.machine.program_info import OuterLoop


def outer_loops(block: Block, ranges: Ranges, variables: Mapping[SSAValue, str]) -> tuple[OuterLoop, ...]:
    """
    Those of a kernel's block; none if the turns of one are not known. `variables`: what the running function calls the
    loops' variables.
    """
    loops: list[OuterLoop] = []
    for op in block.ops:
        if isinstance(op, scf.WhileOp | scf.IfOp) and any(
            isinstance(each, scf.ForOp | scf.WhileOp) for each in op.walk()
        ):
            return ()
        if not isinstance(op, scf.ForOp) or (variable := variables.get(op.body.block.args[0])) is None:
            continue
        bounds = [ranges.constant(value) for value in (op.lb, op.ub, op.step)]
        if None in bounds:
            return ()
        start, end, step = (bound or 0 for bound in bounds)
        if step > 0 and end > start:
            loops.append(OuterLoop(variable, start, step, len(range(start, end, step))))
    return tuple(loops)
