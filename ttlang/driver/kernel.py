"""
A kernel: compiles itself when it is called, runs, and remembers what it compiled.

This is the only part of the language that knows the compiler, and it loads it on the first call.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Generic, ParamSpec

from ttlang.diagnostics import Diagnostic, DiagnosticError, Related, error, session
from ttlang.diagnostics.edition_names import speaking
from ttlang.diagnostics.python_warnings import warn
from ttlang.diagnostics.system_errors import on_this_machine
from ttlang.driver import call_observers
from ttlang.driver.call_observers import nothing_computed, withhold
from ttlang.driver.kernel_grid import CallGrid, Grid, grid_for, span_of
from ttlang.language.call_sites import caller_span, code_span
from ttlang.language.kernel_run import CURRENT, launched
from ttlang.language.runtime_integers import runtime_parameters, runtime_values
from ttlang.language.stages import Stage, expand_only, not_called, not_composed
from ttlang.language.tensors import (
    TensorLike,
    check_aliases,
    check_chips,
    check_on_device,
    check_tensors,
    described,
    is_tensor,
    lay_out,
    plain,
)
from ttlang.settings import variables as env
from ttlang.settings.options import CompileOptions
from ttlang.tables.editions import Edition

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from ttlang.backends.simulator.predicted_time import Prediction
    from ttlang.diagnostics.allow_comments import Allow
    from ttlang.diagnostics.findings import Findings
    from ttlang.driver.compiler import CompiledKernel
    from ttlang.driver.jit import Programs

Parameters = ParamSpec("Parameters")


class Kernel(Stage, Generic[Parameters]):
    """
    A kernel function, callable with tensors (and with constants, which are compiled in, and integers that are not:
    `ttl.RuntimeInt`).
    """

    def __init__(
        self, function: Callable[Parameters, object], grid: Grid | None, options: CompileOptions, edition: Edition
    ):
        self.function = function
        self.grid: Grid = (1, 1) if grid is None else grid
        """As the decorator says it."""
        self._says_its_grid = grid is not None
        self.options = options
        self.edition = edition
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__
        self.__wrapped__ = function
        self._signature = inspect.signature(function)
        self._runtime = runtime_parameters(function)
        self._told: set[Diagnostic] = set()
        self._place = code_span(inspect.unwrap(function).__code__)
        session.made(self.__name__, self._place)

    @cached_property
    def _expand_only(self) -> str | None:
        """A parameter that only another operation can give."""
        return expand_only(self)

    @cached_property
    def _programs(self) -> Programs:
        """What it has compiled. `import ttl` needs none of what this takes."""
        from ttlang.driver.jit import Programs

        return Programs()

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

        launch(compiled, _tensors(arguments), self._numbers(arguments))

    def __get__(self, instance: object, owner: type | None = None) -> Kernel[Parameters] | types.MethodType:
        """A kernel that is a method gets its object as the first argument, a constant of the kernel."""
        return self if instance is None else types.MethodType(self, instance)

    def _show_observers(self, args: Sequence[object], kwargs: dict[str, object]) -> None:
        from ttlang.diagnostics.allow_comments import allow_for, heed

        try:
            compiled, arguments = self._called(args, kwargs)
        except DiagnosticError as found:
            # Whatever it was to compute: nothing of it is there.
            written = _tensors([*args, *kwargs.values()])
            call_observers.show_observers(DiagnosticError(heed(found.diagnostics)), (), written)
            return
        if found := [each for each in self._aliases(compiled, arguments) if not allow_for(each)]:
            compiled = replace(compiled, findings=(*compiled.findings, *found))
        call_observers.show_observers(
            compiled, _tensors(arguments), self._written(compiled, arguments), self._numbers(arguments)
        )

    def _called(self, args: Sequence[object], kwargs: dict[str, object]) -> tuple[CompiledKernel, list[object]]:
        """The kernel compiled for a call, and its arguments; from now on the host is told its grid."""
        options, kwargs = self._options_of(kwargs)
        arguments = self._bind(args, kwargs)
        check_on_device(self._signature.parameters, arguments, self.edition)
        check_chips(self._signature.parameters, arguments)
        compiled = self._compile(arguments, options)
        launched(compiled.program.dimensions)
        return compiled, arguments

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
        changes = {name: kwargs.pop(name) for name in tuple(kwargs) if name not in parameters}
        compiled = self._compile(self._bind(args, kwargs), options.updated(changes))
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
        return compiled.predict(self._numbers(arguments), with_values(_tensors(arguments)))

    def to_ttl(self, *args: object, **kwargs: object) -> ModuleOp:
        """The `ttl` IR of the kernel for these arguments, before any pass."""
        from ttlang.diagnostics.findings import Findings
        from ttlang.driver.loading import load_compiler

        load_compiler()
        findings = Findings()
        arguments, options = self._constants(self._bind(args, kwargs)), self._options_now().resolved()
        module = self._front_end(arguments, self._grid_of(arguments, options), options, findings)
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

    def _compile(self, arguments: Sequence[object], options: CompileOptions) -> CompiledKernel:
        options = options.resolved()
        arguments = self._constants(arguments) if self._runtime else arguments
        given, objects = self._programs.key(arguments)
        grid = self._grid_of(arguments, options)
        call = self.function, self.edition.name, options, grid, given
        return self._programs.find(call) or self._elaborated(call, arguments, objects, grid, options)

    def _grid_of(self, arguments: Sequence[object], options: CompileOptions) -> CallGrid:
        """That of a call with these arguments."""
        try:
            return grid_for(self.grid, arguments, options.target().chip, self.edition)
        except DiagnosticError as found:
            raise found.at(self._place) from None

    def _elaborated(
        self,
        call: Hashable,
        arguments: Sequence[object],
        objects: Sequence[object],
        grid: CallGrid,
        options: CompileOptions,
    ) -> CompiledKernel:
        """The program of a call whose kernel is elaborated; an equal module has its program already."""
        from ttlang.diagnostics.allow_comments import unknown_codes
        from ttlang.diagnostics.findings import Findings
        from ttlang.driver.loading import load_compiler

        load_compiler()
        guards = self._programs.guards(self.function, objects)
        findings = Findings()
        findings.add(*unknown_codes(self._allows()))
        with findings.beside_errors():
            with described() as beyond:
                module = self._front_end(arguments, grid, options, findings)
            compiled = self._programs.of_module(
                options, module, lambda: self._lowered(module, arguments, options, findings)
            )
        if guards is not None and not beyond:
            self._programs.keep(call, guards, compiled)
        return compiled

    def _lowered(
        self, module: ModuleOp, arguments: Sequence[object], options: CompileOptions, findings: Findings
    ) -> CompiledKernel:
        from ttlang.driver.compiler import CompiledKernel, dump_cpp, lower

        program = lower(module, options, findings)
        compiled = CompiledKernel(program, options, module, tuple(findings), frozenset(findings.heeded))
        dump_cpp(compiled)
        if env.EMIT_RUNNER.is_set():
            from ttlang.driver.launch import emit_runner

            emit_runner(compiled, _tensors(arguments))
        return compiled

    def _allows(self) -> Iterable[Allow]:
        """The comments in its source."""
        from ttlang.diagnostics.allow_comments import allows_of

        allows = allows_of(self.function.__code__.co_filename)
        if not allows:
            return ()
        lines, first = inspect.getsourcelines(self.function)
        return (allow for allow in allows if first <= allow.span.line < first + len(lines))

    def _front_end(
        self, arguments: Sequence[object], grid: CallGrid, options: CompileOptions, findings: Findings
    ) -> ModuleOp:
        from ttlang.diagnostics.internal_errors import reproducing
        from ttlang.driver.stated_options import state_options
        from ttlang.frontend.elaboration.elaborate import elaborate
        from ttlang.frontend.elaboration.kernel_to_ttl import build_module

        arch = options.target().chip
        with (
            speaking(self.edition),
            reproducing("the front end", self.__name__, lambda _: self._reproducer(arguments), ".py"),
        ):
            elaboration = elaborate(self.function, arguments, grid=grid.sizes, arch=arch, edition=self.edition)
            # A function that has asked how many cores there are has dealt its work out to all of them.
            spanned = span_of(elaboration.pipes) if grid.spanned and not elaboration.asked_for_grid else None
            if spanned not in (None, elaboration.grid):
                elaboration = elaborate(self.function, arguments, grid=spanned, arch=arch, edition=self.edition)
            result = build_module(elaboration)
            state_options(result.module, options)
        findings.add(*self._notes(arguments, options), *result.diagnostics)
        return result.module

    def _notes(self, arguments: Sequence[object], options: CompileOptions) -> Iterator[Diagnostic]:
        """What is to be told of how the kernel is decorated and called."""
        from ttlang.driver.call_notes import constant_notes, flag_notes, grid_notes

        if not self._says_its_grid:
            yield from grid_notes(self.__name__, self._place, self.edition)
        given = zip(self._signature.parameters, arguments, strict=False)
        constants = [name for name, value in given if not is_tensor(value) and name not in self._runtime]
        yield from constant_notes(self.__name__, self._place, self.edition, constants)
        yield from flag_notes(options, self._place)

    def _reproducer(self, arguments: Sequence[object]) -> tuple[str, str]:
        """The command that fails again, and the source of the kernel with what it was called with."""
        import linecache

        file = self.function.__code__.co_filename
        pairs = zip(self._signature.parameters, arguments, strict=False)
        called = "\n".join(f"# {name}: {self._programs.key([value])[0][0]}" for name, value in pairs)
        return f"ttlang check {file}", f"{called}\n\n{''.join(linecache.getlines(file))}"


def _tensors(arguments: Sequence[object]) -> list[TensorLike]:
    """The arguments of a call that are tensors, as the program counts them."""
    return [value for value in arguments if is_tensor(value)]
