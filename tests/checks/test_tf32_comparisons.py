"""Comparisons of a float32 value with what the FPU has read of it: warned of when they are compiled."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ttlang import ttl, ttnn
from ttlang.diagnostics import TTLangWarning
from ttlang.driver.launch import simulate

Make = Callable[..., Any]
M = "ttl.broadcast(ttl.reduce_max(x, dims=[0]), dims=[1])"


def said(kernel: Any, dtype: Any = ttnn.float32, size: int = 64) -> list[str]:
    """Codes of what is said of a kernel of two operands."""
    device = ttnn.open_device(device_id=0)
    tensors = [ttnn.ones((size, size), dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(3)]
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        kernel.compile(*tensors)
    return [w.message.diagnostic.code for w in found if isinstance(w.message, TTLangWarning)]


WARNED = [
    f"(x == {M}) * y",
    f"({M} != x) * y",
    f"(x >= {M}) * y",
    f"(x < {M}) * y",
    f"ttl.where(x - {M}, y, 0.0)",
    f"ttl.where(x - {M} == 0, y, 0.0)",
    f"ttl.math.gez(x - {M}) * y",
    f"ttl.math.logical_not(abs(x - {M})) * y",
    f"(-x == -{M}) * y",
    f"(x * 2 == {M} * 2) * y",
    f"(ttl.math.max(x, {M}) == x) * y",
    "(lambda v: (v == ttl.broadcast(ttl.reduce_max(v, dims=[1]), dims=[0])) * 1)(x * y)",
    "(x == ttl.broadcast(ttl.reduce_max(x), dims=[0, 1])) * y",
    "(x == x @ y) * 1",
    "(ttl.transpose(x) == ttl.broadcast(ttl.reduce_max(ttl.transpose(x), dims=[0]), dims=[1])) * y",
]
FINE = [
    f"ttl.math.exp(x - {M}) * y",
    f"(abs(x - {M}) < 0.001) * y",
    f"(y == {M}) * x",
    f"({M} == {M}) * x * y",
    "(x > ttl.broadcast(ttl.reduce_sum(x, dims=[0]) * 0.015625, dims=[1])) * y",
    "(ttl.transpose(x) == x) * y",
    f"ttl.where(x > y, x, {M})",
    "(lambda v: (v == ttl.broadcast(ttl.reduce_max(v, dims=[0]), dims=[1])) * y)(ttl.typecast(x, ttl.bfloat16))",
]


@pytest.mark.parametrize("expression", WARNED)
def test_warned_of(elementwise: Make, expression: str) -> None:
    assert "TTL0607" in said(elementwise(expression, 2, block=(2, 2)))


@pytest.mark.parametrize("expression", FINE)
def test_not_warned_of(elementwise: Make, expression: str) -> None:
    assert "TTL0607" not in said(elementwise(expression, 2, block=(2, 2)))


@pytest.mark.parametrize("expression", WARNED)
def test_bfloat16_is_read_whole(elementwise: Make, expression: str) -> None:
    assert "TTL0607" not in said(elementwise(expression, 2, block=(2, 2)), ttnn.bfloat16)


def through_buffers(*, again: bool) -> Any:
    """The maximum goes through a buffer; with `again`, x is read from its tensor a second time, into another buffer."""

    @ttl.kernel(grid=(1, 1))
    def kernel(x, y, out):
        x_cb, m_cb, k_cb, x2_cb, out_cb = (ttl.make_circular_buffer_like(x, shape=(1, 1)) for _ in range(5))
        y_cb = ttl.make_circular_buffer_like(y, shape=(1, 1))

        @ttl.compute()
        def compute():
            with x_cb.wait() as v, m_cb.reserve() as m, k_cb.reserve() as k:
                m.store(ttl.reduce_max(v, dims=[0]))
                k.store(v)
            with m_cb.wait() as m, k_cb.wait() as k, x2_cb.wait() as x2, y_cb.wait() as w, out_cb.reserve() as o:
                mask = (x2 if again else k) == ttl.broadcast(m, dims=[1])
                o.store(mask * w + (k if again else x2))

        @ttl.datamovement()
        def read():
            for t, cb in ((x, x_cb), (x, x2_cb), (y, y_cb)):
                with cb.reserve() as block:
                    ttl.copy(t[0, 0], block).wait()

        @ttl.datamovement()
        def write():
            with out_cb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()

    return kernel


@pytest.mark.parametrize("again", [False, True])
def test_through_buffers_and_tensors(again: bool) -> None:
    assert "TTL0607" in said(through_buffers(again=again), size=32)


def test_the_way_out_works_on_the_chip(elementwise: Make) -> None:
    """What the hint says: the comparison holds for one element of each row, where x as it is has none."""
    device = ttnn.open_device(device_id=0)
    x = np.random.default_rng(5).standard_normal((32, 32)).astype(np.float32)
    t, y, out = (
        ttnn.from_numpy(v, dtype=ttnn.float32, layout=ttnn.TILE_LAYOUT, device=device)
        for v in (x, np.ones_like(x), np.zeros_like(x))
    )
    counts: list[int] = []
    for expression in (WARNED[0], FINE[-1]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TTLangWarning)
            compiled = elementwise(expression, 2).compile(t, y, out)
        simulate(compiled, [t, y, out], numerics="chip")
        counts.append(int((ttnn.to_numpy(out).sum(1) >= 1).sum()))
    assert counts == [0, 32]
