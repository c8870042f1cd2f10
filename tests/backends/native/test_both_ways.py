"""Kernels run from their IR and from their C++, and leave the same bytes."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.support.both_ways import both_ways
from ttlang.tables.chips import CHIPS
from ttlang.tables.kernel_api import GENERATIONS

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.py"))
QUICK = ("add", "core_pipeline", "edition_2025", "mixed_formats", "row_gather", "sharded_add", "softmax", "uneven_work")


def run(name: str, arch: str, numerics: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Runs an example both ways, for both generations; how often it ran from C++."""
    path = next(path for path in EXAMPLES if path.stem == name)
    monkeypatch.setenv("TTLANG_ARCH", arch)
    monkeypatch.setenv("TTLANG_NUMERICS", numerics)
    with both_ways() as done:
        runpy.run_path(str(path), run_name="__main__")
    return sum(done.values())


@pytest.mark.parametrize("arch", CHIPS)
@pytest.mark.parametrize("name", [path.stem for path in EXAMPLES])
def test_examples(name: str, arch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator carries out loops of calls at once where they come from Python; sums keep their order."""
    assert run(name, arch, "fast", monkeypatch) >= len(GENERATIONS)


@pytest.mark.parametrize("arch", CHIPS)
@pytest.mark.parametrize("name", QUICK)
def test_arithmetic_of_the_chip(name: str, arch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(name, arch, "chip", monkeypatch) >= len(GENERATIONS)
