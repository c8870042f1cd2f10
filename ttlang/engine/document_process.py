"""
The process of one document: runs its script, judges its edits, and forks what takes longer, so that nothing of that is
waited for and nothing of it is left behind.
"""

from __future__ import annotations

import gc
import os
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any, NoReturn

from ttlang.diagnostics import Diagnostic, DiagnosticError, Span
from ttlang.engine import protocol
from ttlang.engine.channel import Channel, pair, wait
from ttlang.engine.judging import Judging, MakeSession, Superseded
from ttlang.engine.limits import FORK_SECONDS, IMPORT_SECONDS, JUDGE_SECONDS, WAIT_SECONDS, TimeUp, end_group, timed
from ttlang.engine.overlays import Overlays
from ttlang.engine.preloading import import_packages, loaded_packages, named_packages, user_files
from ttlang.engine.process_findings import failed_command, given_up, internal, out_of_memory, out_of_time, to_fields
from ttlang.engine.protocol import Answer, Cancel, Command, Ended, Event, Facts, Findings, Judge, Overlay, Progress
from ttlang.engine.reports import Forked, Idle, Importing, Judged, Report, Started
from ttlang.engine.reports import to_line as report_line
from ttlang.language.call_sites import Origin

PAUSE_SECONDS = 0.1
"""From a judgement to its later tiers, which the next key would end."""
_COLLECTION_SECONDS = 0.05
"""From a judgement until garbage is looked for, of which compiled kernels leave much."""
_COLLECTED_FROM = 200_000
"""New objects after which garbage is looked for while a text is judged, which costs a tenth of it otherwise."""
_ANSWER = b'{"kind":"Answer"'


@dataclass
class _Fork:
    """A process in which later tiers or a command run."""

    pid: int
    channel: Channel
    command: int | None
    deadline: float | None
    answered: bool = False


class DocumentProcess:
    """What runs in it. Its worker speaks to it through a channel, and ends it when it pleases."""

    def __init__(self, channel: Channel, make_session: MakeSession):
        self._channel = channel
        self._make_session = make_session
        self._owner = os.getpid()
        self._known = loaded_packages()
        self._overlays = Overlays()
        self._inbox: deque[protocol.Message] = deque()
        self._session: Judging | None = None
        self._judged: Judge | None = None
        self._told: Findings | None = None
        """What was last told of the compile tier."""
        self._forks: list[_Fork] = []
        self._tiers_due: float | None = None
        self._collection_due: float | None = None

    def run(self) -> NoReturn:
        """Until the worker closes the channel, or something goes so wrong that a new process has to go on."""
        try:
            gc.set_threshold(_COLLECTED_FROM)
            self._overlays.install()
            while self._channel.is_open:
                self._receive()
                if self._inbox:
                    self._handle(self._inbox.popleft())
                elif self._channel.is_open:
                    self._rest()
        finally:
            # Also of a process that the script has forked, and that has come back here.
            if os.getpid() == self._owner:
                self._end_forks()
            os._exit(0)

    # ------------------------------------------------------------------------------------------- messages

    def _receive(self) -> None:
        self._inbox += [protocol.from_line(line) for line in self._channel.lines()]

    def _handle(self, message: protocol.Message) -> None:
        match message:
            case Judge() if not self._newest(message):
                self._judge(message)
            case Overlay(path, text):
                self._overlays.set(path, text)
            case Command():
                self._command(message)
            case Cancel(number):
                for fork in [fork for fork in self._forks if fork.command == number]:
                    self._end(fork)
            case _:
                pass

    def _newest(self, judged: Judge) -> Judge | None:
        """A text that has come since."""
        return next((each for each in reversed(self._inbox) if isinstance(each, Judge) and each is not judged), None)

    def _rest(self) -> None:
        """Waits for a message, for something that a fork says, or until there is something to do."""
        times = [fork.deadline for fork in self._forks if fork.deadline is not None]
        times += [due for due in (self._tiers_due, self._collection_due) if due is not None]
        seconds = max(0.0, min(times) - time.monotonic()) if times else None
        ready = wait([self._channel, *(fork.channel for fork in self._forks)], seconds)
        if self._channel in ready:
            return
        now = time.monotonic()
        for fork in list(self._forks):
            if fork.channel in ready:
                self._relay(fork)
            if not fork.channel.is_open or (fork.deadline is not None and now > fork.deadline):
                self._end(fork)
                if fork.command is None:
                    self._tell_end()
        if self._collection_due is not None and now >= self._collection_due:
            self._collection_due = None
            gc.collect()
        elif self._tiers_due is not None and now >= self._tiers_due:
            self._start_tiers()

    def _emit(self, event: Event) -> None:
        if os.getpid() != self._owner:
            return
        if isinstance(event, Findings | Facts | Ended) and self._judged is not None:
            event = replace(event, uri=self._judged.uri)
        if isinstance(event, Findings) and event.tier == "compile":
            self._told = event
        self._channel.send(protocol.to_line(event))

    def _report(self, report: Report) -> None:
        self._channel.send(report_line(report))

    # -------------------------------------------------------------------------------------------- judging

    def _judge(self, request: Judge) -> None:
        self._end_forks()
        self._tiers_due = None
        self._judged, self._told = request, None
        self._report(Started(request.version))
        is_first = self._session is None
        try:
            if self._session is None:
                if missing := tuple(name for name in named_packages(request.text) if name not in sys.modules):
                    self._report(Importing(missing))
                    with timed(IMPORT_SECONDS, IMPORT_SECONDS):
                        import_packages(missing)
                    self._report(Started(request.version))
                if request.folder:
                    with suppress(OSError):
                        os.chdir(request.folder)
                self._session = self._make_session(request.path, request.settings, self._emit, self._checkpoint)
            with timed(JUDGE_SECONDS, WAIT_SECONDS):
                outcome = self._session.judge(request.text, request.version).name
        except Superseded:
            return
        except TimeUp as up:
            outcome = "FAILED"
            self._tell_also(out_of_time(request.path, _place(up.frame, request.path)))
        except MemoryError:
            outcome = "FAILED"
            self._tell_also(out_of_memory(request.path))
        except Exception as cause:
            outcome = "FAILED"
            self._tell_also(internal(request.path, cause))
        if os.getpid() != self._owner:
            os._exit(0)
        new = sorted(loaded_packages() - self._known)
        self._report(Judged(request.version, outcome, tuple(sorted(user_files())), tuple(new)))
        self._reap()
        if outcome != "KEEP":
            return
        if is_first:
            # What the script has made stays: nobody looks through it again.
            gc.freeze()
        self._collection_due = time.monotonic() + _COLLECTION_SECONDS
        if request.settings.later_tiers:
            self._tiers_due = time.monotonic() + PAUSE_SECONDS
        else:
            self._tell_end()

    def _checkpoint(self) -> None:
        if os.getpid() != self._owner or self._judged is None:
            return
        self._receive()
        if not self._channel.is_open:
            os._exit(0)
        if self._newest(self._judged):
            raise Superseded

    def _tell_also(self, found: Diagnostic) -> None:
        """A finding that comes beside those that were told by then."""
        assert self._judged is not None
        before = self._told.findings if self._told is not None else ()
        fields = [*before, to_fields(found)]
        self._emit(Findings(self._judged.uri, self._judged.version, "compile", fields, complete=False))

    def _tell_end(self) -> None:
        assert self._judged is not None
        self._emit(Ended(self._judged.uri, self._judged.version, "done"))
        self._report(Idle(self._judged.version))

    # ---------------------------------------------------------------------------------------------- forks

    def _start_tiers(self) -> None:
        assert self._judged is not None
        self._tiers_due = None
        version = self._judged.version

        def work(session: Judging) -> None:
            session.after(version)

        self._fork(work, None, FORK_SECONDS)

    def _command(self, command: Command) -> None:
        if self._judged is None or command.version != self._judged.version:
            self._channel.send(protocol.to_line(Answer(command.id, error=given_up(command.name))))
            return

        def progress(text: str, fraction: float | None) -> None:
            self._emit(Progress(command.id, text, fraction))

        def work(session: Judging) -> None:
            try:
                result: Any = session.command(command.name, command.params, progress)
            except DiagnosticError as found:
                self._emit(Answer(command.id, error=to_fields(found.diagnostics[0])))
            except Exception as cause:
                self._emit(Answer(command.id, error=failed_command(command.name, cause)))
            else:
                self._emit(Answer(command.id, result))

        self._fork(work, command.id, None)

    def _fork(self, work: Callable[[Judging], None], command: int | None, seconds: float | None) -> None:
        assert self._judged is not None
        assert self._session is not None
        ours, theirs = pair()
        with warnings.catch_warnings():
            # Threads of the script do not come along, which is as it should be.
            warnings.simplefilter("ignore")
            pid = os.fork()
        if not pid:
            self._be_fork(Channel(theirs.detach()), work, self._session)
        theirs.close()
        with suppress(OSError):
            os.setpgid(pid, pid)
        self._report(Forked(pid))
        deadline = None if seconds is None else time.monotonic() + seconds
        self._forks.append(_Fork(pid, ours, command, deadline))

    def _be_fork(self, channel: Channel, work: Callable[[Judging], None], session: Judging) -> NoReturn:
        with suppress(BaseException):
            os.setpgid(0, 0)
            os.nice(5)
            self._owner = os.getpid()
            self._channel.close()
            self._channel = channel
            self._inbox.clear()
            self._forks.clear()
            work(session)
        os._exit(0)

    def _relay(self, fork: _Fork) -> None:
        for line in fork.channel.lines():
            fork.answered |= line.startswith(_ANSWER)
            self._channel.send(line)

    def _end(self, fork: _Fork) -> None:
        """Of a fork that has ended, or is to end now."""
        self._forks.remove(fork)
        end_group(fork.pid)
        with suppress(ChildProcessError):
            os.waitpid(fork.pid, 0)
        fork.channel.close()
        if fork.command is not None and not fork.answered:
            self._channel.send(protocol.to_line(Answer(fork.command, error=given_up("the command"))))

    def _end_forks(self) -> None:
        for fork in list(self._forks):
            self._end(fork)

    def _reap(self) -> None:
        """Processes of the script's own that have ended, and that it did not wait for."""
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _place(frame: FrameType | None, path: str) -> Span | None:
    """Where a script stands, as seen from what runs for it."""
    while frame is not None:
        if frame.f_code.co_filename == path:
            return Origin(frame.f_code, frame.f_lasti).span()
        frame = frame.f_back
    return None
