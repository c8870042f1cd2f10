"""A compute thread in time: pieces of its trace go through unpack, math and pack, between its calls on buffers."""

from __future__ import annotations

from functools import partial

from ttlang.machine.clock.ledger import Cause, Lane, Stretch
from ttlang.machine.clock.recorded_calls import Piece, RecordedThread
from ttlang.machine.clock.thread_clock import Surroundings, ThreadClock


class ComputeThreadClock(ThreadClock):
    """A compute thread: unpack waits for pages and pops them, pack waits for room and pushes."""

    def __init__(self, around: Surroundings, kernel: int, recorded: RecordedThread, start: float):
        super().__init__(around, kernel, recorded, start)
        self._standing = around.pieces.start(start)
        self._timing = around.timing.compute

    @property
    def now(self) -> float:
        """When the last of its processors is done."""
        return max(self._standing[:3])

    def go_on(self) -> None:
        """Goes as far as it can."""
        calls = self.recorded.calls
        self.stopped_for = None
        while self.at < len(calls):
            name, arguments = calls[self.at]
            if not name:
                self._work(*arguments)
            elif getattr(self, name)(*arguments) is False:
                return
            self.at += 1

    def _work(self, piece: Piece) -> None:
        pieces, before = self.around.pieces, self._standing
        if self._pace != 1.0:
            # Processors that take twice as long do in two cycles what they would do in one.
            outcome = pieces.of(piece, before.paced(1 / self._pace), self._free)
            self._standing = outcome.standing.paced(self._pace)
            return
        outcome = pieces.of(piece, before, self._free)
        after = self._standing = outcome.standing
        if self._noted is not None:
            steps = partial(pieces.steps, piece, before, self._free)
            self._noted.append(Stretch(before[:3], after[:3], outcome.parts, outcome.waits, steps))

    def cb_wait_front(self, number: int, pages: int, op: int) -> bool:
        return self._acquire(number, pages, op, True, Lane.UNPACK, Cause.PAGES, self._timing.wait)

    def cb_reserve_back(self, number: int, pages: int, op: int) -> bool:
        return self._acquire(number, pages, op, False, Lane.PACK, Cause.ROOM, self._timing.reserve)

    def _acquire(self, number: int, pages: int, op: int, front: bool, lane: Lane, cause: Cause, work: float) -> bool:
        buffer = self._buffers[number]
        handed = buffer.when(front, pages)
        if handed is None:
            self.stopped_for = cause
            buffer.wait(front, pages, self.go_on)
            return False
        work = 0.0 if op in self._free else work * self._pace
        now: float = getattr(self._standing, lane)
        seen = max(now, handed.time)
        self._note(op, lane, cause, now, seen, handed.by)
        self._note(op, lane, Cause.WORK, seen, seen + work)
        self._standing = self._standing.at(lane, seen + work)
        return True

    def cb_pop_front(self, number: int, pages: int, op: int) -> None:
        self._release(number, pages, op, True, Lane.UNPACK, self._timing.pop)

    def cb_push_back(self, number: int, pages: int, op: int) -> None:
        self._release(number, pages, op, False, Lane.PACK, self._timing.push)

    def _release(self, number: int, pages: int, op: int, front: bool, lane: Lane, work: float) -> None:
        work = 0.0 if op in self._free else work * self._pace
        start: float = getattr(self._standing, lane)
        now = start + work
        self._note(op, lane, Cause.WORK, start, now)
        self._standing = self._standing.at(lane, now)
        self._buffers[number].hand_on(front, pages, now + self._timing.handover, self._origin(op, lane, now))
