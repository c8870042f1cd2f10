"""Tile order, and the bytes of tiles as the host makes them."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttlang.machine import tiles
from ttlang.tables.dtypes import BF16, BFP4, BFP8, DTYPES, F32, INT32, UINT8, UINT16, UINT32

FLOATS = [d for d in DTYPES if not d.is_integer]


def normals(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@given(st.integers(1, 3), st.integers(1, 3), st.lists(st.integers(1, 2), max_size=2))
def test_tile_order_comes_back(rows: int, columns: int, lead: list[int]):
    array = np.arange(np.prod([*lead, 1]) * rows * columns * 1024).reshape(*lead, rows * 32, columns * 32)
    order = tiles.tilize(array)
    assert order.shape == (*lead, rows * columns, 1024)
    assert (tiles.untilize(order, (rows * 32, columns * 32)) == array).all()


def test_tile_order_is_by_faces():
    array = np.arange(64 * 96).reshape(64, 96)
    order = tiles.tilize(array)
    for r, c in ((0, 0), (0, 15), (3, 7), (0, 16), (16, 0), (31, 31), (40, 70), (63, 95)):
        tile, row, column = (r // 32) * 3 + c // 32, r % 32, c % 32
        place = ((row // 16) * 2 + column // 16) * 256 + (row % 16) * 16 + column % 16
        assert order[tile, place] == array[r, c]


@pytest.mark.parametrize("shape", [(32,), (31, 32), (32, 48), (2, 32, 33)])
def test_shapes_that_are_no_tiles(shape: tuple[int, ...]):
    with pytest.raises(ValueError, match="whole 32x32 tiles"):
        tiles.tilize(np.zeros(shape))


def test_tiles_that_do_not_fill_the_shape():
    with pytest.raises(ValueError, match="64x64"):
        tiles.untilize(np.zeros((3, 1024)), (64, 64))
    with pytest.raises(ValueError, match="40x32"):
        tiles.untilize(np.zeros((1, 1024)), (40, 32))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_sizes(dtype):
    raw = tiles.encode(np.zeros((3, 2, 1024), np.float32), dtype)
    assert raw.shape == (3, 2, dtype.tile_bytes)
    assert raw.dtype == np.uint8
    assert (tiles.decode(raw, dtype) == 0).all()


def test_a_wrong_size_is_an_error():
    with pytest.raises(ValueError, match="1024 datums"):
        tiles.encode(np.zeros((2, 512)), BF16)
    with pytest.raises(ValueError, match="2048 bytes"):
        tiles.decode(np.zeros((2, 1024), np.uint8), BF16)


def test_float32_is_kept():
    patterns = np.random.default_rng(1).integers(0, 1 << 32, (4, 1024), dtype=np.uint32)
    assert (tiles.decode(tiles.encode(patterns.view(np.float32), F32), F32).view(np.uint32) == patterns).all()


def test_bfloat16_rounds_to_even():
    patterns = np.random.default_rng(2).integers(0, 1 << 32, (64, 1024), dtype=np.uint32)
    patterns[0, :4] = [0x3F808000, 0x3F818000, 0x7F7FFFFF, 0x00008000]
    values = patterns.view(np.float32)
    with np.errstate(all="ignore"):
        expected = values.astype(ml_dtypes.bfloat16).astype(np.float32)
    got = tiles.decode(tiles.encode(values, BF16), BF16)
    assert ((got == expected) | (np.isnan(got) & np.isnan(expected))).all()
    assert (np.signbit(got) == np.signbit(values)).all()


def test_bfloat16_arrays_are_kept():
    values = normals(2, 1024).astype(ml_dtypes.bfloat16)
    assert (tiles.encode(values, BF16).view(np.uint16) == values.view(np.uint16)).all()


@pytest.mark.parametrize(("dtype", "bits"), [(BFP8, 7), (BFP4, 3)], ids=["bfp8", "bfp4"])
def test_block_floats_are_the_nearest(dtype, bits: int):
    values = normals(8, 1024, seed=3) * np.exp2(np.random.default_rng(4).integers(-20, 20, (8, 1024))).astype("f")
    values[0, :64] = 0
    values[0, 3] = -0.0
    values[1, 16:32] = -np.abs(values[1, 16:32])
    got = tiles.decode(tiles.encode(values, dtype), dtype)
    blocks = values.reshape(8, 64, 16).astype(np.float64)
    largest = np.abs(blocks).max(axis=-1, keepdims=True)
    step = np.exp2(np.floor(np.log2(np.where(largest == 0, 1, largest))) - (bits - 1))
    # Beyond the largest magnitude there is nothing to round up to.
    nearest = np.clip(np.rint(blocks / step), -(2**bits - 1), 2**bits - 1) * step
    assert (got == nearest.reshape(8, 1024)).all()
    assert not np.signbit(got[got == 0]).any()


@pytest.mark.parametrize("dtype", [BFP8, BFP4], ids=str)
def test_block_floats_come_back(dtype):
    """Every pattern of bytes with a canonical zero decodes to values that encode to the same values."""
    rng = np.random.default_rng(5)
    raw = rng.integers(0, 256, (16, dtype.tile_bytes), dtype=np.uint8)
    raw[..., :64] = rng.integers(8, 255, (16, 64))
    values = tiles.decode(raw, dtype)
    assert (tiles.decode(tiles.encode(values, dtype), dtype) == values).all()


@pytest.mark.parametrize("dtype", [BFP8, BFP4], ids=str)
def test_blocks_of_the_largest_exponent(dtype):
    values = np.full((1, 1024), np.float32(2.0**127))
    values[0, 0] = np.inf
    values[0, 17] = -np.inf
    values[0, 35] = np.nan
    got = tiles.decode(tiles.encode(values, dtype), dtype)
    assert got[0, 0] == np.inf
    assert got[0, 17] == -np.inf
    assert np.isnan(got[0, 35])
    assert (got[0, [1, 18, 40, 60]] == 2.0**127).all()


def test_small_blocks():
    """The smallest magnitudes that a block can have are denormal float32 numbers."""
    raw = np.zeros((1, BFP8.tile_bytes), np.uint8)
    raw[0, 0] = 1
    raw[0, 64:68] = [0x01, 0x81, 0x40, 0x00]
    assert tiles.decode(raw, BFP8)[0, :4].tolist() == [2.0**-132, -(2.0**-132), 2.0**-126, 0.0]


@pytest.mark.parametrize("dtype", [INT32, UINT32, UINT16, UINT8], ids=str)
def test_integers_wrap(dtype):
    values = np.random.default_rng(6).integers(-(2**40), 2**40, (2, 1024))
    got = tiles.decode(tiles.encode(values, dtype), dtype)
    assert got.dtype == dtype.numpy_dtype()
    assert ((got.astype(np.int64) - values) % (1 << (8 * dtype.element_bytes)) == 0).all()


def test_floats_as_integers_lose_their_fraction():
    values = np.zeros((1, 1024), np.float32)
    values[0, :3] = [2.9, -2.9, 7]
    assert tiles.decode(tiles.encode(values, INT32), INT32)[0, :3].tolist() == [2, -2, 7]


def test_numbers_beyond_float32_are_infinite():
    assert (tiles.decode(tiles.encode(np.full((1, 1024), 1e300), BF16), BF16) == np.inf).all()
