"""
The `ttkernel` dialect: programs as the hardware runs them. An operation is one call of the kernel API, under the name
that tt-mlir's dialect of this name has for it; `ttkernel.program` holds what the host configures.

Buffers, tensors and counts that never change are properties; indices (tiles, DST slots, pages, addresses) are `i32`
values, since loops compute them.
"""

# What others use of the dialect's modules is named here, too.
# pyright: reportUnusedImport=false

from __future__ import annotations

from functools import cache

from xdsl.ir import Dialect

from ttlang.dialects.members import attributes_in, operations_in
from ttlang.dialects.ttkernel import arguments, dst, fpu, host, layouts, matrix, messages, movement, remote, sfpu
from ttlang.dialects.ttkernel.arguments import (
    GetArgValAtOp,
    GetArgValOp,
    GetCommonArgValOp,
    MyLogicalXOp,
    MyLogicalYOp,
    TensorAccessorArgsOp,
    TensorAccessorArgsType,
    TensorAccessorOp,
    TensorAccessorType,
)
from ttlang.dialects.ttkernel.calls import BareOp, CallOp, ComputeOp, EffectOp, OneBufferOp, PureValueOp, number, symbol
from ttlang.dialects.ttkernel.cpp_spelling import Spelling
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
from ttlang.dialects.ttkernel.host import (
    CircularBufferOp,
    KernelOp,
    ProgramOp,
    SemaphoreOp,
    TensorOp,
    Thread,
    ThreadAttr,
)
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
from ttlang.dialects.ttkernel.messages import AssertOp, DPrintOp, MessageOp
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
    NocAsyncWritesFlushedOp,
    NocAsyncWriteShardOp,
)
from ttlang.dialects.ttkernel.remote import (
    CastToL1PtrOp,
    ConvertLogicalXOp,
    ConvertLogicalYOp,
    CountersOp,
    CountersType,
    CountOp,
    GetLocalNocAddrOp,
    GetNocAddrOp,
    GetNocMulticastAddrOp,
    GetSemaphoreOp,
    L1AddrPtrType,
    MulticastOp,
    NocAddrType,
    NocAsyncAtomicBarrierOp,
    NocAsyncReadOp,
    NocAsyncWriteMulticastLoopbackSrcOp,
    NocAsyncWriteMulticastOp,
    NocAsyncWriteOp,
    NocSemaphoreIncMulticastOp,
    NocSemaphoreIncOp,
    NocSemaphoreSetMulticastOp,
    NocSemaphoreSetOp,
    NocSemaphoreSetRemoteOp,
    NocSemaphoreWaitMinOp,
    NocSemaphoreWaitOp,
    WordOp,
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
    modules = host, arguments, movement, remote, dst, fpu, matrix, layouts, sfpu, messages
    operations = [*operations_in(*modules), *fpu.broadcast_ops(), *sfpu.row_ops()]
    return Dialect("ttkernel", operations, attributes_in(*modules))
