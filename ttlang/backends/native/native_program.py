"""A program whose kernels are C++ files, and what is known of these kernels before and while they run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ttlang.backends.native.addressed_tensors import NativeTensor
from ttlang.backends.native.kernel_source import Source
from ttlang.diagnostics import Span
from ttlang.dialects.ttkernel import Thread
from ttlang.machine.compute.trace import Tree
from ttlang.machine.faults import Fault
from ttlang.machine.program_info import CallSite, KernelInfo, ProgramInfo
from ttlang.machine.statistics import CountedCall
from ttlang.tables.kernel_api import Generation

Coordinates = tuple[int, int]
"""Column and row of a core."""


@dataclass(frozen=True, eq=False)
class NativeProgram:
    """A program whose kernels are C++ files."""

    info: ProgramInfo
    tensors: tuple[NativeTensor, ...]
    generations: tuple[Generation, ...]
    """Of the kernel API, those whose calls its kernels may make."""
    approximates: bool
    """`math_approx_mode` of its compute configuration."""
    buffer_names: dict[int, str]
    """By hardware number."""
    buffer_cores: dict[int, frozenset[Coordinates]]
    """The cores that have each buffer, by its hardware number."""
    semaphore_cores: dict[int, frozenset[Coordinates]]
    """Those that have each semaphore."""


@dataclass(frozen=True)
class GrowingEnds:
    """What a kernel has shown to work on so far: the sets that its `KernelInfo` has."""

    fills: set[int] = field(default_factory=set[int])
    drains: set[int] = field(default_factory=set[int])
    changes: set[str] = field(default_factory=set[str])


class NativeKernel:
    """A kernel in C++, and what its calls have been so far."""

    def __init__(self, program: NativeProgram, info: KernelInfo, ends: GrowingEnds, thread: Thread, source: Source):
        self.program = program
        self.info = info
        self._ends = ends
        self.thread = thread
        self.source = source
        self.generations = program.generations
        self.sites: list[Callable[[], CallSite]] = []
        """What tells where each call stands, by the numbers that waits and faults give them."""
        self.tree = Tree(program.info) if info.is_compute else None
        self.counted: list[CountedCall] | None = None
        self.reads_memory = any(map(_CAST_TO_POINTER.search, source.texts))
        """Whether it may read L1 by itself, through pointers, and so see what other threads do."""
        self.writes_memory = not info.is_compute and self.reads_memory
        """Whether it may write to L1 by itself, through pointers."""
        self._lines = source.text.split("\n")

    def span(self, file: str, line: int) -> Span:
        """The statement at a line, without its indentation."""
        lines = self._lines if file == str(self.source.path) else _lines_of(file)
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        column = len(text) - len(text.lstrip()) + 1
        return Span(file, line, column, line, len(text.rstrip()) + 1)

    def site(self, span: Span) -> int:
        """The number of a call at this place that stands for no operation."""
        self.sites.append(partial(CallSite, "", span))
        return len(self.sites) - 1

    def note_ends(self, fills: Sequence[int], drains: Sequence[int]) -> None:
        """Takes notice of calls that fill and drain these buffers."""
        self._ends.fills.update(fills)
        self._ends.drains.update(drains)

    def note_signals(self) -> None:
        """Takes notice of a call that changes a semaphore: which one, only the run knows."""
        self._ends.changes.update(self.program.info.semaphore_named)

    def tensor_at(self, address: int, in_dram: bool, described: int, page_bytes: int, op: int) -> NativeTensor:
        """The tensor that lies at an address. Raises a Fault unless it is what the kernel takes it for."""
        memory = "DRAM" if in_dram else "L1"
        found = next((t for t in self.program.tensors if (t.address, t.in_dram) == (address, in_dram)), None)
        if found is None:
            message = f"the accessor is given the address {address} in {memory}, where no tensor of the call starts"
            raise Fault("TTL0807", op, message, hint="pass tensor.buffer_address() as a runtime argument")
        if described >= 0:
            given = self.source.compile_time_args[described : described + len(found.words)]
            if given != found.words:
                message = f"the accessor of {found.name} is described by {list(given)}, and it is {list(found.words)}"
                hint = "the compile-time arguments at that offset are another tensor's"
                raise Fault("TTL0807", op, message, hint=hint)
        if page_bytes not in (found.page_bytes, found.aligned_page_bytes):
            message = f"the accessor of {found.name} has pages of {page_bytes} bytes, and they have {found.page_bytes}"
            raise Fault("TTL0807", op, message)
        return found


_CAST_TO_POINTER = re.compile(
    r"\*\s*(const\s*|volatile\s*)*[)>;]|\bmem(cpy|set|move)\b"
    r"|\b(CoreLocalMem|Scratchpad|LocalTensorAccessor|read_tile_value|scoped_\w*lock)\b"
)


def _lines_of(file: str) -> list[str]:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return []
