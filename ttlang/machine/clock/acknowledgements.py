"""Acknowledgements of a core's multicasts, which come one by one on its way out of a NOC."""

from __future__ import annotations

from collections import deque


class Acknowledgements:
    """Those of one core and one NOC."""

    __slots__ = ("_spans",)

    def __init__(self) -> None:
        self._spans: deque[list[float]] = deque()
        """From when to when they come without a pause, as far as it has not passed."""

    def share(self, head: float, left: float) -> float:
        """
        When a packet has passed that has the way in turn with them, and would have passed by `left` without them. Its
        head comes at a time that is not before that of the last packet.
        """
        spans = self._spans
        while spans and spans[0][1] <= head:
            spans.popleft()
        free = 0.0
        for span in spans:
            if (later := free - span[0]) > 0:
                span[:] = span[0] + later, span[1] + later
            if (both := min(left, span[1]) - max(head, span[0])) > 0:
                left += both
                span[1] += both
            free = span[1]
        return left

    def add(self, first: float, cycles: float) -> float:
        """When those of a multicast are all there that come from a time on, and take the way for so long."""
        spans = self._spans
        if spans and spans[-1][1] >= first:
            spans[-1][1] += cycles
        else:
            spans.append([first, first + cycles])
        return spans[-1][1]
