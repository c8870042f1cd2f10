"""The calls of the kernel API by what they do, for those who treat all of a kind alike."""

from __future__ import annotations

from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel import layouts

FILLING = (ttkernel.CBReserveBackOp, ttkernel.CBPushBackOp)
"""What the producer of a buffer calls."""
DRAINING = (ttkernel.CBWaitFrontOp, ttkernel.CBPopFrontOp)
"""What the consumer of a buffer calls."""

TILE_OPS = (
    ttkernel.CopyTileOp,
    ttkernel.CopyDestValuesOp,
    ttkernel.PackTileOp,
    ttkernel.PackTileBlockOp,
    ttkernel.FPUBinaryOp,
    ttkernel.BinaryDestReuseTilesOp,
    ttkernel.MatmulBlockOp,
    ttkernel.ReduceTileOp,
    ttkernel.TransposeTileOp,
    ttkernel.SFPUTileOp,
    ttkernel.TypecastTileOp,
    *layouts.BLOCKS,
)
"""Calls on tiles."""
CONFIGURATION_OPS = (
    ttkernel.ComputeKernelHWStartupOp,
    ttkernel.ReconfigDataFormatOp,
    ttkernel.ReconfigDataFormatSrcAOp,
    ttkernel.ReconfigDataFormatSrcBOp,
    ttkernel.PackReconfigDataFormatOp,
    ttkernel.PackReconfigL1AccOp,
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
    ttkernel.TileRegsAcquireOp,
    ttkernel.TileRegsCommitOp,
    ttkernel.TileRegsWaitOp,
    ttkernel.TileRegsReleaseOp,
)
"""Calls that change what the compute unit is set to."""
REMOTE_OPS = (
    ttkernel.ConvertLogicalXOp,
    ttkernel.ConvertLogicalYOp,
    ttkernel.GetNocAddrOp,
    ttkernel.GetLocalNocAddrOp,
    ttkernel.GetNocMulticastAddrOp,
    ttkernel.NocAsyncReadOp,
    ttkernel.NocAsyncWriteOp,
    ttkernel.MulticastOp,
    ttkernel.NocAsyncAtomicBarrierOp,
    ttkernel.GetSemaphoreOp,
    ttkernel.CastToL1PtrOp,
    ttkernel.WordOp,
    ttkernel.NocSemaphoreIncOp,
    ttkernel.NocSemaphoreIncMulticastOp,
    ttkernel.NocSemaphoreSetRemoteOp,
    ttkernel.NocSemaphoreSetMulticastOp,
)
"""Calls that reach other cores, or semaphores."""
SIGNALS = (
    ttkernel.NocSemaphoreSetOp,
    ttkernel.NocSemaphoreIncOp,
    ttkernel.NocSemaphoreIncMulticastOp,
    ttkernel.NocSemaphoreSetRemoteOp,
    ttkernel.NocSemaphoreSetMulticastOp,
)
"""Calls that change semaphores."""
DATA_MOVEMENT_ONLY = (
    *ttkernel.TENSOR_READS,
    *ttkernel.TENSOR_WRITES,
    ttkernel.NocAsyncReadBarrierOp,
    ttkernel.NocAsyncWriteBarrierOp,
    ttkernel.NocAsyncWritesFlushedOp,
    ttkernel.GetReadPtrOp,
    ttkernel.GetWritePtrOp,
    ttkernel.GetTileSizeOp,
    *REMOTE_OPS,
)
"""Calls that a compute kernel can't make."""
