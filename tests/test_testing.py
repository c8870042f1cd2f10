"""The report on errors: its figures on errors made on purpose."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ttlang.host import TILE_LAYOUT, from_numpy, open_device
from ttlang.tables.dtypes import BF16, BFP8, F32, INT32
from ttlang.testing import compare, spacing


def test_equal_values_are_ok() -> None:
    values = np.linspace(-3, 3, 64).reshape(2, 32)
    found = compare(values, values)
    assert found.ok
    assert (found.pcc, found.used, found.absolute, found.ulp) == (pytest.approx(1.0), 0.0, (0.0,) * 3, (0.0,) * 3)


@pytest.mark.parametrize(("dtype", "bits"), [(BF16, 8), (F32, 24)])
def test_one_unit_is_one_unit(dtype: object, bits: int) -> None:
    expected = np.array([1.0, 1.5, 4.0, -0.25])
    unit = np.array([1.0, 1.0, 4.0, 0.25]) * 2.0 ** (1 - bits)
    found = compare(expected + unit, expected, dtype=dtype)
    assert found.ulp == (1.0, 1.0, 1.0)
    assert found.used == 1.0
    assert found.ok
    assert not compare(expected + 2 * unit, expected, dtype=dtype).ok
    assert compare(expected + 2 * unit, expected, dtype=dtype, roundings=2).ok


def test_a_rounded_value_is_within_half_a_unit() -> None:
    # float32 values: torch rounds a float64 by way of float32, and two roundings can be more than half a unit
    expected = torch.from_numpy(np.random.default_rng(0).standard_normal((256, 256), dtype=np.float32)).double()
    found = compare(expected.to(torch.bfloat16), expected)
    assert found.dtype is BF16
    assert 0.49 < found.ulp[2] <= 0.5


def test_sums_that_cancel_are_measured_by_their_addends() -> None:
    a, b = np.array([1.0, 1.0]), np.array([-1.0, -1.0 + 2.0**-7])
    actual = a + b + 2.0**-8
    assert not compare(actual, a + b, dtype=BF16).ok
    assert compare(actual, a + b, dtype=BF16, scale=a).ok


def test_each_value_may_have_a_bound_of_its_own() -> None:
    actual, expected = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.5, 3.25])
    bounds = torch.tensor([0.0, 0.5, 0.5])
    assert compare(actual, expected, roundings=0, absolute=bounds).used == 1.0
    found = compare(actual, expected, roundings=0, absolute=bounds.flip(0))
    assert not found.ok
    assert found.worst == (2,)


def test_block_formats_are_measured_by_the_largest_of_a_block() -> None:
    values = np.full((1, 32), 0.01)
    values[0, 3] = 1.0
    assert spacing(values, BFP8)[0, :16].tolist() == [2.0**-6] * 16
    assert spacing(values, BFP8)[0, 16] < 2.0**-12
    device = open_device(device_id=0)
    wide = np.random.default_rng(0).standard_normal((64, 64)).astype(np.float32)
    assert compare(from_numpy(wide, dtype=BFP8, layout=TILE_LAYOUT, device=device), wide).ok


def test_figures_of_any_size_stand_apart() -> None:
    lines = str(compare(np.array([1e30, 1.0]), np.array([1.0, 1e-30]))).splitlines()
    assert [len(line.split()) for line in lines[2:]] == [4, 4, 4]


def test_specials_must_be_equal() -> None:
    expected = np.array([np.inf, -np.inf, np.nan, 1.0])
    assert compare(expected.copy(), expected).ok
    found = compare(np.array([np.inf, np.inf, 0.0, 1.0]), expected)
    assert found.unequal_specials == 2
    assert "2 infinities or NaNs differ" in str(found)


def test_integers_are_one_apart() -> None:
    found = compare(np.array([3, 5], np.int32), np.array([3, 7], np.int32))
    assert found.dtype is INT32
    assert (found.ulp[2], found.ok, found.worst) == (2.0, False, (1,))


def test_the_report_names_the_worst_place() -> None:
    expected = np.ones((4, 4))
    actual = expected.copy()
    actual[2, 3] = 1.5
    text = str(compare(actual, expected, dtype=BF16))
    assert "BEYOND the bound (64.00 of it, at [2, 3])" in text


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match=r"not \(2,\) and \(3,\)"):
        compare(np.zeros(2), np.zeros(3))
