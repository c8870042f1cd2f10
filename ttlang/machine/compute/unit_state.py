"""What unpack, math and pack of a core are configured for, and where its DST section stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from ttlang.machine.numerics.arrangements import Dim

Slots = tuple[int, ...]
"""A DST operand of a call: a slot for each trip of its loop."""


class Phase(Enum):
    """Where a thread stands in the frame around its math."""

    IDLE = "no DST section is open"
    MATH = "math holds the DST section, since tile_regs_acquire"
    COMMITTED = "math has handed its DST section over, by tile_regs_commit"
    PACK = "pack holds the DST section, since tile_regs_wait"


@dataclass(frozen=True)
class Init:
    """An init, or an uninit: its name, and what it was given: formats, sizes, variants."""

    name: str
    given: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} for {', '.join(self.given)}" if self.given else self.name


@dataclass(frozen=True)
class UnitState:
    """The configuration of unpack, math and pack, and DST. Formats go by their names."""

    started: bool = False
    src_a: str = ""
    src_b: str = ""
    integers: bool = False
    """Whether the FPU is in its integer mode (INT8_math_enabled)."""
    packer: str = ""
    unpack: Init | None = None
    """The last init of unpack."""
    fpu: Init | None = None
    """The last init of the FPU; most inits are of both."""
    sfpu: Init | None = None
    """The last init of the SFPU."""
    masked: Dim | None = None
    """The dimensions of the reduction outside whose result the packer writes zeros, since reduce_init."""
    full_fp32: bool = False
    """Whether SrcA is set for a sum that keeps float32, since reduce_init: nothing else may read through it."""
    accumulates: bool = False
    """Whether the packer adds to what L1 holds, by pack_reconfig_l1_acc."""
    layout: str = ""
    """The uninit that is owed, since an init for a change of layout."""
    untilizes: Init | None = None
    """What the packer is set to lay out in rows, since pack_untilize_dest_init: it packs nothing else."""
    phase: Phase = Phase.IDLE
    written: int = 0
    """A bit for each DST slot that holds a value of this section."""
    reduced: int = 0
    """A bit for each of them that holds the result of a reduction of the dimensions `masked`."""
    maxima: int = 0
    """Those that hold maxima of rows, which further ones go on from."""

    def prepared(self, init: Init) -> UnitState:
        """The state after an init of unpack and FPU."""
        return replace(self, unpack=init, fpu=init)

    def masking(self, dims: Dim | None) -> UnitState:
        """The state once the packer leaves out what lies outside the result of a reduction of these dimensions."""
        return replace(self, masked=dims, reduced=self.reduced if dims == self.masked else 0)

    def writing(self, slots: Slots, *, reduced: bool = False) -> UnitState:
        """The state once math has written slots; `reduced`: they hold results of the reduction that is packed."""
        bits = mask(slots)
        kept = self.reduced | bits if reduced else self.reduced & ~bits
        return replace(self, written=self.written | bits, reduced=kept, maxima=self.maxima & ~bits)


def mask(slots: Slots) -> int:
    """A bit for each slot."""
    bits = 0
    for slot in slots:
        bits |= 1 << slot
    return bits
