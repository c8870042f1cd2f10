"""Groups of transfers, which are waited for together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.both_ways import every_way
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError


@pytest.mark.parametrize("at_run_time", [False, True])
def test_one_block_goes_to_four_places(at_run_time: bool) -> None:
    rows = range(4) if at_run_time else [0, 1, 2, 3]

    @ttl.operation(grid=(2, 1))
    def spread(x, out):
        dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 2))

        @ttl.datamovement()
        def read():
            column, _ = ttl.node(dims=2)
            with dfb.reserve() as block:
                group = ttl.GroupTransfer()
                handle = ttl.copy(x[column, 0:2], block)
                group.add(handle)
                group.wait_all()

        @ttl.datamovement()
        def write():
            column, _ = ttl.node(dims=2)
            with dfb.wait() as block:
                group = ttl.GroupTransfer()
                for row in rows:
                    handle = ttl.copy(block, out[column * 4 + row, 0:2])
                    group.add(handle)
                group.wait_all()

    device = ttnn.open_device(device_id=0)
    values = torch.randn(64, 64).bfloat16()
    zeros = torch.zeros(256, 64).bfloat16()
    x, out = (ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (values, zeros))
    with every_way():
        spread(x, out)
    expected = values.reshape(2, 1, 32, 64).repeat(1, 4, 1, 1).reshape(256, 64)
    assert torch.equal(ttnn.to_torch(out), expected)
    barriers = spread.compile(x, out).cpp()["write"].count("noc_async_write_barrier")
    assert barriers == 1


def test_a_group_of_sends_and_receives() -> None:
    """Both cores start both transfers before they wait for any."""

    @ttl.operation(grid=(2, 1))
    def swap(x, out):
        there, back = (ttl.PipeNet([ttl.Pipe((a, 0), (1 - a, 0))]) for a in range(2))
        sent, got = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))

        @ttl.datamovement()
        def talk():
            column, _ = ttl.node(dims=2)
            with sent.reserve() as block:
                ttl.copy(x[0, column], block).wait()
            group = ttl.GroupTransfer()
            with sent.wait() as mine, got.reserve() as theirs:

                def exchange(one, other):
                    one.if_src(lambda pipe: group.add(ttl.copy(mine, pipe)))
                    other.if_dst(lambda pipe: group.add(ttl.copy(pipe, theirs)))

                exchange(there, back)
                exchange(back, there)
                group.wait_all()

        @ttl.datamovement()
        def write():
            column, _ = ttl.node(dims=2)
            with got.wait() as block:
                ttl.copy(block, out[0, column]).wait()

    device = ttnn.open_device(device_id=0)
    values = torch.randn(32, 64).bfloat16()
    x, out = (ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (values, torch.zeros_like(values)))
    with every_way():
        swap(x, out)
    assert torch.equal(ttnn.to_torch(out), values.roll(32, 1))


def added_late(group: Any, handle: Any) -> None:
    group.wait_all()
    group.add(handle)


def added_twice(group: Any, handle: Any) -> None:
    group.add(handle)
    group.add(handle)


def waited_twice(group: Any, handle: Any) -> None:
    group.add(handle)
    group.wait_all()
    group.wait_all()


def waited_alone_as_well(group: Any, handle: Any) -> None:
    group.add(handle)
    handle.wait()
    group.wait_all()


def waited_in_a_loop(group: Any, handle: Any) -> None:
    group.add(handle)
    for _ in range(3):
        group.wait_all()


def given_a_number(group: Any, handle: Any) -> None:
    group.add(3)
    handle.wait()


@pytest.mark.parametrize(
    ("use", "code"),
    [
        (added_late, "TTL0503"),
        (added_twice, "TTL0503"),
        (waited_twice, "TTL0503"),
        (waited_alone_as_well, "TTL0503"),
        (waited_in_a_loop, "TTL0503"),
        (given_a_number, "TTL0106"),
    ],
)
def test_mistakes(use: Callable[[Any, Any], None], code: str) -> None:
    @ttl.operation(grid=(1, 1))
    def kernel(x, out):
        dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            with dfb.reserve() as block:
                use(ttl.GroupTransfer(), ttl.copy(x[0, 0], block))

        @ttl.datamovement()
        def write():
            with dfb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()

    device = ttnn.open_device(device_id=0)
    with pytest.raises(DiagnosticError) as raised:
        kernel(*(ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2)))
    assert code in {found.code for found in raised.value.diagnostics}


def test_a_group_belongs_to_a_thread() -> None:
    with pytest.raises(DiagnosticError) as raised:
        ttl.GroupTransfer()
    assert raised.value.diagnostics[0].code == "TTL0113"
