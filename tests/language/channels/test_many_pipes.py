"""More pipes than a program has semaphores for: they count in words of L1."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways
from tests.support.device_tensors import on_device
from ttlang import ttl, ttnn

COLUMNS, ROWS = 8, 3
OTHERS = [(i, y) for y in range(ROWS) for i in range(COLUMNS)][1:]


def blocks(count: int) -> torch.Tensor:
    return torch.randn(32, count * 32, generator=torch.Generator().manual_seed(count)).bfloat16()


def scatter(turns: int, receives_first: bool) -> Any:
    """The first core sends each other one a block of its own in each turn."""

    @ttl.operation(grid=(COLUMNS, ROWS))
    def kernel(x, out):
        net = ttl.PipeNet([ttl.Pipe((0, 0), core) for core in OTHERS])
        own = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)
        got = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)

        def send(turn):
            def one(pipe):
                column, row = pipe.dst
                with own.reserve() as block:
                    ttl.copy(x[0, turn * COLUMNS * ROWS + row * COLUMNS + column], block).wait()
                with own.wait() as block:
                    ttl.copy(block, pipe).wait()

            net.if_src(one)

        @ttl.datamovement()
        def talk():
            for turn in range(turns):
                if not receives_first:
                    send(turn)

                def take(pipe):
                    with got.reserve() as block:
                        ttl.copy(pipe, block).wait()

                net.if_dst(take)

        @ttl.datamovement()
        def keep():
            column, row = ttl.node(dims=2)
            for turn in range(turns):
                if receives_first:
                    send(turn)
                if net.is_dst():
                    with got.wait() as block:
                        ttl.copy(block, out[0, turn * COLUMNS * ROWS + row * COLUMNS + column]).wait()

    return kernel


@pytest.mark.parametrize("turns", [1, 3])
@pytest.mark.parametrize("receives_first", [False, True])
def test_one_core_sends_to_each_other_one(turns: int, receives_first: bool) -> None:
    x = blocks(COLUMNS * ROWS * turns)
    out = on_device(torch.zeros_like(x))
    with both_ways() as ran:
        scatter(turns, receives_first)(on_device(x), out)
    assert set(ran) == {"0.69", "0.81"}
    got = ttnn.to_torch(out)
    for turn in range(turns):
        start = turn * COLUMNS * ROWS * 32
        assert not got[:, start : start + 32].any(), "nothing is sent to the first core"
        end = start + COLUMNS * ROWS * 32
        assert torch.equal(got[:, start + 32 : end], x[:, start + 32 : end])


def gather(turns: int) -> Any:
    """Each core sends its block, and then the first one takes them, out of landing slots."""

    @ttl.operation(grid=(COLUMNS, ROWS))
    def kernel(x, out):
        net = ttl.PipeNet([ttl.Pipe(core, (0, 0)) for core in [(0, 0), *OTHERS]])
        own = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)
        got = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)

        @ttl.datamovement()
        def talk():
            column, row = ttl.node(dims=2)
            for turn in range(turns):
                with own.reserve() as block:
                    ttl.copy(x[0, turn * COLUMNS * ROWS + row * COLUMNS + column], block).wait()
                with own.wait() as block:
                    net.if_src(lambda pipe: ttl.copy(block, pipe).wait())

                def take(pipe):
                    with got.reserve() as block:
                        ttl.copy(pipe, block).wait()
                    with got.wait() as block:
                        column, row = pipe.src
                        ttl.copy(block, out[0, turn * COLUMNS * ROWS + row * COLUMNS + column]).wait()

                net.if_dst(take)

    return kernel


@pytest.mark.parametrize("turns", [1, 3])
def test_one_core_takes_what_each_has_sent(turns: int) -> None:
    x = blocks(COLUMNS * ROWS * turns)
    out = on_device(torch.zeros_like(x))
    with both_ways() as ran:
        gather(turns)(on_device(x), out)
    assert set(ran) == {"0.69", "0.81"}
    assert torch.equal(ttnn.to_torch(out), x)


def test_pipes_that_take_no_turns() -> None:
    """The first core sends to one core twice, then to the next one."""

    @ttl.operation(grid=(COLUMNS, ROWS))
    def kernel(x, out):
        nets = [ttl.PipeNet([ttl.Pipe((0, 0), core)]) for core in OTHERS]
        own = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)
        got = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)

        @ttl.datamovement()
        def talk():
            for number, net in enumerate(nets):
                for _ in range(2):

                    def send(pipe):
                        with own.reserve() as block:
                            ttl.copy(x[0, number], block).wait()
                        with own.wait() as block:
                            ttl.copy(block, pipe).wait()

                    def take(pipe):
                        with got.reserve() as block:
                            ttl.copy(pipe, block).wait()

                    net.if_src(send)
                    net.if_dst(take)

        @ttl.datamovement()
        def keep():
            for number, net in enumerate(nets):
                for _ in range(2):
                    if net.is_dst():
                        with got.wait() as block:
                            ttl.copy(block, out[0, number]).wait()

    x, every = blocks(len(OTHERS)), torch.zeros(32, len(OTHERS) * 32).bfloat16()
    out = on_device(every)
    with both_ways() as ran:
        kernel(on_device(x), out)
    assert set(ran) == {"0.69", "0.81"}
    assert torch.equal(ttnn.to_torch(out), x)


def test_semaphores_of_the_kernel() -> None:
    """More than a program has, some of which start with a value; pipes beside them, and a core that sets others'."""
    count = 21

    @ttl.operation(grid=(2, 2))
    def kernel(x, out):
        steps = [ttl.Semaphore(number % 3) for number in range(count)]
        net = ttl.PipeNet([ttl.Pipe((0, 0), (slice(0, 2), slice(0, 2)))])
        got = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)
        own = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)

        @ttl.datamovement()
        def talk():
            column, row = ttl.node(dims=2)
            for number, step in enumerate(steps):
                if column == 0 and row == 0:
                    step.wait_ge(number % 3 + 3)
                    step.get_remote_multicast((slice(0, 2), slice(0, 2))).set(number + 40)
                else:
                    step.get_remote((0, 0)).inc(1)
                    step.wait_eq(number + 40)

            def send(pipe):
                with own.reserve() as block:
                    ttl.copy(x[0, 0], block).wait()
                with own.wait() as block:
                    ttl.copy(block, pipe).wait()

            net.if_src(send)

        @ttl.datamovement()
        def keep():
            column, row = ttl.node(dims=2)

            def take(pipe):
                with got.reserve() as block:
                    ttl.copy(pipe, block).wait()

            net.if_dst(take)
            with got.wait() as block:
                ttl.copy(block, out[0, row * 2 + column]).wait()

    x, out = blocks(1), on_device(torch.zeros(32, 128).bfloat16())
    with both_ways() as ran:
        kernel(on_device(x), out)
    assert set(ran) == {"0.69", "0.81"}
    assert torch.equal(ttnn.to_torch(out), x.repeat(1, 4))
