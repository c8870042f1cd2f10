"""What operations of `ttl` have in common that touch the state of the machine."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.irdl import traits_def
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect
from xdsl.utils.str_enum import StrEnum

from ttlang.dialects.operation import DialectOperation


class ThreadKind(StrEnum):
    """What a thread does, and so which of a core's processors runs it."""

    COMPUTE = "compute"
    DATA_MOVEMENT = "data movement"


class EffectOp(DialectOperation, ABC):
    """Touches the machine's state: never deleted, never merged, never moved over another."""

    THREAD: ClassVar[ThreadKind | None] = None
    """The kind of thread that alone can do it; None where either can: then its uses, or its neighbours, decide."""
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
