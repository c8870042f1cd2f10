"""Semaphores: a counter on every core, by which data movement threads synchronize."""

from __future__ import annotations

from operator import index

from ttlang.diagnostics import error
from ttlang.language.call_sites import Origin, caller, caller_span, host_error
from ttlang.language.core_places import CoreRange, Place, core_of, range_of, space_of
from ttlang.language.kernel_run import current_run

_THREAD = "a data movement thread"
MOST = 2**32 - 1


class Semaphore:
    """
    A 32-bit unsigned counter on every core of the grid, which starts at `initial_value` on each of them. A data
    movement thread waits for the counter of its own core, and sets it; the counters of other cores are reached with
    `get_remote` and `get_remote_multicast`.
    """

    def __init__(self, initial_value: int = 0):
        run = current_run("ttl.Semaphore")
        try:
            self.initial_value = index(initial_value)
        except TypeError:
            self.initial_value = -1
        if not 0 <= self.initial_value <= MOST:
            raise error("TTL0506", f"a semaphore can't start at {initial_value!r}: it holds 32 bits", caller_span())
        self.name = ""
        """The variable it is bound to in the kernel function."""
        self.origin: Origin | None = caller()
        run.keep(self)

    def wait_eq(self, value: int) -> None:
        """Blocks until this core's counter is `value`."""
        raise host_error("Semaphore.wait_eq", _THREAD)

    def wait_ge(self, value: int) -> None:
        """Blocks until this core's counter is `value` or more."""
        raise host_error("Semaphore.wait_ge", _THREAD)

    wait_for = wait_eq
    wait_for_min = wait_ge

    def set(self, value: int) -> None:
        """Sets this core's counter."""
        raise host_error("Semaphore.set", _THREAD)

    def inc(self, value: int) -> None:
        """Not there: a core sets its own counter, and increments those of others."""
        raise host_error("Semaphore.inc", _THREAD)

    def get_remote(self, core: Place) -> UnicastRemoteSemaphore:
        """The counter of one core, (column, row)."""
        run = current_run("Semaphore.get_remote")
        return UnicastRemoteSemaphore(self, core_of(space_of(run), core, "the core of a remote semaphore"))

    def get_remote_multicast(self, core_range: Place | None = None) -> MulticastRemoteSemaphore:
        """The counters of a rectangle of cores; without an argument, of the whole grid, this core included."""
        run = current_run("Semaphore.get_remote_multicast")
        if core_range is None:
            return MulticastRemoteSemaphore(self, ((0, run.grid[0]), (0, run.grid[1])))
        return MulticastRemoteSemaphore(self, range_of(space_of(run), core_range, "the cores of a remote semaphore"))

    def __repr__(self) -> str:
        return f"<semaphore {self.name}>"


class UnicastRemoteSemaphore:
    """A semaphore's counter on one core."""

    def __init__(self, semaphore: Semaphore, core: tuple[int, int]):
        self.semaphore = semaphore
        self.core = core

    @property
    def corners(self) -> tuple[int, ...]:
        return self.core

    def inc(self, value: int) -> None:
        """Adds to the counter. It does not wait until that is done."""
        raise host_error("UnicastRemoteSemaphore.inc", _THREAD)

    def set(self, value: int) -> None:
        """Sets the counter."""
        raise host_error("UnicastRemoteSemaphore.set", _THREAD)


class MulticastRemoteSemaphore:
    """A semaphore's counters on a rectangle of cores."""

    def __init__(self, semaphore: Semaphore, range: CoreRange):
        self.semaphore = semaphore
        self.range = range

    @property
    def corners(self) -> tuple[int, ...]:
        """The first and the last core, both in."""
        (left, right), (top, bottom) = self.range
        return left, top, right - 1, bottom - 1

    def set(self, value: int) -> None:
        """Sets the counters."""
        raise host_error("MulticastRemoteSemaphore.set", _THREAD)

    def inc(self, value: int) -> None:
        """Not there: the hardware adds to one counter at a time."""
        raise host_error("MulticastRemoteSemaphore.inc", _THREAD)
