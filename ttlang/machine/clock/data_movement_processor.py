"""The processor of a data movement thread in time: it works, waits for pages, and for transfers that it has ordered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator
from operator import itemgetter
from types import GeneratorType
from typing import cast

from ttlang.machine.clock.call_prices import grained
from ttlang.machine.clock.ledger import Cause, Lane, Origin
from ttlang.machine.clock.outstanding import Flight, Outstanding
from ttlang.machine.clock.recorded_calls import RecordedThread
from ttlang.machine.clock.tensor_places import PagePlace
from ttlang.machine.clock.thread_clock import Surroundings, ThreadClock
from ttlang.machine.clock.transfers import Passage
from ttlang.machine.page_patterns import Pattern
from ttlang.machine.tensor_pages import TensorPages

CHANGED = object()
"""Is returned by a call that is done and after which the thread waits for its turn, to find what it has changed."""
DONE = object()
"""There is no further page."""
Order = tuple[Outstanding, Flight]
"""A transfer that was ordered, and what it counts as."""


class DataMovementProcessor(ThreadClock):
    """That of a thread whose transfers take their turn with those of all others. Its calls are those of a subclass."""

    def __init__(self, around: Surroundings, kernel: int, recorded: RecordedThread, start: float):
        super().__init__(around, kernel, recorded, start)
        self.now = start
        self._port = around.port(self.core, recorded.thread.kernel.info.noc)
        self._issue = issue = around.timing.issue
        self._read_of_page, self._write_of_page = issue.page + issue.read_bank, issue.page + issue.write_bank
        """What it takes to order that of a page in DRAM."""
        self._posted, self._signals = Outstanding(start), Outstanding(start)
        self._reads, self._writes = (defaultdict(lambda: Outstanding(start), {0: Outstanding(start)}) for _ in range(2))
        """By their transaction ids."""
        self._tagged, self._tagged_writes = self._reads[0], self._writes[0]
        """Those that have the ids of reads and of writes from now on."""
        self._reserved = False
        """The last multicast was linked: the next one finds its path reserved."""
        self._awaited: Outstanding | None = None
        """Those that it has stopped for."""
        self._rest: Generator[None] | None = None
        """What is left of a call that transfers several pages, while it is under way."""

    def go_on(self) -> None:
        """Waits for its turn, which comes at its time."""
        self.around.agenda.later(self.now, self._take_turn, None)

    def _take_turn(self, _now: float, _: None) -> None:
        """Goes on while it is the first in time."""
        calls, others = self.recorded.calls, self.around.agenda.queue
        while self.at < len(calls):
            if others and self.now > others[0][0]:
                self.go_on()
                return
            outcome: object = None
            if self._rest is None:
                name, arguments = calls[self.at]
                method = getattr(self, name, None)
                outcome = None if method is None else method(*arguments)
                if outcome is False:
                    return
                if isinstance(outcome, GeneratorType):
                    self._rest = cast("Generator[None]", outcome)
            if self._rest is not None:
                if next(self._rest, DONE) is not DONE:
                    continue
                self._rest = None
            self.at += 1
            if outcome is CHANGED:
                self.go_on()
                return

    def _spend(self, op: int, cycles: float) -> float:
        if op in self._free:
            return self.now
        start = self.now
        self.now = end = start + cycles * self._pace
        if self._rest is None:
            self._note(op, Lane.MOVE, Cause.WORK, start, end)
        return end

    def _page_by_page(
        self, transfer: Callable[[PagePlace, int, int], None], tensor: TensorPages, page: int, shape: Pattern, op: int
    ) -> Generator[None]:
        """
        The pages of a call that transfers several: transfers of others may come between two of them. The work on all is
        noted as one.
        """
        size, began = tensor.page_bytes, self.now
        for number, place in enumerate(self.around.places.of_pattern(tensor.info, page, shape)):
            if number:
                yield
            transfer(place, size, op)
        self._note(op, Lane.MOVE, Cause.WORK, began, self.now)

    def _wait(self, op: int, until: float, cause: Cause, origin: Origin | None) -> None:
        if until > self.now:
            self._note(op, Lane.MOVE, cause, self.now, until, origin)
            self.now = until

    # -------------------------------------------------------------------------------------------------- transfers

    def _order(self, op: int, cause: Cause, kind: Outstanding) -> Order:
        """A transfer is ordered just now."""
        kind.flying += 1
        return kind, (cause, self.now, op)

    def _end(self, passage: Passage, order: Order) -> None:
        """The end of a transfer is known."""
        kind, flight = order
        kind.end(passage, flight)
        if kind is self._awaited and not kind.flying:
            self._awaited = None
            self._wake()

    def _barrier(self, op: int, *kinds: Outstanding, flushes: bool = False) -> bool:
        """`flushes`: it is enough that they have left."""
        for transfers in kinds:
            if transfers.flying:
                self.stopped_for, self._awaited = transfers.known[0], transfers
                return False
        self._spend(op, self._issue.barrier)
        ends = [(each.all_left, each.left) if flushes else (each.all_known, each.known) for each in kinds]
        until, (cause, ordered, by) = max(ends, key=itemgetter(0))
        if (until := grained(until)) > self.now:
            self._wait(op, until, cause, self._origin(by, Lane.MOVE, ordered))
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
        self.go_on()

    def cb_push_back(self, number: int, pages: int, op: int) -> None:
        now = self._spend(op, self._issue.buffer)
        self._buffers[number].hand_on(False, pages, now, self._origin(op, Lane.MOVE, now))

    def cb_pop_front(self, number: int, pages: int, op: int) -> None:
        now = self._spend(op, self._issue.buffer)
        self._buffers[number].hand_on(True, pages, now, self._origin(op, Lane.MOVE, now))
