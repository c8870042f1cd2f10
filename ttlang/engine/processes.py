"""The processes of a worker: documents' own, and the zygotes that they are forked from."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ttlang.engine import zygote
from ttlang.engine.channel import Channel, pair
from ttlang.engine.limits import (
    CANCEL_SECONDS,
    GRACE_SECONDS,
    IMPORT_SECONDS,
    JUDGE_SECONDS,
    KEPT_BYTES,
    MEMORY_BYTES,
    WAIT_SECONDS,
    end_group,
    processor_seconds,
    resident,
)
from ttlang.engine.process_findings import out_of_memory, out_of_time, process_gone, to_fields
from ttlang.engine.protocol import Findings, Judge

_STATUS_SECONDS = 0.2
"""From the end of a process's channel until its status is not waited for any more."""
_AGAIN_SECONDS = 1.0
"""Until a zygote that has ended is replaced."""
_MEMORY_SECONDS = 10.0
"""Between two looks at the memory of all, which takes some milliseconds."""


@dataclass(eq=False)
class Zygote:
    pid: int
    control: socket.socket
    packages: frozenset[str]
    is_ready: bool = False
    is_alive: bool = True
    numbers: set[int] = field(default_factory=set[int])
    """Of its processes that live."""
    rest: bytes = b""


@dataclass(eq=False)
class Process:
    """That of a document."""

    number: int
    channel: Channel
    zygote: Zygote
    pid: int | None = None
    groups: set[int] = field(default_factory=set[int])
    status: int | None = None
    """As `waitpid` tells it, once it has ended."""
    is_importing: bool = False
    _began_with: int = 0
    _ran_with: int | None = None
    """Bytes of memory when it was forked, and when its script had run."""
    _judging: float | None = None
    _processor: float = 0.0
    """Processor time that it had taken then."""
    _newer: float | None = None
    """Since when it is to judge another text."""
    _version: int | None = None
    """That it is to judge."""
    _in_tiers: bool = False
    _gone: float | None = None
    _gathered: bool = False

    @property
    def is_judging(self) -> bool:
        return self._judging is not None

    def has_work(self) -> bool:
        return self.is_judging or self._in_tiers or self._gone is not None or self._gathered

    def wait_for(self, version: int) -> None:
        """It is given a text to judge."""
        now = time.monotonic()
        if self._judging is None:
            self._judging, self._processor = now, self._processor_time()
        elif self._newer is None:
            self._newer = now
        self._version = version

    def started(self, version: int) -> None:
        self._judging, self.is_importing = time.monotonic(), False
        self._processor = self._processor_time()
        if version == self._version:
            self._newer = None

    def judged(self) -> None:
        self._judging, self._newer, self._in_tiers = None, None, True
        if self.pid is not None and self._ran_with is not None:
            self._gathered = resident(self.pid) - self._ran_with > KEPT_BYTES

    def has_run(self) -> None:
        """Its script has run, for the first time or not."""
        if self._ran_with is None and self.pid is not None:
            self._ran_with = resident(self.pid)

    def rests(self) -> None:
        self._in_tiers = False

    def forked(self, pid: int) -> None:
        self.pid, self._began_with = pid, resident(pid)
        self.groups.add(pid)

    def _processor_time(self) -> float:
        return 0.0 if self.pid is None else processor_seconds(self.pid)

    def has_gathered(self) -> bool:
        """Whether it has become so large that a new one had better go on."""
        return self._gathered and not self.is_judging and not self._in_tiers

    def is_stuck(self) -> bool:
        """Whether it goes on with a text that is void."""
        return self._newer is not None and not self.is_importing and time.monotonic() - self._newer > CANCEL_SECONDS

    def is_lost(self) -> bool:
        """Whether it has said its last for so long that nobody will tell how it has ended."""
        if self._gone is None:
            self._gone = time.monotonic()
        return time.monotonic() - self._gone > _STATUS_SECONDS

    def excess(self, request: Judge) -> Findings | None:
        """What is told of a script that goes beyond what it is given, and has not stopped by itself."""
        if self._judging is None:
            return None
        wall = GRACE_SECONDS + (IMPORT_SECONDS if self.is_importing else WAIT_SECONDS)
        processor = GRACE_SECONDS + (IMPORT_SECONDS if self.is_importing else JUDGE_SECONDS)
        if time.monotonic() - self._judging > wall or self._processor_time() - self._processor > processor:
            found = out_of_time(request.path, None)
        elif self.pid is not None and resident(self.pid) - self._began_with > MEMORY_BYTES:
            found = out_of_memory(request.path)
        else:
            return None
        return Findings(request.uri, request.version, "compile", [to_fields(found)], complete=False)

    def gone(self, request: Judge) -> Findings:
        """What is told of a script whose process has ended while it was judged."""
        found = process_gone(request.path, self.status)
        return Findings(request.uri, request.version, "compile", [to_fields(found)], complete=False)


class Processes:
    """All of them."""

    def __init__(self, session: str):
        """`session`: MODULE:NAME of what judges a document."""
        self._session = session
        self._zygotes: list[Zygote] = []
        self._packages: frozenset[str] = frozenset()
        self._living: dict[int, Process] = {}
        self._doomed: set[int] = set()
        """Processes that were ended before they had an id."""
        self._numbers = 0
        self._begin_at: float | None = None
        self._memory = 0, 0.0

    def begin(self) -> None:
        """Starts a zygote with all packages that are known."""
        self._begin_at = None
        pid, control = zygote.start(self._session, sorted(self._packages))
        control.setblocking(False)
        self._zygotes.append(Zygote(pid, control, self._packages))

    def learn(self, packages: Iterable[str]) -> None:
        """Of packages that a script has imported: the next zygote has them."""
        self._packages |= frozenset(packages)

    def start(self, packages: frozenset[str]) -> Process | None:
        """
        A process for a document whose script imports packages; None while there is no zygote that could make one, and
        while one is being prepared that will have packages which the others lack: the process would import them beside.
        """
        ready = [each for each in self._zygotes if each.is_ready and each.is_alive]
        coming = [each for each in self._zygotes if not each.is_ready and each.is_alive]
        if not ready or any((packages - ready[-1].packages) & each.packages for each in coming):
            return None
        mother = ready[-1]
        ours, theirs = pair()
        self._numbers += 1
        try:
            socket.send_fds(mother.control, [b"%d\n" % self._numbers], [theirs.fileno()])
        except OSError:
            ours.close()
            return None
        finally:
            theirs.close()
        process = Process(self._numbers, ours, mother)
        mother.numbers.add(process.number)
        self._living[process.number] = process
        return process

    def end(self, process: Process) -> None:
        """At once, with all that it has made."""
        process.channel.close()
        if self._living.pop(process.number, None) is None:
            return
        if process.pid is None:
            self._doomed.add(process.number)
            return
        if process.status is None:
            for group in process.groups | {process.pid}:
                end_group(group)
        process.zygote.numbers.discard(process.number)

    def end_all(self) -> None:
        for process in list(self._living.values()):
            self.end(process)
        for mother in self._zygotes:
            end_group(mother.pid)
            mother.control.close()
            with suppress(ChildProcessError):
                os.waitpid(mother.pid, 0)

    def channels(self) -> list[Channel]:
        return [process.channel for process in self._living.values()]

    def descriptors(self) -> list[int]:
        """Of what may have something to say."""
        speaking = [channel.fileno() for channel in self.channels() if channel.is_open]
        return [*speaking, *(each.control.fileno() for each in self._zygotes if each.is_alive)]

    def has_work(self) -> bool:
        return self._begin_at is not None or bool(self._doomed)

    def groups(self) -> list[int]:
        """Process groups that live."""
        return [
            *(mother.pid for mother in self._zygotes),
            *(group for process in self._living.values() for group in process.groups),
        ]

    def memory(self) -> int:
        """Bytes of main memory, what several share once; not newer than some seconds."""
        if time.monotonic() - self._memory[1] > _MEMORY_SECONDS:
            self._memory = sum(map(_share, [os.getpid(), *self.groups()])), time.monotonic()
        return self._memory[0]

    # ------------------------------------------------------------------------------------------- zygotes

    def listen(self) -> bool:
        """Hears what zygotes say, and has as many of them as are needed. Whether there is something new."""
        before = self.groups(), [each.is_ready for each in self._zygotes]
        for mother in list(self._zygotes):
            self._hear(mother)
        self._retire()
        now = time.monotonic()
        if self._begin_at is not None and now > self._begin_at:
            self.begin()
        return before != (self.groups(), [each.is_ready for each in self._zygotes])

    def _hear(self, mother: Zygote) -> None:
        while mother.is_alive:
            try:
                data = mother.control.recv(4096)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                mother.is_alive = False
                return
            *lines, mother.rest = (mother.rest + data).split(b"\n")
            for line in lines:
                self._take(mother, line.split())

    def _take(self, mother: Zygote, words: list[bytes]) -> None:
        match words:
            case [b"forked", number, pid]:
                self._forked(mother, int(number), int(pid))
            case [b"ended", pid, status]:
                for process in self._living.values():
                    if process.pid == int(pid):
                        process.status = int(status)
            case _:
                mother.is_ready = True

    def _forked(self, mother: Zygote, number: int, pid: int) -> None:
        if number in self._doomed:
            self._doomed.discard(number)
            mother.numbers.discard(number)
            end_group(pid)
        elif (process := self._living.get(number)) is not None:
            process.forked(pid)

    def _retire(self) -> None:
        """Lets those go that are dead or that a newer one has replaced, and starts the next one."""
        for mother in [each for each in self._zygotes if not each.is_alive]:
            if not mother.is_ready:
                self._packages -= mother.packages  # one of which may have been the reason
            self._remove(mother)
        ready = [each for each in self._zygotes if each.is_ready]
        for mother in [each for each in ready[:-1] if not each.numbers]:
            self._remove(mother)
        if not self._zygotes and self._begin_at is None:
            self._begin_at = time.monotonic() + _AGAIN_SECONDS
        busy = any(process.is_importing for process in self._living.values())
        if ready and ready[-1] is self._zygotes[-1] and self._packages - ready[-1].packages and not busy:
            self.begin()

    def _remove(self, mother: Zygote) -> None:
        self._zygotes.remove(mother)
        self._doomed -= mother.numbers
        mother.control.close()
        end_group(mother.pid)
        with suppress(ChildProcessError):
            os.waitpid(mother.pid, 0)


def _share(pid: int) -> int:
    """Bytes of main memory of a process, its share of what it shares with others; else all of it."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return resident(pid)
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)
