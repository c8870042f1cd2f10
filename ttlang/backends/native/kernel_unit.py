"""What stands around the text of a kernel when it is compiled: what the runtime defines for it, and its entry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ttlang.backends.native.refused_calls import REFUSED_CALLS
from ttlang.dialects.ttkernel import Thread
from ttlang.tables import dtypes

ENTRY = "ttlang_entry"
"""The function that a kernel's library has."""
MOST_BUFFERS = 64
_OF_TUPLES = frozenset(
    {
        "make_abstract_tensor_accessor_wrappers",
        "make_tensor_accessor_args_tuple",
        "make_tensor_accessor_tuple",
        "make_tensor_accessors",
        "AbstractTensorAccessorWrapper",
    }
)


@dataclass(frozen=True)
class UnitBuffer:
    """What a kernel is told of a circular buffer when it is compiled."""

    dtype: dtypes.DType
    page_bytes: int
    pages: int
    address: int
    """Of its first page."""


@dataclass(frozen=True)
class Surroundings:
    """What a kernel is compiled for."""

    thread: Thread
    noc: int
    fidelity: str
    dst32: bool
    full_sync: bool
    """Whether a section takes all of DST."""
    approximates: bool
    compile_time_args: Sequence[int]
    named_args: Sequence[tuple[str, int]]
    buffers: Mapping[int, UnitBuffer]

    def prologue(self) -> str:
        """The text in front of a kernel."""
        words, named = self.compile_time_args, self.named_args
        processor = {Thread.READER: "NCRISC", Thread.WRITER: "BRISC", Thread.COMPUTE: "TRISC"}[self.thread]
        dst = dtypes.F32 if self.dst32 else dtypes.BF16
        lines = [
            f"#define DST_ACCUM_MODE {int(self.dst32)}",
            f"#define DST_SYNC_MODE DstSync::{'SyncFull' if self.full_sync else 'SyncHalf'}",
            f"#define APPROX {int(self.approximates)}",
            f"#define MATH_FIDELITY MathFidelity::{self.fidelity}",
            f"#define COMPILE_FOR_{processor} 1",
            f"#define NOC_INDEX {self.noc}",
            "#define TTLANG_PROGRAM \\",
            f"    constexpr int DST_FORMAT = {dst.code}; \\",
            f"    constexpr uint32_t COMPILE_TIME_ARGS = {len(words)}; \\",
            f"    constexpr uint32_t compile_time_args[] = {{{', '.join(f'{word}u' for word in words) or '0'}}}; \\",
            "    struct Named { const char* name; uint32_t value; }; \\",
            f"    constexpr Named named_args[] = {{{', '.join(_named(*each) for each in named) or '{}'}}}; \\",
            f"    constexpr uint32_t tile_bytes[] = {{{self._each(0, lambda it: it.dtype.tile_bytes)}}}; \\",
            f"    constexpr uint32_t page_bytes[] = {{{self._each(0, lambda it: it.page_bytes)}}}; \\",
            f"    constexpr uint32_t buffer_pages[] = {{{self._each(0, lambda it: it.pages)}}}; \\",
            f"    constexpr uint32_t buffer_ends[] = {{{self._each(0, _end)}}}; \\",
            f"    constexpr uint8_t formats[] = {{{self._each(255, lambda it: it.dtype.code)}}};",
            '#include "kernel_api.h"',
        ]
        return "\n".join([*lines, ""])

    def _each(self, none: int, number: Callable[[UnitBuffer], int]) -> str:
        """A number of each buffer."""
        buffers = (self.buffers.get(i) for i in range(MOST_BUFFERS))
        return ", ".join(str(none if buffer is None else number(buffer)) for buffer in buffers)


def mentioned_headers(texts: Iterable[str]) -> str:
    """Includes of what few kernels use, and others need not wait for."""
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    headers = {"refused.h": REFUSED_CALLS, "kernel_tuples.h": _OF_TUPLES}
    found = (header for header, names in headers.items() if not words.isdisjoint(names))
    return "".join(f'#include "{header}"\n' for header in found)


def kernel_and_entry(path: Path, text: str) -> str:
    """The kernel, and the function that runs it."""
    older = re.search(r"\bvoid\s+MAIN\b", text) is not None
    main = "NAMESPACE::kernel_main" if older else "::kernel_main"
    entry = f'extern "C" __attribute__((visibility("default"))) void {ENTRY}() {{ {main}(); }}'
    return "\n".join([f'#include "{path}"', '#line 1 "entry"', entry, ""])


def _named(name: str, value: int) -> str:
    return f'{{"{name}", {value}u}}'


def _end(buffer: UnitBuffer) -> int:
    return buffer.address + buffer.pages * buffer.page_bytes
