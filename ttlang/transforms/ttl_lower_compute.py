"""
`ttl.compute` becomes DST sections: acquire, the functions, commit, wait, packs, release. A section computes a subblock
of tiles, one function after the other, so that each init serves the whole subblock; what remains at the right and at
the bottom has sections of its own. A matmul takes the whole subblock in one call for each step along K.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern
from xdsl.rewriter import InsertPoint

from ttlang.analysis.subblock import spans
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.transforms.compute.sections import Section
from ttlang.transforms.compute.subblocks import Subblock
from ttlang.transforms.loops import loop, nest
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import Ints, convert, rewrites, set_location


def _places(
    builder: Builder, op: ttl.ComputeOp, name: str, total: int, step: int
) -> Iterator[tuple[Builder, SSAValue, int]]:
    """Where to build for each span of rows or columns, its start, and its size."""
    for first, end, size in spans(total, step):
        if end - first == size:
            yield builder, Ints.at(builder, op).constant(first), size
        else:
            yield *loop(builder, op, name, range(first, end, size)), size


class LowerComputeOp(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.ComputeOp, rewriter: PatternRewriter, /) -> None:
        builder = Builder(InsertPoint.before(op))
        ints = Ints.at(builder, op)
        if op.in_dst:
            zero = ints.constant(0)
            Section(Subblock(op, (), (zero, zero), *op.subblock_sizes), builder).emit_body()
            rewriter.erase(op)
            return
        if op.accumulate is not None:
            self._set_l1_acc(builder, op, op.accumulate, ttl.buffer_name(op.outputs[0]))
        (rows, columns), (r, c) = op.space, op.subblock_sizes
        column_name = "col" if op.maps else "tile"
        inside, matrix = nest(builder, op, [(f"d{axis}", size) for axis, size in enumerate(op.matrices)])
        for outer, row, height in _places(inside, op, "row", rows, r):
            for inner, column, width in _places(outer, op, column_name, columns, c):
                Section(Subblock(op, matrix, (row, column), height, width), inner).emit()
        if op.accumulate is not None:
            self._set_l1_acc(builder, op, ints.constant(0))
        rewriter.erase(op)

    def _set_l1_acc(self, builder: Builder, op: ttl.ComputeOp, enable: SSAValue, cb: str | None = None) -> None:
        config = ttkernel.PackReconfigL1AccOp(enable, cb)
        set_location(config, op)
        builder.insert(config)


class LowerAccumulateOp(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.AccumulateOp, rewriter: PatternRewriter, /) -> None:
        cb, tiles = ttl.buffer_name(op.output), op.output.type.tiles
        zero = Ints.before(op, rewriter).constant(0)
        pack = ttkernel.PackTileOp(zero, cb) if tiles == 1 else ttkernel.PackTileBlockOp(zero, cb, tiles)
        rewriter.insert(ttkernel.TileRegsAcquireOp())
        rewriter.inline_block(op.body.block, InsertPoint.before(op))
        rewriter.insert([ttkernel.TileRegsCommitOp(), ttkernel.TileRegsWaitOp(), pack, ttkernel.TileRegsReleaseOp()])
        rewriter.erase(op)


class TTLLowerComputePass(OrderedPass):
    """`ttl.compute` and `ttl.accumulate` become kernel calls on DST. Inits come later (`ttkernel-insert-inits`)."""

    name = "ttl-lower-compute"
    needs = frozenset({Guarantee.DST_SLOTS, Guarantee.SUMS_PLACED, Guarantee.ACQUIRED_BLOCKS})
    gives = frozenset({Guarantee.COMPUTE_CALLS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        convert(op, LowerComputeOp())
        convert(op, LowerAccumulateOp())
