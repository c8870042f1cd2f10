"""The chips, as numbers: every limit that the compiler checks or the simulator enforces is a field here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Architecture:
    """One chip. Sources of the figures: docs/hardware.md, "Chips"."""

    name: str
    """As in `--arch` and in the IR."""
    title: str
    grid: tuple[int, int]
    """Compute cores that a program can use, as (columns, rows)."""
    l1_bytes: int
    """L1 of one core."""
    l1_buffer_base: int
    """Address of the first circular buffer, a multiple of `dram_alignment`."""
    l1_budget: int
    """Bytes of L1 that circular buffers and L1 tensors may use together."""
    circular_buffers: int
    """How many circular buffers a core has."""
    dram_banks: int
    dram_alignment: int
    """Bytes to which a DRAM page and the L1 end of a DRAM read are aligned."""
    l1_alignment: int
    noc_max_burst: int
    """Bytes of the largest NOC packet."""
    semaphores: int
    """Semaphores a program may have on a core."""
    runtime_args: int
    """Runtime arguments a kernel may have, per core and in common, each."""
    column_to_virtual: tuple[int, ...]
    """NOC coordinate of each logical column."""
    row_to_virtual: tuple[int, ...]
    """NOC coordinate of each logical row."""

    def dst_tiles(self, *, dst32: bool, full_sync: bool) -> int:
        """
        Tiles that one DST section holds. `dst32`: 32 bits a datum (`fp32_dest_acc_en`); `full_sync`: the section
        takes all of DST, not the half that lets math and pack overlap.
        """
        return (8 if full_sync else 4) if dst32 else (16 if full_sync else 8)


WORMHOLE_B0 = Architecture(
    name="wormhole_b0",
    title="Wormhole B0",
    grid=(8, 8),
    l1_bytes=1464 * 1024,
    l1_buffer_base=105_856,
    l1_budget=1360 * 1024,
    circular_buffers=32,
    dram_banks=12,
    dram_alignment=32,
    l1_alignment=16,
    noc_max_burst=8192,
    semaphores=16,
    runtime_args=341,
    column_to_virtual=tuple(18 + x for x in range(8)),
    row_to_virtual=tuple(18 + y for y in range(10)),
)
BLACKHOLE = Architecture(
    name="blackhole",
    title="Blackhole",
    grid=(13, 10),
    l1_bytes=1536 * 1024,
    l1_buffer_base=111_104,
    l1_budget=1427 * 1024,
    circular_buffers=64,
    dram_banks=8,
    dram_alignment=64,
    l1_alignment=16,
    noc_max_burst=16384,
    semaphores=16,
    runtime_args=341,
    column_to_virtual=tuple(x + 1 if x < 7 else x + 3 for x in range(13)),
    row_to_virtual=tuple(y + 2 for y in range(10)),
)

ARCHITECTURES = {chip.name: chip for chip in (WORMHOLE_B0, BLACKHOLE)}
DEFAULT_ARCHITECTURE = WORMHOLE_B0


def find_architecture(name: str) -> Architecture:
    """The chip of that name; `wormhole` is short for `wormhole_b0`. Raises a ValueError for any other."""
    chip = ARCHITECTURES.get({"wormhole": "wormhole_b0"}.get(name, name))
    if chip is None:
        raise ValueError(f"{name!r} is not a chip; the chips are {', '.join(ARCHITECTURES)}")
    return chip
