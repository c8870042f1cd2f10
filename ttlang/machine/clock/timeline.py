"""A ledger that also keeps when cycles were taken, and what has ended each wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ttlang.machine.clock.ledger import Lane, Ledger, Step, Stretch


class Track(NamedTuple):
    """A lane of a thread on a core."""

    core: int
    kernel: int
    lane: Lane


class Timeline(Ledger):
    """That of all cores. What compute threads do between calls on buffers is gone through when it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._noted: defaultdict[tuple[int, int], list[Step | Stretch]] = defaultdict(list)

    def add(self, core: int, kernel: int, step: Step) -> None:
        super().add(core, kernel, step)
        self._noted[core, kernel].append(step)

    def add_stretch(self, core: int, kernel: int, stretch: Stretch) -> None:
        self._noted[core, kernel].append(stretch)

    def of(self, core: int, kernel: int) -> Sequence[Step | Stretch]:
        """What a thread did, in the order of its program; the times of a lane follow each other."""
        return self._noted[core, kernel]

    def tracks(self, cores: AbstractSet[int]) -> dict[Track, list[Step]]:
        """The steps of each lane of some cores, one behind the other."""
        found: defaultdict[Track, list[Step]] = defaultdict(list)
        for core, kernel in self._noted:
            if core in cores:
                for step in self._steps(core, kernel):
                    _join(found[Track(core, kernel, step.lane)], step)
        return dict(found)

    def _steps(self, core: int, kernel: int) -> Iterator[Step]:
        for noted in self._noted[core, kernel]:
            if isinstance(noted, Step):
                yield noted
                continue
            base = noted.begin[0]
            for step in noted.steps():
                yield step._replace(start=step.start + base, end=step.end + base)


def _join(track: list[Step], step: Step) -> None:
    """What goes on where the last step of its lane ended is one with it."""
    last = track[-1] if track else None
    if last and last.end == step.start and (last.number, last.cause) == (step.number, step.cause):
        track[-1] = last._replace(end=step.end)
    else:
        track.append(step)
