"""The catalogue of mistakes: every page's wrong script gets what the page says, and its right one is right."""

from __future__ import annotations

import linecache
import re
from pathlib import Path

import pytest

from ttlang.diagnostics import CODES, fixes
from ttlang.diagnostics.catalogue import FOLDER, SCRIPT, Mistake, find_mistakes, mistakes
from ttlang.diagnostics.json_form import from_json
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
    first = re.search(r"(error|warning|note)\[(TTL\d{4})\]", printed)
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


CLASSIC = {
    # Buffers
    "TTL0403-missing-push": "check",
    "TTL0403-missing-pop": "check",
    "TTL0402-push-twice": "check",
    "TTL0402-pop-inside-of-a-with": "check",
    "TTL0404-wait-twice": "check",
    "TTL0404-reserve-twice": "check",
    "TTL0401-stored-after-its-inputs-are-released": "check",
    "TTL0409-missing-store": "check",
    "TTL0410-stored-in-each-turn": "check",
    "TTL0405-two-producers": "check",
    "TTL0407-never-filled": "check",
    "TTL0413-release-under-a-branch": "check",
    # Threads that wait
    "TTL0415-circle-of-threads": "check",
    "TTL0415-ring-that-receives-first": "check",
    "TTL0415-semaphore-never-incremented": "check",
    # Whether the value is passed is a matter of time: the compiler follows one order of the cores.
    "TTL0801-counter-that-goes-on": "run --seed 3",
    # Copies and pipes
    "TTL0504-released-before-wait": "check",
    "TTL0412-input-copied-out": "check",
    "TTL0601-math-in-a-data-movement-thread": "check",
    "TTL0509-send-without-receive": "check",
    # Nothing follows the indices of all cores before the run.
    "TTL0810-cores-that-write-one-tile": "run",
    # Budgets
    "TTL0701-too-much-l1": "check",
}
"""What people who write kernels do wrong first, and what finds it."""


@pytest.mark.parametrize("name", CLASSIC)
def test_classic(name: str) -> None:
    (page,) = find_mistakes(name)
    assert page.command == [*CLASSIC[name].split(), SCRIPT]


def test_classics_are_found_before_the_run() -> None:
    assert len(CLASSIC) == 22
    assert sum(command == "check" for command in CLASSIC.values()) >= 20


def test_two_mistakes_are_both_reported(capsys: pytest.CaptureFixture[str]) -> None:
    """In the order of the source, and each once."""
    wrong = find_mistakes("TTL0410-stored-twice")[0].wrong.replace("yv).wait()", "yv)")
    code, printed = outcome(["check", SCRIPT], wrong, capsys)
    assert code == 1
    assert re.findall(r"error\[(TTL\d{4})\]", printed) == ["TTL0410", "TTL0504"]


FIXED = [page for page in WITH_SCRIPT if "\n  fix: " in page.console]


@pytest.mark.parametrize("page", FIXED, ids=lambda page: page.name)
def test_what_fix_makes_is_right(page: Mistake, capsys: pytest.CaptureFixture[str]) -> None:
    _, printed = outcome(["check", "--json", SCRIPT], page.wrong, capsys)
    found = [each for line in printed.splitlines() if (each := from_json(line)) is not None]
    edits = [edit for each in found for edit in each.fix]
    text = fixes.edited_file(page.wrong.encode(), edits).decode()
    assert outcome(["check", SCRIPT], text, capsys)[0] == 0


_NAMED = re.compile(r"\bttl\.([a-z_0-9]+(?:\.[a-z_0-9]+)*)")


@named
def test_hints_name_what_is_there(page: Mistake) -> None:
    """Whatever a hint calls a part of the language is one."""
    from ttlang import ttl

    for hint in re.findall(r"^  hint: (.*)$", page.console, re.MULTILINE):
        assert "⟦" not in hint
        for name in _NAMED.findall(hint):
            place: object = ttl
            for part in name.split("."):
                place = getattr(place, part)


MEANT_FOR_2025 = {
    "TTL0208-undecorated": "no kernel is there, whose edition it could speak",
}
"""Pages whose hints have words of 2025 in a kernel of any edition, and why."""
_OF_2025 = re.compile(
    r"ttl\.(kernel|core|make_circular_buffer_like|broadcast|transpose|typecast|where|reduce_\w+)\b|acc="
)


@named
def test_hints_speak_2026(page: Mistake, capsys: pytest.CaptureFixture[str]) -> None:
    """The same mistake in a kernel of 2026 is told of in its words."""
    if page.name in MEANT_FOR_2025 or "ttl.kernel" not in page.wrong:
        return
    wrong = re.sub(r"@ttl\.kernel\b", "@ttl.operation", page.wrong).replace("buffer_factor=", "block_count=")
    wrong = wrong.replace("make_circular_buffer_like", "make_dataflow_buffer_like")
    _, printed = outcome(page.command, wrong, capsys)
    for hint in re.findall(r"^  hint: (.*)$", printed, re.MULTILINE):
        # A form that is quoted is that of the function that was called.
        own = [name for name in _OF_2025.findall(hint.partition("t is ttl.")[0]) if name != "core_linear"]
        assert not own, hint
