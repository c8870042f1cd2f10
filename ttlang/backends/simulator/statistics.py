"""
What a run did, counted for each thread and line of the kernel's source (`ttlang run --stats`). These are the figures by
which a kernel is compared with another one, or with one written by hand.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.locations import span_of
from ttlang.backends.simulator.program import SIGNALS, ProgramInfo, tensor_of
from ttlang.dialects import ttkernel
from ttlang.dialects.ttcore import ShardsAttr, TensorType
from ttlang.dialects.ttkernel import layouts

COUNTERS = {
    "tiles": "tile operations of the FPU and the SFPU, a matmul's products and a reduction's tiles one by one",
    "unpacks": "tiles moved out of L1 by the unpackers",
    "packs": "tiles moved into L1 by the packer",
    "sections": "DST sections: acquire to release",
    "inits": "inits and uninits, the startup among them",
    "reconfigs": "changes of a unit's format, or of what the packer does",
    "reads": "pages read over the NOC",
    "writes": "pages written over the NOC",
    "bytes": "bytes of these pages",
    "sends": "writes to other cores, a multicast as one",
    "sent bytes": "bytes of these writes, those of a multicast once",
    "signals": "changes of semaphores, a multicast as one",
    "barriers": "barriers on transfers",
    "waits": "waits for pages of a buffer, filled or free, and for semaphores",
}
"""What is counted."""

_RECONFIGURATIONS = (
    ttkernel.ReconfigDataFormatOp,
    ttkernel.ReconfigDataFormatSrcAOp,
    ttkernel.ReconfigDataFormatSrcBOp,
    ttkernel.PackReconfigDataFormatOp,
    ttkernel.PackReconfigL1AccOp,
)
_INITS = (
    ttkernel.ComputeKernelHWStartupOp,
    ttkernel.CopyTileInitOp,
    ttkernel.FPUBinaryInitOp,
    ttkernel.BinaryDestReuseTilesInitOp,
    ttkernel.MatmulBlockInitOp,
    ttkernel.ReduceInitOp,
    ttkernel.ReduceUninitOp,
    ttkernel.TransposeInitOp,
    ttkernel.SFPUInitOp,
    ttkernel.CopyDestValuesInitOp,
    ttkernel.TypecastTileInitOp,
    *layouts.INITS,
    *layouts.UNINITS,
)


_BARRIERS = (
    ttkernel.NocAsyncReadBarrierOp,
    ttkernel.NocAsyncWriteBarrierOp,
    ttkernel.NocAsyncWritesFlushedOp,
    ttkernel.NocAsyncAtomicBarrierOp,
)
_WAITS = (
    ttkernel.CBWaitFrontOp,
    ttkernel.CBReserveBackOp,
    ttkernel.NocSemaphoreWaitOp,
    ttkernel.NocSemaphoreWaitMinOp,
)


def _size_of(size: SSAValue, program: ProgramInfo) -> int:
    """Bytes of a transfer: tiles of a buffer, and a constant number of them."""
    match size.owner:
        case ttkernel.GetTileSizeOp() as op:
            return program.buffer(op.cb).page_bytes
        case arith.MuliOp() as op:
            return _size_of(op.lhs, program) * _size_of(op.rhs, program)
        case arith.ConstantOp():
            return constant_value(size) or 0
        case _:
            return 0


def work_of(op: Operation, program: ProgramInfo) -> Counter[str]:
    """What one call counts as."""
    match op:
        case ttkernel.CopyTileOp() | ttkernel.TransposeTileOp() | ttkernel.BinaryDestReuseTilesOp():
            return Counter(tiles=1, unpacks=1)
        case ttkernel.FPUBinaryOp() | ttkernel.ReduceTileOp():
            return Counter(tiles=1, unpacks=2)
        case ttkernel.MatmulBlockOp():
            rows, columns = op.rt.value.data, op.ct.value.data
            return Counter(tiles=rows * columns, unpacks=rows + columns)
        case ttkernel.SFPUTileOp() | ttkernel.CopyDestValuesOp() | ttkernel.TypecastTileOp():
            return Counter(tiles=1)
        case ttkernel.PackTileOp():
            return Counter(packs=1)
        case ttkernel.PackTileBlockOp():
            return Counter(packs=op.tiles.value.data)
        case ttkernel.TilizeBlockOp():
            return Counter(dict.fromkeys(("tiles", "unpacks", "packs", "sections"), op.width.value.data))
        case ttkernel.PackUntilizeBlockOp():
            return Counter(sections=1) + Counter(dict.fromkeys(("tiles", "unpacks", "packs"), op.part.value.data))
        case ttkernel.TileRegsAcquireOp():
            return Counter(sections=1)
        case _ if isinstance(op, (*ttkernel.TENSOR_READS, *ttkernel.TENSOR_WRITES)):
            accessor = op.accessor.owner
            tensor = tensor_of(accessor) if isinstance(accessor, ttkernel.TensorAccessorOp) else None
            pages, size = _moved(op, program.tensor_named[tensor].type) if tensor else (1, 0)
            kind = "reads" if isinstance(op, ttkernel.TENSOR_READS) else "writes"
            return Counter({kind: pages, "bytes": size})
        case ttkernel.NocAsyncWriteOp() | ttkernel.MulticastOp():
            return Counter({"sends": 1, "sent bytes": _size_of(op.size, program)})
        case _ if isinstance(op, SIGNALS):
            return Counter(signals=1)
        case _ if isinstance(op, _BARRIERS):
            return Counter(barriers=1)
        case _ if isinstance(op, _WAITS):
            return Counter(waits=1)
        case _ if isinstance(op, _INITS):
            return Counter(inits=1)
        case _ if isinstance(op, _RECONFIGURATIONS):
            return Counter(reconfigs=1)
        case _:
            return Counter()


def _moved(op: Operation, tensor: TensorType) -> tuple[int, int]:
    """Pages and bytes of a transfer."""
    if isinstance(op, ttkernel.NocAsyncReadRowOp | ttkernel.NocAsyncWriteRowOp):
        return 1, op.size.value.data
    whole_shard = isinstance(op, ttkernel.NocAsyncReadShardOp | ttkernel.NocAsyncWriteShardOp)
    pages = math.prod(tensor.shards.sizes) if whole_shard and isinstance(tensor.shards, ShardsAttr) else 1
    return pages, pages * tensor.page_bytes


@dataclass(frozen=True)
class Line:
    """What a line of a thread did, over all cores."""

    thread: str
    file: str
    line: int
    work: Counter[str]
    operations: Counter[str]
    """Tile operations by the name of the call."""


@dataclass(frozen=True)
class Statistics:
    """The counters of one run."""

    kernel: str
    cores: int
    lines: tuple[Line, ...]

    def total(self, counter: str, thread: str | None = None) -> int:
        """A counter over all lines (of a thread)."""
        return sum(line.work[counter] for line in self.lines if thread in (None, line.thread))

    def operations(self) -> Counter[str]:
        """Tile operations by the name of the call."""
        return sum((line.operations for line in self.lines), Counter[str]())

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(
            {
                "kernel": self.kernel,
                "cores": self.cores,
                "total": {name: self.total(name) for name in COUNTERS},
                "operations": dict(self.operations()),
                "lines": [
                    {
                        "thread": line.thread,
                        "file": line.file,
                        "line": line.line,
                        **{name: line.work[name] for name in COUNTERS if line.work[name]},
                        **({"operations": dict(line.operations)} if line.operations else {}),
                    }
                    for line in self.lines
                ],
            }
        )

    def table(self) -> str:
        """As text."""
        used = [name for name in COUNTERS if self.total(name)]
        rows = [("thread", "line", *used)]
        for line in self.lines:
            place = f"{Path(line.file).name}:{line.line}"
            rows.append((line.thread, place, *(str(line.work[name] or "") for name in used)))
        rows.append(("all", "", *(str(self.total(name)) for name in used)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        head = f"{self.kernel} on {self.cores} core{'s' if self.cores > 1 else ''}"
        lines = [head, *(_row(row, widths) for row in rows)]
        calls = ", ".join(f"{name} {count}" for name, count in self.operations().most_common())
        return "\n".join([*lines, *([f"  tile operations: {calls}"] if calls else [])])


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    texts = [f"{cell:<{width}}" for cell, width in zip(cells[:2], widths[:2], strict=True)]
    figures = [f"{cell:>{width}}" for cell, width in zip(cells[2:], widths[2:], strict=True)]
    return ("  " + "  ".join([*texts, *figures])).rstrip()


def collect(program: ProgramInfo, counted: Iterable[tuple[str, Sequence[Operation], Sequence[int]]]) -> Statistics:
    """The statistics of a run. `counted`: for each thread its name, its calls and how often each was made."""
    work: defaultdict[tuple[str, str, int], Counter[str]] = defaultdict(Counter)
    operations: defaultdict[tuple[str, str, int], Counter[str]] = defaultdict(Counter)
    for thread, ops, counts in counted:
        for op, count in zip(ops, counts, strict=True):
            span = span_of(op)
            key = (thread, span.file if span else "", span.line if span else 0)
            each = work_of(op, program)
            for name, amount in each.items():
                work[key][name] += amount * count
            if each["tiles"]:
                operations[key][op.name.removeprefix("ttkernel.")] += each["tiles"] * count
    lines = (Line(*key, +found, +operations[key]) for key, found in work.items() if +found)
    order = {name: place for place, name in enumerate(kernel.name for kernel in program.kernels)}
    name = program.op.sym_name.data
    return Statistics(
        name, program.cores, tuple(sorted(lines, key=lambda line: (order[line.thread], line.file, line.line)))
    )
