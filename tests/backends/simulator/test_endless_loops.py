"""Loops that never end, and do nothing that others could see."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace as Namespace

import pytest

from tests.support.reader_kernels import READER_KERNEL
from ttlang.backends.simulator import endless_loops
from ttlang.diagnostics import DiagnosticError

ENDLESS = {
    "what nothing reads": "i = 0\n        while i < 10: i = i * 2",
    "what is read": "i = x0\n        while i < 10: i = i * 2\n        print(i)",
    "with an assertion": "i = x0\n        while i < 10:\n            i = i * 2\n            assert i < 100",
    "in a loop": "for k in range(3):\n            print(k)\n            i = x0\n            while i < 10: i = i * 2",
    "a loop in it": "i = x0\n        while i < 9:\n            for k in range(3): i = i * k",
}


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_is_reported(body: str, load: Callable[[str], Namespace], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(endless_loops, "MOST_QUIET_TURNS", 1000)
    text = READER_KERNEL.format(columns=2, before="", body=f"        {body}")
    with pytest.raises(DiagnosticError) as found:
        load(text).run()
    (diagnostic,) = found.value.diagnostics
    assert diagnostic.code == "TTL0815"
    assert "core (0, 0), thread 'read'" in diagnostic.message
    assert diagnostic.span is not None
    assert "while" in text.split("\n")[diagnostic.span.line - 1]


COUNTS = {
    "a bound": "n = x0\n        for k in range(2000000000): n = n + k * k\n        print(n)",
    "a bound of the run": "n = x0\n        for k in range(x0 - 2, 2000000000): n = n + k * k\n        print(n)",
    "a nest": "n = x0\n        for k in range(40):\n            for m in range(x0, 90): n = n * m\n        print(n)",
    "one in another": "n = x0\n        for k in range(90):\n            while n < 40 * k: n += 1\n        print(n)",
}


@pytest.mark.parametrize("body", COUNTS.values(), ids=COUNTS)
def test_a_long_count_is_reported(body: str, load: Callable[[str], Namespace], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(endless_loops, "MOST_QUIET_TURNS", 1000)
    text = READER_KERNEL.format(columns=2, before="", body=f"        {body}")
    with pytest.raises(DiagnosticError) as found:
        load(text).run()
    (diagnostic,) = found.value.diagnostics
    assert diagnostic.code == "TTL0815"
    assert diagnostic.span is not None
    line = text.split("\n")[diagnostic.span.line - 1]
    assert "for" in line or "while" in line


def test_a_short_count_is_none(load: Callable[[str], Namespace], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(endless_loops, "MOST_QUIET_TURNS", 1000)
    body = """        n = x0
        for i in range(9):
            print(i)
            for k in range(x0 + 20):
                for m in range(20): n = n * m + k
        print(n)
"""
    load(READER_KERNEL.format(columns=2, before="", body=body)).run()


def test_a_loop_that_prints_or_ends_is_none(load: Callable[[str], Namespace], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(endless_loops, "MOST_QUIET_TURNS", 100)
    body = """        i = x0
        while i < 400:
            i = i + 1
            if i % 50 == 0:
                print(i)
        for k in range(20):
            print(k)
            n = x0
            while n < 90: n += 1
"""
    load(READER_KERNEL.format(columns=2, before="", body=body)).run()


@pytest.mark.parametrize("command", [["-m", "ttlang.tools.cli", "run"], []], ids=["ttlang run", "python"])
def test_ctrl_c_answers_with_how_far_it_was(command: list[str], tmp_path: Path):
    body = "        for k in range(1000000000):\n            print(k)"
    script = tmp_path / "long.py"
    script.write_text(READER_KERNEL.format(columns=2, before="", body=body) + "\n\nrun()\n")
    whole = [sys.executable, *command, str(script)]
    with subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        for _ in range(3):
            started.stdout.readline()
        started.send_signal(signal.SIGINT)
        _, said = started.communicate()
    line = script.read_text().split("\n").index("            print(k)") + 1
    assert started.returncode == (130 if command else -signal.SIGINT)
    assert "interrupted in a simulation: 0 of 4 threads had ended" in said
    assert f"thread 'read': 0 of 2 had ended, core (0, 0) at line {line}" in said
    assert "k = " in said
    frames = re.findall('File "(.*)", line', said)
    assert frames == ([] if command else [str(script)] * 2)
    assert command or "\nKeyboardInterrupt: interrupted in a simulation" in said
