"""New tensors."""

import numpy as np
import pytest
import torch

from ttlang import host as ttnn
from ttlang.tables.dtypes import DTYPES


@pytest.fixture
def device():
    with ttnn.manage_device(device_id=0) as opened:
        yield opened


def test_defaults():
    for tensor in (ttnn.zeros((2, 3)), ttnn.ones([2, 3]), ttnn.full(ttnn.Shape([2, 3]), 2.5), ttnn.empty((2, 3))):
        assert (tensor.dtype, tensor.layout) == (ttnn.bfloat16, ttnn.ROW_MAJOR_LAYOUT)
        assert tensor.memory_config() == ttnn.DRAM_MEMORY_CONFIG
        assert tensor.device() is None
    for tensor in (ttnn.rand((2, 3)), ttnn.randn((2, 3))):
        assert (tensor.dtype, tensor.layout) == (ttnn.bfloat16, ttnn.TILE_LAYOUT)


@pytest.mark.parametrize("row", DTYPES, ids=str)
def test_full(row, device):
    dtype = getattr(ttnn, row.ttnn)
    tensor = ttnn.full((2, 40, 5), 3, dtype, ttnn.TILE_LAYOUT, device, ttnn.L1_MEMORY_CONFIG)
    assert (tensor.dtype, tensor.device(), tensor.memory_config()) == (dtype, device, ttnn.L1_MEMORY_CONFIG)
    np.testing.assert_array_equal(tensor.values, np.full((2, 40, 5), 3))
    assert (ttnn.zeros_like(tensor).values == 0).all()
    assert (ttnn.ones_like(tensor).values == 1).all()
    like = ttnn.full_like(tensor, 2, device=None)
    assert like.spec == tensor.spec
    assert like.device() is device
    assert ttnn.empty_like(tensor, dtype=ttnn.float32).dtype is ttnn.float32


@pytest.mark.parametrize("layout", list(ttnn.Layout))
@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (32, 32)], ids=str)
def test_pages_are_writable(shape, layout):
    for tensor in (ttnn.zeros(shape, layout=layout), ttnn.from_numpy(np.ones(shape, np.float32), layout=layout)):
        tensor.pages[:] = 0
        assert (tensor.values == 0).all()


def test_arange():
    assert ttnn.arange(5).to_list() == [0, 1, 2, 3, 4]
    assert ttnn.arange(2, 9, 3, dtype=ttnn.int32).to_list() == [2, 5, 8]
    assert ttnn.arange(5, 0, -2, dtype=ttnn.float32).to_list() == [5, 3, 1]
    assert ttnn.arange(0, 64, layout=ttnn.TILE_LAYOUT).padded_shape == (32, 64)
    with pytest.raises(ValueError, match="step other than 0"):
        ttnn.arange(0, 5, 0)


@pytest.mark.parametrize("dtype", [ttnn.bfloat16, ttnn.float32], ids=str)
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.0, -1.0), (1.0, 1.004)])
def test_rand_stays_within_its_range(dtype, low, high):
    values = ttnn.to_torch(ttnn.rand((300, 300), dtype=dtype, low=low, high=high, seed=5)).double()
    assert values.min() >= low
    assert values.max() < high
    # The mean of n values of a range of width w is off by more than w / sqrt(12 n) * 6 about never.
    rounding = 0 if dtype is ttnn.float32 else abs(high) * 2.0**-8
    assert abs(values.mean().item() - (low + high) / 2) < (high - low) / np.sqrt(12 * 90_000) * 6 + rounding


def test_seeds(device):
    one, same, other = (ttnn.rand((8, 8), device, seed=seed) for seed in (7, 7, 8))
    assert torch.equal(ttnn.to_torch(one), ttnn.to_torch(same))
    assert not torch.equal(ttnn.to_torch(one), ttnn.to_torch(other))
    assert not torch.equal(ttnn.to_torch(ttnn.rand((8, 8))), ttnn.to_torch(ttnn.rand((8, 8))))
    assert one.device() is device
    with pytest.raises(ValueError, match="low < high"):
        ttnn.rand((2, 2), low=1, high=1)


def test_randn():
    values = ttnn.to_torch(ttnn.randn((200, 200), dtype=ttnn.float32, seed=1))
    assert abs(values.mean().item()) < 6 / 200
    assert abs(values.std().item() - 1) < 6 / 200


def test_the_example_of_the_language_specification():
    shape = ttnn.Shape([128, 128])
    x = ttnn.rand(shape, layout=ttnn.TILE_LAYOUT)
    y = ttnn.zeros(shape, layout=ttnn.TILE_LAYOUT)
    assert x.shape == y.shape == shape
    assert x.pages.shape == y.pages.shape == (16, 2048)
