"""A worker that is started before its server is ready: used once, by an engine of its interpreter, and never left."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engine.running_engine import Running, lives
from ttlang.engine.worker_process import WorkerAhead

if not hasattr(os, "fork"):
    pytest.skip("the worker forks", allow_module_level=True)


def test_it_is_the_first_worker_of_an_engine(tmp_path: Path) -> None:
    (tmp_path / "beside.txt").write_text("raise ValueError('as it says')")

    async def test() -> None:
        running = Running(tmp_path, None)
        running.engine.ahead = ahead = WorkerAhead()
        await running.engine.start()
        found = await running.judged("a.py", "exec(open('beside.txt').read())", 60)
        assert "as it says" in found["message"]
        first = min(running.processes)
        await running.engine.stop()
        assert not lives(first)
        assert await ahead.take(sys.executable) is None

    asyncio.run(test())


def test_one_of_another_interpreter_ends() -> None:
    async def test() -> None:
        ahead = WorkerAhead()
        process = ahead._process
        assert process is not None
        assert await ahead.take("/another/python") is None
        assert process.returncode is not None

    asyncio.run(test())


def test_one_that_nobody_takes_ends_with_its_server() -> None:
    script = "from ttlang.engine.worker_process import WorkerAhead; print(WorkerAhead()._process.pid, flush=True)"
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    deadline = time.monotonic() + 30
    while lives(int(done.stdout)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not lives(int(done.stdout))
