"""A call that leaves sizes to be chosen, and what becomes of it for one choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from ttlang.diagnostics import DiagnosticError
from ttlang.driver.configurations import Configuration, OpenSpace
from ttlang.driver.kernel_compiler import KernelCompiler
from ttlang.driver.kernel_grid import Grid, read_grid
from ttlang.driver.undefined_names import is_surely_undefined
from ttlang.language.spaces import Space
from ttlang.settings.options import CompileOptions

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from ttlang.diagnostics.findings import Findings
    from ttlang.driver.compiler import CompiledKernel

GRID = "grid"
"""What the grid is called among the options of a decorator."""


class ConcreteCall(NamedTuple):
    """The same call with nothing left to be chosen."""

    arguments: Sequence[object]
    options: CompileOptions
    grid: Grid


class FrontEnd(NamedTuple):
    """What the front end makes of a call."""

    call: ConcreteCall
    module: ModuleOp
    """`ttl` IR."""
    findings: Findings


@dataclass(frozen=True)
class OpenCall:
    """A call of a kernel some of whose parameters, or options, have spaces."""

    compiler: KernelCompiler
    arguments: Sequence[object]
    """Of all parameters, in their order; a space for each that is to be chosen."""
    options: CompileOptions
    """With the chip named."""
    grid: Grid
    space: OpenSpace

    def chosen(self, configuration: Configuration) -> ConcreteCall:
        """The call with these values."""
        chosen: dict[str, Any] = dict(configuration.values)
        named = self.compiler.named(self.arguments).items()
        arguments = [chosen.get(name, value) if isinstance(value, Space) else value for name, value in named]
        grid = read_grid(chosen[GRID]) if GRID in chosen else self.grid
        parameters = self.compiler.signature.parameters
        options = {name: value for name, value in chosen.items() if name not in parameters and name != GRID}
        if self.space.pads(configuration):
            options["pad"] = True
        return ConcreteCall(arguments, self.options.updated(options) if options else self.options, grid)

    def front_end(self, configuration: Configuration) -> FrontEnd:
        """The kernel with these values, before any pass. Raises a DiagnosticError for what is wrong with it."""
        from ttlang.diagnostics.findings import Findings

        call, findings = self.chosen(configuration), Findings()
        sizes = self.compiler.grid_of(call.arguments, call.options, call.grid)
        return FrontEnd(call, self.compiler.front_end(call.arguments, sizes, call.options, findings), findings)

    def check_mendable(self, wrong: DiagnosticError) -> None:
        """Raises a mistake that was found with some sizes once more if no others would mend it."""
        if is_surely_undefined(self.compiler.function, wrong.diagnostics[0]):
            raise wrong

    def lowered(self, front: FrontEnd) -> CompiledKernel:
        """Its program. Raises a DiagnosticError where there is none."""
        (arguments, options, _), module, findings = front
        with findings.beside_errors():
            return self.compiler.lowered(module, arguments, options, findings)

    def lowered_anew(self, configuration: Configuration) -> CompiledKernel:
        """The same, for what it writes on the way, where the environment asks for that."""
        (arguments, options, _), module, findings = self.front_end(configuration)
        return self.compiler.lowered_anew(module, arguments, options, findings)

    def cores_and_bytes(self, configuration: Configuration) -> tuple[int, int]:
        """
        How many cores there are, and L1 of all buffers that the kernel function makes, where none share memory; threads
        are not looked at. Raises a DiagnosticError where the function fails.
        """
        from ttlang.frontend.elaboration.elaborate import elaborate

        arguments, options, grid = self.chosen(configuration)
        sizes = self.compiler.grid_of(arguments, options, grid)
        chip = options.target().chip
        made = elaborate(self.compiler.function, arguments, grid=sizes.sizes, arch=chip, edition=self.compiler.edition)
        return prod(made.grid), sum(_bytes(buffer) for buffer in made.buffers if buffer.backing is None)


def _bytes(buffer: Any) -> int:
    """L1 of a circular buffer."""
    elements = buffer.block_count
    for size in buffer.shape:
        elements *= size
    return elements * (buffer.dtype.tile_bytes if buffer.tiled else buffer.dtype.element_bytes)
