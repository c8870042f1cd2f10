"""Circular buffers that lie on the shards of tensors, of kernels written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import buffer, cores, kernel, run, tensor
from ttlang.diagnostics import DiagnosticError

EVERYWHERE = cores((0, 0, 1, 0))
SHARDS = ttnn.create_sharded_memory_config((128, 32), ttnn.CoreGrid(x=2, y=1), ttnn.ShardStrategy.HEIGHT)
PUBLISH = """
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    cb_reserve_back(0, 2);
    cb_push_back(0, 2);
    cb_reserve_back(1, 2);
    cb_push_back(1, 2);
}
"""


@pytest.fixture(params=["wormhole_b0", "blackhole"])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TTLANG_ARCH", request.param)
    monkeypatch.setenv("TTLANG_NUMERICS", "chip")
    return ttnn.open_device(device_id=0)


def on(index: int, lies_on: Any, offset: int = 0, size: int = 0) -> Any:
    return ttnn.cb_descriptor_from_sharded_tensor(index, lies_on, address_offset=offset, total_size=size)


def kernels(tiles: int = 2) -> list[Any]:
    arguments = [(ttnn.CoreCoord(column, 0), [tiles]) for column in range(2)]
    return [
        kernel(PUBLISH, ttnn.ReaderConfigDescriptor(), EVERYWHERE),
        kernel("add.cpp", ttnn.ComputeConfigDescriptor(), EVERYWHERE, runtime_args=arguments),
    ]


def sharded(device: Any, values: torch.Tensor) -> Any:
    return tensor(values, device, memory_config=SHARDS)


def test_where_they_lie_they_are_read_and_written(device: Any) -> None:
    a, b = (torch.randint(-50, 50, (128, 32)).bfloat16() for _ in range(2))
    x, y, out = (sharded(device, values) for values in (a, b, torch.zeros_like(a)))
    assert torch.equal(run([x, y, out], kernels(), [on(0, x), on(1, y), on(16, out)]), a + b)


def test_a_part_of_a_shard(device: Any) -> None:
    """The second tile of the output's shard alone is written."""
    a, b = (torch.randint(-50, 50, (128, 32)).bfloat16() for _ in range(2))
    x, y, out = (sharded(device, values) for values in (a, b, torch.ones_like(a)))
    result = run([x, y, out], kernels(1), [on(0, x), on(1, y), on(16, out, 2048, 2048)])
    first, second = result.reshape(2, 2, 32, 32).unbind(1)
    assert torch.equal(second, (a + b).reshape(2, 2, 32, 32)[:, 0])
    assert bool((first == 1).all())


def test_it_lies_where_another_one_does(device: Any) -> None:
    a = torch.randint(-50, 50, (128, 32)).bfloat16()
    x, y, out, other = (sharded(device, values) for values in (a, a, torch.zeros_like(a), torch.zeros_like(a)))
    given = on(16, out)
    given.set_buffer_from_cb(on(16, other))
    assert given.has_buffer()
    assert not buffer(0).has_buffer()
    assert torch.equal(run([x, y, other], kernels(), [on(0, x), on(1, y), given]), a + a)


def halved(made: Any) -> None:
    made.format_descriptors[0].page_size = 1024


@pytest.mark.parametrize(
    ("given", "change", "message"),
    [
        ((0, 1), lambda made: None, "lies on a tensor that generic_op is not given"),
        ((0, 1, 2), halved, "has other pages than tensor_2"),
        ((0, 1, 2), lambda made: setattr(made, "total_size", 6144), "is larger than a shard of tensor_2"),
    ],
)
def test_what_does_not_go_together(
    given: tuple[int, ...], change: Callable[[Any], None], message: str, device: Any
) -> None:
    tensors = [sharded(device, torch.ones(128, 32)) for _ in range(3)]
    buffers = [on(index, each) for index, each in zip((0, 1, 16), tensors, strict=True)]
    change(buffers[2])
    with pytest.raises(DiagnosticError, match=message) as found:
        run([tensors[i] for i in given], kernels(), buffers)
    assert found.value.diagnostics[0].code == "TTL0221"


def test_tensors_that_can_not_have_one(device: Any) -> None:
    plain = tensor(torch.ones(128, 32), device)
    with pytest.raises(ValueError, match="sharded in L1"):
        on(0, plain)
    with pytest.raises(ValueError, match="more than a shard, which has 4096"):
        on(0, sharded(device, torch.ones(128, 32)), 2048, 4096)
    with pytest.raises(TypeError, match="no Tensor"):
        on(0, "x")
