"""`%` of blocks of whole numbers: exact, also in bfloat16, and in C++."""

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
def test_whole_numbers(elementwise: Callable[..., Any], numerics: str, wide: bool) -> None:
    x, y = (np.arange(1024) * 2 - 1023).astype(np.float32), np.tile([1, 2, 3, -2, 5, 7, -7, 11], 128).astype(np.float32)
    device = ttnn.open_device(device_id=0)
    a, b, out = (
        ttnn.from_numpy(v.reshape(32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for v in (x, y, 0 * x)
    )
    x, y = (ttnn.to_numpy(t).astype(np.float64) for t in (a, b))
    with variables.given({variables.NUMERICS_MODE: numerics}), both_ways() as done:
        elementwise("x % y", 2, fp32_dest_acc_en=wide)(a, b, out)
    assert done == {"0.69": 1, "0.81": 1}
    np.testing.assert_array_equal(ttnn.to_numpy(out).astype(np.float64), x % y)
