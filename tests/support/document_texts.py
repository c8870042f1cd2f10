"""
Sessions of documents in processes of their own, as an editor's worker has them, and what `ttlang check` tells of the
same texts. The process that forks has to have imported what is slow to import.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from multiprocessing import Pipe
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tests.support.script_kernels import KERNELS
from ttlang.engine.document_session import DocumentSession
from ttlang.engine.judging import Outcome
from ttlang.engine.protocol import Event, Findings, Settings

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Told = list[dict[str, Any]]
"""Findings in the form of JSON."""
_MOST_SECONDS = 60
_Result = TypeVar("_Result")


def in_fork(work: Callable[[], _Result]) -> _Result:
    """What a function gives in a process of its own."""
    process = Forked(lambda _: work())
    try:
        return process.ask(None)
    finally:
        process.end()


class Forked:
    """A process that answers questions, one after the other."""

    def __init__(self, answer: Callable[[Any], Any]):
        self._connection, theirs = Pipe()
        self._pid = os.fork()
        if self._pid:
            theirs.close()
            return
        self._connection.close()
        try:
            _serve(theirs, answer)
        finally:
            os._exit(0)

    def ask(self, question: Any) -> Any:
        """The answer; raises what the process raised, and an EOFError for one that comes to no end."""
        self._connection.send(question)
        if not self._connection.poll(_MOST_SECONDS):
            os.kill(self._pid, signal.SIGKILL)
        answer = self._connection.recv()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def end(self) -> None:
        """Ends the process."""
        self._connection.close()
        os.waitpid(self._pid, 0)


def _serve(connection: Connection, answer: Callable[[Any], Any]) -> None:
    while True:
        try:
            question = connection.recv()
        except EOFError:
            return
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            try:
                told = answer(question)
            except BaseException as failure:
                told = failure
        connection.send(told)


@dataclass(frozen=True)
class Judged:
    """What a session has made of a text."""

    outcome: Outcome
    told: Told | None
    """Nothing where it wants to be run again."""


@cache
def warm() -> None:
    """Has this process, and those that it forks, done what the compiler does once."""
    before, arguments = sys.modules["__main__"], sys.argv
    with redirect_stdout(io.StringIO()):
        _judging("warm.py")((KERNELS + "first(x, y)\n", 1))
    sys.modules["__main__"], sys.argv = before, arguments


class Editor:
    """A document with a process that judges its texts, which is made anew when the session asks for that."""

    def __init__(self, path: Path):
        warm()
        self._path = str(path)
        self._process: Forked | None = None
        self._version = 0
        self.reruns = 0

    def told(self, text: str) -> Told:
        """What is told of the next text."""
        self._version += 1
        if self._process is not None:
            judged: Judged = self._process.ask((text, self._version))
            if judged.outcome is Outcome.KEEP:
                assert judged.told is not None
                return judged.told
        self.close()
        self.reruns += 1
        self._process = Forked(_judging(self._path))
        judged = self._process.ask((text, self._version))
        assert judged.outcome is Outcome.KEEP
        assert judged.told is not None
        return judged.told

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.end()
        self._process = None


def _judging(path: str) -> Callable[[tuple[str, int]], Judged]:
    events: list[Event] = []
    session = DocumentSession(path, Settings(), events.append, lambda: None)

    def judge(question: tuple[str, int]) -> Judged:
        events.clear()
        outcome = session.judge(*question)
        found = [event for event in events if isinstance(event, Findings) and event.tier == "compile"]
        assert all(event.version == question[1] for event in found)
        return Judged(outcome, list(found[-1].findings) if found else None)  # pyright: ignore[reportArgumentType]

    return judge


def fresh(path: Path, text: str) -> Told:
    """What a session tells that has judged nothing before."""
    warm()
    told = in_fork(lambda: _judging(str(path))((text, 1)).told)
    assert told is not None
    return told


def checked(path: Path, text: str) -> Told:
    """What `ttlang check` tells of a file with that text."""
    path.write_text(text)
    return [line for line in map(json.loads, in_fork(lambda: _check(path)).splitlines()) if line["kind"] != "summary"]


def _check(path: Path) -> str:
    from ttlang.tools.cli import main

    printed = io.StringIO()
    with redirect_stdout(printed):
        sys.stdout = printed
        main(["check", "--json", str(path)])
    return printed.getvalue()
