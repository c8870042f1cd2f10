"""`ttl.print_block` becomes loops over the rows of a block's tiles, each of which is a line."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern
from xdsl.rewriter import InsertPoint

from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.message_texts import text_attr
from ttlang.dialects.ttcore import Processor, ProcessorAttr
from ttlang.dialects.typed_values import owner_of
from ttlang.dialects.walking import enclosing
from ttlang.tables.dtypes import TILE_HEIGHT
from ttlang.transforms.loops import loop
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import Ints, convert, rewrites


@dataclass(frozen=True)
class LowerPrintOfBlock(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.PrintBlockOp, rewriter: PatternRewriter, /) -> None:
        acquire = owner_of(op.block, ttl.AcquireOp)
        back = isinstance(acquire, ttl.CBReserveOp)
        computes = isinstance(enclosing(op, ttl.ThreadOp), ttl.ComputeThreadOp)
        processor = ProcessorAttr(Processor.PACK if back else Processor.UNPACK) if computes else None

        def say(ints: Ints, text: str, *values: SSAValue) -> None:
            ints.insert(ttkernel.DPrintOp(text_attr(text), values, processor))

        tiles, tile = loop(Builder(InsertPoint.before(op)), op, "tile", range(op.tile_count))
        say(Ints.at(tiles, op), "tile {}:\n", tile)
        rows, row = loop(tiles, op, "row", range(TILE_HEIGHT))
        line = Ints.at(rows, op)
        say(line, "  row {:2}: ", row)
        line.insert(ttkernel.DPrintRowOp(ttl.buffer_name(op.block), tile, row, back=back))
        say(line, "\n")
        rewriter.erase(op)


@dataclass(frozen=True)
class LowerFilledPages(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.FilledPagesOp, rewriter: PatternRewriter, /) -> None:
        made = ttkernel.FilledPagesOp(owner_of(op.cb, ttl.CreateCBOp).name_.data)
        made.result.name_hint = "filled"
        rewriter.replace(op, made)


@dataclass(frozen=True)
class TTLLowerPrintsPass(OrderedPass):
    """`ttl.print_block` becomes `ttkernel.dprint_row`, `ttl.filled_pages` the call of that name."""

    name = "ttl-lower-prints"
    needs = frozenset({Guarantee.ACQUIRED_BLOCKS})
    gives = frozenset({Guarantee.PRINT_CALLS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        convert(op, LowerPrintOfBlock(), LowerFilledPages())
