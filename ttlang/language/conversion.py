"""Conversions between data formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttlang.language.blocks import Block, Operand
from ttlang.language.call_sites import host_error
from ttlang.language.named_formats import NamedFormat

if TYPE_CHECKING:
    import torch


def typecast(x: Operand, dtype: NamedFormat | torch.dtype | str) -> Block:
    """The values of the block `x` in the format `dtype`, as in `ttl.typecast(x, ttl.float32)` (compute thread)."""
    raise host_error("ttl.typecast", "a compute thread")
