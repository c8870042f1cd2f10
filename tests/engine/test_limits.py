"""Time and memory are limited where a script can see it, and measured from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ttlang.engine.limits import TimeUp, processor_seconds, resident, timed

if not hasattr(os, "fork"):
    pytest.skip("limits are those of POSIX", allow_module_level=True)


def work() -> None:
    end = time.process_time() + 10
    while time.process_time() < end:
        pass


@pytest.mark.parametrize(("processor", "wall", "does"), [(0.1, 60.0, work), (60.0, 0.1, lambda: time.sleep(60))])
def test_time_is_up(processor: float, wall: float, does: object) -> None:
    assert callable(does)
    with pytest.raises(TimeUp) as raised, timed(processor, wall):
        does()
    assert raised.value.frame is not None
    assert signal.getitimer(signal.ITIMER_REAL) == signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_time_that_is_not_up() -> None:
    before = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGPROF)
    with timed(60, 60):
        pass
    assert before == (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGPROF))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")
def test_what_a_process_takes() -> None:
    before = processor_seconds(os.getpid()), resident(os.getpid())
    kept = b"x" * (64 << 20)
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    assert processor_seconds(os.getpid()) - before[0] >= 0.15
    assert resident(os.getpid()) - before[1] > 60 << 20
    assert len(kept)
    assert (processor_seconds(1 << 30), resident(1 << 30)) == (0.0, 0)


def test_memory_is_refused() -> None:
    script = """
from ttlang.engine.limits import confine
confine()
kept = bytearray(1 << 30)
try:
    bytearray(10 << 30)
except MemoryError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"
