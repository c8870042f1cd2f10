"""`fill` as a value: its forms, its format, and as an operand of everything."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from tests.support.compute_kernels import compute_source, run_source
from ttlang.diagnostics import DiagnosticError
from ttlang.tables.dtypes import BF16, F32, INT32, DType

X = np.random.default_rng(0).integers(-8, 9, (32, 64)).astype(np.float32)
TENTH = float(np.float32(0.1))
"""The number that a kernel is given for 0.1: a float32."""
TENTH16 = float(np.float32(np.asarray(0.1, ml_dtypes.bfloat16)))


def stored(load: Any, expression: str, dtype: DType = BF16, out_dtype: DType | None = None) -> np.ndarray:
    """What `out.store(expression)` leaves, of a block `a` of 1x2 tiles."""
    body = f"""
        with x.wait() as a, out.reserve() as o:
            o.store({expression})
    """
    text = compute_source(body, {"x": (1, 2)}, {"out": (1, 2)})
    chip, fast = run_source(load, text, [X], [X.shape], dtype=dtype, out_dtype=out_dtype)
    np.testing.assert_array_equal(chip[0], fast[0])
    return chip[0]


@pytest.mark.parametrize(
    "fill",
    [
        "ttl.block.fill(3)",
        "ttl.fill(3, shape=(1, 2))",
        "ttl.math.fill(3, (1, 2))",
        "ttl.block.fill(value=3, shape=o.shape, dtype=o.dtype)",
        "ttl.block.fill(3, shape=(1, 2), layout=ttnn.TILE_LAYOUT, dtype=ttnn.bfloat16, tile=(32, 32))",
        "ttl.block.fill(3, shape=(32, 64), layout=ttnn.ROW_MAJOR_LAYOUT)",
        "ttl.block.fill(o, 3)",
        "ttl.block.typecast(ttl.block.fill(3), ttl.bfloat16)",
        "ttl.block.fill(1, shape=(1, 2), dtype='bfloat16') + ttl.block.fill(2)",
    ],
)
def test_forms(load: Any, fill: str) -> None:
    np.testing.assert_array_equal(stored(load, fill), np.full(X.shape, 3))
    np.testing.assert_array_equal(stored(load, f"a * ({fill})"), X * 3)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + ttl.math.neg(ttl.block.fill(2.0, shape=(1, 2)))", X - 2),
        ("ttl.math.abs(ttl.block.fill(-2.0, shape=(1, 2), dtype=ttl.bfloat16)) * a", X * 2),
        ("ttl.math.max(ttl.fill(1, shape=(1, 2)), ttl.fill(2, shape=(1, 2))) - a", 2 - X),
        ("ttl.math.where(a > 0, ttl.fill(1), ttl.fill(-1, shape=(1, 2)))", np.where(X > 0, 1, -1)),
        ("ttl.fill(2, shape=(1, 1)) @ a", np.broadcast_to(2 * X.sum(0), X.shape)),
        ("a @ ttl.fill(1, shape=(2, 2))", np.broadcast_to(X.sum(1, keepdims=True), X.shape)),
        ("ttl.fill(1, shape=(1, 2)) @ ttl.fill(3, shape=(2, 2))", np.full(X.shape, 192)),
        ("ttl.block.broadcast(ttl.fill(5, shape=(1, 1)), o, dims=[0, 1]) + a", X + 5),
        ("a + ttl.block.broadcast(ttl.reduce_sum(ttl.fill(1, shape=(1, 2)), dims=[-1]), dims=[1])", X + 64),
        ("ttl.transpose(ttl.fill(2, shape=(2, 1))) * a", 2 * X),
        ("(ttl.fill(2) * 3 - ttl.fill(1, shape=(1, 2))) * a", 5 * X),
    ],
)
def test_operands(load: Any, expression: str, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(stored(load, expression), expected)


def test_a_fill_alone_has_the_format_of_what_it_meets(load: Any) -> None:
    np.testing.assert_array_equal(stored(load, "a * 0 + ttl.block.fill(0.1)", F32), np.full(X.shape, TENTH))
    np.testing.assert_array_equal(stored(load, "ttl.block.fill(0.1, shape=(1, 2))", F32), np.full(X.shape, TENTH))


@pytest.mark.parametrize("dtype", ["ttl.bfloat16", "ttnn.bfloat16", "'bf16'"])
def test_a_format_rounds_the_number(load: Any, dtype: str) -> None:
    for fill in (f"ttl.block.fill(0.1, shape=(1, 2), dtype={dtype})", f"ttl.typecast(ttl.fill(0.1), {dtype})"):
        np.testing.assert_array_equal(stored(load, fill, F32), np.full(X.shape, TENTH16))
        np.testing.assert_array_equal(stored(load, f"a * 0 + {fill}", F32), np.full(X.shape, TENTH16))


def test_a_wider_format_widens_what_it_meets(load: Any) -> None:
    wide = stored(load, "a * 0 + ttl.block.fill(0.1, shape=(1, 2), dtype=ttl.float32)", BF16, F32)
    np.testing.assert_array_equal(wide, np.full(X.shape, TENTH))
    function = "ttl.math.neg(ttl.block.fill(0.1, shape=(1, 2), dtype=ttl.float32))"
    np.testing.assert_array_equal(stored(load, function, BF16, F32), np.full(X.shape, -TENTH))


def test_integers(load: Any) -> None:
    values = stored(load, "a + ttl.block.fill(70000, shape=(1, 2), dtype=ttl.int32)", INT32)
    np.testing.assert_array_equal(values, X + 70000)


@pytest.mark.parametrize(
    ("expression", "code", "text"),
    [
        ("ttl.math.exp(ttl.fill(1))", "TTL0106", "whose shape nothing tells"),
        ("ttl.fill(1) @ a", "TTL0106", "whose shape nothing tells"),
        ("ttl.fill(1, shape=(1, 3))", "TTL0301", "1x3"),
        ("a + ttl.fill(1, shape=(2, 2), dtype=ttl.float32)", "TTL0301", "2x2"),
        ("ttl.fill(1, shape=(1, 2)) + ttl.fill(1, shape=(2, 1))", "TTL0301", "2x1"),
        ("ttl.fill(1, shape=(16, 64), layout=ttnn.ROW_MAJOR_LAYOUT)", "TTL0003", "whole 32x32 tiles"),
        ("ttl.fill(1, layout='square')", "TTL0107", "layout"),
        ("ttl.fill(1, tile=(16, 32))", "TTL0003", "16x32"),
        ("ttl.fill(1, tile=7)", "TTL0107", "tile"),
        ("ttl.fill(1, dtype='float8')", "TTL0107", "float8"),
        ("ttl.fill(0.5, dtype=ttl.int32)", "TTL0305", "0.5"),
        ("a + ttl.fill(1, shape=(1, 2), dtype=ttl.int32)", "TTL0305", "int32"),
        ("ttl.fill(a)", "TTL0106", "value of fill is None"),
        ("ttl.fill()", "TTL0107", "value"),
    ],
)
def test_mistakes(load: Any, expression: str, code: str, text: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        stored(load, expression)
    (found,) = raised.value.diagnostics
    assert found.code == code
    assert text in found.message
    assert found.span is not None
