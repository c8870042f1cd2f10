"""
What is published of calls on Blackhole, in cycles of its 1.35 GHz.

It is for kernels as ttlang emits them: accurate modes, and reciprocals without `legacy_compat`, with which they take
four times as long. Most figures are from a table that was measured with one unit running and the others idle. Where a
published run of whole kernels contradicts it, the run is right: the source says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ttlang.tables.chips.costs import ANY_INIT, Cost, Kind, Source, Unit, rows
from ttlang.tables.fidelities import PHASES

_NAME = "tenstorrent/tt-lang, CostTableBlackhole.inc at 14377c21, August 2026"
_TABLE = Source(Kind.MEASURED, _NAME)
_FACES = Source(
    Kind.COMPUTED,
    "four times the figure of the same table, which for functions of one operand is that of a face: so it agrees with "
    "what is published of whole tiles (abs 146, atan 1672: tenstorrent/tt-metal, pull request 57292; exp 567, sqrt "
    "864, rsqrt 986: tenstorrent/tt-lang, benchmarks/microbench/RESULTS.md)",
)
_LINE = Source(
    Kind.DERIVED,
    "20 cycles for the eight vectors of a face, as the header has it, and a few to go on to the next: published are 94 "
    "for a tile",
)
_SCALED_EXP = Source(
    Kind.INTERPOLATED,
    "exp_tile, and for each of the 32 vectors a multiplication, which takes two cycles (ckernel_sfpu_exp.h, ttnn "
    "0.81.1): between exp_tile alone, and exp_tile with square_tile behind it, which multiplies, too, but loads and "
    "stores anew",
)
_GELU = Source(Kind.MEASURED, "tenstorrent/tt-metal, issue 52407, August 2026")
_MICROBENCH = "tenstorrent/tt-lang, benchmarks/microbench/RESULTS.md at a63d33be"
_COPIES = Source(
    Kind.COMPUTED,
    f"{_MICROBENCH}, MB5.A: 8 and 128 tiles in sections of 8 take 551 and 5173 cycles to DST and back; the table's "
    "41.8 of unpack alone is more",
)
_PAIRS = Source(
    Kind.COMPUTED,
    f"{_MICROBENCH}, MB4: a section of four sums takes 146, 11 of them not for a tile; the table's 37.1 of unpack "
    "alone is more",
)
_SAME = Source(
    Kind.COMPUTED,
    f"{_MICROBENCH}, MB5.B, whose operands are the same tile: a section of eight sums takes 227.5, 11 of them not for "
    "a tile",
)
_PAIRS_F32 = Source(Kind.COMPUTED, f"{_NAME}: bfloat16's, in the ratio of the two for unpack alone, 40.1 to 37.1")
_UNPACK_BROADCAST = Source(
    Kind.INTERPOLATED,
    f"{_NAME}: with four faces of the one operand come four of the other by rows, two by columns, one of a scalar "
    "(llk_unpack_AB.h, ttnn 0.81.1): between reduce_tile, where a row comes with each face, 37.0 alone, and add_tiles, "
    "where a face does, 37.1; so that is taken",
)
_BROADCAST = Source(
    Kind.INTERPOLATED,
    "the instructions of the call without a broadcast, and one more of a scalar, two by columns, which give the "
    "operand up (llk_math_eltwise_binary.h, ttnn 0.81.1): between that call, and that call with what "
    "binary_dest_reuse_tiles takes more than add_tiles to move and clear each face, 36",
)
_PACKS = Source(
    Kind.COMPUTED,
    f"{_NAME}, times 0.8: in MB1 of benchmarks/microbench/RESULTS.md a pack takes 21 to 25, not the table's 29.8",
)
_ADDING = Source(
    Kind.COMPUTED,
    f"{_MICROBENCH}, MB2: a turn with four tiles takes 194 cycles, of which a release and handshakes are some 40; in "
    "other formats, in the table's ratios of packs",
)
_REUSE = Source(Kind.MEASURED, f"{_MICROBENCH}, MB2: from 4 to 16 turns a tile more takes 55 cycles")
_REUSE_MUL = Source(Kind.DERIVED, "that of a sum, and what mul_tiles takes more than add_tiles")
_MAXIMA = Source(
    Kind.COMPUTED,
    f"{_MICROBENCH}, MB4: four tiles to one take 270, 31 of them not for a tile; the table's 85.5 is more",
)
_PRODUCTS = Source(
    Kind.COMPUTED,
    "16.3 a phase, of which 16 are the peak of the matrix unit: so the clock comes close to the utilisations of "
    "tenstorrent/tt-metal, tech_reports/GEMM_FLOPS.md: of 94.5 % with bfloat16 at HiFi4, 90.3 % with bfloat4_b at LoFi",
)
_FEED = Source(
    Kind.COMPUTED,
    "90 bytes a cycle: with bfloat16 at HiFi2 subblocks of 4x2, which take 10 tiles a step, reach 89.6 % "
    "(tenstorrent/tt-metal, tech_reports/GEMM_FLOPS.md)",
)
_STEPS = Source(
    Kind.COMPUTED,
    "chosen with that of a phase, by the same utilisations: those of subblocks of 1x5 and of 4x2",
)
_TILE_STEPS = Source(
    Kind.COMPUTED, f"{_MICROBENCH}: a product takes 79.8 cycles with calls of one tile (its first rung)"
)
_TILIZE = Source(
    Kind.COMPUTED,
    "tenstorrent/tt-metal, operations/examples/handshake_elision/report.md at 30a6c2db: 4x4 tiles by one kernel, less "
    "some 400 cycles that four cores take to start and to set their units",
)
_UNTILIZE = Source(
    Kind.MEASURED, "tenstorrent/tt-llk, pull request 916: 32 (1 + P) a tile with P units of 32 bytes a row, 192 a call"
)
_CASTS = Source(Kind.INTERPOLATED, f"{_NAME}: between those of int32 to uint16, 129.8, and uint32 to bfloat16, 141.7")
_ONE_STEP = Source(
    Kind.INTERPOLATED,
    "a load, a multiplication or a sum, and a store (ttnn 0.81.1): between negative_tile, whose instruction takes one "
    "cycle, and square_tile, which rounds, too",
)
_INTEGER_STEP = Source(Kind.MEASURED, "tenstorrent/tt-metal, pull request 49826, July 2026")
_TANH = Source(Kind.MEASURED, "tenstorrent/tt-metal, pull request 49926, July 2026")
_MEDIANS = {
    unit: Source(Kind.INTERPOLATED, f"{_NAME}: the median of the unit's inits, which take {span} there")
    for unit, span in (
        (Unit.UNPACK, "66 to 93"),
        (Unit.FPU, "79 to 134"),
        (Unit.SFPU, "49 to 108"),
        (Unit.PACK, "58 to 59"),
    )
}
"""Without `compute_kernel_hw_startup`, which sets the whole unit."""
_FORMATS = Source(
    Kind.DERIVED,
    f"{_NAME}: what init_sfpu, which sets formats, takes more than copy_tile_init, and on the packer more than "
    "reduce_init; half of it for one of the two registers",
)
_FLAG = Source(Kind.ASSUMED, "a word of the packer's configuration, once the packs before it are done")

_UNPACK = {"copy_tile<dest>": (120.80, 120.80)}
_UNPACK_REDUCE = {
    f"reduce_tile<{pool}, {dim}>": (cycles,)
    for pool in ("sum", "max")
    for dim, cycles in (("row", 37.05), ("col", 37.01))
}
_UNPACK_REDUCE_SCALAR = {"bfp_bf8": 43.7, "bf16": 51.3, "f32": 71.3}
_FPU = {"copy_tile": (18.91, 18.80), "add_tiles": (18.94, 18.16)}
_FPU_MUL = {"LoFi": (18.94, 18.16), "HiFi2": (36.41, 36.09), "HiFi3": (60.34, 60.00), "HiFi4": (84.11, 84.19)}
_GIVE_UP = {"rows": 0, "cols": 2, "scalar": 1}
"""Instructions of a broadcast that give its operand up, by what is repeated of it."""
_FPU_SUM = {
    "LoFi": {"row": 15.2, "col": 19.3, "scalar": 44.0},
    "HiFi2": {"row": 28.1, "col": 37.9, "scalar": 73.0},
    "HiFi3": {"row": 40.0, "col": 62.0, "scalar": 102.8},
    "HiFi4": {"row": 52.0, "col": 85.9, "scalar": 133.0},
}
_FPU_MAX_ROW = {"reduce_tile<max, row>": (59.8,)}
_FPU_MAX = {"reduce_tile<max, col>": (19.2,), "reduce_tile<max, scalar>": (43.9,)}
_PACK = {"bf16": (29.84, 29.06), "bfp_bf8": (29.96, 29.19), "f32": (39.10, 43.98), "si32": (44.60,)}

_OF_TWO = {
    "binary_max_int32_tile": (238.5,),
    "binary_min_int32_tile": (238.5,),
    "mul_int_tile": (287.4,),
    "add_binary_tile": (180.56, 180.92),
    "sub_binary_tile": (180.56, 180.92),
    "mul_binary_tile": (180.56, 180.92),
    "div_binary_tile": (1072.69, 1168.88),
    "binary_max_tile": (123.20, 124.19),
    "binary_min_tile": (123.20, 124.19),
    "power_binary_tile": (3216.69, 3216.84),
    "eq_binary_tile": (469.84, 469.88),
    "ne_binary_tile": (469.97, 469.91),
    "lt_binary_tile": (373.53, 373.69),
    "le_binary_tile": (437.81, 437.88),
    "gt_binary_tile": (373.53, 373.72),
    "ge_binary_tile": (437.81, 437.88),
}

_ONE_STEPS = ("add_unary_tile", "sub_unary_tile", "mul_unary_tile", "div_unary_tile")
_FACE_OF_ONE = {
    "abs_tile": (42.20, 42.73),
    "abs_tile_int32": (41.5,),
    "add_int_tile": (41.4,),
    "asin_tile": (578.27, 466.84),
    "atan_tile": (426.47, 338.67),
    "ceil_tile": (122.86, 123.41),
    "clamp_tile": (123.28, 123.86),
    "cos_tile": (280.28, 283.75),
    "eqz_tile": (58.34, 58.67),
    "exp2_tile": (218.56, 234.86),
    "exp_tile": (151.95, 331.72),
    "exp_tile<true>": (111.9, 112.6),
    "expm1_tile": (314.22, 466.95),
    "fill_tile": (27.3, 27.7),
    "floor_tile": (122.86, 123.41),
    "frac_tile": (108.23, 108.84),
    "gtz_tile": (75.55, 75.88),
    "hardsigmoid_tile": (121.81, 122.83),
    "lez_tile": (91.64, 91.97),
    "log1p_tile": (274.38, 370.77),
    "negative_tile": (42.20, 42.73),
    "nez_tile": (58.34, 58.67),
    "recip_tile": (76.06, 56.88),
    "rsqrt_tile": (258.31, 250.80),
    "selu_tile": (410.27, 402.91),
    "sigmoid_tile": (314.36, 426.89),
    "sign_tile": (90.27, 90.91),
    "signbit_tile": (19.8, 20.1),
    "silu_tile": (347.20, 347.95),
    "sin_tile": (240.36, 243.75),
    "softsign_tile": (139.33, 139.95),
    "sqrt_tile": (226.28, 218.86),
    "square_tile": (43.28, 43.88),
    "tan_tile": (322.28, 482.81),
    "trunc_tile": (98.77, 99.31),
}

_VECTORS = 32
"""Of a tile."""
_EXP_SCALED = tuple(4 * face + 2 * _VECTORS for face in _FACE_OF_ONE["exp_tile"])

_INITS = {
    Unit.UNPACK: {
        "compute_kernel_hw_startup": (145.2, 146.7),
        "copy_tile_init": (92.0, 92.7),
        "add_tiles_init": (66.0, 66.0),
        "mul_tiles_init": (66.0, 66.0),
        "reduce_init<sum, row>": (71.5,),
        "reduce_init<max, row>": (67.0,),
        **dict.fromkeys(("reduce_init<sum, col>", "reduce_init<max, col>"), (67.0,)),
        **dict.fromkeys(("reduce_init<sum, scalar>", "reduce_init<max, scalar>"), (70.5,)),
    },
    Unit.FPU: {
        "compute_kernel_hw_startup": (93.2, 93.7),
        "copy_tile_init": (83.0, 84.0),
        "add_tiles_init": (87.0, 90.0),
        "mul_tiles_init": (86.0, 87.0),
        "reduce_init<sum, row>": (134.0,),
        "reduce_init<max, row>": (80.0,),
        **dict.fromkeys(("reduce_init<sum, col>", "reduce_init<max, col>"), (79.0,)),
        **dict.fromkeys(("reduce_init<sum, scalar>", "reduce_init<max, scalar>"), (81.0,)),
    },
    Unit.SFPU: {
        "abs_tile_init": (52, 54),
        "add_binary_tile_init": (50, 50),
        "add_int_tile_init": (61,),
        "asin_tile_init": (51, 69),
        "binary_max_int32_tile_init": (74,),
        "binary_max_tile_init": (67, 66),
        "binary_min_int32_tile_init": (74,),
        "binary_min_tile_init": (67, 66),
        "clamp_tile_init": (51, 54),
        "cos_tile_init": (69, 68),
        "div_binary_tile_init": (49, 51),
        "eq_binary_tile_init": (52, 54),
        "eqz_tile_init": (65, 65),
        "exp_tile_init": (73, 63),
        "expm1_tile_init": (66, 69),
        "fill_tile_init": (51, 54),
        "ge_binary_tile_init": (52, 54),
        "gt_binary_tile_init": (50, 54),
        "gtz_tile_init": (66, 65),
        "hardsigmoid_tile_init": (65, 64),
        "le_binary_tile_init": (53, 54),
        "lez_tile_init": (65, 65),
        "log1p_tile_init": (67, 68),
        "lt_binary_tile_init": (50, 54),
        "mul_binary_tile_init": (50, 50),
        "mul_int_tile_init": (72,),
        "ne_binary_tile_init": (53, 54),
        "negative_tile_init": (51, 54),
        "nez_tile_init": (65, 65),
        "power_binary_tile_init": (52, 51),
        "recip_tile_init": (78, 108),
        "rounding_op_tile_init": (51, 54),
        "rsqrt_tile_init": (69, 69),
        "selu_tile_init": (51, 54),
        "sigmoid_tile_init": (57, 58),
        "sign_tile_init": (51, 54),
        "signbit_tile_init": (70, 70),
        "silu_tile_init": (51, 54),
        "sin_tile_init": (69, 68),
        "softsign_tile_init": (57, 58),
        "sqrt_tile_init": (69, 69),
        "square_tile_init": (51, 54),
        "sub_binary_tile_init": (50, 50),
        "tan_tile_init": (69, 68),
    },
    Unit.PACK: {
        "compute_kernel_hw_startup": (206.5, 206.3),
        **{
            f"reduce_init<{pool}, {dim}>": (cycles,)
            for pool in ("sum", "max")
            for dim, cycles in (("row", 58.6), ("col", 58.5), ("scalar", 58.25))
        },
    },
}
_ANY = {Unit.UNPACK: 67.0, Unit.FPU: 83.0, Unit.SFPU: 58.0, Unit.PACK: 58.7}
_FORMAT_SETTINGS: dict[Unit, dict[str, tuple[float, float]]] = {
    Unit.UNPACK: {
        "reconfig_data_format": (106.0, 105.2),
        "reconfig_data_format_srca": (53.0, 52.6),
        "reconfig_data_format_srcb": (53.0, 52.6),
    },
    Unit.FPU: dict.fromkeys(
        ("reconfig_data_format", "reconfig_data_format_srca", "reconfig_data_format_srcb"), (54.8, 52.5)
    ),
    Unit.PACK: {"pack_reconfig_data_format": (142.4, 144.3)},
}

_BOTH = {
    _PAIRS: {"add_tiles": (33.8, 33.8), "mul_tiles": (33.8, 33.8)},
    _SAME: {"add_tiles<same>": (27.1, 27.1), "mul_tiles<same>": (27.1, 27.1)},
}
"""What unpack takes for two operands of bfloat16; `same`: both from one buffer."""
_BROADCASTS = {f"{kind}_tiles_bcast_{dim}": (33.8, 33.8) for kind in ("add", "sub", "mul") for dim in _GIVE_UP}
"""The same, where a part of the second one is repeated: as without that."""
_TILE_BYTES = {"bfp_bf4": 576, "bfp_bf8": 1088, "bf16": 2048, "f32": 4096}


def _broadcasts(kinds: Sequence[str], cycles: Sequence[float], fidelity: str = "") -> Iterable[Cost]:
    """Rows of the matrix unit for calls with a broadcast, from what they take without one."""
    for dim, more in _GIVE_UP.items():
        longer = tuple(each + more for each in cycles)
        yield from rows(
            Unit.FPU, _BROADCAST, dict.fromkeys((f"{kind}_tiles_bcast_{dim}" for kind in kinds), longer), fidelity
        )


COPIES = rows(Unit.UNPACK, _COPIES, {"copy_tile": (39.0, 39.0)})
MOVES = (
    *rows(Unit.UNPACK, _TABLE, _UNPACK),
    *COPIES,
    *(
        row
        for source, cycles in _BOTH.items()
        for row in (
            *rows(Unit.UNPACK, source, cycles, format="bf16"),
            *rows(Unit.UNPACK, _PAIRS_F32, cycles, factor=1.08, format="f32"),
        )
    ),
    *(
        row
        for format, factor in (("bf16", 1), ("f32", 1.08))
        for row in rows(Unit.UNPACK, _UNPACK_BROADCAST, _BROADCASTS, factor=factor, format=format)
    ),
    *rows(Unit.UNPACK, _TABLE, _UNPACK_REDUCE),
    *(
        row
        for format, cycles in _UNPACK_REDUCE_SCALAR.items()
        for pool in ("sum", "max")
        for row in rows(Unit.UNPACK, _TABLE, {f"reduce_tile<{pool}, scalar>": (cycles,)}, format=format)
    ),
    *(
        row
        for format, size in _TILE_BYTES.items()
        for row in rows(Unit.UNPACK, _FEED, {"matmul_block": (size / 90, size / 90)}, format=format)
    ),
    *rows(Unit.UNPACK, _TILIZE, {"tilize_block": (66.2, 66.2)}),
    *(
        row
        for format, cycles in _PACK.items()
        for source, call, factor in ((_PACKS, "pack_tile", 0.8), (_ADDING, "pack_tile<accumulate>", 1.28))
        for row in rows(Unit.PACK, source, {call: cycles}, factor=factor, format=format)
    ),
    *(
        row
        for format, units in (("bf16", 1), ("f32", 2))
        for row in rows(Unit.PACK, _UNTILIZE, {"pack_untilize_block": (32.0 * (1 + units),) * 2}, format=format)
    ),
    *rows(Unit.PACK, _UNTILIZE, {"pack_untilize_block<call>": (192.0, 192.0)}),
)
"""Rows of unpack and pack."""

MATH = (
    *rows(Unit.FPU, _TABLE, _FPU),
    *(row for fidelity, cycles in _FPU_MUL.items() for row in rows(Unit.FPU, _TABLE, {"mul_tiles": cycles}, fidelity)),
    *(
        row
        for fidelity, cycles in _FPU_SUM.items()
        for row in rows(
            Unit.FPU, _TABLE, {f"reduce_tile<sum, {dim}>": (each,) for dim, each in cycles.items()}, fidelity
        )
    ),
    *_broadcasts(("add", "sub"), _FPU["add_tiles"]),
    *(row for fidelity, cycles in _FPU_MUL.items() for row in _broadcasts(("mul",), cycles, fidelity)),
    *rows(Unit.FPU, _MAXIMA, _FPU_MAX_ROW),
    *rows(Unit.FPU, _TABLE, _FPU_MAX),
    *rows(Unit.FPU, _REUSE, {f"binary_dest_reuse_tiles<{kind}>": (55.0,) for kind in ("add", "sub")}),
    *(
        row
        for fidelity, (cycles, _) in _FPU_MUL.items()
        for row in rows(Unit.FPU, _REUSE_MUL, {"binary_dest_reuse_tiles<mul>": (55.0 + cycles - 18.94,)}, fidelity)
    ),
    *(
        row
        for fidelity, phases in PHASES.items()
        for row in rows(Unit.FPU, _PRODUCTS, {"matmul_block": (16.3 * phases,) * 2}, fidelity)
    ),
    *rows(Unit.FPU, _STEPS, {"matmul_block<call>": (4.0, 4.0)}),
    *rows(Unit.FPU, _TILE_STEPS, {"matmul_block<tile>": (14.6, 14.6)}),
)
"""Rows of the matrix unit."""

FUNCTIONS = (
    *rows(Unit.SFPU, _TABLE, _OF_TWO),
    *rows(Unit.SFPU, _FACES, _FACE_OF_ONE, factor=4),
    *rows(Unit.SFPU, _ONE_STEP, dict.fromkeys(_ONE_STEPS, (171.0, 173.2))),
    *rows(Unit.SFPU, _INTEGER_STEP, {f"{kind}_unary_tile_int32": (138.4,) for kind in ("add", "sub")}),
    *rows(Unit.SFPU, _SCALED_EXP, {"exp_tile<false, true>": _EXP_SCALED}),
    *rows(Unit.SFPU, _TANH, {"tanh_tile": (764.2,)}),
    *rows(Unit.SFPU, _LINE, {"exp_tile<true, false, InputClamping::None>": (94.0, 94.0)}),
    *rows(Unit.SFPU, _CASTS, {"typecast_tile": (135.8, 135.8)}),
    *rows(Unit.SFPU, _GELU, {"gelu_tile<false>": (2848.90,), "gelu_tile<true>": (222.76,)}),
)

INITS = (
    *(row for unit, cycles in _INITS.items() for row in rows(unit, _TABLE, cycles)),
    *(row for unit, cycles in _ANY.items() for row in rows(unit, _MEDIANS[unit], {ANY_INIT: (cycles, cycles)})),
    *rows(Unit.PACK, _FLAG, {"pack_reconfig_l1_acc": (30.0, 30.0)}),
)
"""Rows of inits."""

SETTINGS = tuple(row for unit, cycles in _FORMAT_SETTINGS.items() for row in rows(unit, _FORMATS, cycles))
"""What inits tell of calls that set formats: a row for each."""
