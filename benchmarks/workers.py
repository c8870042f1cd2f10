"""Both ends of a process that measures: who asks, and what answers. Plain Python, of whichever version."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

Seconds = tuple[float, float]
"""Of the processor, and by the wall."""
Times = dict[str, Seconds]
"""Of each part of a measurement."""
WHOLES = ("whole", "run")
"""Parts that are all of a measurement."""


@contextmanager
def timed(times: Times, part: str) -> Iterator[None]:
    wall, used = time.perf_counter(), time.process_time()
    yield
    spent = time.process_time() - used, time.perf_counter() - wall
    before = times.get(part, (0.0, 0.0))
    times[part] = before[0] + spent[0], before[1] + spent[1]


def mean(count: int, act: Callable[[], object]) -> Times:
    """What one of so many takes. Garbage is collected before each."""
    times: Times = {}
    for _ in range(count):
        gc.collect()
        with timed(times, "run"):
            act()
    used, wall = times["run"]
    return {"run": (used / count, wall / count)}


def serve(measurements: Mapping[str, Callable[[], object]]) -> None:
    """
    Writes the names of all measurements in a line of JSON; then reads a name from each line of its input, carries that
    measurement out once, and answers with its result in a line of JSON. What it prints itself is lost.
    """
    answers = sys.stdout
    with contextlib.redirect_stdout(io.StringIO()) as lost:
        print(json.dumps(list(measurements)), file=answers, flush=True)
        for line in sys.stdin:
            print(json.dumps(measurements[line.strip()]()), file=answers, flush=True)
            lost.seek(0)
            lost.truncate()


class Worker:
    """A process that serves."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None):
        self.process = subprocess.Popen(
            list(map(str, command)),
            env=dict(os.environ if environment is None else environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.names: list[str] = self._answer()

    def measure(self, name: str):
        assert self.process.stdin is not None
        print(name, file=self.process.stdin, flush=True)
        return self._answer()

    def _answer(self):
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else sys.exit(f"a process that measures has failed: {self.process.args}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self.process:
            pass


def run(command: Sequence[str | Path], environment: Mapping[str, str], folder: Path) -> Seconds:
    """A whole process, with Python's own start."""
    start = time.perf_counter()
    process = subprocess.Popen(
        list(map(str, command)),
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start
