"""What is known of costs: rows of calls that exist, each with its source, and not a figure that can't be."""

from __future__ import annotations

from collections import Counter

import pytest

from ttlang.tables.chips import BLACKHOLE, CHIPS, Chip
from ttlang.tables.chips.costs import Costs, Kind, Source, Unit, rows
from ttlang.tables.functions import FUNCTIONS

CALLS = {row.call.key for row in FUNCTIONS if row.call is not None}
OTHERS = {"copy_tile", "pack_tile", "add_tiles", "sub_tiles", "mul_tiles"}


@pytest.mark.parametrize("chip", CHIPS.values(), ids=lambda chip: chip.name)
def test_rows_are_of_calls_that_exist(chip: Chip) -> None:
    assert {row.call for row in chip.costs.calls if row.unit is Unit.SFPU} <= CALLS
    assert {row.call for row in chip.costs.calls if row.unit is not Unit.SFPU} <= OTHERS
    known = Counter((row.call, row.unit, row.dst32, row.fidelity) for row in chip.costs.calls)
    assert set(known.values()) == {1}


@pytest.mark.parametrize("chip", CHIPS.values(), ids=lambda chip: chip.name)
def test_no_function_is_faster_than_its_loads_and_stores(chip: Chip) -> None:
    """A tile is 32 vectors: each is loaded, worked on and stored, an instruction a cycle at best."""
    for row in chip.costs.calls:
        if row.unit is Unit.SFPU:
            assert row.cycles >= 3 * 32, row


def test_what_gelu_costs() -> None:
    [gelu] = BLACKHOLE.costs.of("gelu_tile<false>", dst32=False)
    assert (gelu.unit, round(gelu.cycles), gelu.source.kind) == (Unit.SFPU, 2849, Kind.MEASURED)
    assert not BLACKHOLE.costs.of("gelu_tile<false>", dst32=True)


def test_rows_from_figures_of_both_widths() -> None:
    source = Source(Kind.DERIVED, "nowhere")
    costs = Costs(lambda: rows(Unit.FPU, source, {"x": (1.0, 2.0), "y": (3.0,)}, "LoFi", factor=4))
    assert [(row.call, row.dst32, row.cycles) for row in costs.calls] == [
        ("x", False, 4),
        ("x", True, 8),
        ("y", False, 12),
    ]
    assert costs.of("x", dst32=True)[0].fidelity == "LoFi"
