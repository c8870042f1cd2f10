"""What a call counts as in statistics (`machine/statistics.py`)."""

from __future__ import annotations

import math
from collections import Counter

from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.locations import span_of
from ttlang.backends.simulator.call_kinds import SIGNALS
from ttlang.backends.simulator.read_program import buffer_of, tensor_of
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel import layouts
from ttlang.machine.loaded import ProgramInfo, TensorInfo
from ttlang.machine.statistics import CountedCall

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


def counted_call(op: Operation, program: ProgramInfo) -> CountedCall:
    return CountedCall(op.name.removeprefix("ttkernel."), span_of(op), work_of(op, program))


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
            pages, size = _moved(op, program.tensor_named[tensor]) if tensor else (1, 0)
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


def _moved(op: Operation, tensor: TensorInfo) -> tuple[int, int]:
    """Pages and bytes of a transfer."""
    if isinstance(op, ttkernel.NocAsyncReadRowOp | ttkernel.NocAsyncWriteRowOp):
        return 1, op.size.value.data
    whole_shard = isinstance(op, ttkernel.NocAsyncReadShardOp | ttkernel.NocAsyncWriteShardOp)
    pages = math.prod(tensor.shard_shape) if whole_shard else 1
    return pages, pages * tensor.page_bytes


def _size_of(size: SSAValue, program: ProgramInfo) -> int:
    """Bytes of a transfer: tiles of a buffer, and a constant number of them."""
    match size.owner:
        case ttkernel.GetTileSizeOp() as op:
            return buffer_of(program, op.cb).page_bytes
        case arith.MuliOp() as op:
            return _size_of(op.lhs, program) * _size_of(op.rhs, program)
        case arith.ConstantOp():
            return constant_value(size) or 0
        case _:
            return 0
