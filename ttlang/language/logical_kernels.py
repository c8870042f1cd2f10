"""Handles of a kernel's threads: what a thread, or a release in a unified body, is said to belong to."""

from __future__ import annotations

from enum import Enum

from ttlang.diagnostics import error
from ttlang.diagnostics.plurals import count_of
from ttlang.language.call_sites import caller_span
from ttlang.language.kernel_run import CURRENT

CODE = "TTL0243"
HOW_TO_MAKE = "make one with ttl.Kernel(ttl.KernelKind.COMPUTE), or of the kind DATA_MOVEMENT"
"""A hint where something else is given as a handle."""


class KernelKind(Enum):
    """What a thread does."""

    COMPUTE = "compute"
    DATA_MOVEMENT = "data movement"

    @property
    def threads(self) -> int:
        """How many of them a core has processors for."""
        return 1 if self is KernelKind.COMPUTE else 2

    @property
    def at_most(self) -> str:
        """The same in words."""
        return f"{count_of(self.threads, f'{self.value} thread')} at most"


class Kernel:
    """
    Stands for a thread of an operation: `@ttl.datamovement(kernel=reader)` decorates it, and `block.pop(kernel=reader)`
    in a unified body says that it releases a block. Raises a TTL0243 for more of a kind than a core has processors for.
    """

    def __init__(self, kind: KernelKind):
        if not isinstance(kind, KernelKind):  # pyright: ignore[reportUnnecessaryIsInstance]
            hint = "ttl.KernelKind.COMPUTE or ttl.KernelKind.DATA_MOVEMENT"
            raise error(CODE, f"ttl.Kernel takes a kind, not {kind!r}", caller_span(), hint=hint)
        self.kind = kind
        if (run := CURRENT.get()) is None:
            return
        run.keep(self)
        count = sum(other.kind is kind for other in run.made(Kernel))
        if count > kind.threads:
            message = f"this is handle {count} of {kind.value}, and a kernel has {kind.at_most}"
            raise error(CODE, message, caller_span(), hint="let one thread do the work of both")

    def __repr__(self) -> str:
        return f"<a handle of {self.kind.value}>"


PIPE_SOURCE_KERNEL = Kernel(KernelKind.DATA_MOVEMENT)
"""The data movement thread that sends through pipes."""


def check_kind(handle: object, kind: KernelKind, what: str) -> None:
    """Raises a TTL0243 unless a thread, called `what`, can belong to a handle."""
    if not isinstance(handle, Kernel):
        raise error(CODE, f"kernel={handle!r} of {what} is no handle", caller_span(), hint=HOW_TO_MAKE)
    if handle.kind is not kind:
        hint = "give it a handle of its own kind"
        raise error(
            CODE, f"{what} is a thread of {kind.value}, and its handle of {handle.kind.value}", caller_span(), hint=hint
        )
