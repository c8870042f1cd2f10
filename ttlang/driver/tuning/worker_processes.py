"""
Processes of our own that carry out tasks. They start with a fresh interpreter and never import the caller's script, so
it needs no `if __name__ == "__main__"`, and nothing of it runs twice.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType


class WorkerProcesses(ProcessPoolExecutor):
    """
    So many processes, each started when there is work for it. They end with this process, however it ends; Ctrl-C is
    left to this process.
    """

    def __init__(self, count: int):
        super().__init__(count, mp_context=_Context(), initializer=_prepare)

    def kill(self) -> None:
        """Ends all of them at once, whatever they do, and returns when they are gone."""
        # None behind a shutdown.
        for process in dict(self._processes or {}).values():
            process.kill()
        self.shutdown(cancel_futures=True)


class _Process(SpawnProcess):
    def start(self) -> None:
        # What is found here as the main module is what the new process imports first: the script that tunes, which
        # would tune there again. It is out of sight for the millisecond that a start takes.
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            super().start()
        finally:
            sys.modules["__main__"] = main


class _Context(SpawnContext):
    Process = _Process


def _prepare() -> None:
    """Of a new process."""
    # A terminal sends it to all processes; who waits for the results says what becomes of the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Both ends of the queue of tasks are open here, so it does not tell that nobody will ever fill it again."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)
