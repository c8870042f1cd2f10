"""A handle that stands for one transfer or another, by a branch."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways
from tests.support.kernel_texts import errors_of
from ttlang import ttl, ttnn


def tensors() -> tuple[torch.Tensor, Any, Any]:
    x = torch.randn(32, 128, generator=torch.Generator().manual_seed(1)).bfloat16()
    device = ttnn.open_device(device_id=0)
    return x, *(ttnn.from_torch(each, layout=ttnn.TILE_LAYOUT, device=device) for each in (x, torch.zeros_like(x)))


@pytest.mark.parametrize("decorated", [ttl.kernel, ttl.operation])
def test_each_path_has_its_own_transfer(decorated: Any) -> None:
    """By a branch, a chain of branches, a conditional expression; read and write; waited for on one path or another."""

    @decorated(grid=(4, 1))
    def kernel(x, out):
        cb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            column, _ = ttl.node(dims=2)
            with cb.reserve() as block:
                if column == 0:
                    move = ttl.copy(x[0, 3], block)
                elif column == 1:
                    move = ttl.copy(x[0, 0], block)
                else:
                    move = ttl.copy(x[0, column - 1], block)
                move.wait()

        @ttl.datamovement()
        def write():
            column, _ = ttl.node(dims=2)
            with cb.wait() as block:
                move = ttl.copy(block, out[0, 3]) if column == 0 else ttl.copy(block, out[0, column - 1])
                if column < 2:
                    move.wait()
                else:
                    move.wait()

    x, given, out = tensors()
    with both_ways() as ran:
        kernel(given, out)
    assert set(ran) == {"0.69", "0.81"}
    assert torch.equal(ttnn.to_torch(out), x)


def test_it_is_waited_for_once() -> None:
    def kernel(x, out):
        cb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            column, _ = ttl.node(dims=2)
            with cb.reserve() as block:
                move = ttl.copy(x[0, 0], block) if column == 0 else ttl.copy(x[0, 1], block)
                move.wait()
                move.wait()

    _, given, out = tensors()
    (found, *_) = errors_of(kernel, given, out, grid=(2, 1))
    assert (found.code, found.message) == ("TTL0503", "this transfer has been waited for already")


def test_a_transfer_through_a_pipe_is_no_choice() -> None:
    """What it waits for may come after the paths."""

    def kernel(x, out):
        pipes = [ttl.Pipe((0, 0), (1, 0)), ttl.Pipe((0, 0), (2, 0))]
        cb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            column, _ = ttl.node(dims=2)
            with cb.reserve() as block:
                move = ttl.copy(pipes[0], block) if column == 1 else ttl.copy(x[0, 0], block)
                move.wait()

    _, given, out = tensors()
    (found, *_) = errors_of(kernel, given, out, grid=(3, 1))
    assert found.code == "TTL0111"
