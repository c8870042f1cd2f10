"""With `allow_tf32` the FPU computes with float32 blocks, as tf32: which calls that are, and what they lose."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from runpy import run_path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.both_ways import every_way
from ttlang import ttnn
from ttlang.driver.launch import simulate

Make = Callable[..., Any]
CUT = 2.0**-10
"""What is cut off of a float32 is less than so much of it. Of the first factor of a product, twice as much."""


def tensor(values: Any, dtype: Any) -> Any:
    device = ttnn.open_device(device_id=0)
    return ttnn.from_numpy(values, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)


def tensors(*dtypes: Any) -> list[Any]:
    rng = np.random.default_rng(3)
    return [tensor(rng.standard_normal((64, 96)).astype(np.float32), dtype) for dtype in dtypes]


def values(of: Any) -> Any:
    return ttnn.to_numpy(of).astype(np.float64)


def run(compiled: Any, given: list[Any]) -> Any:
    with every_way():
        simulate(compiled, given, numerics="chip")
    return values(given[-1])


def largest(x: Any) -> Any:
    return x.max(axis=1, keepdims=True)


EXPRESSIONS: dict[str, tuple[str, Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "x * y": ("mul_tiles(", lambda x, y: x * y, lambda x, y: 3 * np.abs(x * y)),
    # Both are cut, and the sum is one of 11 bits of the larger one.
    "x + y": ("add_tiles(", lambda x, y: x + y, lambda x, y: 2 * (np.abs(x) + np.abs(y))),
    "y - x": ("sub_tiles(", lambda x, y: y - x, lambda x, y: 2 * (np.abs(x) + np.abs(y))),
    # The SFPU adds it to what was cut where the FPU reads the same buffer.
    "x * y + y": ("mul_tiles(", lambda x, y: x * y + y, lambda x, y: 3 * np.abs(x * y) + np.abs(y)),
    "ttl.math.exp(x) + x * y": (
        "mul_tiles(",
        lambda x, y: np.exp(x) + x * y,
        lambda x, y: np.abs(x) * np.exp(x) + 3 * np.abs(x * y),
    ),
    "y - ttl.broadcast(ttl.reduce_max(x, dims=[0]), dims=[1])": (
        "sub_tiles_bcast_cols(",
        lambda x, y: y - largest(x),
        lambda x, y: 2 * (np.abs(largest(x)) + np.abs(y)),
    ),
}


@pytest.mark.parametrize("arch", ["wormhole_b0", "blackhole"])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_fpu_computes_with_tf32(
    elementwise: Make, expression: str, narrow: bool, arch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """y may be bfloat16, which fits."""
    monkeypatch.setenv("TTLANG_ARCH", arch)
    call, function, scale = EXPRESSIONS[expression]
    given = tensors(ttnn.float32, ttnn.bfloat16 if narrow else ttnn.float32, ttnn.float32)
    x, y = map(values, given[:2])
    errors: dict[bool, Any] = {}
    for allowed in (False, True):
        compiled = elementwise(expression, 2, block=(2, 3), allow_tf32=allowed).compile(*given)
        assert (call in compiled.cpp()["compute"]) == allowed
        errors[allowed] = np.abs(run(compiled, given) - function(x, y))
    assert (errors[True] <= CUT * scale(x, y) + 2.0**-20).all()
    assert errors[True].max() > errors[False].max()


def test_a_square_of_what_is_computed_goes_through_l1(elementwise: Make) -> None:
    given = tensors(ttnn.float32, ttnn.float32, ttnn.float32)
    compiled = elementwise("ttl.math.square(x - y)", 2, block=(2, 3), allow_tf32=True).compile(*given)
    assert "sub_tiles(" in compiled.cpp()["compute"]
    x, y = map(values, given[:2])
    off = 2 * CUT * (np.abs(x) + np.abs(y))
    # Of the difference that is off, and cut again.
    allowed = 2 * off * np.abs(x - y) + off**2 + 3 * CUT * (np.abs(x - y) + off) ** 2
    assert (np.abs(run(compiled, given) - (x - y) ** 2) <= allowed).all()


def test_what_is_only_moved_and_what_the_sfpu_computes_stay_whole(elementwise: Make) -> None:
    given = tensors(ttnn.float32, ttnn.float32, ttnn.float32)
    compiled = elementwise("ttl.math.max(x, -y)", 2, block=(2, 3), allow_tf32=True).compile(*given)
    x, y = map(values, given[:2])
    assert np.array_equal(run(compiled, given), np.maximum(x, -y))


def test_integers_stay_whole(elementwise: Make) -> None:
    numbers = np.arange(64 * 96, dtype=np.int32).reshape(64, 96) * 99991
    given = [tensor(each, ttnn.int32) for each in (numbers, numbers[::-1].copy(), np.zeros_like(numbers))]
    compiled = elementwise("x + y", 2, block=(2, 3), allow_tf32=True).compile(*given)
    simulate(compiled, given, numerics="chip")
    assert np.array_equal(ttnn.to_numpy(given[-1]), numbers + numbers[::-1])


def test_a_kernel_of_bfloat16_is_the_same(elementwise: Make) -> None:
    given = tensors(ttnn.bfloat16, ttnn.bfloat16, ttnn.bfloat16)
    with_it, without = (
        elementwise("ttl.math.exp(x) * y + x", 2, block=(2, 3), allow_tf32=allowed).compile(*given)
        for allowed in (True, False)
    )
    assert _text(with_it) == _text(without)


def _text(compiled: Any) -> str:
    """Its C++, whatever the file is called that the kernel stands in."""
    return re.sub(r"kernels\d+\.py", "", "".join(compiled.cpp().values()))


@pytest.mark.parametrize("fidelity", ["HiFi4", "HiFi2"])
@pytest.mark.parametrize("dim", [0, 1])
def test_any_number_is_the_scaler_of_a_sum(elementwise: Make, dim: int, fidelity: str) -> None:
    """With all phases: HiFi2 takes seven bits of one factor."""
    x, out = tensors(ttnn.float32, ttnn.float32)
    size = (96, 64)[dim]
    expression = f"ttl.broadcast(ttl.reduce_sum(x, dims=[{dim}]) * (1 / {3 * size}), dims=[{1 - dim}])"
    kernel = elementwise(expression, 1, block=(2, 3), allow_tf32=True, math_fidelity=fidelity)
    compiled = kernel.compile(x, out)
    assert ("mul_unary(" in compiled.plan()) == (fidelity != "HiFi4")
    found = run(compiled, [x, out])
    mean = values(x).sum(axis=1 - dim, keepdims=True) / (3 * size)
    # The terms are cut, twice where they are the first factor, and their sums are once more. The number is rounded.
    terms = np.abs(values(x)).sum(axis=1 - dim, keepdims=True) / (3 * size)
    lost = 2 * CUT * terms + CUT * np.abs(mean) + CUT * np.abs(mean)
    assert (np.abs(found - mean) <= (1 if fidelity == "HiFi4" else 2**4) * lost).all()


def test_a_narrow_mean_is_multiplied_behind_its_sum(elementwise: Make) -> None:
    x, out = tensors(ttnn.bfloat16, ttnn.float32)
    expression = "ttl.broadcast(ttl.reduce_sum(x, dims=[0]) * (1 / 96), dims=[1])"
    assert "mul_unary(" in elementwise(expression, 1, block=(2, 3), allow_tf32=True).compile(x, out).plan()


@pytest.mark.parametrize(("arch", "ratio"), [("wormhole_b0", 0.72), ("blackhole", 0.8)])
def test_a_state_of_float32_goes_through_the_fpu(arch: str, ratio: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/numerics.md has the figures of the example."""
    monkeypatch.setenv("TTLANG_ARCH", arch)
    example = run_path(str(Path(__file__).parents[3] / "examples" / "attention.py"))
    tokens = example["HEADS"] * example["TOKENS"]
    q, logsum = (
        torch.empty((tokens, columns), dtype=dtype, device="meta")
        for columns, dtype in ((example["DEPTH"], torch.bfloat16), (1, torch.float32))
    )
    cycles = {
        allowed: example["attention"].predict(q, q, q, q, logsum, allow_tf32=allowed).cycles
        for allowed in (False, True)
    }
    assert cycles[True] <= ratio * cycles[False]
