"""
The vendor's data movement tests (`noc.csv`): a core, or each core, makes n transfers of one size, then one barrier.

What the rows leave open is chosen here: where the cores are. The one core is the first; the other one is its neighbour
below, or the one below and to the right; squares of cores begin beside it where they leave it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import isqrt
from statistics import fmean

from measured_rows import Row, number
from written_programs import DataMovement, WrittenProgram

from ttlang.tables.chips import find_chip

GRIDS = {"wormhole_b0": (8, 7), "blackhole": (11, 10)}
PAGES = 16
"""Pages of an interleaved tensor, which are taken in turn."""
FAR_CORNERS = {
    ("wormhole_b0", 4): (6, 2),
    ("wormhole_b0", 9): (6, 3),
    ("blackhole", 4): (9, 3),
    ("blackhole", 9): (9, 4),
    ("blackhole", 64): (10, 9),
}
"""
The last core of the squares that a multicast reaches which leaves out its sender. Nobody says where these lie; what a
multicast takes to reserve its paths tells how far away they are.
"""
MOST_PACKETS = {True: 2_000, False: 6_000}
"""Transfers of one core, or of all cores, that are gone through; of more, the last ones are taken to be alike."""


def cycles(row: Row) -> float | None:
    """What the clock says of a row; None for patterns that are not rebuilt."""
    if row["pattern"] in ("row_to_row", "column_to_column"):
        return None
    chip = row["arch"]
    alone = row["pattern"].startswith("one")
    transfers, others, size = (
        number(row, "n_transactions"),
        number(row, "n_other_cores"),
        number(row, "bytes_per_transaction"),
    )
    each = transfers // others if others and row["mechanism"] == "unicast" else transfers
    packets = transfers // each * -(-size // find_chip(chip).noc_max_burst)
    columns, rows = GRIDS[chip]
    packets *= 1 if alone else others or columns * rows
    many = each
    while many > 4 and packets * many > MOST_PACKETS[alone]:
        many //= 4
    given = (
        chip,
        row["memory"],
        row["pattern"].split("(")[0],
        row["mechanism"],
        number(row, "noc"),
        others,
        row["same_axis"] == "1",
        row["stateful_api"] == "1",
        row["loopback"] == "1",
        size,
    )
    taken = _run(*given, many)
    if many < each:
        few = many // 4 or many - 1
        taken += (each - many) * (taken - _run(*given, few)) / (many - few)
    return taken


def forget() -> None:
    """Each row is timed anew from now on."""
    _run.cache_clear()


@cache
def _run(
    chip: str,
    memory: str,
    pattern: str,
    mechanism: str,
    noc: int,
    others: int,
    same_axis: bool,
    repeated: bool,
    loops: bool,
    size: int,
    each: int,
) -> float:
    program = WrittenProgram(chip, GRIDS[chip])
    reads = "from" in pattern
    cores = _square(program, others) if memory == "L1" and others else range(program.cores)
    alone = pattern.startswith("one")
    tensor = program.tensor(PAGES, size)
    for core in (0,) if alone else cores:
        thread = program.reader(core, noc=noc)
        if memory == "DRAM_interleaved":
            for page in range(each):
                (thread.read_page if reads else thread.write_page)(tensor, (core + page) % PAGES)
        elif memory.startswith("DRAM"):
            bank = core % program.chip.dram_banks
            for _ in range(each):
                thread.call("noc_async_read_bank" if reads else "noc_async_write_bank", bank, size)
        elif mechanism != "unicast":
            targets = _square(program, others) if loops else _far_square(program, others)
            for index in range(each):
                thread.multicast(targets, size, linked=index > 0 and mechanism.endswith("linked"), loops=loops)
        else:
            if others == 0:
                targets = [program.columns] if same_axis else [program.columns + 1]
            elif alone:
                targets = _others(program, others)
            else:
                targets = cores
            _unicast(thread, targets, each, size, reads, repeated)
        (thread.read_barrier if reads else thread.write_barrier)()
    time = program.run()
    if memory != "L1":
        return time.cycles
    return fmean(each.end - each.start for each in time.threads)


def _unicast(thread: DataMovement, targets: Sequence[int], each: int, size: int, reads: bool, repeated: bool) -> None:
    for target in targets:
        if len(targets) > 1:
            thread.address()
        for _ in range(each):
            (thread.read if reads else thread.write)(target, size, repeated=repeated)


def _square(program: WrittenProgram, count: int, corner: tuple[int, int] = (0, 0)) -> list[int]:
    """So many cores from the corner on, row by row; all of them if they are no square."""
    side = isqrt(count)
    columns, rows = (side, side) if side * side == count else (program.columns, program.rows)
    x, y = corner
    return [(y + row) * program.columns + x + column for row in range(rows) for column in range(columns)]


def _others(program: WrittenProgram, count: int) -> list[int]:
    side = isqrt(count)
    return _square(program, count, (1, 1)) if side * side == count else list(range(1, program.cores))


def _far_square(program: WrittenProgram, count: int) -> list[int]:
    last = FAR_CORNERS.get((program.chip.name, count))
    if last is None:
        return list(range(1, program.cores))
    side = isqrt(count)
    return _square(program, count, (last[0] - side + 1, last[1] - side + 1))
