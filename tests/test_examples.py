"""Every example runs, on both chips, and compares itself with torch."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from ttlang.architecture import ARCHITECTURES

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path: Path, arch: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TTLANG_ARCH", arch)
    runpy.run_path(str(path), run_name="__main__")
    assert "torch" in capsys.readouterr().out
