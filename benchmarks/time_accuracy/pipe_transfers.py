"""
Single tiles from a core to its neighbour (`pipes.csv`): each is read from DRAM first, and the neighbour writes it to
DRAM. By kernels in C++, whose data movement is on NOC 1 as a writer's, and by TT-Lang's pipes.

Chosen here: how many transfers a slope is taken between; and that all addresses of a pipe are known when it is
compiled, as this compiler has it, whether the row's compiler publishes them at run time or not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from measured_rows import Row, number
from tt_lang_pipes import make_unicast
from written_programs import WrittenProgram
from written_threads import DataMovement

from ttlang import ttnn
from ttlang.machine.clock.program_clock import ProgramTime
from ttlang.tables.chips import find_chip
from ttlang.tables.dtypes import BF16, TILE_HEIGHT, TILE_WIDTH

FEW, MANY = 32, 96
"""Transfers between which a further one is timed."""
SENDER, RECEIVER = 0, 1
SLOTS = 2
"""Of the receiver, where senders wait for room."""

Cycles = Callable[[int], float]
"""What so many transfers take."""


def microseconds(row: Row) -> float | None:
    """What the clock says of a row: of the sender's kernel, in all or for a further transfer."""
    cycles = _kernel(row)
    if cycles is None:
        return None
    if "slope" in row["unit"]:
        found = (cycles(MANY) - cycles(FEW)) / (MANY - FEW)
    else:
        found = cycles(number(row, "n_transfers"))
    return found / find_chip(row["arch"]).timing().megahertz


def _kernel(row: Row) -> Cycles | None:
    name = row["experiment"].removeprefix("cpp_").removeprefix("baseline_")
    if name.startswith("ttlang"):
        return partial(_pipe, row["arch"], number(row, "recv_depth") or 1)
    if "ring_r" in name:
        return partial(_ring, row["arch"], int(name.rpartition("ring_r")[2]))
    made = _KERNELS.get(name)
    return partial(made, row["arch"]) if made else None


def _pipe(chip: str, depth: int, transfers: int) -> float:
    spec = ttnn.TensorSpec((TILE_HEIGHT, transfers * TILE_WIDTH), ttnn.bfloat16, ttnn.TILE_LAYOUT)
    return _of_the_sender(make_unicast(transfers, depth).predict(spec, spec, arch=chip).time)


def _of_the_sender(time: ProgramTime) -> float:
    return max(each.end - each.start for each in time.threads if each.core == SENDER)


class _Kernels:
    """The two threads of a program in C++."""

    def __init__(self, chip: str, transfers: int):
        self.program = WrittenProgram(chip, (2, 1))
        self.source, self.target = self.program.tensor(transfers), self.program.tensor(transfers)
        self.sent, self.free = self.program.semaphore(), self.program.semaphore()
        self.sender: DataMovement = self.program.writer(SENDER)
        self.receiver: DataMovement = self.program.writer(RECEIVER)

    def cycles(self) -> float:
        return _of_the_sender(self.program.run())

    def receive(self, first: int, tiles: int) -> None:
        """Waits for tiles, writes them to DRAM, and gives their slots back."""
        self.receiver.semaphore_wait(self.sent, first + tiles)
        for tile in range(first, first + tiles):
            self.receiver.write_page(self.target, tile)
        self.receiver.write_barrier()
        self.receiver.semaphore_inc(self.free, SENDER, tiles)


def _baseline(chip: str, transfers: int) -> float:
    """Nobody waits for anybody."""
    kernels = _Kernels(chip, transfers)
    for tile in range(transfers):
        kernels.sender.read_page(kernels.source, tile)
        kernels.sender.read_barrier()
        kernels.sender.address()
        kernels.sender.write(RECEIVER, BF16.tile_bytes)
        kernels.sender.write_barrier()
    kernels.sender.semaphore_inc(kernels.sent, RECEIVER, transfers)
    kernels.receive(0, transfers)
    return kernels.cycles()


def _synced(chip: str, transfers: int, *, staged: bool = False) -> float:
    """With a count of the tiles that are sent, and of the slots that are free. `staged`: through a buffer."""
    kernels = _Kernels(chip, transfers)
    sender = kernels.sender
    buffer = kernels.program.buffer(SLOTS)
    for tile in range(transfers):
        if tile >= SLOTS:
            sender.semaphore_wait(kernels.free, tile - SLOTS + 1)
        if staged:
            sender.reserve(buffer, 1)
        sender.read_page(kernels.source, tile)
        sender.read_barrier()
        if staged:
            sender.push(buffer, 1)
            sender.wait(buffer, 1)
        sender.address()
        sender.write(RECEIVER, BF16.tile_bytes)
        sender.write_barrier()
        sender.semaphore_inc(kernels.sent, RECEIVER)
        if staged:
            sender.pop(buffer, 1)
        kernels.receive(tile, 1)
    return kernels.cycles()


def _ring(chip: str, ring: int, transfers: int) -> float:
    """As many tiles at once as the ring has, one half after the other."""
    kernels = _Kernels(chip, transfers)
    sender = kernels.sender
    for first in range(0, transfers, ring):
        tiles = min(ring, transfers - first)
        if first >= 2 * ring:
            sender.semaphore_wait(kernels.free, first - ring)
        _send_at_once(kernels, first, tiles)
        sender.semaphore_inc(kernels.sent, RECEIVER, tiles)
        kernels.receive(first, tiles)
    return kernels.cycles()


def _optimized(chip: str, transfers: int) -> float:
    """All at once."""
    kernels = _Kernels(chip, transfers)
    _send_at_once(kernels, 0, transfers)
    kernels.sender.semaphore_inc(kernels.sent, RECEIVER, transfers)
    kernels.receive(0, transfers)
    return kernels.cycles()


def _send_at_once(kernels: _Kernels, first: int, tiles: int) -> None:
    sender = kernels.sender
    for tile in range(first, first + tiles):
        sender.read_page(kernels.source, tile)
    sender.read_barrier()
    for _ in range(tiles):
        sender.write(RECEIVER, BF16.tile_bytes, repeated=True)
    sender.write_barrier()


_KERNELS: dict[str, Callable[[str, int], float]] = {
    "baseline": _baseline,
    "synced": _synced,
    "dfb": partial(_synced, staged=True),
    "optimized": _optimized,
}
