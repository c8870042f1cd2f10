"""The table of docs/tuning.md is what `ttlang tune` finds for the examples that leave sizes open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.benchmarks import script
from ttlang.host import TensorSpec

ROOT = Path(__file__).parents[3]
_ROW = re.compile(r"\| `examples/(\w+)\.py` \| `(.*)` \| ([\d,]+) \| (\d+) \| (\d+) \|")
ROWS = _ROW.findall((ROOT / "docs" / "tuning.md").read_text(encoding="utf-8"))


def test_each_sized_example_has_a_row() -> None:
    assert sorted(name for name, *_ in ROWS) == sorted(path.stem for path in (ROOT / "examples").glob("sized_*.py"))


@pytest.mark.slow
@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize("row", ROWS, ids=[name for name, *_ in ROWS])
def test_a_row(row: tuple[str, ...]) -> None:
    name, best, cycles, count, predicted = row
    kernel, tensors = script(".", "measurements").example(name)
    described = [TensorSpec(tensor.shape, tensor.dtype, tensor.layout) for tensor in tensors]
    found = kernel.tune(*described, workers=1)  # what is described only is not run
    assert str(found.winner.configuration) == best
    assert f"{found.cycles:,.0f}" == cycles
    assert found.count == int(count)
    assert sum(each.found.cycles is not None for each in found.candidates) == int(predicted)
