"""Blocks that are sent while they are reserved: nobody has to wait for them, as long as the ring has room."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError


def multicast(turns: int, *, block_count: int = 2, popped: int = 0) -> Any:
    """Core 0 sends `turns` tiles to all, and waits for `popped` of those that it has sent."""

    @ttl.operation(grid=(2, 1))
    def kernel(x, out):
        net = ttl.PipeNet([ttl.Pipe(src=(0, 0), dst=(slice(0, 2), 0))])
        sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=block_count)
        got = ttl.make_dataflow_buffer_like(out, shape=(1, 1))

        @ttl.datamovement()
        def talk():
            for turn in range(turns):

                def source(pipe):
                    with sent.reserve() as block:
                        ttl.copy(x[0, turn], block).wait()
                        ttl.copy(block, pipe).wait()

                def destination(pipe):
                    with got.reserve() as block:
                        ttl.copy(pipe, block).wait()

                net.if_src(source)
                net.if_dst(destination)

        @ttl.datamovement()
        def write():
            column, _ = ttl.node(dims=2)
            if column == 0:
                for _ in range(popped):
                    with sent.wait():
                        pass
            for turn in range(turns):
                with got.wait() as block:
                    ttl.copy(block, out[column, turn]).wait()

    return kernel


def run(kernel: Any, turns: int) -> None:
    values = torch.randn(32, 32 * turns).bfloat16()
    device = ttnn.open_device(device_id=0)
    x, out = (
        ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (values, torch.zeros(64, 32 * turns).bfloat16())
    )
    kernel(x, out)
    assert torch.equal(ttnn.to_torch(out), values.repeat(2, 1))


@pytest.mark.parametrize(("turns", "block_count"), [(1, 1), (2, 2), (3, 4)])
def test_nobody_has_to_empty_it(turns: int, block_count: int) -> None:
    with warnings.catch_warnings(), both_ways():
        warnings.simplefilter("error")
        run(multicast(turns, block_count=block_count), turns)


def test_a_ring_that_is_too_small() -> None:
    with pytest.raises(DiagnosticError) as raised:
        run(multicast(3), 3)
    (found,) = raised.value.diagnostics
    assert found.code == "TTL0415"
    assert found.hint == "pop what was sent: wait for each block of sent on this core, too, and pop it"


def test_one_who_empties_part_of_it_is_told() -> None:
    with pytest.warns(match="TTL0416.*sent is pushed 3 times and popped twice"):
        run(multicast(3, popped=2), 3)


def nobody_empties_it(decorated: Any, turns: int) -> Any:
    @decorated(grid=(1, 1))
    def kernel(x):
        dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            for _ in range(turns):
                with dfb.reserve() as block:
                    ttl.copy(x[0, 0], block).wait()

    device = ttnn.open_device(device_id=0)
    return kernel.compile(ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device))


def test_a_block_that_nobody_has_any_use_for() -> None:
    """A mistake in 2025; in 2026 the kernel runs, as long as its ring has room."""
    with pytest.raises(DiagnosticError) as raised:
        nobody_empties_it(ttl.kernel, 2)
    assert [found.code for found in raised.value.diagnostics] == ["TTL0408"]
    with pytest.warns(match="TTL0408.*read fills dfb, which nothing empties"):
        compiled = nobody_empties_it(ttl.operation, 2)
    assert [found.code for found in compiled.findings] == ["TTL0408"]
    with pytest.raises(DiagnosticError) as raised:
        nobody_empties_it(ttl.operation, 3)
    assert {found.code for found in raised.value.diagnostics} == {"TTL0408", "TTL0415"}
