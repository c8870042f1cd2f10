"""
A sum that a loop carries, as in `acc = fill(0)`, `acc += a @ b` in each turn, `o.store(acc)`, becomes stores that
accumulate (`ttl.store` with `acc`): in the block that the sum is stored in, where that was reserved beside the loop and
rounds it no more than a buffer of the compiler's would, else in such a buffer. `ttl-place-accumulators` says whether
the sum is kept in DST or in L1; no turn reads it back.

What counts as a sum: the value at the end of a turn is the one at its start with any number of terms added, on some
paths or in loops in the loop, and nothing else reads it on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue, Use
from xdsl.rewriter import InsertPoint

from ttlang.analysis.carried_blocks import Loop, LoopValue, branch_values, carried_blocks
from ttlang.analysis.linear_forms import surely_runs
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import type_of
from ttlang.dialects.walking import operations_of, terminator
from ttlang.tables.dtypes import BF16, F32
from ttlang.transforms.compiler_buffers import insert, kept_format, make_buffer
from ttlang.transforms.pass_order import OrderedPass


@dataclass
class _Term:
    """An addition to the sum."""

    op: ttl.ElementwiseOp
    before: SSAValue
    """The sum that it is added to."""
    value: SSAValue


@dataclass
class _Chain:
    """How a value at the end of a turn comes from the one at its start."""

    terms: list[_Term] = field(default_factory=list[_Term])
    uses: set[tuple[Operation, int]] = field(default_factory=set[tuple[Operation, int]])
    """The uses of the sum that belong to it: operations, and which of their operands it is."""
    sums: list[SSAValue] = field(default_factory=list[SSAValue])
    """Its names on the way."""

    @property
    def is_closed(self) -> bool:
        """Whether nothing else reads the sum."""
        return all((use.operation, use.index) in self.uses for name in self.sums for use in name.uses)


def _follow(chain: _Chain, value: SSAValue, use: tuple[Operation, int], starts: tuple[SSAValue, ...]) -> bool:
    """Follows a sum from where it is used, `use`, back to a start. False where it is no sum."""
    chain.uses.add(use)
    if value in starts:
        return True
    op = value.owner
    if isinstance(op, ttl.ElementwiseOp) and op.ROW.name == "add":
        return _follow_addition(chain, op, starts)
    if isinstance(op, scf.IfOp):
        return _follow_branch(chain, op, op.results.index(value), starts)
    if isinstance(op, scf.ForOp | scf.WhileOp):
        return _follow_loop(chain, op, op.results.index(value), starts)
    return False


def _follow_addition(chain: _Chain, op: ttl.ElementwiseOp, starts: tuple[SSAValue, ...]) -> bool:
    for index, operand in enumerate(op.operands):
        tried = _Chain()
        if _follow(tried, operand, (op, index), starts):
            tried.sums.append(op.results[0])
            tried.terms.append(_Term(op, operand, op.operands[1 - index]))
            _merge(chain, tried)
            return True
    return False


def _follow_branch(chain: _Chain, op: scf.IfOp, index: int, starts: tuple[SSAValue, ...]) -> bool:
    chain.sums.append(op.results[index])
    first, second = branch_values(op, index)
    for region, value in zip(op.regions, (first, second), strict=True):
        end, tried = terminator(region.block), _Chain()
        if not _follow(tried, value, (end, index), starts):
            return False
        # What one path adds is added on that path.
        if first is not second and not all(_is_inside(term.op, region.block) for term in tried.terms):
            return False
        _merge(chain, tried)
    return True


def _is_inside(op: Operation, block: Block) -> bool:
    return block.find_ancestor_op_in_block(op) is not None


def _merge(chain: _Chain, other: _Chain) -> None:
    """Adds a part of a sum. Both paths of a branch may lead to the same."""
    known = {term.op for term in chain.terms}
    chain.terms += [term for term in other.terms if term.op not in known]
    chain.sums += other.sums
    chain.uses |= other.uses


def _follow_loop(chain: _Chain, loop: Loop, index: int, starts: tuple[SSAValue, ...]) -> bool:
    inner = LoopValue(loop, index)
    if not _follow_turn(chain, inner):
        return False
    chain.sums.append(inner.result)
    position = len(loop.operands) - len(loop.results) + index
    return _follow(chain, inner.init, (loop, position), starts)


def _follow_turn(chain: _Chain, value: LoopValue) -> bool:
    chain.sums += value.arguments
    end = value.body.last_op
    assert end is not None
    if isinstance(value.loop, scf.WhileOp):
        condition = value.loop.before_region.block.last_op
        assert condition is not None
        chain.uses.add((condition, value.index + 1))
    return _follow(chain, value.yielded, (end, value.index), (value.argument,))


def _recognize(kernel: ttl.KernelOp, value: LoopValue) -> None:
    chain = _Chain()
    dtype = type_of(value.result, ttl.BlockType).element.dtype
    if dtype.is_integer or not value.result.uses or not _follow_turn(chain, value):
        return
    if not chain.terms or not chain.is_closed:
        return
    kept = kept_format(kernel, chain.terms[-1].op.results[0])
    goal = _goal(value)
    if goal is not None and (goal.block.type.element.dtype is kept or _stays_in_dst(kernel, value, chain, goal)):
        _start(value, goal.block)
        goal.detach()
        goal.erase()
        _accumulate(chain, goal.block)
        return
    if kept is not dtype and any(map(_hands_on, value.result.uses)):
        return
    cb = make_buffer(kernel, value.argument, kept, value.loop, stem="sum", purpose="a sum over its turns")
    reserve, wait = ttl.CBReserveOp(cb.result), ttl.CBWaitOp(cb.result)
    insert(value.loop, InsertPoint.before(value.loop), reserve)
    insert(value.loop, InsertPoint.after(value.loop), ttl.CBPushOp(cb.result), wait)
    wait.block.name_hint = value.result.name_hint
    value.result.replace_all_uses_with(wait.block)
    _start(value, reserve.block)
    _accumulate(chain, reserve.block)


def _hands_on(use: Use) -> bool:
    """Whether a loop or a branch hands a value on, under its own type."""
    return isinstance(use.operation, scf.ForOp | scf.WhileOp | scf.YieldOp)


def _goal(value: LoopValue) -> ttl.StoreOp | None:
    """The store of the sum, if that is all that becomes of it, in a block that was reserved beside the loop."""
    uses = list(value.result.uses)
    if len(uses) != 1 or not isinstance(store := uses[0].operation, ttl.StoreOp) or store.acc is not None:
        return None
    reserve = store.block.owner
    if not isinstance(reserve, ttl.CBReserveOp) or len(list(store.block.uses)) != 1:
        return None
    if store.parent is not value.loop.parent or not reserve.is_before_in_block(value.loop):
        return None
    return store if store.block.type.element.dtype in (BF16, F32) else None


def _stays_in_dst(kernel: ttl.KernelOp, value: LoopValue, chain: _Chain, goal: ttl.StoreOp) -> bool:
    """Whether the sum is one of products that DST will hold until it is stored (`ttl-place-accumulators`)."""
    term, *others = chain.terms
    product = term.value.owner
    if others or not isinstance(product, ttl.MatmulOp) or not _is_zero(value.init):
        return False
    if any(isinstance(operand.owner, ttl.EXPRESSION) for operand in product.operands):
        return False
    loops = _loops_around(term.op, value.loop)
    alone = not operations_of(value.loop, ttl.StoreOp)
    return alone and goal.block.type.tiles <= kernel.dst_capacity and loops is not None and all(map(surely_runs, loops))


def _loops_around(op: Operation, outermost: Operation) -> list[scf.ForOp] | None:
    loops: list[scf.ForOp] = []
    around = op.parent_op()
    while isinstance(around, scf.ForOp):
        loops.append(around)
        if around is outermost:
            return loops
        around = around.parent_op()
    return None


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


def _accumulate(chain: _Chain, block: SSAValue) -> None:
    """Stores the terms, and leaves the sum as it was: nothing carries it any longer."""
    for term in reversed(chain.terms):
        insert(term.op, InsertPoint.before(term.op), ttl.StoreOp(term.value, block, acc=True))
        term.op.results[0].replace_all_uses_with(term.before)
    for term in chain.terms:
        term.op.detach()
        term.op.erase()


@dataclass(frozen=True)
class TTLRecognizeAccumulatorsPass(OrderedPass):
    """Sums that loops carry become stores that accumulate."""

    name = "ttl-recognize-accumulators"
    needs = frozenset({Guarantee.DST_WIDTH, Guarantee.BLOCK_EXPRESSIONS, Guarantee.OPEN_BUFFERS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            for thread in operations_of(kernel, ttl.ComputeThreadOp):
                for loop in operations_of(thread, scf.ForOp, scf.WhileOp):
                    for value in carried_blocks(loop):
                        _recognize(kernel, value)
