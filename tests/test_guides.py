"""
The tutorial, the page on tuning and the guides in `docs/agents/` do what they show: their commands are run, and print
what stands below.

A Python block below a line that begins with `` `name.py` `` is that file, in a folder of the guide's own; a diff below
such a line changes it. The lines of a console block that begin with `$` are run there, in order: `ttlang`, `ttlang-opt`
and `python`, with environment variables before them. A command ends with 0, unless `$ echo $?` below it shows another
code. A line `…` stands for any lines, `…` in a line for anything. `make golden` writes what commands print anew, and
keeps what is left out.
"""

from __future__ import annotations

import io
import linecache
import os
import re
import runpy
import shlex
import sys
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from difflib import SequenceMatcher
from functools import partial
from glob import glob
from pathlib import Path
from unittest.mock import patch

import pytest

from ttlang.tools.cli import main
from ttlang.tools.opt import TTLangOptMain

DOCS = Path(__file__).parent.parent / "docs"
AGENTS = sorted((DOCS / "agents").glob("*.md"))
GUIDES = [DOCS / "tutorial.md", DOCS / "tuning.md", *AGENTS]
ANY = "…"
SUBJECT = 24
"""Letters of a line that tell what it is about."""

_BLOCK = re.compile(
    r"(?:^`(?P<file>[\w.]+)`[^\n]*\n\n)?^```(?P<kind>\S+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
_SETTING = re.compile(r"(TTLANG_\w+)=(.*)")


class Printed(io.StringIO):
    """What a command prints; processes that it starts print where the tests do."""

    def fileno(self) -> int:
        assert sys.__stderr__ is not None
        return sys.__stderr__.fileno()


def run(command: str) -> tuple[int, str]:
    """The exit code of a command, and all that it prints."""
    tool, *arguments = shlex.split(command)
    settings = {name: value for name, value in os.environ.items() if not name.startswith("TTLANG_")}
    while setting := _SETTING.fullmatch(tool):
        settings[setting[1]] = setting[2]
        tool, *arguments = arguments
    arguments = [path for word in arguments for path in (sorted(glob(word)) or [word])]
    linecache.clearcache()
    printed = Printed()
    with (
        redirect_stdout(printed),
        redirect_stderr(printed),
        patch.dict(os.environ, settings, clear=True),
        patch.object(sys, "argv", [tool, *arguments]),
        patch.object(sys, "path", list(sys.path)),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("default")
        try:
            code = _call(tool, arguments)
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int), code
    return code, printed.getvalue()


def _call(tool: str, arguments: list[str]) -> int:
    match tool:
        case "ttlang":
            return main(arguments)
        case "ttlang-opt":
            TTLangOptMain(arguments).run()
            return 0
        case "python":
            sys.argv = arguments
            runpy.run_path(arguments[0], run_name="__main__")
            return 0
        case _:
            raise ValueError(f"guides call ttlang, ttlang-opt and python, not {tool}")


def fits(shown: str, printed: str) -> bool:
    """Whether a text is the one that a guide shows."""
    pattern = "".join(_line_pattern(line) for line in shown.splitlines())
    return re.fullmatch(pattern, printed) is not None


def _line_pattern(line: str) -> str:
    return r"(?:.*\n)*?" if line == ANY else ".*?".join(re.escape(part) for part in line.split(ANY)) + r"\n"


def shortened(shown: list[str], printed: list[str]) -> list[str]:
    """What a command prints, without what the guide left out."""
    known = [line for line in shown if ANY in line and line != ANY]
    printed = [next((k for k in known if re.fullmatch(_line_pattern(k), f"{line}\n")), line) for line in printed]
    lines: list[str] = []
    alike = SequenceMatcher(None, [*map(_subject, shown)], [*map(_subject, printed)], autojunk=False)
    for _, start, end, first, last in alike.get_opcodes():
        lines += [ANY] if shown[start:end] == [ANY] else printed[first:last]
    return lines


def _subject(line: str) -> str:
    """What a line is about, whatever its numbers are: by it lines are found again."""
    return re.sub(r"(?<![\w:.])[-+]?\d[\d.]*", "0", " ".join(line.split()))[:SUBJECT]


def commands(console: str) -> Iterator[tuple[str, str, int]]:
    """The commands of a block, what stands below each, and the exit code that it should have."""
    steps = [step.partition("\n") for step in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]]
    for (command, _, text), (following, _, code) in zip(steps, [*steps[1:], ("", "", "")], strict=True):
        if command != "echo $?":
            yield command, text, int(code) if following == "echo $?" else 0


def follow(block: re.Match[str], *, update: bool) -> str:
    """Does what a block says: writes or changes its file, or runs its commands. Returns it with what they print."""
    text, file = block["text"], Path(block["file"] or "")
    match block["kind"]:
        case "python" if block["file"]:
            file.write_text(text)
        case "diff" if block["file"]:
            lines = text.splitlines(keepends=True)
            old, new = ("".join(line[1:] or "\n" for line in lines if line[0] != mark) for mark in "+-")
            assert file.read_text().count(old) == 1, f"{file} has not one place like this:\n{old}"
            file.write_text(file.read_text().replace(old, new))
        case "console":
            text = "".join(_follow_command(*step, update=update) for step in commands(text))
        case _:
            pass
    return block[0].replace(block["text"], text)


def _follow_command(command: str, shown: str, code: int, *, update: bool) -> str:
    ended, printed = run(command)
    assert ended == code, f"{command} ended with {ended}:\n{printed}"
    if not fits(shown, printed):
        assert update, f"{command} prints:\n{printed}"
        shown = "".join(f"{line}\n" for line in shortened(shown.splitlines(), printed.splitlines()))
    return f"$ {command}\n{shown}" + (f"$ echo $?\n{code}\n" if code else "")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_guide(guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    text = guide.read_text()
    monkeypatch.chdir(tmp_path)
    followed = _BLOCK.sub(partial(follow, update=request.config.getoption("--update-golden")), text)
    if followed != text:
        guide.write_text(followed)


def test_left_out_lines_stay_left_out_when_numbers_change() -> None:
    shown = ["took 7 cycles, 1 us", ANY, "  read  a.py:3  12 %", ANY]
    printed = ["took 9 cycles, 2 us", "  send  a.py:1  3 %", "  read  a.py:3  13 %", "  read  a.py:4  12 %"]
    assert shortened(shown, printed) == [printed[0], ANY, printed[2], ANY]


def test_left_out_lines_stay_left_out() -> None:
    shown = ["a", ANY, "c", f"d {ANY} s", "e"]
    assert fits("\n".join([*shown, ""]), "a\nb\nb\nc\nd 1 s\ne\n")
    assert not fits("\n".join([*shown, ""]), "a\nb\nb\nc\nd 1 s\nf\n")
    assert shortened(shown, ["a", "b", "b", "c", "d 2 s", "f", "g"]) == ["a", ANY, "c", f"d {ANY} s", "f", "g"]


@pytest.mark.parametrize("guide", AGENTS, ids=lambda path: path.stem)
def test_guides_are_short(guide: Path) -> None:
    """An agent reads them whole."""
    lines = _BLOCK.sub("", guide.read_text()).splitlines()
    assert len(lines) <= (250 if guide.stem == "import" else 120)
