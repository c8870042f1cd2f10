"""Values to pages and back, for every format, layout and shape."""

import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ttlang import host as ttnn
from ttlang.tables.dtypes import BFP8, DTYPES, Kind

SHAPES = [(), (1,), (40,), (32, 32), (33, 65), (64, 96), (3, 5, 7), (2, 33, 65), (2, 3, 40, 70), (2, 0, 5)]
LAYOUTS = [ttnn.TILE_LAYOUT, ttnn.ROW_MAJOR_LAYOUT]
INTEGERS = [row for row in DTYPES if row.is_integer]
FLOATS = [row for row in DTYPES if row.kind is Kind.FLOAT]
BLOCKS = [row for row in DTYPES if row.kind is Kind.BLOCK_FLOAT]


def normal(shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def whole(shape, row, seed=0):
    limits = np.iinfo(row.numpy)
    return np.random.default_rng(seed).integers(limits.min, limits.max, shape, row.numpy, endpoint=True)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("row", INTEGERS, ids=str)
def test_integers_come_back_exactly(row, shape, layout):
    values = whole(shape, row)
    tensor = ttnn.from_torch(torch.from_numpy(np.ascontiguousarray(values).reshape(shape)), layout=layout)
    assert tensor.dtype.value is row
    result = ttnn.to_torch(tensor)
    assert result.dtype is getattr(torch, row.numpy)
    np.testing.assert_array_equal(result.numpy(), values)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_float32_comes_back_exactly(shape, layout):
    values = normal(shape)
    tensor = ttnn.from_torch(torch.from_numpy(np.asarray(values)), layout=layout)
    assert tensor.dtype is ttnn.float32
    assert torch.equal(ttnn.to_torch(tensor), torch.from_numpy(np.asarray(values)))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_bfloat16_rounds_as_torch_does(shape, layout):
    values = torch.from_numpy(np.asarray(normal(shape)))
    expected = values.bfloat16()
    for source in (values, expected):
        result = ttnn.to_torch(ttnn.from_torch(source, ttnn.bfloat16, layout=layout))
        assert result.dtype is torch.bfloat16
        assert torch.equal(result, expected)
    error = (expected.double() - values.double()).abs()
    assert bool((error <= values.double().abs() * 2.0**-8).all())  # half of the last of 8 significant bits


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("row", FLOATS, ids=str)
def test_special_floats_survive(row, layout):
    special = torch.tensor([[0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e-40, 3e38]])
    result = ttnn.to_torch(ttnn.from_torch(special, getattr(ttnn, row.ttnn), layout=layout)).float()
    expected = special.to(getattr(torch, row.numpy)).float()
    assert torch.equal(result.isnan(), expected.isnan())
    numbers = ~expected.isnan()
    assert torch.equal(result[numbers], expected[numbers])
    assert torch.equal(result[numbers].signbit(), expected[numbers].signbit())


@pytest.mark.parametrize("shape", [s for s in SHAPES if 0 not in s], ids=str)
@pytest.mark.parametrize("row", BLOCKS, ids=str)
def test_block_formats_round_within_their_unit(row, shape):
    values = normal(shape) * np.exp2(np.random.default_rng(1).integers(-8, 8, shape))
    tensor = ttnn.from_torch(torch.from_numpy(np.asarray(values, np.float32)), getattr(ttnn, row.ttnn))
    assert tensor.layout is ttnn.TILE_LAYOUT
    result = ttnn.to_torch(tensor)
    assert result.dtype is torch.float32
    # Sixteen neighbours of a row share the exponent of the largest; a magnitude of all ones is the last one.
    bits = 7 if row is BFP8 else 3
    matrix = np.atleast_2d(values)
    width = matrix.shape[-1]
    padded = np.pad(matrix, [(0, 0)] * (matrix.ndim - 1) + [(0, -width % 16)])
    blocks = np.abs(padded.astype(np.float32)).reshape(*padded.shape[:-1], -1, 16)
    exponents = np.floor(np.log2(blocks.max(-1, keepdims=True)))
    unit = np.broadcast_to(np.exp2(exponents + 1 - bits), blocks.shape).reshape(padded.shape)[..., :width]
    error = np.abs(np.atleast_2d(result.numpy().astype(np.float64)) - matrix)
    saturated = np.abs(matrix) / unit > 2**bits - 1
    assert (error <= np.where(saturated, unit, unit / 2)).all()


@pytest.mark.parametrize("row", BLOCKS, ids=str)
def test_block_formats_hold_what_they_have_rounded(row):
    dtype = getattr(ttnn, row.ttnn)
    once = ttnn.to_torch(ttnn.from_torch(torch.from_numpy(normal((70, 70))), dtype))
    assert torch.equal(ttnn.to_torch(ttnn.from_torch(once, dtype)), once)


@given(
    shape=st.lists(st.integers(1, 70), max_size=3),
    row=st.sampled_from(DTYPES),
    layout=st.sampled_from(LAYOUTS),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_numpy_round_trip(shape, row, layout, seed):
    if row.kind is Kind.BLOCK_FLOAT:
        layout = ttnn.TILE_LAYOUT
    # Small whole numbers are exact in every format, those of three bits with a common scale too.
    values = np.random.default_rng(seed).integers(0, 8, shape).astype(row.numpy_dtype())
    tensor = ttnn.from_numpy(values, getattr(ttnn, row.ttnn), layout=layout)
    assert tensor.shape == values.shape
    assert tensor.pages.shape == (tensor.buffer_num_pages(), tensor.buffer_page_size())
    result = ttnn.to_numpy(tensor)
    assert result.dtype == row.numpy_dtype()
    np.testing.assert_array_equal(result, values)


def offset_in_tile(row, column):
    """Where an element of a tile lies: four faces of 16x16, each row by row."""
    return (row // 16 * 2 + column // 16) * 256 + row % 16 * 16 + column % 16


def test_pages_of_tiles_lie_as_the_hardware_has_them():
    values = torch.arange(2 * 3 * 40 * 70, dtype=torch.int32).reshape(2, 3, 40, 70)
    tensor = ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT)
    assert tensor.padded_shape == (2, 3, 64, 96)
    assert tensor.pages.shape == (2 * 3 * 2 * 3, 4096)
    words = tensor.pages.view(np.int32)
    for i, j, r, c in [(0, 0, 0, 0), (0, 0, 0, 17), (0, 1, 31, 31), (1, 2, 39, 69), (1, 0, 16, 15), (0, 2, 20, 48)]:
        page = ((i * 3 + j) * 2 + r // 32) * 3 + c // 32
        assert words[page, offset_in_tile(r % 32, c % 32)] == values[i, j, r, c]
    assert words[1 * 3 + 2, offset_in_tile(39 - 32 + 1, 0)] == 0  # below the last row: padding
    assert words.astype(np.int64).sum() == values.long().sum()


def test_pages_of_rows():
    values = torch.arange(2 * 3 * 5, dtype=torch.int32).reshape(2, 3, 5)
    tensor = ttnn.from_torch(values)
    assert tensor.layout is ttnn.ROW_MAJOR_LAYOUT
    assert tensor.pages.shape == (6, 20)
    np.testing.assert_array_equal(tensor.pages.view(np.int32), values.reshape(6, 5).numpy())


def test_pages_of_row_shards():
    config = ttnn.create_sharded_memory_config((2, 64), ttnn.CoreGrid(x=2, y=1), ttnn.ShardStrategy.WIDTH)
    values = torch.arange(128, dtype=torch.int32).reshape(2, 64)
    tensor = ttnn.from_torch(values, memory_config=config)
    np.testing.assert_array_equal(tensor.pages.view(np.int32), values.reshape(4, 32).numpy())
    assert torch.equal(ttnn.to_torch(tensor), values)


def test_what_is_written_into_pages_is_read():
    tensor = ttnn.zeros((32, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT)
    tensor.pages[1].view(ml_dtypes.bfloat16)[offset_in_tile(3, 20)] = 2.5
    expected = torch.zeros(32, 64, dtype=torch.bfloat16)
    expected[3, 32 + 20] = 2.5
    assert torch.equal(ttnn.to_torch(tensor), expected)


def test_padding_holds_the_value_asked_for():
    tensor = ttnn.from_torch(torch.ones(1, 2), ttnn.float32, layout=ttnn.TILE_LAYOUT, pad_value=-3.0)
    words = tensor.pages.view(np.float32)[0]
    assert (words == 1).sum() == 2
    assert (words == -3).sum() == 1022
    assert ttnn.to_torch(tensor).sum() == 2


@pytest.mark.parametrize("layout", LAYOUTS)
def test_sources_that_are_not_contiguous(layout):
    values = torch.arange(64 * 48, dtype=torch.float32).reshape(64, 48)
    for source in (values.T, values[::2, 1::3], values.bfloat16().T):
        dtype = ttnn.bfloat16 if source.dtype is torch.bfloat16 else ttnn.float32
        assert torch.equal(ttnn.to_torch(ttnn.from_torch(source, dtype, layout=layout)), source)
    np.testing.assert_array_equal(ttnn.to_numpy(ttnn.from_numpy(values.numpy().T, layout=layout)), values.numpy().T)
