"""
A sum that a loop carries, as in `acc = fill(0)`, `acc += a @ b` in each turn, `o.store(acc)`, becomes stores that
accumulate (`ttl.store` with `acc`): in the block that the sum is stored in, where that is reserved beside the loop and
rounds it no more than a buffer of the compiler's would, else in such a buffer. `ttl-place-accumulators` says whether
the sum is kept in DST or in L1; no turn reads it back.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue, Use
from xdsl.rewriter import InsertPoint

from ttlang.analysis.carried_blocks import LoopValue, carried_blocks
from ttlang.analysis.carried_sums import Term, carried_sum
from ttlang.analysis.linear_forms import loops_between, surely_runs
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.dialects.walking import operations_of
from ttlang.tables.dtypes import BF16, F32
from ttlang.transforms.compiler_buffers import insert, kept_format, make_buffer, read_from
from ttlang.transforms.early_reserves import is_reserved_before, reserve_early
from ttlang.transforms.pass_order import OrderedPass


def _recognize(kernel: ttl.KernelOp, value: LoopValue) -> None:
    dtype = type_of(value.result, ttl.BlockType).element.dtype
    if dtype.is_integer or not value.result.uses or not (terms := carried_sum(value)):
        return
    kept = kept_format(kernel, terms[-1].op.results[0])
    goal = _goal(value)
    if goal is not None and (goal.block.type.element.dtype is kept or _stays_in_dst(kernel, value, terms, goal)):
        reserve_early(owner_of(goal.block, ttl.CBReserveOp), value.loop)
        _start(value, goal.block)
        goal.detach()
        goal.erase()
        _accumulate(terms, goal.block)
        return
    if kept is not dtype and any(map(_hands_on, value.result.uses)):
        return
    cb = make_buffer(kernel, value.argument, kept, value.loop, stem="sum", purpose="a sum over its turns")
    reserve, wait = ttl.CBReserveOp(cb.result), ttl.CBWaitOp(cb.result)
    insert(value.loop, InsertPoint.before(value.loop), reserve)
    insert(value.loop, InsertPoint.after(value.loop), ttl.CBPushOp(cb.result), wait)
    wait.block.name_hint = value.result.name_hint
    read_from(wait.block, ((use.operation, use.index) for use in value.result.uses))
    _start(value, reserve.block)
    _accumulate(terms, reserve.block)


def _hands_on(use: Use) -> bool:
    """Whether a loop or a branch hands a value on, as it is or in another shape, under its own type."""
    if isinstance(use.operation, ttl.ViewOp):
        return any(map(_hands_on, use.operation.result.uses))
    return isinstance(use.operation, scf.ForOp | scf.WhileOp | scf.YieldOp)


def _goal(value: LoopValue) -> ttl.StoreOp | None:
    """The store of the sum, if that is all that becomes of it, in a block that is reserved beside the loop."""
    uses = list(value.result.uses)
    if len(uses) != 1 or not isinstance(store := uses[0].operation, ttl.StoreOp) or store.acc is not None:
        return None
    reserve = store.block.owner
    if not isinstance(reserve, ttl.CBReserveOp) or len(list(store.block.uses)) != 1:
        return None
    if store.parent is not value.loop.parent or not is_reserved_before(reserve, value.loop):
        return None
    return store if store.block.type.element.dtype in (BF16, F32) else None


def _stays_in_dst(kernel: ttl.KernelOp, value: LoopValue, terms: Sequence[Term], goal: ttl.StoreOp) -> bool:
    """Whether the sum is one of products that DST will hold until it is stored (`ttl-place-accumulators`)."""
    term, *others = terms
    product = term.value.owner
    if others or not isinstance(product, ttl.MatmulOp) or not _is_zero(value.init):
        return False
    if any(isinstance(operand.owner, ttl.EXPRESSION) for operand in product.operands):
        return False
    loops = loops_between(value.loop, term.op)
    alone = not operations_of(value.loop, ttl.StoreOp)
    return alone and goal.block.type.tiles <= kernel.dst_capacity and loops is not None and all(map(surely_runs, loops))


def _is_zero(value: SSAValue) -> bool:
    """Whether a value is zero everywhere."""
    op = value.owner
    if isinstance(op, ttl.TypecastOp):
        return _is_zero(op.input)
    return isinstance(op, ttl.ElementwiseOp) and op.ROW.name == "fill" and not any(op.parameter_values)


def _start(value: LoopValue, block: SSAValue) -> None:
    """Stores what the sum starts with, unless it is nothing."""
    if not _is_zero(value.init):
        insert(value.loop, InsertPoint.before(value.loop), ttl.StoreOp(value.init, block))


def _accumulate(terms: Sequence[Term], block: SSAValue) -> None:
    """Stores the terms, and leaves the sum as it was: nothing carries it any longer."""
    for term in reversed(terms):
        insert(term.op, InsertPoint.before(term.op), ttl.StoreOp(term.value, block, acc=True))
        term.op.results[0].replace_all_uses_with(term.before)
    for term in terms:
        term.op.detach()
        term.op.erase()


class TTLRecognizeAccumulatorsPass(OrderedPass):
    """Sums that loops carry become stores that accumulate."""

    name = "ttl-recognize-accumulators"
    needs = frozenset(
        {Guarantee.CONSTANT_BLOCKS, Guarantee.DST_WIDTH, Guarantee.BLOCK_EXPRESSIONS, Guarantee.OPEN_BUFFERS}
    )

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            for thread in operations_of(kernel, ttl.ComputeThreadOp):
                for loop in operations_of(thread, scf.ForOp, scf.WhileOp):
                    for value in carried_blocks(loop):
                        _recognize(kernel, value)
