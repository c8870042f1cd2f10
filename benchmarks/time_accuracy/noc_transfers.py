"""
The vendor's data movement tests (`noc.csv`): a core, or each core, makes n transfers of one size, then one barrier.

Where cores are and in which order they are asked is as in the tests themselves (tt-metal,
`tests/tt_metal/tt_metal/data_movement/noc_estimator_tests/test_noc_estimator.cpp`): squares of cores begin at the first
core, column by column; a sender that is not one of them is beside their first row. Of many cores, the figure is the
median of their times.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import isqrt
from statistics import median

from measured_rows import Row, number
from written_programs import WrittenProgram
from written_threads import DataMovement

from ttlang.tables.chips import find_chip

GRIDS = {"wormhole_b0": (8, 7), "blackhole": (11, 10)}
LINES = "row_to_row", "column_to_column"
"""Patterns in which the cores of the first row or column send to each other."""
MOST_PACKETS = {True: 2_000, False: 6_000}
"""Transfers of one core, or of all cores, that are gone through; of more, the last ones are taken to be alike."""


def cycles(row: Row) -> float | None:
    """What the clock says of a row; None for what is not rebuilt: multicasts of a row or column to itself."""
    if row["pattern"] in LINES and row["mechanism"] != "unicast":
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
    while many > 2 and packets * many > MOST_PACKETS[alone]:
        many = max(many // 4, 2)
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
    square = _line(program, pattern) if pattern in LINES else _square(program, others)
    alone = pattern.startswith("one")
    banks = program.chip.dram_banks
    tensor = program.tensor(banks, size)
    senders = [_sender(program, others, inside=loops)] if alone else square
    for core in senders:
        thread = program.reader(core, noc=noc)
        if memory != "L1":
            for index in range(each):
                if memory == "DRAM_interleaved":
                    (thread.read_page if reads else thread.write_page)(tensor, (core + index) % banks)
                else:  # The page is the same each time, and so is its address.
                    thread.call("noc_async_read_bank" if reads else "noc_async_write_bank", core % banks, size)
        elif mechanism != "unicast":
            for index in range(each):
                thread.multicast(square, size, linked=index > 0 and mechanism.endswith("linked"), loops=loops)
        else:
            targets = [target for target in square if not alone or target != core]
            if not others:
                targets = [program.columns] if same_axis else [program.columns + 1]
            _unicast(thread, targets, each, size, reads, repeated)
        (thread.read_barrier if reads else thread.write_barrier)()
    time = program.run()
    if memory != "L1":
        return time.cycles
    return median(each.end - each.start for each in time.threads)


def _unicast(thread: DataMovement, targets: Sequence[int], each: int, size: int, reads: bool, repeated: bool) -> None:
    for target in targets:
        if len(targets) > 1:
            thread.address()
        for _ in range(each):
            (thread.read if reads else thread.write)(target, size, repeated=repeated)


def _square(program: WrittenProgram, count: int) -> list[int]:
    """So many cores, column by column; all of them if they are no square."""
    side = isqrt(count)
    columns, rows = (side, side) if count and side * side == count else (program.columns, program.rows)
    return [row * program.columns + column for column in range(columns) for row in range(rows)]


def _line(program: WrittenProgram, pattern: str) -> list[int]:
    return list(range(program.columns)) if pattern.startswith("row") else list(range(0, program.cores, program.columns))


def _sender(program: WrittenProgram, others: int, *, inside: bool) -> int:
    """Right of the square that it sends to; the first core, where it is `inside`, or where there is no square."""
    side = isqrt(others)
    return side if side * side == others and not inside else 0
