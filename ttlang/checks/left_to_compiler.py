"""
TTL0417, TTL0510: what the compiler ends for the author, which is no mistake.

TTL0417: a block is released. TTL0510: a transfer is waited for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ttlang.analysis.inferred_ends import InferredEnd
from ttlang.analysis.locations import diagnostic_at
from ttlang.checks.thread_report import Note, buffer_name
from ttlang.diagnostics import Diagnostic, Severity
from ttlang.dialects import ttl


def notes_of(ends: Sequence[InferredEnd]) -> Iterator[Diagnostic]:
    """A note for each block and each transfer that is ended: where it was begun, with the places of its ends."""
    by_start: dict[ttl.AcquireOp | ttl.CopyOp, list[InferredEnd]] = {}
    for end in ends:
        by_start.setdefault(end.start, []).append(end)
    for start, of_it in by_start.items():
        code, message, place = _words(start)
        related: list[Note] = [(end.last, place) for end in of_it if end.last is not start]
        yield diagnostic_at(code, message, start, None, related, Severity.NOTE)


def _words(start: ttl.AcquireOp | ttl.CopyOp) -> tuple[str, str, str]:
    """A code, what is done, and what is said of the place behind which it is done."""
    if isinstance(start, ttl.CopyOp):
        return "TTL0510", "the wait for this transfer is left to the compiler", "waited for behind this"
    message = f"the {start.RELEASE.METHOD} of this block of {buffer_name(start.cb)} is left to the compiler"
    done = "popped" if isinstance(start, ttl.CBWaitOp) else "pushed"
    return "TTL0417", message, f"{done} behind this, its last use"
