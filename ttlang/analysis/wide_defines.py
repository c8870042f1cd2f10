"""Macros that a kernel defines for calls that would else not use the 32 bits that DST holds."""

from __future__ import annotations

from xdsl.ir import Block, Operation

from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.facets import WideDefine
from ttlang.dialects.walking import operations_of


def wide_defines(root: Operation | Block) -> list[str]:
    """What the calls in a kernel, or in a block, want where DST holds 32 bits: each macro once."""
    wanted = (WideDefine.of(op) for op in operations_of(root, ttkernel.SFPUTileOp))
    return list(dict.fromkeys(define.macro for define in wanted if define))
