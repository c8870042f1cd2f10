"""The script that is judged ahead is right, and a process is none the wiser for it."""

from __future__ import annotations

import subprocess
import sys

from ttlang.engine.protocol import Findings
from ttlang.engine.warm_up import warm_up


def test_it_has_no_mistake() -> None:
    told = [event for event in warm_up() if isinstance(event, Findings)]
    assert [(event.findings, event.complete) for event in told] == [([], True)]


def test_it_leaves_nothing_that_a_script_sees() -> None:
    script = """
import sys
from ttlang.engine.warm_up import warm_up
before = list(sys.path), list(sys.argv), sys.modules["__main__"]
warm_up()
assert before == (sys.path, sys.argv, sys.modules["__main__"])
assert {"numpy", "ttlang.backends.cpp"} <= set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script, "an argument"], check=True)
