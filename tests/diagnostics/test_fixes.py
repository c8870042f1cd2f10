"""`ttlang check --fix`: what it writes, and what it leaves alone."""

from __future__ import annotations

import json
import sys
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


def insertion(line: int, column: int, text: str) -> Edit:
    return Edit(Span("k.py", line, column, line, column), text)


def deletion(line: int) -> Edit:
    return Edit(Span("k.py", line, 1, line + 1, 1), "")


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        (b"a = 1\nb = 2", [insertion(1, 6, "0"), insertion(1, 6, "0")], b"a = 10\nb = 2"),
        (b"a = 1\nb = 2", [insertion(1, 6, "0"), deletion(2)], b"a = 10\n"),
        (b"a = 1\nb = 2", [insertion(3, 1, "c = 3\n")], b"a = 1\nb = 2\nc = 3"),
        (b"a = 1\r\nb = 2\r\n", [insertion(2, 6, "0")], b"a = 1\r\nb = 20\r\n"),
        (b"a = 1\r\nb = 2\r\n", [insertion(3, 1, "c = 3\n")], b"a = 1\r\nb = 2\r\nc = 3\r\n"),
        (b"a = 1\rb = 2\r", [deletion(1)], b"b = 2\r"),
        (b"\xef\xbb\xbfa = 1\n", [insertion(1, 6, "0")], b"\xef\xbb\xbfa = 10\n"),
        (b"a = 1\n\x0c\nb = 2\n", [insertion(3, 6, "0")], b"a = 1\n\x0c\nb = 20\n"),
        ("a = '\u2028\x85'\nb = 2\n".encode(), [insertion(2, 6, "0")], "a = '\u2028\x85'\nb = 20\n".encode()),
        (b"# coding: latin-1\na = '\xe4'\nb = 2\n", [insertion(3, 6, "0")], b"# coding: latin-1\na = '\xe4'\nb = 20\n"),
    ],
)
def test_an_edit_changes_nothing_else(before: bytes, edits: list[Edit], after: bytes) -> None:
    assert fixes.edited_file(before, edits) == after


@pytest.mark.parametrize("data", [b"if a:\n    b()\n", b"# coding: nothing\nx\n", b"a = '\xe4'\nb()\n"])
def test_a_file_that_is_not_edited(data: bytes) -> None:
    with pytest.raises(fixes.NotEditableError):
        fixes.edited_file(data, [deletion(2)])


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A script, and the package that has its kernel, which has a mistake."""
    text = KERNEL.replace("{read}", "with x_cb.reserve() as block:\n                ttl.copy(x[0, 0], block)")
    kernel, script = text.split("device = ")
    module = tmp_path / "lib" / "imported_kernel.py"
    module.parent.mkdir()
    module.write_text(kernel)
    path = tmp_path / "use.py"
    path.write_text(f"import sys; sys.path.insert(0, {str(module.parent)!r})\n")
    path.write_text(f"{path.read_text()}from ttlang import ttnn\nfrom imported_kernel import double\ndevice = {script}")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "imported_kernel", raising=False)
    return path, module


def test_only_files_that_are_named_are_edited(
    package: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script, module = package
    before = module.read_text()
    assert main(["check", "--fix", str(script)]) == 1
    printed = capsys.readouterr().err
    assert f"left alone, this file was not named: add --fix-in {module}" in printed
    assert module.read_text() == before
    monkeypatch.delitem(sys.modules, "imported_kernel", raising=False)
    assert main(["check", "--fix", "--fix-in", str(module.parent), str(script)]) == 0
    assert module.read_text() == before.replace("block)\n", "block).wait()\n", 1)


def test_a_link_stays_a_link(package: tuple[Path, Path]) -> None:
    script, module = package
    target = module.with_name("elsewhere.py")
    module.rename(target)
    module.symlink_to(target)
    assert main(["check", "--fix", "--fix-in", str(module), str(script)]) == 0
    assert module.is_symlink()
    assert "block).wait()\n" in target.read_text()


def test_a_file_that_cannot_be_written(
    package: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script, module = package
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write anything
    assert main(["check", "--fix", "--fix-in", str(module), str(script)]) == 1
    assert "left alone, it can't be written" in capsys.readouterr().err


def test_a_mistake_in_a_helper_shows_its_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "kernel.py"
    script(path, REPAIRED["in a helper that is called twice"][0])
    assert main(["check", str(path)]) == 1
    printed = capsys.readouterr().err
    assert f"{path}:21:17: note: called here\n                  load(block)\n                  ^^^^^^^^^^^\n" in printed
