"""Runs the kernel function, which is host code, and collects what it makes: buffers, pipes, semaphores, threads."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from types import FunctionType
from typing import Any, cast

from ttlang.diagnostics import Diagnostic, DiagnosticError, Related, Span, error
from ttlang.dialects.names import unique_name
from ttlang.frontend.blocks import suggestions
from ttlang.frontend.python.sources import find_source
from ttlang.language.buffers import CircularBuffer
from ttlang.language.call_sites import Origin, code_span, raised_at
from ttlang.language.kernel_run import CURRENT, Run
from ttlang.language.pipes import Pipe, PipeNet, range_text
from ttlang.language.semaphores import Semaphore
from ttlang.language.tensors import TensorParameter, is_tensor, parameter_name, parameter_tensor
from ttlang.language.threads import COMPUTE, DATA_MOVEMENT, Program, Thread
from ttlang.tables.chips import Chip
from ttlang.tables.dtypes import TILE_HEIGHT, TILE_WIDTH
from ttlang.tables.editions import DEFAULT, Edition


@dataclass(frozen=True)
class ElaboratedThread:
    """A thread, and the function that each run of the kernel function made for it."""

    kind: str
    name: str
    functions: tuple[FunctionType, ...]


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
    buffers: tuple[CircularBuffer, ...]
    pipes: tuple[Pipe, ...]
    semaphores: tuple[Semaphore, ...]
    threads: tuple[ElaboratedThread, ...]
    canonical: Mapping[int, object]
    """For an object that a later run made, by its `id`: its counterpart of the first run."""
    runs: tuple[Run, ...]
    """Keeps the objects of all runs alive."""
    returned: Any
    """What the first run returned, with real tensors in place of their parameters."""


def elaborate(
    function: Callable[..., Any],
    arguments: Sequence[Any],
    *,
    grid: Sequence[int],
    arch: Chip,
    edition: Edition = DEFAULT,
) -> Elaboration:
    """
    Runs a kernel function. `arguments` has a tensor or a constant for each of its parameters, in their order; `grid` is
    (columns, rows) of cores, or (columns, rows, chips). Raises a DiagnosticError for what is wrong with the function.
    """
    python = cast(FunctionType, inspect.unwrap(function))
    code = python.__code__
    span = code_span(code)
    sizes = (*grid, 1)[: max(2, len(grid))]
    # The file may have changed since something was last read of it.
    linecache.checkcache(code.co_filename)
    bound = _bind(python, arguments, span)
    tensors = tuple(value for value in bound.values() if isinstance(value, TensorParameter))
    call = _make_call(python, bound)
    run, returned = _run(call, Run(code, sizes, (0, 0), edition, tensors))
    runs = [run]
    if run.asked_for_core:
        columns, rows = run.grid
        cores = [(x, y) for y in range(rows) for x in range(columns)][1:]
        runs += [_run(call, Run(code, sizes, core, edition, tensors))[0] for core in cores]
    canonical: dict[int, object] = {}
    for other in runs[1:]:
        _check_agreement(run, other, span)
        for (_, mine), (_, theirs) in zip(_made(run), _made(other), strict=True):
            canonical |= {id(b): a for a, b in zip(mine, theirs, strict=True)}
    _name_resources(run, tensors)
    threads = _threads(runs, python, span)
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
        tuple(run.made(CircularBuffer)),
        tuple(run.made(Pipe)),
        tuple(run.made(Semaphore)),
        threads,
        canonical,
        tuple(runs),
        returned,
    )


def choose_grid(arguments: Sequence[Any], arch: Chip) -> tuple[int, int]:
    """
    As many cores as the last tensor, which is the output by custom, has tiles, and as the chip has; along its rows and
    columns of tiles if they are that many, else in both dimensions of the chip.
    """
    shapes = [tuple(int(size) for size in value.shape) for value in arguments if is_tensor(value)]
    height, width = (1, 1, *(shapes[-1] if shapes else ()))[-2:]
    tile_rows, tile_columns = -(-height // TILE_HEIGHT), -(-width // TILE_WIDTH)
    most_columns, most_rows = arch.grid
    columns, rows = min(most_columns, tile_columns), min(most_rows, tile_rows)
    tiles = prod(shapes[-1][:-2]) * tile_rows * tile_columns if shapes else 1
    if columns * rows < min(tiles, most_columns * most_rows):
        rows = min(most_rows, max(1, tiles // columns))
        columns = min(most_columns, max(1, tiles // rows))
    return columns, rows


def _bind(function: FunctionType, arguments: Sequence[Any], span: Span) -> dict[str, Any]:
    """The arguments by parameter, tensors replaced by what stands for them."""
    names = list(inspect.signature(function).parameters)
    bound: dict[str, Any] = {}
    tensors = 0
    for name, value in zip(names, arguments, strict=True):
        if is_tensor(value):
            value = TensorParameter(name, tensors, value)
            tensors += 1
        elif isinstance(value, list | tuple) and any(is_tensor(item) for item in cast("Sequence[object]", value)):
            raise error("TTL0003", f"{name} holds several tensors: each needs a parameter of its own yet", span)
        bound[name] = value
    return bound


def _make_call(function: FunctionType, bound: Mapping[str, Any]) -> Callable[[], Any]:
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


def _run(call: Callable[[], Any], run: Run) -> tuple[Run, Any]:
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


# -------------------------------------------------------------------------------------------------- agreement of runs


def _made(run: Run) -> tuple[tuple[str, Sequence[object]], ...]:
    """What a run of the kernel function made, by kind."""
    return (
        ("circular buffers", run.made(CircularBuffer)),
        ("pipes", run.made(Pipe)),
        ("pipe nets", run.made(PipeNet)),
        ("semaphores", run.made(Semaphore)),
        ("threads", run.made(Thread)),
    )


def _check_agreement(first: Run, other: Run, span: Span) -> None:
    """All cores have the same resources and threads. TTL0206 where they have not."""
    x, y = other.core
    for (what, a), (_, b) in zip(_made(first), _made(other), strict=True):
        if len(a) != len(b):
            message = f"core (0, 0) has {len(a)} {what}, core ({x}, {y}) has {len(b)}"
            raise _disagreement(message, _first_surplus(a, b) or span)
    for mine, theirs in zip(_resources(first), _resources(other), strict=True):
        a, b = _configuration(mine), _configuration(theirs)
        if a != b:
            place = theirs.origin.span() if theirs.origin else span
            raise _disagreement(f"{a} on core (0, 0) is {b} on core ({x}, {y})", place)
    for mine, theirs in zip(first.made(Thread), other.made(Thread), strict=True):
        if mine.kind != theirs.kind or mine.function.__code__ != theirs.function.__code__:
            raise _disagreement(
                f"core (0, 0) has {mine!r} where core ({x}, {y}) has {theirs!r}", _definition_span(theirs)
            )
    if _members(first) != _members(other):
        raise _disagreement(f"cores (0, 0) and ({x}, {y}) make their ttl.Program of different threads", span)


def _first_surplus(mine: Sequence[object], theirs: Sequence[object]) -> Span | None:
    """Where one of two cores made something that the other has not made."""
    longer, shorter = (mine, theirs) if len(mine) > len(theirs) else (theirs, mine)
    for position, one in enumerate(longer):
        origin = getattr(one, "origin", None)
        if position >= len(shorter) or origin != getattr(shorter[position], "origin", None):
            return origin.span() if isinstance(origin, Origin) else None
    return None


def _resources(run: Run) -> list[Resource]:
    return [*run.made(CircularBuffer), *run.made(Pipe), *run.made(Semaphore)]


def _configuration(resource: Resource) -> str:
    match resource:
        case CircularBuffer():
            return f"a circular buffer of {resource.contents}"
        case Pipe():
            return f"a pipe from {resource.source} to {range_text(resource.range)}"
        case Semaphore():
            return f"a semaphore that starts at {resource.initial_value}"


def _members(run: Run) -> list[int]:
    """Positions of the threads that form the program."""
    threads = run.made(Thread)
    members = next((program.threads for program in run.made(Program)), threads)
    return [i for i, thread in enumerate(threads) if any(thread is own for own in members)]


def _disagreement(message: str, span: Span) -> DiagnosticError:
    hint = "what a kernel makes is the same on all cores; what a core does with it may depend on ttl.⟦core⟧()"
    return error("TTL0206", message, span, hint=hint)


# --------------------------------------------------------------------------------------------------------- threads


def _threads(runs: Sequence[Run], function: FunctionType, span: Span) -> tuple[ElaboratedThread, ...]:
    """The threads of the program, in the order of their decoration. TTL0202 and TTL0203 for a wrong set of them."""
    first = runs[0]
    members = [first.made(Thread)[i] for i in _members(first)]
    if not members:
        hint = "decorate functions in it with @ttl.compute() and @ttl.datamovement()"
        raise error("TTL0202", f"{function.__name__} has no threads", span, hint=hint)
    for kind, limit in ((COMPUTE, 1), (DATA_MOVEMENT, 2)):
        surplus = [thread for thread in members if thread.kind == kind][limit:]
        if surplus:
            number, what = ("one", "compute thread") if kind == COMPUTE else ("two", "data movement threads")
            message = f"{surplus[0].__name__} is one too many: a kernel has {number} {what} at most"
            others = [thread for thread in members if thread.kind == kind][:limit]
            related = [Related(_definition_span(thread), f"{thread.__name__} is one") for thread in others]
            hint = "a core has no other processor for it: let one thread do the work of both"
            raise error("TTL0202", message, _definition_span(surplus[0]), hint=hint, related=related)
    found = [problem for thread in members if (problem := _check_parameters(thread)) is not None]
    if found:
        raise DiagnosticError(tuple(found))
    names: set[str] = set()
    made: list[ElaboratedThread] = []
    for i in _members(first):
        thread = first.made(Thread)[i]
        functions = tuple(run.made(Thread)[i].function for run in runs)
        made.append(ElaboratedThread(thread.kind, _unique(thread.__name__, names), functions))
    return tuple(made)


def _check_parameters(thread: Thread) -> Diagnostic | None:
    code = thread.function.__code__
    flags = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
    if not code.co_argcount and not code.co_kwonlyargcount and not code.co_flags & flags:
        return None
    return Diagnostic(
        "TTL0203",
        f"the thread {thread.__name__} has parameters",
        _definition_span(thread),
        hint="threads see the variables of the kernel function; nothing calls them with arguments",
    )


def _definition_span(thread: Thread) -> Span:
    """The place of the `def`, where the source can be read."""
    try:
        source, node = find_source(thread.function)
    except DiagnosticError:
        return thread.span()
    at = source.span(node)
    return Span(at.file, at.line, at.column)


# ------------------------------------------------------------------------------------------------------------ names


Resource = CircularBuffer | Pipe | Semaphore
_STAND_INS: tuple[tuple[type[Resource], str], ...] = ((CircularBuffer, "cb"), (Pipe, "pipe"), (Semaphore, "semaphore"))
"""Names, but for a number, of resources that no variable holds."""


def _name_resources(run: Run, tensors: Sequence[TensorParameter]) -> None:
    """Names resources after the variables that they are bound to, or that hold them; else cb0, cb1, ..."""
    found: dict[int, str] = {}
    for name, value in _variables(run):
        for suffix, resource in _resources_in(value):
            found.setdefault(id(resource), f"{name}{suffix}")
    taken = {parameter_name(tensor) for tensor in tensors}
    for kind, stand_in in _STAND_INS:
        for position, resource in enumerate(r for r in _resources(run) if isinstance(r, kind)):
            resource.name = _unique(found.get(id(resource), f"{stand_in}{position}"), taken)


def _variables(run: Run) -> Iterator[tuple[str, object]]:
    """Variables of the kernel function when it returned, then what its threads close over."""
    if run.frame is not None:
        yield from run.frame.f_locals.items()
    for thread in run.made(Thread):
        function = thread.function
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                yield name, cell.cell_contents
            except ValueError:
                continue


def _resources_in(value: object) -> Iterator[tuple[str, Resource]]:
    """Resources in a variable: itself, or items of a tuple, list, dict or net."""
    if isinstance(value, PipeNet):
        value = value.pipes
    if isinstance(value, Resource):
        yield "", value
    elif isinstance(value, tuple | list):
        for position, item in enumerate(cast("Sequence[object]", value)):
            if isinstance(item, Resource):
                yield f"_{position}", item
    elif isinstance(value, dict):
        for key, item in cast("dict[object, object]", value).items():
            if isinstance(item, Resource):
                suffix = str(key)
                yield f"_{suffix}" if suffix.isidentifier() or suffix.isdigit() else "", item


def _unique(name: str, taken: set[str]) -> str:
    unique = unique_name(name, taken.__contains__)
    taken.add(unique)
    return unique
