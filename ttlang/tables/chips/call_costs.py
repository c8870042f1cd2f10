"""
What calls cost on each chip: what is published of it; then what is of the other chip, in the ratio of what is of both;
then what is published of calls that do the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ttlang.tables.chips import blackhole_costs, wormhole_b0_costs
from ttlang.tables.chips.costs import Cost, Kind, Ratio, Source, Unit, filled, rows, scaled


def _published_of_both(
    one: Iterable[Cost], other: Iterable[Cost], calls: Sequence[str] = ()
) -> Iterable[tuple[float, float]]:
    """Cycles of calls that are measured, or computed of measured figures, on both chips; `calls`: of these alone."""
    known = (Kind.MEASURED, Kind.COMPUTED)
    found = {row.key: row.cycles for row in other if row.source.kind in known}
    for row in one:
        if row.source.kind in known and row.key in found and (not calls or row.call in calls):
            yield row.cycles, found[row.key]


_VECTORS = 32
"""Of a tile. The SFPU of both chips takes at most one instruction a cycle (tenstorrent/tt-isa-documentation)."""
FUNCTIONS_RATIO = Ratio(
    (
        # The least that there can be: a load, an instruction and a store.
        (3.0 * _VECTORS, 3.0 * _VECTORS),
        *_published_of_both(blackhole_costs.FUNCTIONS, wormhole_b0_costs.FUNCTIONS),
    )
)
"""Of Wormhole B0's cycles to Blackhole's, on the SFPU."""
MATH_RATIO = Ratio(tuple(_published_of_both(blackhole_costs.MATH, wormhole_b0_costs.MATH, ("matmul_block",))))
"""
The same on the matrix unit, from products at each fidelity. Sums by rows, which are published of both, too, take three
times as long on Wormhole: reductions are therefore none of its family.
"""
COPIES_RATIO = Ratio(tuple(_published_of_both(blackhole_costs.COPIES, wormhole_b0_costs.COPIES)))
"""The same of unpack, from copies to DST."""
INITS_RATIO = Ratio(((72.0, 95.0), (72.0, 105.0), (480.0, 812.0)))
"""
The same of inits on all units, from kernels of Wormhole in which they recur, beside the sum of Blackhole's rows of
these inits: the means of rows of 1 and of 8 tiles, and five parts of a kernel by one row of tiles or by eight (P17 and
P5 of `perflab.csv`), less what the clock has for the rest of them.
"""
_SETTINGS_RATIO = Ratio(((409.0, 543.0),))
"""
The same of what sets formats: five parts of a kernel take so much less without it (tenstorrent/tt-metal,
operations/examples/compute_block_size/report_reconfig_ablation.md at a1870ed3, from one block to eight).
"""
_FUNCTIONS_TEXT = (
    "the other chip's, times the geometric mean of the ratios of the functions that are published of both, "
    f"{FUNCTIONS_RATIO.spread}"
)
_MATH_TEXT = f"Blackhole's, in the ratio of products of two tiles, {MATH_RATIO.spread}"
_COPIES_TEXT = f"Blackhole's, in the ratio of copy_tile, {COPIES_RATIO.spread}"
_INITS_TEXT = (
    f"Blackhole's, times {INITS_RATIO.mean:.2f}: what inits take in three runs of kernels of Wormhole, "
    f"{INITS_RATIO.spread} times the sum of Blackhole's (tenstorrent/tt-metal, operations/examples: reduce_accumulate "
    "at 2e755482, compute_block_size at 326ead45)"
)
_SET_ON_WORMHOLE = Source(
    Kind.COMPUTED,
    "tenstorrent/tt-metal, operations/examples/compute_block_size/report_reconfig_ablation.md at a1870ed3: with and "
    "without them, 109 for both operands and the packer; each by its share of what inits tell of Blackhole",
)
_SET_ON_BLACKHOLE = (
    "Wormhole's, in the ratio of inits: a tenth less than what Blackhole's inits that set formats take more than those "
    "that set none"
)
_ALIKE = Source(
    Kind.DERIVED,
    "nothing is published of the call: those are taken that do the same, as ttlang/tables/chips/call_costs.py has them",
)

_AS_MOVES: dict[str, str] = {
    "sub_tiles": "add_tiles",
    "sub_tiles<same>": "add_tiles<same>",
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
    **dict.fromkeys(("rsub_tile", "unary_max_tile", "unary_min_tile"), (_ONE_STEP,)),
    "copy_dest_values": ("abs_tile",),
    **dict.fromkeys(("relu_tile_int32", "negative_tile_int32", "signbit_tile_int32"), ("abs_tile_int32",)),
    **dict.fromkeys(
        ("sub_int_tile", "rsub_int_tile", "rsub_unary_int32_tile"),
        ("add_int_tile",),
    ),
    **dict.fromkeys(("unary_max_int32_tile", "unary_min_int32_tile"), ("binary_max_int32_tile",)),
    "fill_tile_int": ("fill_tile",),
    "rsub_binary_tile": ("sub_binary_tile",),
    "rdiv_tile": ("recip_tile", _ONE_STEP),
    "remainder_binary_tile": ("div_binary_tile", "floor_tile"),
    "round_tile": ("floor_tile",),
    "power_tile": ("power_binary_tile",),
    "rpow_tile": ("power_binary_tile",),
    "power_iterative_tile": (_ONE_STEP, _ONE_STEP),
    **dict.fromkeys(("log_tile", "log_with_base_tile", "log_with_base_tile<false, true>"), ("log1p_tile",)),
    "acos_tile": ("asin_tile",),
    **dict.fromkeys(("sinh_tile", "cosh_tile"), ("exp_tile", "exp_tile")),
    **dict.fromkeys(("asinh_tile", "acosh_tile"), ("sqrt_tile", "log1p_tile")),
    "atanh_tile": ("recip_tile", "log1p_tile"),
    **dict.fromkeys(("prelu_tile", "threshold_tile"), ("leaky_relu_tile",)),
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


def _unpacks_of_blackhole() -> tuple[Cost, ...]:
    rows = [row for row in blackhole_costs.MOVES if row.unit is Unit.UNPACK]
    return scaled(rows, COPIES_RATIO, _COPIES_TEXT)


def _math_of_blackhole() -> Iterable[Cost]:
    for row in scaled(blackhole_costs.MATH, MATH_RATIO, _MATH_TEXT):
        reduces = row.call.startswith("reduce_tile")
        yield row._replace(source=Source(Kind.DERIVED, _MATH_TEXT)) if reduces else row


_ON_BOTH = rows(
    Unit.SFPU,
    Source(
        Kind.COMPUTED,
        "tenstorrent/tt-llk, pull request 822, November 2025: 37 for each of four faces, and alike on both chips",
    ),
    {"where_tile": (148.0, 148.0)},
)
"""Rows of functions, of which one figure is published for both chips: they tell of no ratio."""
_FUNCTIONS_OF_BLACKHOLE = (*blackhole_costs.FUNCTIONS, *_ON_BOTH)
_FUNCTIONS_OF_WORMHOLE = (*wormhole_b0_costs.FUNCTIONS, *_ON_BOTH)
_SETTINGS = tuple(
    row._replace(source=_SET_ON_WORMHOLE) for row in scaled(blackhole_costs.SETTINGS, _SETTINGS_RATIO, "")
)
"""Of Wormhole."""

BLACKHOLE = _chip(
    blackhole_costs.MOVES,
    blackhole_costs.MATH,
    filled(_FUNCTIONS_OF_BLACKHOLE, scaled(_FUNCTIONS_OF_WORMHOLE, FUNCTIONS_RATIO.reversed, _FUNCTIONS_TEXT)),
    (*blackhole_costs.INITS, *scaled(_SETTINGS, INITS_RATIO.reversed, _SET_ON_BLACKHOLE)),
)
WORMHOLE_B0 = _chip(
    filled(wormhole_b0_costs.MOVES, _unpacks_of_blackhole()),
    filled(wormhole_b0_costs.MATH, _math_of_blackhole()),
    filled(_FUNCTIONS_OF_WORMHOLE, scaled(_FUNCTIONS_OF_BLACKHOLE, FUNCTIONS_RATIO, _FUNCTIONS_TEXT)),
    (*scaled(blackhole_costs.INITS, INITS_RATIO, _INITS_TEXT), *_SETTINGS),
)
