"""The index patterns of transfers of many pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Pattern:
    """The transfers of a loop nest, as distances from the first one's page and L1 address."""

    count: int
    pages: Integers
    offsets: Integers
    lowest_page: int
    highest_page: int
    step: int
    """Bytes from each L1 address to the next, 0 if that is not always the same."""


@lru_cache(maxsize=1024)
def page_pattern(*loops: tuple[int, int, int]) -> Pattern:
    """`loops`, outermost first: trips, and how far each trip moves the page and the L1 address."""
    pages = np.zeros(1, np.int64)
    offsets = np.zeros(1, np.int64)
    for trips, page_step, offset_step in loops:
        trip = np.arange(trips, dtype=np.int64)
        pages = np.add.outer(pages, trip * page_step).reshape(-1)
        offsets = np.add.outer(offsets, trip * offset_step).reshape(-1)
    if not pages.size:
        return Pattern(0, pages, offsets, 0, 0, 0)
    steps = np.diff(offsets)
    step = int(steps[0]) if steps.size and (steps == steps[0]).all() else 0
    return Pattern(pages.size, pages, offsets, int(pages.min()), int(pages.max()), step)


@lru_cache(maxsize=1024)
def run_pattern(count: int, column: int, wide: int, width: int, step: int) -> Pattern:
    """
    The transfers of `count` pages of a shard of `wide` columns, row by row from the page at `column` on, to L1
    addresses `step` bytes apart. `width`: columns of the whole tensor.
    """
    row, place = np.divmod(column + np.arange(count, dtype=np.int64), wide)
    pages = row * width + place - column
    return Pattern(count, pages, np.arange(count, dtype=np.int64) * step, int(pages.min()), int(pages.max()), step)
