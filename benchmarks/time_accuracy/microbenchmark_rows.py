"""What the programs of `microbench.csv` have in common: what a row says of formats, DST and subblocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from measured_rows import Row
from written_compute import Compute
from written_programs import WrittenProgram

from ttlang.machine.program_info import BufferInfo
from ttlang.tables.dtypes import BY_NAME, DType

FEW, MANY = 8, 24
"""Turns of a loop between which a further one is timed."""
GELU = "gelu_lut"
"""The fast form of GELU, which the experiments have."""


def program_of(row: Row) -> WrittenProgram:
    return WrittenProgram(
        row["arch"],
        fidelity=row["fidelity"] or "HiFi4",
        dst32=row["dst_bits"] == "32",
        full_sync=row["sync"] == "full",
    )


def dtype_of(row: Row) -> DType:
    return BY_NAME[{"bfp8": "bfp_bf8", "fp32": "f32"}.get(row["dtype"], row["dtype"] or "bf16")]


def microseconds(row: Row, cycles: float) -> float:
    return cycles / program_of(row).chip.timing().megahertz


def sections(tiles: int, section: int) -> Iterator[int]:
    for first in range(0, tiles, section):
        yield min(section, tiles - first)


def subblock(row: Row, rows: int, columns: int, most: int) -> tuple[int, int]:
    """The row's; by default the largest that divides the block and fits DST, of these the widest."""
    if "x" in (given := row["section_or_subblock"]):
        height, width = given.split("x")
        return int(height), int(width)
    fitting = [
        (h * w, w, h)
        for h in range(1, rows + 1)
        for w in range(1, columns + 1)
        if rows % h == 0 == columns % w and h * w <= most
    ]
    _, width, height = max(fitting)
    return height, width


def has_gelu(row: Row) -> bool:
    """Whether it is one of those that are marked with +gelu."""
    return "gelu" in row["kernel"] + row["variant"] + row["experiment"]


def copied(
    compute: Compute,
    source: BufferInfo,
    target: BufferInfo,
    tiles: int,
    section: int,
    functions: Sequence[str] = (),
    *,
    accumulates: bool = False,
) -> None:
    """Copies and packs of tiles in sections, with functions on what was copied."""
    for part in sections(tiles, section):
        with compute.section():
            compute.copy(source, part)
            for function in functions:
                compute.apply(function, part)
        with compute.packed():
            compute.pack(target, part, accumulates=accumulates)
