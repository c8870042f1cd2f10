"""
Runs the threads of all cores, one at a time, each until it blocks. Traces of compute threads run when no thread can go
on: by then as many cores as possible stand at the same place. No result depends on the order.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from ttlang.diagnostics.interrupt import interrupted
from ttlang.machine.compute.engine import Stopped
from ttlang.machine.compute.trace import Node
from ttlang.machine.faults import Fault
from ttlang.machine.run_diagnostics import arithmetic_error, deadlock, fault_error, standing
from ttlang.machine.threads import Thread
from ttlang.machine.waits import Pause, Turn, Wait

FLUSH_ODDS = 0.1
"""With a seed, how likely a trace runs before it has to, each time a thread blocks."""


MOST_PAUSES = 4000
"""Turns that threads which poll get in a row, with nothing else going on, before that counts as a deadlock."""


class Units(Protocol):
    """The compute units, as the scheduler knows them."""

    def run(self, stopped: Sequence[Stopped], /) -> None:
        """Runs the traces of threads that have stopped at these nodes."""
        ...


class Scheduler:
    """Runs threads to their end."""

    def __init__(self, engine: Units, columns: int, seed: int | None):
        self.engine = engine
        self.columns = columns
        self.ready: deque[Thread] = deque()
        self.stopped: list[tuple[Thread, Node]] = []
        """Compute threads whose traces have to run."""
        self.paused: list[Thread] = []
        """Threads that poll, to go on when no other can."""
        self._pauses = 0
        self._random = random.Random(seed) if seed is not None else None

    def run(self, threads: Sequence[Thread]) -> None:
        """
        Raises a DiagnosticError for the first mistake of a kernel, and if all threads wait; on Ctrl-C, a
        KeyboardInterrupt that says how far it was.
        """
        try:
            self._run(threads)
        except KeyboardInterrupt as stopped:
            raise interrupted(standing(threads, stopped.__traceback__)) from None

    def _run(self, threads: Sequence[Thread]) -> None:
        self.ready.extend(threads)
        while self.ready or self.stopped or self.paused:
            if self._random is not None:
                self._shuffle(self._random)
            while self.ready:
                self._advance(self.ready.popleft())
                if self._random is not None:
                    self._shuffle(self._random)
            self._run_traces()
            if not self.ready and not self._poll():
                break
        if any(thread.wait is not None for thread in threads):
            raise deadlock(threads, self.columns)

    def _advance(self, thread: Thread) -> None:
        """Runs a thread until it waits, stops or ends."""
        try:
            event = next(thread.body, None)
            if event is None:
                thread.finish()
        except Fault as fault:
            raise fault_error(thread, fault) from None
        except ArithmeticError as cause:
            raise arithmetic_error(thread, cause) from None
        if isinstance(event, Pause):
            thread.wait = event
            self.paused.append(thread)
            return
        self._pauses = 0
        if isinstance(event, Wait):
            self._park(thread, event)
        elif isinstance(event, Node):
            self.stopped.append((thread, event))
        elif isinstance(event, Turn):
            self.ready.append(thread)
        elif event is not None:
            thread.wait = event

    def _poll(self) -> bool:
        """Lets threads that poll go on, unless they have done nothing else for long."""
        self._pauses += 1
        if self._pauses > MOST_PAUSES:
            return False
        for thread in self.paused:
            thread.wake()
        self.paused.clear()
        return True

    def _park(self, thread: Thread, wait: Wait) -> None:
        thread.wait = wait
        buffer = thread.buffers[wait.buffer]
        if wait.front:
            buffer.consumer = thread
            buffer.consumer_needs = wait.pages
        else:
            buffer.producer = thread
            buffer.producer_needs = wait.pages

    def _run_traces(self) -> None:
        stopped, self.stopped = self.stopped, []
        self.engine.run(stopped)
        self.ready.extend(thread for thread, _ in stopped)

    def _shuffle(self, rng: random.Random) -> None:
        """Brings a random thread to the front; now and then runs the traces of some threads early."""
        if self.ready:
            self.ready.rotate(rng.randrange(len(self.ready)))
        if self.stopped and rng.random() < FLUSH_ODDS:
            chosen: list[tuple[Thread, Node]] = []
            others: list[tuple[Thread, Node]] = []
            for stopped in self.stopped:
                (chosen if rng.random() < 0.5 else others).append(stopped)
            self.stopped = others
            self.engine.run(chosen)
            self.ready.extend(thread for thread, _ in chosen)
