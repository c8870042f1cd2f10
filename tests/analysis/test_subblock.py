"""The choice of subblocks: every tile once, within DST, and the cheaper shape."""

from __future__ import annotations

from itertools import product

import pytest

from ttlang.analysis import subblock
from ttlang.analysis.subblock import Product, packs_in_order, spans
from ttlang.tables.chips.costs import SectionCosts


def choose(
    space: tuple[int, int], tiles: int, products: list[Product], fidelity: str, costs: SectionCosts | None = None
) -> tuple[int, int]:
    return subblock.choose(space, tiles, products, fidelity, costs or SectionCosts())


@pytest.mark.parametrize(("rows", "columns", "tiles"), list(product([1, 2, 3, 5, 8], [1, 3, 4, 9], [1, 3, 4, 8, 16])))
@pytest.mark.parametrize("products", [[], [Product(4)], [Product(2), Product(3, strided=True)]], ids=str)
def test_subblocks_fit_and_cover(rows: int, columns: int, tiles: int, products: list[Product]) -> None:
    height, width = choose((rows, columns), tiles, products, "HiFi4")
    assert 1 <= height * width <= tiles
    covered = [
        (r, c)
        for first_row, end_row, h in spans(rows, height)
        for row in range(first_row, end_row, h)
        for first_column, end_column, w in spans(columns, width)
        for column in range(first_column, end_column, w)
        for r in range(row, row + h)
        for c in range(column, column + w)
    ]
    assert sorted(covered) == list(product(range(rows), range(columns)))
    if packs_in_order((rows, columns), (height, width)):
        assert covered == sorted(covered)


def test_a_row_of_tiles_is_cut_into_full_sections() -> None:
    assert choose((1, 9), 8, [], "HiFi4") == (1, 8)


def test_whole_rows_are_packed_in_order() -> None:
    assert choose((4, 4), 8, [Product(4)], "HiFi4") == (2, 4)


def test_unpacks_count_where_math_is_cheap() -> None:
    """At HiFi4 math hides the unpacks of a row of 8; at LoFi a squarer subblock is worth packs out of order."""
    assert choose((8, 8), 8, [Product(16)], "HiFi4") == (1, 8)
    assert choose((8, 8), 8, [Product(16)], "LoFi") == (2, 4)


def test_columns_that_lie_apart_are_taken_one_by_one() -> None:
    assert choose((4, 4), 8, [Product(2, strided=True)], "HiFi4")[1] == 1
    assert choose((4, 4), 8, [Product(1, strided=True)], "HiFi4")[1] > 1


def test_the_costs_of_the_chip_decide() -> None:
    """Where unpacks cost little, even LoFi keeps to whole rows; where packs may go anywhere, a square is taken."""
    assert choose((8, 8), 8, [Product(16)], "LoFi", SectionCosts(unpack=8)) == (1, 8)
    assert choose((8, 8), 8, [Product(1)], "LoFi", SectionCosts(scattered_pack=1000)) == (1, 8)
    assert choose((8, 8), 8, [Product(1)], "LoFi", SectionCosts(scattered_pack=0)) == (2, 4)


def test_a_block_that_is_waited_for_has_short_sections() -> None:
    """
    The packer works beside the units before it, a section behind them: a short one is done with sooner. Inits in each
    section cost more than that saves.
    """
    assert subblock.choose((1, 8), 8, [], "HiFi4", SectionCosts()) == (1, 8)
    assert subblock.choose((1, 8), 8, [], "HiFi4", SectionCosts(), waited=subblock.Waited.FOR_ALL) == (1, 2)
    assert subblock.choose((1, 8), 8, [], "HiFi4", SectionCosts(), waited=subblock.Waited.FOR_ALL, inits=3) == (1, 8)
    assert subblock.choose((1, 8), 8, [], "HiFi4", SectionCosts(pack=4), waited=subblock.Waited.FOR_ALL) == (1, 8)


def test_a_block_that_is_handed_on_by_section_has_long_ones() -> None:
    """Who waits has the sections before the last one to work on, if these come in the order of the tiles."""

    def choose(rows: int, columns: int) -> tuple[int, int]:
        costs = SectionCosts(scattered_pack=0)
        return subblock.choose((rows, columns), 8, [], "HiFi4", costs, waited=subblock.Waited.BY_SECTION)

    assert choose(1, 8) == (1, 4)
    assert choose(1, 64) == (1, 8)
    assert choose(2, 4) == (1, 4)
    assert choose(4, 2) == (2, 2)
    # One section alone hands on nothing early.
    assert choose(1, 3) == (1, 2)


def test_a_product_of_one_tile_by_one_costs_more() -> None:
    """Else the packs of smaller sections, for which the thread waits, would be worth it."""
    space, products = (2, 2), [Product(2, strided=True)]
    assert subblock.choose(space, 8, products, "HiFi4", SectionCosts(), waited=subblock.Waited.FOR_ALL) == (2, 1)
    assert subblock.choose(
        space, 8, products, "HiFi4", SectionCosts(lone_product=0), waited=subblock.Waited.FOR_ALL
    ) == (1, 1)


def test_what_is_written_to_dram_comes_by_section() -> None:
    """A square subblock is cheaper, but its tiles leave the core only when the block is complete."""
    square, rows = (
        subblock.choose((4, 4), 4, [Product(4)], "HiFi2", SectionCosts(), written=written) for written in (0, 1000)
    )
    assert (square, rows) == ((2, 2), (1, 4))
