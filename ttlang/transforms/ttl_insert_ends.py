"""
Releases blocks behind their last use, and waits for transfers, where the edition leaves that to the compiler and the
author has. What can't be inferred stays as it is: `ttl-validate` reports it.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from ttlang.analysis.finding_context import findings_of
from ttlang.analysis.inferred_ends import ends_left_out
from ttlang.checks.left_to_compiler import notes_of
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.transforms.pass_order import OrderedPass


class TTLInsertEndsPass(OrderedPass):
    """`ttl.cb_push`, `ttl.cb_pop` and `ttl.wait` where they are missing and may be; each is a note."""

    name = "ttl-insert-ends"
    needs = frozenset({Guarantee.AS_WRITTEN, Guarantee.THREADS, Guarantee.BLOCKS_IN_TURN})
    gives = frozenset({Guarantee.ENDS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if isinstance(kernel, ttl.KernelOp):
                ends = ends_left_out(kernel)
                findings_of(ctx).add(*notes_of(ends))
                for end in ends:
                    end.insert()
