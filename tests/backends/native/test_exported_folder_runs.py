"""An exported folder runs where there is no card, and compares itself with the simulator's run of the kernel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ttlang.tools.cli import main

EXAMPLE = Path(__file__).parents[3] / "examples" / "softmax.py"


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("TTLANG_NUMERICS", "TTLANG_STATS", "TTLANG_ARCH", "TTLANG_METAL_API", "TTLANG_SEED"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("TTLANG_NUMERICS", "chip")
    assert main(["export", str(EXAMPLE), "-o", str(tmp_path / "folder"), "--values"]) == 0
    capsys.readouterr()
    return tmp_path / "folder"


def test_an_exported_folder_checks_itself(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["run", str(folder / "run_kernel.py"), "--", "--check"]) == 0
    assert "out: 0 of 65536 values differ" in capsys.readouterr().out


def test_statistics_are_of_the_lines_of_the_cpp(folder: Path, capsys: pytest.CaptureFixture[str]):
    """They are those of the kernel in Python, by lines of C++."""
    assert main(["run", "--stats", "--json", str(EXAMPLE)]) == 0
    expected = _statistics(capsys)
    assert main(["run", "--stats", "--json", str(folder / "run_kernel.py")]) == 0
    found = _statistics(capsys)
    assert found["total"] == expected["total"]
    assert found["operations"] == expected["operations"]
    assert {Path(line["file"]).name for line in found["lines"]} == {"compute.cpp", "read.cpp", "write.cpp"}


def _statistics(capsys: pytest.CaptureFixture[str]) -> dict:
    return next(json.loads(line) for line in capsys.readouterr().out.splitlines() if '"kind": "statistics"' in line)
