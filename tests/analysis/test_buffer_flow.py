"""What is told of the expressions that fill buffers."""

from __future__ import annotations

from xdsl.dialects.builtin import DenseArrayBase, f64
from xdsl.ir import SSAValue

from ttlang.analysis.buffer_flow import is_constant
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import TileType
from ttlang.tables.dtypes import BF16
from ttlang.tables.functions import BY_NAME

BLOCK = ttl.BlockType((1, 1), TileType(BF16))


def filled(number: float) -> SSAValue:
    parameters = {"parameters": DenseArrayBase.from_list(f64, [number])}
    return ttl.elementwise_op(BY_NAME["fill"]).create(result_types=[BLOCK], properties=parameters).results[0]


def waited_for() -> SSAValue:
    cb = ttl.CreateCBOp("x_cb", ttl.CircularBufferType((1, 1), TileType(BF16), 2))
    return ttl.CBWaitOp(cb.result).block


def total(first: SSAValue, second: SSAValue) -> SSAValue:
    return ttl.elementwise_op(BY_NAME["add"])([first, second], BLOCK).results[0]


def test_what_reads_a_block_is_no_constant() -> None:
    assert is_constant(total(filled(1), filled(2)))
    assert not is_constant(waited_for())
    assert not is_constant(total(filled(1), waited_for()))


def test_expressions_may_be_long_and_use_a_value_again_and_again() -> None:
    """Each step has its value twice: a look at all paths would have no end."""
    constant, read = filled(1), waited_for()
    for _ in range(2000):
        constant, read = total(constant, constant), total(read, read)
    assert is_constant(constant)
    assert not is_constant(read)
