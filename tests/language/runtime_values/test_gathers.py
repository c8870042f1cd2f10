"""Rows and tiles that a tensor names, at places that differ from call to call: embeddings, paged caches, argmax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.both_ways import every_way
from tests.support.device_tensors import on_device
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.driver import compiler

ROWS = ttnn.ROW_MAJOR_LAYOUT


@ttl.operation(grid=(2, 1))
def embed(table, tokens, out, count: ttl.RuntimeInt):
    """A unified body: rows of a table, by the first `count` numbers of each of two rows of tokens."""
    numbers = ttl.make_dataflow_buffer_like(tokens, shape=(1, 12), block_count=1)
    rows = ttl.make_dataflow_buffer_like(table, shape=(1, 48))
    row = ttl.node(dims=1)
    with numbers.reserve() as block:
        ttl.copy(tokens[row : row + 1, :], block).wait()
    with numbers.wait() as block:
        for i in range(count):
            token = ttl.read_index(block, 0, i)
            with rows.reserve() as place:
                ttl.copy(table[token : token + 1, :], place).wait()
    for i in range(count):
        with rows.wait() as place:
            ttl.copy(place, out[row, i : i + 1, :]).wait()


def test_an_embedding_in_a_unified_body() -> None:
    table, tokens = torch.randn(50, 48).bfloat16(), torch.randint(0, 50, (2, 12)).int()
    tensors = [
        on_device(table, ROWS),
        on_device(tokens, ROWS, ttnn.uint32),
        on_device(torch.zeros(2, 12, 48).bfloat16(), ROWS),
    ]
    with every_way():
        embed(*tensors, 5)
        embed(*tensors, 12)
    assert torch.equal(ttnn.to_torch(tensors[2]), table[tokens.long()])


@ttl.operation(grid=(1, 1))
def attend(pages, page_table, out, length: ttl.RuntimeInt):
    """The sum of the first `length` tiles that the table names: what only the run knows bounds loops of all threads."""
    table = ttl.make_dataflow_buffer_like(page_table, shape=(1, 8), block_count=1)
    tiles = ttl.make_dataflow_buffer_like(pages, shape=(1, 1))
    result = ttl.make_dataflow_buffer_like(out, shape=(1, 1))

    @ttl.datamovement()
    def read():
        with table.reserve() as numbers:
            ttl.copy(page_table[:, :], numbers).wait()
        with table.wait() as numbers:
            for i in range(length):
                with tiles.reserve() as tile:
                    ttl.copy(pages[ttl.read_index(numbers, 0, i), 0], tile).wait()

    @ttl.compute()
    def compute():
        with result.reserve() as total:
            for _ in range(length):
                with tiles.wait() as tile:
                    total += tile

    @ttl.datamovement()
    def write():
        with result.wait() as total:
            ttl.copy(total, out[0, 0]).wait()


def test_a_paged_cache_of_any_length_compiles_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lowered: list[Any] = []
    lower: Callable[..., Any] = compiler.lower
    monkeypatch.setattr(compiler, "lower", lambda *args, **kwargs: lowered.append(1) or lower(*args, **kwargs))
    values = torch.randint(0, 9, (8, 32, 32)).bfloat16()
    order = torch.randperm(8).int()
    pages, table = on_device(values.reshape(256, 32)), on_device(order[None], ROWS, ttnn.uint16)
    out = on_device(torch.zeros(32, 32).bfloat16())
    with every_way():
        for length in (1, 8, 3):
            attend(pages, table, out, length)
            assert torch.equal(ttnn.to_torch(out), values[order[:length].long()].sum(0))
    assert len(lowered) == 1


def test_a_number_read_from_memory_bounds_a_loop_and_a_branch() -> None:
    """Of one thread that fills and empties its buffers: how others meet it is not asked."""

    @ttl.operation(grid=(1, 1))
    def spread(counts, x, out):
        numbers = ttl.make_dataflow_buffer_like(counts, shape=(1, 8), block_count=1)
        rows = ttl.make_dataflow_buffer_like(x, shape=(1, 16))

        @ttl.datamovement()
        def move():
            with numbers.reserve() as block:
                ttl.copy(counts[:, :], block).wait()
            place = 0
            with numbers.wait() as block:
                for i in range(4):
                    for _ in range(ttl.read_index(block, 0, i)):
                        with rows.reserve() as row:
                            ttl.copy(x[i : i + 1, :], row).wait()
                        with rows.wait() as row:
                            ttl.copy(row, out[place : place + 1, :]).wait()
                        place += 1

    times = [2, 0, 3, 1]
    x = torch.randn(4, 16).bfloat16()
    counts = torch.zeros(1, 8).int()
    counts[0, :4] = torch.tensor(times)
    tensors = [
        on_device(counts, ROWS, ttnn.uint32),
        on_device(x, ROWS),
        on_device(torch.zeros(6, 16).bfloat16(), ROWS),
    ]
    with every_way():
        spread(*tensors)
    assert torch.equal(ttnn.to_torch(tensors[2]), x.repeat_interleave(torch.tensor(times), 0))


def test_threads_that_do_not_meet_are_found_by_the_run() -> None:
    """The compiler makes no claim where a number of the run decides; the simulator names the threads that wait."""

    @ttl.kernel(grid=(1, 1))
    def uneven(x, out, count: ttl.RuntimeInt):
        cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            for i in range(count):
                with cb.reserve() as block:
                    ttl.copy(x[i, 0], block).wait()

        @ttl.datamovement()
        def write():
            for i in range(2):
                with cb.wait() as block:
                    ttl.copy(block, out[i, 0]).wait()

    x, out = (on_device(torch.ones(64, 32).bfloat16()) for _ in range(2))
    uneven(x, out, 2)
    with pytest.raises(DiagnosticError) as found:
        uneven(x, out, 1)
    assert found.value.diagnostics[0].code == "TTL0801"


def test_a_pipe_whose_blocks_a_number_of_the_run_counts() -> None:
    """It goes the safe way: blocks land in a slot, and are taken from there."""

    @ttl.operation(grid=(2, 1))
    def forward(x, out, count: ttl.RuntimeInt):
        sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
        received = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
        net = ttl.PipeNet([ttl.Pipe(src=(0, 0), dst=(1, 0))])

        @ttl.datamovement()
        def send():
            def each(pipe):
                for i in range(count):
                    with sent.reserve() as block:
                        ttl.copy(x[i, 0], block).wait()
                    with sent.wait() as block:
                        ttl.copy(block, pipe).wait()

            net.if_src(each)

        @ttl.datamovement()
        def receive():
            def each(pipe):
                for i in range(count):
                    with received.reserve() as block:
                        ttl.copy(pipe, block).wait()
                    with received.wait() as block:
                        ttl.copy(block, out[i, 0]).wait()

            net.if_dst(each)

    values = torch.randn(160, 32).bfloat16()
    x, out = on_device(values), on_device(torch.zeros(160, 32).bfloat16())
    with every_way():
        forward(x, out, 3)
    assert torch.equal(ttnn.to_torch(out)[:96], values[:96])
    assert not ttnn.to_torch(out)[96:].any()


@pytest.mark.parametrize("start", ["-1e30", "0.0", "ttl.raw_element_read(block, 0, 0)"])
def test_the_place_of_the_greatest_element(load: Callable[[str], Any], start: str) -> None:
    """Elements are carried by loops, chosen by branches and by conditional expressions, beside integers."""
    text = f"""
        import ttl

        @ttl.operation(grid=(1, 1))
        def kernel(x, table, out, most):
            x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
            row_dfb = ttl.make_dataflow_buffer_like(table, shape=(1, 16))
            most_dfb = ttl.make_dataflow_buffer_like(most, shape=(1, 16))

            @ttl.datamovement()
            def read():
                with x_dfb.reserve() as block:
                    ttl.copy(x[0, 0], block).wait()
                with x_dfb.wait() as block:
                    best = {start}
                    place = 0
                    for c in range(32):
                        element = ttl.raw_element_read(block, 3, c)
                        if element > best:
                            best = element
                            place = c
                    with most_dfb.reserve() as o:
                        for c in range(16):
                            ttl.raw_element_write(o, 0, c, best if c < 8 else 0.5)
                with row_dfb.reserve() as row:
                    ttl.copy(table[place : place + 1, :], row).wait()

            @ttl.datamovement()
            def write():
                with row_dfb.wait() as row, most_dfb.wait() as o:
                    ttl.copy(row, out[:, :]).wait()
                    ttl.copy(o, most[:, :]).wait()
    """
    values, table = torch.rand(32, 32).bfloat16(), torch.arange(32)[:, None].repeat(1, 16).bfloat16()
    zeros = torch.zeros(1, 16).bfloat16()
    tensors = [on_device(values), *(on_device(rows, ROWS) for rows in (table, zeros, zeros))]
    with every_way():
        load(text).kernel(*tensors)
    assert (ttnn.to_torch(tensors[2]) == values[3].argmax()).all()
    assert ttnn.to_torch(tensors[3])[0].tolist() == [values[3].max().item()] * 8 + [0.5] * 8
