"""Sends between writes to tensors: the thread ends when all of them have landed, wherever their waits stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.both_ways import every_way
from ttlang import ttnn

KERNEL = """
from ttlang import ttl

@ttl.operation(grid=(2, 1))
def kernel(x, kept, received):
    net = ttl.PipeNet([ttl.Pipe(src=(0, 0), dst=(1, 0))])
    first_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    second_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    got = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def talk():
        me = ttl.node(dims=1)
        with first_dfb.reserve() as first, second_dfb.reserve() as second:
            ttl.copy(x[me, 0], first).wait()
            ttl.copy(x[me, 1], second).wait()
        with first_dfb.wait() as first, second_dfb.wait() as second:
            one = ttl.copy(first, kept[me, 0])
            other = ttl.copy(second, kept[me, 1])
            {}

    @ttl.datamovement()
    def listen():
        def keep(pipe):
            with got.reserve() as block:
                ttl.copy(pipe, block).wait()
            with got.wait() as block:
                ttl.copy(block, received[0, 0]).wait()

        net.if_dst(keep)
"""
SEND = "net.if_src(lambda pipe: ttl.copy(first, pipe).wait())"


@pytest.mark.parametrize(
    "order",
    [
        # The barrier of the first wait is that of the second one, too, and stands before the send.
        ["one.wait()", SEND, "other.wait()"],
        ["one.wait()", "if me == 0:", f"    {SEND}", "other.wait()"],
        [SEND, "one.wait()", "other.wait()"],
        ["one.wait()", "other.wait()", SEND],
        ["for _ in range(1):", f"    {SEND}", "    one.wait()", "    other.wait()"],
        ["for _ in range(1):", "    one.wait()", "    other.wait()", f"    {SEND}"],
        [SEND, "for _ in range(me):", "    ttl.copy(first, kept[me, 0]).wait()", "one.wait()", "other.wait()"],
    ],
    ids=["between", "in a branch", "before", "behind", "before, in a loop", "behind, in a loop", "before a loop"],
)
def test_all_have_landed_at_the_end(load: Callable[[str], Any], order: list[str]) -> None:
    device = ttnn.open_device(device_id=0)
    values = torch.randn(64, 64).bfloat16()
    x, kept, received = (
        ttnn.from_torch(each, layout=ttnn.TILE_LAYOUT, device=device)
        for each in (values, torch.zeros_like(values), torch.zeros(32, 32).bfloat16())
    )
    with every_way():
        load(KERNEL.format("\n            ".join(order))).kernel(x, kept, received)
    assert torch.equal(ttnn.to_torch(kept), values)
    assert torch.equal(ttnn.to_torch(received), values[:32, :32])


WAITS = ["one.wait()", "other.wait()"]
IN_TURN = [SEND, "ttl.copy(first, kept[me, 0]).wait()"]


@pytest.mark.parametrize(
    ("statements", "ends_with_barrier"),
    [
        ([*WAITS, "for _ in range(1):", *(f"    {each}" for each in IN_TURN)], False),
        ([*WAITS, "for _ in range(1):", *(f"    {each}" for each in reversed(IN_TURN))], True),
        # No turn, no barrier; and a branch that is not taken.
        ([*WAITS, SEND, "for _ in range(me):", f"    {IN_TURN[1]}"], True),
        ([*WAITS, SEND, "if me == 0:", f"    {IN_TURN[1]}"], True),
        ([*WAITS, SEND, "if me == 0:", f"    {IN_TURN[1]}", "else:", f"    {IN_TURN[1]}"], False),
        ([*WAITS, "for _ in range(1 - me):", *(f"    {each}" for each in IN_TURN)], False),
    ],
    ids=["loop", "loop, sent last", "perhaps no turn", "a branch", "both branches", "all of it perhaps in no turn"],
)
def test_a_barrier_stands_at_the_end_where_sends_may_be_under_way(
    load: Callable[[str], Any], statements: list[str], ends_with_barrier: bool
) -> None:
    device = ttnn.open_device(device_id=0)
    tensors = [
        ttnn.from_torch(torch.zeros(shape).bfloat16(), layout=ttnn.TILE_LAYOUT, device=device)
        for shape in ((64, 64), (64, 64), (32, 32))
    ]
    talk = load(KERNEL.format("\n            ".join(statements))).kernel.compile(*tensors).cpp()["talk"]
    end = [line.strip() for line in talk.splitlines()][-2:]
    assert (end == ["noc_async_write_barrier();", "}"]) == ends_with_barrier
