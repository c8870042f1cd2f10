"""From a kernel function and the arguments of a call to a program: what was compiled before, or the compiler's work."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from inspect import Parameter, Signature
from typing import TYPE_CHECKING

from ttlang.diagnostics import Diagnostic, DiagnosticError, Span
from ttlang.diagnostics.edition_names import speaking
from ttlang.driver.checkpoints import checkpoint
from ttlang.driver.kernel_grid import CallGrid, Grid, grid_for, span_of
from ttlang.language.runtime_integers import RuntimeParameter
from ttlang.language.tensors import TensorLike, described, is_tensor
from ttlang.settings import variables as env
from ttlang.settings.options import CompileOptions
from ttlang.tables.editions import Edition

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from ttlang.diagnostics.allow_comments import Allow
    from ttlang.diagnostics.findings import Findings
    from ttlang.driver.compiler import CompiledKernel
    from ttlang.driver.jit import Programs


class KernelCompiler:
    """
    Compiles one kernel function. It loads the compiler when it first needs it. Arguments are those of all parameters,
    in their order, with a `RuntimeParameter` for each integer that is no constant.
    """

    def __init__(
        self,
        function: Callable[..., object],
        edition: Edition,
        place: Span,
        signature: Signature,
        runtime: Mapping[str, RuntimeParameter],
        *,
        says_its_grid: bool,
    ):
        """`place`: where the kernel is defined; `runtime`: its parameters that are no constants."""
        self.function = function
        self.edition = edition
        self.place = place
        self.signature = signature
        self.name = function.__name__
        self._runtime = runtime
        self._says_its_grid = says_its_grid

    def at(self, place: Span) -> KernelCompiler:
        """Another one for the same function, defined there, which has compiled nothing."""
        runtime, says_its_grid = self._runtime, self._says_its_grid
        return KernelCompiler(self.function, self.edition, place, self.signature, runtime, says_its_grid=says_its_grid)

    @cached_property
    def programs(self) -> Programs:
        """What it has compiled. `import ttl` needs none of what this takes."""
        from ttlang.driver.jit import Programs

        return Programs()

    def named(self, arguments: Sequence[object]) -> dict[str, object]:
        """The arguments of a call by the names of the parameters."""
        return dict(zip(self.signature.parameters, arguments, strict=True))

    def compile(self, arguments: Sequence[object], options: CompileOptions, grid: Grid) -> CompiledKernel:
        """The program of a call. `options` name their chip. Raises a DiagnosticError for whatever is wrong."""
        given, objects = self.programs.key(arguments)
        sizes = self.grid_of(arguments, options, grid)
        call = self.function, self.edition.name, options, sizes, given
        if (found := self.programs.find(call)) is not None:
            return found
        from ttlang.driver.loading import load_compiler

        load_compiler()
        guards = self.programs.guards(self.function, objects)
        compiled, depends_on_more = self.elaborated(arguments, options, sizes)
        if guards is not None and not depends_on_more:
            self.programs.keep(call, guards, compiled)
        return compiled

    def elaborated(
        self, arguments: Sequence[object], options: CompileOptions, grid: CallGrid
    ) -> tuple[CompiledKernel, bool]:
        """
        The program of a kernel that is elaborated now, whether or not it was before; an equal module has its program
        already. And whether that has asked for more of the tensors than their descriptions.
        """
        from ttlang.diagnostics.allow_comments import unknown_codes
        from ttlang.diagnostics.findings import Findings

        findings = Findings()
        findings.add(*unknown_codes(self._allows()))
        with findings.beside_errors():
            with described() as beyond:
                module = self.front_end(arguments, grid, options, findings)
            return self.lowered(module, arguments, options, findings), bool(beyond)

    def lowered(
        self, module: ModuleOp, arguments: Sequence[object], options: CompileOptions, findings: Findings
    ) -> CompiledKernel:
        """The program of a module, which may be there already."""
        return self.programs.of_module(options, module, lambda: self.lowered_anew(module, arguments, options, findings))

    def grid_of(self, arguments: Sequence[object], options: CompileOptions, grid: Grid) -> CallGrid:
        """The grid of a call with these arguments. `grid`: what is said of it."""
        try:
            return grid_for(grid, self.named(arguments), options.target().chip, self.edition)
        except DiagnosticError as found:
            raise found.at(self.place) from None

    def front_end(
        self, arguments: Sequence[object], grid: CallGrid, options: CompileOptions, findings: Findings
    ) -> ModuleOp:
        """The `ttl` IR of a call, before any pass."""
        from ttlang.diagnostics.internal_errors import reproducing
        from ttlang.driver.stated_options import state_options
        from ttlang.frontend.elaboration.elaborate import elaborate
        from ttlang.frontend.elaboration.kernel_to_ttl import build_module

        checkpoint()
        arch = options.target().chip
        with (
            speaking(self.edition),
            reproducing("the front end", self.name, lambda _: self._reproducer(arguments), ".py"),
        ):
            elaboration = elaborate(self.function, arguments, grid=grid.sizes, arch=arch, edition=self.edition)
            # A function that has asked how many cores there are has dealt its work out to all of them.
            spanned = span_of(elaboration.pipes) if grid.spanned and not elaboration.asked_for_grid else None
            if spanned not in (None, elaboration.grid):
                elaboration = elaborate(self.function, arguments, grid=spanned, arch=arch, edition=self.edition)
            result = build_module(elaboration, pads=options.pad)
            state_options(result.module, options)
        findings.add(*self._notes(arguments, options), *result.diagnostics)
        return result.module

    def lowered_anew(
        self, module: ModuleOp, arguments: Sequence[object], options: CompileOptions, findings: Findings
    ) -> CompiledKernel:
        """The program of a module, lowered now; it writes what the environment asks for."""
        from ttlang.driver.compiler import CompiledKernel, dump_cpp, lower

        program = lower(module, options, findings)
        compiled = CompiledKernel(program, options, module, tuple(findings), frozenset(findings.heeded))
        dump_cpp(compiled)
        if env.EMIT_RUNNER.is_set():
            from ttlang.driver.launch import emit_runner

            emit_runner(compiled, tensors_of(arguments))
        return compiled

    def _allows(self) -> Iterable[Allow]:
        """The comments in its source."""
        from ttlang.diagnostics.allow_comments import allows_of

        allows = allows_of(self.function.__code__.co_filename)
        if not allows:
            return ()
        lines, first = inspect.getsourcelines(self.function)
        return (allow for allow in allows if first <= allow.span.line < first + len(lines))

    def _notes(self, arguments: Sequence[object], options: CompileOptions) -> Iterator[Diagnostic]:
        """What is to be told of how the kernel is decorated and called."""
        from ttlang.driver.call_notes import constant_notes, flag_notes, grid_notes

        if not self._says_its_grid:
            yield from grid_notes(self.name, self.place, self.edition)
        parameters = self.signature.parameters
        constants = [
            name
            for name, value in self.named(arguments).items()
            if not (is_tensor(value) or name in self._runtime or parameters[name].kind is Parameter.KEYWORD_ONLY)
        ]
        yield from constant_notes(self.name, self.place, self.edition, constants)
        yield from flag_notes(options, self.place)

    def _reproducer(self, arguments: Sequence[object]) -> tuple[str, str]:
        """The command that fails again, and the source of the kernel with what it was called with."""
        import linecache

        file = self.function.__code__.co_filename
        pairs = self.named(arguments).items()
        called = "\n".join(f"# {name}: {self.programs.key([value])[0][0]}" for name, value in pairs)
        return f"ttlang check {file}", f"{called}\n\n{''.join(linecache.getlines(file))}"


def tensors_of(arguments: Sequence[object]) -> list[TensorLike]:
    """The arguments of a call that are tensors, as the program counts them."""
    return [value for value in arguments if is_tensor(value)]
