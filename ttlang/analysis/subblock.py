"""
The tiles of a block that one DST section computes: a subblock of so many rows and columns.

What is minimized are cycles, by the chip's `SectionCosts`: those of a section, and of the inits that each of them needs
anew; for a matmul's step along K the larger of its math (of each tile and fidelity phase) and its unpacks (a subblock
takes a tile for each row and one for each column); of each pack to a place that is not the next one; and, where
somebody waits for the block, of the packs of a section: the packer is behind the other units by so much, less what who
waits does with the sections before. A block that leaves the core for DRAM is written while it is computed, if it has
several sections that follow each other in L1, and else behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from math import prod

from ttlang.tables.chips.costs import SectionCosts
from ttlang.tables.fidelities import PHASES


@dataclass(frozen=True)
class Product:
    """A matmul in a section: tiles along K, and whether its second operand has its columns apart in L1."""

    inner: int
    strided: bool = False


class Waited(Enum):
    """Who waits for a block, and for what of it."""

    BY_NOBODY = auto()
    """The thread goes on without it."""
    FOR_ALL = auto()
    """The thread needs all of it, or what leaves the core ends with its last tile."""
    BY_SECTION = auto()
    """The thread goes on with the first of several sections, if these follow each other in L1."""


def packs_in_order(space: tuple[int, int], subblock: tuple[int, int]) -> bool:
    """Whether the subblocks of a block, row by row, take its tiles in the order in which they lie in L1."""
    return subblock[0] == 1 or subblock[1] == space[1]


def spans(total: int, step: int) -> Iterator[tuple[int, int, int]]:
    """(first, end, size): as many whole steps as there are, and the rest."""
    full = total // step * step
    if full:
        yield 0, full, step
    if total > full:
        yield full, total, total - full


def choose(
    space: tuple[int, int],
    tiles: int,
    products: Sequence[Product],
    fidelity: str,
    costs: SectionCosts,
    *,
    inits: int = 0,
    waited: Waited = Waited.BY_NOBODY,
    written: float = 0.0,
) -> tuple[int, int]:
    """
    The subblock of at most `tiles` tiles that computes a block of (rows, columns) at the least cost. `inits`: those of
    a section, which one that has the same functions leaves it. `written`: cycles of DRAM for the block on all cores.
    """
    rows, columns = space
    widest = 1 if any(product.strided and product.inner > 1 for product in products) else columns
    candidates = [(r, c) for r in range(1, min(rows, tiles) + 1) for c in range(1, min(widest, tiles // r) + 1)]
    phases = PHASES[fidelity]

    def cost(subblock: tuple[int, int]) -> float:
        behind = 0.0 if _comes_by_section(space, subblock) else written
        whole = _cost(space, subblock, products, phases, costs._replace(section=costs.section + costs.init * inits))
        return whole + behind + _stall(space, subblock, costs, waited)

    return min(candidates, key=lambda subblock: (cost(subblock), -subblock[1]))


def _cost(
    space: tuple[int, int], subblock: tuple[int, int], products: Sequence[Product], phases: int, costs: SectionCosts
) -> int:
    total = 0
    pack = 0 if packs_in_order(space, subblock) else costs.scattered_pack
    for first_row, end_row, r in spans(space[0], subblock[0]):
        for first_column, end_column, c in spans(space[1], subblock[1]):
            sections = (end_row - first_row) // r * ((end_column - first_column) // c)
            math = costs.product_phase * phases * r * c + (costs.lone_product if r * c == 1 else 0)
            steps = sum(p.inner * max(math, costs.unpack * (r + c)) for p in products)
            total += sections * (costs.section + steps + pack * r * c)
    return total


def _comes_by_section(space: tuple[int, int], subblock: tuple[int, int]) -> bool:
    return subblock != space and packs_in_order(space, subblock)


def _stall(space: tuple[int, int], subblock: tuple[int, int], costs: SectionCosts, waited: Waited) -> int:
    """What the packs of the last section keep who waits for them from."""
    if waited is Waited.BY_NOBODY:
        return 0
    packs = costs.pack * prod(subblock)
    if waited is Waited.FOR_ALL or not _comes_by_section(space, subblock):
        return packs
    meanwhile = costs.init + costs.unpack * (prod(space) - prod(subblock))
    return max(0, packs - meanwhile)
