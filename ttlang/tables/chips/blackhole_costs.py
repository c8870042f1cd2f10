"""What calls cost on Blackhole, in cycles of its 1.35 GHz."""

from __future__ import annotations

from ttlang.tables.chips.costs import Kind, Source, Unit, rows

_TABLE = Source(Kind.MEASURED, "tenstorrent/tt-lang, CostTableBlackhole.inc at 14377c21, August 2026")
_FACES = Source(
    Kind.DERIVED,
    "four times the figure of the same table, which for functions of one operand is that of a face: so it agrees with "
    "what is published of whole tiles (abs 146, atan 1672: tenstorrent/tt-metal, pull request 57292)",
)
_GELU = Source(Kind.MEASURED, "tenstorrent/tt-metal, issue 52407, August 2026")

_UNPACK = {"copy_tile": (41.77, 41.75), "add_tiles": (37.11, 37.12), "mul_tiles": (37.11, 37.12)}
_FPU = {"copy_tile": (18.91, 18.80), "add_tiles": (18.94, 18.16)}
_FPU_MUL = {
    "LoFi": {"mul_tiles": (18.94, 18.16)},
    "HiFi2": {"mul_tiles": (36.41, 36.09)},
    "HiFi3": {"mul_tiles": (60.34, 60.00)},
    "HiFi4": {"mul_tiles": (84.11, 84.19)},
}
_PACK = {"pack_tile": (29.84, 29.06)}

_OF_TWO = {
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

_FACE_OF_ONE = {
    "abs_tile": (42.20, 42.73),
    "asin_tile": (578.27, 466.84),
    "atan_tile": (426.47, 338.67),
    "ceil_tile": (122.86, 123.41),
    "clamp_tile": (123.28, 123.86),
    "cos_tile": (280.28, 283.75),
    "eqz_tile": (58.34, 58.67),
    "exp2_tile": (218.56, 234.86),
    "exp_tile": (151.95, 331.72),
    "expm1_tile": (314.22, 466.95),
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
    "silu_tile": (347.20, 347.95),
    "sin_tile": (240.36, 243.75),
    "softsign_tile": (139.33, 139.95),
    "sqrt_tile": (226.28, 218.86),
    "square_tile": (43.28, 43.88),
    "tan_tile": (322.28, 482.81),
    "trunc_tile": (98.77, 99.31),
}

CALLS = (
    *rows(Unit.UNPACK, _TABLE, _UNPACK),
    *rows(Unit.FPU, _TABLE, _FPU),
    *(row for fidelity, cycles in _FPU_MUL.items() for row in rows(Unit.FPU, _TABLE, cycles, fidelity)),
    *rows(Unit.PACK, _TABLE, _PACK),
    *rows(Unit.SFPU, _TABLE, _OF_TWO),
    *rows(Unit.SFPU, _FACES, _FACE_OF_ONE, factor=4),
    *rows(Unit.SFPU, _GELU, {"gelu_tile<false>": (2848.90,), "gelu_tile<true>": (222.76,)}),
)
