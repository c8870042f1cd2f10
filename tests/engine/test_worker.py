"""What the worker and its processes do with documents, whatever their scripts do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.engine.running_engine import Running, lives, running
from ttlang.engine.client import CommandError
from ttlang.engine.limits import DOCUMENTS, TEXT_CHARACTERS
from ttlang.engine.protocol import Ended, Facts, Findings, Settings

if not hasattr(os, "fork"):
    pytest.skip("the worker forks", allow_module_level=True)


def with_engine(test: Callable[[Running], Awaitable[None]], folder: Path) -> None:
    async def run() -> None:
        async with running(folder) as engine:
            await test(engine)

    asyncio.run(run())


def test_tiers_come_in_their_order(tmp_path: Path) -> None:
    async def test(engine: Running) -> None:
        found = await engine.judged("a.py", "said = 'ä'")
        assert (found["message"], found["said"], found["runs"]) == ("fine", "ä", 1)
        await engine.ended("a.py")
        of_it = [event for event in engine.events if isinstance(event, Findings | Facts | Ended)]
        assert [type(event).__name__ for event in of_it] == ["Findings", "Facts", "Findings", "Ended"]
        assert of_it[-1] == Ended(engine.uri("a.py"), 1, "done")
        again = await engine.judged("a.py", "said = 2")
        assert (again["pid"], again["runs"]) == (found["pid"], 2), "the process is kept"
        other = await engine.judged("a.py", "# rerun\nsaid = 3")
        assert other["runs"] == 1, "nothing has run in its process"
        assert other["pid"] != found["pid"]
        assert not lives(int(str(found["pid"])))

    with_engine(test, tmp_path)


def test_later_tiers_end_with_the_next_edit(tmp_path: Path) -> None:
    async def test(engine: Running) -> None:
        first = await engine.judged("a.py", "tier_seconds = 100")
        await asyncio.sleep(0.4)
        second = await engine.judged("a.py", "said = 2", 5)
        assert first["pid"] == second["pid"]
        await engine.ended("a.py", 5)
        told = [event for event in engine.events if isinstance(event, Facts)]
        assert [event.version for event in told] == [2]
        engine.engine.judge(engine.uri("a.py"), engine.path("a.py"), "", 3, Settings(later_tiers=False))
        engine.versions["a.py"] = 3
        await engine.ended("a.py", 5)
        assert len([event for event in engine.events if isinstance(event, Facts)]) == 1

    with_engine(test, tmp_path)


def test_an_edit_stops_what_is_judged(tmp_path: Path) -> None:
    """By a checkpoint, in the same process; by force where there comes none. Only the last text is told of."""

    async def test(engine: Running) -> None:
        first = await engine.judged("a.py", "")
        for _ in range(20):
            engine.judge("a.py", "while True: checkpoint()")
            await asyncio.sleep(0.01)
        found = await engine.judged("a.py", "said = 'last'", 5)
        assert (found["said"], found["pid"]) == ("last", first["pid"])
        engine.judge("a.py", "while True: pass")
        await asyncio.sleep(0.1)
        found = await engine.judged("a.py", "said = 'by force'", 5)
        assert found["said"] == "by force"
        assert found["pid"] != first["pid"]
        versions = [event.version for event in engine.events if isinstance(event, Findings)]
        assert versions == sorted(versions)
        await engine.ended("a.py")

    with_engine(test, tmp_path)


HOSTILE = {
    "endless": ("x = 1\nwhile True:\n    pass\n", "TTL0016", 1),
    "sleeps": ("import time\ntime.sleep(1000)\n", "TTL0016", 1),
    "catches all": (
        "import time\nwhile True:\n    try:\n        time.sleep(100)\n    except BaseException: pass\n",
        "TTL0016",
        0,
    ),
    "handles signals": (
        "import signal\n"
        "for each in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}: signal.signal(each, lambda *_: None)\n"
        "while True: pass\n",
        "TTL0016",
        0,
    ),
    "takes memory": ("kept = []\nwhile True: kept.append(b'x' * (1 << 24))\n", "TTL0016", 0),
    "exits": ("import os\nos._exit(3)\n", "TTL0006", 0),
    "exits as usual": ("import sys\nsys.exit(0)\n", "TTL0006", 0),
    "crashes": ("import ctypes\nctypes.string_at(0)\n", "TTL0006", 0),
    "closes": ("import os\nos.closerange(0, 4096)\n", "TTL0006", 0),
    "takes the channel": (
        "import os\nos.closerange(0, 4096)\nfor i in range(100): os.open('victim', os.O_RDWR | os.O_CREAT)\n",
        "TTL0006",
        0,
    ),
}


def test_scripts_that_go_too_far(tmp_path: Path) -> None:
    """Each is ended and told, with its place where that can be known, and the others go on."""

    async def test(engine: Running) -> None:
        for name, (text, _, _) in HOSTILE.items():
            engine.judge(name, text)
        await asyncio.gather(*[engine.ended(name, 60) for name in HOSTILE])
        for name, (_, code, line) in HOSTILE.items():
            found = engine.findings(name)
            assert found is not None
            (finding,) = found.findings
            assert (name, finding["code"], finding["range"]["start"]["line"]) == (name, code, line)
            assert not found.complete
        assert "SIGSEGV" in str(engine.findings("crashes"))
        assert "status 3" in str(engine.findings("exits"))
        assert (tmp_path / "victim").read_bytes() == b"", "what was meant for the worker"
        assert (await engine.judged("endless", "said = 1", 5))["said"] == 1

    with_engine(test, tmp_path)


HARMLESS = {
    "asks for much": ("bytearray(10 << 30)", "MemoryError: ", None),
    "writes bytes": ("import sys\nsys.stdout.buffer.write(bytes(range(256)) * 1000); print('ä')", "fine", None),
    "reads": ("import sys\nsaid = sys.stdin.read()", "fine", ""),
    "threads": (
        "import threading, time\nfor _ in range(9): threading.Thread(target=time.sleep, args=(99,)).start()",
        "fine",
        None,
    ),
    "forks": ("import os\nif not os.fork():\n    while True: pass", "fine", None),
    "forks and comes back": ("import os\nsaid = 'child' if not os.fork() else 'parent'", "fine", "parent"),
    "null": ("said = 1\0", ("ValueError: ", "SyntaxError: "), None),
    "warns": ("import warnings\nwarnings.simplefilter('error')\nsaid = 1", "fine", 1),
}


def test_scripts_that_do_odd_things(tmp_path: Path) -> None:
    async def test(engine: Running) -> None:
        for name, (text, message, said) in HARMLESS.items():
            found = await engine.judged(name, text, 10)
            assert str(found["message"]).startswith(message)
            assert (name, found["said"]) == (name, said)
            await engine.ended(name, 10)

    with_engine(test, tmp_path)


def test_a_text_of_many_megabytes(tmp_path: Path) -> None:
    async def test(engine: Running) -> None:
        found = await engine.judged("a.py", "x = 1\n" * 4_000_000, 5)
        assert (found["code"], found["severity"]) == ("TTL0016", 2)
        assert (await engine.judged("a.py", "# " + "x" * (TEXT_CHARACTERS - 2)))["message"] == "fine"

    with_engine(test, tmp_path)


def test_many_open_files(tmp_path: Path) -> None:
    """All are judged; few have a process, those that were edited last among them."""

    async def test(engine: Running) -> None:
        names = [f"{number}.py" for number in range(40)]
        for name in names:
            engine.judge(name, f"said = {name!r}")
        for name in names:
            await engine.ended(name, 120)
        found = {name: engine.findings(name) for name in names}
        assert all(each and each.findings[0]["said"] == name for name, each in found.items())
        pids = {int(each.findings[0]["pid"]) for each in found.values() if each}
        assert 1 <= len([pid for pid in pids if lives(pid)]) <= DOCUMENTS
        last = await engine.judged(names[7], "said = 1")
        assert last["runs"] == 1, "its process was ended for others"

    with_engine(test, tmp_path)


def test_commands(tmp_path: Path) -> None:
    async def test(engine: Running) -> None:
        uri, progress = engine.uri("a.py"), list[object]()
        await engine.judged("a.py", "said = 7")
        work = engine.engine
        result = await work.command(uri, 1, "profile", {"a": 1}, lambda *said: progress.append(said))
        assert (result["said"], progress) == (7, [("begins", None)])
        for name, code in (("fails", "TTL0003"), ("crashes", "TTL0017"), ("breaks", "TTL0001")):
            with pytest.raises(CommandError) as raised:
                await work.command(uri, 1, name)
            assert raised.value.finding["code"] == code
        with pytest.raises(CommandError, match="came to no end"):
            await work.command(uri, 0, "profile")
        with pytest.raises(CommandError, match="came to no end"):
            await work.command("file:///nowhere.py", 1, "profile")
        waiting = asyncio.create_task(work.command(uri, 1, "profile", {"seconds": 100}))
        both = asyncio.create_task(work.command(uri, 1, "profile", {"seconds": 0.2}))
        assert (await both)["said"] == 7, "one beside the other"
        engine.judge("a.py", "said = 8")
        with pytest.raises(CommandError, match="came to no end"):
            await asyncio.wait_for(waiting, 5)
        # At once, before it is judged.
        assert (await work.command(uri, 2, "profile"))["said"] == 8
        slow = asyncio.create_task(work.command(uri, 2, "profile", {"seconds": 100}))
        await asyncio.sleep(0.2)
        slow.cancel()
        assert (await asyncio.wait_for(work.command(uri, 2, "profile"), 5))["said"] == 8

    with_engine(test, tmp_path)


def test_imports_read_what_is_open(tmp_path: Path) -> None:
    """A script is run again when another open file that it imports is edited, is closed, or has changed on the disk."""
    (tmp_path / "helper.py").write_text("value = 'disk'\n")
    script = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport helper\nsaid = helper.value\n"

    async def test(engine: Running) -> None:
        def said(what: str) -> Callable[[], bool]:
            return lambda: (found := engine.findings("a.py")) is not None and found.findings[0]["said"] == what

        assert (await engine.judged("a.py", script))["said"] == "disk"
        await engine.judged("helper.py", "value = 'open'\n")
        await engine.until(said("open"))
        engine.judge("helper.py", "value = 'edited'\n")
        await engine.until(said("edited"))
        engine.engine.close(engine.uri("helper.py"))
        await engine.until(said("disk"))
        engine.engine.overlay(engine.path("helper.py"), "value = 'not judged'\n")
        await engine.until(said("not judged"))
        (tmp_path / "helper.py").write_text("value = 'saved later'\n")
        engine.engine.overlay(engine.path("helper.py"), None)
        await engine.until(said("saved later"))

    with_engine(test, tmp_path)


def test_packages_are_imported_ahead(tmp_path: Path) -> None:
    """A process that comes later has what scripts import, and so is faster."""

    async def test(engine: Running) -> None:
        look = "# rerun\nimport sys\nsaid = 'iniconfig' in sys.modules"
        assert not (await engine.judged("b.py", look))["said"]
        await engine.judged("a.py", "import iniconfig\n")
        async with asyncio.timeout(10):
            while not (await engine.judged("b.py", look))["said"]:
                await asyncio.sleep(0.1)

    with_engine(test, tmp_path)


def test_a_process_that_has_gathered_much_is_replaced(tmp_path: Path) -> None:
    async def test(engine: Running) -> None:
        first = await engine.judged("a.py", "")
        await asyncio.sleep(0.2)
        again = await engine.judged("a.py", "import builtins\nbuiltins.kept = b'x' * (200 << 20)\n")
        assert first["pid"] == again["pid"]

        def replaced() -> bool:
            found = engine.findings("a.py")
            return found is not None and found.findings[0]["pid"] != first["pid"]

        await engine.until(replaced, 10)
        assert not lives(int(str(first["pid"])))

    with_engine(test, tmp_path)
