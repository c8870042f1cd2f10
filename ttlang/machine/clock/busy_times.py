"""When something that serves one after the other is busy: a bank of DRAM."""

from __future__ import annotations

from bisect import bisect_left

MOST_SPANS = 48
"""Spans of time that are kept; of more, the oldest are forgotten, and nothing finds a place before them."""


class BusyTimes:
    """
    The spans of time in which it is taken. They need not be asked for in the order of time: what comes early finds its
    place before what was promised to others for later.
    """

    __slots__ = ("_ends", "_forgotten", "_starts")

    def __init__(self) -> None:
        self._starts: list[float] = []
        self._ends: list[float] = []
        self._forgotten = 0.0
        """Until when it is not known any more when it was free."""

    def take(self, ready: float, cycles: float) -> float:
        """Takes it for so long, as early as it is free from `ready` on; returns the start."""
        starts, ends = self._starts, self._ends
        if not ends or ready > ends[-1]:
            starts.append(ready)
            ends.append(ready + cycles)
            if len(ends) > MOST_SPANS:
                self._forgotten = ends[MOST_SPANS // 2 - 1]
                del starts[: MOST_SPANS // 2], ends[: MOST_SPANS // 2]
            return ready
        if ready > starts[-1]:
            start = ends[-1]
            ends[-1] = start + cycles
            return start
        start = max(ready, self._forgotten)
        place = bisect_left(ends, start)
        last = len(ends)
        while place < last and starts[place] < start + cycles:
            start = ends[place]
            place += 1
        end = start + cycles
        # It lies between the spans before and after `place`, and becomes one with those that it touches.
        before = place > 0 and ends[place - 1] == start
        after = place < last and starts[place] == end
        if before and after:
            ends[place - 1] = ends[place]
            del starts[place], ends[place]
        elif before:
            ends[place - 1] = end
        elif after:
            starts[place] = start
        else:
            starts.insert(place, start)
            ends.insert(place, end)
        return start

    @property
    def free(self) -> float:
        """From when on nobody has it."""
        return self._ends[-1] if self._ends else 0.0
