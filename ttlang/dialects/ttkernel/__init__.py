"""
The `ttkernel` dialect: programs as the hardware runs them. An operation is one call of the kernel API, under the name
that tt-mlir's dialect of this name has for it; `ttkernel.program` holds what the host configures.

Buffers, tensors and counts that never change are properties; indices (tiles, DST slots, pages, addresses) are `i32`
values, since loops compute them.
"""

from __future__ import annotations

from functools import cache

from xdsl.ir import Dialect

from ttlang.dialects.ttkernel import arguments, dst, fpu, host, layouts, matrix, movement, sfpu
from ttlang.dialects.ttkernel.arguments import (
    GetArgValOp,
    GetCommonArgValOp,
    MyLogicalXOp,
    MyLogicalYOp,
    TensorAccessorArgsOp,
    TensorAccessorArgsType,
    TensorAccessorOp,
    TensorAccessorType,
)
from ttlang.dialects.ttkernel.calls import BareOp, CallOp, EffectOp, OneBufferOp, PureValueOp, number, symbol
from ttlang.dialects.ttkernel.dst import (
    ComputeKernelHWStartupOp,
    CopyDestValuesInitOp,
    CopyDestValuesOp,
    CopyTileInitOp,
    CopyTileOp,
    PackReconfigDataFormatOp,
    PackReconfigL1AccOp,
    PackTileBlockOp,
    PackTileOp,
    ReconfigDataFormatOp,
    ReconfigDataFormatSrcAOp,
    ReconfigDataFormatSrcBOp,
    TileRegsAcquireOp,
    TileRegsCommitOp,
    TileRegsReleaseOp,
    TileRegsWaitOp,
)
from ttlang.dialects.ttkernel.fpu import (
    BROADCAST_DIMS,
    FPU_BINARY,
    FPU_BROADCAST,
    AddTilesInitOp,
    AddTilesOp,
    BinaryDestReuseTilesInitOp,
    BinaryDestReuseTilesOp,
    FPUBinaryInitOp,
    FPUBinaryOp,
    FPUBroadcastOp,
    MulTilesInitOp,
    MulTilesOp,
    SubTilesInitOp,
    SubTilesOp,
)
from ttlang.dialects.ttkernel.host import CircularBufferOp, KernelOp, ProgramOp, TensorOp, Thread, ThreadAttr
from ttlang.dialects.ttkernel.layouts import (
    PackUntilizeBlockOp,
    PackUntilizeInitOp,
    PackUntilizeUninitOp,
    TilizeBlockOp,
    TilizeInitOp,
    TilizeUninitOp,
)
from ttlang.dialects.ttkernel.matrix import (
    MatmulBlockInitOp,
    MatmulBlockOp,
    ReduceInitOp,
    ReduceTileOp,
    ReduceUninitOp,
    TransposeInitOp,
    TransposeTileOp,
)
from ttlang.dialects.ttkernel.movement import (
    TENSOR_READS,
    TENSOR_WRITES,
    CBPopFrontOp,
    CBPushBackOp,
    CBReserveBackOp,
    CBWaitFrontOp,
    GetReadPtrOp,
    GetTileSizeOp,
    GetWritePtrOp,
    NocAsyncReadBarrierOp,
    NocAsyncReadPageOp,
    NocAsyncReadRowOp,
    NocAsyncReadShardOp,
    NocAsyncWriteBarrierOp,
    NocAsyncWritePageOp,
    NocAsyncWriteRowOp,
    NocAsyncWriteShardOp,
)
from ttlang.dialects.ttkernel.sfpu import (
    SFPUInitOp,
    SFPUTileOp,
    TypecastTileInitOp,
    TypecastTileOp,
    sfpu_init_op,
    sfpu_tile_op,
    slot_count,
)


@cache
def ttkernel_dialect() -> Dialect:
    """The dialect with the operations of every row of the table; made on demand: only parsers need all of them."""
    return Dialect(
        "ttkernel",
        [
            *host.OPS,
            *arguments.OPS,
            *movement.OPS,
            *dst.OPS,
            *fpu.OPS,
            *matrix.OPS,
            *layouts.OPS,
            *sfpu.OPS,
            *sfpu.row_ops(),
        ],
        [ThreadAttr, TensorAccessorArgsType, TensorAccessorType],
    )


__all__ = [
    "BROADCAST_DIMS",
    "FPU_BINARY",
    "FPU_BROADCAST",
    "TENSOR_READS",
    "TENSOR_WRITES",
    "AddTilesInitOp",
    "AddTilesOp",
    "BareOp",
    "BinaryDestReuseTilesInitOp",
    "BinaryDestReuseTilesOp",
    "CBPopFrontOp",
    "CBPushBackOp",
    "CBReserveBackOp",
    "CBWaitFrontOp",
    "CallOp",
    "CircularBufferOp",
    "ComputeKernelHWStartupOp",
    "CopyDestValuesInitOp",
    "CopyDestValuesOp",
    "CopyTileInitOp",
    "CopyTileOp",
    "EffectOp",
    "FPUBinaryInitOp",
    "FPUBinaryOp",
    "FPUBroadcastOp",
    "GetArgValOp",
    "GetCommonArgValOp",
    "GetReadPtrOp",
    "GetTileSizeOp",
    "GetWritePtrOp",
    "KernelOp",
    "MatmulBlockInitOp",
    "MatmulBlockOp",
    "MulTilesInitOp",
    "MulTilesOp",
    "MyLogicalXOp",
    "MyLogicalYOp",
    "NocAsyncReadBarrierOp",
    "NocAsyncReadPageOp",
    "NocAsyncReadRowOp",
    "NocAsyncReadShardOp",
    "NocAsyncWriteBarrierOp",
    "NocAsyncWritePageOp",
    "NocAsyncWriteRowOp",
    "NocAsyncWriteShardOp",
    "OneBufferOp",
    "PackReconfigDataFormatOp",
    "PackReconfigL1AccOp",
    "PackTileBlockOp",
    "PackTileOp",
    "PackUntilizeBlockOp",
    "PackUntilizeInitOp",
    "PackUntilizeUninitOp",
    "ProgramOp",
    "PureValueOp",
    "ReconfigDataFormatOp",
    "ReconfigDataFormatSrcAOp",
    "ReconfigDataFormatSrcBOp",
    "ReduceInitOp",
    "ReduceTileOp",
    "ReduceUninitOp",
    "SFPUInitOp",
    "SFPUTileOp",
    "SubTilesInitOp",
    "SubTilesOp",
    "TensorAccessorArgsOp",
    "TensorAccessorArgsType",
    "TensorAccessorOp",
    "TensorAccessorType",
    "TensorOp",
    "Thread",
    "ThreadAttr",
    "TileRegsAcquireOp",
    "TileRegsCommitOp",
    "TileRegsReleaseOp",
    "TileRegsWaitOp",
    "TilizeBlockOp",
    "TilizeInitOp",
    "TilizeUninitOp",
    "TransposeInitOp",
    "TransposeTileOp",
    "TypecastTileInitOp",
    "TypecastTileOp",
    "number",
    "sfpu_init_op",
    "sfpu_tile_op",
    "slot_count",
    "symbol",
    "ttkernel_dialect",
]
