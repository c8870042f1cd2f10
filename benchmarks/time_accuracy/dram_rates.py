"""
Rates of DRAM and the NOC (`dram.csv`): lower bounds of the vendor's regression tests (BOUNDS), benchmarks that saturate
the banks (SAT, SATW), and rates of requests to one bank (I55898).

The regression tests are those of `noc.csv` with more packets, and are timed by the same programs. Chosen here: that a
transfer is as long as a packet may be, where the row tells no bytes; that readers that lie anywhere are the first cores
of the first row, and those beside their bank the cores to the right of it, or, if no column is, in its row; that blocks
of tiles that a barrier follows have eight; and how many cores ask one bank at once where that is not told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

import noc_transfers
from measured_rows import Row
from written_programs import WrittenProgram, per_turn
from written_threads import DataMovement

from ttlang.tables.chips import find_chip
from ttlang.tables.chips.chip import Chip
from ttlang.tables.dtypes import BF16

TILES_OF_A_BLOCK = 8
FEW, MANY = 64, 128
"""Reads of each core, between which a rate is taken."""
PAGES = 16
"""Pages of an interleaved tensor, which are taken in turn."""
ASKING = 4
"""Cores that ask one bank at once."""
REQUEST_BYTES = 64
MOST_EACH = 64
"""Transfers of each core that are gone through where all cores transfer at once."""
PEAK = {"wormhole_b0": 24.0, "blackhole": 64.0}
"""GB/s of a DRAM channel: 288 of twelve on Wormhole, 512 of eight on Blackhole (the documents of SATW and SAT)."""

Rate = Callable[[Row], float | None]


def rate(row: Row) -> float | None:
    """What the clock says of a row, in its unit; None for tests that are not rebuilt."""
    name = re.sub(r" Directed Ideal( [\d.]+)?$", "", row["test"])
    if name in _REGRESSIONS:
        return _regression(row, _REGRESSIONS[name])
    for start, made in _SATURATING.items():
        if row["test"].startswith(start):
            return made(row)
    return None


# ------------------------------------------------------------------------------------------- the vendor's regressions


class _Regression(NamedTuple):
    """A regression test, in the words of `noc.csv`."""

    memory: str
    pattern: str
    mechanism: str = "unicast"
    others: str = "0"
    """"all" for all other cores, "grid" for all cores."""
    repeated: bool = False
    loops: bool = False
    same_axis: bool = True


_DRAM, _BANK = "DRAM_interleaved", "DRAM_one_bank_or_sharded"
_REGRESSIONS = {
    "DRAM": _Regression(_BANK, "one_from_one(read)"),
    "DRAM Interleaved Page": _Regression(_DRAM, "one_from_all(read)"),
    "DRAM Sharded Read": _Regression(_DRAM, "one_from_all(read)"),
    "DRAM Sharded Read Transaction ID": _Regression(_DRAM, "one_from_all(read)"),
    "Multi Interleaved": _Regression(_DRAM, "all_both"),
    "Multi Interleaved Read": _Regression(_DRAM, "all_from_all(read)"),
    "Multi Interleaved Write": _Regression(_DRAM, "all_to_all(write)"),
    "One to One": _Regression("L1", "one_to_one(write)"),
    "One from One": _Regression("L1", "one_from_one(read)"),
    "One Packet Write": _Regression("L1", "one_to_one(write)", repeated=True),
    "One Packet Read": _Regression("L1", "one_from_one(read)", repeated=True),
    "Loopback": _Regression("L1", "loopback"),
    "One to All Unicast": _Regression("L1", "one_to_all(write)", others="all"),
    "One from All": _Regression("L1", "one_from_all(read)", others="all"),
    "One to All Multicast": _Regression("L1", "one_to_all(write)", "multicast", "all"),
    "One to All Multicast Loopback": _Regression("L1", "one_to_all(write)", "multicast", "grid", loops=True),
    "One to All Multicast Linked": _Regression("L1", "one_to_all(write)", "multicast_linked", "all"),
    "One to All Multicast Linked Semaphore": _Regression("L1", "one_to_all(write)", "multicast_linked", "all"),
    "One to All Multicast Linked Loopback": _Regression(
        "L1", "one_to_all(write)", "multicast_linked", "grid", loops=True
    ),
    "All to All": _Regression("L1", "all_to_all(write)", others="grid"),
    "All from All": _Regression("L1", "all_from_all(read)", others="grid"),
}


def _regression(row: Row, test: _Regression) -> float:
    """Bytes of a core in a cycle."""
    chip = row["arch"]
    size = find_chip(chip).noc_max_burst
    columns, rows = noc_transfers.GRIDS[chip]
    others = {"all": columns * rows - 1, "grid": columns * rows}.get(test.others, 0)
    pattern = test.pattern
    if pattern == "loopback":
        return _loopback(chip, size)
    if pattern == "all_both":
        return _both(chip, size)
    writes = "write" in row["engine"] or pattern.endswith("(write)")
    if test.memory.startswith("DRAM") and writes:
        pattern = {"one_from_one(read)": "one_to_one(write)", "one_from_all(read)": "one_to_all(write)"}.get(
            pattern, pattern
        )
    transfers = 256 * (others if others and test.mechanism == "unicast" else 1)
    cycles = noc_transfers.cycles(
        {
            **{"arch": chip, "memory": test.memory, "pattern": pattern, "mechanism": test.mechanism},
            **{"noc": str(_noc(test.memory, pattern)), "n_transactions": str(transfers)},
            **{"n_other_cores": str(others), "same_axis": str(int(test.same_axis))},
            **{"stateful_api": str(int(test.repeated)), "loopback": str(int(test.loops))},
            "bytes_per_transaction": str(size),
        }
    )
    assert cycles is not None
    return transfers * size / cycles


def _noc(memory: str, pattern: str) -> int:
    """The NOC of a test: for reads of DRAM NOC 0, as is best, for those of L1 NOC 1."""
    return int(pattern.endswith("(read)") == (memory == "L1"))


@cache
def _loopback(chip: str, size: int) -> float:
    """A core that writes to itself."""
    program = WrittenProgram(chip)
    thread = program.writer()
    for _ in range(256):
        thread.write(0, size)
    thread.write_barrier()
    return 256 * size / program.run().cycles


@cache
def _both(chip: str, size: int) -> float:
    """All cores read interleaved pages, and write as many."""
    program = WrittenProgram(chip, noc_transfers.GRIDS[chip])
    tensor = program.tensor(PAGES, size)
    for core in range(program.cores):
        reader, writer = program.reader(core), program.writer(core)
        for page in range(MOST_EACH):
            reader.read_page(tensor, (core + page) % PAGES)
            writer.write_page(tensor, (core + page) % PAGES)
        reader.read_barrier()
        writer.write_barrier()
    return MOST_EACH * size / program.run().cycles


# ------------------------------------------------------------------------------------------------- saturated channels


def _tiles(row: Row) -> float:
    """A tile a read, and a barrier after each block."""

    def read(thread: DataMovement, bank: int, reads: int) -> None:
        for number in range(reads):
            if number % TILES_OF_A_BLOCK == 0:
                thread.read_barrier()
            thread.call("noc_async_read_bank", bank, BF16.tile_bytes)

    return _one_a_bank(row, BF16.tile_bytes, read)


def _packets(row: Row) -> float:
    """The longest packets, so many of them in flight."""
    size = find_chip(row["arch"]).noc_max_burst
    told = re.search(r"(?:with|=) (\d+)", row["test"])
    in_flight = int(told[1]) if told else 2

    def read(thread: DataMovement, bank: int, reads: int) -> None:
        for packet in range(reads):
            thread.tagged_read_barrier(packet % in_flight)
            thread.tag_reads(packet % in_flight)
            thread.call("noc_async_read_bank", bank, size)

    return _one_a_bank(row, size, read)


def _one_a_bank(row: Row, size: int, read: Callable[[DataMovement, int, int], None]) -> float:
    """A reader for each bank: bytes of each in a cycle, or GB/s of all. `read`: what a thread does."""
    chip = find_chip(row["arch"])
    banks = range(chip.dram_banks)
    beside = "adjacent" in row["test"] or "optimized" in row["test"]

    def kernel(reads: int) -> WrittenProgram:
        program = WrittenProgram(chip.name, _grid(chip))
        cores = _beside(program, banks) if beside else list(banks)
        for bank, core in zip(banks, cores, strict=True):
            thread = program.reader(core)
            read(thread, bank, reads)
            thread.read_barrier()
        return program

    rate = size / per_turn(kernel, FEW, MANY)
    return rate * len(banks) * chip.timing().megahertz / 1e3 if row["unit"] == "GB/s" else rate


def _beside(program: WrittenProgram, banks: Iterable[int]) -> list[int]:
    """For each bank a core of its row or of the next ones, in the column to the right of it that is the nearest."""
    noc = program.chip.timing().noc
    found: list[int] = []
    for bank in banks:
        column, row = noc.dram_nodes[0][bank]
        nearest = sorted(
            range(program.cores), key=lambda core: _steps(program, core, column, row, (noc.columns, noc.rows))
        )
        found.append(next(core for core in nearest if core not in found))
    return found


def _steps(program: WrittenProgram, core: int, column: int, row: int, torus: tuple[int, int]) -> int:
    """The links from a node to a core, along NOC 0."""
    noc = program.chip.timing().noc
    x, y = program.position(core)
    return (noc.worker_columns[x] - column) % torus[0] + (noc.worker_rows[y] - row) % torus[1]


def _grid(chip: Chip) -> tuple[int, int]:
    noc = chip.timing().noc
    return len(noc.worker_columns), len(noc.worker_rows)


# ---------------------------------------------------------------------------------------------------------- one bank


def _requests(row: Row) -> float:
    """Cycles from a request to the next one at a bank, on one NOC."""
    return _of_one_bank(row["arch"], REQUEST_BYTES, (0,))


def _share(row: Row) -> float:
    """What requests of one size reach of a channel's peak, in percent."""
    nocs = (0,) if "one NoC" in row["test"] else (0, 1)
    size = int(row["transaction"])
    timing = find_chip(row["arch"]).timing()
    rate = len(nocs) * size / _of_one_bank(row["arch"], size, nocs)
    return 100 * rate * timing.megahertz / 1e3 / PEAK[row["arch"]]


@cache
def _of_one_bank(chip: str, size: int, nocs: Sequence[int]) -> float:
    """Cycles from a request to the next one on the same NOC."""

    def kernel(reads: int) -> WrittenProgram:
        program = WrittenProgram(chip, (ASKING, 1))
        for core in range(ASKING):
            for noc in nocs:
                thread = program.writer(core, noc=noc) if noc else program.reader(core, noc=noc)
                for _ in range(reads):
                    thread.call("noc_async_read_bank", 0, size)
                thread.read_barrier()
        return program

    return per_turn(kernel, FEW, MANY) / ASKING


_SATURATING: dict[str, Rate] = {
    "one tile a read": _tiles,
    "16 KB packets": _packets,
    "reads in flight": _packets,
    "micro-benchmark": _packets,
    "request rate of one DRAM endpoint": _requests,
    "share of channel peak": _share,
}
"""By the begin of what a test is called."""
