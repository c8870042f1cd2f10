"""A ledger that also keeps when cycles were taken, for pictures of a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ttlang.machine.clock.ledger import Call, Lane, Ledger, Part, Step


class Track(NamedTuple):
    """A lane of a thread on a core."""

    core: int
    kernel: int
    lane: Lane


class Timeline(Ledger):
    """That of some cores."""

    keeps_steps = True

    def __init__(self, cores: AbstractSet[int]):
        super().__init__()
        self.cores = cores
        self._steps: defaultdict[Track, list[Step]] = defaultdict(list)

    def add(self, core: int, kernel: int, step: Step, by: Call | None = None) -> None:
        super().add(core, kernel, step, by)
        if step.end > step.start and core in self.cores:
            self._keep(core, kernel, step)

    def add_parts(self, core: int, kernel: int, parts: Sequence[Part], start: float, steps: Sequence[Step]) -> None:
        super().add_parts(core, kernel, parts, start, steps)
        if core in self.cores:
            for step in steps:
                self._keep(core, kernel, step._replace(start=step.start + start, end=step.end + start))

    def _keep(self, core: int, kernel: int, step: Step) -> None:
        """What goes on where the last step of its lane ended is one with it."""
        track = self._steps[Track(core, kernel, step.lane)]
        last = track[-1] if track else None
        if last and last.end == step.start and (last.number, last.cause) == (step.number, step.cause):
            track[-1] = last._replace(end=step.end)
        else:
            track.append(step)

    def tracks(self) -> dict[Track, list[Step]]:
        """The steps of each lane, one behind the other."""
        return dict(self._steps)
