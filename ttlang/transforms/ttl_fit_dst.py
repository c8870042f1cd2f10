"""
Cuts each `ttl.compute` until it fits DST. A value that is cut off is computed first, into a buffer that the compiler
makes, and read back from there.

In order: a product on the FPU that wants a slot of its own goes to the SFPU; values that several stores share are cut
off, and the stores separated; then the largest part of the expression that fits is cut off, again and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import prod

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.dst import accumulates, allocate, is_fpu, loads, reachable
from ttlang.dialects import ttl
from ttlang.dialects.attributes import bool_attr
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.ttcore import TileType, tile_type
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.dialects.walking import operations_of
from ttlang.tables.dtypes import BF16, F32
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import set_location
from ttlang.transforms.ttl_allocate_circular_buffers import fits_l1
from ttlang.transforms.ttl_form_compute import Group, sizes_of


def most_spilled(groups: Iterable[Group]) -> int:
    """
    Bytes that spills take at most, where these stores are computed together. A buffer takes the next value as soon as
    its group is done; until then each value is cut off once, or twice where it is first cut off for several stores.
    """
    most: Counter[tuple[tuple[int, ...], bool]] = Counter()
    for group in groups:
        sizes = sizes_of(group.stores[0].block)
        computed = (value for value in group.values if isinstance(value.owner, ttl.EXPRESSION))
        values = Counter((sizes, type_of(value, ttl.BlockType).element.dtype.is_integer) for value in computed)
        most |= values if len(group.stores) == 1 else values + values
    return sum(count * prod(sizes) for (sizes, _), count in most.items()) * F32.tile_bytes


def slots_needed(values: Sequence[SSAValue]) -> int:
    """DST slots that the computation of these tiles takes."""
    return allocate(reachable(values), values).count


def _yielded(compute: ttl.ComputeOp) -> tuple[SSAValue, ...]:
    return tuple(compute.end.arguments)


@dataclass
class _Spills:
    """The buffers that the compiler makes. One takes the next value when the block in it has been popped."""

    kernel: ttl.KernelOp
    held: list[ttl.CreateCBOp] = field(default_factory=list[ttl.CreateCBOp])
    free: list[ttl.CreateCBOp] = field(default_factory=list[ttl.CreateCBOp])

    def take(self, compute: ttl.ComputeOp, tile: TileType) -> SSAValue:
        """
        A buffer for one block. Its format keeps what DST holds; where L1 has no room for that, what is computed of
        narrower blocks is kept in bfloat16.
        """
        sizes, narrowed = compute.outputs[0].type.sizes, False
        type_ = ttl.buffer_type(sizes, tile if tile.dtype.is_integer else self._exact, 1)
        cb = self._free(type_)
        if cb is None and type_.element != tile and self.kernel.dst32 and not fits_l1(self.kernel, type_.total_bytes):
            type_, narrowed = ttl.buffer_type(sizes, tile_type(BF16), 1), True
            cb = self._free(type_)
        if cb is None:
            cb = self._create(compute, type_)
            if narrowed:
                cb.narrowed = bool_attr(True)
        else:
            self.free.remove(cb)
        self.held.append(cb)
        return cb.result

    @property
    def _exact(self) -> TileType:
        return tile_type(F32 if self.kernel.dst32 else BF16)

    def _free(self, type_: ttl.CircularBufferType) -> ttl.CreateCBOp | None:
        return next((cb for cb in self.free if cb.result.type == type_), None)

    def release(self, held: int) -> None:
        """Frees all buffers but the `held` that were taken first."""
        self.free += self.held[held:]
        del self.held[held:]

    def _create(self, compute: ttl.ComputeOp, type_: ttl.CircularBufferType) -> ttl.CreateCBOp:
        taken = {op.name_.data for op in (*self.kernel.circular_buffers, *self.kernel.tensors)}
        name = next(name for number in count() if (name := f"spill{number}_cb") not in taken)
        create = ttl.CreateCBOp(name, type_, compiler_made=True)
        create.result.name_hint = name
        set_location(create, compute)
        Rewriter.insert_op(create, InsertPoint.before(self.kernel.threads[0]))
        return create


def _fit(spills: _Spills, compute: ttl.ComputeOp) -> None:
    held = len(spills.held)
    _cut_until_it_fits(spills, compute, spills.kernel.dst_capacity)
    # What was cut off is popped right behind what reads it.
    spills.release(held)


def _cut_until_it_fits(spills: _Spills, compute: ttl.ComputeOp, capacity: int) -> None:
    if slots_needed(_yielded(compute)) <= capacity:
        return
    _leave_fpu(compute)
    if slots_needed(_yielded(compute)) <= capacity:
        return
    if len(compute.outputs) > 1:
        for part in _separate(spills, compute):
            _fit(spills, part)
        return
    while slots_needed(_yielded(compute)) > capacity:
        _cut(spills, compute, _largest_that_fits(compute, capacity))


def _leave_fpu(compute: ttl.ComputeOp) -> None:
    for op in tuple(compute.body.block.ops):
        if not (is_fpu(op) and accumulates(op)) or "broadcast" in op.properties:
            continue
        del op.properties["engine"]
        for index, tile in enumerate(op.operands):
            copy = ttl.CopyTileOp(tile)
            copy.location = op.location
            Rewriter.insert_op(copy, InsertPoint.before(op))
            op.operands[index] = copy.result


def _separate(spills: _Spills, compute: ttl.ComputeOp) -> list[ttl.ComputeOp]:
    """A `ttl.compute` for each value that outputs share, then one for each output."""
    computes: list[ttl.ComputeOp] = []
    while (value := _shared(compute)) is not None:
        computes.append(_cut(spills, compute, value))
    for output, value in zip(compute.outputs, _yielded(compute), strict=True):
        part = _part(compute, value, output)
        Rewriter.insert_op(part, InsertPoint.before(compute))
        computes.append(part)
    compute.detach()
    compute.erase()
    return computes


def _parts(values: Sequence[SSAValue]) -> dict[SSAValue, int]:
    """For each operation's result, the operations that it is computed by: bit k stands for the k-th operation."""
    parts: dict[SSAValue, int] = {}
    for position, op in enumerate(reachable(values)):
        part = 1 << position
        for operand in op.operands:
            part |= parts.get(operand, 0)
        parts[op.results[0]] = part
    return parts


def _shared(compute: ttl.ComputeOp) -> SSAValue | None:
    """A computed value that two outputs need, as near to them as there is one."""
    outputs = _yielded(compute)
    parts = _parts(outputs)
    shared = [
        value
        for position, value in enumerate(parts)
        if not loads(owner_of(value, Operation)) and sum(parts[output] >> position & 1 for output in outputs) > 1
    ]
    return max(shared, key=lambda value: parts[value].bit_count(), default=None)


def _largest_that_fits(compute: ttl.ComputeOp, capacity: int) -> SSAValue:
    parts = _parts(_yielded(compute))
    *inner, _ = (value for value in parts if not loads(owner_of(value, Operation)))
    largest_first = sorted(inner, key=lambda value: parts[value].bit_count(), reverse=True)
    return next(value for value in largest_first if slots_needed([value]) <= capacity)


def _part(compute: ttl.ComputeOp, value: SSAValue, output: SSAValue) -> ttl.ComputeOp:
    """A `ttl.compute` of one of the values of another."""
    inputs: list[ttl.Input] = []
    body = Block()
    tiles: dict[SSAValue, SSAValue] = {}
    described = compute.described_inputs
    for op in reachable([value]):
        for operand in op.operands:
            if isinstance(operand, BlockArgument) and operand not in tiles:
                inputs.append(described[operand.index])
                tiles[operand] = body.insert_arg(operand.type, len(body.args))
                tiles[operand].name_hint = operand.name_hint
        body.add_op(op.clone(tiles))
    body.add_op(ttl.YieldOp(tiles[value]))
    part = ttl.ComputeOp(inputs, [output], Region(body))
    set_location(part, value.owner if isinstance(value.owner, Operation) else compute)
    return part


def _cut(spills: _Spills, compute: ttl.ComputeOp, value: SSAValue) -> ttl.ComputeOp:
    """Computes a value before the rest, into a buffer; the rest reads it from there. Returns what computes it."""
    cb = spills.take(compute, type_of(value, TileType))
    reserve = ttl.CBReserveOp(cb)
    part = _part(compute, value, reserve.block)
    wait = ttl.CBWaitOp(cb)
    before = [reserve, part, ttl.CBPushOp(cb), wait]
    pop = ttl.CBPopOp(cb)
    for op in (*before, pop):
        set_location(op, part)
    Rewriter.insert_op(before, InsertPoint.before(compute))
    Rewriter.insert_op(pop, InsertPoint.after(compute))
    _read_back(compute, value, wait.block)
    return part


def _read_back(compute: ttl.ComputeOp, value: SSAValue, block: SSAValue) -> None:
    body = compute.body.block
    copy = ttl.CopyTileOp(body.insert_arg(type_of(block, ttl.BlockType).element, len(body.args)))
    set_location(copy, compute)
    Rewriter.insert_op(copy, InsertPoint.at_start(body))
    value.replace_all_uses_with(copy.result)
    needed = set(reachable(_yielded(compute)))
    for op in reversed(tuple(body.ops)):
        if op not in needed and not isinstance(op, ttl.YieldOp):
            op.detach()
            op.erase()
    inputs = [*compute.described_inputs, ttl.Input(block)]
    for argument in reversed(body.args):
        if not argument.uses:
            del inputs[argument.index]
            body.erase_arg(argument)
    compute.set_inputs(inputs)


class TTLFitDSTPass(OrderedPass):
    """Splits `ttl.compute`s that need more DST slots than a section has."""

    name = "ttl-fit-dst"
    needs = frozenset({Guarantee.ENGINES, Guarantee.DST_WIDTH, Guarantee.OPEN_BUFFERS})
    gives = frozenset({Guarantee.FITS_DST})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            spills = _Spills(kernel)
            for compute in operations_of(kernel, ttl.ComputeOp):
                _fit(spills, compute)
