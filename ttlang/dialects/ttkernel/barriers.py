"""Barriers: a thread waits for its own transfers."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue
from xdsl.irdl import operand_def

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import BareOp, EffectOp
from ttlang.dialects.ttkernel.cpp_spelling import Option
from ttlang.dialects.ttkernel.facets import (
    Awaited,
    DataMovementOnly,
    ReachesCores,
    Waits,
    facets,
)


@irdl_op_definition
class NocAsyncReadBarrierOp(BareOp):
    """Blocks until all reads of this thread have landed."""

    name = "ttkernel.noc_async_read_barrier"
    FACETS: ClassVar = facets(DataMovementOnly(), Waits(Awaited.TRANSFERS))


class _TridOp(EffectOp, ABC):
    """`trid`: a transaction id, 0 to 15."""

    trid = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("trid",)
    assembly_format = "`(` $trid `)` attr-dict"

    def __init__(self, trid: SSAValue):
        super().__init__(operands=[trid])


class _SetTridOp(_TridOp, ABC):
    FACETS: ClassVar = facets(DataMovementOnly())
    OPTIONS: ClassVar[tuple[Option, ...]] = (Option("noc_index"),)


class _TridBarrierOp(_TridOp, ABC):
    FACETS: ClassVar = facets(DataMovementOnly(), Waits(Awaited.TRANSFERS))


@irdl_op_definition
class NocAsyncReadSetTridOp(_SetTridOp):
    """Reads of this thread have this transaction id from now on; 0 at its start."""

    name = "ttkernel.noc_async_read_set_trid"


@irdl_op_definition
class NocAsyncReadBarrierWithTridOp(_TridBarrierOp):
    """Blocks until the reads of this thread with a transaction id have landed."""

    name = "ttkernel.noc_async_read_barrier_with_trid"


@irdl_op_definition
class NocAsyncWriteSetTridOp(_SetTridOp):
    """Writes of this thread have this transaction id from now on; 0 at its start."""

    name = "ttkernel.noc_async_write_set_trid"


@irdl_op_definition
class NocAsyncWriteBarrierWithTridOp(_TridBarrierOp):
    """Blocks until the writes of this thread with a transaction id have landed, but posted ones."""

    name = "ttkernel.noc_async_write_barrier_with_trid"


@irdl_op_definition
class NocAsyncWriteFlushedWithTridOp(_TridBarrierOp):
    """Blocks until the data of the writes of this thread with a transaction id, but posted ones, have left L1."""

    name = "ttkernel.noc_async_write_flushed_with_trid"


@irdl_op_definition
class NocAsyncWriteBarrierOp(BareOp):
    """Blocks until all writes of this thread have landed, but posted ones."""

    name = "ttkernel.noc_async_write_barrier"
    FACETS: ClassVar = facets(DataMovementOnly(), Waits(Awaited.TRANSFERS))


@irdl_op_definition
class NocAsyncWritesFlushedOp(BareOp):
    """Blocks until the data of all writes of this thread, but posted ones, have left L1, which may be changed then."""

    name = "ttkernel.noc_async_writes_flushed"
    FACETS: ClassVar = facets(DataMovementOnly(), Waits(Awaited.TRANSFERS))


@irdl_op_definition
class NocAsyncPostedWritesFlushedOp(BareOp):
    """The same for posted writes, for whose arrival nothing waits."""

    name = "ttkernel.noc_async_posted_writes_flushed"
    FACETS: ClassVar = facets(DataMovementOnly(), Waits(Awaited.TRANSFERS))


@irdl_op_definition
class NocAsyncAtomicBarrierOp(BareOp):
    """Blocks until all increments of this thread have been made."""

    name = "ttkernel.noc_async_atomic_barrier"
    FACETS: ClassVar = facets(ReachesCores(), Waits(Awaited.TRANSFERS))
