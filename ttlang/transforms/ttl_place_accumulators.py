"""
Decides where a store that accumulates keeps its sum: in DST, or in the block itself, to which the packer adds.

In DST, where the loops around a matmul compute nothing else and the block fits one section: acquire before the loops,
pack after them, one pack for each tile in all. Else in L1: one pack for each tile and turn, which replaces what the
block holds in the first turn and adds to it in the others (`pack_reconfig_l1_acc`). Reading the sum back to DST would
cost an unpack for each tile and turn besides. Where no loop counter tells the first turn, or a loop may have none, the
block is filled with zeros first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp, i32
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.finding_context import findings_of
from ttlang.analysis.linear_forms import loops_between, surely_runs
from ttlang.analysis.locations import span_of
from ttlang.checks.rounded_sums import check_rounded_sums
from ttlang.checks.thread_report import buffer_name
from ttlang.diagnostics import Related, error
from ttlang.dialects import ttl
from ttlang.dialects.attributes import UNIT, f64_array, i64_array, i64_attr
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import owner_of
from ttlang.dialects.walking import operations_of
from ttlang.tables.dtypes import BF16, F32
from ttlang.tables.functions import BY_NAME
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import Ints, set_location

Writers = dict[SSAValue, list[ttl.ComputeOp]]
"""The computations that store to a block, in the order of the text."""


def _writers_of(computes: Sequence[ttl.ComputeOp]) -> Writers:
    writers: Writers = {}
    for compute in computes:
        for output in compute.outputs:
            writers.setdefault(output, []).append(compute)
    return writers


def fits_dst(compute: ttl.ComputeOp, loops: list[scf.ForOp], kernel: ttl.KernelOp) -> bool:
    """Whether one section can stay open over all turns."""
    matmul, *rest = compute.body.block.ops
    if not loops or not isinstance(matmul, ttl.MatmulOp) or len(rest) != 1:
        return False
    if compute.matrices or compute.outputs[0].type.tiles > kernel.dst_capacity:
        return False
    strided = matmul.transpose is not None and compute.space[1] > 1 and _inner(compute) > 1
    others = (ttl.ComputeOp, ttl.AccumulateOp, ttl.TilizeOp, ttl.UntilizeOp)
    alone = all(op is compute or not isinstance(op, others) for op in loops[-1].walk())
    return alone and not strided and all(map(surely_runs, loops))


def _inner(compute: ttl.ComputeOp) -> int:
    return next(one.shape.matrix[1] for one in compute.described_inputs if one.map == "mk")


def _accumulate_in_dst(compute: ttl.ComputeOp, loop: scf.ForOp) -> None:
    output = compute.outputs[0]
    body = Block()
    section = ttl.AccumulateOp(output, Region(body))
    section.location = compute.location
    Rewriter.insert_op(section, InsertPoint.before(loop))
    loop.detach()
    body.add_op(loop)
    compute.in_dst = UNIT
    compute.subblock = i64_array(compute.space)


def _later_turn(compute: ttl.ComputeOp, loops: list[scf.ForOp]) -> SSAValue:
    """0 in the first turn of the loops, 1 in the others."""
    laters = [arith.CmpiOp(loop.body.block.args[0], loop.lb, "ne") for loop in reversed(loops)]
    ops: list[Operation] = list(laters)
    turns: SSAValue = laters[0].result
    for later in laters[1:]:
        ops.append(either := arith.OrIOp(turns, later.result))
        turns = either.result
    ops.append(flag := arith.ExtUIOp(turns, i32))
    flag.result.name_hint = "accumulate"
    for op in ops:
        set_location(op, compute)
    Rewriter.insert_op(ops, InsertPoint.before(compute))
    return flag.result


def _zero(compute: ttl.ComputeOp, reserve: ttl.AcquireOp, kernel: ttl.KernelOp) -> ttl.ComputeOp:
    """What fills the block with zeros, where it is reserved."""
    tile = reserve.block.type.element
    fill = ttl.elementwise_op(BY_NAME["fill"]).create(
        operands=[],
        result_types=[tile],
        properties={"parameters": f64_array([0.0]), "dst": i64_attr(0)},
    )
    zero = ttl.ComputeOp([], [reserve.block], Region(Block([fill, ttl.YieldOp(fill.results[0])])))
    zero.slots = i64_attr(1)
    zero.subblock = i64_array([1, min(zero.space[1], kernel.dst_capacity)])
    set_location(zero, compute)
    Rewriter.insert_op(zero, InsertPoint.after(reserve))
    return zero


def _place(compute: ttl.ComputeOp, kernel: ttl.KernelOp, writers: list[ttl.ComputeOp]) -> None:
    """`writers`: those of its block, to which what fills it with zeros is added."""
    output = compute.outputs[0]
    reserve = owner_of(output, ttl.AcquireOp)
    loops = loops_between(reserve, compute)
    only = len(writers) == 1
    del compute.properties["acc"]
    if only and loops is not None and fits_dst(compute, loops, kernel):
        _accumulate_in_dst(compute, loops[-1])
        return
    if loops == [] and not any(_placed_before(compute, writers)):
        return
    _check_format(compute)
    if only and loops and all(map(surely_runs, loops)):
        flag = _later_turn(compute, loops)
    else:
        if not any(_always_before(other, compute) for other in _placed_before(compute, writers)):
            _check_alone(compute, list(_placed_before(compute, writers)))
            writers.insert(0, _zero(compute, reserve, kernel))
        flag = Ints.at(Builder(InsertPoint.before(compute)), compute).constant(1)
    compute.set_accumulate(flag)


def _placed_before(compute: ttl.ComputeOp, writers: Sequence[ttl.ComputeOp]) -> Iterator[ttl.ComputeOp]:
    """Those that store to its block by now."""
    return (other for other in writers if other is not compute and other.acc is None)


def _always_before(first: ttl.ComputeOp, second: ttl.ComputeOp) -> bool:
    """Whether one computation runs whenever the other does, and before it."""
    home = first.parent_block()
    around = home.find_ancestor_op_in_block(second) if home else None
    return around is not None and first.is_before_in_block(around)


def _check_alone(compute: ttl.ComputeOp, earlier: Sequence[ttl.ComputeOp]) -> None:
    """The zeros that a sum starts from would stand before what another path stores, which packs the block, too."""
    if earlier:
        buffer = buffer_name(owner_of(compute.outputs[0], ttl.AcquireOp).cb)
        raise error(
            "TTL0003",
            f"block += on a block of {buffer} that is stored to on some paths only",
            span_of(compute),
            hint="store on every path before it, or write += on each path",
            related=[Related(span, "stored here") for other in earlier if (span := span_of(other))],
        )


def _check_format(compute: ttl.ComputeOp) -> None:
    dtype = compute.outputs[0].type.element.dtype
    if dtype not in (BF16, F32):
        raise error(
            "TTL0306",
            f"blocks of {dtype} can't accumulate in L1",
            span_of(compute),
            hint="accumulate in a buffer of ttl.bfloat16 or ttl.float32, and convert the sum",
        )


@dataclass(frozen=True)
class TTLPlaceAccumulatorsPass(OrderedPass):
    """
    Stores with `acc` accumulate in DST (`ttl.accumulate`) or in L1 (the operand `accumulate`). Warns of sums that lose
    too many bits there.
    """

    name = "ttl-place-accumulators"
    needs = frozenset({Guarantee.DST_SLOTS, Guarantee.DST_WIDTH})
    gives = frozenset({Guarantee.SUMS_PLACED})
    narrow_is_meant: bool = False
    """Whether a 16-bit DST was asked for."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            computes = operations_of(kernel, ttl.ComputeOp)
            writers = _writers_of(computes)
            for compute in computes:
                if compute.acc:
                    _place(compute, kernel, writers[compute.outputs[0]])
            findings_of(ctx).add(*check_rounded_sums(kernel, narrow_is_meant=self.narrow_is_meant))
