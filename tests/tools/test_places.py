"""Sources in every form that Python reads, and places that can't be written: what is said, and the status."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.script_kernels import KERNELS
from ttlang.tools.cli import main

WRONG = "# é\n" + KERNELS.replace("copy(x, out, lambda v: v * nothing)", "copy(x, out, lambda é: é * nichts_größer)")
CALL = "wrong(x, y)\n"
GOOD = f"{KERNELS}\nfirst(x, y)\n"
NOWHERE = "/proc/nowhere"


@pytest.mark.parametrize(
    ("name", "head", "encoding", "end"),
    [
        ("latin", "# coding: latin-1\n", "latin-1", "\n"),
        ("bom", "", "utf-8-sig", "\n"),
        ("crlf", "", "utf-8", "\r\n"),
        ("separators", "s = '\u2028'\f\n\f\n", "utf-8", "\n"),
    ],
)
def test_sources(
    name: str, head: str, encoding: str, end: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"{name}.py"
    text = head + WRONG + CALL
    path.write_bytes(text.replace("\n", end).encode(encoding))
    assert main(["check", str(path)]) == 1
    _, line, caret, *_ = capsys.readouterr().err.split("nichts_größer is not defined", 1)[1].split("\n")
    marked = line[caret.index("^") : caret.rindex("^") + 1]
    assert marked == "nichts_größer"


@pytest.mark.parametrize("content", [b"a\0b", b"# coding: nosuch\n", "é = 1\n".encode("latin-1"), b"\xff\xfe"])
def test_what_is_no_source(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "script.py"
    path.write_bytes(content)
    assert main(["check", str(path)]) == 3
    printed = capsys.readouterr().err
    assert "SyntaxError" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("command", ["export", "compile"])
def test_an_output_that_cannot_be_written(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, file = tmp_path / "script.py", tmp_path / "file"
    path.write_text(GOOD, encoding="utf-8")
    file.write_text("mine", encoding="utf-8")
    for output in (NOWHERE, *([str(file)] if command == "export" else [])):
        assert main([command, "-o", output, str(path)]) == 2
        assert output in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "name", ["TTLANG_EMIT_RUNNER", "TTLANG_DUMP", "TTLANG_INITIAL_MLIR", "TTLANG_FINAL_MLIR", "TTLANG_CACHE"]
)
def test_a_setting_that_cannot_be_written(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "script.py"
    path.write_text(GOOD, encoding="utf-8")
    monkeypatch.setenv(name, f"{NOWHERE}/x")
    # A cache is a help that a run goes on without.
    is_needed = name != "TTLANG_CACHE"
    assert main(["run", str(path)]) == (2 if is_needed else 0)
    assert re.findall(r"error\[(\w+)\]", capsys.readouterr().err) == ["TTL0009"] * is_needed
