"""Kernels in C++ that run on and on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import COPY, READ, WRITE, failing, parts, run
from ttlang.backends.native import thread_bodies

ENDLESS = {
    "nothing in it": ("while (true) {}", "while (true) {}"),
    "a condition that stays": ("int i = 0; while (i < 10) i *= 2;", "int i = 0; while (i < 10) i *= 2;"),
    "a goto": ("again: goto again;", "again: goto again;"),
    "behind a call": ("noc_async_read_barrier();\n\n    for (;;) {\n    }", "for (;;) {"),
    "a plain variable": ("volatile int done = 0;\n    while (!done) {}", "while (!done) {}"),
    "a number from the host": (
        "uint32_t i = get_absolute_logical_x();\n    while (i < 9) i *= 2;\n    if (i == 16) return;",
        "while (i < 9) i *= 2;",
    ),
    "what is computed": (
        "volatile uint32_t n = 1;\n    while (n != 0) n = n * 3 + (n & 1 ? 2 : 0);",
        "while (n != 0) n = n * 3 + (n & 1 ? 2 : 0);",
    ),
    "a long count": (
        "volatile uint64_t n = 0;\n    for (uint64_t i = 0; i < 1ull << 50; ++i) n = n + i;",
        "for (uint64_t i = 0; i < 1ull << 50; ++i) n = n + i;",
    ),
}


@pytest.fixture
def device() -> Any:
    return ttnn.open_device(device_id=0)


@pytest.mark.parametrize(("loop", "line"), ENDLESS.values(), ids=ENDLESS)
def test_is_reported(loop: str, line: str, device: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(thread_bodies, "MOST_QUIET_SECONDS", 0.1)
    read = READ.replace("    cb_push_back(0, 1);\n", f"    cb_push_back(0, 1);\n    {loop}\n")
    code, found, message = failing(*parts(read, COPY, WRITE, device))
    assert code == "TTL0815", message
    assert found == line
    assert "core (0, 0), thread 'kernel_" in message
    assert "processor time have gone by without a call" in message


def test_in_a_compute_kernel(device: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(thread_bodies, "MOST_QUIET_SECONDS", 0.1)
    compute = COPY.replace("    cb_pop_front(0, 1);\n", "    cb_pop_front(0, 1);\n    while (true) {}\n")
    assert failing(*parts(READ, compute, WRITE, device))[:2] == ("TTL0815", "while (true) {}")


SPIN = """
__attribute__((no_sanitize_coverage, noinline)) uint32_t spin(double& sum) {
    uint32_t a = 1;
    double b = 0;
    for (uint32_t i = 0; i < 150000000; ++i) {
        a = a * 1664525 + 1013904223;
        b = b * 0.5 + 1;
    }
    sum = b;
    return a;
}
"""
"""Some tenths of a second without a branch that is noticed."""


def test_what_takes_long_goes_on_where_it_was(device: Any):
    factor, constant = 1664525, 1013904223
    a, turns = 1, 150_000_000
    while turns:  # the step of the generator, squared as often as its number has bits
        if turns & 1:
            a = (a * factor + constant) % 2**32
        factor, constant, turns = factor * factor % 2**32, (factor + 1) * constant % 2**32, turns // 2
    spinning = f"""    double sum;
    if (spin(sum) != {a}u || sum != 2) return;
    cb_push_back(0, 1);
"""
    read = SPIN + READ.replace("    cb_push_back(0, 1);\n", spinning)
    assert (run(*parts(read, COPY, WRITE, device)) == 2).all()


SCRIPT = """
import ttnn
from tests.backends.native.handwritten_programs import COPY, READ, WRITE, parts, run
endless = '    DPRINT << "there" << ENDL();\\n    noc_async_read_barrier();\\n    while (true) {}\\n'
read = READ.replace("    cb_push_back", endless + "    cb_push_back")
run(*parts(read, COPY, WRITE, ttnn.open_device(device_id=0)))
"""


def test_ctrl_c_is_answered(tmp_path: Path):
    script = tmp_path / "endless.py"
    script.write_text(SCRIPT)
    root = str(Path(__file__).parents[3])
    command = [sys.executable, "-m", "ttlang.tools.cli", "run", str(script)]
    environment = {**os.environ, "PYTHONPATH": root}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as run:
        assert run.stdout is not None
        assert "there" in run.stdout.readline()
        time.sleep(0.5)  # into the loop
        run.send_signal(signal.SIGINT)
        _, said = run.communicate()
    assert run.returncode == 130
    assert "interrupted in a simulation: 0 of 3 threads had ended" in said
    assert "1 page moved, core (0, 0) behind line 10" in said
    assert "Traceback" not in said
