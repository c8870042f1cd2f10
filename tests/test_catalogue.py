"""The catalogue of mistakes: every page's wrong script gets what the page says, and its right one is right."""

from __future__ import annotations

import linecache
import re
from pathlib import Path

import pytest

from ttlang.catalogue import FOLDER, SCRIPT, Mistake, find_mistakes, mistakes
from ttlang.diagnostics import CODES
from ttlang.tools.cli import main

WITH_SCRIPT = [page for page in mistakes() if page.script]
named = pytest.mark.parametrize("page", WITH_SCRIPT, ids=lambda page: page.name)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # All scripts have one name, and Python remembers the lines of a file.
    linecache.clearcache()
    for name in ("TTLANG_NUMERICS", "TTLANG_SEED", "TTLANG_ARCH", "TTLANG_METAL_API"):
        monkeypatch.setenv(name, "")


def outcome(command: list[str], script: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code of a command on a script, and all that it prints."""
    Path(SCRIPT).write_text(script)
    code = main(command)
    printed = capsys.readouterr()
    return code, printed.out + printed.err


@named
def test_wrong_script(page: Mistake, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> None:
    code, printed = outcome(page.command, page.wrong, capsys)
    first = re.search(r"(error|warning)\[(TTL\d{4})\]", printed)
    assert first is not None, printed
    assert first[2] == page.code
    assert code == (1 if "error[" in printed else 0)
    console = f"$ ttlang {' '.join(page.command)}\n{printed.rstrip()}\n"
    if request.config.getoption("--update-golden"):
        page.path.write_text(page.path.read_text().replace(page.console, console))
        return
    assert console == page.console


@named
def test_right_script(page: Mistake, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed = outcome(["run", SCRIPT], page.right, capsys)
    assert (code, re.findall(r"TTL\d{4}", printed)) == (0, []), printed


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(code: str) -> None:
    assert find_mistakes(code)


def test_pages_are_of_codes() -> None:
    assert {page.code for page in mistakes()} <= set(CODES)
    assert len(WITH_SCRIPT) >= 60


def test_titles_and_names_are_unique() -> None:
    titles = [page.title for page in mistakes()]
    assert len(set(titles)) == len(titles)
    assert {path.suffix for path in FOLDER.iterdir() if path.is_file()} == {".py", ".md"}
