"""
The worker: `python -m ttlang.engine.worker` of the environment that scripts run in. It speaks with the server over its
standard input and output, hands each document to a process of its own, and ends those that take too much. It imports
neither the compiler nor anything of the user's, and never waits for anyone.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from typing import Literal, NoReturn

from ttlang.engine import protocol, reports
from ttlang.engine.channel import Channel
from ttlang.engine.documents import Document, Documents
from ttlang.engine.process_findings import given_up
from ttlang.engine.processes import Process, Processes
from ttlang.engine.protocol import Answer, Cancel, Close, Command, Event, Judge, Overlay, WorkerState
from ttlang.engine.zygote import SESSION

_ANSWER = b'{"kind":"Answer"'
_TICK_SECONDS = 0.05
"""Between two looks at what processes at work take."""
_REST_SECONDS = 1.0
"""Without an edit, until a process that has gathered too much is replaced."""


class Worker:
    """Its loop."""

    def __init__(self, server: Channel, session: str):
        self._server = server
        self._documents = Documents()
        self._processes = Processes(session)
        self._commands: dict[int, str] = {}
        """Of each command that is not answered, the document."""

    def run(self) -> NoReturn:
        """Until the server closes its end."""
        try:
            self._processes.begin()
            self._tell_state("starting")
            while self._server.is_open:
                self._wait()
                for line in self._server.lines():
                    self._handle(line)
                self._look()
        finally:
            self._processes.end_all()
            os._exit(0)

    def _wait(self) -> None:
        reading = [self._server.fileno(), *self._processes.descriptors()]
        writing = [each.writing for each in (self._server, *self._processes.channels()) if each.waits_to_write]
        busy = self._documents.has_work() or self._processes.has_work()
        select.select(reading, writing, [], _TICK_SECONDS if busy else None)
        for each in (self._server, *self._processes.channels()):
            each.flush()

    # ------------------------------------------------------------------------------------ from the server

    def _handle(self, line: bytes) -> None:
        message = protocol.from_line(line)
        match message:
            case Judge():
                self._judge(message, line)
            case Close(uri):
                if (document := self._documents.close(uri)) is not None:
                    self._give_up(document)
                    self._drop(document)
                    self._documents.changed(document.request.path)
            case Overlay(path, text):
                self._documents.overlay(path, text)
            case Command():
                self._command(message, line)
            case Cancel(number):
                document = self._documents.get(self._commands.get(number, ""))
                if document is None or document.process is None:
                    self._answer(number)
                else:
                    document.process.channel.put(line)
            case _:
                pass

    def _judge(self, request: Judge, line: bytes) -> None:
        document, changed = self._documents.judge(request, line)
        self._give_up(document)
        if (process := document.process) is None:
            return
        if changed == "settings":
            self._drop(document)
            return
        document.is_pending = False
        process.wait_for(request.version)
        process.channel.put(line)

    def _command(self, command: Command, line: bytes) -> None:
        document = self._documents.get(command.uri)
        if document is None or document.request.version != command.version:
            self._say(Answer(command.id, error=given_up(command.name)))
            return
        self._commands[command.id] = command.uri
        if document.process is None or not document.is_judged:
            document.waiting.append(line)
            document.is_pending |= document.process is None
        else:
            document.process.channel.put(line)

    def _give_up(self, document: Document) -> None:
        """Commands on an older text."""
        document.waiting.clear()
        for number in [number for number, uri in self._commands.items() if uri == document.request.uri]:
            self._answer(number)

    def _answer(self, number: int) -> None:
        if self._commands.pop(number, None) is not None:
            self._say(Answer(number, error=given_up("the command")))

    def _say(self, event: Event) -> None:
        self._server.put(protocol.to_line(event))

    # --------------------------------------------------------------------------------- from the processes

    def _look(self) -> None:
        """At what processes say, at what they take, and at who is to have one."""
        if self._processes.listen():
            self._tell_state("ready")
        for document in self._documents.with_process():
            assert document.process is not None
            self._listen(document, document.process)
        for document in self._documents.with_process():
            assert document.process is not None
            self._guard(document, document.process)
        for document in self._documents.to_start(self._drop):
            self._start(document)

    def _listen(self, document: Document, process: Process) -> None:
        for line in process.channel.lines():
            if line.startswith(reports.MARK):
                self._take(document, process, reports.from_line(line))
            elif not line.startswith(_ANSWER):
                self._server.put(line)
            else:
                answer = protocol.from_line(line)
                assert isinstance(answer, Answer)
                if self._commands.pop(answer.id, None) is not None:
                    self._server.put(line)
            if document.process is not process:
                return
        if not process.channel.is_open:
            self._gone(document, process)

    def _take(self, document: Document, process: Process, report: reports.Report) -> None:
        match report:
            case reports.Forked(group):
                process.groups.add(group)
                self._tell_state("ready")
            case reports.Importing(packages):
                process.is_importing = True
                document.packages |= frozenset(packages)
                self._processes.learn(packages)
            case reports.Started(version):
                process.started(version)
            case reports.Judged(version, outcome, files, packages):
                document.packages |= frozenset(packages)
                self._processes.learn(packages)
                process.has_run()
                if version != document.request.version:
                    return
                self._judged(document, process, outcome, files)
            case reports.Idle(version):
                process.groups.intersection_update({process.pid} if process.pid else set())
                if version == document.request.version:
                    process.rests()

    def _judged(self, document: Document, process: Process, outcome: str, files: Sequence[str]) -> None:
        if outcome == "RERUN_NEEDED":
            self._drop(document)
            document.is_pending = True
            return
        self._documents.judged(document, files)
        if outcome != "KEEP":
            self._fail(document)
            return
        process.judged()
        for line in document.waiting:
            process.channel.put(line)
        document.waiting.clear()

    def _gone(self, document: Document, process: Process) -> None:
        """A process that has ended by itself: what its script did is told with the text that it ran."""
        if process.status is None and not process.is_lost():
            return
        if process.is_judging:
            self._say(process.gone(document.request))
            self._fail(document)
        else:
            # A fork of the script's, or the system, has ended it between two edits.
            self._give_up(document)
            self._drop(document)
            document.is_judged = False

    def _guard(self, document: Document, process: Process) -> None:
        found = process.excess(document.request)
        if found is not None:
            self._say(found)
            self._fail(document)
        elif process.is_stuck() or (process.has_gathered() and document.rests_for(_REST_SECONDS)):
            self._drop(document)
            document.is_pending = True

    def _fail(self, document: Document) -> None:
        """Nothing more comes of this text."""
        self._give_up(document)
        self._drop(document)
        document.is_judged = True
        self._say(protocol.Ended(document.request.uri, document.request.version, "failed"))

    def _drop(self, document: Document) -> None:
        """Ends a document's process."""
        if document.process is not None:
            self._processes.end(document.process)
            document.process = None

    def _start(self, document: Document) -> None:
        process = self._processes.start(document.packages)
        if process is None:
            return
        document.process, document.is_pending = process, False
        document.began, document.stale = time.monotonic(), None
        for overlay in self._documents.overlays_for(document):
            process.channel.put(protocol.to_line(overlay))
        process.wait_for(document.request.version)
        process.channel.put(document.line)
        self._tell_state("ready")

    def _tell_state(self, state: Literal["starting", "ready"]) -> None:
        self._say(WorkerState(os.getpid(), self._processes.memory(), state, self._processes.groups()))


def main() -> NoReturn:
    """The command. An argument names a session of another kind, as MODULE:NAME."""
    reading, writing = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    Worker(Channel(reading, writing), sys.argv[1] if len(sys.argv) > 1 else SESSION).run()


if __name__ == "__main__":
    main()
