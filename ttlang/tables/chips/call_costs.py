"""
What calls cost on each chip: what is published of it; then what is of the other chip, in the ratio of what is of both;
then what is published of calls that do the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ttlang.tables.chips import blackhole_costs, wormhole_b0_costs
from ttlang.tables.chips.costs import Cost, Kind, Source, Unit, filled, scaled

_FUNCTIONS = 1.07
_MATH = 1.06
_INITS = 1.26
"""Cycles of Wormhole B0 for one of Blackhole."""

_FROM_BLACKHOLE = {
    Unit.SFPU: Source(
        Kind.DERIVED,
        "Blackhole's, times 1.07: the geometric mean of the ratios of ten functions that are published of both, 0.91 "
        "to 1.38",
    ),
    Unit.FPU: Source(
        Kind.DERIVED, "Blackhole's, times 1.06: 77.2 to 72.8 a product in benchmarks/microbench/RESULTS.md of tt-lang"
    ),
    Unit.UNPACK: Source(Kind.DERIVED, "Blackhole's, times 0.98: the ratio of copy_tile"),
}
_FROM_WORMHOLE = Source(
    Kind.DERIVED,
    "Wormhole's, divided by 1.07: the geometric mean of the ratios of ten functions that are published of both",
)
_INITS_FROM_BLACKHOLE = Source(
    Kind.DERIVED,
    "Blackhole's, times 1.26: 182 to 144 cycles for a tile to DST and back, in benchmarks/microbench/RESULTS.md of "
    "tt-lang",
)
_ALIKE = Source(
    Kind.DERIVED,
    "nothing is published of the call: those are taken that do the same, as ttlang/tables/chips/call_costs.py has them",
)

_DIMS = ("rows", "cols", "scalar")
_AS_MOVES: dict[str, str] = {
    "sub_tiles": "add_tiles",
    "sub_tiles<same>": "add_tiles<same>",
    **{f"{kind}_tiles_bcast_{dim}": f"{kind}_tiles" for kind in ("add", "mul") for dim in _DIMS},
    **{f"sub_tiles_bcast_{dim}": "add_tiles" for dim in _DIMS},
    **{f"binary_dest_reuse_tiles<{kind}>": "copy_tile" for kind in ("add", "sub", "mul")},
    "transpose_wh_tile": "copy_tile",
    "transpose_wh_tile<dest>": "copy_tile<dest>",
    "pack_untilize_block": "copy_tile",
    "tilize_block": "copy_tile",
}
"""Calls on the matrix unit and its operands."""
_AS_PACKS = {"tilize_block": "pack_tile"}

_ONE_STEP = "square_tile"
"""A load, an instruction that takes two cycles, and a store."""
_AS_FUNCTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "add_unary_tile",
            "sub_unary_tile",
            "rsub_tile",
            "mul_unary_tile",
            "div_unary_tile",
            "unary_max_tile",
            "unary_min_tile",
        ),
        (_ONE_STEP,),
    ),
    **dict.fromkeys(("relu_tile", "copy_dest_values"), ("abs_tile",)),
    **dict.fromkeys(("relu_tile_int32", "negative_tile_int32", "signbit_tile_int32"), ("abs_tile_int32",)),
    **dict.fromkeys(
        ("sub_int_tile", "rsub_int_tile", "add_unary_tile_int32", "sub_unary_tile_int32", "rsub_unary_int32_tile"),
        ("add_int_tile",),
    ),
    **dict.fromkeys(("unary_max_int32_tile", "unary_min_int32_tile"), ("binary_max_int32_tile",)),
    "fill_tile_int": ("fill_tile",),
    "rsub_binary_tile": ("sub_binary_tile",),
    "where_tile": ("add_binary_tile", "abs_tile"),
    "rdiv_tile": ("recip_tile", _ONE_STEP),
    "remainder_binary_tile": ("div_binary_tile", "floor_tile"),
    "round_tile": ("floor_tile",),
    "power_tile": ("power_binary_tile",),
    "rpow_tile": ("power_binary_tile",),
    "power_iterative_tile": (_ONE_STEP, _ONE_STEP),
    "exp_tile<false, true>": ("exp_tile",),
    **dict.fromkeys(("log_tile", "log_with_base_tile", "log_with_base_tile<false, true>"), ("log1p_tile",)),
    "acos_tile": ("asin_tile",),
    **dict.fromkeys(("sinh_tile", "cosh_tile"), ("exp_tile", "exp_tile")),
    **dict.fromkeys(("asinh_tile", "acosh_tile"), ("sqrt_tile", "log1p_tile")),
    "atanh_tile": ("recip_tile", "log1p_tile"),
    "relu_min_tile": ("relu_max_tile",),
    **dict.fromkeys(("leaky_relu_tile", "prelu_tile", "threshold_tile"), ("gtz_tile",)),
    **dict.fromkeys(("elu_tile", "celu_tile"), ("selu_tile",)),
    "mish_tile<false>": ("exp_tile", "recip_tile", _ONE_STEP),
    **dict.fromkeys(("erf_tile<false>", "erfc_tile"), ("gelu_tile<false>",)),
    **dict.fromkeys(("hardtanh_tile", "clamp_tile_int32"), ("clamp_tile",)),
    **{f"{name}_int_tile": (f"{name}_binary_tile",) for name in ("lt", "le", "gt", "ge")},
    **{
        f"unary_{name}_tile{form}": (f"{zero}_tile",)
        for name, zero in (("eq", "eqz"), ("ne", "nez"), ("lt", "gtz"), ("le", "lez"), ("gt", "gtz"), ("ge", "lez"))
        for form in ("", "_int32")
    },
    **{f"{zero}_tile_int32": (f"{zero}_tile",) for zero in ("eqz", "nez", "gtz", "lez")},
    **{
        f"{zero}_tile{form}": (f"{like}_tile",)
        for zero, like in (("ltz", "gtz"), ("gez", "lez"))
        for form in ("", "_int32")
    },
    **dict.fromkeys(("isnan_tile", "isinf_tile", "isposinf_tile", "isneginf_tile", "isfinite_tile"), ("lez_tile",)),
}
"""Functions that together take about as many instructions as the one."""


def _like(known: Sequence[Cost], calls: dict[str, str], unit: Unit) -> Iterable[Cost]:
    """Rows of calls on a unit from those of the calls that do the same."""
    for call, same in calls.items():
        yield from (row._replace(call=call, source=_ALIKE) for row in known if (row.call, row.unit) == (same, unit))


def _like_sums(known: Sequence[Cost], calls: dict[str, tuple[str, ...]]) -> Iterable[Cost]:
    """Rows of functions: the sums of what those take that they are like, where all are known for a width of DST."""
    cycles = {(row.call, row.dst32): row.cycles for row in known}
    for call, parts in calls.items():
        for dst32 in (False, True):
            if all((part, dst32) in cycles for part in parts):
                yield Cost(call, Unit.SFPU, dst32, "", sum(cycles[part, dst32] for part in parts), _ALIKE)


def _chip(
    moves: Sequence[Cost], math: Sequence[Cost], functions: Sequence[Cost], inits: Sequence[Cost]
) -> tuple[Cost, ...]:
    """All rows of a chip."""
    return (
        *filled(moves, (*_like(moves, _AS_MOVES, Unit.UNPACK), *_like(moves, _AS_PACKS, Unit.PACK))),
        *filled(math, _like(math, _AS_MOVES, Unit.FPU)),
        *filled(functions, _like_sums(functions, _AS_FUNCTIONS)),
        *inits,
    )


def _of_blackhole(rows: Sequence[Cost], unit: Unit, ratio: float) -> tuple[Cost, ...]:
    return scaled([row for row in rows if row.unit is unit], {unit: ratio}, _FROM_BLACKHOLE[unit])


BLACKHOLE = _chip(
    blackhole_costs.MOVES,
    blackhole_costs.MATH,
    filled(
        blackhole_costs.FUNCTIONS,
        scaled(wormhole_b0_costs.FUNCTIONS, {Unit.SFPU: 1 / _FUNCTIONS}, _FROM_WORMHOLE),
    ),
    blackhole_costs.INITS,
)
WORMHOLE_B0 = _chip(
    filled(wormhole_b0_costs.MOVES, _of_blackhole(blackhole_costs.MOVES, Unit.UNPACK, 0.98)),
    filled(wormhole_b0_costs.MATH, _of_blackhole(blackhole_costs.MATH, Unit.FPU, _MATH)),
    filled(wormhole_b0_costs.FUNCTIONS, _of_blackhole(blackhole_costs.FUNCTIONS, Unit.SFPU, _FUNCTIONS)),
    scaled(blackhole_costs.INITS, dict.fromkeys(Unit, _INITS), _INITS_FROM_BLACKHOLE),
)
