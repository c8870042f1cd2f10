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

from ttlang.dialects.dialect_members import attributes_in, operations_in
from ttlang.dialects.ttkernel import (
    arguments,
    barriers,
    circular_buffers,
    core_addresses,
    core_transfers,
    counters,
    dst,
    elements,
    fpu,
    layouts,
    matrix,
    prints,
    resources,
    semaphores,
    sfpu,
    signposts,
    tensor_transfers,
    threads,
    unit_configuration,
)
from ttlang.dialects.ttkernel.arguments import (
    GetArgValAtOp,
    GetArgValOp,
    GetCommonArgValOp,
    GetRuntimeArgValOp,
    MyLogicalXOp,
    MyLogicalYOp,
    TensorAccessorArgsOp,
    TensorAccessorArgsType,
    TensorAccessorOp,
    TensorAccessorType,
)
from ttlang.dialects.ttkernel.barriers import (
    NocAsyncAtomicBarrierOp,
    NocAsyncPostedWritesFlushedOp,
    NocAsyncReadBarrierOp,
    NocAsyncReadBarrierWithTridOp,
    NocAsyncReadSetTridOp,
    NocAsyncWriteBarrierOp,
    NocAsyncWriteBarrierWithTridOp,
    NocAsyncWriteFlushedWithTridOp,
    NocAsyncWriteSetTridOp,
    NocAsyncWritesFlushedOp,
)
from ttlang.dialects.ttkernel.call_families import (
    BareOp,
    CallOp,
    ComputeOp,
    EffectOp,
    OneBufferOp,
    PacketOp,
    PureValueOp,
    number,
    packet_properties,
    symbol,
)
from ttlang.dialects.ttkernel.circular_buffers import (
    CBPopFrontOp,
    CBPushBackOp,
    CBReserveBackOp,
    CBWaitFrontOp,
    FilledPagesOp,
    GetReadPtrOp,
    GetTileSizeOp,
    GetWritePtrOp,
)
from ttlang.dialects.ttkernel.core_addresses import (
    ConvertLogicalXOp,
    ConvertLogicalYOp,
    GetDramBankNocAddrOp,
    GetL1BankNocAddrOp,
    GetLocalNocAddrOp,
    GetNocAddrOp,
    GetNocMulticastAddrOp,
    NocAddrType,
)
from ttlang.dialects.ttkernel.core_transfers import (
    MulticastOp,
    NocAsyncReadOp,
    NocAsyncWriteMulticastLoopbackSrcOp,
    NocAsyncWriteMulticastOp,
    NocAsyncWriteOp,
)
from ttlang.dialects.ttkernel.counters import CounterOp, CountersOp, CountersType, CountOp, LoadCounterOp
from ttlang.dialects.ttkernel.cpp_spelling import Spelling
from ttlang.dialects.ttkernel.dst import (
    CopyDestValuesInitOp,
    CopyDestValuesOp,
    CopyTileInitOp,
    CopyTileOp,
    PackTileBlockOp,
    PackTileOp,
    TileRegsAcquireOp,
    TileRegsCommitOp,
    TileRegsReleaseOp,
    TileRegsWaitOp,
)
from ttlang.dialects.ttkernel.elements import (
    CastToElementPtrOp,
    CompareFloatsOp,
    ElementPtrType,
    IntegerPartOp,
    InvalidateL1CacheOp,
    LoadElementOp,
    StoreElementOp,
)
from ttlang.dialects.ttkernel.fpu import (
    BROADCAST_DIMS,
    FPU_BINARY,
    FPU_BROADCAST,
    AddTilesInitOp,
    AddTilesOp,
    BinaryDestReuseTilesInitOp,
    BinaryDestReuseTilesOp,
    BinaryMathInitOp,
    FPUBinaryInitOp,
    FPUBinaryOp,
    FPUBroadcastOp,
    MulTilesInitOp,
    MulTilesOp,
    SubTilesInitOp,
    SubTilesOp,
    UnpackInitOp,
)
from ttlang.dialects.ttkernel.layouts import (
    PackUntilizeBlockOp,
    PackUntilizeDestInitOp,
    PackUntilizeDestOp,
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
from ttlang.dialects.ttkernel.prints import AssertOp, DebugOp, DPrintElementsOp, DPrintOp, DPrintRowOp, MessageOp
from ttlang.dialects.ttkernel.resources import (
    CircularBufferOp,
    KernelOp,
    ProgramOp,
    RuntimeArgumentOp,
    SemaphoreOp,
    TensorOp,
)
from ttlang.dialects.ttkernel.semaphores import (
    CastToL1PtrOp,
    GetSemaphoreOp,
    L1AddrPtrType,
    LoadSemaphoreOp,
    NocSemaphoreIncMulticastOp,
    NocSemaphoreIncOp,
    NocSemaphoreSetMulticastLoopbackSrcOp,
    NocSemaphoreSetMulticastOp,
    NocSemaphoreSetOp,
    NocSemaphoreSetRemoteOp,
    NocSemaphoreWaitMinOp,
    NocSemaphoreWaitOp,
    SetMulticastOp,
    WordOp,
)
from ttlang.dialects.ttkernel.sfpu import (
    SFPUInitOfNumbersOp,
    SFPUInitOp,
    SFPUTileOp,
    TypecastTileInitOp,
    TypecastTileOp,
    sfpu_init_op,
    sfpu_tile_op,
    slot_count,
)
from ttlang.dialects.ttkernel.signposts import SignpostBeginOp, SignpostEndOp
from ttlang.dialects.ttkernel.tensor_transfers import (
    NocAsyncReadPageOp,
    NocAsyncReadRowOp,
    NocAsyncReadRunOp,
    NocAsyncReadShardOp,
    NocAsyncReadZerosOp,
    NocAsyncWritePageOp,
    NocAsyncWriteRowOp,
    NocAsyncWriteRunOp,
    NocAsyncWriteShardOp,
)
from ttlang.dialects.ttkernel.threads import Thread, ThreadAttr
from ttlang.dialects.ttkernel.unit_configuration import (
    ComputeKernelHWStartupOp,
    PackReconfigDataFormatOp,
    PackReconfigL1AccOp,
    ReconfigDataFormatOp,
    ReconfigDataFormatSrcAOp,
    ReconfigDataFormatSrcBOp,
)


@cache
def ttkernel_dialect() -> Dialect:
    """The dialect with the operations of every row of the table; made on demand: only parsers need all of them."""
    modules = (
        threads,
        resources,
        arguments,
        circular_buffers,
        tensor_transfers,
        core_addresses,
        core_transfers,
        barriers,
        semaphores,
        counters,
        elements,
        dst,
        unit_configuration,
        fpu,
        matrix,
        layouts,
        sfpu,
        prints,
        signposts,
    )
    operations = [*operations_in(*modules), *fpu.broadcast_ops(), *sfpu.row_ops()]
    return Dialect("ttkernel", operations, attributes_in(*modules))
