"""Tasks for workers: each a function of one plain value, in a module that a worker of any kind can import."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import NamedTuple

LARGE = 1 << 20
"""Bytes: more than a pipe between processes takes at once."""


class Step(NamedTuple):
    """A task with something of a size to be sent."""

    number: int
    kills: bool = False
    once: str = ""
    """A file: the worker is killed only if it is not there yet."""
    payload: bytes = b""


def step(task: Step) -> int:
    """The square of the number, unless it kills its worker."""
    if task.kills and not (task.once and Path(task.once).exists()):
        if task.once:
            Path(task.once).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task.number**2 + 0 * len(task.payload)


def fails(number: int) -> int:
    """Raises for odd numbers, what can't be sent from one process to another."""
    if number % 2:
        raise UnreadableError(number, "is odd")
    return number


class UnreadableError(Exception):
    """Whose pickled form can't be read again."""

    def __init__(self, number: int, text: str):
        super().__init__(f"{number} {text}")


def leaves(number: int) -> int:
    sys.exit(f"{number} leaves")


def main_module(number: int) -> bool:
    """Whether the worker has what the caller runs as a script."""
    main = sys.modules["__main__"], sys.modules.get("__mp_main__")
    return any("secret_of_the_script" in vars(each) for each in main if each is not None)


def interrupted(number: int) -> int:
    """Has a Ctrl-C come to its worker."""
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)  # the signal's handler runs
    return number


def note_and_wait(place: str) -> str:
    """Leaves a file named after the process in a folder, and takes a long time."""
    (Path(place) / str(os.getpid())).touch()
    time.sleep(120)
    return place


def busy(seconds: float) -> int:
    """Takes so many seconds of a processor, and returns the number of the process that took them."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return os.getpid()
