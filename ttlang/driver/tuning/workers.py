"""
Who carries out tasks: this process, processes of ours, or any `concurrent.futures.Executor`, such as Dask's and Ray's.

A task is a function of ttlang's and plain values, so which worker takes it changes nothing. Few tasks are in flight at
a time, and no more than those are lost when everything stops at once. A worker that dies may take several of them with
it: each is tried again once, alone, so that the one that killed it is found and the others have their results.
"""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import Any, Generic, Self, TypeVar

from ttlang.diagnostics import Diagnostic, Severity
from ttlang.diagnostics.python_warnings import warn
from ttlang.driver.tuning.worker_processes import WorkerProcesses

T = TypeVar("T")
R = TypeVar("R")
_NO_WORKERS = "TTL0014"
_IN_FLIGHT = 2
"""Tasks of each worker: one that it works on, and one to go on with."""


class Status(StrEnum):
    """What became of a task."""

    DONE = "done"
    RAISED = "raised"
    """Its function raised an exception, as it would in any worker."""
    LOST = "lost"
    """Its worker died, twice."""
    NOT_RUN = "not run"
    """There were no workers for it."""


@dataclass(frozen=True)
class Outcome(Generic[R]):
    """What a task has come to."""

    status: Status
    result: R | None = None
    """What its function returned, if it is done."""
    reason: str = ""
    """Why there is no result, else."""


class Workers:
    """
    Workers for tasks, as a context. At its end processes of ours are gone: at once if something is raised, or if tasks
    are still in flight. An executor is its maker's, and is not shut down.

    `executor`: who works; None: processes of ours, or this process where `count` is 1. `count`: how many tasks are
    carried out at a time; None: as many as the executor has workers, or this process may use processors.
    """

    def __init__(self, executor: Executor | None = None, count: int | None = None):
        assert count is None or count > 0
        self.count = count or _breadth(executor)
        self._executor = executor
        self._ours: WorkerProcesses | None = None
        self._in_flight: dict[Future[Any], int] = {}
        """The index of each task that has been handed over, and of which nothing has come back."""
        self._failure = ""
        """Why there was no answer to the last task, if no worker has answered since."""
        self._tickets = itertools.count()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._ours is None:
            return
        if kind is not None or not all(future.done() for future in self._in_flight):
            self._ours.kill()
        self._ours.shutdown()

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Generator[tuple[int, Outcome[R]]]:
        """
        The index of each task and what it has come to, in the order in which they are done. One run at a time.

        `function` stands at the top of a module that workers can import; tasks and results can be pickled. Closing
        the generator, or an exception in it such as KeyboardInterrupt, cancels what no worker has begun. Where there
        are no workers any more, this warns (TTL0014), and the outcomes of the tasks that are left say so.
        """
        if self._executor is None and self.count == 1:
            yield from ((index, _attempt(function, task, 0)) for index, task in enumerate(tasks))
            return
        self._in_flight = {}
        try:
            yield from self._run(function, tasks)
        finally:
            for future in self._in_flight:
                future.cancel()

    def _run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Generator[tuple[int, Outcome[R]]]:
        waiting, lost = deque(range(len(tasks))), deque[int]()
        while (waiting or lost) and self._answer():
            if not lost:
                yield from self._side_by_side(function, tasks, waiting, lost)
                continue
            index = lost.popleft()
            outcome = self._alone(function, tasks[index])
            yield index, outcome or Outcome(Status.LOST, reason=f"its worker died twice: {self._failure}")
        left = sorted([*waiting, *lost])
        if left:
            warn(self._no_workers(len(left), len(tasks)))
        yield from ((index, Outcome(Status.NOT_RUN, reason=f"no workers: {self._failure}")) for index in left)

    def _side_by_side(
        self, function: Callable[[T], R], tasks: Sequence[T], waiting: deque[int], lost: deque[int]
    ) -> Generator[tuple[int, Outcome[R]]]:
        """
        Takes tasks from `waiting`, as long as all are answered, and ends when none is in flight: those without an
        answer are in `lost` then.
        """
        while self._in_flight or (waiting and not lost):
            while waiting and not lost and len(self._in_flight) < _IN_FLIGHT * self.count:
                index = waiting.popleft()
                self._begin(index, function, tasks[index])
            for index, outcome in self._finished():
                if outcome is None:
                    lost.append(index)
                else:
                    yield index, outcome

    def _alone(self, function: Callable[[T], R], task: T) -> Outcome[R] | None:
        """What a task comes to, while nothing else is in flight; None: nothing, its worker dies."""
        self._begin(0, function, task)
        ((_, outcome),) = self._finished()
        return outcome

    def _answer(self) -> bool:
        """Whether workers answer, as far as is known. If they didn't last, processes of ours are made anew."""
        if not self._failure:
            return True
        if self._ours is not None:
            self._ours.kill()
            self._ours = None
        if self._alone(_nothing, None) is None:
            return False
        self._failure = ""
        return True

    def _begin(self, index: int, function: Callable[[T], R], task: T) -> None:
        if self._executor is None and self._ours is None:
            self._ours = WorkerProcesses(self.count)
        executor = self._executor or self._ours
        assert executor is not None
        try:
            # Dask takes a call with the same arguments for the same call, and would not try it again.
            future = executor.submit(_attempt, function, task, next(self._tickets))
        except Exception as failure:  # of any kind: each executor has its own where it is broken or closed
            future = Future[Outcome[R]]()
            future.set_exception(failure)
        self._in_flight[future] = index

    def _finished(self) -> Iterable[tuple[int, Outcome[Any] | None]]:
        """The tasks that are done next, those done at once in their order; None: their worker has not answered."""
        done = wait(self._in_flight, return_when=FIRST_COMPLETED).done
        for index, future in sorted(((self._in_flight.pop(each), each) for each in done), key=itemgetter(0)):
            failure = CancelledError() if future.cancelled() else future.exception()
            if failure is None:
                yield index, future.result()
            else:
                self._failure = _said(failure)
                yield index, None

    def _no_workers(self, left: int, total: int) -> Diagnostic:
        message = f"there are no workers any more ({self._failure}): {left} of {total} tasks are not carried out"
        hint = "begin again, with a new executor or a number of processes in its place: what is done is kept"
        return Diagnostic(_NO_WORKERS, message, hint=hint, severity=Severity.WARNING)


def _attempt(function: Callable[[T], R], task: T, ticket: int) -> Outcome[R]:
    """In a worker. What is raised becomes text here: an exception that can't be read again would break a pool."""
    try:
        return Outcome(Status.DONE, function(task))
    except (Exception, SystemExit) as failure:
        return Outcome(Status.RAISED, reason=_said(failure))


def _nothing(_: None) -> None:
    """What each worker can do."""


def _said(failure: BaseException) -> str:
    return f"{type(failure).__name__}: {str(failure).strip()}".removesuffix(": ")


def _breadth(executor: Executor | None) -> int:
    """How many tasks are worked on at a time."""
    if executor is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # Executors have no common way to ask. Those of the standard library and ours for Ray have their number; Dask's has
    # its client.
    if (number := getattr(executor, "_max_workers", None)) is not None:
        return number
    client: Any = getattr(executor, "_client", None)
    return max(1, sum(client.ncores().values())) if client is not None else os.cpu_count() or 1
