"""ttnn's layer norm, RMS norm and softmax of 8x8 tiles beside ours: eight cores have a row of eight tiles each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from comparison import Comparison, Pair
from norms import EPSILON, layer_norm, rms_norm
from row_programs import GRID, SIZE, WIDTH, bits
from softmax import softmax
from wheel_programs import RELEASE, NamedProgram, operations

from ttlang import ttnn


def norm_program(dst32: bool, tensors: Sequence[Any]) -> Any:
    """That of layernorm_op_multi_core.cpp, for operands in tiles of which a row fits L1: RMS norm has no beta."""
    *operands, out = tensors
    names = ("src", "gamma", "beta")[: len(operands)]
    weights = {f"FUSE_{name.upper()}": 1 for name in names[1:]}
    kernels = operations() / "normalization" / "layernorm" / "device" / "kernels"
    block, between = _section(dst32)
    made = NamedProgram(GRID, fp32_dest_acc_en=dst32)
    for name, tiles in {"in": WIDTH, "gamma": WIDTH, "beta": WIDTH, "out": 2 * block, "scaler": 2, "eps": 2}.items():
        made.named_buffer(name, tiles)
    for name, tiles in {"xmm": WIDTH, "xmm2": WIDTH, "fusion": 2 * block, "ex2pe": 8, "ex": 2, "ex2": 2}.items():
        made.named_buffer(name, tiles, between)
    values = {"Wt": WIDTH, "W": SIZE, "tile_width": 32, "block_size": block}
    values |= {"do_gamma": 1, "do_beta": int("beta" in names)}
    values |= {"fp32_dest_acc_en": int(dst32), "float32_reduction": int(dst32)}
    kind = {} if "beta" in names else {"RMSNORM": 1}
    made.named_compute(kernels / "compute" / "layernorm.cpp", values, {"NCHt": 1}, kind | weights)
    made.named_mover(
        kernels / "dataflow" / "reader_unary_interleaved_ln.cpp",
        0,
        dict(zip(names, operands, strict=True)),
        {"block_size": block, "W": SIZE},
        {"NCHt": 1, "Wt": WIDTH, "reader_start": lambda x, y: x, "eps": bits(EPSILON)},
        weights,
    )
    made.named_mover(
        kernels / "dataflow" / "writer_unary_interleaved_start_id_blocked.cpp",
        1,
        {"dst": out},
        {"block_size": block},
        {"Wt": WIDTH, "num_tile_rows": 1, "writer_start": lambda x, y: x * WIDTH},
    )
    return made.descriptor()


def softmax_program(dst32: bool, tensors: Sequence[Any]) -> Any:
    """
    That of softmax_program_factory_attention_optimized.cpp, numerically stable, without a mask, and with the
    exponential of ours: not the approximate one.
    """
    operand, out = tensors
    kernels = operations() / "normalization" / "softmax" / "device" / "kernels" / "attention"
    block, between = _section(dst32)
    made = NamedProgram(GRID, fp32_dest_acc_en=dst32)
    for name, tiles in {"in0": WIDTH, "out0": 2 * block, "max_scaler": 1, "sum_scaler": 1, "mask_padded": 1}.items():
        made.named_buffer(name, tiles)
    for name, tiles in {"exps": WIDTH, "recip_sum_exps": 1, "max": 1}.items():
        made.named_buffer(name, tiles, between)
    defines = {"NUMERIC_STABLE": 1}
    made.named_compute(
        kernels / "compute" / "softmax.cpp",
        {"in0_t": WIDTH},
        {"num_rows": 1, "Ht": GRID[0], "Wt": WIDTH, "blk": block, "start_ht": lambda x, y: x},
        defines | {"EXP_APPROX": 0},
    )
    first = {"tile_offset": lambda x, y: x * WIDTH}
    made.named_mover(
        kernels / "dataflow" / "reader_unary_interleaved_sm.cpp",
        0,
        {"src": operand},
        {"in0_t": WIDTH},
        {"blk": block, "num_rows": 1, "Wt": WIDTH} | first,
        defines,
    )
    made.named_mover(
        kernels / "dataflow" / "writer_unary_interleaved_start_id_blocked_sm.cpp",
        1,
        {"dst": out},
        {"num_datum_padded": 0, "tile_hw": 1024, "mask_padded_data": 0},
        {"num_tiles": WIDTH, "blk": block, "Wt": WIDTH} | first,
    )
    return made.descriptor()


def _section(dst32: bool) -> tuple[int, Any]:
    """How many tiles a section takes, and the format of what steps hand on."""
    return (4, ttnn.float32) if dst32 else (8, ttnn.bfloat16)


def _beside(make: Callable[[bool], Pair], program: Callable[[bool, Sequence[Any]], Any], dst32: bool) -> Pair:
    return replace(make(dst32), program=partial(program, dst32))


COMPARISONS = tuple(
    Comparison(f"{name}{'_32' if dst32 else ''}", bar, partial(_beside, make, program, dst32), release=RELEASE.name)
    for name, bar, make, program in (
        ("layer_norm", 1.05, layer_norm, norm_program),
        ("rms_norm", 1.05, rms_norm, norm_program),
        ("softmax", 0.9, softmax, softmax_program),
    )
    for dst32 in (False, True)
)
