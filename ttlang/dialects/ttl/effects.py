"""What operations of `ttl` have in common that touch the state of the machine."""

from __future__ import annotations

from abc import ABC

from xdsl.irdl import IRDLOperation, traits_def
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect


class EffectOp(IRDLOperation, ABC):
    """Touches the machine's state: never deleted, never merged, never moved over another."""

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
