"""
Makes a `ttl.compute` of each store: the expression of blocks becomes a function of tiles. Stores that share a value
or an input, with nothing between them that could tell them apart, share the `ttl.compute` and its DST sections. A store
that accumulates has one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.dst import postorder
from ttlang.analysis.effects import is_side_effect_free
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import type_of
from ttlang.dialects.walking import operands_of, operations, operations_in, operations_of
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import set_location


@dataclass
class Group:
    """Stores that one `ttl.compute` will do."""

    stores: list[ttl.StoreOp]
    values: set[SSAValue] = field(default_factory=set[SSAValue])
    """All values of their expressions, the blocks they read included."""

    def takes(self, store: ttl.StoreOp, values: set[SSAValue]) -> bool:
        if store.acc or self.stores[0].acc or sizes_of(store.block) != sizes_of(self.stores[0].block):
            return False
        return not values.isdisjoint(self.values)


def sizes_of(block: SSAValue) -> tuple[int, ...]:
    return type_of(block, ttl.BlockType).sizes


def _operands(op: Operation) -> Sequence[SSAValue]:
    """The operands of an operation that is part of an expression; nothing else is looked into."""
    return operands_of(op) if isinstance(op, ttl.EXPRESSION) else ()


def expression_of(value: SSAValue) -> set[SSAValue]:
    """A value and all values that it is computed from, down to blocks of buffers."""
    return {value, *(v for op in postorder([value], _operands) for v in (*_operands(op), *op.results))}


def groups_of(block: Block) -> list[Group]:
    """The stores of a block that share their computation, in order."""
    groups: list[Group] = []
    open_group: Group | None = None
    for op in operations_in(block):
        if isinstance(op, ttl.StoreOp):
            values = expression_of(op.value)
            if open_group is None or not open_group.takes(op, values):
                groups.append(open_group := Group([]))
            open_group.stores.append(op)
            open_group.values |= values
        elif not (_is_quiet(op) or isinstance(op, ttl.AcquireOp)):
            open_group = None
    return groups


def groups_in(thread: ttl.ComputeThreadOp) -> list[tuple[Block, Group]]:
    """Those of all blocks of a thread, each with its block."""
    regions = (region for op in operations(thread) for region in op.regions)
    return [(block, group) for region in regions for block in region.blocks for group in groups_of(block)]


def _is_quiet(op: Operation) -> bool:
    """Whether an operation touches no block. What a thread prints is none of a store's business."""
    if isinstance(op, scf.IfOp):
        return all(_is_quiet(inner) for region in op.regions for block in region.blocks for inner in block.ops)
    return isinstance(op, ttl.MessageOp) or is_side_effect_free(op)


def _map_of(op: Operation, index: int) -> str:
    """Which tiles of its operand at `index` an operation needs for a tile of its result (`ttl.MAPS`)."""
    match op:
        case ttl.MatmulOp():
            return ("mk", "nk" if op.transpose else "kn")[index]
        case ttl.ReduceOp() if index == 1:
            return "11"
        case ttl.ReduceOp():
            return {ttl.Dim.ROW: "mk", ttl.Dim.COL: "kn", ttl.Dim.SCALAR: "k"}[op.dim.data]
        case ttl.BroadcastOp():
            *_, rows, columns = sizes_of(op.input)
            return ("1" if rows == 1 else "m") + ("1" if columns == 1 else "n")
        case ttl.TransposeOp():
            return "nm"
        case _:
            return "mn"


@dataclass
class _TileBody:
    """A block that computes one tile of each store, and the blocks that this reads, each with a map."""

    inputs: list[ttl.Input] = field(default_factory=list[ttl.Input])
    block: Block = field(default_factory=Block)
    tiles: dict[tuple[SSAValue, str], SSAValue] = field(default_factory=dict[tuple[SSAValue, str], SSAValue])

    def tile(self, value: SSAValue, name: str = "mn") -> SSAValue:
        """The tile of a value: computed already, or else an input."""
        if (value, name) not in self.tiles:
            viewed = value.owner if isinstance(value.owner, ttl.ViewOp) else None
            self.inputs.append(ttl.Input(viewed.input, name, viewed.view) if viewed else ttl.Input(value, name))
            argument = self.block.insert_arg(type_of(value, ttl.BlockType).element, len(self.block.args))
            argument.name_hint = value.name_hint
            self.tiles[value, name] = argument
        return self.tiles[value, name]

    def add(self, op: Operation) -> None:
        new = type(op).create(
            operands=[self.tile(operand, _map_of(op, index)) for index, operand in enumerate(op.operands)],
            result_types=[type_of(op.results[0], ttl.BlockType).element],
            properties=dict(op.properties),
            location=op.location,
        )
        self.block.add_op(new)
        self.tiles[op.results[0], "mn"] = new.results[0]
        new.results[0].name_hint = op.results[0].name_hint


def _tile_body(stores: list[ttl.StoreOp]) -> _TileBody:
    body = _TileBody()
    for op in postorder([store.value for store in stores], _operands):
        if isinstance(op, ttl.EXPRESSION) and not isinstance(op, ttl.ViewOp):
            body.add(op)
    body.block.add_op(ttl.YieldOp(*[body.tile(store.value) for store in stores]))
    return body


def _form(group: Group) -> None:
    *others, last = group.stores
    body = _tile_body(group.stores)
    outputs = [store.block for store in group.stores]
    compute = ttl.ComputeOp(body.inputs, outputs, Region(body.block), acc=last.acc is not None)
    set_location(compute, last)
    Rewriter.insert_op(compute, InsertPoint.before(last))
    for store in (*others, last):
        store.detach()
        store.erase()


def _erase_unused(block: Block) -> None:
    for op in reversed(operations_in(block)):
        if isinstance(op, ttl.EXPRESSION) and not op.results[0].uses:
            op.detach()
            op.erase()
        for region in op.regions:
            for inner in region.blocks:
                _erase_unused(inner)


class TTLFormComputePass(OrderedPass):
    """`ttl.store`s become `ttl.compute`s."""

    name = "ttl-form-compute"
    needs = frozenset({Guarantee.OPERANDS_IN_L1, Guarantee.BLOCK_EXPRESSIONS})
    gives = frozenset({Guarantee.COMPUTE})
    ends = frozenset({Guarantee.BLOCK_EXPRESSIONS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for thread in operations_of(op, ttl.ComputeThreadOp):
            for nested in operations(thread):
                if not nested.regions or isinstance(nested, ttl.ComputeOp):
                    continue
                for region in nested.regions:
                    for block in region.blocks:
                        for group in groups_of(block):
                            _form(group)
            _erase_unused(thread.body.block)
