"""What has been found in a thread, and what later findings have to know of it, so that nothing is said twice."""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.locations import diagnostic_at, span_of
from ttlang.diagnostics import Diagnostic, Severity, fixes
from ttlang.dialects import ttl
from ttlang.dialects.typed_values import owner_of

Note = tuple[Operation, str]


@dataclass
class ThreadReport:
    """The findings of one thread."""

    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    waited_for: dict[SSAValue, Operation] = field(default_factory=dict[SSAValue, Operation])
    """The first operation after which a transfer is over."""
    released: dict[tuple[type[Operation], SSAValue], tuple[ttl.AcquireOp, ttl.ReleaseOp]] = field(
        default_factory=dict[tuple[type[Operation], SSAValue], tuple[ttl.AcquireOp, ttl.ReleaseOp]]
    )
    """The last acquisition of a buffer that was released, and the release."""
    handed: dict[ttl.AcquireOp, ttl.HandOnOp] = field(default_factory=dict[ttl.AcquireOp, ttl.HandOnOp])
    """Acquisitions whose block has other names behind a place."""
    misused: set[Operation] = field(default_factory=set[Operation])
    """Acquisitions of blocks that are read though they are there to be written: the rest follows from that."""
    unsure: set[SSAValue] = field(default_factory=set[SSAValue])
    """Buffers of which it has been said that they are not released, or not on all paths."""
    keeps_values: bool = False
    """Whether what was computed of a block while it was held may be read later."""
    replaces_blocks: bool = False
    """Whether a block that was waited for may be written once it has been read."""
    evaluated: set[Operation] = field(default_factory=set[Operation])
    """The operations of expressions that stand where all blocks that they read are held."""
    sent: frozenset[SSAValue] = frozenset()
    """Buffers whose data is used though no block that was waited for is read."""

    def add(
        self,
        code: str,
        message: str,
        op: Operation,
        hint: str | None = None,
        related: tuple[Note, ...] = (),
        severity: Severity = Severity.ERROR,
        fix: fixes.Fix = (),
    ) -> None:
        """A finding at an operation. A note at the same place is left out."""
        place = span_of(op)
        notes = [note for note in related if span_of(note[0]) != place]
        self.diagnostics.append(diagnostic_at(code, message, op, hint, notes, severity, fix))

    def released_note(self, acquire: ttl.AcquireOp) -> tuple[Note, ...]:
        """Where a block was released, unless by its `with`."""
        acquired, released = self.released.get((acquire.RELEASE, acquire.cb), (None, acquire))
        if acquired is not acquire or span_of(released) == span_of(acquire):
            return ()
        return ((released, "released here"),)


def buffer_name(cb: SSAValue) -> str:
    """What the author of a kernel calls a buffer."""
    return owner_of(cb, ttl.CreateCBOp).author_name


def wait_at_once(transfer: ttl.CopyOp) -> fixes.Fix:
    """A transfer whose handle nobody has kept can only be waited for where it starts."""
    return () if transfer.handle.uses else fixes.append(span_of(transfer), ".wait()")
