"""Conversions between data formats."""

from __future__ import annotations

from typing import Any

from ttlang.language.buffers import Block, Operand
from ttlang.language.context import host_error


def typecast(x: Operand, dtype: Any) -> Block:
    """The values of the block `x` in the format `dtype`, as in `ttl.typecast(x, ttl.float32)` (compute thread)."""
    raise host_error("ttl.typecast", "a compute thread")
