"""
TT-Lang's matmuls of many shapes (`matmul_shapes.csv`), by this compiler: each shape as the plan of its row says it.

The grid's first core is taken to be that of the chip.
"""

from __future__ import annotations

from measured_rows import Row, number
from steady_loops import all_turns
from tt_lang_matmuls import Plan, make_matmul

from ttlang import ttnn
from ttlang.tables.chips import find_chip
from ttlang.tables.dtypes import TILE_HEIGHT

DTYPES = {"bf16": ttnn.bfloat16, "fp32": ttnn.float32, "bfp8": ttnn.bfloat8_b}


def milliseconds(row: Row) -> float | None:
    """What the clock says of a row's kernel on the device."""
    if row["kernel"] not in ("summa", "ksplit"):
        return None
    high, wide, deep = (number(row, f"block_{axis}_tiles") for axis in "mnk")
    rows, columns, depth = (number(row, f"groups_{axis}") for axis in "mnk")
    # Sizes are filled up to whole blocks of each core.
    down, right, steps = (
        -(-number(row, axis) // (TILE_HEIGHT * tiles * parts))
        for axis, tiles, parts in (("m", high, rows), ("n", wide, columns), ("k", deep, depth))
    )
    m, n, k = (TILE_HEIGHT * each for each in (down * high * rows, right * wide * columns, steps * deep * depth))
    specs = [ttnn.TensorSpec(shape, DTYPES[row["dtype"]], ttnn.TILE_LAYOUT) for shape in ((m, k), (k, n), (m, n))]

    def time(blocks: int, steps_done: int) -> float:
        across = min(blocks, right)
        done = (-(-blocks // across), across, steps_done)
        plan = Plan((rows, columns, depth), (high, wide, deep), (down, right), steps, done)
        return make_matmul(plan).predict(*specs, arch=row["arch"], math_fidelity=row["fidelity"]).cycles

    return all_turns(time, down * right, steps) / find_chip(row["arch"]).timing().megahertz / 1e3
