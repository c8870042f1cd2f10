"""An engine with a worker, for tests: what it says is kept, and can be waited for."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from ttlang.engine.client import Engine
from ttlang.engine.protocol import Ended, Event, Findings, WorkerState

ROOT = Path(__file__).parents[2]
FAKE = "tests.engine.fake_session:FakeSession"


class Running:
    """An engine, and what it has said."""

    def __init__(self, folder: Path, session: str | None = FAKE):
        self.events: list[Event] = []
        self._news = asyncio.Event()
        arguments = () if session is None else (session,)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.folder = folder
        self.engine = Engine(sys.executable, str(folder), self._take, arguments, environment)
        self.versions: dict[str, int] = {}
        self.processes: set[int] = set()
        """All that the worker has told of, itself first."""

    def _take(self, event: Event) -> None:
        if isinstance(event, WorkerState):
            self.processes |= {event.pid, *event.processes}
        self.events.append(event)
        self._news.set()

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def judge(self, name: str, text: str) -> int:
        """Gives a document its next text; the version."""
        version = self.versions[name] = self.versions.get(name, 0) + 1
        self.engine.judge(self.uri(name), self.path(name), text, version)
        return version

    async def until(self, check: Callable[[], object], seconds: float = 30) -> None:
        """Waits for something that events bring about."""
        async with asyncio.timeout(seconds):
            while not check():
                self._news.clear()
                await self._news.wait()

    def findings(self, name: str) -> Findings | None:
        """Those of the compile tier of the last version, if they are there."""
        found = [
            event
            for event in self.events
            if isinstance(event, Findings)
            and (event.uri, event.version, event.tier) == (self.uri(name), self.versions[name], "compile")
        ]
        return found[-1] if found else None

    def has_ended(self, name: str) -> bool:
        place = self.uri(name), self.versions[name]
        return any(isinstance(event, Ended) and (event.uri, event.version) == place for event in self.events)

    async def judged(self, name: str, text: str, seconds: float = 30) -> dict[str, object]:
        """The one finding of a text."""
        self.judge(name, text)
        await self.until(lambda: self.findings(name), seconds)
        found = self.findings(name)
        assert found is not None
        assert len(found.findings) == 1
        return dict(found.findings[0])

    async def ended(self, name: str, seconds: float = 30) -> None:
        await self.until(lambda: self.has_ended(name), seconds)


@asynccontextmanager
async def running(folder: Path, session: str | None = FAKE) -> AsyncGenerator[Running]:
    """An engine that leaves nothing behind."""
    watched = Running(folder, session)
    await watched.engine.start()
    try:
        yield watched
    finally:
        await watched.engine.stop()
    assert await gone(watched.processes) == set()


async def gone(processes: set[int], seconds: float = 5) -> set[int]:
    """Those of the process groups that do not end in time."""
    left = set(processes)
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while left := {group for group in left if lives(group)}:
                await asyncio.sleep(0.02)
    return left


def lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
