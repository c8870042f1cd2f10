"""
Two blocks of one buffer, held together: what the first one holds is kept as a value when the second is waited for, and
the first is released there. So a thread has one block of a buffer at a time, whichever it releases first, and the ring
needs no room for both; the pages of blocks that lie side by side in it could begin at its end and go on at its start.

A value that is read behind the release of its block is copied by `ttl-keep-released-values`. Where the author leaves
the release of the first block to the compiler, `ttl-insert-ends` finds that nothing but a value of it is needed. What
can't be kept stays as it is: `ttl-validate` reports it.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.held_together import KeptBlock, held_together
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.walking import operations_of
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import set_location


def _keep(kept: KeptBlock) -> None:
    value = ttl.ViewOp(kept.name.block)
    value.result.name_hint = kept.name.block.name_hint
    set_location(value, kept.name)
    Rewriter.insert_op(value, InsertPoint.before(kept.place))
    for op, index in kept.uses:
        op.operands[index] = value.result
    if kept.releases:
        pop = ttl.CBPopOp(kept.name.cb)
        set_location(pop, kept.releases[0])
        Rewriter.insert_op(pop, InsertPoint.before(kept.place))


class TTLKeepHeldBlocksPass(OrderedPass):
    """Blocks that are read behind the wait for a further one of their buffer are values from there on."""

    name = "ttl-keep-held-blocks"
    needs = frozenset({Guarantee.AS_WRITTEN, Guarantee.THREADS})
    gives = frozenset({Guarantee.BLOCKS_IN_TURN})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            if kernel.spoken.released_values == "keep":
                for thread in operations_of(kernel, ttl.ComputeThreadOp):
                    blocks = held_together(thread)
                    for kept in blocks:
                        _keep(kept)
                    for release in dict.fromkeys(each for kept in blocks for each in kept.releases):
                        release.detach()
                        release.erase()
            for release in operations_of(kernel, ttl.CBPopOp):
                release.of_oldest()
