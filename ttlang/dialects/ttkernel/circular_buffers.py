"""Circular buffers: pages that change hands, and where they lie."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import (
    IntegerAttr,
    SymbolRefAttr,
    i32,
    i64,
)
from xdsl.ir import SSAValue
from xdsl.irdl import opt_operand_def, prop_def, result_def, traits_def
from xdsl.traits import (
    MemoryReadEffect,
    Pure,
)

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import CallOp, EffectOp, number, symbol
from ttlang.dialects.ttkernel.facets import (
    Awaited,
    DataMovementOnly,
    Drains,
    Fills,
    HandedOver,
    IsExpression,
    Waits,
    facets,
)


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
    """Blocks until `pages` pages are filled, or as many `behind` others: by parts of a block, as they come."""

    name = "ttkernel.cb_wait_front"
    behind = opt_operand_def(i32)
    """How many pages come before them."""
    FACETS: ClassVar = facets(Drains(), Waits(Awaited.PAGES))
    ADDENDS: ClassVar[Mapping[str, str]] = {"pages": "behind"}
    assembly_format = "`(` $cb `,` $pages (`behind` $behind^)? `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr, pages: int, behind: SSAValue | None = None):
        CallOp.__init__(self, operands=[behind], properties={"cb": symbol(cb), "pages": number(pages)})


@irdl_op_definition
class CBPopFrontOp(_BufferCountOp):
    """Frees the `pages` oldest pages."""

    name = "ttkernel.cb_pop_front"
    FACETS: ClassVar = facets(Drains(releases=True))


class _BufferNumberOp(CallOp, ABC):
    cb = prop_def(SymbolRefAttr)
    result = result_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb",)
    assembly_format = "`(` $cb `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr):
        super().__init__(properties={"cb": symbol(cb)}, result_types=[i32])


@irdl_op_definition
class FilledPagesOp(_BufferNumberOp, EffectOp):
    """The pages that were pushed and not popped, by the counters of the core: what one thread sees at a time."""

    name = "ttkernel.filled_pages"


class _BufferValueOp(_BufferNumberOp, ABC):
    UNSIGNED: ClassVar[bool] = True
    FACETS: ClassVar = facets(DataMovementOnly())


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
    FACETS: ClassVar = facets(HandedOver(), IsExpression())
    traits = traits_def(Pure())
