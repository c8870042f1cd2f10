"""Nothing is lost when processes die, and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.engine.running_engine import ROOT, Running, lives, running
from ttlang.engine.client import CommandError, Engine
from ttlang.engine.protocol import Event, Findings, WorkerState

if not hasattr(os, "fork"):
    pytest.skip("the worker forks", allow_module_level=True)


def worker_of(engine: Running) -> int:
    return [event.pid for event in engine.events if isinstance(event, WorkerState)][-1]


@pytest.mark.parametrize("seed", range(3))
def test_processes_that_die_at_random(seed: int, tmp_path: Path) -> None:
    """The last version of each document is judged in the end, and no event is of an older one than the last."""
    chance = random.Random(seed)

    async def test() -> None:
        async with running(tmp_path) as engine:
            names = ["a.py", "b.py", "c.py"]
            await engine.judged("a.py", "said = 'first'")
            for step in range(40):
                name = chance.choice(names)
                engine.judge(name, f"{chance.choice(['# rerun', '', ''])}\nsaid = {step}\ntier_seconds = 0.05")
                await asyncio.sleep(chance.choice([0, 0.01, 0.1]))
                if chance.random() < 0.2:
                    with suppress(ProcessLookupError):
                        os.kill(chance.choice(sorted(engine.processes)), signal.SIGKILL)
            for name in engine.versions:
                await engine.ended(name, 60)
                found = engine.findings(name)
                assert found is not None
            for name in engine.versions:
                told = [event for event in engine.events if isinstance(event, Findings)]
                versions = [event.version for event in told if event.uri == engine.uri(name)]
                assert versions == sorted(versions)

    asyncio.run(test())


def test_a_script_that_kills_its_worker(tmp_path: Path) -> None:
    """It is not tried for ever, and other documents are judged."""
    text = "import os, signal, pathlib\nfor line in pathlib.Path('/proc/self/status').read_text().splitlines():\n"
    text += "    if line.startswith('PPid'): zygote = line.split()[1]\n"
    text += "stat = pathlib.Path(f'/proc/{zygote}/stat').read_text().rpartition(')')[2].split()\n"
    text += "os.kill(int(stat[1]), signal.SIGKILL)\nimport time\ntime.sleep(9)"
    if not Path("/proc/self/stat").exists():
        pytest.skip("there is no /proc")

    async def test() -> None:
        async with running(tmp_path) as engine:
            await engine.judged("b.py", "said = 1")
            found = await engine.judged("a.py", text, 60)
            assert found["code"] == "TTL0006"
            await engine.judged("b.py", "said = 2", 30)
            await engine.judged("a.py", "said = 3", 30)

    asyncio.run(test())


def test_files_of_the_folder_are_none_of_the_workers_modules(tmp_path: Path) -> None:
    """One may be called as a module is that the worker imports."""
    for name in ("ast.py", "socket.py", "ttlang.py"):
        (tmp_path / name).write_text("raise SystemExit('imported')")

    async def test() -> None:
        async with running(tmp_path) as engine:
            found = await engine.judged("a.py", "said = 1")
            assert found["message"] == "fine"

    asyncio.run(test())


def test_a_command_whose_worker_dies(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as engine:
            await engine.judged("a.py", "said = 1")
            command = asyncio.create_task(engine.engine.command(engine.uri("a.py"), 1, "profile", {"seconds": 100}))
            await asyncio.sleep(0.3)
            os.kill(worker_of(engine), signal.SIGKILL)
            with pytest.raises(CommandError, match="came to no end"):
                await asyncio.wait_for(command, 10)
            assert (await engine.judged("a.py", "said = 2"))["said"] == 2

    asyncio.run(test())


SERVER = """
import asyncio, sys
from pathlib import Path
from tests.engine.running_engine import running

async def main():
    async with running(Path(sys.argv[1])) as engine:
        await engine.judged("a.py", "import os\\nif not os.fork():\\n    while True: pass")
        await engine.judged("b.py", "tier_seconds = 1000")
        engine.judge("c.py", "while True: pass")
        await asyncio.sleep(0.5)
        worker = engine.engine._process.pid
        print(worker, *engine.processes - {worker}, flush=True)
        await asyncio.sleep(1000)

asyncio.run(main())
"""


@pytest.mark.parametrize("ended", ["server", "worker and server"])
def test_nothing_is_left_when_the_server_dies(ended: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            processes = [int(word) for word in server.stdout.readline().split()]
            alive = [process for process in processes if lives(process)]
            if ended == "worker and server":
                server.send_signal(signal.SIGSTOP)
                os.kill(processes[0], signal.SIGKILL)
        finally:
            server.kill()
    assert len(alive) >= 5, "a worker, its zygote and three documents"
    deadline = time.monotonic() + 5
    while any(map(lives, processes)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [process for process in processes if lives(process)]


def test_a_document_that_is_closed_is_told_of_no_more(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as engine:
            found = await engine.judged("a.py", "tier_seconds = 0.2")
            engine.engine.close(engine.uri("a.py"))
            before = len(engine.events)
            await engine.judged("b.py", "")
            await engine.ended("b.py")
            assert not [each for each in engine.events[before:] if getattr(each, "uri", None) == engine.uri("a.py")]
            assert not lives(int(str(found["pid"])))
            assert (await engine.judged("a.py", "said = 1"))["said"] == 1

    asyncio.run(test())


def test_a_worker_needs_no_compiler() -> None:
    """It starts soon, and its memory is not that of the compiler."""
    heavy = {"xdsl", "numpy", "ttlang.driver", "ttlang.engine.document_process"}
    script = "import sys, ttlang.engine.worker, ttlang.engine.client; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not heavy & set(done.stdout.split())


def test_an_environment_that_is_not_fit(tmp_path: Path) -> None:
    """There it stops trying, and says so; an interpreter that is not there is told at once."""
    (tmp_path / "python").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    states: list[str] = []

    async def test() -> None:
        stopped = asyncio.Event()

        def take(event: Event) -> None:
            assert isinstance(event, WorkerState)
            states.append(event.state)
            if event.state == "stopped":
                stopped.set()

        engine = Engine(str(tmp_path / "python"), str(tmp_path), take)
        await engine.start()
        await asyncio.wait_for(stopped.wait(), 20)
        engine.judge("file:///a.py", "/a.py", "", 1)
        with pytest.raises(CommandError):
            await engine.command("file:///a.py", 1, "profile")
        await engine.stop()
        with pytest.raises(OSError, match="nowhere"):
            await Engine(str(tmp_path / "nowhere"), str(tmp_path), take).start()

    asyncio.run(test())
    assert states == ["restarting", "restarting", "stopped"]


def test_who_is_told_may_fail(tmp_path: Path) -> None:
    async def test() -> None:
        failures: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: failures.append(context["exception"]))
        async with running(tmp_path) as engine:
            take = engine.engine.on_event

            def fail_once(event: Event) -> None:
                take(event)
                if not failures:
                    raise ZeroDivisionError

            engine.engine.on_event = fail_once
            assert (await engine.judged("a.py", "said = 1"))["said"] == 1
        assert [type(failure) for failure in failures] == [ZeroDivisionError]

    asyncio.run(test())
