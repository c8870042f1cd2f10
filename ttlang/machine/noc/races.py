"""Pages of tensors that several cores touch: what no semaphore orders is a mistake."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.access_history import NOBODY, PENDING, SEVERAL, Contest, History
from ttlang.machine.faults import Fault, core_ranges
from ttlang.machine.page_patterns import Integers
from ttlang.machine.tensor_pages import TensorPages
from ttlang.machine.vector_clocks import VectorClocks
from ttlang.machine.waits import Waiter


class RaceDetector:
    """Notes what one thread reads and writes, and compares it with what other cores have done."""

    __slots__ = ("clocks", "columns", "core", "thread")

    def __init__(self, thread: Waiter, columns: int, clocks: VectorClocks | None):
        self.thread = thread
        self.core = thread.core
        self.columns = columns
        self.clocks = clocks
        """What cores know of each other, where they talk to each other."""

    def note_read(self, tensor: TensorPages, history: History, page: int, op: int) -> None:
        """The thread reads a page. Raises a Fault if another core has written it, in no order with this read."""
        writer = history.writer[page]
        if writer not in (NOBODY, self.core) and not self._knows(writer, history.written_at, page):
            raise self._race(tensor, page, "reads", writer, "wrote", op)
        if history.reader is not None:
            first = history.reader[page] in (NOBODY, self.core)
            history.reader[page] = self.core if first else SEVERAL
            if self.clocks is not None:
                history.read_at[page] = self.clocks.next(self.core)

    def note_write(self, tensor: TensorPages, page: int, op: int) -> None:
        """The thread starts to write a page. Raises a Fault if another core has read it, in no order with this."""
        history = tensor.history
        assert history is not None
        writer = history.writer[page]
        if writer != self.core:
            if writer != NOBODY and not self._knows(writer, history.written_at, page):
                self._contest(tensor, history, page, writer, op)
            history.writer[page] = self.core
        if self.clocks is not None:
            history.written_at[page] = PENDING
        reader = history.reader[page] if history.reader is not None else NOBODY
        if reader not in (NOBODY, self.core) and not self._knows(reader, history.read_at, page):
            raise self._race(tensor, page, "writes", reader, "read", op)

    def note_writes(self, tensor: TensorPages, pages: Integers, op: int) -> None:
        """The thread starts to write these pages."""
        history = tensor.history
        assert history is not None
        if not history.settled(pages, self.core):
            for one in pages.tolist():
                self.note_write(tensor, one, op)
            return
        history.writers[pages] = self.core
        if self.clocks is not None:
            history.written_at[pages] = PENDING

    def landed(self, tensor: TensorPages, page: int, pages: Integers | None) -> None:
        """A write of a page, or of these pages, has landed."""
        history = tensor.history
        assert history is not None
        if history.contests:
            tensor.settle()
            for one in [page] if pages is None else pages.tolist():
                if (contest := history.contests.get(one)) is not None:
                    contest.land(self.core, tensor.pages[one].data)
        if self.clocks is not None:
            history.written_at[slice(page, page + 1) if pages is None else pages] = self.clocks.next(self.core)

    def _contest(self, tensor: TensorPages, history: History, page: int, writer: int, op: int) -> None:
        """Another core has written the page, in no order with this one: at the end, it shows whether that matters."""
        contest = history.contests.get(page)
        if contest is None:
            message = self._race(tensor, page, "writes", writer, "wrote", op).message
            contest = Contest(self.core, self.thread.name, op, message, self.thread.variables())
            history.contests[page] = contest
        if writer not in contest.left:
            tensor.settle()
            # What is still in flight is noted when it lands.
            contest.land(writer, tensor.pages[page].data)

    def _knows(self, other: int, times: NDArray[np.int32], page: int) -> bool:
        """Whether semaphores have told this core of what another one did to a page."""
        if self.clocks is None:
            return False
        # Of several readers the last one alone is remembered.
        return other == SEVERAL or self.clocks.knows(self.core, other, int(times[page]))

    def _race(self, tensor: TensorPages, page: int, verb: str, other: int, did: str, op: int) -> Fault:
        who = "several cores" if other == SEVERAL else core_ranges([other], self.columns)
        return Fault(
            "TTL0810", op, f"{verb} {tensor.place(page)} of '{tensor.name}', which {who} {did} in the same launch"
        )
