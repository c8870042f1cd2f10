"""What is found out once for a class is what xDSL says of each of its operations."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from xdsl.dialects import arith, scf, test
from xdsl.dialects.builtin import i1, i32
from xdsl.ir import Block, Operation, Region
from xdsl.traits import is_side_effect_free as as_xdsl_has_it

from ttlang.analysis.effects import is_side_effect_free
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.ttcore import tile_type
from ttlang.tables.dtypes import BF16


def branch(*ops: Operation) -> scf.IfOp:
    (condition,) = test.TestOp(result_types=[i1]).results
    return scf.IfOp(condition, [], Region(Block([*ops, scf.YieldOp()])))


def number() -> arith.ConstantOp:
    return arith.ConstantOp.from_int_and_width(1, i32)


OPS = {
    "arithmetic": number,
    "unknown": lambda: test.TestOp(),
    "pure": lambda: test.TestPureOp(),
    "reads and writes": lambda: test.TestWriteOp(),
    "a call": lambda: ttkernel.TileRegsAcquireOp(),
    "a call that reads": lambda: ttkernel.GetTileSizeOp("a"),
    "a resource": lambda: ttl.CreateCBOp("a", ttl.buffer_type((1, 1), tile_type(BF16), 2)),
    "a barrier": lambda: ttl.DMABarrierOp(ttl.Direction.READ),
    "a coordinate": lambda: ttl.CoreXOp.create(result_types=[i32]),
    "a branch without": lambda: branch(number()),
    "a branch with one": lambda: branch(number(), ttkernel.TileRegsAcquireOp()),
    "a branch in a branch": lambda: branch(branch(number()), number()),
    "an effect in a branch in a branch": lambda: branch(branch(test.TestOp())),
}


@pytest.mark.parametrize("make", OPS.values(), ids=OPS)
def test_it_is_what_xdsl_says(make: Callable[[], Operation]) -> None:
    op = make()
    assert is_side_effect_free(op) == as_xdsl_has_it(op)


def test_both_answers_are_given() -> None:
    assert {is_side_effect_free(make()) for make in OPS.values()} == {True, False}
