"""What a script that is judged may take, and how that is enforced: here in its own process, at last by the worker."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

JUDGE_SECONDS = 5.0
"""Processor time for a judgement. Another machine's load is not the script's."""
WAIT_SECONDS = 15.0
"""For a judgement by the clock on the wall."""
IMPORT_SECONDS = 60.0
"""By that clock for the import of installed packages, such as torch, that a script names."""
GRACE_SECONDS = 1.0
"""From there on, until the worker ends the process."""
FORK_SECONDS = 60.0
"""For the later tiers of a version."""
CANCEL_SECONDS = 0.3
"""Until a judgement that a newer text makes void has stopped by itself."""
MEMORY_BYTES = 1 << 30
"""That a judgement may take beyond what its process began with."""
ADDRESS_BYTES = 4 << 30
"""Beyond what its process began with. Much of it is never touched: stacks of threads, mappings of libraries."""
KEPT_BYTES = 150 << 20
"""What a document's process may have gathered since its script has run; then a new one takes its place."""
DOCUMENTS = 4
"""Processes of documents that live at a time."""
TEXT_CHARACTERS = 1_000_000
"""In a text that is judged at all."""
_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux."""


class TimeUp(BaseException):
    """A judgement has taken its time. No `except Exception` of the script catches it."""

    def __init__(self, frame: FrameType | None):
        super().__init__("the time is up")
        self.frame = frame


def die_with_parent(parent: int) -> None:
    """Has this process end with the one that made it, whose id is given, where the system can."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def have_forks_die() -> None:
    """Has processes that Python forks from here on end with the one that forked them."""
    forking: list[int] = []

    def before() -> None:
        forking[:] = [os.getpid()]

    os.register_at_fork(before=before, after_in_child=lambda: die_with_parent(forking[0]))


def confine() -> None:
    """Limits the memory of this process and of those that it makes: a request beyond it is a MemoryError."""
    import resource

    with suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        wanted = _statm(os.getpid())[0] + ADDRESS_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


@contextmanager
def timed(processor: float, wall: float) -> Generator[None]:
    """Raises `TimeUp` in the main thread once so many seconds have passed, by either clock."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeUp(frame)

    timers = (signal.SIGPROF, signal.ITIMER_PROF, processor), (signal.SIGALRM, signal.ITIMER_REAL, wall)
    before = [signal.signal(number, stop) for number, _, _ in timers]
    for _, timer, seconds in timers:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for (number, timer, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


def processor_seconds(pid: int) -> float:
    """Processor time that a process has taken; 0 where that can't be told."""
    try:
        _, _, rest = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
    except OSError:
        return 0.0
    user, system = rest.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Bytes of main memory of a process; 0 where that can't be told."""
    return _statm(pid)[1]


def _statm(pid: int) -> tuple[int, int]:
    """Bytes of addresses and of main memory."""
    try:
        size, pages, *_ = Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()
    except OSError:
        return _peak(pid)
    page = os.sysconf("SC_PAGE_SIZE")
    return int(size) * page, int(pages) * page


def _peak(pid: int) -> tuple[int, int]:
    """Where there is no /proc: the most that this process ever took."""
    if pid != os.getpid():
        return 0, 0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return most, most


def end_group(group: int, process: int | None = None) -> None:
    """Ends all processes of a group at once, and its first one, which may not have been put into it yet."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):
        os.kill(process or group, signal.SIGKILL)
