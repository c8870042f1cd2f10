"""Waits for a part of a block."""

from __future__ import annotations

from xdsl.ir import SSAValue

from ttlang.analysis.arithmetic import constant_value
from ttlang.dialects import ttkernel


def wait_behind(cb: str, first: SSAValue, tiles: int) -> ttkernel.CBWaitFrontOp:
    """The wait for so many tiles of a buffer's block, from the one with the number `first` on."""
    if (number := constant_value(first)) is not None:
        return ttkernel.CBWaitFrontOp(cb, number + tiles)
    return ttkernel.CBWaitFrontOp(cb, tiles, first)
