"""`%` and `//` of blocks of whole numbers: exact as far as bfloat16 is, and in C++."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.both_ways import both_ways
from ttlang import ttnn
from ttlang.settings import variables


@pytest.mark.parametrize("numerics", ["fast", "chip"])
@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(("text", "meant"), [("x % y", np.mod), ("x // y", np.floor_divide)])
def test_whole_numbers(
    elementwise: Callable[..., Any], numerics: str, wide: bool, text: str, meant: Callable[..., Any]
) -> None:
    x, y = (np.arange(1024) * 2 - 1023).astype(np.float32), np.tile([1, 2, 3, -2, 5, 7, -7, 11], 128).astype(np.float32)
    device = ttnn.open_device(device_id=0)
    a, b, out = (
        ttnn.from_numpy(v.reshape(32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for v in (x, y, 0 * x)
    )
    x, y = (ttnn.to_numpy(t).astype(np.float64) for t in (a, b))
    with variables.given({variables.NUMERICS_MODE: numerics}), both_ways() as done:
        elementwise(text, 2, fp32_dest_acc_en=wide)(a, b, out)
    assert done == {"0.69": 1, "0.81": 1}
    found, wanted = ttnn.to_numpy(out).astype(np.float64), meant(x, y)
    # In 16 bits two steps before the last are rounded, by up to half a quotient from 64 on.
    exact = np.abs(wanted) <= (256 if wide else 64)
    np.testing.assert_array_equal(found[exact], wanted[exact])
    np.testing.assert_allclose(found, wanted, rtol=2**-8 if wide else 2**-6)


@pytest.mark.parametrize("divisor", [0.3125, -2, 7])
def test_quotients_of_fractions(elementwise: Callable[..., Any], divisor: float) -> None:
    x = np.linspace(-40, 39.921875, 1024, dtype=np.float32).reshape(32, 32)
    device = ttnn.open_device(device_id=0)
    a, out = (ttnn.from_numpy(v, dtype=ttnn.float32, layout=ttnn.TILE_LAYOUT, device=device) for v in (x, 0 * x))
    with both_ways() as done:
        elementwise(f"x // {divisor}", 1)(a, out)
    assert done == {"0.69": 1, "0.81": 1}
    np.testing.assert_array_equal(ttnn.to_numpy(out), x // np.float32(divisor))
