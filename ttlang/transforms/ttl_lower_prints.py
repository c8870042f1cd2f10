"""`ttl.print_block` becomes loops over the rows of a block, or of each of its tiles. A row is a line."""

from __future__ import annotations

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern
from xdsl.rewriter import InsertPoint

from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.message_texts import text_attr
from ttlang.dialects.ttcore import Processor, ProcessorAttr, TileType
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.dialects.walking import enclosing
from ttlang.tables.dtypes import TILE_HEIGHT, TILE_WIDTH
from ttlang.transforms.loops import loop
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import Ints, convert, rewrites


class LowerPrintOfBlock(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.PrintBlockOp, rewriter: PatternRewriter, /) -> None:
        (_print_tiles if isinstance(op.block.type.element, TileType) else _print_rows)(op)
        rewriter.erase(op)


def _print_tiles(op: ttl.PrintBlockOp) -> None:
    tiles, tile = loop(Builder(InsertPoint.before(op)), op, "tile", range(op.page_count))
    _say(op, tiles, "tile {}:\n", tile)
    rows, row = loop(tiles, op, "row", range(TILE_HEIGHT))
    _say(op, rows, "  row {:2}: ", row)
    Ints.at(rows, op).insert(ttkernel.DPrintRowOp(ttl.buffer_name(op.block), tile, row, back=_is_reserved(op)))
    _say(op, rows, "\n")


def _print_rows(op: ttl.PrintBlockOp) -> None:
    """Each row in parts, of which the last one may have fewer elements."""
    type_ = type_of(owner_of(op.block, ttl.AcquireOp).cb, ttl.CircularBufferType)
    pitch = type_.page_bytes // type_.element.dtype.element_bytes
    whole, rest = divmod(type_.sizes[-1], TILE_WIDTH)

    def show(builder: Builder, row: SSAValue, column: SSAValue, count: int) -> None:
        ints = Ints.at(builder, op)
        _say(op, builder, " ")
        first = ints.add(ints.mul(row, ints.constant(pitch)), column)
        ints.insert(ttkernel.DPrintElementsOp(ttl.buffer_name(op.block), first, count, back=_is_reserved(op)))

    rows, row = loop(Builder(InsertPoint.before(op)), op, "row", range(op.page_count))
    _say(op, rows, "  row {:2}:", row)
    if whole:
        parts, column = loop(rows, op, "column", range(0, whole * TILE_WIDTH, TILE_WIDTH))
        show(parts, row, column, TILE_WIDTH)
    if rest:
        show(rows, row, Ints.at(rows, op).constant(whole * TILE_WIDTH), rest)
    _say(op, rows, "\n")


def _is_reserved(op: ttl.PrintBlockOp) -> bool:
    return isinstance(owner_of(op.block, ttl.AcquireOp), ttl.CBReserveOp)


def _say(op: ttl.PrintBlockOp, builder: Builder, text: str, *values: SSAValue) -> None:
    """Prints a text on the processor that sees the block."""
    computes = isinstance(enclosing(op, ttl.ThreadOp), ttl.ComputeThreadOp)
    processor = ProcessorAttr(Processor.PACK if _is_reserved(op) else Processor.UNPACK) if computes else None
    Ints.at(builder, op).insert(ttkernel.DPrintOp(text_attr(text), values, processor))


class LowerFilledPages(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.FilledPagesOp, rewriter: PatternRewriter, /) -> None:
        made = ttkernel.FilledPagesOp(owner_of(op.cb, ttl.CreateCBOp).name_.data)
        made.result.name_hint = "filled"
        rewriter.replace(op, made)


class TTLLowerPrintsPass(OrderedPass):
    """`ttl.print_block` becomes `ttkernel.dprint_row` or `dprint_elements`, `ttl.filled_pages` its own call."""

    name = "ttl-lower-prints"
    needs = frozenset({Guarantee.ACQUIRED_BLOCKS})
    gives = frozenset({Guarantee.PRINT_CALLS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        convert(op, LowerPrintOfBlock(), LowerFilledPages())
