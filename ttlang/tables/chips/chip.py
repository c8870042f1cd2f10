"""What is known of a chip: every limit that the compiler checks or the simulator enforces is a field here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ttlang.tables.chips.arithmetic import Arithmetic
from ttlang.tables.chips.costs import Costs
from ttlang.tables.chips.timing import Timing


@dataclass(frozen=True, eq=False)
class Chip:
    """One chip, equal to itself alone. Sources of the figures: docs/hardware.md, "Chips"."""

    name: str
    """As in `--arch` and in the IR."""
    title: str
    """As people are told."""
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
    dst_capacity: int
    """Tiles of 16 bits a datum that all of DST holds."""
    dram_banks: int
    dram_alignment: int
    """Bytes to which a DRAM page and the L1 end of a DRAM read are aligned."""
    l1_alignment: int
    """Bytes to which writes, and reads of L1, are aligned."""
    noc_max_burst: int
    """Bytes of the largest NOC packet."""
    zeros_bytes: int
    """Bytes of zeros that the firmware keeps in the L1 of each core (`MEM_ZEROS_SIZE`)."""
    orders_command_buffers: bool
    """
    Writes of one core to the same cores, by one virtual channel of a NOC, go out in the order in which they were made
    whatever command buffer each goes through: data and words have buffers of their own.
    """
    semaphores: int
    """Semaphores a program may have on a core."""
    runtime_args: int
    """Runtime arguments a kernel may have, per core and in common, each."""
    column_to_virtual: tuple[int, ...]
    """NOC coordinate of each logical column."""
    row_to_virtual: tuple[int, ...]
    """NOC coordinate of each logical row."""
    pcie: tuple[int, int]
    """NOC coordinates of the PCIe tile, as (x, y)."""
    family: str
    """What TT-Metal's folders of headers and its `ARCH_` macro call the chip, all steppings alike."""
    arithmetic: Arithmetic
    costs: Costs
    timing: Callable[[], Timing]
    """Gives what takes time beside the work on tiles."""
    aliases: tuple[str, ...] = ()
    """Other names under which a user may ask for it."""
    firmware_macros: tuple[str, ...] = ()
    """Macros that the runtime defines for kernels of this chip alone."""

    def dst_tiles(self, *, dst32: bool, full_sync: bool) -> int:
        """
        Tiles that one DST section holds. `dst32`: 32 bits a datum (`fp32_dest_acc_en`); `full_sync`: the section
        takes all of DST, not the half that lets math and pack overlap.
        """
        tiles = self.dst_capacity // 2 if dst32 else self.dst_capacity
        return tiles if full_sync else tiles // 2
