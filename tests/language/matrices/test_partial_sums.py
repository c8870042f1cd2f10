"""Sums of tiles that a section has just computed, which the packer adds up before the FPU does."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.both_ways import both_ways
from ttlang import ttnn
from ttlang.driver.launch import simulate
from ttlang.tables.chips import CHIPS

Make = Callable[..., Any]
AXES = {"[0]": 1, "[1]": 0, "[0, 1]": (0, 1)}
"""The dimensions of a reduction, as the first edition counts them, and the axes of numpy."""
BACK = {"[0]": "[1]", "[1]": "[0]", "[0, 1]": "[0, 1]"}
"""Those of the broadcast that repeats its result."""
TERMS = {
    "ttl.math.exp(x)": np.exp,
    "ttl.math.tanh(x)": np.tanh,
    "ttl.math.exp(x) * x": lambda x: np.exp(x) * x,
}


def tensors(tiles: tuple[int, int], seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((32 * tiles[0], 32 * tiles[1])).astype(np.float32)
    more = {"dtype": ttnn.bfloat16, "layout": ttnn.TILE_LAYOUT, "device": ttnn.open_device(device_id=0)}
    return [ttnn.from_numpy(each, **more) for each in (x, np.zeros_like(x))]


def values(tensor: Any) -> Any:
    return ttnn.to_numpy(tensor).astype(np.float64)


def check(compiled: Any, given: list[Any], terms: Callable[[Any], Any], dims: str, *, error: float) -> None:
    """The sums, everywhere in their rows and columns, are off by so much of the sum of magnitudes."""
    with both_ways() as done:
        simulate(compiled, given, numerics="chip")
    assert done
    assert all(done.values())
    x, out = map(values, given)
    exact = terms(x)
    sums, size = (each.sum(axis=AXES[dims], keepdims=True) for each in (exact, np.abs(exact)))
    assert (np.abs(out - sums) <= error * size).all()


def sums_of(terms: str, dims: str) -> str:
    """An expression of a block x: sums of terms, in all places that they are sums of."""
    return f"ttl.broadcast(ttl.reduce_sum({terms}, dims={dims}), x, dims={BACK[dims]}) + x * 0"


@pytest.mark.parametrize("seed", range(6))
def test_random_blocks(elementwise: Make, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A term is cut to bfloat16 in DST twice at most, which is worth two roundings each. A sum is rounded for each further
    tile, and twice by DST.
    """
    choose = random.Random(seed)
    monkeypatch.setenv("TTLANG_ARCH", choose.choice(list(CHIPS)))
    block = choose.randint(2, 5), choose.randint(2, 6)
    dims, terms = list(AXES)[seed % len(AXES)], choose.choice(list(TERMS))
    steps = {"[0]": block[1], "[1]": block[0], "[0, 1]": block[0] * block[1]}[dims]
    # Each turn of the kernel has sums of its own.
    given = tensors((2 * block[0], block[1]) if dims == "[0]" else block, seed)
    compiled = elementwise(sums_of(terms, dims), block=block, fp32_dest_acc_en=False).compile(*given)
    check(compiled, given, TERMS[terms], dims, error=(steps + 5) * 2.0**-8)


@pytest.mark.parametrize("dims", list(AXES))
def test_the_packer_adds_up_what_the_fpu_would_take_long_for(elementwise: Make, dims: str) -> None:
    given = tensors((4, 4), 1)
    compiled = elementwise(sums_of("ttl.math.exp(x)", dims), block=(4, 4), fp32_dest_acc_en=False).compile(*given)
    assert "_sums_cb[sum" in compiled.plan()


def test_sums_in_float32_are_cut_as_their_terms_are(elementwise: Make) -> None:
    """A 32-bit DST keeps more of an exponential than bfloat16 has; the FPU reads tf32, cut to 11 bits."""
    given = tensors((2, 6), 2)
    compiled = elementwise(sums_of("ttl.math.exp(x)", "[0]"), block=(2, 6), fp32_dest_acc_en=True).compile(*given)
    assert "_sums_cb[sums of rows]" in compiled.plan()
    # The result is bfloat16; before that it is cut once more, to be repeated.
    check(compiled, given, np.exp, "[0]", error=2 * 2.0**-10 + 2.0**-8)


@pytest.mark.parametrize(
    ("terms", "block", "wide"),
    [
        ("ttl.math.relu(x)", (2, 6), True),  # bfloat16, which the FPU reads whole
        ("ttl.math.exp(x)", (1, 32), False),  # of as many tiles its author is warned
        ("x", (2, 6), False),  # in L1 as it is
        ("ttl.math.exp(x)", (2, 1), False),  # nothing to add up
    ],
)
def test_others_are_left_to_the_fpu(elementwise: Make, terms: str, block: tuple[int, int], wide: bool) -> None:
    given = tensors(block, 3)
    compiled = elementwise(sums_of(terms, "[0]"), block=block, fp32_dest_acc_en=wide).compile(*given)
    assert "_sums_cb[" not in compiled.plan()
