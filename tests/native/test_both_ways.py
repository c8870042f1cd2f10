"""Kernels run from their IR and from their C++, and leave the same bytes."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.both_ways import both_ways
from ttlang.architecture import ARCHITECTURES

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path, arch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_ARCH", arch)
    with both_ways() as done:
        runpy.run_path(str(path), run_name="__main__")
    assert done
