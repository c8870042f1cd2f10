"""A worker's process as its server sees it; it may have been started before the server had an event loop."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from typing import IO, Protocol

_LONGEST_LINE = 1 << 30


class WorkerProcess(Protocol):
    """What is used of `asyncio.subprocess.Process`."""

    @property
    def pid(self) -> int: ...
    @property
    def stdin(self) -> asyncio.StreamWriter | None: ...
    @property
    def stdout(self) -> asyncio.StreamReader | None: ...
    @property
    def returncode(self) -> int | None: ...
    async def wait(self) -> int: ...


def command_of(interpreter: str, arguments: Sequence[str] = ()) -> list[str]:
    """Without the working directory on its path: files that lie there may be called as modules are."""
    return [interpreter, "-P", "-m", "ttlang.engine.worker", *arguments]


async def start(interpreter: str, arguments: Sequence[str], environment: Mapping[str, str] | None) -> WorkerProcess:
    """Starts one. Raises an OSError if the interpreter can't be started."""
    return await asyncio.create_subprocess_exec(
        *command_of(interpreter, arguments),
        stdin=PIPE,
        stdout=PIPE,
        stderr=None if sys.stderr is not None else DEVNULL,
        env=environment,
        limit=_LONGEST_LINE,
        start_new_session=True,
    )


class WorkerAhead:
    """One of this process's interpreter, which imports the compiler while the server imports what it needs itself."""

    def __init__(self) -> None:
        self.interpreter = sys.executable
        self._process: subprocess.Popen[bytes] | None = None
        if hasattr(os, "fork") and self.interpreter:
            command = command_of(self.interpreter)
            self._process = subprocess.Popen(command, stdin=PIPE, stdout=PIPE, bufsize=0, start_new_session=True)

    async def take(self, interpreter: str) -> WorkerProcess | None:
        """It, once, if it is of this interpreter; else it ends."""
        process, self._process = self._process, None
        if process is None:
            return None
        assert process.stdin is not None
        assert process.stdout is not None
        if interpreter != self.interpreter:
            process.stdin.close()
            process.stdout.close()
            await asyncio.to_thread(process.wait)
            return None
        return _Adopted(process, *await _streams(process.stdin, process.stdout))


class _Adopted:
    def __init__(self, process: subprocess.Popen[bytes], stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader):
        self._process = process
        self.stdin, self.stdout = stdin, stdout

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.poll()

    async def wait(self) -> int:
        return await asyncio.to_thread(self._process.wait)


async def _streams(stdin: IO[bytes], stdout: IO[bytes]) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    """Those of a pair of pipes."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(_LONGEST_LINE, loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    await loop.connect_read_pipe(lambda: protocol, stdout)
    transport, flow = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader(loop=loop), loop=loop), stdin
    )
    return asyncio.StreamWriter(transport, flow, None, loop), reader
