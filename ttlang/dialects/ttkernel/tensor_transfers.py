"""Transfers between tensors and L1, by pages, shards and parts of pages."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import (
    IntegerAttr,
    i32,
    i64,
)
from xdsl.ir import (
    SSAValue,
)
from xdsl.irdl import operand_def, prop_def

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.arguments import TensorAccessorType
from ttlang.dialects.ttkernel.call_families import EffectOp, number
from ttlang.dialects.ttkernel.cpp_spelling import Spelling
from ttlang.dialects.ttkernel.facets import (
    DataMovementOnly,
    Extent,
    ReadsTensor,
    WritesTensor,
    facets,
)
from ttlang.tables.kernel_api import TTNN_0_81


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
class NocAsyncReadZerosOp(EffectOp):
    """Starts to read zeros into L1: the firmware keeps some there (docs/hardware.md, "Pages")."""

    name = "ttkernel.noc_async_read_zeros"
    FACETS: ClassVar = facets(DataMovementOnly())
    DEFINITION: ClassVar[str] = """
// Starts to read zeros into L1, from those that the firmware keeps there.
inline void noc_async_read_zeros(uint32_t l1_address, uint32_t size) {
    const uint64_t zeros = get_noc_addr(MEM_ZEROS_BASE);
    while (size > 0) {
        const uint32_t part = size < MEM_ZEROS_SIZE ? size : MEM_ZEROS_SIZE;
        noc_async_read(zeros, l1_address, part);
        l1_address += part;
        size -= part;
    }
}
"""
    l1_address = operand_def(i32)
    size = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("l1_address", "size")
    assembly_format = "`(` $l1_address `,` $size `)` attr-dict"

    def __init__(self, l1_address: SSAValue, size: SSAValue):
        super().__init__(operands=[l1_address, size])


class _RunOp(EffectOp, ABC):
    """`page`: the first of them. It is printed as the call of two, the inner of which finds the place."""

    page = operand_def(i32)
    accessor = operand_def(TensorAccessorType)
    l1_address = operand_def(i32)
    pages = prop_def(IntegerAttr.constr(i64))
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("page", "accessor", "l1_address", "pages")
    assembly_format = "`(` $page `,` $accessor `,` $l1_address `,` $pages `)` attr-dict"

    def __init__(self, page: SSAValue, accessor: SSAValue, l1_address: SSAValue, pages: int):
        super().__init__(operands=[page, accessor, l1_address], properties={"pages": number(pages)})


@irdl_op_definition
class NocAsyncReadRunOp(_RunOp):
    """Starts to read pages of a tensor that follow each other in their bank, in one piece, into L1."""

    name = "ttkernel.noc_async_read_run"
    SPELLING: ClassVar[Spelling] = Spelling(name="noc_async_read", finder="get_noc_addr")
    FACETS: ClassVar = facets(ReadsTensor(Extent.RUN))


@irdl_op_definition
class NocAsyncWriteRunOp(_RunOp):
    """Starts to write pages of a tensor that follow each other in their bank, in one piece, from L1."""

    name = "ttkernel.noc_async_write_run"
    SPELLING: ClassVar[Spelling] = Spelling(name="noc_async_write", finder="get_noc_addr")
    FACETS: ClassVar = facets(WritesTensor(Extent.RUN))
