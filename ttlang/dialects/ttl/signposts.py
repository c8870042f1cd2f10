"""The part of `ttl` that names regions of threads, for a profiler."""

from __future__ import annotations

from ttlang.dialects import signpost_pairs
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttl.effects import EffectOp


@irdl_op_definition
class SignpostBeginOp(signpost_pairs.SignpostBeginOp, EffectOp):
    """Where a region starts. What is stored in it is computed in it."""

    name = "ttl.signpost_begin"


@irdl_op_definition
class SignpostEndOp(signpost_pairs.SignpostEndOp, EffectOp):
    """Where the region ends that was started last in this block."""

    name = "ttl.signpost_end"
