"""
The last turn of a sum of products starts from the sum, where that is stored in another block behind the loop.

    for ...: total += a @ b             for all turns but one: total += a @ b
    out.store(total)                    out.store(total + a @ b)

The packer adds products to a block in L1, turn by turn. To store that in another block, each tile is read back and
packed again behind the last turn. Instead, the last turn stands behind the loop: each of its sections begins with the
sum in DST, adds the products and packs the result. That costs more than it saves on a core alone: nothing is computed
while a section's part of the sum goes to DST, and each section sets the units for a copy and for a product. But results
come while the last turn is computed, not all at its end, when every core writes to DRAM. It is done where DRAM would
be waited for longer than that costs, by the chip's costs.

No bits are lost by it: the sum is float32 and DST has 32 bits, so that it goes there whole. No thread waits for what
comes later than before, either: between the loop and the store there is nothing but the block that is stored to, and
only if that can be reserved before the loop.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import reduce
from itertools import takewhile
from math import ceil

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.effects import is_side_effect_free
from ttlang.analysis.engine_costs import EngineCosts, Load
from ttlang.analysis.linear_forms import loops_between
from ttlang.analysis.section_hand_over import HandOvers
from ttlang.analysis.written_results import cycles_of_writing
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.dialects.walking import following, operations_of
from ttlang.tables.dtypes import F32, DType
from ttlang.transforms.early_reserves import is_reserved_before, reserve_early
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import Ints, set_location
from ttlang.transforms.ttl_place_accumulators import fits_dst

_INITS = 2
"""Of a section that starts from a sum: for a copy, and for a product."""


@dataclass(frozen=True)
class _Sum:
    """A sum of products, and what is stored of it."""

    term: ttl.ComputeOp
    loop: scf.ForOp
    last: int
    """The number of its last turn, which is not the first one."""
    wait: ttl.CBWaitOp
    reader: ttl.ComputeOp
    late: tuple[ttl.CBReserveOp, ...]
    """What the reader stores to, as far as it is reserved behind the loop."""

    @property
    def product(self) -> ttl.MatmulOp:
        return owner_of(self.term.end.arguments[0], ttl.MatmulOp)


def _sum_of(term: ttl.ComputeOp) -> _Sum | None:
    """The sum that a computation adds to, if the last turn of its loop can be made where the sum is stored."""
    reserve = term.outputs[0].owner
    if not isinstance(reserve, ttl.CBReserveOp) or not _is_product(term) or not reserve.block.has_one_use():
        return None
    match loops_between(reserve, term):
        case [loop] if (last := _last_turn(loop)) is not None and not loop.iter_args and _only_adds(loop, term):
            pass
        case _:
            return None
    users = {use.operation for use in reserve.cb.uses} - {reserve}
    match [op for op in following(loop) if op in users]:
        case [ttl.CBPushOp() as push, ttl.CBWaitOp() as wait, ttl.CBPopOp() as pop] if users == {push, wait, pop}:
            pass
        case _:
            return None
    match [use.operation for use in wait.block.uses]:
        case [ttl.ComputeOp() as reader] if reader.parent is wait.parent and _only_moves(reader):
            late = _reserved_late(loop, reader, {push, wait})
            return None if late is None else _Sum(term, loop, last, wait, reader, late)
        case _:
            return None


def _last_turn(loop: scf.ForOp) -> int | None:
    """The number of the last turn of a loop that is known to have several."""
    first, end, step = (constant_value(value) for value in (loop.lb, loop.ub, loop.step))
    if first is None or end is None or step is None or step <= 0:
        return None
    turns = range(first, end, step)
    return turns[-1] if len(turns) > 1 else None


def _is_product(compute: ttl.ComputeOp) -> bool:
    product, *rest = compute.body.block.ops
    return isinstance(product, ttl.MatmulOp) and len(rest) == 1 and compute.acc is not None and not compute.matrices


def _only_adds(loop: scf.ForOp, term: ttl.ComputeOp) -> bool:
    """Whether a loop, but for what it adds, only waits for blocks and releases them."""
    others = ttl.CBWaitOp, ttl.CBPopOp, scf.YieldOp
    return all(
        op is term or isinstance(op, others) or (is_side_effect_free(op) and not op.regions)
        for op in loop.body.block.ops
    )


def _only_moves(reader: ttl.ComputeOp) -> bool:
    """Whether a computation stores the tiles of one block, each in its own place, and computes nothing."""
    if len(reader.inputs) != 1 or reader.acc is not None or reader.maps or len(reader.body.block.ops) != 1:
        return False
    return all(output.type.sizes == reader.inputs[0].type.sizes for output in reader.outputs)


def _reserved_late(
    loop: scf.ForOp, reader: ttl.ComputeOp, handed: Collection[Operation]
) -> tuple[ttl.CBReserveOp, ...] | None:
    """Blocks that the reader stores to, and that can be reserved before the loop; None if there is more between."""
    between = takewhile(lambda op: op is not reader, following(loop))
    others = [op for op in between if op not in handed and not is_side_effect_free(op)]
    late = [op for op in others if isinstance(op, ttl.CBReserveOp) and op.block in reader.outputs]
    return tuple(late) if len(late) == len(others) and all(is_reserved_before(op, loop) for op in late) else None


@dataclass(frozen=True)
class _Sums:
    """Those of a kernel with a 32-bit DST."""

    kernel: ttl.KernelOp

    def finish(self, term: ttl.ComputeOp) -> None:
        found = _sum_of(term) if _dtype(term.outputs[0]) is F32 else None
        if found is None or fits_dst(term, [found.loop], self.kernel) or not self._pays(found):
            return
        for reserve in found.late:
            reserve_early(reserve, found.loop)
        self._make_last_turn(found)

    def _pays(self, found: _Sum) -> bool:
        """Whether the results of all cores are written sooner."""
        costs, reader = EngineCosts(self.kernel), found.reader
        tiles, moved = reader.outputs[0].type.tiles, costs.move(F32, whole=True)
        packed = reduce(Load.beside, (costs.pack(_dtype(output)) for output in reader.outputs))
        turn = tiles * costs.of(found.term).beside(costs.pack(F32, adds=True)).busiest
        settings = ceil(tiles / self.kernel.dst_capacity) * _INITS * self.kernel.chip.costs.sections.init
        more, behind = tiles * moved.busiest + settings, tiles * moved.beside(packed).busiest + costs.inits
        written = cycles_of_writing(reader, HandOvers().of_all(reader))
        return more + max(0.0, written - turn - more) < max(behind, written)

    def _make_last_turn(self, found: _Sum) -> None:
        """The loop has a turn less; that stands where the sum is stored."""
        loop, reader = found.loop, found.reader
        last = Ints.at(Builder(InsertPoint.before(loop)), loop).constant(found.last)
        loop.operands[1] = last
        known: dict[SSAValue, SSAValue] = {loop.body.block.args[0]: last}
        *turn, _ = loop.body.block.ops
        for op in turn:
            new = self._finished(found, known) if op is found.term else op.clone(known)
            Rewriter.insert_op(new, InsertPoint.before(reader))
        reader.detach()
        reader.erase()

    def _finished(self, found: _Sum, known: dict[SSAValue, SSAValue]) -> ttl.ComputeOp:
        """What stores the sum and the last products. `known`: the blocks of the turn."""
        term, product = found.term, found.product
        old = (*term.body.block.args, *found.reader.body.block.args)
        body = Block(arg_types=[tile.type for tile in old])
        tiles: dict[SSAValue, SSAValue] = {}
        for before, tile in zip(old, body.args, strict=True):
            tiles[before], tile.name_hint = tile, before.name_hint
        total = body.args[-1]
        lhs, rhs, transpose = tiles[product.lhs], tiles[product.rhs], product.transpose is not None
        added = ttl.MatmulOp(lhs, rhs, total.type, addend=total, transpose=transpose)
        added.location = product.location
        body.add_ops([added, ttl.YieldOp(*[added.result] * len(found.reader.outputs))])
        inputs = [replace(one, block=known.get(one.block, one.block)) for one in term.described_inputs]
        new = ttl.ComputeOp([*inputs, ttl.Input(found.wait.block)], found.reader.outputs, Region(body))
        set_location(new, found.reader)
        return new


def _dtype(block: SSAValue) -> DType:
    return type_of(block, ttl.BlockType).element.dtype


class TTLFinishSumsPass(OrderedPass):
    """Sums of products in L1 that are stored elsewhere get there from the last turn of their loop."""

    name = "ttl-finish-sums"
    needs = frozenset({Guarantee.COMPUTE, Guarantee.DST_WIDTH})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if isinstance(kernel, ttl.KernelOp) and kernel.dst32:
                for thread in operations_of(kernel, ttl.ComputeThreadOp):
                    for compute in operations_of(thread, ttl.ComputeOp):
                        if compute.acc is not None:
                            _Sums(kernel).finish(compute)
