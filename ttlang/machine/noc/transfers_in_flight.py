"""What is known of transfers between cores that are under way, and of the pages that they touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ttlang.machine.buffers import Buffer
from ttlang.machine.noc.l1_window import Place
from ttlang.machine.semaphores import SentChange

ADDRESS_ALIGNMENT = 16
"""Bytes to which both ends of a transfer between places of L1 are aligned."""


@dataclass(frozen=True)
class Send:
    """A write to other cores in flight."""

    source: Place
    size: int
    cores: tuple[int, ...]
    targets: tuple[Place, ...]
    channel: int
    op: int
    posted: bool = False
    """Nobody acknowledges it."""
    data: bytes | None = None
    """What has left L1."""
    tag: int = 0
    """Its transaction id."""


@dataclass(frozen=True)
class Followed:
    """A write that a word has followed on its way. It is there when the word is; only then has it left L1 for sure."""

    send: Send
    receipts: Sequence[tuple[int, SentChange]]
    """The word, at each of the cores that it went to."""


@dataclass
class Sent:
    """Bytes that a call has sent so far."""

    once: int = 0
    """Those of a multicast once."""
    at_each: int = 0
    """Those of a multicast once for each core that gets it."""


@dataclass(frozen=True)
class Fetch:
    """A read of L1 in flight."""

    source: Place
    target: Place
    size: int
    op: int


@dataclass(frozen=True)
class Linked:
    """A multicast whose path stays reserved for the next one."""

    cores: tuple[int, ...]
    op: int


def lies_in(place: Place, buffer: Buffer, first: int, end: int) -> bool:
    """Whether bytes touch a page of the buffer from `first` to before `end`."""
    return place.buffer is buffer and place.first < end and first <= place.last


def forget(place: Place) -> None:
    """The contents of its pages are undefined."""
    place.buffer.written[place.first : place.last + 1] = bytes(place.last + 1 - place.first)


def settle(place: Place) -> None:
    """They are defined."""
    place.buffer.written[place.first : place.last + 1] = b"\1" * (place.last + 1 - place.first)
