"""Where the data of buffers comes from: stores, copies, and the blocks that other cores send."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.dst import postorder
from ttlang.dialects import ttl
from ttlang.dialects.ttl import pipes_at
from ttlang.dialects.typed_values import owner_of
from ttlang.dialects.walking import operations_of

BlockFill = ttl.StoreOp | ttl.TilizeOp | ttl.UntilizeOp | ttl.CopyOp
"""What writes a block."""

_Tensors = dict[SSAValue, ttl.TensorAccessorOp]
_Fact = TypeVar("_Fact")


def used_while_reserved(kernel: ttl.KernelOp) -> frozenset[SSAValue]:
    """
    The buffers whose blocks leave the core, through pipes or to tensors, from the thread that has reserved them, or
    whose elements it reads: nobody has to wait for them.
    """
    users = operations_of(kernel, ttl.CopyOp, ttl.LoadOp)
    blocks = (op.source if isinstance(op, ttl.CopyOp) else op.block for op in users)
    return frozenset(block.owner.cb for block in blocks if isinstance(block.owner, ttl.CBReserveOp))


def layout_sources(kernel: ttl.KernelOp) -> frozenset[SSAValue]:
    """The buffers that changes of layout read."""
    changes = operations_of(kernel, ttl.TilizeOp, ttl.UntilizeOp)
    return frozenset(owner_of(change.source, ttl.AcquireOp).cb for change in changes)


class BufferFlow:
    """For each buffer of a kernel, what fills its blocks, and which tensors they go to."""

    def __init__(self, kernel: ttl.KernelOp):
        self.fills: dict[SSAValue, list[BlockFill]] = {cb.result: [] for cb in kernel.circular_buffers}
        tensors = {tensor.name_.data: tensor for tensor in kernel.tensors}
        on_tensors = [(cb, tensors[cb.tensor.data]) for cb in kernel.circular_buffers if cb.tensor is not None]
        self.published: _Tensors = {cb.result: tensor for cb, tensor in on_tensors if cb.published is not None}
        """The tensors whose shards buffers hand on that lie on them."""
        self._under: _Tensors = {cb.result: tensor for cb, tensor in on_tensors if cb.published is None}
        """The tensors that have what is stored in buffers that lie on them."""
        self._senders: dict[Operation, list[SSAValue]] = {}
        """For each pipe, the buffers whose blocks are sent through it."""
        self._written: dict[SSAValue, list[ttl.CopyOp]] = {}
        self._parts: dict[ttl.StoreOp, list[Operation]] = {}
        for op in operations_of(kernel, ttl.StoreOp, ttl.TilizeOp, ttl.UntilizeOp, ttl.CopyOp):
            match op:
                case ttl.StoreOp():
                    self._add(op.block, op)
                case ttl.TilizeOp() | ttl.UntilizeOp():
                    self._add(op.target, op)
                case ttl.CopyOp(direction=ttl.Direction.READ | ttl.Direction.RECEIVE):
                    self._add(op.destination, op)
                case ttl.CopyOp(direction=ttl.Direction.SEND) if (cb := buffer_of(op.source)) is not None:
                    for pipe in pipes_at(op.destination):
                        self._senders.setdefault(pipe, []).append(cb)
                case ttl.CopyOp(direction=ttl.Direction.WRITE) if (cb := buffer_of(op.source)) is not None:
                    self._written.setdefault(cb, []).append(op)
                case _:
                    pass

    def _add(self, block: SSAValue, op: BlockFill) -> None:
        if (cb := buffer_of(block)) is not None:
            self.fills[cb].append(op)

    def parts_of(self, store: ttl.StoreOp) -> list[Operation]:
        """What the value of a store is computed by, down to the blocks that it reads: operands first."""
        if (parts := self._parts.get(store)) is None:
            parts = self._parts[store] = postorder([store.value], expression_operands)
        return parts

    def sources_of(self, fill: BlockFill) -> list[SSAValue]:
        """The buffers that a fill takes whole blocks from: by a change of layout, or through a pipe."""
        match fill:
            case ttl.TilizeOp() | ttl.UntilizeOp():
                source = buffer_of(fill.source)
                return [] if source is None else [source]
            case ttl.CopyOp(direction=ttl.Direction.RECEIVE):
                return [cb for pipe in pipes_at(fill.source) for cb in self._senders.get(pipe, ())]
            case _:
                return []

    def outlets(self, cb: SSAValue) -> list[ttl.TensorAccessorOp]:
        """
        The tensors that blocks of a buffer go to, directly or through buffers that get them whole, and those that it
        lies on.
        """
        found: list[ttl.TensorAccessorOp] = []
        known, todo = {cb}, [cb]
        while todo:
            one = todo.pop()
            found += [tensor_of(copy.destination) for copy in self._written.get(one, ())]
            found += [self._under[one]] if one in self._under else []
            for other, fills in self.fills.items():
                if other not in known and any(one in self.sources_of(fill) for fill in fills):
                    known.add(other)
                    todo.append(other)
        return found

    def solve(self, join: Callable[[SSAValue, dict[SSAValue, _Fact]], _Fact | None]) -> dict[SSAValue, _Fact]:
        """
        A fact for each buffer that has one, from what fills it and the facts of all buffers, until they stay the same;
        at most as often as there are buffers, since a fact can only come from so far.
        """
        facts: dict[SSAValue, _Fact] = {}
        for _ in range(len(self.fills) + 1):
            found = {cb: fact for cb in self.fills if (fact := join(cb, facts)) is not None}
            if found == facts:
                break
            facts = found
        return facts


def buffer_of(block: SSAValue) -> SSAValue | None:
    """The buffer of a block that was acquired."""
    return block.owner.cb if isinstance(block.owner, ttl.AcquireOp) else None


def tensor_of(window: SSAValue) -> ttl.TensorAccessorOp:
    """The tensor that a slice or a shard is a part of."""
    part = window.owner
    assert isinstance(part, ttl.TensorSliceOp | ttl.TensorShardOp)
    return owner_of(part.tensor, ttl.TensorAccessorOp)


def is_constant(value: SSAValue) -> bool:
    """Whether an expression reads nothing: the block it makes is filled with one number."""
    if not isinstance(value.owner, ttl.EXPRESSION):
        return False
    parts = postorder([value], expression_operands)
    return all(isinstance(operand.owner, ttl.EXPRESSION) for op in parts for operand in op.operands)


def expression_operands(op: Operation) -> Iterable[SSAValue]:
    """For walks over an expression, which ends at the blocks that it reads."""
    return op.operands if isinstance(op, ttl.EXPRESSION) else ()


def is_written_from_the_start(acquire: ttl.AcquireOp) -> bool:
    """
    Whether a block that is reserved needs no write: it lies on a tensor that fills it, or is accumulated in alone, and
    so is 0 if none of its stores runs.
    """
    if not isinstance(acquire, ttl.CBReserveOp):
        return False
    if acquire.published is not None:
        return True
    stores = [use.operation for use in acquire.block.uses if isinstance(use.operation, ttl.StoreOp)]
    into = [store for store in stores if store.block is acquire.block]
    return bool(into) and all(store.acc for store in into)
