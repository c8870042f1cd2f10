"""`ttl.print_block` becomes loops over the rows of a block's tiles, each of which is a line."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp, i32
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern
from xdsl.rewriter import InsertPoint

from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.message_texts import text_attr
from ttlang.dialects.ttcore import Processor, ProcessorAttr
from ttlang.dialects.typed_values import owner_of
from ttlang.tables.dtypes import TILE_HEIGHT
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import Ints, convert, rewrites


def _loop(builder: Builder, ints: Ints, count: int, name: str) -> tuple[Builder, SSAValue]:
    """Where to build the body of a loop over 0..count, and its variable."""
    block = Block(arg_types=[i32])
    block.args[0].name_hint = name
    builder.insert(scf.ForOp(ints.constant(0), ints.constant(count), ints.constant(1), [], Region(block)))
    end = scf.YieldOp()
    block.add_op(end)
    return Builder(InsertPoint.before(end)), block.args[0]


@dataclass(frozen=True)
class LowerPrintOfBlock(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.PrintBlockOp, rewriter: PatternRewriter, /) -> None:
        acquire = owner_of(op.block, ttl.AcquireOp)
        back = isinstance(acquire, ttl.CBReserveOp)
        processor = ProcessorAttr(Processor.PACK if back else Processor.UNPACK) if _computes(op) else None

        def say(builder: Builder, text: str, *values: SSAValue) -> None:
            builder.insert(ttkernel.DPrintOp(text_attr(text), values, processor))

        ints = Ints.before(op, rewriter)
        tiles, tile = _loop(Builder(InsertPoint.before(op)), ints, op.tile_count, "tile")
        say(tiles, "tile {}:\n", tile)
        rows, row = _loop(tiles, ints, TILE_HEIGHT, "row")
        say(rows, "  row {:2}: ", row)
        rows.insert(ttkernel.DPrintRowOp(ttl.buffer_name(op.block), tile, row, back=back))
        say(rows, "\n")
        rewriter.erase(op)


@dataclass(frozen=True)
class LowerFilledPages(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.FilledPagesOp, rewriter: PatternRewriter, /) -> None:
        made = ttkernel.FilledPagesOp(owner_of(op.cb, ttl.CreateCBOp).name_.data)
        made.result.name_hint = "filled"
        rewriter.replace(op, made)


def _computes(op: Operation) -> bool:
    """Whether an operation stands in a compute thread."""
    while not isinstance(op, ttl.ThreadOp):
        parent = op.parent_op()
        assert parent is not None
        op = parent
    return isinstance(op, ttl.ComputeThreadOp)


@dataclass(frozen=True)
class TTLLowerPrintsPass(OrderedPass):
    """`ttl.print_block` becomes `ttkernel.dprint_row`, `ttl.filled_pages` the call of that name."""

    name = "ttl-lower-prints"
    needs = frozenset({Guarantee.ACQUIRED_BLOCKS})
    gives = frozenset({Guarantee.PRINT_CALLS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        convert(op, LowerPrintOfBlock(), LowerFilledPages())
