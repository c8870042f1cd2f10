"""What is known of costs: rows of calls that exist, each with its source, and not a figure that can't be."""

from __future__ import annotations

from collections import Counter
from statistics import fmean

import pytest

from ttlang.dialects.ttkernel import ttkernel_dialect
from ttlang.tables.chips import BLACKHOLE, CHIPS, WORMHOLE_B0, Chip
from ttlang.tables.chips.call_costs import FUNCTIONS_RATIO, INITS_RATIO
from ttlang.tables.chips.costs import (
    ANY_INIT,
    ASSUMED,
    Costs,
    Kind,
    Price,
    Ratio,
    Source,
    Unit,
    filled,
    rows,
    scaled,
)
from ttlang.tables.dtypes import DTYPES
from ttlang.tables.fidelities import FIDELITIES
from ttlang.tables.functions import FUNCTIONS
from ttlang.tables.kernel_api import NEWEST

FORMS = ("", *(dtype.name for dtype in DTYPES if dtype.is_integer))
MADE = [made for row in FUNCTIONS for form in FORMS if (made := row.call_in(NEWEST, form)) is not None]
OTHERS = {op.name.removeprefix("ttkernel.") for op in ttkernel_dialect().operations}
PLAIN = Source(Kind.MEASURED, "nowhere")
WITHOUT_OPERAND = {"fill_tile", "fill_tile_int", "signbit_tile"}
"""A store alone; or moved and stored by one instruction."""
IN_MACROS = ("exp_tile<true, false, InputClamping::None>",)
"""An instruction loads a vector and starts what stores it: `SFPLOADMACRO`."""

EACH_CHIP = pytest.mark.parametrize("chip", CHIPS.values(), ids=lambda chip: chip.name)


@EACH_CHIP
def test_rows_are_of_calls_that_exist(chip: Chip) -> None:
    functions = {made.key for made in MADE} | {made.init_name for made in MADE}
    for row in chip.costs.calls:
        assert row.call in functions or row.call.partition("<")[0] in {*OTHERS, ANY_INIT}, row
    assert set(Counter(row.key for row in chip.costs.calls).values()) == {1}


@EACH_CHIP
def test_no_function_is_faster_than_its_loads_and_stores(chip: Chip) -> None:
    """A tile is 32 vectors: each is loaded, worked on and stored, an instruction a cycle at best."""
    for row in chip.costs.calls:
        if row.unit is Unit.SFPU and "_init" not in row.call and row.call != ANY_INIT:
            assert row.cycles >= (2 if row.call in (*WITHOUT_OPERAND, *IN_MACROS) else 3) * 32, row


@EACH_CHIP
def test_no_product_is_faster_than_the_matrix_unit(chip: Chip) -> None:
    """A phase of a product of two tiles is 16 instructions."""
    for phases, fidelity in enumerate(FIDELITIES, 1):
        price = chip.costs.price("matmul_block", Unit.FPU, dst32=False, fidelity=fidelity)
        assert 16 * phases < price.cycles < 20 * phases


@EACH_CHIP
@pytest.mark.parametrize("dst32", [False, True])
def test_every_function_has_a_row(chip: Chip, dst32: bool) -> None:
    for made in MADE:
        assert chip.costs.price(made.key, Unit.SFPU, dst32=dst32, fidelity="HiFi4").kind is not Kind.ASSUMED, made.key


def test_what_gelu_costs() -> None:
    [gelu] = BLACKHOLE.costs.of("gelu_tile<false>", dst32=False)
    assert (gelu.unit, round(gelu.cycles), gelu.source.kind) == (Unit.SFPU, 2849, Kind.MEASURED)
    assert not BLACKHOLE.costs.of("gelu_tile<false>", dst32=True)
    wide = BLACKHOLE.costs.price("gelu_tile<false>", Unit.SFPU, dst32=True, fidelity="HiFi4")
    assert wide == Price(gelu.cycles, Kind.INTERPOLATED)


def test_a_copy_to_dst_and_back_takes_what_was_measured() -> None:
    """The slower of unpack and pack, for both chips."""
    for chip, least, most in ((BLACKHOLE, 38, 42), (WORMHOLE_B0, 47, 49)):
        prices = [
            chip.costs.price(call, unit, dst32=False, fidelity="HiFi4").cycles
            for call, unit in (("copy_tile", Unit.UNPACK), ("pack_tile", Unit.PACK))
        ]
        assert least <= max(prices) <= most


@EACH_CHIP
def test_what_most_kernels_live_on_is_published_of_the_chip_itself(chip: Chip) -> None:
    """Copies, block products and packs."""
    calls = {
        Unit.UNPACK: ("copy_tile", "matmul_block"),
        Unit.FPU: ("matmul_block", "matmul_block<call>"),
        Unit.PACK: ("pack_tile", "pack_tile<accumulate>"),
    }
    for unit, names in calls.items():
        for call in names:
            price = chip.costs.price(call, unit, dst32=False, fidelity="HiFi4")
            assert price.kind in (Kind.MEASURED, Kind.COMPUTED), call


def test_rows_from_figures_of_both_widths() -> None:
    source = Source(Kind.DERIVED, "nowhere")
    costs = Costs(lambda: rows(Unit.FPU, source, {"x": (1.0, 2.0), "y": (3.0,)}, "LoFi", factor=4))
    assert [(row.call, row.dst32, row.cycles) for row in costs.calls] == [
        ("x", False, 4),
        ("x", True, 8),
        ("y", False, 12),
    ]
    assert costs.of("x", dst32=True)[0].fidelity == "LoFi"


def test_prices_between_formats() -> None:
    """A tile of bfloat16 has 2048 bytes, of float32 4096, of bfloat8_b 1088."""
    known = (
        *rows(Unit.PACK, PLAIN, {"pack": (20.0,)}, format="bf16"),
        *rows(Unit.PACK, PLAIN, {"pack": (60.0,)}, format="f32"),
    )
    costs = Costs(lambda: known)

    def price(format: str, *, dst32: bool = False) -> Price:
        return costs.price("pack", Unit.PACK, dst32=dst32, fidelity="LoFi", format=format)

    assert price("f32") == Price(60.0, Kind.MEASURED)
    assert price("u16") == price("bfp_bf8") == Price(20.0, Kind.INTERPOLATED)
    assert price("si32") == price("f32", dst32=True) == Price(60.0, Kind.INTERPOLATED)


def test_what_nothing_is_known_of_is_assumed() -> None:
    costs = Costs(lambda: rows(Unit.FPU, PLAIN, {"x": (1.0,)}, "LoFi"))
    for call, unit, fidelity in (("y", Unit.FPU, "LoFi"), ("x", Unit.PACK, "LoFi"), ("x", Unit.FPU, "HiFi2")):
        assert costs.price(call, unit, dst32=False, fidelity=fidelity) == Price(ASSUMED[unit], Kind.ASSUMED)
    assert costs.knows("x", Unit.FPU)
    assert not costs.knows("x", Unit.PACK)


def test_what_is_known_of_the_other_chip_is_scaled_and_what_is_not_stays_so() -> None:
    ratio = Ratio(((10.0, 20.0), (40.0, 320.0)))
    assert (ratio.mean, ratio.spread) == (4.0, "2.00 to 8.00")
    assert ratio.reversed.pairs == ((20.0, 10.0), (320.0, 40.0))
    others = [row for kind in Kind for row in rows(Unit.SFPU, Source(kind, "the other's"), {kind: (3.0,)})]
    made = scaled(others, ratio, "by a ratio")
    assert [row.cycles for row in made] == [12.0] * len(Kind)
    assert {row.call for row in made if row.source == Source(Kind.SCALED, "by a ratio")} == {
        kind for kind in Kind if kind.is_known
    }
    assert [row.source for row in made[-2:]] == [
        Source(Kind.DERIVED, "by a ratio"),
        Source(Kind.ASSUMED, "the other's"),
    ]


def test_functions_that_are_published_of_both_chips_are_foretold_of_each_other() -> None:
    """Each by the ratio of all others: so well are those foretold that are published of one. docs/time.md has it."""
    pairs = FUNCTIONS_RATIO.pairs[1:]
    errors = []
    for place, (one, other) in enumerate(pairs):
        rest = Ratio((FUNCTIONS_RATIO.pairs[0], *pairs[:place], *pairs[place + 1 :]))
        errors.append(abs(one * rest.mean / other - 1))
    assert len(pairs) == 19
    assert (round(fmean(errors), 2), round(max(errors), 2)) == (0.10, 0.29)


def test_inits_lie_between_those_that_are_published() -> None:
    """The medians that unpublished inits of Blackhole have, and the spans that their sources tell."""
    inits = [row for row in BLACKHOLE.costs.calls if row.source.kind is Kind.MEASURED and "_init" in row.call]
    for unit in Unit:
        cycles = [row.cycles for row in inits if row.unit is unit]
        [median] = [row for row in BLACKHOLE.costs.of(ANY_INIT, dst32=False) if row.unit is unit]
        assert min(cycles) <= median.cycles <= max(cycles) + 0.2
        assert f"take {min(cycles):.0f} to {max(cycles):.0f} there" in median.source.text


def test_scaled_figures_tell_of_their_ratios() -> None:
    """None has that kind without a ratio of figures of both chips, and how far it is from call to call."""
    texts = {row.source.text for chip in CHIPS.values() for row in chip.costs.calls if row.source.kind is Kind.SCALED}
    assert len(texts) == 6
    for text in texts:
        assert "ratio" in text or INITS_RATIO.spread in text


def test_reductions_are_not_scaled_by_products() -> None:
    for row in WORMHOLE_B0.costs.calls:
        if row.call.startswith("reduce_tile") and row.unit is Unit.FPU:
            assert row.source.kind in (Kind.DERIVED, Kind.COMPUTED), row
    assert WORMHOLE_B0.costs.price("add_tiles", Unit.FPU, dst32=False, fidelity="LoFi").kind is Kind.SCALED


def test_rows_of_one_chip_from_those_of_the_other() -> None:
    others = rows(Unit.SFPU, PLAIN, {"x": (1.0, 2.0), "y": (3.0,)})
    own = rows(Unit.SFPU, PLAIN, {"x": (5.0,)})
    made = filled(own, scaled(others, Ratio(((1.0, 2.0),)), "twice the other's"))
    assert [(row.call, row.dst32, row.cycles, row.source.kind) for row in made] == [
        ("x", False, 5, Kind.MEASURED),
        ("x", True, 4, Kind.SCALED),
        ("y", False, 6, Kind.SCALED),
    ]
