"""
The kernel of a thread as a Python generator function that yields where the hardware would block.

The function is made as a syntax tree whose nodes carry the places of the kernel's source, so tracebacks, debuggers and
coverage speak of the user's lines. It is compiled once and started on each core. What it yields is a `Wait`, for pages
of a buffer, or a `Node` of the trace (compute kernels), to be run before pages change hands.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType

from xdsl.ir import Block, SSAValue

from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.buffer_calls import emit_flush
from ttlang.backends.simulator.control_flow import HELPER_FUNCTIONS, write_block
from ttlang.backends.simulator.outer_loops import outer_loops
from ttlang.backends.simulator.ranges import Ranges
from ttlang.backends.simulator.writer import Writer
from ttlang.diagnostics import Span
from ttlang.dialects import ttkernel
from ttlang.machine.compute.trace import Tree
from ttlang.machine.program_info import CallSite, KernelInfo, OuterLoop, ProgramInfo
from ttlang.machine.statistics import CountedCall
from ttlang.machine.threads import Body, Thread


@dataclass(frozen=True, eq=False)
class GeneratedKernel:
    """A kernel as a Python function, ready to be started on any core."""

    info: KernelInfo
    start: Callable[[Thread], Body]
    tree: Tree | None
    """Of a compute kernel."""
    counted: Sequence[CountedCall]
    """The calls that are counted, where that was asked for."""
    loop_variables: dict[SSAValue, str]
    """The function's variables that hold what changes from turn to turn of a loop."""
    _sites: Sequence[Callable[[], CallSite]]
    _body: Block
    _ranges: Ranges

    @property
    def code(self) -> CodeType:
        return self.start.__code__

    @property
    def loop_names(self) -> dict[str, str]:
        """For each variable of `loop_variables` what the author calls it."""
        return {variable: value.name_hint or variable for value, variable in self.loop_variables.items()}

    def site(self, number: int) -> CallSite:
        """Where the call with that number, which waits and faults name it by, stands."""
        return self._sites[number]()

    def outer_loops(self) -> tuple[OuterLoop, ...]:
        return outer_loops(self._body, self._ranges, self.loop_variables)

    def last_call(self, thread: Thread) -> Span | None:
        """Where a thread has made its last call, if its frames don't tell."""
        return None


def generate_kernel(
    program: ProgramInfo,
    kernel: KernelInfo,
    op: ttkernel.KernelOp,
    *,
    counting: bool = False,
    following: bool = False,
) -> GeneratedKernel:
    """
    Makes the function of a thread's kernel; with `counting`, it counts its calls; with `following`, it keeps the last
    ones. Raises a DiagnosticError for an operation that the simulator does not know.
    """
    writer = Writer(program, kernel, HELPER_FUNCTIONS)
    writer.counted = [] if counting else None
    writer.follows = following
    write_block(writer, op.body.block)
    if writer.tree:
        emit_flush(writer, op)
        writer.prologue.insert(0, pyast.assign(["state"], [pyast.attribute("thread", "node")]))
    if counting:
        writer.prologue.insert(0, pyast.assign(["counts"], [pyast.attribute("thread", "counts")]))
    # A yield that is never reached makes the function a generator even if nothing in it can block.
    ending = [ast.Return(None), pyast.generator(None)]
    module = pyast.function(writer.name(kernel.name), "thread", [*writer.prologue, *writer.body, *ending])
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    writer.place(function)
    exec(compile(module, writer.file, "exec"), writer.globals)
    return GeneratedKernel(
        kernel,
        writer.globals[function.name],
        writer.tree,
        tuple(writer.counted or ()),
        writer.loop_variables,
        writer.sites,
        op.body.block,
        writer.ranges,
    )
