"""
Makes a `ttl.compute` of each store: the expression of blocks becomes a function of tiles. Stores that share a value
or an input, with nothing between them that could tell them apart, share the `ttl.compute` and its DST sections.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.traits import is_side_effect_free

from ttlang.analysis.dst import postorder
from ttlang.dialects import ttl
from ttlang.transforms.rewriting import set_location

EXPRESSION = ttl.ElementwiseOp | ttl.TypecastOp
"""The operations that expressions of blocks are made of."""


@dataclass
class _Group:
    """Stores that one `ttl.compute` will do."""

    stores: list[ttl.StoreOp]
    values: set[SSAValue] = field(default_factory=set[SSAValue])
    """All values of their expressions, the blocks they read included."""

    def takes(self, store: ttl.StoreOp, values: set[SSAValue]) -> bool:
        return _sizes(store) == _sizes(self.stores[0]) and not values.isdisjoint(self.values)


def _sizes(store: ttl.StoreOp) -> tuple[int, ...]:
    return cast(ttl.BlockType, store.block.type).sizes


def _operands(op: Operation) -> Sequence[SSAValue]:
    """The operands of an operation that is part of an expression; nothing else is looked into."""
    return op.operands if isinstance(op, EXPRESSION) else ()


def _expression(value: SSAValue) -> set[SSAValue]:
    return {value, *(v for op in postorder([value], _operands) for v in (*_operands(op), *op.results))}


def _groups(block: Block) -> list[_Group]:
    groups: list[_Group] = []
    open_group: _Group | None = None
    for op in block.ops:
        if isinstance(op, ttl.StoreOp):
            values = _expression(op.value)
            if open_group is None or not open_group.takes(op, values):
                groups.append(open_group := _Group([]))
            open_group.stores.append(op)
            open_group.values |= values
        elif not (is_side_effect_free(op) or isinstance(op, ttl.AcquireOp)):
            open_group = None
    return groups


def _tile_body(stores: list[ttl.StoreOp]) -> tuple[list[SSAValue], Block]:
    """The blocks that the stores' expressions read, and a block that computes one tile of each store."""
    inputs: list[SSAValue] = []
    body = Block()
    tiles: dict[SSAValue, SSAValue] = {}

    def tile(value: SSAValue) -> SSAValue:
        """The tile of a value: computed already, or else an input."""
        if value not in tiles:
            inputs.append(value)
            tiles[value] = body.insert_arg(cast(ttl.BlockType, value.type).element, len(body.args))
            tiles[value].name_hint = value.name_hint
        return tiles[value]

    for op in postorder([store.value for store in stores], _operands):
        if not isinstance(op, EXPRESSION):
            continue
        new = type(op).create(
            operands=[tile(operand) for operand in op.operands],
            result_types=[cast(ttl.BlockType, op.result.type).element],
            properties=dict(op.properties),
            location=op.location,
        )
        body.add_op(new)
        tiles[op.result] = new.results[0]
        new.results[0].name_hint = op.result.name_hint
    body.add_op(ttl.YieldOp(*[tile(store.value) for store in stores]))
    return inputs, body


def _form(group: _Group) -> None:
    *others, last = group.stores
    inputs, body = _tile_body(group.stores)
    compute = ttl.ComputeOp(inputs, [store.block for store in group.stores], Region(body))
    set_location(compute, last)
    Rewriter.insert_op(compute, InsertPoint.before(last))
    for store in (*others, last):
        store.detach()
        store.erase()


def _erase_unused(block: Block) -> None:
    for op in reversed(tuple(block.ops)):
        if isinstance(op, EXPRESSION) and not op.results[0].uses:
            op.detach()
            op.erase()
        for region in op.regions:
            for inner in region.blocks:
                _erase_unused(inner)


@dataclass(frozen=True)
class TTLFormComputePass(ModulePass):
    """`ttl.store`s become `ttl.compute`s."""

    name = "ttl-form-compute"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for thread in op.walk():
            if not isinstance(thread, ttl.ComputeThreadOp):
                continue
            for nested in tuple(thread.walk()):
                if isinstance(nested, ttl.ComputeOp):
                    continue
                for region in nested.regions:
                    for block in region.blocks:
                        for group in _groups(block):
                            _form(group)
            _erase_unused(thread.body.block)
