"""Copies from and to tensors that a loop hands on: the next one is under way while the last is worked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.both_ways import every_way
from tests.support.device_tensors import on_device
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError

ROWS = 4
Reader = Callable[[Any, Any], None]


def copying(read_all: Reader) -> Any:
    """Two columns of tiles, which `read_all` reads, are copied; the writes are handed on as well."""

    @ttl.operation(grid=(1, 1))
    def copy(x, out):
        buffers = [ttl.make_dataflow_buffer_like(x, shape=(1, 1)) for _ in range(2)]

        @ttl.datamovement()
        def read():
            read_all(x, buffers)

        @ttl.datamovement()
        def write():
            blocks = [buffer.wait() for buffer in buffers]
            writes = [ttl.copy(block, out[0, column]) for column, block in enumerate(blocks)]
            for row in range(1, ROWS):
                for move, block in zip(writes, blocks, strict=True):
                    move.wait()
                    block.pop()
                blocks = [buffer.wait() for buffer in buffers]
                writes = [ttl.copy(block, out[row, column]) for column, block in enumerate(blocks)]
            for move, block in zip(writes, blocks, strict=True):
                move.wait()
                block.pop()

    return copy


def lists(x: Any, buffers: Any) -> None:
    blocks = [buffer.reserve() for buffer in buffers]
    reads = [ttl.copy(x[0, column], block) for column, block in enumerate(blocks)]
    for row in range(1, ROWS):
        for move, block in zip(reads, blocks, strict=True):
            move.wait()
            block.push()
        blocks = [buffer.reserve() for buffer in buffers]
        reads = [ttl.copy(x[row, column], block) for column, block in enumerate(blocks)]
    for move, block in zip(reads, blocks, strict=True):
        move.wait()
        block.push()


def pairs(x: Any, buffers: Any) -> None:
    def begin(row, column):
        block = buffers[column].reserve()
        return row, block, ttl.copy(x[row, column], block)

    state = begin(0, 0), begin(0, 1)
    while state[0][0] < ROWS - 1:
        for _, block, move in state:
            move.wait()
            block.push()
        state = begin(state[0][0] + 1, 0), begin(state[1][0] + 1, 1)
    for _, block, move in state:
        move.wait()
        block.push()


def loops_in_each_other(x: Any, buffers: Any) -> None:
    one, other = (ttl.copy(x[0, column], buffer.reserve()) for column, buffer in enumerate(buffers))
    row = 1
    for outer in range(ROWS - 1):
        for _ in range(1):
            one.wait()
            other.wait()
            for buffer in buffers:
                buffer.push()
            one, other = (ttl.copy(x[row, column], buffer.reserve()) for column, buffer in enumerate(buffers))
            row = outer + 2
    one.wait()
    other.wait()
    for buffer in buffers:
        buffer.push()


@pytest.mark.parametrize("read_all", [lists, pairs, loops_in_each_other])
def test_all_is_copied(read_all: Reader) -> None:
    values = torch.randn(32 * ROWS, 64).bfloat16()
    x, out = on_device(values), on_device(torch.zeros_like(values))
    with every_way():
        copying(read_all)(x, out)
    assert torch.equal(ttnn.to_torch(out), values)


def test_one_barrier_for_all_that_a_turn_begins_with() -> None:
    zeros = on_device(torch.zeros(32 * ROWS, 64).bfloat16())
    threads = copying(lists).compile(zeros, zeros).cpp()
    assert threads["read"].count("noc_async_read_barrier()") == 2
    assert threads["write"].count("noc_async_write_barrier()") == 2


def test_a_read_that_is_pushed_too_early() -> None:
    def read_all(x: Any, buffers: Any) -> None:
        blocks = [buffer.reserve() for buffer in buffers]
        reads = [ttl.copy(x[0, column], block) for column, block in enumerate(blocks)]
        for row in range(1, ROWS):
            blocks[1].push()
            for move in reads:
                move.wait()
            blocks[0].push()
            blocks = [buffer.reserve() for buffer in buffers]
            reads = [ttl.copy(x[row, column], block) for column, block in enumerate(blocks)]
        for move, block in zip(reads, blocks, strict=True):
            move.wait()
            block.push()

    zeros = on_device(torch.zeros(32 * ROWS, 64).bfloat16())
    with pytest.raises(DiagnosticError, match="TTL0504"):
        copying(read_all).compile(zeros, zeros)
