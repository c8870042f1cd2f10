"""
What the threads of a program do, call by call, in the order of each thread. The clock gives these calls their time.

A recorder stands between a kernel and what its calls go to: buffers, and the port of a data movement thread. Behind it
is the machine itself, or nothing at all (`data_free_run`). What a compute thread asks of the units between two calls on
buffers is one piece of its trace, which all cores share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ttlang.machine.compute.trace import Node
from ttlang.machine.noc.port import PARTS
from ttlang.machine.threads import Thread


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """What a compute thread asks of the units, in its order, between two of its calls on buffers."""

    nodes: tuple[Node, ...]
    """Those that it comes to. They stay alive, so that the piece can be found by their identity."""


Recorded = tuple[str, tuple[Any, ...]]
"""A call by name, with what it was given; or `("", (piece,))`."""


class RecordedThread:
    """What one thread has done."""

    __slots__ = ("_last", "_pieces", "calls", "fault", "thread")

    def __init__(self, thread: Thread, pieces: dict[tuple[int, int], Piece]):
        self.thread = thread
        self.calls: list[Recorded] = []
        self.fault: Exception | None = None
        """What ended it before its time."""
        self._pieces = pieces
        self._last: Node | None = None
        """Where a compute thread stood at its last call; None where its trace begins anew."""

    def do_as(self, other: RecordedThread) -> None:
        """It does what another one does, whose calls become its own; it leaves no trace itself."""
        self.calls, self.fault, self.thread.node = other.calls, other.fault, None

    def with_calls(self, calls: Sequence[Recorded]) -> RecordedThread:
        """One in its place that does something else."""
        found = RecordedThread(self.thread, self._pieces)
        found.calls = [*calls]
        return found

    def note(self, name: str, arguments: tuple[Any, ...]) -> None:
        self.calls.append((name, arguments))

    def note_position(self, *, anew: bool = False) -> None:
        """Notes what a compute thread has asked for since its last call; its trace may begin anew behind it."""
        node = self.thread.node
        assert node is not None
        if node is not self._last:
            key = id(node), id(self._last)
            if (piece := self._pieces.get(key)) is None:
                piece = self._pieces[key] = Piece(_between(self._last, node))
            if piece.nodes:
                self.calls.append(("", (piece,)))
        self._last = None if anew else node


def _between(last: Node | None, node: Node) -> tuple[Node, ...]:
    nodes: list[Node] = []
    while node is not last and node.parent is not None:
        nodes.append(node)
        node = node.parent
    return tuple(reversed(nodes))


class TooManyCalls(Exception):
    """Threads make more calls than somebody wants to wait for."""


class _LimitedThread(RecordedThread):
    """What one thread has done that may not do much more."""

    __slots__ = ("_most",)

    def __init__(self, thread: Thread, pieces: dict[tuple[int, int], Piece], most: int):
        super().__init__(thread, pieces)
        self._most = most

    def note(self, name: str, arguments: tuple[Any, ...]) -> None:
        if len(self.calls) >= self._most:
            raise TooManyCalls
        super().note(name, arguments)


class BufferRecorder:
    """A buffer of a thread's core, as its kernel sees it."""

    __slots__ = ("_note", "_number", "_on_units", "behind")

    def __init__(self, buffer: Any, number: int, recorded: RecordedThread):
        self.behind = buffer
        self._number = number
        self._note = recorded.note
        self._on_units = recorded.note_position if recorded.thread.kernel.info.is_compute else None

    def cb_reserve_back(self, pages: int, op: int) -> bool:
        return self._acquire("cb_reserve_back", pages, op)

    def cb_wait_front(self, pages: int, op: int) -> bool:
        return self._acquire("cb_wait_front", pages, op)

    def cb_push_back(self, pages: int, op: int) -> None:
        self._release("cb_push_back", pages, op)

    def cb_pop_front(self, pages: int, op: int) -> None:
        self._release("cb_pop_front", pages, op)

    def _acquire(self, name: str, pages: int, op: int) -> bool:
        if getattr(self.behind, name)(pages, op):
            return True
        if self._on_units:
            self._on_units()
        self._note(name, (self._number, pages, op))
        return False

    def _release(self, name: str, pages: int, op: int) -> None:
        if self._on_units:
            self._on_units(anew=True)
        self._note(name, (self._number, pages, op))
        getattr(self.behind, name)(pages, op)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)


class PortRecorder:
    """A thread's port, or a part of it. It is asked for each method once, when the kernel starts."""

    def __init__(self, part: Any, note: Callable[[str, tuple[Any, ...]], None]):
        self._part = part
        self._note = note

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if name in _PARTS:
            return PortRecorder(found, self._note)
        note = self._note

        def call(*arguments: Any) -> Any:
            result = found(*[each.behind if type(each) is BufferRecorder else each for each in arguments])
            if result is not True:
                note(name, arguments)
            return result

        return call


_PARTS = {part for place, _ in PARTS for part in place.split(".") if part}


Behind = tuple[Sequence[Any], Any]
"""Buffers, and a port."""


def own_calls(thread: Thread) -> Behind:
    """What the calls of a thread go to if nothing else stands behind a recorder: the machine."""
    return thread.buffers, thread.port


class CallRecorder:
    """Keeps the calls of all threads of a run."""

    def __init__(self, behind: Callable[[Thread], Behind] = own_calls, most_calls: int | None = None):
        """
        `behind`: what the calls of a thread go to; its own buffers and its port by default. A call of a thread raises
        TooManyCalls behind `most_calls` of all of them.
        """
        self.threads: list[RecordedThread] = []
        self._behind = behind
        self._left = most_calls
        self._pieces: dict[tuple[int, int], Piece] = {}

    def finish(self) -> list[RecordedThread]:
        """What all threads have done, when they have ended."""
        for recorded in self.threads:
            if recorded.thread.node is not None and recorded.fault is None:
                recorded.note_position()
        return self.threads

    def around(self, thread: Thread) -> tuple[Sequence[object], object]:
        """What the thread's kernel finds as its buffers and its port."""
        recorded = self._record(thread)
        self.threads.append(recorded)
        buffers, port = self._behind(thread)
        recorders = [BufferRecorder(buffer, number, recorded) for number, buffer in enumerate(buffers)]
        return recorders, PortRecorder(port, recorded.note) if port is not None else None

    def _record(self, thread: Thread) -> RecordedThread:
        if self._left is None:
            return RecordedThread(thread, self._pieces)
        if self.threads:
            self._left -= len(self.threads[-1].calls)
        return _LimitedThread(thread, self._pieces, self._left)
