"""The library of arithmetic on tiles against the form in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.needs import need_tools
from tests.support.ttkernel_matrix_programs import block_program, packed
from ttlang.backends.native.compiled_tiles import CompiledTiles, compiled_tiles
from ttlang.backends.simulator import prepare
from ttlang.machine.numerics.fast_arithmetic import FastNumerics
from ttlang.machine.numerics.pack import accumulate_packed, pack
from ttlang.machine.numerics.stored_tiles import BlockShape, Located, Packing, StoredTiles
from ttlang.machine.tiles import Bytes, Patterns
from ttlang.tables.dtypes import BF16, BFP8, F32, TILE_ELEMENTS, DType

PAGES = 40
_RNG = np.random.default_rng(0)
DST = [pytest.param(False, id="dst16"), pytest.param(True, id="dst32")]


@pytest.fixture
def tiles() -> CompiledTiles:
    need_tools("g++")
    made = CompiledTiles()
    if made.library.make() is None or made.add("add", *(_stored(_numbers()),) * 2, (), False) is None:
        pytest.skip("the library is not for this processor")
    return made


def _numbers() -> Bytes:
    """Pages of bfloat16, (PAGES, 2048), some of them zeros."""
    numbers = _RNG.standard_normal((PAGES, TILE_ELEMENTS)).astype(np.float32).view(np.uint32)
    numbers[_RNG.random(numbers.shape) < 0.1] &= 0x80000000
    return (numbers >> 16).astype(np.uint16).view(np.uint8)


def _stored(rows: Bytes, lead: tuple[int, ...] = (), count: int = PAGES, dtype: DType = BF16) -> StoredTiles:
    """Any of the pages."""
    return StoredTiles(rows, _RNG.integers(0, len(rows), (*lead, count)), dtype, count)


def _dst(shape: tuple[int, ...], *, dst32: bool) -> Patterns:
    patterns = _RNG.standard_normal(shape).astype(np.float32).view(np.uint32)
    return patterns if dst32 else patterns & np.uint32(0xFFFF0000)


@pytest.mark.parametrize("dst32", DST)
@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 4, 4), (3, 2, 1), (1, 3, 5)])
def test_products_are_numpys(sizes: tuple[int, int, int], dst32: bool, tiles: CompiledTiles):
    lead, (rows, inner, columns) = (3, 2), sizes
    alone, together = FastNumerics(), FastNumerics(tiles)
    for transpose in (False, True):
        shape = BlockShape(*sizes, transpose)
        for held in (None, _dst((*lead, rows * columns, TILE_ELEMENTS), dst32=dst32)):
            # A side may be the same for all blocks along an axis, or lie there as it is.
            left = _stored(_numbers(), (3, 1), rows * inner)
            for right in (_stored(_numbers(), lead, inner * columns), _raw((1, 2), inner * columns)):
                want = alone.matmul_stored(left, right, shape, lead, dst32, held)
                assert np.array_equal(tiles.multiply(left, right, shape, lead, held, dst32), want)
                assert np.array_equal(together.matmul_stored(left, right, shape, lead, dst32, held), want)


def _raw(lead: tuple[int, ...], count: int) -> StoredTiles:
    return StoredTiles(_stored(_numbers(), lead, count).gather(), None, BF16, count)


@pytest.mark.parametrize("pattern", [0x0001, 0x0080, 0x2000, 0x7000, 0x7F80, 0xFFC0])
def test_numbers_whose_products_may_not_be_exact_are_numpys(pattern: int, tiles: CompiledTiles):
    shape, ordinary, other = BlockShape(1, 1, 1, transpose=False), _numbers()[:1], _numbers()[:1]
    other.view(np.uint16)[0, 77] = pattern
    one, two = (StoredTiles(each, None, BF16, 1) for each in (ordinary, other))
    assert tiles.multiply(one, one, shape, (), None, True) is not None
    for pair in ((one, two), (two, one)):
        assert tiles.multiply(*pair, shape, (), None, True) is None
        want = FastNumerics().matmul_stored(*pair, shape, (), dst32=True)
        assert np.array_equal(FastNumerics(tiles).matmul_stored(*pair, shape, (), dst32=True), want)


class AnotherOrder(CompiledTiles):
    def multiply(self, *arguments: Any, **named: Any) -> Patterns | None:
        done = super().multiply(*arguments, **named)
        return None if done is None else done ^ 1


def test_another_order_of_sums_is_seen(tiles: CompiledTiles):
    other = AnotherOrder()
    other.library.make()
    operands = (_stored(_numbers(), (), 4), _stored(_numbers(), (), 4), BlockShape(2, 2, 2, transpose=False), (), True)
    want = FastNumerics().matmul_stored(*operands)
    assert not np.array_equal(other.multiply(*operands[:4], None, True), want)
    assert np.array_equal(FastNumerics(other).matmul_stored(*operands), want)


@pytest.mark.parametrize("dst32", DST)
@pytest.mark.parametrize("kind", ["add", "sub"])
def test_sums_are_numpys(kind: str, dst32: bool, tiles: CompiledTiles):
    # Every bfloat16 whose sums are finite, with any others.
    halves = np.arange(1 << 16, dtype=np.uint16)
    halves[(halves & 0x7FFF) >= 0x7F00] = 0
    rows = np.concatenate([_RNG.permutation(halves) for _ in range(3)]).view(np.uint8).reshape(-1, 2048)
    left, right = _stored(rows, (2,), 100), _stored(rows, (2,), 100)
    want = FastNumerics().add_stored(kind, left, right, 2, dst32)
    assert np.array_equal(tiles.add(kind, left, right, (2,), dst32), want)
    one = StoredTiles(rows, np.zeros((2, 1), np.int64), BF16, 100)  # one for all tiles
    want = FastNumerics().add_stored(kind, one, right, 2, dst32)
    assert np.array_equal(FastNumerics(tiles).add_stored(kind, one, right, 2, dst32), want)


def test_sums_beyond_the_range_are_numpys(tiles: CompiledTiles):
    for pattern in (0x7F80, 0xFF80, 0x7FC1, 0x7F7F):
        rows = np.full((1, TILE_ELEMENTS), pattern, np.uint16).view(np.uint8)
        one = StoredTiles(rows, None, BF16, 1)
        assert tiles.add("add", one, one, (), True) is None


def _every_dst() -> Patterns:
    """All of a 16-bit DST, and with other lower halves for a 32-bit one; (64 * 5, 1024)."""
    upper = np.arange(1 << 16, dtype=np.uint32) << 16
    return np.concatenate([upper | lower for lower in (0, 1, 0x7FFF, 0x8000, 0xFFFF)]).reshape(-1, TILE_ELEMENTS)


@pytest.mark.parametrize(("dtype", "dst32"), [(BF16, False), (BF16, True), (F32, True)])
def test_packs_are_numpys(dtype: DType, dst32: bool, tiles: CompiledTiles):
    dst = _every_dst()[: None if dst32 else 64]
    places = _RNG.permutation(len(dst) + 5)[: len(dst)]
    rows = np.zeros((len(dst) + 5, dtype.tile_bytes), np.uint8)
    assert tiles.pack(dst, Packing(dtype, None, Located(rows, places)), dst32)
    new = pack(dst, dtype, dst32)
    assert np.array_equal(rows[places], new)
    assert not np.delete(rows, places, axis=0).any()
    for _ in range(5):
        old = new[_RNG.permutation(len(new))]
        added_to = StoredTiles(old, None, dtype, len(old))
        assert tiles.pack(dst, Packing(dtype, added_to, Located(rows, places)), dst32)
        assert np.array_equal(rows[places], accumulate_packed(old, new, dtype))


@pytest.mark.parametrize(("dtype", "dst32"), [(BF16, False), (BF16, True), (F32, True)])
def test_results_that_are_packed_at_once(dtype: DType, dst32: bool, tiles: CompiledTiles):
    lead, shape = (2, 3), BlockShape(2, 3, 2, transpose=False)
    left, right = _stored(_numbers(), lead, 6), _stored(_numbers(), (1, 3), 6)
    old = StoredTiles(pack(_dst((6, 4, TILE_ELEMENTS), dst32=dst32), dtype, dst32), None, dtype, 4)
    places = _RNG.permutation(60)[:24].reshape(2, 12)
    for held in (None, old):
        rows = np.zeros((60, dtype.tile_bytes), np.uint8)
        packing = Packing(dtype, held, Located(rows, places))

        def packed(dst: Patterns | None, held: StoredTiles | None = held) -> Bytes:
            assert dst is not None
            new = pack(dst.reshape(6, -1, TILE_ELEMENTS)[:, :4], dtype, dst32)
            return (new if held is None else accumulate_packed(held.gather(), new, dtype)).reshape(24, -1)

        assert tiles.multiply_and_pack(left, right, shape, lead, dst32, packing)
        assert np.array_equal(rows[places.reshape(-1)], packed(tiles.multiply(left, right, shape, lead, None, dst32)))
        a, b = _stored(_numbers(), (6,), 4), _stored(_numbers(), (6,), 4)
        assert tiles.add_and_pack("sub", a, b, (6,), dst32, packing)
        assert np.array_equal(rows[places.reshape(-1)], packed(tiles.add("sub", a, b, (6,), dst32)))


def test_other_formats_are_numpys(tiles: CompiledTiles):
    stored = {
        dtype: StoredTiles(np.zeros((1, dtype.tile_bytes), np.uint8), None, dtype, 1) for dtype in (BF16, F32, BFP8)
    }
    target = Located(np.zeros((1, BFP8.tile_bytes), np.uint8), np.zeros(1, np.int64))
    for dtype in (F32, BFP8):
        for pair in ((stored[BF16], stored[dtype]), (stored[dtype], stored[BF16])):
            assert tiles.multiply(*pair, BlockShape(1, 1, 1, transpose=False), (), None, True) is None
            assert tiles.add("add", *pair, (), True) is None
        packing = Packing(dtype, None, target)
        assert not tiles.pack(np.zeros((1, TILE_ELEMENTS), np.uint32), packing, False)
        assert not tiles.add_and_pack("add", stored[BF16], stored[BF16], (), False, packing)
        assert not tiles.multiply_and_pack(
            *[stored[BF16]] * 2, BlockShape(1, 1, 1, transpose=False), (), False, packing
        )


def test_simulations_use_it():
    simulation = prepare(block_program("", packed(1))).simulation
    assert simulation.tiles is compiled_tiles()
