"""The table of a terminal."""

from __future__ import annotations

import io

import pytest

pytest.importorskip("rich")


def test_figures_are_whole_and_hot_lines_red(monkeypatch: pytest.MonkeyPatch) -> None:
    from ttlang.profiler.rich_table import show_rich

    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    out = io.StringIO()
    rows = [("read", "a.py:3", "61.5", "unpack 123456, math 34567"), ("write", "a.py:9", "3.0", "")]
    show_rich(("head",), ("thread", "line", "% time", "work"), rows, ("rest " * 20,), {0, 1, 3}, out)
    text = out.getvalue()
    assert "61.5" in text
    assert "\x1b[31m" in next(line for line in text.splitlines() if "61.5" in line)
    assert "\x1b[31m" not in next(line for line in text.splitlines() if "a.py:9" in line)
    assert ("rest " * 20).strip() in text, "text is left to the terminal to wrap"
