"""
Values of blocks that loops carry and branches choose are kept in L1: in a ring of two blocks for what a loop carries,
in one block for what the paths of an `if` give.

A turn of the loop reads the older block and fills the other, and hands it on to the next turn; where the loop ends, the
last one is what is read. A value is stored where it is computed, so the blocks that it reads may be released then.
A choice that is only stored is no value: each path stores its own. Buffers keep what DST has of the values. What is
read behind loops and branches is released by `ttl-keep-released-values`, when all stores are known.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint

from ttlang.analysis.carried_blocks import (
    Loop,
    LoopValue,
    branch_values,
    carried_blocks,
    chosen_blocks,
    handed_on,
)
from ttlang.analysis.effects import is_side_effect_free
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import type_of
from ttlang.dialects.walking import operations, operations_of, terminator
from ttlang.tables.dtypes import F32, DType
from ttlang.transforms.compiler_buffers import insert, kept_format, make_buffer, read_from
from ttlang.transforms.handed_values import drop_results, forward_unchanged
from ttlang.transforms.pass_order import OrderedPass


class _Bufferer:
    def __init__(self, kernel: ttl.KernelOp, thread: ttl.ComputeThreadOp):
        self._kernel = kernel
        self._thread = thread
        self._wide = _wide_values(kernel, thread)

    def run(self) -> None:
        self._block(self._thread.body.block)

    def _block(self, block: Block) -> None:
        """Works inwards, so that what a loop does with a choice is known when the choice is looked at."""
        op = block.first_op
        while op is not None:
            if isinstance(op, scf.ForOp | scf.WhileOp):
                op = self._loop(op)
            elif isinstance(op, scf.IfOp):
                op = self._if(op)
            for region in op.regions:
                for inner in region.blocks:
                    self._block(inner)
            op = op.next_op

    # ---------------------------------------------------------------------------------------------------- loops

    def _loop(self, loop: Loop) -> Operation:
        values = _read_values(loop)
        buffers = [self._buffer(value.argument, loop, "carried", 2, "carried from turn to turn") for value in values]
        for value, cb in zip(values, buffers, strict=True):
            self._fill(cb, value.init, loop)
        first = loop.body.block.first_op if isinstance(loop, scf.ForOp) else loop.after_region.block.first_op
        assert first is not None
        for value, cb in zip(values, buffers, strict=True):
            wait = self._wait(cb, value.argument)
            insert(loop, InsertPoint.before(first), wait)
            read_from(wait.block, ((use.operation, use.index) for use in value.argument.uses))
        for value, cb in zip(values, buffers, strict=True):
            self._store(cb, value.yielded, terminator(value.body))
        for kind in (ttl.CBPushOp, ttl.CBPopOp):
            for value, cb in zip(values, buffers, strict=True):
                insert(loop, InsertPoint.before(terminator(value.body)), kind(cb.result))
        for value, cb in zip(values, buffers, strict=True):
            self._read_after(loop, cb, value.result)
        return drop_results(loop, [value.index for value in carried_blocks(loop)])

    # ------------------------------------------------------------------------------------------------- branches

    def _if(self, op: scf.IfOp) -> Operation:
        chosen = chosen_blocks(op)
        for index in chosen:
            result = op.results[index]
            if (store := _only_store(op, result)) is not None:
                self._store_on_each_path(op, index, store)
            elif result.uses:
                self._choose(op, index)
        return drop_results(op, chosen)

    def _store_on_each_path(self, op: scf.IfOp, index: int, store: ttl.StoreOp) -> None:
        for region, value in zip(op.regions, branch_values(op, index), strict=True):
            end = terminator(region.block)
            made = ttl.StoreOp(_unconverted(value), store.block, acc=store.acc is not None)
            insert(store, _behind(value, end), made)
        store.detach()
        store.erase()

    def _choose(self, op: scf.IfOp, index: int) -> None:
        result = op.results[index]
        cb = self._buffer(result, op, "chosen", 1, "chosen by its paths")
        for region, value in zip(op.regions, branch_values(op, index), strict=True):
            end = terminator(region.block)
            self._store(cb, value, end)
            insert(op, InsertPoint.before(end), ttl.CBPushOp(cb.result))
        self._read_after(op, cb, result)

    # -------------------------------------------------------------------------------------------------- buffers

    def _buffer(self, value: SSAValue, op: Operation, stem: str, blocks: int, purpose: str) -> ttl.CreateCBOp:
        dtype = type_of(value, ttl.BlockType).element.dtype
        kept = F32 if value in self._wide else kept_format(self._kernel, value)
        return make_buffer(
            self._kernel, value, dtype if dtype.is_integer else kept, op, stem=stem, blocks=blocks, purpose=purpose
        )

    def _fill(self, cb: ttl.CreateCBOp, value: SSAValue, loop: Loop) -> None:
        """Stores what a loop starts with, where it is computed, if that is beside the loop."""
        reserve = ttl.CBReserveOp(cb.result)
        insert(
            loop,
            _behind(value, loop),
            reserve,
            ttl.StoreOp(_unconverted(value), reserve.block),
            ttl.CBPushOp(cb.result),
        )

    def _store(self, cb: ttl.CreateCBOp, value: SSAValue, end: Operation) -> None:
        """Stores a value where it is computed, if that is in the block that `end` ends, else there."""
        reserve = ttl.CBReserveOp(cb.result)
        store = ttl.StoreOp(_unconverted(value), reserve.block)
        maker = value.owner
        if isinstance(maker, Operation) and maker.regions and maker.parent is end.parent:
            # Reserved before it: the paths that choose the value can store it themselves.
            insert(end, InsertPoint.before(maker), reserve)
            insert(end, InsertPoint.after(maker), store)
            return
        place = _behind(value, end)
        insert(end, place, reserve, store)

    def _wait(self, cb: ttl.CreateCBOp, value: SSAValue) -> ttl.CBWaitOp:
        wait = ttl.CBWaitOp(cb.result)
        wait.block.name_hint = value.name_hint
        return wait

    def _read_after(self, op: Operation, cb: ttl.CreateCBOp, result: SSAValue) -> None:
        wait = self._wait(cb, result)
        insert(op, InsertPoint.after(op), wait)
        read_from(wait.block, ((use.operation, use.index) for use in result.uses))


def _wide_values(kernel: ttl.KernelOp, thread: ttl.ComputeThreadOp) -> set[SSAValue]:
    """The values that are handed on and kept in 32 bits: those that one comes under which bfloat16 can't hold."""
    wide: set[SSAValue] = set()
    links = list(handed_on(thread))
    while True:
        before = len(wide)
        for names, sources in links:
            if any(kept_format(kernel, source, wide) is F32 for source in sources):
                wide.update(names)
        if len(wide) == before:
            return wide


def _read_values(loop: Loop) -> list[LoopValue]:
    """What a loop carries that anything reads, in a turn or behind the loop, or that becomes such a value."""
    ends = {terminator(block) for region in loop.regions for block in region.blocks}
    values = carried_blocks(loop)

    def is_read(value: LoopValue) -> bool:
        return any(use.operation not in ends for name in (*value.arguments, value.result) for use in name.uses)

    read = [value for value in values if is_read(value)]
    for value in read:
        read += [other for other in values if other not in read and value.yielded in other.arguments]
    return sorted(read, key=lambda value: value.index)


def _behind(value: SSAValue, end: Operation) -> InsertPoint:
    """Behind the operation that computes a value, if that is in the block of `end`, else before `end`."""
    maker = value.owner
    if isinstance(maker, ttl.EXPRESSION) and maker.parent is end.parent:
        return InsertPoint.after(maker)
    return InsertPoint.before(end)


def _unconverted(value: SSAValue) -> SSAValue:
    """Stores convert: what is only made wider for the sake of its type is stored as it is."""
    maker = value.owner
    if isinstance(maker, ttl.TypecastOp) and _dtype(maker.result) is F32 and not _dtype(maker.input).is_integer:
        return maker.input
    return value


def _dtype(value: SSAValue) -> DType:
    return type_of(value, ttl.BlockType).element.dtype


def _only_store(op: scf.IfOp, result: SSAValue) -> ttl.StoreOp | None:
    """The store that alone uses a choice, if nothing stands in the way of each path storing its own."""
    uses = list(result.uses)
    if len(uses) != 1 or not isinstance(store := uses[0].operation, ttl.StoreOp) or store.parent is not op.parent:
        return None
    target = store.block.owner
    home = target.parent_block() if isinstance(target, Operation) else None
    around = home.find_ancestor_op_in_block(op) if home is not None else None
    if not isinstance(target, Operation) or around is None or not target.is_before_in_block(around):
        return None
    between = op.next_op
    while between is not None and between is not store:
        if isinstance(between, ttl.StoreOp) and between.block is store.block:
            return None
        if not (_is_quiet(between) or isinstance(between, ttl.AcquireOp)):
            return None
        between = between.next_op
    return store


def _is_quiet(op: Operation) -> bool:
    if isinstance(op, ttl.StoreOp):
        return True
    return all(is_side_effect_free(inner) for inner in operations(op))


class TTLBufferCarriedValuesPass(OrderedPass):
    """Values of blocks that loops carry and branches choose go through buffers that the compiler makes."""

    name = "ttl-buffer-carried-values"
    needs = frozenset(
        {Guarantee.CONSTANT_BLOCKS, Guarantee.DST_WIDTH, Guarantee.BLOCK_EXPRESSIONS, Guarantee.OPEN_BUFFERS}
    )
    gives = frozenset({Guarantee.BUFFERED_VALUES})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            for thread in operations_of(kernel, ttl.ComputeThreadOp):
                if next(iter(handed_on(thread)), None) is not None:
                    forward_unchanged(thread)
                    _Bufferer(kernel, thread).run()
