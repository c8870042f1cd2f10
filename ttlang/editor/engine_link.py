"""The engine of the interpreter that is set: started when the first script wants it, and told of every version."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from ttlang.editor.client_settings import ClientSettings
from ttlang.editor.open_script import OpenScript
from ttlang.engine.client import CommandError, OnProgress
from ttlang.engine.protocol import Event, Fields, Settings


class Judge(Protocol):
    """What is used of `ttlang.engine.client.Engine`."""

    async def start(self) -> None: ...
    def judge(self, uri: str, path: str, text: str, version: int, settings: Settings | None = None) -> None: ...
    def close(self, uri: str) -> None: ...
    def overlay(self, path: str, text: str | None) -> None: ...
    async def command(
        self, uri: str, version: int, name: str, params: Fields | None = None, progress: OnProgress | None = None
    ) -> Any: ...
    async def stop(self) -> None: ...


MakeEngine = Callable[[str, str, Callable[[Event], None]], Judge]
"""Of an interpreter, the folder in which scripts run, and who is told."""


class EngineLink:
    """One engine at a time."""

    def __init__(
        self, make: MakeEngine, interpreter: str, on_event: Callable[[Event], None], on_failure: Callable[[str], None]
    ):
        """`interpreter`: where none is set. `on_failure`: gets a sentence where the engine can't be started."""
        self._make = make
        self._own_interpreter = interpreter
        self._on_event = on_event
        self._on_failure = on_failure
        self._engine: Judge | None = None
        self._interpreter: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.folder = "."
        """In which scripts run: the workspace's."""

    @property
    def is_running(self) -> bool:
        return self._engine is not None

    def begin(self, settings: ClientSettings) -> None:
        """Starts the engine ahead of the first script."""
        self._started(settings.interpreter or self._own_interpreter)

    def judge(self, script: OpenScript, settings: ClientSettings) -> None:
        """Has the newest version judged."""
        engine = self._started(settings.interpreter or self._own_interpreter)
        document = script.document
        engine.judge(script.uri, document.path, document.text, script.version, settings.engine)

    def overlay(self, path: str, text: str | None) -> None:
        """What scripts that import a file read of it. Without an engine, nobody does."""
        if self._engine is not None:
            self._engine.overlay(path, text)

    def close(self, uri: str) -> None:
        if self._engine is not None:
            self._engine.close(uri)

    async def command(self, script: OpenScript, name: str, params: Fields, progress: OnProgress | None = None) -> Any:
        """The result of a command on the newest version. Raises a CommandError."""
        if self._engine is None:
            raise CommandError({"message": f"{name}: no script is run here, since the workspace is not trusted"})
        return await self._engine.command(script.uri, script.version, name, params, progress)

    async def stop(self) -> None:
        """All of its processes end. The next script starts another."""
        engine, self._engine, self._interpreter = self._engine, None, None
        if engine is not None:
            await engine.stop()

    def _started(self, interpreter: str) -> Judge:
        if self._engine is not None and self._interpreter == interpreter:
            return self._engine
        if self._engine is not None:
            self._do(self._engine.stop())
        engine = self._engine = self._make(interpreter, self.folder, self._on_event)
        self._interpreter = interpreter
        self._do(self._start(engine, interpreter))
        return engine

    async def _start(self, engine: Judge, interpreter: str) -> None:
        try:
            await engine.start()
        except OSError as cause:
            self._on_failure(f"{interpreter} can't be started, so that no script is judged: {cause.strerror or cause}")

    def _do(self, work: Any) -> None:
        """Tasks that nobody holds may be collected before they are done."""
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
