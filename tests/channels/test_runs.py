"""Kernels whose cores talk to each other: right numbers whatever the schedule, on both chips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.channels.kernels import CASES
from ttlang import ttnn
from ttlang.launch import simulate

SEEDS = range(20)
EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name: str, arch: str, seeds: Any) -> None:
    case = CASES[name]
    device = ttnn.open_device(device_id=0)
    rows, columns = case.shape
    values = torch.randint(-8, 8, (rows * 32, columns * 32), generator=torch.Generator().manual_seed(1)).bfloat16()
    expected = case.expected(values.float())
    x = ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT, device=device)
    empty = torch.full(expected.shape, -99.0).bfloat16()
    compiled = case.kernel.compile(x, ttnn.from_torch(empty, layout=ttnn.TILE_LAYOUT, device=device), arch=arch)
    for seed in seeds:
        out = ttnn.from_torch(empty, layout=ttnn.TILE_LAYOUT, device=device)
        result = simulate(compiled, [x, out], seed=seed)
        assert not result.warnings
        assert torch.equal(ttnn.to_torch(out).float(), expected), f"seed={seed}"


@pytest.mark.parametrize("name", CASES)
def test_right_for_every_schedule(name: str) -> None:
    run(name, "wormhole_b0", (None, *SEEDS))


@pytest.mark.parametrize("name", CASES)
def test_right_on_blackhole(name: str) -> None:
    run(name, "blackhole", (None, 1))


SMALLER = {"matmul_multicast": {"SIZE = 1024": "SIZE = 384", "GRID = (8, 8)": "GRID = (3, 3)"}}
TALKING = ("matmul_multicast", "ring_all_reduce", "distributed_softmax", "halo_exchange", "core_pipeline")


@pytest.mark.slow
@pytest.mark.parametrize("name", TALKING)
def test_examples_for_every_schedule(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = EXAMPLES / f"{name}.py"
    text = path.read_text()
    for old, new in SMALLER.get(name, {}).items():
        assert old in text
        text = text.replace(old, new)
    module: dict[str, Any] = {"__name__": name, "__file__": str(path)}
    exec(compile(text, str(path), "exec"), module)
    for seed in SEEDS:
        monkeypatch.setenv("TTLANG_SEED", str(seed))
        module["main"]()
