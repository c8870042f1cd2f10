"""Conversions between all formats: each compiles to a program that the simulator takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.expression_kernels import elementwise_source
from ttlang import ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.tables import dtypes

FORMATS = [dtype.ttnn for dtype in dtypes.DTYPES]
FROM_BUFFERS = [dtype for dtype in dtypes.DTYPES if dtype.ttnn in ("bfloat16", "float32", "int32", "bfloat8_b")]


def run(kernel: Any, source: dtypes.DType) -> tuple[np.ndarray, np.ndarray]:
    device = ttnn.open_device(device_id=0)
    values = (np.arange(1024, dtype=np.float32).reshape(32, 32) % 128) / (1 if source.is_integer else 2)
    x = ttnn.from_numpy(
        values.astype(np.int32) if source.is_integer else values, dtype=source, layout=ttnn.TILE_LAYOUT, device=device
    )
    out = ttnn.zeros((32, 32), dtype=source, layout=ttnn.TILE_LAYOUT, device=device)
    kernel(x, out)
    return ttnn.to_numpy(x), ttnn.to_numpy(out)


@pytest.mark.parametrize("source", FROM_BUFFERS, ids=lambda dtype: dtype.ttnn)
@pytest.mark.parametrize("target", FORMATS)
def test_there_and_back(elementwise: Callable[..., Any], source: dtypes.DType, target: str) -> None:
    kernel = elementwise(f"ttl.typecast(ttl.typecast(x, ttl.{target}), ttl.{source.ttnn})")
    x, out = run(kernel, source)
    # An integer between loses the half; block floats share exponents.
    np.testing.assert_allclose(out, x, atol=0.5, rtol=0.1)


WIDENED = {
    "ttl.typecast(x, ttl.float32) * 0.5": "float32",
    "ttl.broadcast(ttl.reduce_sum(ttl.typecast(x, ttl.float32)), dims=[0, 1])": "float32",
    "ttl.typecast(ttl.typecast(x, ttl.int32) + 1, ttl.bfloat16)": "int32",
    "ttl.typecast(ttl.typecast(x, ttl.uint32), ttl.bfloat16)": "uint32",
}


@pytest.mark.parametrize("expression", WIDENED)
def test_a_conversion_to_32_bits_makes_dst_wide(elementwise: Callable[..., Any], expression: str) -> None:
    device = ttnn.open_device(device_id=0)
    x, out = (ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
    compiled = elementwise(expression).compile(x, out)
    assert "tiles of 32 bits in a DST section" in compiled.plan()
    with pytest.raises(DiagnosticError) as refused:
        elementwise(expression, fp32_dest_acc_en=False).compile(x, out)
    (found,) = refused.value.diagnostics
    assert (found.code, found.message) == (
        "TTL0305",
        f"this is converted to {WIDENED[expression]}, which a 16-bit DST can't",
    )
    assert found.span is not None


@pytest.mark.parametrize("spelled", ["ttl.typecast", "ttl.block.typecast", "ttl.math.typecast"])
@pytest.mark.parametrize("named", ["torch.float32", "ttnn.float32", "ttl.float32", "'float32'", "'f32'"])
def test_names_of_the_function_and_of_formats(load: Callable[..., Any], spelled: str, named: str) -> None:
    source = elementwise_source(f"({spelled}(x, {named}) * 1.00390625 - x) * 256")
    x, out = run(load(f"import torch\nfrom ttlang import ttnn\n{source}").kernel, dtypes.BF16)
    np.testing.assert_array_equal(out, x)


def test_a_conversion_keeps_what_bfloat16_would_round(elementwise: Callable[..., Any]) -> None:
    """x + x / 256 needs 16 bits of mantissa."""
    kernel = elementwise("(ttl.typecast(x, ttl.float32) * 1.00390625 - x) * 256")
    x, out = run(kernel, dtypes.BF16)
    np.testing.assert_array_equal(out, x)
