"""What a hint says to write compiles in its place, in both editions, for both chips, and computes what was meant."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.device_tensors import on_device
from ttlang import ttnn
from ttlang.diagnostics import Diagnostic, DiagnosticError

BOTH = [("2025", "wormhole_b0"), ("2026", "blackhole")]
ALL = pytest.mark.parametrize(("edition", "chip"), BOTH, ids=[edition for edition, _ in BOTH])
SCRIPT = """
from ttlang import ttl

@ttl.{decorator}(grid=(1, 1), arch="{chip}")
def kernel(a, b, out):
    a_cb, b_cb, o_cb = (ttl.{make}(t, shape=(1, 1)) for t in (a, b, out))

    @ttl.compute()
    def compute():
        with a_cb.wait() as x, b_cb.wait() as y, o_cb.reserve() as o:
            o.store({expression})

    @ttl.datamovement()
    def read():
        with a_cb.reserve() as x, b_cb.reserve() as y:
            ttl.copy(a[0, 0], x).wait()
            ttl.copy(b[0, 0], y).wait()

    @ttl.datamovement()
    def write():
        with o_cb.wait() as o:
            ttl.copy(o, out[0, 0]).wait()
"""
WORDS = {"2025": ("kernel", "make_circular_buffer_like"), "2026": ("operation", "make_dataflow_buffer_like")}
SIGNED = torch.arange(-512, 512, dtype=torch.int32).reshape(32, 32) * 7
UNSIGNED = torch.arange(1024, dtype=torch.int32).reshape(32, 32) % 200
DIVISORS = 1 + torch.arange(1024, dtype=torch.int32).reshape(32, 32) % 9
FLOATS = torch.arange(1024).reshape(32, 32).bfloat16() - 300


def run(folder: Path, edition: str, chip: str, expression: str, tensors: list[Any]) -> Diagnostic | torch.Tensor:
    """The first that is wrong, or the output."""
    decorator, make = WORDS[edition]
    path = folder / f"kernel_{len(list(folder.iterdir()))}.py"
    path.write_text(SCRIPT.format(decorator=decorator, make=make, chip=chip, expression=expression))
    spec = importlib.util.spec_from_file_location("followed", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        module.kernel(*tensors)
    except DiagnosticError as found:
        return found.diagnostics[0]
    return ttnn.to_torch(tensors[-1])


def hinted(found: Diagnostic | torch.Tensor) -> str:
    assert isinstance(found, Diagnostic)
    assert found.hint
    return found.hint


@ALL
@pytest.mark.filterwarnings("ignore::ttlang.diagnostics.TTLangWarning")
@pytest.mark.parametrize("divisor", ["y", "3"])
@pytest.mark.parametrize(("symbol", "meant"), [("//", torch.floor_divide), ("%", torch.remainder)])
@pytest.mark.parametrize(("dtype", "values"), [(ttnn.int32, SIGNED), (ttnn.uint32, UNSIGNED), (ttnn.uint8, UNSIGNED)])
def test_quotient_of_integers(
    tmp_path: Path,
    edition: str,
    chip: str,
    divisor: str,
    symbol: str,
    meant: Callable[..., torch.Tensor],
    dtype: Any,
    values: torch.Tensor,
) -> None:
    tensors = [on_device(values, dtype=dtype), on_device(DIVISORS, dtype=dtype), on_device(values * 0, dtype=dtype)]
    hint = hinted(run(tmp_path, edition, chip, f"x {symbol} {divisor}", tensors))
    expression, _, _ = hint.partition(" divides as floats")
    result = run(tmp_path, edition, chip, expression, tensors)
    assert isinstance(result, torch.Tensor), result
    assert torch.equal(result.int(), meant(values, DIVISORS if divisor == "y" else 3))


@ALL
@pytest.mark.parametrize("mask", [ttnn.uint8, ttnn.uint16, ttnn.uint32, ttnn.int32], ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("floats", [ttnn.bfloat16, ttnn.float32, ttnn.bfloat8_b], ids=lambda dtype: dtype.name)
def test_mask_of_integers(tmp_path: Path, edition: str, chip: str, mask: Any, floats: Any) -> None:
    """It is the mask that is converted."""
    kept = (torch.arange(1024, dtype=torch.int32) % 3 == 0).int().reshape(32, 32)
    tensors = [on_device(kept, dtype=mask), on_device(FLOATS, dtype=floats), on_device(FLOATS * 0, dtype=ttnn.bfloat16)]
    hint = hinted(run(tmp_path, edition, chip, "ttl.where(x, y, 0)", tensors))
    assert hint.startswith(f"convert the blocks of {mask.name.lower()}: ")
    result = run(tmp_path, edition, chip, f"ttl.where({hint.partition(': ')[2]}, y, 0)", tensors)
    assert isinstance(result, torch.Tensor), result
    expected = torch.where(kept > 0, ttnn.to_torch(tensors[1]).float(), 0)
    assert torch.equal(result.float(), expected.bfloat16().float())


@ALL
@pytest.mark.parametrize("other", [ttnn.uint8, ttnn.uint16, ttnn.uint32], ids=lambda dtype: dtype.name)
def test_integers_of_two_formats(tmp_path: Path, edition: str, chip: str, other: Any) -> None:
    tensors = [
        on_device(UNSIGNED, dtype=other),
        on_device(SIGNED, dtype=ttnn.int32),
        on_device(SIGNED * 0, dtype=ttnn.int32),
    ]
    hint = hinted(run(tmp_path, edition, chip, "x + y", tensors))
    result = run(tmp_path, edition, chip, f"{hint.partition(': ')[2]} + y", tensors)
    assert isinstance(result, torch.Tensor), result
    assert torch.equal(result, UNSIGNED + SIGNED)
