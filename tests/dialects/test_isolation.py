"""What is isolated uses values of its own."""

from __future__ import annotations

import pytest
from xdsl.dialects import test
from xdsl.dialects.builtin import i32
from xdsl.ir import Block, Operation, Region
from xdsl.traits import IsolatedFromAbove
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects import ttkernel
from ttlang.dialects.isolation import Isolated

TRAITS = Isolated(), IsolatedFromAbove()


def told(op: Operation) -> list[str | None]:
    """What each of the traits says of an operation."""
    found: list[str | None] = []
    for trait in TRAITS:
        try:
            trait.verify(op)
        except VerifyException as wrong:
            found.append(str(wrong))
        else:
            found.append(None)
    return found


def around(*ops: Operation, arguments: int = 0) -> test.TestOp:
    return test.TestOp(regions=[Region(Block(ops, arg_types=[i32] * arguments))])


def test_what_is_made_inside_is_used() -> None:
    made = test.TestOp(result_types=[i32])
    inner = around(test.TestOp(operands=[made.results[0]]), arguments=1)
    argument = inner.regions[0].block.args[0]
    inner.regions[0].block.add_op(test.TestOp(operands=[argument]))
    assert told(around(made, inner)) == [None, None]


@pytest.mark.parametrize("depth", [0, 1])
def test_what_is_made_outside_is_told(depth: int) -> None:
    made = test.TestOp(result_types=[i32])
    op: Operation = test.TestOp(operands=[made.results[0]])
    for _ in range(depth):
        op = around(op)
    ours, theirs = told(around(op))
    assert ours == theirs is not None


def test_its_own_results_are_not_inside() -> None:
    op = test.TestOp(result_types=[i32], regions=[Region(Block())])
    op.regions[0].block.add_op(test.TestOp(operands=[op.results[0]]))
    ours, theirs = told(op)
    assert ours == theirs is not None


def test_what_is_isolated_in_there_tells_what_it_uses() -> None:
    made = test.TestOp(result_types=[i32])
    program = ttkernel.ProgramOp("p", (1, 1), "wormhole_b0")
    kernel = ttkernel.KernelOp("k", ttkernel.Thread.COMPUTE, Region(Block()))
    kernel.body.block.add_op(test.TestOp(operands=[made.results[0]]))
    program.body.block.add_op(kernel)
    assert told(program)[0] is None
    assert told(kernel)[0] is not None
    program.body.block.insert_op_before(made, kernel)
    assert told(kernel)[0] is not None
