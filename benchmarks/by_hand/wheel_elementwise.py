"""
ttnn's sum of two tensors of 32x32 tiles on 8x8 cores beside ours of `elementwise.py`: binary_ng_program_factory.cpp,
for tensors of one shape in DRAM.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from comparison import Comparison, Pair
from cpp_programs import Program, accessor_words
from elementwise import GRID, SHARE, TILES, add
from wheel_programs import RELEASE, operations

SHAPE = (1, 1, 1, TILES, TILES, 1)
"""Of the result: three dimensions, rows and columns of tiles, and what is left in front of these."""
NO_STRIDES = (0, 0, 0, 0)
"""From one matrix to the next, where there is one."""


def program(tensors: Sequence[Any]) -> Any:
    a, b, out = tensors
    folder = operations() / "eltwise" / "binary_ng" / "device"
    made = Program(GRID)
    for index in range(3):
        made.buffer(index, 2)
    activations = {f"PROCESS_{name}_ACTIVATIONS(i)": "" for name in ("LHS", "RHS", "POST")}
    function = {"BINARY_OP": "add_tiles", "BINARY_OP_TYPE": "EltwiseBinaryType::ELWADD"}
    file = folder / "kernels" / "compute" / "eltwise_binary_no_bcast.cpp"
    made.compute(file, (1,), activations | function, arguments=lambda x, y: (SHARE,))

    def reads(x: int, y: int) -> Sequence[int]:
        of_a = a.buffer_address(), _first(x, y), 0, SHARE, 0, *NO_STRIDES, *SHAPE
        return *of_a, b.buffer_address(), *NO_STRIDES, 0, TILES, TILES

    def writes(x: int, y: int) -> Sequence[int]:
        return out.buffer_address(), _first(x, y), SHARE, 0, *SHAPE

    movers = folder / "kernels_ng" / "dataflow"
    words = accessor_words(a) + accessor_words(b)
    defines = {"SRC_SHARDED": 0, "SRC_SHARDED_B": 0}
    made.mover(movers / "reader_interleaved_no_bcast.cpp", 0, (), (*words, 0), reads, defines=defines)
    words = accessor_words(out)
    made.mover(movers / "writer_interleaved_no_bcast.cpp", 1, (), (*words, 0), writes, defines={"DST_SHARDED": 0})
    return made.descriptor()


def _first(x: int, y: int) -> int:
    """The first tile of a core."""
    return (y * GRID[0] + x) * SHARE


def _beside() -> Pair:
    return replace(add(), program=program)


COMPARISONS = (Comparison("add", 1.0, _beside, release=RELEASE.name),)
