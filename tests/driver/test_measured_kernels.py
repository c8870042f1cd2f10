"""The kernels of `make bench` compute what they say; and the processes that measure them answer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.benchmarks import FOLDER, script
from ttlang import ttnn
from ttlang.testing import compare

compiled_kernels = script("", "compiled_kernels")
simulated_kernels = script("", "simulated_kernels")
workers = script("", "workers")


def on_device(values: torch.Tensor) -> Any:
    device = ttnn.open_device(device_id=0)
    return ttnn.from_torch(values.bfloat16(), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)


def random(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0)).bfloat16()


def computed(kernel: Any, inputs: list[torch.Tensor], *outputs: tuple[int, int]) -> list[Any]:
    tensors = [on_device(each) for each in (*inputs, *map(torch.zeros, outputs))]
    kernel(*tensors)
    return tensors[len(inputs) :]


def ones(value: float = 1) -> torch.Tensor:
    """What a reduction of the published compiler multiplies with."""
    return torch.full((256, 256), value)


def fused(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.relu(torch.sigmoid(torch.exp(a) + b))


def attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int, scale: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The output, and the logarithm of the softmax's sum, which fills the columns of a tile."""
    q, k, v = (each.double().unflatten(0, (heads, -1)) for each in (q, k, v))
    scores = q @ k.mT * scale
    logsum = torch.logsumexp(scores, -1).flatten()
    return (torch.softmax(scores, -1) @ v).flatten(0, 1), logsum[:, None].expand(-1, 32)


# exp and the sum are rounded, too: at a sum of zero exp is up to four, and a sigmoid's slope a fourth of that.
@pytest.mark.parametrize(("title", "function", "roundings"), [("add", torch.add, 1), ("fused 2x2", fused, 3)])
def test_compiled_elementwise(title: str, function: Callable[..., torch.Tensor], roundings: float) -> None:
    a, b = random(256, 256), random(256, 256).flip(0)
    (out,) = computed(compiled_kernels.KERNELS[title][0](), [a, b], (256, 256))
    comparison = compare(out, function(a.double(), b.double()), roundings=roundings)
    assert comparison.ok, comparison


@pytest.mark.parametrize("title", ["matmul loop", "matmul with accumulator"])
def test_compiled_products(title: str) -> None:
    a, b = random(256, 256), random(256, 256).flip(0)
    (out,) = computed(compiled_kernels.KERNELS[title][0](), [a, b], (256, 256))
    expected = a.double() @ b.double()
    if "accumulator" in title:
        expected = expected.relu()
    # The sum goes through bfloat16 after each of four blocks of K.
    comparison = compare(out, expected, roundings=4, scale=a.double().abs() @ b.double().abs())
    assert comparison.ok, comparison


def test_compiled_softmax() -> None:
    x = random(256, 256)
    (out,) = computed(compiled_kernels.make_softmax(), [x, ones()], (256, 256))
    # exp makes a relative error of the rounding of a difference of at most eight, and there are more roundings.
    comparison = compare(out, torch.softmax(x.double(), -1), roundings=8)
    assert comparison.ok, comparison


def test_compiled_layer_norm() -> None:
    x, gamma, beta = random(256, 256), random(256, 256).flip(0), random(256, 256).flip(1)
    (out,) = computed(compiled_kernels.make_layer_norm(), [x, gamma, beta, ones(1 / 256)], (256, 256))
    scaled = torch.nn.functional.layer_norm(x.double(), (256,), gamma[0].double())
    comparison = compare(out, scaled + beta[0].double(), roundings=4, scale=scaled.abs() + beta[0].double().abs())
    assert comparison.ok, comparison


def test_compiled_attention() -> None:
    q, k, v = (random(512, 64).roll(shift, 0) for shift in range(3))
    out, logsum = computed(compiled_kernels.make_attention(), [q / 8, k, v, ones()], (512, 64), (512, 32))
    expected, expected_logsum = attention(q / 8, k, v, 2, 1)
    for actual, exact in ((out, expected), (logsum, expected_logsum)):
        comparison = compare(actual, exact, roundings=4, absolute=0.05)
        assert comparison.ok, comparison
        assert comparison.pcc > 0.999, comparison


@pytest.mark.parametrize(("block", "grid"), [(1, (1, 1)), (2, (2, 2))])
def test_simulated_add_and_product(block: int, grid: tuple[int, int]) -> None:
    a, b = random(128, 128), random(128, 128).flip(0)
    (total,) = computed(simulated_kernels.make_add(block, grid, 128), [a, b], (128, 128))
    (product,) = computed(simulated_kernels.make_matmul(block, grid, 128), [a, b], (128, 128))
    assert compare(total, a.double() + b.double()).ok
    assert compare(product, a.double() @ b.double(), roundings=4, scale=a.double().abs() @ b.double().abs()).ok


def test_simulated_attention() -> None:
    rows, depth = simulated_kernels.HEADS * simulated_kernels.TOKENS, simulated_kernels.DEPTH
    q, k, v = (random(rows, depth).roll(shift, 0) for shift in range(3))
    out, logsum = computed(simulated_kernels.make_attention((8, 8)), [q, k, v], (rows, depth), (rows, 32))
    expected, expected_logsum = attention(q, k, v, simulated_kernels.HEADS, depth**-0.5)
    for actual, exact in ((out, expected), (logsum, expected_logsum)):
        comparison = compare(actual, exact, roundings=4, absolute=0.05)
        assert comparison.ok, comparison
        assert comparison.pcc > 0.999, comparison


def test_the_benchmark_prints_a_row_of_figures() -> None:
    command = [sys.executable, FOLDER / "run.py", "--runs", "1", "--only", "Compilation, warm: add$"]
    lines = subprocess.check_output(list(map(str, command)), text=True).splitlines()
    title, row = [line for line in lines if line.startswith(("##", "| add"))]
    assert title == "## Compilation, warm"
    _, name, used, wall, _ = row.split("|")
    assert name.strip() == "add"
    assert float(used) > 0
    assert float(wall) > 0


def test_a_worker_answers_until_its_input_ends(tmp_path: Path) -> None:
    server = tmp_path / "server.py"
    server.write_text(f"""
import sys
sys.path.append({str(FOLDER)!r})
from workers import mean, serve
serve({{"three": lambda: print("lost") or 3, "a mean": lambda: mean(2, lambda: None)}})
""")
    with workers.Worker([sys.executable, server]) as worker:
        assert worker.names == ["three", "a mean"]
        assert [worker.measure("three"), worker.measure("three")] == [3, 3]
        assert set(worker.measure("a mean")) == {"run"}
    assert worker.process.returncode == 0
