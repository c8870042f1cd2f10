"""
Products of matrices, reductions, broadcasts and transposes of tiles: the fast form against the bit-level one, and both
modes against numpy. What the chips really do is in `tests/machine/numerics/test_recorded_calls.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.matrix_operands import OPERANDS, normal
from ttlang.machine.numerics import arrangements, make_numerics
from ttlang.machine.numerics.matrix_tiles import UNDEFINED
from ttlang.machine.numerics.units import exact_products, matrix_products
from ttlang.machine.tiles import tilize, untilize
from ttlang.tables import chips
from ttlang.tables.chips import BLACKHOLE, WORMHOLE_B0
from ttlang.tables.chips.arithmetic import MatrixUnitRules
from ttlang.tables.dtypes import BF16, BFP8, F32
from ttlang.tables.fidelities import FIDELITIES

U = np.uint32
CHIPS = [pytest.param(chip.arithmetic.matrix, id=chip.name) for chip in chips.CHIPS.values()]
_RULES = WORMHOLE_B0.arithmetic.matrix
WIDTHS = [pytest.param(False, id="dst16"), pytest.param(True, id="dst32")]
MODES = ("chip", "fast")


def eighths(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """bfloat16 numbers around zero of six bits, as patterns: sums of 128 products of two are exact in float32."""
    return (rng.integers(-31, 32, shape) / np.float32(8)).astype(np.float32).view(U)


def same(got: np.ndarray, want: np.ndarray) -> None:
    wrong = np.argwhere(got != want)
    shown = [(tuple(i), hex(got[tuple(i)]), hex(want[tuple(i)])) for i in wrong[:3]]
    assert not len(wrong), f"{len(wrong)} of {got.size} differ, as (place, got, expected) {shown}"


def values(patterns: np.ndarray) -> np.ndarray:
    return patterns.view(np.float32).astype(np.float64)


def pages(patterns: np.ndarray) -> np.ndarray:
    """(..., H, W) -> (..., tiles, 1024)"""
    return np.ascontiguousarray(tilize(patterns))


@pytest.mark.parametrize("rules", CHIPS)
@pytest.mark.parametrize("dst32", WIDTHS)
@pytest.mark.parametrize("fidelity", FIDELITIES)
@pytest.mark.parametrize("operands", OPERANDS)
def test_to_the_bit(fidelity: str, dst32: bool, rules: MatrixUnitRules, operands: str, monkeypatch: pytest.MonkeyPatch):
    """`matrix_products` against `exact_products`."""
    monkeypatch.setattr(matrix_products, "CHUNK", 1000)
    monkeypatch.setattr(matrix_products, "RUN", 100)
    left, right, dst, depth = OPERANDS[operands](dst32)
    want = exact_products.multiply(left, right, dst, fidelity, dst32, rules, depth)
    same(matrix_products.multiply_matrices(left, right, dst, fidelity, dst32, rules, depth), want)


def factors_for(total: int) -> list[int]:
    """Eight significands of seven bits whose products with seven times 31 and once 30 have that sum."""
    last = next(x for x in range(64, 128) if (total - 30 * x) % 31 == 0)
    mean, more = divmod((total - 30 * last) // 31, 7)
    return [mean + (i < more) for i in range(7)] + [last]


def test_sums_far_below_a_16_bit_dst():
    """
    They are rounded twice, at 23 and at ten fraction bits of DST. Below a power of two, three of the latter places less
    are another number than two: the first group is near one and a half of them, the second is one.
    """
    place = 1 << 14
    rows = [factors_for(place * 3 // 2 + i) + factors_for(place) for i in range(-6, 7)]
    left = (np.array([rows], np.float32) / 64 / place).view(U)
    right = np.tile(np.array([31] * 7 + [30], np.float32) / -16, 2).view(U).reshape(1, 16, 1)
    dst = np.full((1, len(rows), 1), 0x3F800000, U)
    want = exact_products.multiply(left, right, dst, "LoFi", False, _RULES, 16)
    assert len(np.unique(want)) == 2
    same(matrix_products.multiply_matrices(left, right, dst, "LoFi", False, _RULES, 16), want)


def test_portions_of_repairs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(matrix_products, "_REPAIRED", 5000)
    rng = np.random.default_rng(2)
    left, right, dst = normal(rng, (2, 32, 32)), normal(rng, (2, 32, 32)), normal(rng, (2, 32, 32))
    left[1, :, 3], right[0, 5, :] = U(0x7F800000), U(0x7F000000)
    want = exact_products.multiply(left, right, dst, "HiFi4", True, _RULES)
    same(matrix_products.multiply_matrices(left, right, dst, "HiFi4", True, _RULES), want)


def test_buffer_size_is_restored():
    before = np.getbufsize()
    one = np.full((1, 16, 32), 0x3F800000, U)
    matrix_products.multiply_matrices(one, one.swapaxes(1, 2), np.zeros((1, 16, 16), U), "LoFi", True, _RULES)
    assert np.getbufsize() == before


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dst32", WIDTHS)
class TestMatmul:
    def test_block_is_a_loop_of_tiles(self, mode: Any, dst32: bool):
        rng = np.random.default_rng(3)
        numerics = make_numerics(mode, BLACKHOLE)
        # A library adds in an order that depends on the processor and on the shape: `fast` gets sums that are exact.
        numbers = eighths if mode == "fast" else normal
        a, b = numbers(rng, (2, 3, 4, 1024)), numbers(rng, (2, 4, 2, 1024))
        dst = numbers(rng, (2, 6, 1024))
        for transpose in (False, True):
            want = dst
            for k in range(4):
                left = np.repeat(a[:, :, k], 2, axis=1)
                right = np.tile(b[:, k], (1, 3, 1))
                want = numerics.matmul(left, right, BF16, BF16, dst32, want, transpose=transpose)
            got = numerics.matmul_block(a, b, BF16, BF16, dst32, dst, transpose=transpose)
            same(got, want)

    def test_near_numpy(self, mode: Any, dst32: bool):
        rng = np.random.default_rng(4)
        numerics = make_numerics(mode, WORMHOLE_B0)
        a, b = normal(rng, (64, 128)), normal(rng, (128, 96))
        got = numerics.matmul_block(pages(a).reshape(2, 4, 1024), pages(b).reshape(4, 3, 1024), BF16, BF16, dst32)
        want = values(a) @ values(b)
        error = np.abs(values(untilize(got, (64, 96))) - want)
        # Each of the 32 steps of a 16-bit DST moves a sum by half a unit of bfloat16 at most; a group of eight
        # products loses four units of 2**-10 of the largest one, in each of its sixteen groups.
        scale = np.abs(values(a)).max() * np.abs(values(b)).max()
        bound = 16 * 4 * 2.0**-10 * scale if mode == "chip" else 1e-5 * scale
        assert error.max() <= bound + (0 if dst32 else 32 * 2.0**-9 * np.abs(want).max())
        assert error.max() <= 0.02 * np.abs(want).max()

    def test_transpose_and_leading_axes(self, mode: Any, dst32: bool):
        rng = np.random.default_rng(5)
        numerics = make_numerics(mode, BLACKHOLE)
        a, b = normal(rng, (5, 1, 1024)), normal(rng, (3, 1024))
        got = numerics.matmul(a, b, BF16, BF16, dst32, transpose=True)
        assert got.shape == (5, 3, 1024)
        turned = pages(untilize(b[:, None], (32, 32)).swapaxes(1, 2))[:, 0]
        for i in range(5):
            same(got[i], numerics.matmul(a[i], turned, BF16, BF16, dst32))

    def test_shapes_that_do_not_fit(self, mode: Any, dst32: bool):
        numerics = make_numerics(mode, BLACKHOLE)
        tile = np.zeros((1, 1, 1024), U)
        with pytest.raises(ValueError, match="can't be multiplied"):
            numerics.matmul_block(tile, np.zeros((2, 1, 1024), U), BF16, BF16, dst32)
        with pytest.raises(ValueError, match="DST of shape"):
            numerics.matmul_block(tile, tile, BF16, BF16, dst32, np.zeros((2, 1024), U))


def test_float32_operands_are_cut_on_chips():
    a = np.full(1024, 0x3F801FFF, U)
    one = np.eye(32, dtype=np.float32)
    chip, fast = (make_numerics(mode, WORMHOLE_B0) for mode in MODES)
    unit = pages(one.view(U))[0]
    assert (chip.matmul(a, unit, F32, F32, True) == 0x3F800000).all()
    assert (fast.matmul(a, unit, F32, F32, True) == a).all()


DIMS = {"row": (1, 1, (32, 1)), "col": (0, 1, (1, 32)), "scalar": ((0, 1), 2, (1, 1))}
"""Of a reduction: the axes that are gone, how often the scaler counts, the shape of the result."""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dst32", WIDTHS)
@pytest.mark.parametrize("dim", DIMS)
class TestReduce:
    def test_sum(self, mode: Any, dst32: bool, dim: Any):
        rng = np.random.default_rng(6)
        numerics = make_numerics(mode, BLACKHOLE)
        x, half = np.abs(normal(rng, (4, 3, 1024)).view(np.float32)).view(U), np.full(1024, 0x3F000000, U)
        axes, times, (rows, columns) = DIMS[dim]
        got = numerics.reduce("sum", dim, x, half, BF16, BF16, dst32)
        tiles = values(untilize(x.reshape(12, 1, 1024), (32, 32))).reshape(4, 3, 32, 32)
        want = tiles.sum(axis=1).sum(axis=tuple(np.add(axes, 1).reshape(-1)), keepdims=True) * 0.5**times
        result = values(untilize(got[:, None], (32, 32)))[:, :rows, :columns]
        np.testing.assert_allclose(result, want, rtol=0.03 if not dst32 else 0.004)

    def test_outside_is_undefined_and_packs_as_zero(self, mode: Any, dst32: bool, dim: Any):
        numerics = make_numerics(mode, BLACKHOLE)
        one = np.full((2, 1, 1024), 0x3F800000, U)
        rows, columns = DIMS[dim][2]
        for pool in ("sum", "max"):
            got = numerics.reduce(pool, dim, one, one[0, 0], BF16, BF16, dst32)
            outside = np.ones((2, 32, 32), np.bool_)
            outside[:, :rows, :columns] = False
            assert (untilize(got[:, None], (32, 32))[outside] == UNDEFINED).all()
            packed = untilize(numerics.pack_mask(got, dim)[:, None], (32, 32))
            assert (packed[outside] == 0).all()
            assert (packed[~outside] != 0).all()

    @pytest.mark.parametrize("pool", ["sum", "max"])
    def test_tile_by_tile(self, mode: Any, dst32: bool, dim: Any, pool: Any):
        rng = np.random.default_rng(7)
        numerics = make_numerics(mode, WORMHOLE_B0)
        x, one = normal(rng, (3, 4, 1024)), np.full((3, 1024), 0x3F800000, U)
        want = numerics.reduce(pool, dim, x[:, :1], one, BF16, BF16, dst32)
        for k in range(1, 4):
            want = numerics.reduce(pool, dim, x[:, k : k + 1], one, BF16, BF16, dst32, want)
        got = numerics.reduce(pool, dim, x, one, BF16, BF16, dst32)
        if mode == "fast" and dst32:
            np.testing.assert_allclose(values(got), values(want), rtol=1e-4, atol=1e-5)
        else:
            same(got, want)

    def test_max(self, mode: Any, dst32: bool, dim: Any):
        rng = np.random.default_rng(8)
        numerics = make_numerics(mode, WORMHOLE_B0)
        x, one = normal(rng, (3, 2, 1024)) | U(0x80000000), np.full(1024, 0x3F800000, U)
        axes, _, (rows, columns) = DIMS[dim]
        tiles = values(untilize(x.reshape(6, 1, 1024), (32, 32))).reshape(3, 2, 32, 32)
        want = tiles.max(axis=1).max(axis=tuple(np.add(axes, 1).reshape(-1)), keepdims=True)
        got = numerics.reduce("max", dim, x, one, BF16, BF16, dst32)
        result = values(untilize(got[:, None], (32, 32)))[:, :rows, :columns]
        assert (result == want).all()
        assert (result < 0).all()  # A DST that nothing was written to does not count as zero.

    def test_max_wants_one(self, mode: Any, dst32: bool, dim: Any):
        numerics = make_numerics(mode, WORMHOLE_B0)
        x = np.zeros((1, 1024), U)
        with pytest.raises(ValueError, match="maximum whose scaler"):
            numerics.reduce("max", dim, x, np.full(1024, 0x3F000000, U), BF16, BF16, dst32)


def test_a_scalar_sum_passes_a_register():
    chip = make_numerics("chip", BLACKHOLE)
    one = np.full(1024, 0x3F800000, U)
    x = np.zeros((1, 1024), U)
    x[0, 0], x[0, 16] = 0x3F800000, 0x3B000000  # 1 + 2**-9 in the first column: more than bfloat16 has.
    assert chip.reduce("sum", "scalar", x, one, BF16, BF16, True)[0] == 0x3F800000
    assert chip.reduce("sum", "scalar", x, one, F32, F32, True)[0] == 0x3F804000
    assert chip.reduce("sum", "col", x, one, BF16, BF16, True)[0] == 0x3F804000


def test_max_orders_what_is_not_a_number():
    chip = make_numerics("chip", BLACKHOLE)
    one = np.full(1024, 0x3F800000, U)
    x = np.full((1, 1024), 0xFF800000, U)
    x[0, 5] = 0xFF7F0000
    assert chip.reduce("max", "scalar", x, one, BF16, BF16, True)[0] == 0xFF7F0000
    x[0, 6] = 0x80000001
    assert chip.reduce("max", "scalar", x, one, BF16, BF16, True)[0] == 0
    x[0, 7], x[0, 8] = 0x7F800000, 0x7FC00000
    assert chip.reduce("max", "scalar", x, one, BF16, BF16, True)[0] == 0x7FC00000
    assert chip.reduce("max", "row", x, one, BF16, BF16, True)[0] == 0x7F800000


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dst32", WIDTHS)
class TestBroadcastAndTranspose:
    def tile(self) -> tuple[np.ndarray, np.ndarray]:
        """A tile as a matrix, and as it lies."""
        x = normal(np.random.default_rng(9), (32, 32))
        return x, pages(x)[0]

    @pytest.mark.parametrize("dim", ["row", "col", "scalar"])
    def test_broadcast(self, mode: Any, dst32: bool, dim: Any):
        numerics = make_numerics(mode, BLACKHOLE)
        x, tile = self.tile()
        part = {"row": x[:1], "col": x[:, :1], "scalar": x[:1, :1]}[dim]
        want = pages(np.broadcast_to(part, (32, 32)))[0]
        same(arrangements.broadcast(tile, dim), want)
        a = normal(np.random.default_rng(10), (3, 1024))
        b = np.broadcast_to(tile, (3, 1024))
        for kind in ("add", "sub", "mul"):
            got = numerics.binary_fpu_bcast(kind, a, b, dim, BF16, BF16, dst32, dst=a)
            same(got, numerics.binary_fpu(kind, a, np.broadcast_to(want, (3, 1024)), BF16, BF16, dst32, dst=a))
        if dim == "row" and dst32:
            for dtype in (BF16, BFP8):
                with pytest.raises(ValueError, match="unary_bcast of rows"):
                    numerics.unary_bcast(tile, dim, dtype, dst32)
            same(numerics.unary_bcast(tile, dim, F32, dst32), want)
        else:
            same(numerics.unary_bcast(tile, dim, BF16, dst32), want)

    def test_transpose(self, mode: Any, dst32: bool):
        numerics = make_numerics(mode, BLACKHOLE)
        x, tile = self.tile()
        same(numerics.transpose(tile, BF16, dst32), pages(x.T)[0])

    def test_transpose_of_float32(self, mode: Any, dst32: bool):
        numerics = make_numerics(mode, BLACKHOLE)
        x = np.random.default_rng(11).standard_normal((32, 32)).astype(np.float32).view(U)
        whole = numerics.transpose(pages(x)[0], F32, dst32, unpack_to_dest=True)
        if dst32:
            same(whole, pages(x.T)[0])
        if mode == "chip":
            cut = U(0xFFFFE000) if dst32 else U(0xFFFF0000)
            same(numerics.transpose(pages(x)[0], F32, dst32), pages(x.T & cut)[0])
