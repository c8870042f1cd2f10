"""
Hands blocks on by DST section where their readers can take them so (`ttlang/analysis/section_hand_over.py`): each
section pushes its tiles, and what reads the block first waits for as much as it takes next. Of a sum that is added up
in L1, the sections of the last turn do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue
from xdsl.rewriter import InsertPoint

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.linear_forms import turns_of
from ttlang.analysis.section_hand_over import HandOver, HandOvers, Reader, parts_of
from ttlang.analysis.subblock import packs_in_order
from ttlang.dialects import ttl
from ttlang.dialects.attributes import UNIT, i64_array, i64_attr
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.walking import operations_of
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import Ints


def _hand_over(compute: ttl.ComputeOp, hand_overs: HandOvers) -> None:
    tiles = prod(compute.subblock_sizes)
    if prod(compute.computed_sizes) <= tiles or not packs_in_order(compute.space, compute.subblock_sizes):
        return
    found = hand_overs.of_all(compute)
    handed = {number: hand for number, hand in enumerate(found) if hand and _is_taken(hand, tiles)}
    if not handed:
        return
    compute.pushed = i64_array(handed)
    for hand in handed.values():
        if hand.loops:
            compute.set_last(_last_turn(compute, hand.loops))
        hand.push.detach()
        hand.push.erase()
        for wait, reader in hand.readers.items():
            wait.in_parts = UNIT
            _wait_in_parts(reader, wait.block, tiles)


def _last_turn(compute: ttl.ComputeOp, loops: Sequence[scf.ForOp]) -> SSAValue:
    """Whether all loops are in their last turn."""
    ints = Ints.at(Builder(InsertPoint.before(compute)), compute)
    last = [_is_last(ints, loop) for loop in reversed(loops)]
    found = reduce(lambda both, one: ints.emit(arith.AndIOp(both, one)), last)
    found.name_hint = "is_last"
    return found


def _is_last(ints: Ints, loop: scf.ForOp) -> SSAValue:
    turn, (first, step), turns = loop.body.block.args[0], map(constant_value, (loop.lb, loop.step)), turns_of(loop)
    if first is not None and step is not None and turns is not None:
        return ints.emit(arith.CmpiOp(turn, ints.constant(first + (turns - 1) * step), "eq"))
    return ints.emit(arith.CmpiOp(ints.emit(arith.SubiOp(loop.ub, turn)), loop.step, "sle"))


def _is_taken(hand: HandOver, tiles: int) -> bool:
    """Whether some reader has something to do with so many tiles."""
    return any(isinstance(reader, ttl.ComputeOp) or parts_of(reader, tiles) for reader in hand.readers.values())


def _wait_in_parts(reader: Reader, block: SSAValue, tiles: int) -> None:
    if isinstance(reader, ttl.CopyOp):
        reader.awaited = i64_attr(tiles)
        return
    awaited = [int(part) for part in reader.awaited.iter_values()] if reader.awaited else [0] * len(reader.inputs)
    parts = [tiles if one is block else part for one, part in zip(reader.inputs, awaited, strict=True)]
    reader.awaited = i64_array(parts)


class TTLHandOverSectionsPass(OrderedPass):
    """Lets sections hand on their tiles."""

    name = "ttl-hand-over-sections"
    needs = frozenset({Guarantee.DST_SLOTS, Guarantee.SUMS_PLACED, Guarantee.ACQUIRED_BLOCKS})
    gives = frozenset({Guarantee.HANDED_SECTIONS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        hand_overs = HandOvers()
        for thread in operations_of(op, ttl.ComputeThreadOp):
            for compute in operations_of(thread, ttl.ComputeOp):
                if compute.in_dst is None:
                    _hand_over(compute, hand_overs)
