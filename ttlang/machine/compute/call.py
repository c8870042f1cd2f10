"""What every call on the compute processors is: a record of its constants that knows its rules and its meaning."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ttlang.machine.compute.execution import Execution
from ttlang.machine.compute.rules import Rules, broken
from ttlang.machine.compute.unit_state import Init, Slots, UnitState
from ttlang.machine.numerics.stored_tiles import Packing
from ttlang.machine.program_info import BufferInfo
from ttlang.machine.tile_offsets import Steps


@dataclass(frozen=True, eq=False)
class Call(ABC):
    """
    A call with its constants. The fields that a kind of call adds bear the names that the kernel API's call has for
    them, so that those who read a program can fill them in by name.
    """

    name: str
    """Under which reports speak of it."""
    buffers: tuple[BufferInfo, ...]
    """Those that it names: first those that it reads, in the order of its tiles."""

    PACKS: ClassVar[bool] = False
    """Whether its slot operand is what the packer reads. Else math reads the first ones, and writes the last."""

    @property
    def inputs(self) -> int:
        """How many of its slot operands, the first ones, it reads."""
        return 0

    @property
    def uses_sources(self) -> bool:
        """Whether it sets or uses the source registers, for anything but a sum that keeps float32."""
        return False

    def advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        """The state after the call. Raises a Fault if it breaks a rule."""
        if not state.started:
            message = f"{self.name} before compute_kernel_hw_startup"
            raise broken("TTL0804", message, hint="the startup call must come first")
        if state.full_fp32 and self.uses_sources:
            message = f"{self.name} while SrcA is set for a sum that keeps float32"
            raise broken("TTL0804", message, hint="reduce_uninit of that sum must come before it")
        return self._advance(rules, state, slots)

    @abstractmethod
    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        """The same, for a call in its place."""

    def goes_one_by_one(self, state: UnitState, slots: Sequence[Slots]) -> bool:
        """Whether the calls of a nest of loops must run one after the other in this state, whatever they touch."""
        return False


class TracedCall(Call, ABC):
    """A call that leaves something to do, when the trace runs."""

    @abstractmethod
    def run(self, on: Execution) -> None:
        """What it does to DST and L1. Raises NotModelled, or a ValueError, for what the arithmetic has no form of."""

    def run_and_pack(self, on: Execution, packing: Packing) -> bool:
        """
        The same where DST is empty, with the pack of all that it writes, in one pass. False where that can't be done;
        then tiles that should have been packed to may hold anything.
        """
        return False


class TileCall(TracedCall, ABC):
    """A call on tiles."""

    def spread(self, slots: Sequence[Steps], tiles: Sequence[Steps], trips: int) -> tuple[list[Steps], list[Steps]]:
        """
        All DST slots and tiles that it touches in a nest of loops with so many trips, given how these move each of its
        operands.
        """
        return list(slots), list(tiles)

    def can_repeat(self, slots: Sequence[Steps], tiles: Sequence[Steps]) -> bool:
        """Whether the calls of a nest of loops that moves its operands so can be carried out as one."""
        return True


class FPUInit(Call, ABC):
    """An init of unpack and FPU."""

    @property
    def uses_sources(self) -> bool:
        return True

    @property
    def given(self) -> tuple[str, ...]:
        """What it sets them to."""
        return unpack_formats(self.buffers)

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        return state.prepared(Init(self.name, self.given))


def unpack_formats(buffers: Sequence[BufferInfo]) -> tuple[str, ...]:
    """What source registers are set to for these buffers."""
    return tuple(buffer.unpack_format for buffer in buffers)
