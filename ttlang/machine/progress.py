"""
How far a long run is, as a line on a terminal. A thread of Python of its own looks at what is there every now and then,
so a run pays nothing for it; where standard error is no terminal, there is no such thread.
"""

from __future__ import annotations

import importlib
import shutil
import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TextIO

from ttlang.machine.console import Console
from ttlang.machine.faults import count_of
from ttlang.machine.program_info import OuterLoop
from ttlang.machine.threads import Thread

DELAY = 2.0
"""Seconds that a run takes before it is said how far it is."""
PERIOD = 0.5
"""Seconds from one look to the next."""


class Line(Protocol):
    """What is shown, and taken away again."""

    def show(self, share: float | None, text: str) -> None: ...

    def hide(self) -> None: ...

    def close(self) -> None: ...


class PlainLine:
    """One line of a terminal, which is written over."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._shown = False

    def show(self, share: float | None, text: str) -> None:
        whole = text if share is None else f"{share:4.0%} {text}"
        self._write(whole[: shutil.get_terminal_size().columns - 1])
        self._shown = True

    def hide(self) -> None:
        if self._shown:
            self._write("")
            self._shown = False

    def close(self) -> None:
        self.hide()

    def _write(self, text: str) -> None:
        self._stream.write(f"\r{text}\x1b[K")
        self._stream.flush()


class Bar:
    """The same as a bar of tqdm."""

    def __init__(self, tqdm: Any, stream: TextIO):
        form = "{percentage:3.0f}%|{bar:20}| {desc}"
        self._bar = tqdm(total=1.0, file=stream, leave=False, dynamic_ncols=True, bar_format=form)

    def show(self, share: float | None, text: str) -> None:
        self._bar.n = share or 0.0
        self._bar.set_description_str(text)

    def hide(self) -> None:
        self._bar.clear()

    def close(self) -> None:
        self._bar.close()


def _line(stream: TextIO) -> Line:
    try:
        tqdm: Any = importlib.import_module("tqdm")
    except ImportError:
        return PlainLine(stream)
    return Bar(tqdm.tqdm, stream)


@contextmanager
def shown(threads: Sequence[Thread], console: Console) -> Generator[None]:
    """While the threads run, says how far they are, if a person may be reading that."""
    stream: TextIO | None = sys.stderr
    if stream is None or not stream.isatty():
        yield
        return
    progress = Progress(threads, stream)
    console.before = progress.hide
    try:
        yield
    finally:
        console.before = None
        progress.close()


class Progress:
    """Looks at the threads of a run."""

    def __init__(self, threads: Sequence[Thread], stream: TextIO):
        self._threads = threads
        self._shares = Shares()
        self._stream = stream
        self._line: Line | None = None
        self._start = time.monotonic()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name="ttlang progress", daemon=True)
        self._watcher.start()

    def hide(self) -> None:
        """Before something else is printed."""
        with self._lock:
            if self._line is not None:
                self._line.hide()

    def close(self) -> None:
        """Takes away what is shown."""
        self._over.set()
        self._watcher.join()
        if self._line is not None:
            self._line.close()

    def _watch(self) -> None:
        # A terminal that is gone is no fault of the run.
        with suppress(OSError, ValueError):
            wait = DELAY
            while not self._over.wait(wait):
                with self._lock:
                    self._line = self._line or _line(self._stream)
                    self._line.show(self._shares.least(self._threads), self.text())
                wait = PERIOD

    def text(self) -> str:
        """`0:12 simulating: 3 of 192 threads, 1 of 64 cores ended, 5120 pages moved`."""
        threads = self._threads
        running = [thread for thread in threads if not thread.ended]
        cores = {thread.core for thread in threads}
        done = len(cores) - len({thread.core for thread in running})
        moved = sum(thread.pages_moved for thread in threads)
        minutes, seconds = divmod(int(time.monotonic() - self._start), 60)
        by_thread = f"{len(threads) - len(running)} of {count_of(len(threads), 'thread')}"
        by_core = f"{done} of {count_of(len(cores), 'core')}"
        return f"{minutes}:{seconds:02} simulating: {by_thread}, {by_core} ended, {count_of(moved, 'page')} moved"


class Shares:
    """How much of their loops threads have behind them."""

    def __init__(self) -> None:
        self._loops: dict[object, Sequence[OuterLoop]] = {}

    def least(self, threads: Sequence[Thread]) -> float | None:
        """Of the thread that is the furthest from its end; None if no thread's loops have turns that are known."""
        known = [share for thread in threads if not thread.ended and (share := self.of(thread)) is not None]
        return min(known, default=None)

    def of(self, thread: Thread) -> float | None:
        """Of a thread that has not ended; None if the turns of its loops are not known."""
        if thread.kernel not in self._loops:
            self._loops[thread.kernel] = thread.kernel.outer_loops()
        loops, frame = self._loops[thread.kernel], thread.frame
        if not loops or frame is None:
            return None
        variables, done, before = frame.f_locals, 0, 0
        for loop in loops:
            # The last one that has begun is where it is; those before have ended.
            if loop.variable in variables:
                done = before + (variables[loop.variable] - loop.start) // loop.step
            before += loop.trips
        return done / before
