"""Circular buffers and transfers."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import (
    IntegerAttr,
    SymbolRefAttr,
    i32,
    i64,
)
from xdsl.ir import (
    SSAValue,
)
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import (
    MemoryReadEffect,
    Pure,
)

from ttlang.dialects.ttkernel.arguments import TensorAccessorType
from ttlang.dialects.ttkernel.calls import BareOp, CallOp, EffectOp, number, symbol
from ttlang.dialects.ttkernel.cpp_spelling import Spelling
from ttlang.dialects.ttkernel.facets import (
    Awaited,
    DataMovementOnly,
    Drains,
    Extent,
    Fills,
    ReadsTensor,
    Waits,
    WritesTensor,
    facets,
)
from ttlang.tables.kernel_api import TTNN_0_81


class _BufferCountOp(EffectOp, ABC):
    cb = prop_def(SymbolRefAttr)
    pages = prop_def(IntegerAttr.constr(i64))
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb", "pages")
    assembly_format = "`(` $cb `,` $pages `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr, pages: int):
        super().__init__(properties={"cb": symbol(cb), "pages": number(pages)})


@irdl_op_definition
class CBReserveBackOp(_BufferCountOp):
    """Blocks until `pages` pages are free."""

    name = "ttkernel.cb_reserve_back"
    FACETS: ClassVar = facets(Fills(), Waits(Awaited.PAGES))


@irdl_op_definition
class CBPushBackOp(_BufferCountOp):
    """Hands `pages` pages to the consumer."""

    name = "ttkernel.cb_push_back"
    FACETS: ClassVar = facets(Fills(releases=True))


@irdl_op_definition
class CBWaitFrontOp(_BufferCountOp):
    """Blocks until `pages` pages are filled."""

    name = "ttkernel.cb_wait_front"
    FACETS: ClassVar = facets(Drains(), Waits(Awaited.PAGES))


@irdl_op_definition
class CBPopFrontOp(_BufferCountOp):
    """Frees the `pages` oldest pages."""

    name = "ttkernel.cb_pop_front"
    FACETS: ClassVar = facets(Drains(releases=True))


class _BufferValueOp(CallOp, ABC):
    FACETS: ClassVar = facets(DataMovementOnly())
    cb = prop_def(SymbolRefAttr)
    result = result_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb",)
    assembly_format = "`(` $cb `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr):
        super().__init__(properties={"cb": symbol(cb)}, result_types=[i32])


@irdl_op_definition
class GetWritePtrOp(_BufferValueOp):
    """L1 address of the first reserved page."""

    name = "ttkernel.get_write_ptr"
    traits = traits_def(MemoryReadEffect())


@irdl_op_definition
class GetReadPtrOp(_BufferValueOp):
    """L1 address of the oldest filled page."""

    name = "ttkernel.get_read_ptr"
    traits = traits_def(MemoryReadEffect())


@irdl_op_definition
class GetTileSizeOp(_BufferValueOp):
    """Bytes of a page."""

    name = "ttkernel.get_tile_size"
    traits = traits_def(Pure())


class _PageOp(EffectOp, ABC):
    page = operand_def(i32)
    accessor = operand_def(TensorAccessorType)
    l1_address = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("page", "accessor", "l1_address")
    assembly_format = "`(` $page `,` $accessor `,` $l1_address `)` attr-dict"

    def __init__(self, page: SSAValue, accessor: SSAValue, l1_address: SSAValue):
        super().__init__(operands=[page, accessor, l1_address])


@irdl_op_definition
class NocAsyncReadPageOp(_PageOp):
    """Starts to read a page of a tensor into L1."""

    name = "ttkernel.noc_async_read_page"
    FACETS: ClassVar = facets(ReadsTensor(Extent.PAGE))


@irdl_op_definition
class NocAsyncWritePageOp(_PageOp):
    """Starts to write a page of a tensor from L1."""

    name = "ttkernel.noc_async_write_page"
    FACETS: ClassVar = facets(WritesTensor(Extent.PAGE))


def _shard_spelling(older: str) -> Spelling:
    """By address where the call itself misses it by the number of the NOC (`Generation.shard_offset_is_noc`)."""
    return Spelling(since=TTNN_0_81, before=Spelling(name=older, finder="get_shard_noc_addr"))


class _ShardOp(EffectOp, ABC):
    shard = operand_def(i32)
    accessor = operand_def(TensorAccessorType)
    l1_address = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("shard", "accessor", "l1_address")
    assembly_format = "`(` $shard `,` $accessor `,` $l1_address `)` attr-dict"

    def __init__(self, shard: SSAValue, accessor: SSAValue, l1_address: SSAValue):
        super().__init__(operands=[shard, accessor, l1_address])


@irdl_op_definition
class NocAsyncReadShardOp(_ShardOp):
    """Starts to read a shard of a tensor, all its pages in one piece, into L1."""

    name = "ttkernel.noc_async_read_shard"
    SPELLING: ClassVar[Spelling] = _shard_spelling("noc_async_read")
    FACETS: ClassVar = facets(ReadsTensor(Extent.SHARD))


@irdl_op_definition
class NocAsyncWriteShardOp(_ShardOp):
    """Starts to write a shard of a tensor, all its pages in one piece, from L1."""

    name = "ttkernel.noc_async_write_shard"
    SPELLING: ClassVar[Spelling] = _shard_spelling("noc_async_write")
    FACETS: ClassVar = facets(WritesTensor(Extent.SHARD))


class _RowOp(EffectOp, ABC):
    """
    `offset`: bytes from the start of the page. It is printed as the call of two, the inner of which finds the place.
    """

    page = operand_def(i32)
    accessor = operand_def(TensorAccessorType)
    offset = operand_def(i32)
    l1_address = operand_def(i32)
    size = prop_def(IntegerAttr.constr(i64))
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("page", "accessor", "offset", "l1_address", "size")
    assembly_format = "`(` $page `,` $accessor `,` $offset `,` $l1_address `,` $size `)` attr-dict"

    def __init__(self, page: SSAValue, accessor: SSAValue, offset: SSAValue, l1_address: SSAValue, size: int):
        super().__init__(operands=[page, accessor, offset, l1_address], properties={"size": number(size)})


@irdl_op_definition
class NocAsyncReadRowOp(_RowOp):
    """Starts to read `size` bytes of a page of a tensor into L1."""

    name = "ttkernel.noc_async_read_row"
    SPELLING: ClassVar[Spelling] = Spelling(name="noc_async_read", finder="get_noc_addr")
    FACETS: ClassVar = facets(ReadsTensor(Extent.PART))


@irdl_op_definition
class NocAsyncWriteRowOp(_RowOp):
    """Starts to write `size` bytes of a page of a tensor from L1."""

    name = "ttkernel.noc_async_write_row"
    SPELLING: ClassVar[Spelling] = Spelling(name="noc_async_write", finder="get_noc_addr")
    FACETS: ClassVar = facets(WritesTensor(Extent.PART))


@irdl_op_definition
class NocAsyncReadBarrierOp(BareOp):
    """Blocks until all reads of this thread have landed."""

    name = "ttkernel.noc_async_read_barrier"
    FACETS: ClassVar = facets(DataMovementOnly(), Waits(Awaited.TRANSFERS))


@irdl_op_definition
class NocAsyncWriteBarrierOp(BareOp):
    """Blocks until all writes of this thread have landed."""

    name = "ttkernel.noc_async_write_barrier"
    FACETS: ClassVar = facets(DataMovementOnly(), Waits(Awaited.TRANSFERS))


@irdl_op_definition
class NocAsyncWritesFlushedOp(BareOp):
    """Blocks until the data of all writes of this thread have left L1. They may not be there, but L1 may be changed."""

    name = "ttkernel.noc_async_writes_flushed"
    FACETS: ClassVar = facets(DataMovementOnly(), Waits(Awaited.TRANSFERS))


TENSOR_READS = (NocAsyncReadPageOp, NocAsyncReadShardOp, NocAsyncReadRowOp)
"""Calls that read from a tensor, by its accessor."""
TENSOR_WRITES = (NocAsyncWritePageOp, NocAsyncWriteShardOp, NocAsyncWriteRowOp)
"""Calls that write to a tensor, by its accessor."""
