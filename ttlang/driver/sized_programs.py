"""Programs of calls that leave sizes to be chosen: those that were chosen before, or a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from ttlang.diagnostics import DiagnosticError
from ttlang.diagnostics.python_warnings import warn
from ttlang.driver.configurations import Configuration, ParameterSpace
from ttlang.driver.kernel_compiler import KernelCompiler, tensors_of
from ttlang.driver.kernel_grid import Grid, read_grid
from ttlang.driver.open_call import GRID, OpenCall
from ttlang.settings import variables as env
from ttlang.settings.options import CompileOptions

if TYPE_CHECKING:
    from ttlang.driver.compiler import CompiledKernel
    from ttlang.driver.size_trials import Fits
    from ttlang.driver.tuning.records import Problem
    from ttlang.driver.tuning.store import Store


def sized_program(
    compiler: KernelCompiler,
    space: ParameterSpace,
    arguments: Sequence[object],
    options: CompileOptions,
    grid: Grid,
    fixed: Mapping[str, object],
) -> CompiledKernel:
    """
    The program of a call; `fixed`: options that it gives. What was chosen before for such a call is chosen again, as
    long as it has room beside what else there is in L1.
    """
    programs = compiler.programs
    given, objects = programs.key(arguments)
    key = compiler.function, compiler.edition.name, options, grid, tuple(fixed.items()), given
    if (found := programs.find(key)) is not None and _has_room(found, arguments):
        return found
    from ttlang.driver.loading import load_compiler

    load_compiler()
    guards = programs.guards(compiler.function, [*objects, *space.objects])
    call = open_call(compiler, space, arguments, options, grid, fixed)
    compiled = _chosen(call)
    if guards is not None:
        programs.keep(key, guards, compiled)
    return compiled


def open_call(
    compiler: KernelCompiler,
    space: ParameterSpace,
    arguments: Sequence[object],
    options: CompileOptions,
    grid: Grid,
    fixed: Mapping[str, object],
) -> OpenCall:
    """What is to be chosen for a call. Raises a TTL0710 for what is wrong with a space, or not in it."""
    opened = space.opened(compiler.named(arguments), fixed, options.target().chip)
    given: dict[str, Any] = {name: value for name, value in fixed.items() if name != GRID}
    grid = read_grid(fixed[GRID]) if GRID in fixed else grid
    return OpenCall(compiler, arguments, options.updated(given) if given else options, grid, opened)


def _chosen(call: OpenCall) -> CompiledKernel:
    """What was tuned or chosen before for such a call, in any process, as long as it compiles; else a choice."""
    from ttlang.driver.size_choice import choose
    from ttlang.driver.size_trials import Trials
    from ttlang.driver.tuning.problems import problem_of
    from ttlang.driver.tuning.records import Chosen
    from ttlang.driver.tuning.store import own_store

    def check(compiled: CompiledKernel) -> None:
        _check_room(compiled, call.arguments)

    problem, store = problem_of(call), own_store()
    if problem is not None and (kept := _kept(call, problem, store, check)) is not None:
        return kept
    trials = Trials(call, check)
    trial = choose(trials)
    # What was chosen for want of room may not be what the next call wants.
    if problem is not None and not trials.cramped:
        store.choose(problem, Chosen(trial.configuration.values))
    assert trial.compiled is not None
    return _with_sizes(call, trial.configuration, trial.compiled, "chosen for this call")


def _kept(call: OpenCall, problem: Problem, store: Store, check: Fits) -> CompiledKernel | None:
    from ttlang.driver.tuning.tuned_choices import dropped, kept_choices

    for choice in kept_choices(problem, call.space.rank, store, call.compiler.place.file):
        configuration = Configuration(choice.values)
        try:
            compiled = call.lowered(call.front_end(configuration))
        except DiagnosticError as cause:
            if choice.is_tuned:
                warn(dropped(choice, cause))
            continue
        try:
            check(compiled)
        except DiagnosticError:
            continue
        return _with_sizes(call, configuration, compiled, choice.origin)
    return None


def _with_sizes(call: OpenCall, configuration: Configuration, compiled: CompiledKernel, origin: str) -> CompiledKernel:
    """The chosen program, with all that it has prepared so far."""
    from ttlang.driver.size_report import SizeReport

    if any(variable.is_set() for variable in env.WRITES):
        # Of all configurations that were lowered, the last one has written what is asked for.
        call.lowered_anew(configuration)
    found = copy(compiled)
    object.__setattr__(found, "chosen", SizeReport(call, configuration, origin))
    return found


def _has_room(compiled: CompiledKernel, arguments: Sequence[object]) -> bool:
    try:
        _check_room(compiled, arguments)
    except DiagnosticError:
        return False
    return True


def _check_room(compiled: CompiledKernel, arguments: Sequence[object]) -> None:
    """Raises a DiagnosticError where tensors of the host library leave a program no room."""
    from ttlang.driver.launch import are_on_host, check_placement

    tensors = tensors_of(arguments)
    if are_on_host(tensors):
        check_placement(compiled, tensors)
