"""
What a call counts as in statistics (`machine/statistics.py`). Bytes of writes to other cores are counted by the run.
"""

from __future__ import annotations

import math
from collections import Counter

from xdsl.ir import Operation

from ttlang.analysis.accessed_tensors import accessed_tensor
from ttlang.analysis.locations import span_of
from ttlang.dialects.ttkernel.facets import (
    Awaited,
    Configuration,
    Configures,
    Extent,
    MovesPages,
    OpensSections,
    Packs,
    ReadsTensor,
    Sends,
    Signals,
    Unpacks,
    UsesDst,
    Waits,
    number_in,
)
from ttlang.machine.program_info import ProgramInfo, TensorInfo
from ttlang.machine.statistics import CountedCall

_CONFIGURATIONS = {
    Configuration.STARTUP: "inits",
    Configuration.INIT: "inits",
    Configuration.PART: "inits",
    Configuration.UNINIT: "inits",
    Configuration.FORMAT: "reconfigs",
}
_WAITS = {Awaited.PAGES: "waits", Awaited.SEMAPHORE: "waits", Awaited.TRANSFERS: "barriers"}
"""The counters of what a call waits for."""


def counted_call(op: Operation, program: ProgramInfo) -> CountedCall:
    return CountedCall(op.name.removeprefix("ttkernel."), span_of(op), work_of(op, program))


def work_of(op: Operation, program: ProgramInfo) -> Counter[str]:
    """What one call counts as, by what its operation declares."""
    work = _computed(op)
    if (configures := Configures.of(op)) and configures.kind in _CONFIGURATIONS:
        work[_CONFIGURATIONS[configures.kind]] = 1
    if (waits := Waits.of(op)) and waits.awaited in _WAITS:
        work[_WAITS[waits.awaited]] = 1
    if moves := MovesPages.of(op):
        pages, size = _moved(op, moves, program)
        work["reads" if isinstance(moves, ReadsTensor) else "writes"] = pages
        work["bytes"] = size
    if Sends.of(op):
        work["sends"] = 1
    if Signals.of(op):
        work["signals"] = 1
    return work


def _computed(op: Operation) -> Counter[str]:
    """A call without DST operands has sections of its own, and computes each tile that it reads."""
    dst, unpacks, packs, opens = UsesDst.of(op), Unpacks.of(op), Packs.of(op), OpensSections.of(op)
    unpacked = unpacks.total(op) if unpacks else 0
    tiles = dst.written(op) if dst else unpacked
    packed = packs.tiles.total(op) if packs else 0
    sections = opens.total(op) if opens else 0
    return +Counter(tiles=tiles, unpacks=unpacked, packs=packed, sections=sections)


def _moved(op: Operation, moves: MovesPages, program: ProgramInfo) -> tuple[int, int]:
    """Pages and bytes of a transfer."""
    name = accessed_tensor(moves.accessor(op))
    if name is None:
        return 1, 0
    if moves.extent is Extent.PART:
        return 1, number_in(op, "size")
    tensor = program.tensor_named[name]
    pages = _pages(op, moves.extent, tensor)
    return pages, pages * tensor.page_bytes


def _pages(op: Operation, extent: Extent, tensor: TensorInfo) -> int:
    if extent is Extent.RUN:
        return number_in(op, "pages")
    return math.prod(tensor.shard_shape) if extent is Extent.SHARD else 1
