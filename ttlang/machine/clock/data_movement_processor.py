"""The processor of a data movement thread in time: it works, waits for pages, and for transfers that it has ordered."""

from __future__ import annotations

from collections import defaultdict

from ttlang.machine.clock.call_prices import grained
from ttlang.machine.clock.ledger import Cause, Lane, Origin
from ttlang.machine.clock.network_clock import Done, Passage
from ttlang.machine.clock.outstanding import Flight, Outstanding
from ttlang.machine.clock.recorded_calls import RecordedThread
from ttlang.machine.clock.thread_clock import Surroundings, ThreadClock

AGAIN = object()
"""Is returned by a call that is not done yet, and is made again when its thread has its turn."""
CHANGED = object()
"""Is returned by a call that is done and after which the thread waits for its turn, to find what it has changed."""


class DataMovementProcessor(ThreadClock):
    """That of a thread whose transfers take their turn with those of all others. Its calls are those of a subclass."""

    def __init__(self, around: Surroundings, kernel: int, recorded: RecordedThread, start: float):
        super().__init__(around, kernel, recorded, start)
        self.now = start
        self._noc = recorded.thread.kernel.info.noc
        self._issue = around.timing.issue
        self._reads, self._writes, self._posted, self._signals = (Outstanding(start) for _ in range(4))
        self._reserved = False
        """The last multicast was linked: the next one finds its path reserved."""
        self._tag = 0
        self._tagged: defaultdict[int, Outstanding] = defaultdict(lambda: Outstanding(start))
        """Reads with a transaction id."""
        self._awaited: Outstanding | None = None
        """Those that it has stopped for."""
        self._page = 0
        """Of a call that transfers several, the next one."""

    def take_turn(self) -> bool:
        """Goes on while it is the first in time; returns whether it can go on later."""
        calls, next_time = self.recorded.calls, self.around.next_time
        while self.at < len(calls):
            if self.now > next_time():
                return True
            name, arguments = calls[self.at]
            method = getattr(self, name, None)
            outcome = None if method is None else method(*arguments)
            if outcome is False:
                return False
            if outcome is not AGAIN:
                self.at += 1
            if outcome is CHANGED:
                return True
        return False

    def _spend(self, op: int, cycles: float) -> float:
        if op in self._free:
            return self.now
        start = self.now
        self.now = end = start + cycles * self._pace
        self._note(op, Lane.MOVE, Cause.WORK, start, end)
        return end

    def _wait(self, op: int, until: float, cause: Cause, origin: Origin | None) -> None:
        if until > self.now:
            self._note(op, Lane.MOVE, cause, self.now, until, origin)
            self.now = until

    # -------------------------------------------------------------------------------------------------- transfers

    def _ordered(self, op: int, cause: Cause, *kinds: Outstanding) -> Done:
        """A transfer has been just now; what is called at its end is returned."""
        flight = Flight(cause, self.now, op)
        for kind in kinds:
            kind.order()

        def done(passage: Passage) -> None:
            for kind in kinds:
                kind.end(passage, flight)
            if self._awaited is not None and not self._awaited.flying:
                self._awaited = None
                self._wake()

        return done

    def _barrier(self, op: int, transfers: Outstanding, *, flushes: bool = False) -> bool:
        """`flushes`: it is enough that they have left."""
        if transfers.flying:
            self.stopped_for, self._awaited = transfers.known.cause, transfers
            return False
        self._spend(op, self._issue.barrier)
        until, flight = (transfers.all_left, transfers.left) if flushes else (transfers.all_known, transfers.known)
        if (until := grained(until)) > self.now:
            self._wait(op, until, flight.cause, self._origin(flight.by, Lane.MOVE, flight.ordered))
        return True

    # ---------------------------------------------------------------------------------------------------- buffers

    def cb_wait_front(self, number: int, pages: int, op: int) -> bool:
        return self._acquire(number, pages, op, True, Cause.PAGES)

    def cb_reserve_back(self, number: int, pages: int, op: int) -> bool:
        return self._acquire(number, pages, op, False, Cause.ROOM)

    def _acquire(self, number: int, pages: int, op: int, front: bool, cause: Cause) -> bool:
        buffer = self._buffers[number]
        handed = buffer.when(front, pages)
        if handed is None:
            self.stopped_for = cause
            buffer.wait(front, pages, self._wake)
            return False
        self._wait(op, handed.time, cause, handed.by)
        self._spend(op, self._issue.buffer)
        return True

    def _wake(self) -> None:
        self.stopped_for = None
        self.around.go_on(self)

    def cb_push_back(self, number: int, pages: int, op: int) -> None:
        now = self._spend(op, self._issue.buffer)
        self._buffers[number].hand_on(False, pages, now, self._origin(op, Lane.MOVE, now))

    def cb_pop_front(self, number: int, pages: int, op: int) -> None:
        now = self._spend(op, self._issue.buffer)
        self._buffers[number].hand_on(True, pages, now, self._origin(op, Lane.MOVE, now))
