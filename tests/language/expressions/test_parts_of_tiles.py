"""Functions of which a column or a row of each tile is asked for: the calls, and what they compute, both ways."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.both_ways import both_ways
from ttlang import ttnn

COLUMN, ROW = "y + ttl.broadcast({}, y, dims=[1])", "y + ttl.broadcast({}, y, dims=[0])"
Expected = Callable[[Any, Any], Any]
CASES: dict[str, tuple[list[str], Expected]] = {
    COLUMN.format("ttl.exp(x)"): (["exp_tile C"], lambda x, y: y + np.exp(x[:, :1])),
    ROW.format("ttl.recip(x)"): (["recip_tile R"], lambda x, y: y + 1 / x[:1]),
    COLUMN.format("ttl.exp(x, scale=0.5)"): (
        ["exp_tile C"],
        lambda x, y: y + np.exp(x[:, :1] / 2),
    ),
    COLUMN.format("ttl.exp(ttl.max(abs(x), y))"): (
        ["binary_max_tile C", "exp_tile C"],
        lambda x, y: y + np.exp(np.maximum(np.abs(x), y)[:, :1]),
    ),
    "ttl.broadcast(ttl.exp(-x), y, dims=[0, 1]) + y": (
        ["exp_tile R"],
        lambda x, y: np.exp(-x[:1, :1]) + y,
    ),
    # Defined in column 0 alone, whatever reads it.
    COLUMN.format("(ttl.exp(ttl.reduce_max(x, dims=[0])) + y)"): (
        ["exp_tile C"],
        lambda x, y: y + np.exp(x.max(1, keepdims=True)) + y[:, :1],
    ),
    COLUMN.format("x") + " + ttl.exp(y)": (["exp_tile"], lambda x, y: y + x[:, :1] + np.exp(y)),
    "ttl.broadcast(x, y, dims=[1]) * ttl.recip(ttl.where(x > y, x, y))": (
        ["recip_tile"],
        lambda x, y: x[:, :1] / np.maximum(x, y),
    ),
}
"""The calls, with the part that they compute, in expressions of two tiles; dims as in the edition of 2025."""


_CALL = re.compile(r"^ *(exp_tile|recip_tile|binary_max_tile)(?:<[^>]*>)?\(\w[^V]*(?:VectorMode::(\w+))?", re.MULTILINE)


@pytest.mark.parametrize("metal_api", ["0.69", "0.81"])
@pytest.mark.parametrize("expression", CASES)
def test_calls(elementwise: Callable[..., Any], expression: str, metal_api: str) -> None:
    device = ttnn.open_device(device_id=0)
    tensors = [ttnn.zeros((32, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(3)]
    kernel = elementwise(expression, 2, metal_api=metal_api, fp32_dest_acc_en=False)
    code = kernel.compile(*tensors).cpp()["compute"]
    assert [" ".join(filter(None, call)) for call in _CALL.findall(code)] == CASES[expression][0]


@pytest.mark.parametrize("wide", [False, True])
def test_both_ways(elementwise: Callable[..., Any], wide: bool) -> None:
    """A result has 8 bits, and so has each of up to three operands on its way: 4 * 2**-8 of it."""
    device = ttnn.open_device(device_id=0)
    x, y = np.random.default_rng(0).integers(1, 33, (2, 32, 32)).astype(np.float32) / 8
    for expression, (_, expected) in CASES.items():
        tensors = [
            ttnn.from_numpy(each, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
            for each in (x, y, np.zeros_like(x))
        ]
        with both_ways() as done:
            elementwise(expression, 2, fp32_dest_acc_en=wide)(*tensors)
        assert set(done) == {"0.69", "0.81"}
        found = ttnn.to_numpy(tensors[2])
        np.testing.assert_allclose(found, np.broadcast_to(expected(x, y), (32, 32)), rtol=2**-6, err_msg=expression)
