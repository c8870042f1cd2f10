"""What threads wait for, and what those see of a thread that it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Waiter(Protocol):
    """A thread, to the parts of the machine that it works on."""

    @property
    def core(self) -> int: ...

    @property
    def name(self) -> str:
        """That of its kernel."""
        ...

    def wake(self) -> None:
        """What it waited for is there."""
        ...

    def variables(self) -> dict[str, object]:
        """Those of the kernel where it stands, by name."""
        ...


@dataclass(frozen=True)
class Wait:
    """For `pages` pages of a buffer, filled ones (`front`) or free ones."""

    op: int
    """The call's number in its kernel."""
    buffer: int
    """The buffer's number."""
    pages: int
    front: bool

    @property
    def call(self) -> str:
        return "cb_wait_front" if self.front else "cb_reserve_back"


@dataclass(frozen=True)
class WordWait:
    """For its core's semaphore. Which one and for what value, `Semaphores` knows."""

    op: int
    """The call's number in its kernel."""


@dataclass(frozen=True)
class ChangeWait:
    """For any of its core's semaphores to change: it has looked at some of them."""

    op: int
    """The number of the look."""


@dataclass(frozen=True)
class Pause:
    """A thread that polls, for something that another may change."""

    op: int
    """The number of its last call."""


@dataclass(frozen=True)
class Turn:
    """A thread that has changed another core's semaphore: others go on first, so that what it has left out shows."""


TURN = Turn()
