"""Where the tiles of a call lie, as distances from the first one's page or slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Steps = Sequence[tuple[int, int]]
"""How loops move an operand of the call in them: for each, outermost first, its trips and how far a trip goes."""


@dataclass(frozen=True)
class Offsets:
    """Distances from the first tile, which has 0."""

    values: tuple[int, ...]

    @cached_property
    def step(self) -> int | None:
        """The distance from each tile to the next: 0 where all are one; None where they differ."""
        first, *rest = self.values
        step = rest[0] - first if rest else 0
        return step if all(b - a == step for a, b in zip(self.values, rest, strict=False)) else None

    @cached_property
    def span(self) -> int:
        """The distance to the farthest tile."""
        return max(self.values)

    @cached_property
    def has_gaps(self) -> bool:
        return len(set(self.values)) <= self.span

    @cached_property
    def repeats(self) -> bool:
        return len(set(self.values)) < len(self.values)

    @cached_property
    def array(self) -> NDArray[np.intp]:
        return np.array(self.values, np.intp)

    def parts(self, count: int) -> list[tuple[int, Offsets]]:
        """As so many parts of one size: where each begins, and its tiles from there on."""
        size = len(self.values) // count
        chunks = [self.values[i : i + size] for i in range(0, len(self.values), size)]
        return [(chunk[0], offsets(tuple(value - chunk[0] for value in chunk))) for chunk in chunks]


@lru_cache(maxsize=4096)
def offsets(values: tuple[int, ...]) -> Offsets:
    return Offsets(values)


def flattened(steps: Steps) -> Offsets:
    """Those of a loop nest."""
    values = [0]
    for trips, step in steps:
        values = [value + trip * step for value in values for trip in range(trips)]
    return offsets(tuple(values))
