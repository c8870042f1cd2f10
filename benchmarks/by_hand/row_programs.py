"""Programs by hand for functions of rows of 8x8 tiles: eight cores have a row of eight tiles each."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from cpp_programs import Program

from ttlang import ttnn

SIZE, GRID = 256, (8, 1)
WIDTH = SIZE // 32


def program(compute: str, dst32: bool, scaler: float, epsilon: float, tensors: Sequence[Any]) -> Any:
    """`scaler`: of sums. What steps hand on is float32 where DST is."""
    *operands, out = tensors
    made = Program(GRID, fp32_dest_acc_en=dst32)
    between = ttnn.float32 if dst32 else ttnn.bfloat16
    for index in (*range(len(operands)), 16):
        made.buffer(index, WIDTH)
    for index in range(24, 30):
        made.buffer(index, WIDTH, between)
    made.buffer(3, 1)
    if dst32:
        made.buffer(4, 1, between)
    section = 2 if dst32 and out.device().chip.name == "wormhole_b0" else 4  # the fastest
    flags = {"VECTORS": len(operands) - 1, "FLOAT32": int(dst32)}
    made.compute(compute, (WIDTH, section, bits(epsilon), int(dst32)))
    made.mover("read_row_and_vectors.cpp", 0, operands, (WIDTH, bits(scaler)), lambda x, y: (x,), defines=flags)
    made.mover("write_batches.cpp", 1, [out], (section,), lambda x, y: (x * WIDTH, WIDTH))
    return made.descriptor()


def bits(value: float) -> int:
    """Of a float32."""
    return struct.unpack("<I", struct.pack("<f", value))[0]
