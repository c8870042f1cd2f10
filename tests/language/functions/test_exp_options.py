"""Options of `exp`: the calls that they become, and both ways to run them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.both_ways import both_ways
from ttlang import ttnn
from ttlang.settings import variables

CALLS = {
    "ttl.exp(x)": ["exp_tile_init()", "exp_tile(0)"],
    "ttl.exp(x, scale=0.5)": ["exp_tile_init()", "exp_tile<false, true>(0, VectorMode::RC, 0x3f00u)"],
    "ttl.exp(x * 0.5)": ["exp_tile_init()", "exp_tile<false, true>(0, VectorMode::RC, 0x3f00u)"],
    "ttl.exp(x * 0.5) + x * 0.5": [
        "exp_tile_init()",
        "exp_tile<false, true>(1, VectorMode::RC, 0x3f00u)",
        "binop_with_scalar_tile_init()",
        "mul_unary_tile(0, 0x3f000000u)",
    ],
    "ttl.exp(0.3 * x)": [
        "binop_with_scalar_tile_init()",
        "mul_unary_tile(0, 0x3e99999au)",
        "exp_tile_init()",
        "exp_tile(0)",
    ],
    "ttl.exp(x * 0.3, approx=True)": ["exp_tile_init<true, 0x3e99999au>()", "exp_tile<true>(0)"],
    "ttl.exp(x, approx=True)": ["exp_tile_init<true>()", "exp_tile<true>(0)"],
    "ttl.exp(x, approx=True, scale=0.3)": ["exp_tile_init<true, 0x3e99999au>()", "exp_tile<true>(0)"],
    "ttl.exp(x, approx=True, scale=-0.5)": [
        "binop_with_scalar_tile_init()",
        "mul_unary_tile(0, 0xbf000000u)",
        "exp_tile_init<true>()",
        "exp_tile<true>(0)",
    ],
    "ttl.exp(x, approx=True, skip_clamp_check=True)": [
        "exp_tile_init<true, 0x3f800000u, InputClamping::None>()",
        "exp_tile<true, false, InputClamping::None>(0)",
    ],
    "ttl.exp(x, approx=True, skip_clamp_check=True, scale=-0.125)": [
        "exp_tile_init<true, 0xbe000000u, InputClamping::None>()",
        "exp_tile<true, false, InputClamping::None>(0)",
    ],
    "ttl.exp(x, skip_clamp_check=True)": ["exp_tile_init()", "exp_tile(0)"],
    "ttl.exp(x, scale=0.3)": [
        "binop_with_scalar_tile_init()",
        "mul_unary_tile(0, 0x3e99999au)",
        "exp_tile_init()",
        "exp_tile(0)",
    ],
    "ttl.exp(x, scale=1.0, iterations=8)": ["exp_tile_init()", "exp_tile(0)"],
    "ttl.exp(x, approx=True, scale=0.5) + ttl.exp(x, approx=True, scale=0.25)": [
        "exp_tile_init<true, 0x3f000000u>()",
        "exp_tile<true>(1)",
        "exp_tile_init<true, 0x3e800000u>()",
        "exp_tile<true>(0)",
    ],
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


APPROXIMATED = {
    "ttl.exp(x)": ["exp_tile_init<true>()", "exp_tile<true>(0)"],
    "ttl.exp(x, scale=0.5)": ["exp_tile_init<true, 0x3f000000u>()", "exp_tile<true>(0)"],
    # It would be clamped at the wrong end.
    "ttl.exp(x, scale=-0.5)": ["exp_tile_init()", "exp_tile<false, true>(0, VectorMode::RC, 0xbf00u)"],
}


@pytest.mark.parametrize("call", APPROXIMATED)
def test_math_approx_mode(elementwise: Callable[..., Any], call: str) -> None:
    device = ttnn.open_device(device_id=0)
    values = np.linspace(-100, 80, 1024, dtype=np.float32).reshape(32, 32)
    x, out, by_option = (
        ttnn.from_numpy(each, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for each in (values, *np.zeros((2, 32, 32), np.float32))
    )
    kernel = elementwise(call, math_approx_mode=True)
    code = kernel.compile(x, out).cpp()["compute"]
    shown = [line.strip().partition(";")[0] for line in code.splitlines() if line.strip().startswith("exp_tile")]
    assert shown == APPROXIMATED[call]
    with both_ways() as done:
        kernel(x, out)
    assert set(done) == {"0.69", "0.81"}
    elementwise(call.replace("(x", "(x, approx=True") if "-" not in call else call)(x, by_option)
    np.testing.assert_array_equal(ttnn.to_numpy(out), ttnn.to_numpy(by_option))


@pytest.mark.parametrize("numerics", variables.NUMERICS)
def test_the_line_without_clamping(elementwise: Callable[..., Any], numerics: str) -> None:
    """
    As near as with it between -88 and 0.7. Beyond, as the header has it: the value at 0.72, which is 2, and negative
    ones. The line is off by up to 1/25; bfloat16 has 8 bits.
    """
    device = ttnn.open_device(device_id=0)
    values = np.concatenate([np.linspace(-87, 0.68, 960), np.linspace(0.75, 80, 32), np.linspace(-170, -90, 32)])
    x, clamped, out = (
        ttnn.from_numpy(each.reshape(32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for each in (values.astype(np.float32), *np.zeros((2, 1024), np.float32))
    )
    with variables.given({variables.NUMERICS_MODE: numerics}):
        elementwise("ttl.exp(x, approx=True)")(x, clamped)
        elementwise("ttl.exp(x, approx=True, skip_clamp_check=True)")(x, out)
    given, near, found = (ttnn.to_numpy(each).flatten() for each in (x, clamped, out))
    np.testing.assert_array_equal(found[:960], near[:960])
    np.testing.assert_allclose(found[:960], np.exp(given[:960].astype(float)), rtol=1 / 25 + 2**-8, atol=2.0**-126)
    assert (found[960:992] >= 2 - 2**-7).all()
    assert (found[960:992] <= 2).all()
    assert (found[992:] < 0).all()
