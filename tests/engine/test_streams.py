"""Commands in other locales, into pipes that nobody reads, onto full disks, and without streams: no traceback."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.script_kernels import KERNELS
from ttlang.engine.exits import Exit

PACKAGE = Path(__file__).parents[2] / "ttlang"
SCRIPT = "# é°…\n" + KERNELS.replace("first", "größe")
GOOD = f"{SCRIPT}\ngröße(x, y)\n"
WRONG = f"{SCRIPT}\nwrong(x, y)\n"
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good_é.py").write_text(GOOD, encoding="utf-8")
    (tmp_path / "wrong.py").write_text(WRONG.replace("nothing", "nichts_größer"), encoding="utf-8")
    return tmp_path


def command(folder: Path, text: str, tool: str = "ttlang.tools.cli", redirected: str = "") -> tuple[int, str, str]:
    run = f"from sys import exit; from {tool} import main; exit(main())"
    shell = f'exec "$0" -c "$1" {text} {redirected}'
    done = subprocess.run(
        ["/bin/sh", "-c", shell, sys.executable, run],
        cwd=folder,
        env={**os.environ, **ASCII},
        capture_output=True,
        check=False,
    )
    said = done.stdout.decode("ascii"), done.stderr.decode("ascii")
    assert not re.search("Traceback|Exception ignored", said[1]), said[1]
    return done.returncode, *said


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("run --stats good_*.py", 0, r"gr\xf6\xdfe"),
        ("compile -o out.mlir --print ttl good_*.py", 0, ""),
        ("compile --print plan good_*.py", 0, r"gr\xf6\xdfe"),
        ("check --fix wrong.py", 1, r"nichts_gr\xf6\xdfer"),
        ("explain TTL0401", 0, "TTL0401"),
        ("docs language", 0, r"\u2026"),
    ],
)
def test_letters_that_the_locale_does_not_have(folder: Path, text: str, code: int, said: str) -> None:
    found, out, err = command(folder, text)
    assert found == code, err
    assert said in out + err
    if "-o out.mlir" in text:
        assert command(folder, "out.mlir", "ttlang.tools.opt")[0] == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is full is a device of Linux")
@pytest.mark.parametrize("text", ["docs language", "check good_*.py", "compile good_*.py"])
def test_a_full_disk(folder: Path, text: str) -> None:
    code, _, err = command(folder, text, redirected="> /dev/full")
    assert (code, err.splitlines()[-1]) == (Exit.COMMAND, "ttlang: No space left on device")


@pytest.mark.parametrize(
    ("text", "code"), [("check --json wrong.py", 1), ("run --stats good_*.py", 0), ("docs language", 0)]
)
def test_no_streams(folder: Path, text: str, code: int) -> None:
    assert command(folder, text, redirected=">&- 2>&-")[0] == code


def test_no_output_of_passes(folder: Path) -> None:
    (folder / "empty.mlir").write_text("builtin.module {\n}\n", encoding="utf-8")
    assert command(folder, "empty.mlir", "ttlang.tools.opt", redirected=">&-")[0] == 0


@pytest.mark.parametrize("text", ["run --stats good_é.py", "check --json wrong.py", "docs language"])
def test_a_reader_that_has_left(folder: Path, text: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    run = [sys.executable, "-m", "ttlang", *text.split()]
    done = subprocess.run(run, cwd=folder, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def _without_encoding(tree: ast.Module) -> list[int]:
    lines: list[int] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or any(word.arg == "encoding" for word in node.keywords):
            continue
        called = ast.unparse(node.func)
        words = {word.arg for word in node.keywords}
        is_file = called.rpartition(".")[2] in ("read_text", "write_text") or called in ("open", "os.fdopen")
        is_process = called.startswith("subprocess.") and words & {"text", "universal_newlines"}
        if is_process or (is_file and not any(isinstance(a, ast.Constant) and "b" in str(a.value) for a in node.args)):
            lines.append(node.lineno)
    return lines


def test_every_file_has_an_encoding() -> None:
    found = {path: _without_encoding(ast.parse(path.read_bytes())) for path in PACKAGE.rglob("*.py")}
    assert {path: lines for path, lines in found.items() if lines} == {}
