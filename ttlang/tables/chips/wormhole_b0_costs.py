"""What calls cost on Wormhole B0, in cycles of its 1 GHz. Little is published."""

from __future__ import annotations

from ttlang.tables.chips.costs import Kind, Source, Unit, rows

_CLEANUP = Source(Kind.MEASURED, "tenstorrent/tt-metal, pull request 48925, July 2026: what its kernels took before it")
_FEWER = Source(
    Kind.DERIVED,
    "tenstorrent/tt-metal, pull request 54938, August 2026: what 128 tiles took before it, divided by their number",
)

_PER_TILE = {
    "ceil_tile": (567.8,),
    "cos_tile": (1021.7,),
    "div_binary_tile": (1474.8,),
    "erfinv_tile": (3164.2,),
    "exp2_tile": (860.1,),
    "floor_tile": (567.8, 569.9),
    "frac_tile": (503.8, 506.1),
    "silu_tile": (1432.0,),
    "sin_tile": (894.0,),
    "tanh_tile": (791.9,),
    "trunc_tile": (439.8,),
}
_OF_128_TILES = {"hardsigmoid_tile": (61883,), "relu_max_tile": (62850,), "softplus_tile": (198231,)}

CALLS = (
    *rows(Unit.SFPU, _CLEANUP, _PER_TILE),
    *rows(Unit.SFPU, _FEWER, {call: (total / 128,) for call, (total,) in _OF_128_TILES.items()}),
)
