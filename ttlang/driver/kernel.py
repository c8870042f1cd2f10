"""
A kernel: compiles itself when it is called, runs, and remembers what it compiled.

This is the only part of the language that knows the compiler, and it loads it on the first call.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Generic, ParamSpec

from ttlang.diagnostics import Diagnostic, DiagnosticError, Related, Span, error, session
from ttlang.diagnostics.python_warnings import warn
from ttlang.diagnostics.system_errors import on_this_machine
from ttlang.driver import call_observers
from ttlang.driver.call_observers import nothing_computed, withhold
from ttlang.driver.configurations import Where, nothing_to_choose, space_of
from ttlang.driver.kernel_compiler import KernelCompiler, tensors_of
from ttlang.driver.kernel_grid import Grid
from ttlang.language.call_sites import caller_span, code_span
from ttlang.language.kernel_run import CURRENT, launched
from ttlang.language.runtime_integers import runtime_parameters, runtime_values
from ttlang.language.spaces import Space
from ttlang.language.stages import Stage, expand_only, not_called, not_composed
from ttlang.language.tensors import (
    TensorLike,
    check_aliases,
    check_chips,
    check_on_device,
    check_tensors,
    is_tensor,
    lay_out,
    plain,
)
from ttlang.settings import variables as env
from ttlang.settings.options import CompileOptions
from ttlang.tables.editions import Edition

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from xdsl.dialects.builtin import ModuleOp

    from ttlang.backends.simulator.predicted_time import Prediction
    from ttlang.driver.compiler import CompiledKernel
    from ttlang.driver.configurations import Configuration
    from ttlang.driver.guards import Guards
    from ttlang.driver.tuning.reference import Reference
    from ttlang.driver.tuning.tuned import Tuned
    from ttlang.driver.tuning.tuner import Progress

Parameters = ParamSpec("Parameters")


class Kernel(Stage, Generic[Parameters]):
    """
    A kernel function, callable with tensors (and with constants, which are compiled in, and integers that are not:
    `ttl.RuntimeInt`).
    """

    def __init__(
        self,
        function: Callable[Parameters, object],
        grid: Grid | None,
        options: CompileOptions,
        edition: Edition,
        spaces: Mapping[str, Space] | None = None,
        where: Where | None = None,
    ):
        """`spaces`: of options, the grid among them, that are to be chosen; `where`: what goes together."""
        self.function = function
        self.grid: Grid = (1, 1) if grid is None else grid
        """As the decorator says it."""
        self.options = options
        self.edition = edition
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__
        self.__wrapped__ = function
        self._signature = inspect.signature(function)
        self._runtime = runtime_parameters(function)
        self.space = space_of(self._signature, spaces or {}, where)
        """What it leaves to be chosen for each call."""
        self._told: set[Diagnostic] = set()
        self._place = code_span(inspect.unwrap(function).__code__)
        says_its_grid = grid is not None or "grid" in (spaces or ())
        self._compiler = KernelCompiler(
            function, edition, self._place, self._signature, self._runtime, says_its_grid=says_its_grid
        )
        self._remembered: CompiledKernel | None = None
        """The program of the call that was remembered."""
        session.made(self.__name__, self._place, self)

    @cached_property
    def _expand_only(self) -> str | None:
        """A parameter that only another operation can give."""
        return expand_only(self)

    def __call__(self, *args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        """
        Runs the kernel: in the simulator for tensors of the host library, on the device for those of ttnn. Raises a
        DiagnosticError for anything that is wrong with the kernel or the call.
        """
        try:
            with on_this_machine():
                self._run(args, kwargs)
        except DiagnosticError as found:
            if env.VERBOSE_ERRORS.is_set():
                raise
            from ttlang.diagnostics.allow_comments import heed

            raise DiagnosticError(heed(found.diagnostics)) from None

    def _run(self, args: Sequence[object], kwargs: dict[str, object]) -> None:
        if CURRENT.get() is not None:
            raise not_composed(self.__name__)
        session.called(self.__name__, self._place)
        if (missing := self._expand_only) is not None:
            raise not_called(self.__name__, missing)
        call_observers.show_call(self, args, kwargs)
        if call_observers.are_there():
            self._show_observers(args, kwargs)
            return
        compiled, arguments = self._called(args, kwargs)
        self._tell(compiled.findings)
        self._tell(self._aliases(compiled, arguments))
        if env.COMPILE_ONLY.is_set():
            withhold(self._written(compiled, arguments), nothing_computed)
            return
        from ttlang.driver.launch import launch

        launch(compiled, tensors_of(arguments), self._numbers(arguments))

    def depends_on(
        self, args: Sequence[object], kwargs: dict[str, object]
    ) -> tuple[Hashable, Guards | None, dict[str, TensorLike]]:
        """
        What the program of a call depends on: descriptions and values, to be compared, and the state of the host, None
        where that can change unseen; and the tensors by parameter. Raises a DiagnosticError for a call that is wrong
        whatever the kernel does.
        """
        options, kwargs = self._options_of(kwargs)
        fixed, kwargs = self._fixed(kwargs)
        arguments = self._bind(args, kwargs)
        programs = self._compiler.programs
        given, objects = programs.key(arguments)
        tensors = {name: value for name, value in self._compiler.named(arguments).items() if is_tensor(value)}
        return (options.resolved(), tuple(fixed.items()), given), programs.guards(self.function, objects), tensors

    def edited(self, code: types.CodeType) -> Callable[[], None]:
        """
        Gives the kernel another body, as an editor does: code for the same parameters and closure. What comes back
        makes it what it was. Raises a ValueError for code of another closure.
        """
        python = self.python
        before = python.__code__, self._place, self._compiler

        def undo() -> None:
            python.__code__, self._place, self._compiler = before

        python.__code__ = code
        self._place = code_span(code)
        self._compiler = self._compiler.at(self._place)
        return undo

    def __get__(self, instance: object, owner: type | None = None) -> Kernel[Parameters] | types.MethodType:
        """A kernel that is a method gets its object as the first argument, a constant of the kernel."""
        return self if instance is None else types.MethodType(self, instance)

    def _show_observers(self, args: Sequence[object], kwargs: dict[str, object]) -> None:
        from ttlang.diagnostics.allow_comments import allow_for, heed

        try:
            compiled, arguments = self._called(args, kwargs)
        except DiagnosticError as found:
            # Whatever it was to compute: nothing of it is there.
            written = tensors_of([*args, *kwargs.values()])
            call_observers.show_observers(DiagnosticError(heed(found.diagnostics)), (), written)
            return
        if found := [each for each in self._aliases(compiled, arguments) if not allow_for(each)]:
            compiled = replace(compiled, findings=(*compiled.findings, *found))
        call_observers.show_observers(
            compiled, tensors_of(arguments), self._written(compiled, arguments), self._numbers(arguments)
        )

    def _called(self, args: Sequence[object], kwargs: dict[str, object]) -> tuple[CompiledKernel, list[object]]:
        """The kernel compiled for a call, and its arguments; from now on the host is told its grid."""
        options, kwargs = self._options_of(kwargs)
        fixed, kwargs = self._fixed(kwargs)
        arguments = self._bind(args, kwargs)
        check_on_device(self._signature.parameters, arguments, self.edition)
        check_chips(self._signature.parameters, arguments)
        compiled = self._compile(arguments, options, fixed)
        launched(compiled.program.dimensions)
        if compiled is not self._remembered:
            self._remembered = compiled
            self._remember(arguments)
        return compiled, arguments

    def _remember(self, arguments: Sequence[object]) -> None:
        from ttlang.driver.remembered_calls import remember

        pairs = zip(self._signature.parameters.values(), arguments, strict=True)
        given = {parameter.name: value for parameter, value in pairs if value is not parameter.default}
        remember(self.python, given)

    def example_call(self, place: Callable[[str], Span | None]) -> tuple[Sequence[object], dict[str, object]] | None:
        """
        Arguments for a kernel that nothing calls: tensors as they are declared at its parameters, and else as it was
        last called; None where that is not known of each parameter without a default. `place`: of a parameter, for a
        TTL0214 that is raised for a wrong declaration.
        """
        from ttlang.driver.example_arguments import example_arguments

        if self._expand_only is not None:
            return None
        return example_arguments(self.python, self._signature, self._runtime, place)

    def _options_now(self) -> CompileOptions:
        """Those of the decorator, and the environment's: its flags count before those."""
        flags = env.COMPILER_OPTIONS.get()
        options = self.options.with_flags(flags) if flags else self.options
        return replace(options, line_zones=True) if env.AUTO_PROFILE.is_set() else options

    def _options_of(self, kwargs: dict[str, object]) -> tuple[CompileOptions, dict[str, object]]:
        """The compile options of a call, which may have flags of its own (`options=`), and its other arguments."""
        options = self._options_now()
        if "options" not in kwargs or "options" in self._signature.parameters:
            return options, kwargs
        rest = {name: value for name, value in kwargs.items() if name != "options"}
        try:
            return options.with_flags(kwargs["options"]), rest
        except DiagnosticError as found:
            raise found.at(caller_span()) from None

    def _fixed(self, kwargs: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
        """Options of the decorator that have a space and that a call gives, and its other arguments."""
        spaces: Mapping[str, Space] = self.space.options if self.space is not None else {}
        fixed = {name: value for name, value in kwargs.items() if name in spaces}
        return fixed, {name: value for name, value in kwargs.items() if name not in spaces}

    def _aliases(self, compiled: CompiledKernel, arguments: Sequence[object]) -> Iterator[Diagnostic]:
        """What is to be told of a call, beside what is to be told of the kernel."""
        return check_aliases(self._signature.parameters, arguments, compiled.outputs)

    def _tell(self, findings: Iterable[Diagnostic]) -> None:
        """As warnings of Python, and each once; one that was ignored may be wanted at the next call."""
        from ttlang.diagnostics.allow_comments import allow_for

        for found in findings:
            if found not in self._told and not allow_for(found) and warn(found):
                self._told.add(found)

    def _written(self, compiled: CompiledKernel, arguments: Sequence[object]) -> list[object]:
        pairs = zip(self._signature.parameters, arguments, strict=True)
        return [value for name, value in pairs if name in compiled.outputs]

    def compile(self, *args: object, **kwargs: object) -> CompiledKernel:
        """
        The kernel compiled for these arguments, which are not run. Options of the decorator can be overridden, as
        keywords that are no parameters of the kernel: `kernel.compile(x, out, metal_api="0.69")`. As in a call,
        `options=` has further flags.
        """
        options, kwargs = self._options_of(kwargs)
        parameters = self._signature.parameters
        fixed, kwargs = self._fixed(kwargs)
        changes = {name: kwargs.pop(name) for name in tuple(kwargs) if name not in parameters}
        compiled = self._compile(self._bind(args, kwargs), options.updated(changes), fixed)
        self._tell(compiled.findings)
        return compiled

    def predict(self, *args: object, **kwargs: object) -> Prediction:
        """
        What a call with these arguments takes on the chip, in cycles and microseconds, and where its time goes. No data
        are needed: for a tensor may stand its `ttnn.TensorSpec`, or a tensor of PyTorch on the device "meta", which
        counts as tiled. A kernel that depends on data runs on tensors of the host library, and leaves them as they are;
        without them that is a TTL0213. Options of the decorator can be overridden as in `compile`.
        """
        from ttlang.driver.predicted_calls import described_without_data, with_values

        session.called(self.__name__, self._place)
        args = tuple(map(described_without_data, args))
        kwargs = {name: described_without_data(value) for name, value in kwargs.items()}
        compiled = self.compile(*args, **kwargs)
        names = self._signature.parameters
        arguments = self._bind(args, {name: value for name, value in kwargs.items() if name in names})
        return compiled.predict(self._numbers(arguments), with_values(tensors_of(arguments)))

    def tune(
        self,
        *args: object,
        reference: Reference = None,
        measure: Callable[[Callable[[], None]], float] | None = None,
        executor: Executor | None = None,
        workers: int | None = None,
        predicts_all: bool = False,
        progress: Progress | None = None,
        sampler: object = None,
        trials: int | None = None,
        **kwargs: object,
    ) -> Tuned:
        """
        Finds the best configuration of a call with these arguments, and keeps it: later calls take it, in each process.
        All configurations are compiled, or of more than a thousand those on the way to the best; the fastest by their
        prediction are run in the simulator and compared with `reference`: arrays, or a function of the call's tensors
        that returns them; by default what the first configuration gives. For tensors may stand `ttnn.TensorSpec`s; then
        nothing is run. `measure` is for a card: given what runs the kernel once, it returns microseconds. `executor`:
        who works, any of `concurrent.futures`; by default as many processes as `workers` says, or the machine has
        processors. `progress` is told of steps. `sampler`: "optuna", or one of Optuna's samplers, that proposes
        `trials` configurations. Raises a TTL0711 where no configuration compiles and is right.
        """
        from ttlang.driver.loading import load_compiler

        load_compiler()
        from ttlang.driver.predicted_calls import described_without_data
        from ttlang.driver.sized_programs import open_call
        from ttlang.driver.tuning.optuna_search import TRIALS
        from ttlang.driver.tuning.progress import no_progress
        from ttlang.driver.tuning.tune import tune
        from ttlang.driver.tuning.wishes import Wishes

        session.called(self.__name__, self._place)
        if self.space is None:
            raise nothing_to_choose(self.__name__, self._place)
        Wishes.check_names(self.space.parameters)
        options, rest = self._options_of({name: described_without_data(value) for name, value in kwargs.items()})
        fixed, rest = self._fixed(rest)
        arguments = self._bind(tuple(map(described_without_data, args)), rest)
        constants = self._constants(arguments) if self._runtime else arguments
        call = open_call(self._compiler, self.space, constants, options.resolved(), self.grid, fixed)

        def run(configuration: Configuration) -> None:
            self._run(args, {**kwargs, **dict(configuration.values)})

        shown, asked = progress or no_progress, TRIALS if trials is None else trials
        wishes = Wishes(reference, measure, executor, workers, predicts_all, shown, sampler, asked)
        tuned = tune(call, tensors_of(arguments), self._numbers(arguments), run, wishes)
        self._compiler.programs.forget_calls()
        return tuned

    def to_ttl(self, *args: object, **kwargs: object) -> ModuleOp:
        """The `ttl` IR of the kernel for these arguments, before any pass."""
        from ttlang.diagnostics.findings import Findings
        from ttlang.driver.loading import load_compiler

        load_compiler()
        options = self._options_now()
        if self.space is not None:
            return self._compile(self._bind(args, kwargs), options, {}).initial
        findings, options = Findings(), options.resolved()
        arguments = self._constants(self._bind(args, kwargs))
        grid = self._compiler.grid_of(arguments, options, self.grid)
        module = self._compiler.front_end(arguments, grid, options, findings)
        self._tell(findings)
        return module

    def _bind(self, args: Sequence[object], kwargs: dict[str, object]) -> list[object]:
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as cause:
            raise self._bad_call(args, kwargs, cause) from None
        bound.apply_defaults()
        arguments = {name: plain(value) for name, value in bound.arguments.items()}
        check_tensors(arguments)
        lay_out(arguments.values(), self.edition)
        arguments |= runtime_values(self._runtime, arguments)
        return list(arguments.values())

    def _numbers(self, arguments: Sequence[object]) -> list[int]:
        """The integers of a call that are no constants, in the order of the parameters."""
        pairs = zip(self._signature.parameters, arguments, strict=True)
        return [value for name, value in pairs if name in self._runtime and isinstance(value, int)]

    def _constants(self, arguments: Sequence[object]) -> list[object]:
        """The arguments as the compiler gets them: it does not see those integers."""
        pairs = zip(self._signature.parameters, arguments, strict=True)
        return [self._runtime.get(name, value) for name, value in pairs]

    def _bad_call(self, args: Sequence[object], kwargs: dict[str, object], cause: TypeError) -> DiagnosticError:
        from ttlang.frontend.blocks.suggestions import of_call

        message, hint = of_call(self.__name__, self._signature, args, kwargs, cause)
        related = [Related(self._place, "the kernel")]
        return error("TTL0204", message, caller_span(), hint=f"{hint}, and returns nothing", related=related)

    def _compile(
        self, arguments: Sequence[object], options: CompileOptions, fixed: Mapping[str, object]
    ) -> CompiledKernel:
        """`fixed`: options that the call gives where the decorator has a space."""
        options = options.resolved()
        constants = self._constants(arguments) if self._runtime else arguments
        if self.space is None:
            return self._compiler.compile(constants, options, self.grid)
        from ttlang.driver.sized_programs import sized_program

        return sized_program(self._compiler, self.space, constants, options, self.grid, fixed)
