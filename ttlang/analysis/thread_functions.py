"""What the functions call that list the events of threads, and how they come to be."""

from __future__ import annotations

from functools import lru_cache
from types import CodeType

from ttlang.analysis.event_traces import Event, EventKind, Receipt, UnknownEvents

MOST_EVENTS = 20_000
"""Events, and turns of loops, of a thread on a core beyond which nobody looks."""


def check(events: list[Event], turns: int) -> int:
    """Counts a turn of a loop."""
    if len(events) > MOST_EVENTS or turns > MOST_EVENTS:
        raise UnknownEvents
    return turns + 1


def repeat(events: list[Event], turns: int, body: list[Event], indices: range) -> int:
    """All turns of a loop that does the same in each: counts them, as if one by one, and lists their events."""
    if not indices:
        return turns
    others = len(indices) - 1
    if len(events) + others * len(body) > MOST_EVENTS or turns + others > MOST_EVENTS:
        raise UnknownEvents
    events += body * len(indices)
    return turns + len(indices)


class EventsOf(dict[int, Event]):
    """The events of an operation, by what they are about: one object for all that are alike."""

    def __init__(self, kind: EventKind, op: int, values: tuple[int, ...]):
        super().__init__()
        self._kind, self._op, self._values = kind, op, values

    def __missing__(self, subject: int) -> Event:
        event = self[subject] = Event(self._kind, self._op, subject, self._values)
        return event


def receipt(counts: dict[int, int], pipe: int) -> Receipt:
    """Begins a receive; `counts`: of those that a thread has begun, by pipe."""
    counts[pipe] = counts.get(pipe, 0) + 1
    return Receipt(pipe, counts[pipe])


@lru_cache(maxsize=256)
def thread_function(text: str) -> CodeType:
    """
    What defines a function that lists events. A kernel is traced more than once while it is compiled, and to compile
    such a text takes longer than all else that is done for it.
    """
    return compile(text, "<events of a thread>", "exec")
