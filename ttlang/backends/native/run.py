"""A program of descriptors made ready to run, and its runs: what `ttnn.generic_op` does without a card."""

from __future__ import annotations

import linecache
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from xdsl.ir import Operation

from ttlang.backends.native.memory import Arguments, Memory
from ttlang.backends.native.program import Coordinates, NativeKernel, NativeProgram, add_kernels, make_program
from ttlang.backends.native.tensors import NativeTensor
from ttlang.backends.native.threads import last_call, thread_body
from ttlang.backends.native.toolchain import compile_kernels
from ttlang.backends.simulator.cells import Cells
from ttlang.backends.simulator.codegen import CompiledKernel
from ttlang.backends.simulator.engine import Engine
from ttlang.backends.simulator.machine import Mode, RunResult, Simulation
from ttlang.backends.simulator.pages import HasPages, bind_tensors
from ttlang.backends.simulator.program import KernelInfo
from ttlang.backends.simulator.threads import Body, Thread
from ttlang.diagnostics import Diagnostic, DiagnosticError, Related, Span
from ttlang.diagnostics.machine import on_this_machine
from ttlang.settings import cache
from ttlang.settings import variables as env
from ttlang.tables.chips import Chip
from ttlang.tables.kernel_api import GENERATIONS


class NativeSimulation(Simulation):
    """A program of kernels in C++. What its calls mean is learnt in its runs, and kept."""

    def __init__(self, program: NativeProgram, kernels: Sequence[NativeKernel], *, counting: bool = False):
        self.program = program
        self.native = kernels
        self.counting = counting
        self.following = True
        self.silent = False
        self._numerics = {}
        self._memory: Memory
        self._libraries = dict(zip(kernels, compile_kernels(kernels), strict=True))
        for kernel in kernels:
            kernel.counted = [] if counting else None
        self.kernels = [
            CompiledKernel(
                kernel.info, self._start(kernel), kernel.ops, kernel.tree, {}, _counted(kernel), self._last_call(kernel)
            )
            for kernel in kernels
        ]

    def launch(
        self, tensors: Sequence[HasPages], descriptors: Sequence[Any], *, numerics: Mode, seed: int | None = None
    ) -> RunResult:
        """Runs the program with the runtime arguments of these descriptors."""
        memory = Memory(self.program, self._libraries, Arguments(self.native, descriptors))
        with memory.guarded():
            self._memory = memory
            try:
                return self.run(tensors, numerics=numerics, seed=seed)
            except DiagnosticError as found:
                raise DiagnosticError(tuple(map(_with_origin, found.diagnostics))) from None

    def _run_once(self, tensors: Sequence[HasPages], numerics: Mode, seed: int | None) -> RunResult:
        pages = bind_tensors(self.program, [tensor.pages for tensor in tensors])
        l1 = self._memory.l1
        return self._run(Engine(self.program, self._arithmetic(numerics), l1), pages, l1, seed)

    def _cells(self) -> Cells:
        return self._memory.make_cells()

    def _start(self, kernel: NativeKernel) -> Callable[[Thread], Body]:
        def start(thread: Thread) -> Body:
            yield from thread_body(kernel, thread, self._memory)

        return start

    def _last_call(self, kernel: NativeKernel) -> Callable[[Thread], Span | None]:
        return lambda thread: last_call(kernel, self._memory.fibers.get(thread))

    def _ends(self, kernel: KernelInfo) -> tuple[AbstractSet[int], AbstractSet[int]]:
        """Which buffers a thread works on shows when it does: each has sets of its own."""
        return set(), set()


def _counted(kernel: NativeKernel) -> Sequence[Operation]:
    """The list of counted calls, which grows."""
    return () if kernel.counted is None else kernel.counted


_ORIGIN = re.compile(r"\s*// (?P<place>\S+\.py:\d+): ")


def _with_origin(found: Diagnostic) -> Diagnostic:
    """With a note that names the line of Python, where the C++ says from which one it comes."""
    if found.span is None:
        return found
    linecache.checkcache(found.span.file)
    for number in range(found.span.line, 0, -1):
        line = linecache.getline(found.span.file, number)
        if at := _ORIGIN.match(line):
            column = len(line) - len(line.lstrip()) + 1
            note = Related(Span(found.span.file, number, column), f"compiled from {at['place']}")
            return replace(found, related=(*found.related, note))
    return found


def _where(places: Mapping[int, AbstractSet[Coordinates]]) -> str:
    return repr([(number, sorted(cores)) for number, cores in sorted(places.items())])


_MOST_PROGRAMS = 32
_programs: OrderedDict[str, NativeSimulation] = OrderedDict()
"""Programs that have been run, by all that they are made of, the last one at the end."""


@on_this_machine()
def run_descriptor(
    chip: Chip,
    descriptor: Any,
    tensors: Sequence[HasPages],
    described: Sequence[NativeTensor],
    *,
    numerics: str | None = None,
    seed: int | None = None,
    statistics: bool = False,
) -> RunResult:
    """
    Runs a program on tensors of the host library; outputs are written in place. `numerics` and `seed` are those of
    `TTLANG_NUMERICS` and `TTLANG_SEED` by default. Raises a DiagnosticError for what is wrong with the program.
    """
    generations = (env.METAL_API.get(),) if env.METAL_API.get() else tuple(GENERATIONS)
    program = make_program(chip, descriptor, described, generations)
    kernels = add_kernels(program, descriptor, cache.folder() / "native" / "sources")
    key = repr((chip.name, str(program.op), [(t.address, t.in_dram, t.words) for t in described], statistics))
    key += repr([(k.source, sorted(k.info.cores or ()), k.info.noc) for k in kernels]) + repr(generations)
    key += _where(program.buffer_cores) + _where(program.semaphore_cores)
    simulation = _programs.pop(key, None) or NativeSimulation(program, kernels, counting=statistics)
    _programs[key] = simulation
    if len(_programs) > _MOST_PROGRAMS:
        _programs.popitem(last=False)
    chosen = env.SEED.get() if seed is None else str(seed)
    mode: Any = numerics or env.NUMERICS_MODE.get(env.NUMERICS[0])
    number = int(chosen) if chosen else None
    return simulation.launch(tensors, descriptor.kernels, numerics=mode, seed=number)
