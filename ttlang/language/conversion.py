"""Conversions between data formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ttlang.language.buffers import Block, Operand
from ttlang.language.call_sites import host_error

if TYPE_CHECKING:
    import torch


class NamedFormat(Protocol):
    """A format of ttl, ttnn or numpy."""

    @property
    def name(self) -> str: ...


def typecast(x: Operand, dtype: NamedFormat | torch.dtype | str) -> Block:
    """The values of the block `x` in the format `dtype`, as in `ttl.typecast(x, ttl.float32)` (compute thread)."""
    raise host_error("ttl.typecast", "a compute thread")
