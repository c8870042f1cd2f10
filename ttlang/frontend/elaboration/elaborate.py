"""Runs the kernel function, which is host code, and collects what it makes: buffers, pipes, semaphores, threads."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import Any

from ttlang.diagnostics import DiagnosticError, Span, error
from ttlang.frontend.blocks import suggestions
from ttlang.frontend.elaboration.program_threads import ElaboratedThread, threads_of
from ttlang.frontend.elaboration.resource_names import name_resources
from ttlang.frontend.elaboration.run_agreement import check_agreement, made_by
from ttlang.frontend.elaboration.unified_bodies import decorates_threads, is_unified
from ttlang.frontend.elaboration.unified_runs import UnifiedCall
from ttlang.language.buffers import CircularBuffer
from ttlang.language.call_sites import code_span, raised_at
from ttlang.language.kernel_run import CURRENT, Run
from ttlang.language.pipes import Pipe
from ttlang.language.python_objects import is_sequence
from ttlang.language.runtime_integers import RuntimeParameter
from ttlang.language.semaphores import Semaphore
from ttlang.language.tensors import TensorParameter, is_tensor, parameter_tensor
from ttlang.language.threads import Thread
from ttlang.tables.chips import Chip
from ttlang.tables.editions import DEFAULT, Edition

Core = tuple[int, int]
"""(column, row)."""


@dataclass(frozen=True)
class Elaboration:
    """A kernel function that has been run: once, or once for each core if it asked for its core."""

    name: str
    span: Span
    grid: tuple[int, ...]
    """Columns, rows, and chips if there are several."""
    arch: Chip
    edition: Edition
    tensors: tuple[TensorParameter, ...]
    runtime_parameters: tuple[RuntimeParameter, ...]
    buffers: tuple[CircularBuffer, ...]
    pipes: tuple[Pipe, ...]
    semaphores: tuple[Semaphore, ...]
    threads: tuple[ElaboratedThread, ...]
    canonical: Mapping[int, object]
    """For an object that a later run made, by its `id`: its counterpart of the first run."""
    runs: tuple[Run, ...]
    """Keeps the objects of all runs alive."""
    asked_for_grid: bool
    """Whether the kernel function has asked how many cores there are."""
    returned: object
    """What the first run returned, with real tensors in place of their parameters."""


def elaborate(
    function: Callable[..., object],
    arguments: Sequence[object],
    *,
    grid: Sequence[int],
    arch: Chip,
    edition: Edition = DEFAULT,
) -> Elaboration:
    """
    Runs a kernel function. `arguments` has a tensor, a `RuntimeParameter` or a constant for each of its parameters, in
    their order; `grid` is (columns, rows) of cores, or (columns, rows, chips). Raises a DiagnosticError for what is
    wrong with the function.
    """
    python: FunctionType = inspect.unwrap(function)
    code = python.__code__
    span = code_span(code)
    sizes = (*grid, 1)[: max(2, len(grid))]
    # The file may have changed since something was last read of it.
    linecache.checkcache(code.co_filename)
    bound = _bind(python, arguments, span)
    tensors = tuple(value for value in bound.values() if isinstance(value, TensorParameter))

    def new_run(core: Core) -> Run:
        return Run(code, sizes, core, edition, tensors)

    run_for, run, returned = _first_run(python, bound, new_run)
    runs = [run]
    if run.asked_for_core:
        columns, rows = run.grid
        cores = [(x, y) for y in range(rows) for x in range(columns)][1:]
        runs += [run_for(core)[0] for core in cores]
    canonical: dict[int, object] = {}
    for other in runs[1:]:
        check_agreement(run, other, span)
        for (_, mine), (_, theirs) in zip(made_by(run), made_by(other), strict=True):
            canonical |= {id(b): a for a, b in zip(mine, theirs, strict=True)}
    name_resources(run, tensors)
    threads = threads_of(runs, python, span)
    for each in runs:
        each.frame = None
    if isinstance(returned, TensorParameter):
        returned = parameter_tensor(returned)
    return Elaboration(
        function.__name__,
        span,
        sizes,
        arch,
        edition,
        tensors,
        tuple(value for value in bound.values() if isinstance(value, RuntimeParameter)),
        tuple(run.made(CircularBuffer)),
        tuple(run.made(Pipe)),
        tuple(run.made(Semaphore)),
        threads,
        canonical,
        tuple(runs),
        run.asked_for_grid,
        returned,
    )


def _bind(function: FunctionType, arguments: Sequence[object], span: Span) -> dict[str, Any]:
    """The arguments by parameter, tensors replaced by what stands for them."""
    names = list(inspect.signature(function).parameters)
    bound: dict[str, Any] = {}
    tensors = 0
    for name, value in zip(names, arguments, strict=True):
        if is_tensor(value):
            value = TensorParameter(name, tensors, value)
            tensors += 1
        elif is_sequence(value) and any(map(is_tensor, value)):
            raise error("TTL0003", f"{name} holds several tensors: each needs a parameter of its own yet", span)
        bound[name] = value
    return bound


def _make_call(function: Callable[..., object], bound: Mapping[str, Any]) -> Callable[[], object]:
    """The call of a function with these arguments, whatever the kinds of its parameters."""
    args: list[Any] = []
    keywords: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        match parameter.kind:
            case inspect.Parameter.KEYWORD_ONLY:
                keywords[name] = bound[name]
            case inspect.Parameter.VAR_POSITIONAL:
                args += bound[name]
            case inspect.Parameter.VAR_KEYWORD:
                keywords |= bound[name]
            case _:
                args.append(bound[name])
    return lambda: function(*args, **keywords)


_RunFor = Callable[[Core], tuple[Run, object]]
"""Runs the kernel function for a core: what the run has made, and what the function returned."""


def _first_run(
    function: FunctionType, bound: Mapping[str, Any], new_run: Callable[[Core], Run]
) -> tuple[_RunFor, Run, object]:
    """How the kernel function is run, and its run for the first core."""

    def as_it_is(core: Core) -> tuple[Run, object]:
        return _run(_make_call(function, bound), new_run(core))

    def taken_apart(core: Core) -> tuple[Run, object]:
        run = new_run(core)
        while not _run(partial(call.run_in, run), run)[1]:
            run = new_run(core)
        return run, None

    call = UnifiedCall(function, lambda make: _make_call(make, bound)())
    if not is_unified(function):
        run = new_run((0, 0))
        try:
            return as_it_is, *_run(_make_call(function, bound), run)
        except DiagnosticError as found:
            # A helper may do the work: then Python can't run the call.
            if run.made(Thread) or found.diagnostics[0].code not in _OF_WORK or decorates_threads(function):
                raise
    return taken_apart, *taken_apart((0, 0))


_OF_WORK = ("TTL0113", "TTL0242")
"""What a kernel function gets that calls what only threads can, or another operation."""


def _run(call: Callable[[], object], run: Run) -> tuple[Run, object]:
    """Runs the kernel function once. Whatever it raises becomes a TTL0201 at its line."""
    token = CURRENT.set(run)
    try:
        returned = call()
    except DiagnosticError:
        raise
    except Exception as cause:
        place = raised_at(cause, run.code.co_filename)
        raise suggestions.language_error(cause, place) or _failure(cause, place) from cause
    finally:
        CURRENT.reset(token)
    return run, returned


def _failure(cause: Exception, place: Span | None) -> DiagnosticError:
    reason = f": {cause}" if str(cause) else ""
    return error("TTL0201", f"the kernel function raises {type(cause).__name__}{reason}", place)
