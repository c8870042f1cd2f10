"""Options of `exp`: the calls that they become, and both ways to run them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.both_ways import both_ways
from ttlang import ttnn

CALLS = {
    "ttl.exp(x)": ["exp_tile_init()", "exp_tile(0)"],
    "ttl.exp(x, scale=0.5)": ["exp_tile_init()", "exp_tile<false, true>(0, VectorMode::RC, 0x3f00u)"],
    "ttl.exp(x, approx=True)": ["exp_tile_init<true>()", "exp_tile<true>(0)"],
    "ttl.exp(x, approx=True, scale=0.5)": [
        "binop_with_scalar_tile_init()",
        "mul_unary_tile(0, 0x3f000000u)",
        "exp_tile_init<true>()",
        "exp_tile<true>(0)",
    ],
    "ttl.exp(x, scale=0.3)": [
        "binop_with_scalar_tile_init()",
        "mul_unary_tile(0, 0x3e99999au)",
        "exp_tile_init()",
        "exp_tile(0)",
    ],
    "ttl.exp(x, scale=1.0, iterations=8)": ["exp_tile_init()", "exp_tile(0)"],
}


@pytest.mark.parametrize("metal_api", ["0.69", "0.81"])
@pytest.mark.parametrize("call", CALLS)
def test_calls(elementwise: Callable[..., Any], call: str, metal_api: str) -> None:
    device = ttnn.open_device(device_id=0)
    tensors = [ttnn.zeros((32, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2)]
    code = elementwise(call, metal_api=metal_api).compile(*tensors).cpp()["compute"]
    names = ("exp_tile", "mul_unary_tile", "binop_with_scalar_tile_init")
    shown = [line.strip().partition(";")[0] for line in code.splitlines() if line.strip().startswith(names)]
    assert shown == CALLS[call]


@pytest.mark.parametrize("wide", [False, True])
def test_both_ways(elementwise: Callable[..., Any], wide: bool) -> None:
    device = ttnn.open_device(device_id=0)
    values = np.linspace(-100, 90, 1024, dtype=np.float32).reshape(32, 32)
    for call in CALLS:
        x, out = (
            ttnn.from_numpy(each, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
            for each in (values, np.zeros_like(values))
        )
        with both_ways() as done:
            elementwise(call, fp32_dest_acc_en=wide)(x, out)
        assert set(done) == {"0.69", "0.81"}
