"""What a long run says of itself on a terminal."""

from __future__ import annotations

import io
import re
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace as Namespace
from typing import Any

import pytest

from tests.support.reader_kernels import READER_KERNEL
from ttlang.machine import progress, simulation
from ttlang.machine.console import Console
from ttlang.machine.threads import Thread

LONG = "        for k in range(2000):\n            print(k)\n            n = x0\n            while n < 200: n += 1\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """One on which a run, however short it is, begins when it has said how far it is."""
    made, begin = Terminal(), progress.Progress.__init__

    def begin_shown(self: progress.Progress, *arguments: Any) -> None:
        begin(self, *arguments)
        for _ in range(10_000):
            if made.getvalue() or progress.DELAY:
                return
            time.sleep(0.001)

    monkeypatch.setattr(progress, "DELAY", 0)
    monkeypatch.setattr(progress, "PERIOD", 0.01)
    monkeypatch.setattr(progress, "sys", Namespace(stderr=made))
    monkeypatch.setattr(progress.Progress, "__init__", begin_shown)
    return made


def screen(text: str) -> str:
    """The line that is left when all has been written."""
    return text.split("\r")[-1].replace("\x1b[K", "")


def test_a_line_is_written_over_and_taken_away(
    terminal: Terminal, load: Callable[[str], Namespace], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    load(READER_KERNEL.format(columns=2, before="", body=LONG)).run()
    lines = re.findall(
        r"\r *(\d+)% 0:0\d simulating: (\d) of (\d) threads, \d of 2 cores ended, \d+ pages? moved", terminal.getvalue()
    )
    assert lines, terminal.getvalue()
    assert [int(share) for share, _, _ in lines] == sorted(int(share) for share, _, _ in lines)
    assert {count for _, _, count in lines} == {"4"}
    assert screen(terminal.getvalue()) == ""


def test_what_threads_print_has_lines_of_its_own(
    terminal: Terminal, load: Callable[[str], Namespace], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(sys, "stdout", terminal)
    load(READER_KERNEL.format(columns=2, before="", body=LONG)).run()
    printed = [screen(line) for line in terminal.getvalue().split("\n")]
    assert "simulating" in terminal.getvalue()
    assert [line for line in printed if line and "thread 'read': " not in line] == []


def test_tqdm_shows_a_bar(terminal: Terminal, load: Callable[[str], Namespace]):
    pytest.importorskip("tqdm", reason="the bar is tqdm's, which ttlang does without")
    load(READER_KERNEL.format(columns=2, before="", body=LONG)).run()
    assert re.search(r"%\|.*\| 0:0\d simulating: \d of 4 threads", terminal.getvalue())
    assert screen(terminal.getvalue()).strip() == ""


def test_a_short_run_says_nothing(
    terminal: Terminal, load: Callable[[str], Namespace], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(progress, "DELAY", 60.0)
    load(READER_KERNEL.format(columns=2, before="", body="        print(x0)")).run()
    assert terminal.getvalue() == ""


def test_a_file_is_no_terminal(load: Callable[[str], Namespace], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(progress, "sys", Namespace(stderr=io.StringIO()))
    monkeypatch.setattr(progress, "Progress", None)
    load(READER_KERNEL.format(columns=2, before="", body="        print(x0)")).run()


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ("        for k in range(20): print(k)\n        for k in range(0, 90, 3): print(k)\n", True),
        ("        for k in range(x0, 90): print(k)\n", False),
        ("        n = x0\n        while n < 9: n += 1\n        for k in range(9): print(k)\n", False),
    ],
)
def test_the_turns_of_loops_are_known_or_not(
    body: str, known: bool, load: Callable[[str], Namespace], monkeypatch: pytest.MonkeyPatch
):
    found: dict[str, list[int]] = {}

    @contextmanager
    def shown(threads: Sequence[Thread], console: Console) -> Generator[None]:
        found.update((t.kernel.info.name, [x.trips for x in t.kernel.outer_loops()]) for t in threads)
        yield

    monkeypatch.setattr(simulation, "shown", shown)
    load(READER_KERNEL.format(columns=2, before="", body=body)).run()
    assert found["read"] == ([20, 30] if known else [])
