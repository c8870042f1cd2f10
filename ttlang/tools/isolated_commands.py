"""Commands of `ttlang` in processes of their own, within limits, for whoever goes on whatever a script does."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ttlang.diagnostics import Diagnostic
from ttlang.diagnostics.json_form import to_json

_MARK = b'{"schema": 1'
"""How one of our lines begins."""
_LONGEST_LINE = 1 << 28
_LONGEST_TEXT = 40_000
"""Bytes of a script's output that are kept: its beginning and its end, a half of this each."""
_LOOKS_EVERY = 0.5
"""Seconds between two looks at a process."""
_ENDS_WITHIN = 2.0
"""Seconds in which the pipes of an ended process are read to their end."""

Fields = dict[str, Any]
Watcher = Callable[[float, Sequence[Fields]], Awaitable[None]]
"""Is told now and then how many seconds a command has run, and its lines up to now."""


@dataclass(frozen=True)
class Limits:
    """What a command may take."""

    seconds: float
    megabytes: int
    """Of memory that is resident, with all processes that the script starts."""


@dataclass
class Shortened:
    """A text as it comes, of which at most so many bytes are kept."""

    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def add(self, text: bytes) -> None:
        room = max(_LONGEST_TEXT // 2 - len(self.head), 0)
        self.head += text[:room]
        self.tail += text[room:]
        if (over := len(self.tail) - _LONGEST_TEXT // 2) > 0:
            self.dropped += over
            del self.tail[:over]

    def __str__(self) -> str:
        head, tail = (part.decode(errors="replace") for part in (self.head, self.tail))
        return f"{head}\n[{self.dropped} bytes are left out here]\n{tail}" if self.dropped else head + tail


@dataclass
class Ran:
    """What a command has said."""

    lines: list[Fields] = field(default_factory=list[Fields])
    """Its JSON lines."""
    output: Shortened = field(default_factory=Shortened)
    """What else stood on standard output."""
    log: Shortened = field(default_factory=Shortened)
    """Standard error."""
    exit_code: int | None = None
    """None if it was ended."""

    def of_kind(self, kind: str) -> list[Fields]:
        return [line for line in self.lines if line["kind"] == kind]

    def tell(self, found: Diagnostic) -> None:
        """One more diagnostic, of how the command has ended."""
        self.lines.append(json.loads(to_json(found)))


async def run_command(
    words: Sequence[str], *, script: str, folder: Path | None, limits: Limits, watch: Watcher | None = None
) -> Ran:
    """
    Runs `ttlang` with these words in a folder (None: the present one), with nothing on standard input. `script` is what
    diagnostics call it. The process, and all that it has started, end when a limit is passed (TTL0016), or whoever
    waits here is cancelled.
    """
    running = asyncio.create_task(_run(words, script, folder, limits, watch))
    try:
        # Whoever cancels may do so again and again, which must not disturb the end of the process.
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        running.cancel()
        raise


async def _run(words: Sequence[str], script: str, folder: Path | None, limits: Limits, watch: Watcher | None) -> Ran:
    # -P: the folder's own files are no modules of the command.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "ttlang", *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    ran = Ran()
    _running.add(process.pid)
    readers = [
        asyncio.create_task(_read_lines(process.stdout, ran)),
        asyncio.create_task(_read_text(process.stderr, ran.log)),
    ]
    try:
        passed = await _within(limits, process, ran, watch)
    finally:
        _end(process.pid)
        await process.wait()
        _running.discard(process.pid)
        _, late = await asyncio.wait(readers, timeout=_ENDS_WITHIN)
        for reader in late:
            reader.cancel()
    if passed is not None:
        ran.tell(_limit(script, passed))
        return ran
    ran.exit_code = process.returncode
    if (died := _died(ran, script)) is not None:
        ran.tell(died)
    return ran


async def _within(limits: Limits, process: asyncio.subprocess.Process, ran: Ran, watch: Watcher | None) -> str | None:
    """Waits for a process; returns the limit that it has passed."""
    clock = asyncio.get_running_loop().time
    began = clock()
    over = asyncio.create_task(process.wait())
    try:
        while not over.done():
            took = clock() - began
            if took >= limits.seconds:
                return f"{limits.seconds:g} s"
            if resident_bytes(process.pid) > limits.megabytes << 20:
                return f"{limits.megabytes} MB of memory"
            if watch is not None:
                await watch(took, ran.lines)
            await asyncio.wait([over], timeout=min(_LOOKS_EVERY, limits.seconds - took))
    finally:
        over.cancel()
    return None


def _limit(script: str, what: str) -> Diagnostic:
    hint = "give it more, or make its tensors smaller; `while True:` at the top of a script never ends"
    return Diagnostic("TTL0016", f"{script} takes more than {what}, so it was ended", hint=hint)


def _died(ran: Ran, script: str) -> Diagnostic | None:
    """What is said of a process that a signal has ended, and of a command that said nothing of its failure."""
    if ran.exit_code is not None and ran.exit_code < 0:
        name = signal.Signals(-ran.exit_code).name
        return Diagnostic("TTL0006", f"{script} has ended the process that ran it, by {name}")
    if ran.exit_code == 1 and not ran.lines:
        return Diagnostic("TTL0001", f"ttlang failed on {script}: its log says how", hint="please report it")
    return None


_running: set[int] = set()


def end_all() -> None:
    """Ends the processes of all commands, for a process that is about to end at once."""
    for pid in _running:
        _end(pid)


def _end(pid: int) -> None:
    """Ends a process and those that it started."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGTERM)


def resident_bytes(group: int) -> int:
    """What the processes of a group have in memory; 0 where the system does not tell in `/proc`."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name may hold spaces and brackets: state, parent and group follow its end.
            values = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(values[2]) == group:
                total += int(values[21]) * os.sysconf("SC_PAGE_SIZE")
    return total


async def _read_text(stream: asyncio.StreamReader, text: Shortened) -> None:
    while chunk := await stream.read(1 << 16):
        text.add(chunk)


async def _read_lines(stream: asyncio.StreamReader, ran: Ran) -> None:
    """Our lines whole, of others as much as is kept."""
    rest = bytearray()
    while chunk := await stream.read(1 << 16):
        rest += chunk
        *lines, rest = rest.split(b"\n")
        for line in lines:
            _sort(bytes(line), ran, b"\n")
        if len(rest) > (_LONGEST_LINE if _MARK in rest else _LONGEST_TEXT):
            ran.output.add(bytes(rest))
            rest = bytearray()
    if rest:
        _sort(bytes(rest), ran, b"")


def _sort(line: bytes, ran: Ran, end: bytes) -> None:
    """What the script printed before, without an end of line, stands before ours."""
    if (place := line.find(_MARK)) >= 0:
        with suppress(ValueError):
            ran.lines.append(json.loads(line[place:]))
            line, end = line[:place], b""
    ran.output.add(line + end)
