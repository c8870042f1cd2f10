"""
The process that documents' processes are forked from: it has the compiler and some packages imported, runs no user's
code, and has one thread. Where the compiler is at hand, a script begins to run within milliseconds.
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import signal
import socket
import warnings
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from ttlang.engine.channel import Channel
from ttlang.engine.limits import confine, die_with_parent, have_forks_die

SESSION = "ttlang.engine.document_session:DocumentSession"
"""What judges documents, as MODULE:NAME."""
READY = b"ready\n"
_MOST_DESCRIPTORS = 64


def start(session: str, packages: Sequence[str]) -> tuple[int, socket.socket]:
    """
    Forks one; its id, and a socket that it listens to: each number that is sent, with a descriptor, has it fork a
    process whose channel that is. It says `ready`, `forked NUMBER PID` and `ended PID STATUS`, a line each.
    """
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, ours
    try:
        os.setpgid(0, 0)
        die_with_parent(parent)
        ours.close()
        _Zygote(theirs, session, packages).run()
    finally:
        os._exit(1)


class _Zygote:
    def __init__(self, control: socket.socket, session: str, packages: Sequence[str]):
        self._control = control
        self._session = session
        self._packages = packages

    def run(self) -> NoReturn:
        self._close_others()
        wake, woken = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(wake, False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        self._prepare()
        self._say(READY)
        while True:
            ready, _, _ = select.select([self._control, wake], [], [])
            if wake in ready:
                with suppress(BlockingIOError):
                    os.read(wake, 4096)
                self._reap()
            if self._control in ready:
                data, descriptors, _, _ = socket.recv_fds(self._control, 4096, _MOST_DESCRIPTORS)
                if not data:
                    os._exit(0)
                for number, descriptor in zip(data.split(), descriptors, strict=True):
                    self._fork(int(number), descriptor, (wake, woken))

    def _close_others(self) -> None:
        """Descriptors of the worker's, so that each channel has two ends."""
        kept = self._control.fileno()
        os.closerange(3, kept)
        os.closerange(kept + 1, max(1024, kept + 2))

    def _prepare(self) -> None:
        # Nothing that is imported goes away again.
        gc.disable()
        # Threads of OpenMP, as torch starts them, are not there in a process that is forked, and would be waited for.
        os.environ["OMP_NUM_THREADS"] = "1"
        module, _, name = self._session.partition(":")
        if self._session == SESSION:
            from ttlang.driver.loading import load_compiler, load_simulator

            load_compiler()
            load_simulator()
        self._make = getattr(importlib.import_module(module), name)
        if self._session == SESSION:
            from ttlang.engine.warm_up import warm_up

            warm_up()
        from ttlang.engine.document_process import DocumentProcess
        from ttlang.engine.preloading import import_packages

        self._process = DocumentProcess
        import_packages(self._packages)
        _silence()
        gc.collect()
        gc.freeze()
        gc.enable()

    def _fork(self, number: int, descriptor: int, others: Sequence[int]) -> None:
        owner = os.getpid()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pid = os.fork()
        if pid:
            os.close(descriptor)
            with suppress(OSError):
                os.setpgid(pid, pid)
            self._say(b"forked %d %d\n" % (number, pid))
            return
        try:
            os.setpgid(0, 0)
            die_with_parent(owner)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            for each in others:
                os.close(each)
            confine()
            have_forks_die()
            self._process(Channel(descriptor), self._make).run()
        finally:
            os._exit(1)

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                self._say(b"ended %d %d\n" % (pid, status))

    def _say(self, line: bytes) -> None:
        try:
            self._control.sendall(line)
        except OSError:
            os._exit(0)


def _nothing(number: int, frame: FrameType | None) -> None:
    """A signal that is told by the descriptor for wake-ups."""


def _silence() -> None:
    """Nothing that a script reads or writes comes from or goes to a stream of the worker's."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
