"""What each core knows of the others' past, by the semaphores through which it has heard of it."""

from __future__ import annotations


class VectorClocks:
    """
    `now[a][b]` counts what `b` had published when `a` last heard of it, be it through others. A core publishes when it
    changes a semaphore, and hears when it has waited for one.
    """

    def __init__(self, cores: int):
        self.now = [[0] * cores for _ in range(cores)]

    def publish(self, core: int) -> list[int]:
        """What others learn of a core's past now."""
        own = self.now[core]
        own[core] += 1
        return own

    def hear(self, core: int, past: list[int]) -> None:
        own = self.now[core]
        own[:] = map(max, own, past)

    def next(self, core: int) -> int:
        """The time of what a core does now: others know of it when they have heard of its next publication."""
        return self.now[core][core] + 1

    def knows(self, core: int, other: int, time: int) -> bool:
        return self.now[core][other] >= time
