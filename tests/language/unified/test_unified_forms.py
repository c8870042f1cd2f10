"""Kernels with threads, and the same statements in one body: threads come of it that compute the same, bit by bit."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from tests.support.both_ways import both_ways
from tests.support.unified_forms import unified_form
from ttlang.backends.simulator import GeneratedProgram, RunResult

EXAMPLES = Path(__file__).parents[3] / "examples"
QUICK = ("mixed_formats", "ring_all_reduce", "halo_exchange")
SLOW = (
    *("softmax", "core_pipeline"),
    *("attention", "convolution", "distributed_softmax", "fused_mlp", "matmul_multicast", "uneven_work"),
)


def run(source: str, path: Path) -> list[list[np.ndarray]]:
    """What each run of a program leaves in its tensors, in a script that compares with torch, too."""
    path.write_text(source)
    found: list[list[np.ndarray]] = []
    simulate = GeneratedProgram.run

    def keep(self: GeneratedProgram, tensors: Any, *numbers: Any, **more: Any) -> RunResult:
        result = simulate(self, tensors, *numbers, **more)
        found.append([tensor.pages.copy() for tensor in tensors])
        return result

    with patch.object(GeneratedProgram, "run", keep):
        runpy.run_path(str(path), run_name="__main__")
    return found


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_the_same_in_one_body(name: str, tmp_path: Path) -> None:
    source = (EXAMPLES / f"{name}.py").read_text()
    unified, count = unified_form(source)
    assert count > 0
    assert "@ttl.datamovement" not in unified
    threads = run(source, tmp_path / f"{name}.py")
    with both_ways() as emitted:
        body = run(unified, tmp_path / f"unified_{name}.py")
    assert sum(emitted.values()) > 0
    assert len(threads) == len(body) > 0
    for wanted, got in zip(threads, body, strict=True):
        for a, b in zip(wanted, got, strict=True):
            assert np.array_equal(a, b)
