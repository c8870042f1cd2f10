"""A core that receives some of the blocks that are sent to it, and leaves the rest in the pipe."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError

RECEIVERS = 3


def multicast(decorated: Any, sends: int, last: int) -> Any:
    """The first core sends so many blocks to three others, the last of which receives `last` of them."""

    @decorated(grid=(1 + RECEIVERS, 1))
    def kernel(x, out):
        pipe = ttl.Pipe((0, 0), (slice(1, 1 + RECEIVERS), 0))
        net = ttl.PipeNet([pipe])
        own = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
        got = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def send():
            if net.is_src():
                for i in range(sends):
                    with own.reserve() as block:
                        ttl.copy(x[0, i], block).wait()
                    with own.wait() as block:
                        net.if_src(lambda pipe: ttl.copy(block, pipe).wait())

        @ttl.datamovement()
        def receive():
            column, _ = ttl.node(dims=2)
            if net.is_dst():
                for i in range(last if column == RECEIVERS else sends):
                    with got.reserve() as block:
                        net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
                    with got.wait() as block:
                        ttl.copy(block, out[column - 1, i]).wait()

    return kernel


def tensors(sends: int) -> tuple[torch.Tensor, Any, Any]:
    x = torch.randn(32, sends * 32, generator=torch.Generator().manual_seed(sends)).bfloat16()
    device = ttnn.open_device(device_id=0)
    zeros = torch.zeros(RECEIVERS * 32, sends * 32).bfloat16()
    return x, *(ttnn.from_torch(each, layout=ttnn.TILE_LAYOUT, device=device) for each in (x, zeros))


def test_a_block_is_left_in_the_pipe() -> None:
    """A warning in 2026: a landing slot holds the block, and nobody waits."""
    x, given, out = tensors(3)
    message = r"TTL0509.*core \(0, 0\) sends 3 times through the pipe pipe, and core \(3, 0\) receives twice"
    with both_ways() as ran, pytest.warns(match=message):
        multicast(ttl.operation, 3, 2)(given, out)
    assert set(ran) == {"0.69", "0.81"}
    expected = x.repeat(RECEIVERS, 1)
    expected[-32:, -32:] = 0
    assert torch.equal(ttnn.to_torch(out), expected)


@pytest.mark.parametrize(
    ("decorated", "sends", "last", "message"),
    [
        (ttl.kernel, 3, 2, r"core \(3, 0\) receives twice"),
        (ttl.operation, 1, 0, r"core \(3, 0\) never receives"),
        (ttl.operation, 4, 2, r"waits forever to send block number 4 .* core \(3, 0\) receives twice"),
    ],
)
def test_what_stays_a_mistake(decorated: Any, sends: int, last: int, message: str) -> None:
    """In 2025; a core that never receives; and a block for which the slot has no room."""
    _, given, out = tensors(sends)
    with pytest.raises(DiagnosticError, match=message) as raised:
        multicast(decorated, sends, last)(given, out)
    assert {found.code for found in raised.value.diagnostics} == {"TTL0509"}
