"""Regions of a kernel that the profiler of the kernel API measures: no calls, but a scope of C++ with a name."""

from __future__ import annotations

from ttlang.dialects import signpost_pairs
from ttlang.dialects.definition import irdl_op_definition


@irdl_op_definition
class SignpostBeginOp(signpost_pairs.SignpostBeginOp):
    """Where a region starts: on each processor that runs the kernel."""

    name = "ttkernel.signpost_begin"


@irdl_op_definition
class SignpostEndOp(signpost_pairs.SignpostEndOp):
    """Where the region ends that was started last in this block."""

    name = "ttkernel.signpost_end"
