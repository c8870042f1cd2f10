"""Orders the body of each `ttl.compute`, gives its values DST slots, and decides how many tiles share a section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.dst import allocate, in_place, is_fpu, reachable
from ttlang.analysis.section_hand_over import HandOver, HandOvers
from ttlang.analysis.subblock import Product, Waited, choose
from ttlang.analysis.written_results import cycles_of_writing
from ttlang.dialects import ttl
from ttlang.dialects.attributes import i64_array, i64_attr
from ttlang.dialects.guarantees import Guarantee, UnmetNeedError
from ttlang.dialects.walking import enclosing, operations_of
from ttlang.transforms.pass_order import OrderedPass


def _assign(compute: ttl.ComputeOp, kernel: ttl.KernelOp, hand_overs: HandOvers) -> None:
    body = compute.body.block
    yielded = compute.end
    order = reachable(yielded.arguments)
    allocation = allocate(order, yielded.arguments)
    if allocation.count > kernel.dst_capacity:
        raise UnmetNeedError(Guarantee.FITS_DST)
    for op in order:
        op.detach()
        body.insert_op_before(op, yielded)
        slot = allocation.slots[op.results[0]]
        op.properties["dst"] = i64_attr(slot)
        _keep_operand(op, slot, allocation.slots)
    compute.slots = i64_attr(allocation.count)
    tiles = kernel.dst_capacity // allocation.count
    alone = tiles == 1 or compute.space == (1, 1)
    if alone:
        compute.subblock = i64_array((1, 1))
        return
    handed = hand_overs.of_all(compute)
    waited, written = _waited(compute, hand_overs, handed), cycles_of_writing(compute, handed)
    compute.subblock = i64_array(section_of(compute, kernel, allocation.count, waited, written))


def section_of(
    compute: ttl.ComputeOp, kernel: ttl.KernelOp, slots: int, waited: Waited, written: float = 0.0
) -> tuple[int, int]:
    """
    The subblock that a section computes, where a tile takes so many slots. `waited`: who waits for it; `written`:
    cycles of DRAM for it.
    """
    return choose(
        compute.space,
        kernel.dst_capacity // slots,
        list(_products(compute)),
        kernel.fidelity,
        kernel.chip.costs.sections,
        inits=_inits(compute),
        waited=waited,
        written=written,
    )


def _products(compute: ttl.ComputeOp) -> Iterator[Product]:
    for op in compute.body.block.ops:
        if isinstance(op, ttl.MatmulOp):
            _, inner = compute.described_inputs[compute.input_number(op.lhs)].shape.matrix
            yield Product(inner, op.transpose is not None)


def _inits(compute: ttl.ComputeOp) -> int:
    """Inits that each section needs: of a unit that has several functions, one for each. A single one stays set."""
    functions: dict[bool, set[tuple[object, ...]]] = {False: set(), True: set()}
    for op in compute.body.block.ops:
        if isinstance(op, ttl.YieldOp):
            continue
        sfpu = isinstance(op, ttl.ElementwiseOp) and not is_fpu(op)
        formats = () if sfpu else tuple(operand.type for operand in op.operands)
        told = op.properties.get("broadcast"), op.properties.get("dim")
        functions[sfpu].add((op.name, *told, *formats))
    return sum(len(each) for each in functions.values() if len(each) > 1)


def _waited(compute: ttl.ComputeOp, hand_overs: HandOvers, handed: Sequence[HandOver | None]) -> Waited:
    thread = enclosing(compute, ttl.ThreadOp)
    awaited = [output.owner for output, hand in zip(compute.outputs, handed, strict=True) if hand is None]
    whole = any(isinstance(acquire, ttl.AcquireOp) and hand_overs.is_read_in(thread, acquire.cb) for acquire in awaited)
    if whole or any(hand and not hand.inside for hand in handed):
        return Waited.FOR_ALL
    return Waited.BY_SECTION if any(handed) else Waited.BY_NOBODY


def _keep_operand(op: Operation, slot: int, slots: Mapping[SSAValue, int]) -> None:
    """A function that works in place: where its operand is still needed, it works on a copy."""
    operand = in_place(op)
    if operand is None or slots[operand] == slot:
        return
    copy = ttl.CopyTileOp(operand)
    copy.dst = i64_attr(slot)
    copy.location = op.location
    Rewriter.insert_op(copy, InsertPoint.before(op))
    op.operands = [copy.result if value is operand else value for value in op.operands]


class TTLAssignDSTRegistersPass(OrderedPass):
    """Sets `dst` on the operations of every `ttl.compute`, `slots` and `subblock` on itself."""

    name = "ttl-assign-dst-registers"
    needs = frozenset({Guarantee.FITS_DST})
    gives = frozenset({Guarantee.DST_SLOTS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            hand_overs = HandOvers()
            for compute in operations_of(kernel, ttl.ComputeOp):
                _assign(compute, kernel, hand_overs)
