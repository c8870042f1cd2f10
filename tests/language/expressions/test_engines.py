"""Which unit computes sums and products, and that it gives the result to the format's accuracy, in both routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.both_ways import both_ways
from ttlang import ttnn
from ttlang.driver.launch import simulate

Make = Callable[..., Any]


def tensors(*dtypes: Any, sizes: tuple[int, int] = (64, 96)) -> list[Any]:
    rng = np.random.default_rng(5)
    device = ttnn.open_device(device_id=0)
    return [
        ttnn.from_numpy(
            rng.standard_normal(sizes).astype(np.float32), dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device
        )
        for dtype in dtypes
    ]


def values(tensor: Any) -> Any:
    return ttnn.to_numpy(tensor).astype(np.float64)


def run(compiled: Any, given: list[Any]) -> None:
    with both_ways() as done:
        simulate(compiled, given, numerics="chip")
    assert all(done.values())
    assert done


@pytest.mark.parametrize("fidelity", ["HiFi4", "HiFi2"])
def test_a_square_of_a_tile_in_l1_is_the_fpus_where_that_loses_nothing(elementwise: Make, fidelity: str) -> None:
    """
    bfloat16 has 8 bits, so a product has 16: all of them are in float32. HiFi2 leaves the last bit of one factor out.
    """
    x, out = tensors(ttnn.bfloat16, ttnn.float32)
    compiled = elementwise("x * x", 1, block=(2, 3), fp32_dest_acc_en=True, math_fidelity=fidelity).compile(x, out)
    assert ("mul(x_cb, x_cb)[FPU]" in compiled.plan()) == (fidelity == "HiFi4")
    run(compiled, [x, out])
    assert np.array_equal(values(out), values(x) ** 2)


def test_a_sum_that_only_the_fpu_reads_is_the_fpus(elementwise: Make) -> None:
    """The reduction reads tf32, of 11 bits, and the FPU adds with so many: each term is cut twice."""
    x, y, out = tensors(ttnn.bfloat16, ttnn.bfloat16, ttnn.float32)
    expression = "ttl.broadcast(ttl.reduce_sum(x + y, dims=[0]), dims=[1]) + x * 0"
    compiled = elementwise(expression, 2, block=(2, 3), fp32_dest_acc_en=True).compile(x, y, out)
    assert "add(x_cb, y_cb)[FPU]" in compiled.plan()
    run(compiled, [x, y, out])
    expected = (values(x) + values(y)).sum(axis=1, keepdims=True)
    size = (np.abs(values(x)) + np.abs(values(y))).sum(axis=1, keepdims=True)
    assert (np.abs(values(out) - expected) <= 2 * 2.0**-11 * size).all()


def test_a_tile_that_is_moved_as_well_is_read_again(elementwise: Make) -> None:
    """x comes to DST for its exponential; the FPU takes it from L1 a second time, and the SFPU isn't waited for."""
    x, y, out = tensors(ttnn.bfloat16, ttnn.bfloat16, ttnn.bfloat16)
    compiled = elementwise("ttl.math.exp(x) + x * y", 2, block=(2, 3), fp32_dest_acc_en=False).compile(x, y, out)
    assert "mul_add(x_cb, y_cb, exp(x_cb))[FPU]" in compiled.plan()
    run(compiled, [x, y, out])
    expected = np.exp(values(x)) + values(x) * values(y)
    # Roundings to bfloat16, one unit each, as a 16-bit DST cuts: the exponential, its function, four phases of the
    # product, the sum, the pack.
    scale = np.exp(values(x)) + np.abs(values(x) * values(y))
    assert (np.abs(values(out) - expected) <= 8 * 2.0**-8 * scale).all()


PRODUCTS = {
    "ttl.math.exp(x) - x + x * y": "mul_add(x_cb, y_cb, ",
    "x * y + y * x": "mul_add(",
    "ttl.math.exp(-x) + y * ttl.broadcast(x, y, dims=[1])": "mul_add(y_cb, x_cb, exp(neg(x_cb)))[col of the second",
    "(x * y) * (x * y + ttl.math.exp(x))": "mul_add(x_cb, y_cb, exp(x_cb))[FPU]",
    # Not computed in DST.
    "x * y + y": "",
}


@pytest.mark.parametrize("expression", PRODUCTS)
@pytest.mark.parametrize("wide", [False, True])
def test_a_product_is_added_to_what_dst_holds(elementwise: Make, expression: str, wide: bool) -> None:
    """
    Each of at most four steps rounds to bfloat16, and the FPU in each of four phases, as a 16-bit DST cuts; none is
    larger than the terms.
    """
    x, y, out = tensors(ttnn.bfloat16, ttnn.bfloat16, ttnn.bfloat16, sizes=(32, 32))
    compiled = elementwise(expression, 2, fp32_dest_acc_en=wide).compile(x, y, out)
    assert PRODUCTS[expression] in compiled.plan()
    assert ("mul_add" in compiled.plan()) == bool(PRODUCTS[expression])
    run(compiled, [x, y, out])
    a, b = values(x), values(y)
    first = a[:, :1]
    expected, terms = {
        "ttl.math.exp(x) - x + x * y": (np.exp(a) - a + a * b, np.exp(a) + abs(a) + abs(a * b)),
        "x * y + y * x": (2 * a * b, 2 * abs(a * b)),
        "ttl.math.exp(-x) + y * ttl.broadcast(x, y, dims=[1])": (np.exp(-a) + b * first, np.exp(-a) + abs(b * first)),
        "x * y + y": (a * b + b, abs(a * b) + abs(b)),
        "(x * y) * (x * y + ttl.math.exp(x))": (
            a * b * (a * b + np.exp(a)),
            abs(a * b) * (abs(a * b) + np.exp(a)),
        ),
    }[expression]
    assert (np.abs(values(out) - expected) <= 16 * 2.0**-8 * terms).all()


def test_float32_of_the_author_stays_whole(elementwise: Make) -> None:
    x, y, out = tensors(ttnn.float32, ttnn.float32, ttnn.float32)
    compiled = elementwise("x * x + y", 2, block=(2, 3)).compile(x, y, out)
    assert "FPU" not in compiled.plan()
    run(compiled, [x, y, out])
    expected = values(x) ** 2 + values(y)
    assert (np.abs(values(out) - expected) <= 2.0**-22 * (values(x) ** 2 + np.abs(values(y)))).all()


CENTRED = "x - ttl.broadcast(ttl.reduce_sum(x, dims=[0]) * (1 / 256), dims=[1])"
SCALED = {
    "mul": ("ttl.math.exp(x) * ttl.broadcast(ttl.reduce_max(y, dims=[1]), dims=[0])", lambda e, r: e * r),
    "add": ("ttl.broadcast(ttl.reduce_max(y, dims=[1]), dims=[0]) + ttl.math.exp(x)", lambda e, r: e + r),
    "sub": ("ttl.math.exp(x) - ttl.broadcast(ttl.reduce_max(y, dims=[1]), dims=[0])", lambda e, r: e - r),
}
"""With what they make of an exponential and a row."""


@pytest.mark.parametrize("dst32", [False, True])
@pytest.mark.parametrize("kind", SCALED)
def test_a_broadcast_beside_a_computed_value_is_read_by_the_fpu(elementwise: Make, kind: str, dst32: bool) -> None:
    x, y, out = tensors(ttnn.bfloat16, ttnn.bfloat16, ttnn.bfloat16, sizes=(32, 256))
    expression, function = SCALED[kind]
    kernel = elementwise(expression, 2, block=(1, 8), fp32_dest_acc_en=dst32)
    compiled = kernel.compile(x, y, out)
    assert f"= {kind}(exp_cb, reduce_max_cb)[row of the second, FPU]" in compiled.plan()
    assert "zeros" not in compiled.plan()
    run(compiled, [x, y, out])
    e, row = np.exp(values(x)), values(y).max(axis=0, keepdims=True)
    # Roundings to bfloat16, one unit each where a 16-bit DST cuts: the exponential, its function, four phases of the
    # product, the pack.
    assert (np.abs(values(out) - function(e, row)) <= 7 * 2.0**-8 * np.maximum(e, np.abs(function(e, row)))).all()


def test_of_a_few_tiles_it_is_not(elementwise: Make) -> None:
    """A computation of its own costs inits, which two tiles don't pay for."""
    x, y, out = tensors(ttnn.bfloat16, ttnn.bfloat16, ttnn.bfloat16, sizes=(32, 32))
    plan = elementwise(SCALED["mul"][0], 2, block=(1, 1), fp32_dest_acc_en=True).compile(x, y, out).plan()
    assert "add(zeros_cb, reduce_max_cb)[row of the second, FPU]" in plan


def test_what_the_author_keeps_in_float32_does_not_go_through_the_fpu(elementwise: Make) -> None:
    """Where the result, or another use of the value, keeps more than tf32."""
    x, y, wide = tensors(ttnn.bfloat16, ttnn.bfloat16, ttnn.float32, sizes=(32, 256))
    compiled = elementwise(SCALED["mul"][0], 2, block=(1, 8)).compile(x, y, wide)
    assert "exp_cb" not in compiled.plan()
    run(compiled, [x, y, wide])
    expected = np.exp(values(x)) * values(y).max(axis=0, keepdims=True)
    # The exponential's own error (docs/functions.md), and that of one product.
    assert (np.abs(values(wide) - expected) <= 2.0**-8 * np.abs(expected)).all()


def test_a_value_is_computed_once_for_its_square_and_for_another_product(elementwise: Make) -> None:
    x, out = tensors(ttnn.bfloat16, ttnn.bfloat16, sizes=(32, 256))
    norm = "ttl.broadcast(ttl.math.rsqrt(ttl.reduce_sum(c * c, dims=[0]) + 1.0), dims=[1])"
    expression = f"(lambda c: c * {norm})({CENTRED})"
    compiled = elementwise(expression, 1, block=(1, 8), fp32_dest_acc_en=True).compile(x, out)
    plan = compiled.plan()
    assert plan.count("sub(x_cb") == 1
    assert plan.count("FPU]") == 3
    run(compiled, [x, out])
    centred = values(x) - values(x).mean(axis=1, keepdims=True)
    expected = centred / np.sqrt((centred**2).sum(axis=1, keepdims=True) + 1)
    # The result is rounded to bfloat16. Values are cut to tf32, and the FPU leaves out the last bit of the first of two
    # factors: so once in the result, and, of the sum of squares, half of what both factors have. The mean is cut, too.
    relative = 2.0**-9 + 2.0**-9 + 2.0**-10 + (2.0**-9 + 2.0**-10) / 2
    assert (np.abs(values(out) - expected) <= relative * np.abs(expected) + 2.0**-11 * np.abs(expected).max()).all()


@pytest.mark.parametrize("dst32", [False, True])
@pytest.mark.parametrize("dim", [0, 1])
def test_a_power_of_two_is_the_scaler_of_a_sum(elementwise: Make, dim: int, dst32: bool) -> None:
    """All bits are those of the sum itself, but for the exponent."""
    total = f"ttl.reduce_sum(x, dims=[{dim}])"

    def compiled(value: str) -> Any:
        expression = f"ttl.broadcast({value}, dims=[{1 - dim}])"
        return elementwise(expression, 1, block=(2, 2), fp32_dest_acc_en=dst32).compile(x, plain)

    x, scaled, plain = tensors(ttnn.bfloat16, ttnn.bfloat16, ttnn.bfloat16, sizes=(64, 64))
    mean = compiled(f"{total} * (1 / 64)")
    assert "reduce_sum(x_cb, scale_cb)" in mean.plan()
    assert "mul_unary(" not in mean.plan()
    assert "mul_unary(reduce_sum(x_cb, ones_cb)" in compiled(f"{total} * 0.3").plan()
    run(mean, [x, scaled])
    run(compiled(total), [x, plain])
    assert np.array_equal(values(scaled) * 64, values(plain))


def test_of_both_dimensions_it_is_not(elementwise: Make) -> None:
    """The scaler would count twice."""
    x, out = tensors(ttnn.bfloat16, ttnn.bfloat16, sizes=(64, 64))
    compiled = elementwise("ttl.broadcast(ttl.reduce_sum(x, dims=[0, 1]) * 0.25, dims=[0, 1])", 1, block=(2, 2))
    compiled = compiled.compile(x, out)
    assert "mul_unary(" in compiled.plan()
    run(compiled, [x, out])
    # Each of the four tiles is four faces of 16 rows, then of 16 columns: cut to bfloat16 in between.
    exact = values(x).sum() / 4
    assert (np.abs(values(out) - exact) <= 2.0**-7 * np.abs(values(x)).sum() / 4).all()
