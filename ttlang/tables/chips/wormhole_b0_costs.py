"""What is published of calls on Wormhole B0, in cycles of its 1 GHz: less than of Blackhole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ttlang.tables.chips.costs import Cost, Kind, Source, Unit, rows
from ttlang.tables.fidelities import PHASES

_CLEANUP = Source(Kind.MEASURED, "tenstorrent/tt-metal, pull request 48925, July 2026: what its kernels took before it")
_FEWER = Source(
    Kind.COMPUTED,
    "tenstorrent/tt-metal, pull request 54938, August 2026: what 128 tiles took before it, divided by their number",
)
_SIMPLER = Source(Kind.MEASURED, "tenstorrent/tt-metal, pull request 48696, July 2026: what its kernels take after it")
_RELU = Source(
    Kind.COMPUTED,
    "tenstorrent/tt-metal, operations/examples/double_buffer/report.md at c7071856: with two blocks of 4 or 16 tiles "
    "a tile takes 229 or 235 cycles, and by both that leaves so many",
)
_GELU = Source(Kind.MEASURED, "tenstorrent/tt-metal, issue 52407, August 2026, rounded")
_RECIP = Source(
    Kind.DERIVED, "its older form takes 1059 to 1091: tenstorrent/tt-metal, pull request 54938, August 2026"
)
_MICROBENCH = "tenstorrent/tt-lang, benchmarks/microbench/RESULTS.md at a63d33be"
_ROUND_TRIP = Source(
    Kind.COMPUTED,
    f"{_MICROBENCH}, MB1: 1, 4 and 16 tiles take 182, 439 and 1160 cycles to DST and back; pack, by the report the "
    "slower of the two, is taken to be what limits it",
)
_RATE = Source(
    Kind.COMPUTED,
    "58 bytes a cycle for both operands, as products take them (tenstorrent/tt-metal, tech_reports/GEMM_FLOPS.md), of "
    "the 64 that L1 gives (tenstorrent/tt-isa-documentation, WormholeB0); at least 38.4, as a tile of bfloat16. Of "
    "broadcasts, the faces that ttnn 0.81.1 unpacks (llk_unpack_AB.h)",
)
_PACK_F32 = Source(
    Kind.SCALED,
    "Blackhole's with a 32-bit DST, in the ratio of packs of bfloat16 on both chips, 2.0; that of adding packs is 1.3",
)
_ADDING = Source(
    Kind.COMPUTED,
    f"{_MICROBENCH}, MB2: a turn with four tiles takes 235 cycles, of which a release and handshakes are some 35; in "
    "other formats, in the ratios of packs",
)
_REUSE = Source(Kind.MEASURED, f"{_MICROBENCH}, MB2: from 4 to 16 turns a tile more takes 47.5 cycles")
_REUSE_MUL = Source(Kind.DERIVED, "that of a sum, and what mul_tiles takes more than add_tiles on Blackhole")
_ROWS = Source(
    Kind.COMPUTED,
    "tenstorrent/tt-metal, operations/examples/reduce_accumulate/report.md at 2e755482: 156 cycles a tile from 8 to 32 "
    "at HiFi4 with a 32-bit DST; at others in Blackhole's ratios",
)
_PRODUCTS = Source(
    Kind.COMPUTED,
    "16.3 a phase, of which 16 are the peak of the matrix unit: so the clock comes close to the utilisations of "
    "tenstorrent/tt-metal, tech_reports/GEMM_FLOPS.md: of 91.7 % with bfloat16 at HiFi4, 87.6 % with bfloat4_b at LoFi",
)
_FEED = Source(
    Kind.COMPUTED,
    "58 bytes a cycle: with bfloat16 at HiFi2 subblocks of 4x2, which take 10 tiles a step, reach 71.7 %, with "
    "bfloat8_b at LoFi 69.4 % (tenstorrent/tt-metal, tech_reports/GEMM_FLOPS.md)",
)
_STEPS = Source(
    Kind.COMPUTED,
    "chosen with that of a phase, by the same utilisations: those of subblocks of 1x5 and of 4x2",
)
_TILE_STEPS = Source(
    Kind.COMPUTED, f"{_MICROBENCH}: a product takes 85.8 cycles with calls of one tile (its first rung)"
)
_TILIZE = Source(Kind.MEASURED, "tenstorrent/tt-metal, pull request 27922: 360 a call on eight tiles")
_UNTILIZE = Source(
    Kind.MEASURED, "tenstorrent/tt-llk, pull request 916: 16 (1 + P) a tile with P units of 16 bytes a row, 17 a call"
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
_SIMPLE = {
    "add_int_tile": (179.7,),
    "add_unary_tile_int32": (141.5,),
    "leaky_relu_tile": (225.0,),
    "softsign_tile": (830.8,),
    "sub_unary_tile_int32": (141.5,),
}
_OF_128_TILES = {"hardsigmoid_tile": (61883,), "relu_max_tile": (62850,), "softplus_tile": (198231,)}

_TILE_BYTES = {"bfp_bf4": 576, "bfp_bf8": 1088, "bf16": 2048, "f32": 4096}
_BYTES_PER_CYCLE = 58
_PAIRS = (
    *("add_tiles", "sub_tiles", "mul_tiles", "add_tiles<same>", "sub_tiles<same>", "mul_tiles<same>"),
    *(f"reduce_tile<{pool}, {dim}>" for pool in ("sum", "max") for dim in ("row", "col", "scalar")),
)
_FACES_WITH_BROADCAST = {"rows": 8, "cols": 6, "scalar": 5}
"""Those of both operands that are unpacked, of which a tile has four, by what is repeated of the second one."""
_PACKED = {"bf16": (_ROUND_TRIP, 47.3), "f32": (_PACK_F32, 71.0)}
_ROW_SUMS = {"LoFi": 45.6, "HiFi2": 84.3, "HiFi3": 120.0, "HiFi4": 156.0}
_MORE_THAN_SUMS = {"LoFi": 0.0, "HiFi2": 17.5, "HiFi3": 41.4, "HiFi4": 65.2}

COPIES = rows(Unit.UNPACK, _ROUND_TRIP, {"copy_tile": (38.4, 38.4)})
"""Of bfloat16."""


def _at_rate(calls: Sequence[str], size: float, format: str) -> Iterable[Cost]:
    """Rows of calls that unpack so many bytes."""
    cycles = max(COPIES[0].cycles, size / _BYTES_PER_CYCLE)
    return rows(Unit.UNPACK, _RATE, dict.fromkeys(calls, (cycles, cycles)), format=format)


MOVES = (
    *(row._replace(format="bf16") for row in COPIES),
    *(
        row
        for format, size in _TILE_BYTES.items()
        for row in (
            *(_at_rate(("copy_tile",), size, format) if format != "bf16" else ()),
            *_at_rate(_PAIRS, 2 * size, format),
            *(
                row
                for dim, faces in _FACES_WITH_BROADCAST.items()
                for row in _at_rate(
                    [f"{kind}_tiles_bcast_{dim}" for kind in ("add", "sub", "mul")], faces * size / 4, format
                )
            ),
            *rows(Unit.UNPACK, _FEED, {"matmul_block": (size / _BYTES_PER_CYCLE,) * 2}, format=format),
        )
    ),
    *rows(Unit.UNPACK, _TILIZE, {"tilize_block": (45.0, 45.0)}),
    *(
        row
        for format, (source, cycles) in _PACKED.items()
        for row in (
            *rows(Unit.PACK, source, {"pack_tile": (cycles, cycles)}, format=format),
            *rows(Unit.PACK, _ADDING, {"pack_tile<accumulate>": (cycles * 1.06,) * 2}, format=format),
        )
    ),
    *(
        row
        for format, units in (("bf16", 2), ("f32", 4))
        for row in rows(Unit.PACK, _UNTILIZE, {"pack_untilize_block": (16.0 * (1 + units),) * 2}, format=format)
    ),
    *rows(Unit.PACK, _UNTILIZE, {"pack_untilize_block<call>": (17.0, 17.0)}),
)
"""Rows of unpack and pack."""

MATH = (
    *rows(Unit.FPU, _REUSE, {f"binary_dest_reuse_tiles<{kind}>": (47.5,) for kind in ("add", "sub")}),
    *(
        row
        for fidelity, cycles in _MORE_THAN_SUMS.items()
        for row in rows(Unit.FPU, _REUSE_MUL, {"binary_dest_reuse_tiles<mul>": (47.5 + cycles,)}, fidelity)
    ),
    *(
        row
        for fidelity, cycles in _ROW_SUMS.items()
        for row in rows(Unit.FPU, _ROWS, {"reduce_tile<sum, row>": (cycles, cycles)}, fidelity)
    ),
    *(
        row
        for fidelity, phases in PHASES.items()
        for row in rows(Unit.FPU, _PRODUCTS, {"matmul_block": (16.3 * phases,) * 2}, fidelity)
    ),
    *rows(Unit.FPU, _STEPS, {"matmul_block<call>": (4.0, 4.0)}),
    *rows(Unit.FPU, _TILE_STEPS, {"matmul_block<tile>": (20.6, 20.6)}),
)
"""Rows of the matrix unit."""

FUNCTIONS = (
    *rows(Unit.SFPU, _CLEANUP, _PER_TILE),
    *rows(Unit.SFPU, _SIMPLER, _SIMPLE),
    *rows(Unit.SFPU, _RELU, dict.fromkeys(("relu_tile", "relu_min_tile"), (172.7,))),
    *rows(Unit.SFPU, _FEWER, {call: (total / 128,) for call, (total,) in _OF_128_TILES.items()}),
    *rows(Unit.SFPU, _RECIP, {"recip_tile": (1075.0,)}),
    *rows(Unit.SFPU, _GELU, {"gelu_tile<false>": (2800.0,), "gelu_tile<true>": (220.0,)}),
)
