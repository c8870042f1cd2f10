"""
The generations of the kernel API, a record each. What differs between them beyond the spelling of calls is a field of
the record; how a call is spelt, and since when, stands with the call (`Dated`). So a further generation is a record
here, and an entry at each call that it spells otherwise: all else it has from the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import NamedTuple, Self


class PrintForm(StrEnum):
    """What `DPRINT` takes."""

    STREAM = auto()
    """Values in a row: `DPRINT << "n = " << n << ENDL()`."""
    FORMAT = auto()
    """A text with places for the values: `DPRINT("n = {}\\n", n)`."""


class Generation(NamedTuple):
    """A generation of the kernel API. Generations compare by their age: the newer is the greater."""

    release: tuple[int, int]
    """The ttnn release that brought it, which names it."""
    headers: str
    """The release whose headers stand for the generation."""
    prints: PrintForm
    shard_offset_is_noc: bool
    """
    The calls that move a shard hand the number of the NOC on where the address of a shard takes an offset (0.69,
    `dataflow_api.h`), so on NOC 1 they are off by a byte.
    """
    layouts_ask_buffer_0: bool = False
    """
    The calls that change layouts do not tell the math thread which buffer they read (0.69, `tilize.h` and
    `pack_untilize.h`), so it takes the format of buffer 0: whether datums come from DST itself or from SrcA.
    """
    row_sums_swap: bool = False
    """
    A sum of rows is a product of matrices with the scaler in SrcA and the data in SrcB (0.81, `reduce.h`), where all
    other reductions have them the other way round.
    """
    profiler_header: str = "api/debug/kernel_profiler.hpp"
    """The include that defines `DeviceZoneScopedN`: as nothing, unless a kernel is built for the profiler."""

    @property
    def name(self) -> str:
        """As in `--metal-api` and in the IR: "0.81"."""
        return ".".join(map(str, self.release))

    def __str__(self) -> str:
        return self.name


TTNN_0_69 = Generation(
    (0, 69),
    "0.69.0",
    PrintForm.STREAM,
    shard_offset_is_noc=True,
    layouts_ask_buffer_0=True,
    profiler_header="tools/profiler/kernel_profiler.hpp",
)
TTNN_0_81 = Generation((0, 81), "0.81.1", PrintForm.FORMAT, shard_offset_is_noc=False, row_sums_swap=True)
OLDEST, NEWEST = TTNN_0_69, TTNN_0_81
"""`NEWEST` is what kernels are compiled for unless they choose."""

GENERATIONS: dict[str, Generation] = {each.name: each for each in (TTNN_0_69, TTNN_0_81)}
"""By name, oldest first."""


def find_generation(name: str) -> Generation:
    """The generation of that name. Raises a ValueError for a name that is none."""
    if (found := GENERATIONS.get(name)) is None:
        raise ValueError(f"{name!r} is not a generation of the kernel API; they are {', '.join(GENERATIONS)}")
    return found


@dataclass(frozen=True, kw_only=True)
class Dated:
    """What a generation brings, and all later ones have until something takes its place."""

    since: Generation = OLDEST
    """The first generation that has it."""
    before: Self | None = None
    """What stood in its place in older generations; None: nothing did."""

    def at(self, generation: Generation) -> Self | None:
        """What a generation has: the newest that is not newer than it. None where it has nothing yet."""
        found: Self | None = self
        while found is not None and found.since > generation:
            found = found.before
        return found

    def history(self) -> tuple[Self, ...]:
        """This and all that it took the place of, newest first."""
        return (self,) if self.before is None else (self, *self.before.history())

    @property
    def first(self) -> Generation:
        """The first generation that has it or something in its place."""
        return self.history()[-1].since
