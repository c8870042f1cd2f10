"""`ttlang check --fix`: what it writes, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ttlang.diagnostics import Edit, Span, fixes
from ttlang.tools.cli import main

KERNEL = """
from ttlang import ttl, ttnn

@ttl.kernel(grid=(1, 1))
def double(x, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        for i in range(2):
            with x_cb.wait() as block, out_cb.reserve() as o:
                o.store(block * 2)

    @ttl.datamovement()
    def read():
        for i in range(2):
            {read}

    @ttl.datamovement()
    def write():
        for i in range(2):
            with out_cb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()

device = ttnn.open_device(device_id=0)
x, out = (ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
double(x, out)
"""

REPAIRED = {
    "not waited for": (
        "with x_cb.reserve() as block:\n    ttl.copy(x[0, 0], block)",
        "with x_cb.reserve() as block:\n    ttl.copy(x[0, 0], block).wait()",
    ),
    "never waited for, and never released": (
        "block = x_cb.reserve()\nttl.copy(x[0, 0], block)",
        "block = x_cb.reserve()\nttl.copy(x[0, 0], block).wait()\nx_cb.push()",
    ),
    "waited for twice": (
        "with x_cb.reserve() as block:\n    tx = ttl.copy(x[0, 0], block)\n    tx.wait()\n    tx.wait()",
        "with x_cb.reserve() as block:\n    tx = ttl.copy(x[0, 0], block)\n    tx.wait()",
    ),
    "released in the wrong way": (
        "block = x_cb.reserve()\nttl.copy(x[0, 0], block).wait()\nblock.pop()",
        "block = x_cb.reserve()\nttl.copy(x[0, 0], block).wait()\nblock.push()",
    ),
    "released twice": (
        "block = x_cb.reserve()\nttl.copy(x[0, 0], block).wait()\nx_cb.push()\nblock.push()",
        "block = x_cb.reserve()\nttl.copy(x[0, 0], block).wait()\nx_cb.push()",
    ),
    "released by hand, and by the with": (
        "with x_cb.reserve() as block:\n    ttl.copy(x[0, 0], block).wait()\n    x_cb.push()",
        "with x_cb.reserve() as block:\n    ttl.copy(x[0, 0], block).wait()",
    ),
    "in a helper that is called twice": (
        "def load(place):\n    ttl.copy(x[0, 0], place)\nwith x_cb.reserve() as block:\n    load(block)",
        "def load(place):\n    ttl.copy(x[0, 0], place).wait()\nwith x_cb.reserve() as block:\n    load(block)",
    ),
}

LEFT = {
    "a handle that is waited for on one path": (
        "with x_cb.reserve() as block:\n    tx = ttl.copy(x[0, 0], block)\n    if i == 0:\n        tx.wait()"
    ),
    "a release behind a with, where a second block may be meant": (
        "with x_cb.reserve() as block:\n    ttl.copy(x[0, 0], block).wait()\nx_cb.push()"
    ),
    "one statement that waits twice": (
        "with x_cb.reserve() as block:\n    tx = ttl.copy(x[0, 0], block)\n    for t in (tx, tx):\n        t.wait()"
    ),
    "a suite that ends with a jump": "block = x_cb.reserve()\nttl.copy(x[0, 0], block).wait()\nif i == 0:\n    break",
    "two statements on a line": (
        "with x_cb.reserve() as block:\n    tx = ttl.copy(x[0, 0], block)\n    tx.wait(); tx.wait()"
    ),
}


def script(path: Path, read: str) -> str:
    text = KERNEL.format(read=read.replace("\n", "\n            "))
    path.write_text(text)
    return text


@pytest.mark.parametrize(("wrong", "right"), REPAIRED.values(), ids=REPAIRED)
def test_repaired(wrong: str, right: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "kernel.py"
    expected = script(path, right)
    script(path, wrong)
    assert main(["check", "--fix", str(path)]) == 0, capsys.readouterr().err
    assert path.read_text() == expected
    printed = capsys.readouterr()
    assert printed.out.endswith("no errors in double\n")
    assert f"{path}:" in printed.err


@pytest.mark.parametrize("wrong", LEFT.values(), ids=LEFT)
def test_left_alone(wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "kernel.py"
    text = script(path, wrong)
    assert main(["check", "--fix", str(path)]) == 1
    assert path.read_text() == text
    assert "error[" in capsys.readouterr().err


def test_json_has_the_edits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "kernel.py"
    script(path, REPAIRED["not waited for"][0])
    assert main(["check", "--json", str(path)]) == 1
    finding, end = map(json.loads, capsys.readouterr().out.splitlines())
    (edit,) = finding["fix"]
    assert (edit["file"], edit["newText"]) == (str(path), ".wait()")
    assert edit["range"]["start"] == edit["range"]["end"]
    assert (end["kind"], end["errors"], end["kernels"]) == ("summary", 1, [])


def test_edits_are_made_once_and_from_the_end(tmp_path: Path) -> None:
    path = tmp_path / "k.py"
    path.write_text("a = 1\nb = 2")
    file = str(path)
    edits = [
        Edit(Span(file, 1, 6, 1, 6), "0"),
        Edit(Span(file, 1, 6, 1, 6), "0"),
        Edit(Span(file, 2, 1, 3, 1), ""),
        Edit(Span(file, 3, 1, 3, 1), "c = 3\n"),
    ]
    assert fixes.apply(edits[:2]) == {path: "a = 10\nb = 2"}
    assert fixes.apply(edits[:3]) == {path: "a = 10\n"}
    assert fixes.apply(edits[3:]) == {path: "a = 1\nb = 2\nc = 3\n"}


def test_what_would_not_be_python_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "k.py"
    path.write_text("if a:\n    b()\n")
    assert fixes.apply([Edit(Span(str(path), 2, 1, 3, 1), "")]) == {}


def test_a_mistake_in_a_helper_shows_its_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "kernel.py"
    script(path, REPAIRED["in a helper that is called twice"][0])
    assert main(["check", str(path)]) == 1
    printed = capsys.readouterr().err
    assert f"{path}:21:17: note: called here\n                  load(block)\n                  ^^^^^^^^^^^\n" in printed
