"""Which calls a kernel can make: a compute kernel moves no data, a data movement kernel computes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import Operation

from ttlang.dialects.ttkernel.facets import ComputeOnly, DataMovementOnly


def check_placement(kernel: str, calls: Sequence[Operation], *, is_compute: bool) -> tuple[Operation, str] | None:
    """The first call that a kernel of this kind can't make, and a message about it."""
    wrong = DataMovementOnly if is_compute else ComputeOnly
    for op in calls:
        if wrong.of(op):
            kind = "a compute" if is_compute else "a data movement"
            callee = op.name.removeprefix("ttkernel.")
            return op, f"{kind} kernel, '{kernel}', can't call {callee}"
    return None
