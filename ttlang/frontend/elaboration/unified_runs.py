"""Runs of kernel functions that do the work themselves: what they make, and their work as one thread."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType, FunctionType

from ttlang.diagnostics import DiagnosticError, error, session
from ttlang.frontend.elaboration.unified_bodies import decorates_threads, take_apart
from ttlang.language.call_sites import caller_span, code_span
from ttlang.language.kernel_run import Run
from ttlang.language.stages import CODE, Stage, check_arguments
from ttlang.language.threads import UNIFIED, Thread

Moved = dict[CodeType, frozenset[int]]
"""For a function, the positions of the statements that Python can't run, though their text does not show it."""

Caller = Callable[[Callable[..., object]], object]
"""Calls a function that makes resources with the arguments of the kernel function, and returns the work."""


class _Unrunnable(Exception):
    """A statement turns out to be a part of the work."""

    def __init__(self, code: CodeType, position: int):
        self.code = code
        self.position = position


class UnifiedCall:
    """A call of a kernel function that does the work itself; each run of it is another."""

    def __init__(self, function: FunctionType, call: Caller):
        self._function = function
        self._call = call
        self._moved: Moved = {}

    def run_in(self, run: Run) -> bool:
        """Runs it; False if `run` is to be thrown away, since a statement was found that belongs to the work."""
        try:
            work = _Elaboration(run, self._moved).work_of(self._function, self._call)
        except _Unrunnable as found:
            self._moved[found.code] = self._moved.get(found.code, frozenset()) | {found.position}
            return False
        run.keep(Thread(UNIFIED, work))
        return True


class _Elaboration:
    """One run of a kernel function and of the operations that are its stages."""

    def __init__(self, run: Run, moved: Moved):
        self._run = run
        self._moved = moved
        self._open: list[CodeType] = []
        """The function, and the stages that are being expanded."""

    def work_of(self, function: FunctionType, call: Caller) -> FunctionType:
        """Makes the resources of a function, and returns its work."""
        moved = self._moved.get(function.__code__, frozenset())
        body = take_apart(function, moved, self._expand)
        if not self._open:
            self._run.code = body.make.__code__
        self._open.append(function.__code__)
        try:
            work = call(body.make)
        except DiagnosticError as found:
            position = body.position_of(found)
            if found.diagnostics[0].code != "TTL0113" or position is None or position in moved:
                raise
            raise _Unrunnable(function.__code__, position) from None
        finally:
            self._open.pop()
        assert isinstance(work, FunctionType)
        work.__name__ = function.__name__
        return work

    def _expand(self, stage: Stage, nested: bool, *arguments: object) -> FunctionType:
        """The work of a stage. `nested`: it stands in a loop or a branch, where nothing can be made."""
        python = stage.python
        session.called(python.__name__, code_span(python.__code__))
        self._check(stage, python)
        check_arguments(stage, arguments)
        before = self._run.count_made()
        work = self.work_of(python, lambda make: make(*arguments))
        if nested and self._run.count_made() != before:
            message = f"{python.__name__} makes buffers, pipes or semaphores, and stands in a loop or a branch"
            hint = "name it at the top of the body; or make there what it needs, and give it to it"
            raise error(CODE, message, caller_span(), hint=hint)
        self._run.works.append(work)
        return work

    def _check(self, stage: Stage, python: FunctionType) -> None:
        name, run = python.__name__, self._run
        if python.__code__ in self._open:
            raise error(CODE, f"{name} is a stage of itself", caller_span(), hint="write what repeats as a loop")
        if stage.edition is not run.edition:
            decorators = f"@ttl.{stage.edition.decorator}, and the operation around it of @ttl.{run.edition.decorator}"
            hint = "the two read some words differently: decorate both alike"
            raise error(CODE, f"{name} is of {decorators}", caller_span(), hint=hint)
        if decorates_threads(python):
            hint = "write its work without threads: the compiler makes them"
            raise error(CODE, f"{name} decorates threads, and so can't be a stage", caller_span(), hint=hint)
