"""
The `ttl` dialect: kernels as their authors think of them, in blocks of tiles.

A `ttl.kernel` holds its resources and then its threads. A block is a view of its circular buffer; the elementwise
functions, one operation each, work on blocks and, inside `ttl.compute`, on tiles.
"""

# What others use of the dialect's modules is named here, too.
# pyright: reportUnusedImport=false

from __future__ import annotations

from functools import cache

from xdsl.ir import Dialect

from ttlang.dialects.dialect_members import attributes_in, operations_in
from ttlang.dialects.ttl import (
    blocks,
    buffers,
    compute,
    cores,
    elements,
    layouts,
    pipes,
    prints,
    resources,
    signposts,
    transfers,
    types,
    views,
)
from ttlang.dialects.ttl.blocks import (
    EXPRESSION,
    EXPRESSIONS,
    BroadcastOp,
    ElementwiseOp,
    FromL1Op,
    MatmulOp,
    ReduceMaxOp,
    ReduceOp,
    ReduceSumOp,
    StoreOp,
    TileOp,
    TransposeOp,
    TypecastOp,
    ViewOp,
    elementwise_op,
    reduced_sizes,
)
from ttlang.dialects.ttl.buffers import (
    AcquireOp,
    CBPopOp,
    CBPushOp,
    CBReserveOp,
    CBWaitOp,
    FilledPagesOp,
    HandOnOp,
    ReleaseOp,
    buffer_name,
)
from ttlang.dialects.ttl.compute import MAPS, AccumulateOp, ComputeOp, CopyTileOp, Input, MulAddOp, YieldOp
from ttlang.dialects.ttl.cores import CoreArgumentOp, CoreTableEntryOp, CoreTableOp, CoreXOp, CoreYOp
from ttlang.dialects.ttl.effects import EffectOp, ThreadKind
from ttlang.dialects.ttl.elements import (
    CompareElementsOp,
    ElementConstantOp,
    ElementOp,
    LoadElementOp,
    LoadIndexOp,
    LoadOp,
    StoreElementOp,
    extents_of,
)
from ttlang.dialects.ttl.layouts import (
    TilizeOp,
    UntilizeOp,
    move,
    push,
    rows_of_tiles,
    sizes_in_elements,
    sizes_in_tiles,
)
from ttlang.dialects.ttl.pipes import (
    Comparison,
    ComparisonAttr,
    Coordinate,
    CoordinateAttr,
    CreatePipeOp,
    CreateSemaphoreOp,
    IfPipeDstOp,
    IfPipeOp,
    IfPipeSrcOp,
    PipeCoordinateOp,
    Rectangle,
    SemaphoreIncOp,
    SemaphoreOp,
    SemaphoreSetOp,
    SemaphoreWaitOp,
    cores_in,
    pipes_at,
    pipes_of,
    semaphores_of,
)
from ttlang.dialects.ttl.prints import AssertOp, MessageOp, PrintBlockOp, PrintOp
from ttlang.dialects.ttl.resources import (
    ComputeThreadOp,
    Core,
    CreateCBOp,
    DataMovementThreadOp,
    KernelOp,
    RuntimeArgumentOp,
    TensorAccessorOp,
    ThreadOp,
    UnifiedThreadOp,
)
from ttlang.dialects.ttl.signposts import SignpostBeginOp, SignpostEndOp
from ttlang.dialects.ttl.transfers import (
    CopyOp,
    DMABarrierOp,
    TagReadsOp,
    TensorShardOp,
    TensorSliceOp,
    WaitAnyOp,
    WaitOp,
    WritesFlushedOp,
    copy_direction,
)
from ttlang.dialects.ttl.types import (
    BlockType,
    CircularBufferType,
    CoreTableType,
    Dim,
    DimAttr,
    Direction,
    DirectionAttr,
    ElementType,
    Engine,
    EngineAttr,
    PipeType,
    SemaphoreType,
    ShapedType,
    SliceType,
    TransferHandleType,
    buffer_type,
)
from ttlang.dialects.ttl.views import MATRIX, ViewAttr, strides_of, whole
from ttlang.tables.functions import FUNCTIONS


@cache
def ttl_dialect() -> Dialect:
    """The dialect with an operation for each row of the table; made on demand, since only parsers need all of them."""
    modules = (
        *(types, views, resources, cores, buffers, transfers, elements, layouts, blocks, compute, pipes, prints),
        signposts,
    )
    operations = [*operations_in(*modules), *(elementwise_op(row) for row in FUNCTIONS)]
    return Dialect("ttl", operations, attributes_in(*modules))
