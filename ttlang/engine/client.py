"""The server's side of a worker: starts it, speaks with it, and starts another when it dies."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from ttlang.engine.limits import TEXT_CHARACTERS, end_group
from ttlang.engine.process_findings import given_up, process_gone, to_fields, too_long
from ttlang.engine.protocol import (
    Answer,
    Cancel,
    Close,
    Command,
    Ended,
    Event,
    Facts,
    Fields,
    Findings,
    Judge,
    Overlay,
    Progress,
    Request,
    Settings,
    WorkerState,
    from_line,
    to_line,
)
from ttlang.engine.worker_process import WorkerAhead, WorkerProcess, start

_STOP_SECONDS = 2.0
"""That a worker has for its end, once its pipe is closed."""
_AGAIN_SECONDS = (0.0, 0.2, 1.0, 5.0)
"""From the end of a worker to the start of the next, by how many have died within the last minute."""
_MOST_DEATHS = 3
"""Workers that may die while a text is judged; then it waits for an edit."""
_MOST_STARTS = 3
"""Workers that may die before one of them has said a word; then there will be none: the environment is not fit."""

OnProgress = Callable[[str, float | None], None]


class CommandError(Exception):
    """A command that has no result. `finding` says why, in the form of one."""

    def __init__(self, finding: Fields):
        super().__init__(str(finding.get("message", "")))
        self.finding = finding


@dataclass
class _Document:
    judge: Judge
    is_sent: bool = True
    """False: it is too long, or has ended too many workers."""
    is_judged: bool = False
    deaths: int = 0


@dataclass
class _Pending:
    future: asyncio.Future[Any]
    progress: OnProgress | None


@dataclass
class Engine:
    """One worker at a time, of an interpreter, which may be another environment's."""

    interpreter: str
    folder: str
    """Where scripts run."""
    on_event: Callable[[Event], None]
    """Gets all events but answers and progress, in their order, never one of an older version."""
    arguments: tuple[str, ...] = ()
    """Of the worker."""
    environment: Mapping[str, str] | None = None
    """Of the worker. None: this process's."""
    ahead: WorkerAhead | None = None
    """That the first worker is, if it is of the same interpreter."""
    _documents: dict[str, _Document] = field(default_factory=dict[str, _Document])
    _overlays: dict[str, str] = field(default_factory=dict[str, str])
    _pending: dict[int, _Pending] = field(default_factory=dict[int, _Pending])
    _number: int = 0
    _process: WorkerProcess | None = None
    _groups: tuple[int, ...] = ()
    _keeping: asyncio.Task[None] | None = None
    _deaths: list[float] = field(default_factory=list[float])

    async def start(self) -> None:
        """Starts the worker. Raises an OSError if the interpreter can't be started, or where none can be forked."""
        if not hasattr(os, "fork"):
            raise OSError(errno.ENOSYS, "scripts are judged in processes that are forked, which this system can't do")
        await self._begin()
        self._keeping = asyncio.create_task(self._keep())

    def judge(self, uri: str, path: str, text: str, version: int, settings: Settings | None = None) -> None:
        """Has a text judged in place of the document's last one. Versions grow."""
        document = _Document(Judge(uri, path, text, version, settings or Settings(), self.folder))
        self._documents[uri] = document
        if len(text) > TEXT_CHARACTERS:
            document.is_sent = False
            self._send(Close(uri))
            self._refuse(document, to_fields(too_long(path, TEXT_CHARACTERS)))
            return
        self._send(document.judge)

    def close(self, uri: str) -> None:
        """No more events come of a document."""
        if self._documents.pop(uri, None) is not None:
            self._send(Close(uri))

    def overlay(self, path: str, text: str | None) -> None:
        """What scripts that import a file read in its place; None: what lies on the disk, which may have changed."""
        if text is None:
            self._overlays.pop(path, None)
        else:
            self._overlays[path] = text
        self._send(Overlay(path, text))

    async def command(
        self, uri: str, version: int, name: str, params: Fields | None = None, progress: OnProgress | None = None
    ) -> Any:
        """The result of a command. Raises a CommandError. Cancelling the call cancels the command."""
        self._number += 1
        number = self._number
        pending = self._pending[number] = _Pending(asyncio.get_running_loop().create_future(), progress)
        if not self._send(Command(number, uri, version, name, params or {})):
            del self._pending[number]
            raise CommandError(given_up(name))
        try:
            return await pending.future
        except asyncio.CancelledError:
            self._send(Cancel(number))
            raise
        finally:
            self._pending.pop(number, None)

    async def stop(self) -> None:
        """Ends the worker and all of its processes."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
        await self._end()

    # --------------------------------------------------------------------------------------- the worker

    async def _begin(self) -> None:
        ahead, self.ahead = self.ahead, None
        process = await ahead.take(self.interpreter) if ahead is not None else None
        self._process = process or await start(self.interpreter, self.arguments, self.environment)
        self._groups = (self._process.pid,)
        for path, text in self._overlays.items():
            self._send(Overlay(path, text))
        for document in self._documents.values():
            if document.is_sent:
                self._send(document.judge)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        for group in self._groups:
            end_group(group)
        await process.wait()

    async def _keep(self) -> None:
        """Reads what the worker says, and replaces it when it is there no more."""
        mute = 0
        while True:
            mute += 1
            if self._process is not None and await self._read(self._process):
                mute = 0
            await self._end()
            self._mourn()
            if mute == _MOST_STARTS:
                self._tell_state("stopped")
                return
            self._tell_state("restarting")
            now = time.monotonic()
            self._deaths = [*(each for each in self._deaths if now - each < 60), now]
            await asyncio.sleep(_AGAIN_SECONDS[min(len(self._deaths), len(_AGAIN_SECONDS)) - 1])
            with suppress(OSError):
                await self._begin()

    async def _read(self, process: WorkerProcess) -> bool:
        """Whether it has said anything."""
        assert process.stdout is not None
        has_spoken = False
        with suppress(ConnectionError):
            while (line := await process.stdout.readline()).endswith(b"\n"):
                has_spoken = True
                try:
                    message = from_line(line)
                    if isinstance(message, Findings | Facts | Ended | Progress | Answer | WorkerState):
                        self._take(message)
                except Exception as cause:
                    # Whoever is told has failed: the next event may still be of use.
                    context = {"message": "an event of the engine was not taken", "exception": cause}
                    asyncio.get_running_loop().call_exception_handler(context)
        return has_spoken

    def _take(self, event: Event) -> None:
        match event:
            case Answer(number, result, error):
                if (pending := self._pending.get(number)) is not None and not pending.future.done():
                    if error is None:
                        pending.future.set_result(result)
                    else:
                        pending.future.set_exception(CommandError(error))
            case Progress(number, text, fraction):
                if (pending := self._pending.get(number)) is not None and pending.progress is not None:
                    pending.progress(text, fraction)
            case WorkerState():
                self._groups = (event.pid, *event.processes)
                self.on_event(event)
            case Findings() | Facts() | Ended():
                document = self._documents.get(event.uri)
                if document is None or document.judge.version != event.version:
                    return
                document.is_judged |= isinstance(event, Findings | Ended)
                self.on_event(event)

    def _mourn(self) -> None:
        """What the worker was doing when it died."""
        for pending in self._pending.values():
            if not pending.future.done():
                pending.future.set_exception(CommandError(given_up("the command")))
        for document in self._documents.values():
            if not document.is_sent or document.is_judged:
                continue
            document.deaths += 1
            if document.deaths >= _MOST_DEATHS:
                document.is_sent = False
                self._refuse(document, to_fields(process_gone(document.judge.path, None)))

    def _refuse(self, document: _Document, finding: Fields) -> None:
        judge = document.judge
        self.on_event(Findings(judge.uri, judge.version, "compile", [finding], complete=False))
        self.on_event(Ended(judge.uri, judge.version, "failed"))

    def _tell_state(self, state: Literal["restarting", "stopped"]) -> None:
        self.on_event(WorkerState(self._groups[0], 0, state))

    def _send(self, request: Request) -> bool:
        """Whether there is a worker that gets it. One that begins later gets all documents then."""
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing() or process.returncode is not None:
            return False
        process.stdin.write(to_line(request))
        return True


def interpreter_of_this_process() -> str:
    """Where the editor has chosen none."""
    return sys.executable or os.environ.get("PYTHON", "python3")
