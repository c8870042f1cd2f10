"""
Reductions over dimensions before rows and columns: they add (or compare) whole tiles, as the elementwise functions do,
so they become these, of the block's matrices one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern

from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import type_of
from ttlang.tables.functions import BY_NAME
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import convert, rewrites

_STEPS = {"sum": "add", "max": "max"}
"""The elementwise function that takes in a further matrix."""


def _parts(op: ttl.ReduceOp) -> Iterator[ttl.ViewAttr]:
    """What is added up: the matrices at each place along the dimensions that go."""
    sizes, left = type_of(op.input, ttl.BlockType).sizes, type_of(op.result, ttl.BlockType).sizes
    strides = ttl.strides_of(sizes)
    gone = [axis for axis in range(len(strides)) if left[axis] != sizes[axis]]
    for place in product(*(range(sizes[axis]) for axis in gone)):
        first = sum(number * strides[axis] for number, axis in zip(place, gone, strict=True))
        yield ttl.ViewAttr(left, strides, first)


class AddMatrices(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.ReduceSumOp | ttl.ReduceMaxOp, rewriter: PatternRewriter, /) -> None:
        if op.dim.data is not ttl.Dim.NONE:
            return
        step = ttl.elementwise_op(BY_NAME[_STEPS[op.POOL]])
        total: SSAValue | None = None
        for view in _parts(op):
            part = ttl.ViewOp(op.input, view)
            rewriter.insert(part)
            if total is None:
                total = part.result
                continue
            sum_ = step([total, part.result], op.result.type)
            rewriter.insert(sum_)
            total = sum_.result
        assert total is not None, "a shape has positive sizes"
        rewriter.replace(op, (), (total,))


class TTLExpandReductionsPass(OrderedPass):
    """Leaves reductions over rows and columns alone, which the hardware has."""

    name = "ttl-expand-reductions"
    needs = frozenset({Guarantee.BLOCK_EXPRESSIONS, Guarantee.DST_WIDTH})
    gives = frozenset({Guarantee.MATRIX_REDUCTIONS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        convert(op, AddMatrices())
