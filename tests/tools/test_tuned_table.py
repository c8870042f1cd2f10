"""What `ttlang tune` prints: the same in both forms, and what stands out on a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from ttlang.driver.configurations import Configuration
from ttlang.driver.tuning.candidates import Candidate
from ttlang.driver.tuning.records import Comparison, Found, Lowered, Refused
from ttlang.driver.tuning.tuned import Tuned
from ttlang.tools import tuned_table
from ttlang.tools.tuned_table import show_tuned

REASON = "TTL0701, " + "the circular buffers need more L1 than a core has, by far " * 3


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def candidates() -> Iterator[Candidate]:
    """One that is best, one that is slower, one that is wrong, and a dozen that do not compile."""
    right, wrong = Comparison(1.0, 0.0, ok=True), Comparison(0.5, 9.0, ok=False)
    for number, found in enumerate(
        (Found(cycles=10.0, comparison=right), Found(cycles=2e6), Found(7.0, 8.0, 0, wrong))
    ):
        yield Candidate(Configuration((("bm", 20 + number),)), (number,), lowered=Lowered("program"), found=found)
    for number in range(3, 15):
        yield Candidate(Configuration((("bm", 20 + number),)), (number,), refused=Refused("TTL0701", REASON[9:]))


def printed(out: io.StringIO, *, explained: bool = False) -> list[str]:
    best, *others = candidates()
    tuned = Tuned("scale", "Wormhole", 1000.0, ("x",), 15, (best, *others), best, None)
    show_tuned([tuned, tuned], out, explained=explained)
    return out.getvalue().splitlines()


def line_of(lines: list[str], text: str) -> str:
    return next(line for line in lines if text in line)


def test_plain_text_has_a_line_for_each_and_says_how_many_more_there_are() -> None:
    lines = printed(io.StringIO())
    assert line_of(lines, "bm=20 ").endswith("best")
    assert line_of(lines, "bm=24 ").rstrip().endswith(REASON.rstrip())
    assert lines.count("and 5 more: --explain") == 2
    assert "measured" not in "\n".join(lines), "columns of nothing are left out"
    everything = printed(io.StringIO(), explained=True)
    assert "WRONG, PCC 0.500000" in line_of(everything, "bm=22 ")
    assert "more: --explain" not in "\n".join(everything)
    assert sum("TTL0701" in line for line in everything) == 24


def test_a_terminal_has_colours_and_wraps_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    lines = printed(Terminal(), explained=True)
    assert line_of(lines, "bm=20 ").startswith(" \x1b[1;32m")
    assert line_of(lines, "2,000,000").startswith(" bm=21")
    assert line_of(lines, "bm=22 ").startswith(" \x1b[31m")
    assert line_of(lines, "bm=24 ").startswith(" \x1b[2m")
    assert REASON.rstrip() not in "\n".join(lines)
    assert printed(Terminal()).count("and 5 more: --explain") == 2


def test_a_terminal_without_rich_has_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuned_table, "find_spec", lambda name: None)
    assert printed(Terminal()) == printed(io.StringIO())
