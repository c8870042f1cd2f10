"""Buffers that the compiler makes keep what DST has: 32 bits where it has them and bfloat16 would lose some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ttlang import ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.launch import simulate

Make = Callable[..., Any]


def made(plan: str) -> list[tuple[str, str]]:
    """Name and format of the buffers that the compiler made, constants aside."""
    rows = [line.split() for line in plan.splitlines() if "made by the compiler" in line]
    return [(row[0], row[2]) for row in rows if row[0] not in ("ones_cb", "zeros_cb")]


def tensors(*dtypes: Any, sizes: tuple[int, int] = (64, 64)) -> list[Any]:
    rng = np.random.default_rng(3)
    device = ttnn.open_device(device_id=0)
    return [
        ttnn.from_numpy(
            rng.standard_normal(sizes).astype(np.float32), dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device
        )
        for dtype in dtypes
    ]


WIDE: dict[str, Callable[[Any, Any], Any]] = {
    "x - ttl.broadcast(ttl.math.log(ttl.reduce_sum(ttl.math.exp(x), dims=[0])), dims=[1]) + y * 0": (
        lambda x, y: x - np.log(np.exp(x).sum(1, keepdims=True))
    ),
    "ttl.broadcast(ttl.reduce_sum(x * y, dims=[1]), dims=[0])": lambda x, y: (x * y).sum(0, keepdims=True) + 0 * x,
    "(x * y) @ y": lambda x, y: (x * y) @ y,
    "y @ ttl.transpose(x + y * 0.1)": lambda x, y: y @ (x + y * 0.1).T,
    "ttl.transpose(x * y) + x": lambda x, y: (x * y).T + x,
    "ttl.math.exp(x * y) * ttl.broadcast(ttl.math.recip(ttl.reduce_sum(ttl.math.exp(x * y), dims=[0])), dims=[1])": (
        lambda x, y: np.exp(x * y) / np.exp(x * y).sum(1, keepdims=True)
    ),
}


@pytest.mark.parametrize("expression", WIDE)
def test_what_a_wide_dst_computes_is_kept_in_32_bits(elementwise: Make, expression: str) -> None:
    """bfloat16 between would be off by 2^-9 of a value: here it is float32 without, and tf32 with, chip arithmetic."""
    x, y, out = tensors(ttnn.bfloat16, ttnn.bfloat16, ttnn.float32)
    compiled = elementwise(expression, 2, block=(2, 2), fp32_dest_acc_en=True).compile(x, y, out)
    formats = {dtype for _, dtype in made(compiled.plan())}
    assert formats == {"f32"}
    expected = WIDE[expression](*(ttnn.to_numpy(t).astype(np.float64) for t in (x, y)))
    scale = np.abs(expected).max()
    for mode, bound in (("fast", 2.0**-20), ("chip", 2.0**-9)):
        simulate(compiled, [x, y, out], numerics=mode)
        assert np.abs(ttnn.to_numpy(out) - expected).max() <= bound * scale, mode


NARROW = {
    "ttl.transpose(ttl.math.max(x, y)) + x": "bf16",
    "x - ttl.broadcast(ttl.reduce_max(x, dims=[0]), dims=[1]) + y": "bf16",
    "x - ttl.broadcast(ttl.reduce_max(abs(-x), dims=[0]), dims=[1]) + y": "bf16",
    "ttl.transpose(ttl.where(x > y, x, 0.5)) + y": "bf16",
    "ttl.transpose(ttl.where(x > y, x, 0.3)) + y": "f32",  # 0.3 is none of bfloat16
    "ttl.transpose(ttl.typecast(ttl.typecast(x * y, ttl.float32), ttl.bfloat16)) + x": "bf16",
    "ttl.transpose(ttl.math.max(x * y, y)) + x": "f32",
    "ttl.transpose((x * y > y) * 1) + x": "f32",
    "ttl.transpose(x * y > y) + x": "bf16",
}


@pytest.mark.parametrize("expression", NARROW)
def test_what_bfloat16_holds_is_kept_in_it(elementwise: Make, expression: str) -> None:
    x, y, out = tensors(ttnn.bfloat16, ttnn.bfloat16, ttnn.float32)
    compiled = elementwise(expression, 2, block=(2, 2), fp32_dest_acc_en=True).compile(x, y, out)
    assert {dtype for _, dtype in made(compiled.plan())} == {NARROW[expression]}


# A conversion to float32 makes DST wide.
@pytest.mark.parametrize("expression", [each for each in (*WIDE, *NARROW) if "float32" not in each])
def test_a_narrow_dst_has_no_more(elementwise: Make, expression: str) -> None:
    x, y, out = tensors(ttnn.bfloat16, ttnn.bfloat16, ttnn.bfloat16)
    compiled = elementwise(expression, 2, block=(2, 2)).compile(x, y, out)
    assert {dtype for _, dtype in made(compiled.plan())} == {"bf16"}


@pytest.mark.parametrize(
    ("scaler", "factor"),
    [("y", lambda y: y), ("y * y", lambda y: y * y), ("ttl.typecast(y, ttl.bfloat16)", lambda y: y)],
)
@pytest.mark.parametrize("of", ["x", "x * x"])
def test_a_scaler_of_another_format_than_the_operand(elementwise: Make, of: str, scaler: str, factor: Any) -> None:
    device = ttnn.open_device(device_id=0)
    x, out = tensors(ttnn.bfloat16, ttnn.float32, sizes=(32, 32))
    y = ttnn.from_numpy(np.full((32, 32), 0.3, np.float32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    text = f"ttl.broadcast(ttl.reduce_sum({of}, {scaler}, dims=[0]), dims=[1])"
    compiled = elementwise(text, 2, fp32_dest_acc_en=True).compile(x, y, out)
    xs, ys = (ttnn.to_numpy(t).astype(np.float64) for t in (x, y))
    expected = np.broadcast_to((xs * xs if "*" in of else xs).sum(1, keepdims=True) * factor(ys[0, 0]), (32, 32))
    simulate(compiled, [x, y, out], numerics="fast")
    np.testing.assert_allclose(ttnn.to_numpy(out), expected, rtol=1e-5, atol=1e-5)
    simulate(compiled, [x, y, out], numerics="chip")
    np.testing.assert_allclose(ttnn.to_numpy(out), expected, rtol=2.0**-8, atol=2.0**-8)


CENTRED = "(lambda v: v - ttl.broadcast(ttl.reduce_max(v, dims=[0]), dims=[1]))(x * y)"


def test_without_room_in_l1_it_is_bfloat16_and_the_plan_says_so(elementwise: Make) -> None:
    """Three rings of two blocks take 1080 KiB of 1360; one block more 180 in bfloat16, and 360 in float32."""
    x, y, out = tensors(ttnn.bfloat16, ttnn.bfloat16, ttnn.bfloat16, sizes=(288, 320))
    kernel = elementwise(CENTRED, 2, block=(9, 10), fp32_dest_acc_en=True)
    compiled = kernel.compile(x, y, out)
    lines = [line.split(maxsplit=5) for line in compiled.plan().splitlines() if "made by the compiler" in line]
    (large,) = [line for line in lines if line[3] == "9x10"]
    assert large[2] == "bf16"
    assert "in 16 bits: L1 has no room for the 32 of DST" in large[-1]
    assert all("no room" not in line[-1] for line in lines if line is not large)
    simulate(compiled, [x, y, out], numerics="fast")
    v = ttnn.to_numpy(x).astype(np.float64) * ttnn.to_numpy(y).astype(np.float64)
    expected = v - v.max(1, keepdims=True)
    assert np.abs(ttnn.to_numpy(out) - expected).max() <= 2.0**-7 * np.abs(expected).max()


def lessened(value: str) -> str:
    return f"({value} - ttl.broadcast(ttl.reduce_sum({value}, dims=[0]), dims=[1]))"


DEEP = (
    "(lambda a, b: (lambda c, d: ((a - d) * (b + c)) * ((a * c) - (a * b)) + ((c - b) * (d - a)) * ((d * a) - (b * c)))"
    f"({lessened('a')}, {lessened('b')}))(x * 2.5, ttl.math.exp(x))"
)


def test_what_dst_spills_has_room_beside_it(elementwise: Make) -> None:
    """The operands of reductions in 32 bits would leave too little for the spills of a DST of 4 tiles."""
    x, out = tensors(ttnn.bfloat16, ttnn.bfloat16, sizes=(160, 352))
    compiled = elementwise(DEEP, 1, block=(5, 11), fp32_dest_acc_en=True).compile(x, out)
    lines = [line for line in compiled.plan().splitlines() if "made by the compiler" in line]
    assert any(line.split()[0].startswith("spill") for line in lines)
    assert any("no room" in line for line in lines)
    simulate(compiled, [x, out], numerics="fast")
    v = ttnn.to_numpy(x).astype(np.float64)
    a, b = v * 2.5, np.exp(v)
    c, d = a - a.sum(1, keepdims=True), b - b.sum(1, keepdims=True)
    expected = (a - d) * (b + c) * (a * c - a * b) + (c - b) * (d - a) * (d * a - b * c)
    assert np.abs(ttnn.to_numpy(out) - expected).max() <= 2.0**-5 * np.abs(expected).max()


TWO_MAXIMA = """
from ttlang import ttl

@ttl.kernel(grid=(1, 1))
def kernel(x, y, out):
    x_cb, y_cb = (ttl.make_circular_buffer_like(t, shape=(1, {columns})) for t in (x, y))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        with x_cb.wait() as a, y_cb.wait() as b:
            with out_cb.reserve() as o:
                o.store(ttl.reduce_max(a * 2.5, dims=[0]))
            with out_cb.reserve() as o:
                o.store(ttl.reduce_max(b * 0.3, dims=[0]))

    @ttl.datamovement()
    def read():
        with x_cb.reserve() as a, y_cb.reserve() as b:
            ttl.copy(x[0, :], a).wait()
            ttl.copy(y[0, :], b).wait()

    @ttl.datamovement()
    def write():
        for column in range(2):
            with out_cb.wait() as o:
                ttl.copy(o, out[0, column]).wait()
"""


@pytest.mark.parametrize("columns", [80, 88])
def test_a_float32_value_is_never_narrowed(load: Callable[[str], Any], columns: int) -> None:
    """A product of bfloat16 blocks and one of float32 blocks take one buffer after the other: it keeps its 32 bits."""
    device = ttnn.open_device(device_id=0)
    x, y, out = (
        ttnn.from_numpy(np.ones(sizes, np.float32), dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)
        for dtype, sizes in (
            (ttnn.bfloat16, (32, 32 * columns)),
            (ttnn.float32, (32, 32 * columns)),
            (ttnn.float32, (1, 33)),
        )
    )
    kernel = load(TWO_MAXIMA.format(columns=columns)).kernel
    if columns > 80:
        with pytest.raises(DiagnosticError, match="TTL0701"):
            kernel.compile(x, y, out)
        return
    with pytest.warns(UserWarning, match="TTL0603"):
        compiled = kernel.compile(x, y, out)
    simulate(compiled, [x, y, out], numerics="fast")
    assert ttnn.to_numpy(out)[0, 32] == np.float32(0.3)


def test_with_room_nothing_is_said(elementwise: Make) -> None:
    x, y, out = tensors(ttnn.bfloat16, ttnn.bfloat16, ttnn.bfloat16)
    plan = elementwise(CENTRED, 2, block=(2, 2), fp32_dest_acc_en=True).compile(x, y, out).plan()
    assert "no room" not in plan
