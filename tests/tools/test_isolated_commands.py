"""Commands in processes of their own: what they say, and how they end."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from ttlang.tools.isolated_commands import Limits, Ran, resident_bytes, run_command

PLENTY = Limits(seconds=300, megabytes=4096)
ON_LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="memory is read in /proc")


def ran(folder: Path, text: str, limits: Limits = PLENTY, *, command: str = "run") -> Ran:
    (folder / "script.py").write_text(text)
    return asyncio.run(run_command([command, "--json", "script.py"], script="script.py", folder=folder, limits=limits))


def codes(found: Ran) -> list[str]:
    return [line["code"] for line in found.of_kind("diagnostic")]


def test_lines_of_the_command_are_told_from_those_of_the_script(tmp_path: Path) -> None:
    found = ran(tmp_path, "import sys\nprint('{\"schema\": 1')\nprint('out', end='')\nprint('log', file=sys.stderr)")
    assert codes(found) == ["TTL0005"]
    assert found.exit_code == 0
    assert str(found.log) == "log\n"
    assert '{"schema": 1\n' in str(found.output)


def test_a_script_that_does_not_end_is_ended(tmp_path: Path) -> None:
    began = time.monotonic()
    found = ran(tmp_path, "print('before', flush=True)\nwhile True: pass", Limits(5, 4096))
    assert codes(found) == ["TTL0016"]
    assert "5 s" in found.lines[-1]["message"]
    assert found.exit_code is None
    assert time.monotonic() - began < 60


@ON_LINUX
def test_one_that_takes_too_much_memory_is_ended(tmp_path: Path) -> None:
    found = ran(tmp_path, "a = b'1' * (1 << 30)\nwhile True: pass", Limits(120, 512))
    assert codes(found) == ["TTL0016"]
    assert "512 MB" in found.lines[-1]["message"]


def test_what_a_script_starts_ends_with_it(tmp_path: Path) -> None:
    """Even if the script ends by itself, and the other process holds its output open."""
    found = ran(tmp_path, "import subprocess\nprint('pid', subprocess.Popen(['sleep', '300']).pid)")
    (pid,) = [int(line[4:]) for line in str(found.output).splitlines() if line.startswith("pid ")]
    assert _is_gone(pid)


def test_a_script_that_ends_its_process_is_told(tmp_path: Path) -> None:
    found = ran(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    assert codes(found) == ["TTL0006"]
    assert "SIGSEGV" in found.lines[-1]["message"]


def test_output_that_is_no_text_and_has_no_end_is_shortened(tmp_path: Path) -> None:
    text = "import sys\nfor _ in range(300): sys.stdout.buffer.write(bytes(range(128, 256)) * 1000)\nprint('last')"
    found = ran(tmp_path, text)
    shown = str(found.output)
    assert len(shown) < 100_000
    assert "bytes are left out here" in shown
    assert shown.endswith("last\n")


def test_who_is_cancelled_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import os\nopen('pid', 'w').write(str(os.getpid()))\nwhile True: pass")

    async def cancelled() -> None:
        words = ["run", "--json", "script.py"]
        running = asyncio.create_task(run_command(words, script="script.py", folder=tmp_path, limits=PLENTY))
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            await asyncio.sleep(0.05)
        running.cancel()
        # As anyio does it: until the task ends.
        asyncio.get_running_loop().call_later(0, running.cancel)
        with pytest.raises(asyncio.CancelledError):
            await running
        while not _is_gone(int((tmp_path / "pid").read_text())):
            await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(cancelled(), 120))


def test_the_watcher_sees_time_and_lines(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import time\ntime.sleep(1.5)")
    seen: list[float] = []

    async def watch(seconds: float, lines: Any) -> None:
        seen.append(seconds)

    words = ["check", "--json", "script.py"]
    asyncio.run(run_command(words, script="script.py", folder=tmp_path, limits=PLENTY, watch=watch))
    assert seen == sorted(seen)
    assert len(seen) >= 3


@ON_LINUX
def test_memory_is_that_of_the_whole_group() -> None:
    assert resident_bytes(os.getpgid(0)) > 10 << 20
    assert resident_bytes(1 << 30) == 0


def _is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"
