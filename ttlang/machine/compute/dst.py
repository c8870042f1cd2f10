"""DST while the engine works on it: a set of arrays that exist while a section does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ttlang.machine.tiles import Bytes, Patterns
from ttlang.tables.dtypes import TILE_ELEMENTS


class Section:
    """DST of some cores: for each slot an array (cores, tiles, 1024) and the tile in it; an array is never changed."""

    def __init__(self, cores: int) -> None:
        self.cores = cores
        self._held: dict[int, tuple[Patterns, int]] = {}

    def read(self, slots: Sequence[int]) -> Patterns:
        """(cores, slots, 1024)."""
        array, first = self._held[slots[0]]
        places = [self._held[slot] for slot in slots]
        if all(other is array and at == first + i for i, (other, at) in enumerate(places)):
            whole = first == 0 and array.shape[1] == len(slots)
            return array if whole else array[:, first : first + len(slots)]
        return np.stack([other[:, at] for other, at in places], axis=1)

    def read_or_zero(self, slots: Sequence[int]) -> Patterns | None:
        """The same, where slots that the section has not written are zero; None if all are."""
        held = [self._held[slot][0] for slot in slots if slot in self._held]
        if not held:
            return None
        if len(held) < len(slots):
            zeros = np.zeros((held[0].shape[0], 1, held[0].shape[2]), np.uint32)
            for slot in slots:
                self._held.setdefault(slot, (zeros, 0))
        return self.read(slots)

    def read_or_filled(self, slots: Sequence[int], rest: np.uint32) -> Patterns:
        """(cores, slots, 1024), where slots that the section has not written hold one pattern."""
        if all(slot in self._held for slot in slots):
            return self.read(slots)
        tiles = np.full((self.cores, len(slots), TILE_ELEMENTS), rest, np.uint32)
        for tile, slot in enumerate(slots):
            if (held := self._held.get(slot)) is not None:
                array, at = held
                tiles[:, tile] = array[:, at]
        return tiles

    def holds(self, slot: int) -> bool:
        """Whether the section has written the slot."""
        return slot in self._held

    def clear(self) -> None:
        """The section is released: the next one starts with nothing written."""
        self._held.clear()

    def write(self, slots: Sequence[int], values: Patterns) -> None:
        for tile, slot in enumerate(slots):
            self._held[slot] = (values, tile)

    def keep(self, l1: Bytes) -> None:
        """Makes the values outlast a change of L1, which they may be views of."""
        self._held = {
            slot: (array.copy() if np.may_share_memory(array, l1) else array, tile)
            for slot, (array, tile) in self._held.items()
        }

    def of_cores(self, rows: Sequence[int]) -> dict[int, Patterns]:
        """For each slot in use, (rows, 1024)."""
        return {slot: array[list(rows), tile] for slot, (array, tile) in self._held.items()}

    @classmethod
    def joined(cls, places: Sequence[tuple[Section, int]]) -> Section:
        """The section of cores that each have their row in some section; all use the same slots."""
        first = places[0][0]
        if all(section is first for section, _ in places):
            parts = first.of_cores([row for _, row in places])
        else:
            rows = [section.of_cores([row]) for section, row in places]
            parts = {slot: np.concatenate([row[slot] for row in rows]) for slot in rows[0]}
        section = cls(len(places))
        for slot, values in parts.items():
            section.write([slot], values[:, np.newaxis])
        return section
