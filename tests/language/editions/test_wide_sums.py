"""How many bits DST has for sums in each edition, what the plan says of it, and what it does to results."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.both_ways import both_ways
from tests.support.kernel_texts import load
from ttlang import ttl, ttnn

K = 16
KERNEL = """
@ttl.DECORATOR(grid=(1, 1)OPTIONS)
def kernel(a, b, out):
    a_b, b_b, out_b = ttl.BUFFER(a, shape=(1, K)), ttl.BUFFER(b, shape=(K, 1)), ttl.BUFFER(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        with a_b.wait() as x, b_b.wait() as y, out_b.reserve() as o:
            o.store(EXPRESSION)

    @ttl.datamovement()
    def read():
        with a_b.reserve() as block:
            ttl.copy(a[0, 0:K], block).wait()
        with b_b.reserve() as block:
            ttl.copy(b[0:K, 0], block).wait()

    @ttl.datamovement()
    def write():
        with out_b.wait() as block:
            ttl.copy(block, out[0, 0]).wait()
"""
BUFFERS = {"kernel": "make_circular_buffer_like", "operation": "make_dataflow_buffer_like"}


def make(decorator: str, expression: str, options: str = "") -> Any:
    text = KERNEL.replace("DECORATOR", decorator).replace("BUFFER", BUFFERS[decorator]).replace("OPTIONS", options)
    return load(text.replace("EXPRESSION", expression), K=K, ttl=ttl)


def tensors(dtype: str = "bfloat16") -> list[Any]:
    device, random = ttnn.open_device(device_id=0), np.random.default_rng(0)
    values = random.normal(size=(32, 32 * K)), random.normal(size=(32 * K, 32)), np.zeros((32, 32))
    return [
        ttnn.from_numpy(value.astype(np.float32), dtype=getattr(ttnn, dtype), layout=ttnn.TILE_LAYOUT, device=device)
        for value in values
    ]


REDUCED = "ttl.broadcast(ttl.{0}(x, dims=[0, 1]) + ttl.{0}(y, dims=[0, 1]), dims=[0, 1])"
SUMS = ("x @ y", "ttl.math.exp(ttl.matmul(x, y))", REDUCED.format("reduce_sum"))


@pytest.mark.parametrize("expression", SUMS)
def test_sums_are_wide_in_2026(expression: str) -> None:
    plan = make("operation", expression).compile(*tensors()).plan().splitlines()
    assert "4 tiles of 32 bits in a DST section" in plan[0]
    assert plan[1].startswith("DST has 32 bits, as sums have them in 2026: ")
    assert plan[1].endswith(":9; fp32_dest_acc_en=False leaves 16, and 8 tiles in a section")
    assert "8 tiles of 16 bits" in make("kernel", expression).compile(*tensors()).plan()


def test_a_maximum_is_as_in_2025() -> None:
    for decorator in BUFFERS:
        assert "8 tiles of 16 bits" in make(decorator, REDUCED.format("reduce_max")).compile(*tensors()).plan()


@pytest.mark.parametrize("decorator", BUFFERS)
@pytest.mark.parametrize(("chosen", "bits"), [(True, 32), (False, 16)])
def test_the_author_overrules_the_edition(decorator: str, chosen: bool, bits: int) -> None:
    plan = make(decorator, "x @ y", f", fp32_dest_acc_en={chosen}").compile(*tensors()).plan()
    assert f"tiles of {bits} bits" in plan
    assert "as sums have them" not in plan


def test_a_format_says_it_already() -> None:
    assert "as sums have them" not in make("operation", "x @ y").compile(*tensors("float32")).plan()


def test_a_sum_of_2026_is_rounded_once() -> None:
    """Also in C++, whose runner sets what the plan says."""
    a, b, out = tensors()
    x, y = (ttnn.to_numpy(t).astype(np.float64) for t in (a, b))
    errors: dict[str, float] = {}
    with both_ways() as done:
        for decorator in BUFFERS:
            make(decorator, "x @ y")(a, b, out)
            errors[decorator] = np.abs(ttnn.to_numpy(out).astype(np.float64) - x @ y).max()
    assert done == {"0.69": 2, "0.81": 2}
    half_a_step = 2**-9 * np.abs(x @ y).max()
    assert errors["operation"] < 1.1 * half_a_step < errors["kernel"] / 2
