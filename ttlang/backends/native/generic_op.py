"""What `ttnn.generic_op` does without a card: a program of descriptors made ready to run, and its runs."""

from __future__ import annotations

import linecache
import re
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

from ttlang.backends.native.addressed_tensors import NativeTensor
from ttlang.backends.native.compiled_calls import CompiledCalls
from ttlang.backends.native.compiled_products import compiled_products
from ttlang.backends.native.compiled_tiles import compiled_tiles
from ttlang.backends.native.host_objects import KernelDescriptor, ProgramDescriptor
from ttlang.backends.native.kernel_memory import Arguments, Memory
from ttlang.backends.native.native_program import NativeKernel
from ttlang.backends.native.read_descriptor import read_descriptor
from ttlang.backends.native.shared_semaphores import SharedSemaphores
from ttlang.backends.native.thread_bodies import last_call, thread_body
from ttlang.backends.native.toolchain import compile_kernels
from ttlang.diagnostics import Diagnostic, DiagnosticError, Related, Span
from ttlang.diagnostics.system_errors import on_this_machine
from ttlang.machine.clock.recorded_calls import CallRecorder
from ttlang.machine.compute.trace import Tree
from ttlang.machine.program_info import CallSite, KernelInfo, OuterLoop, ProgramInfo
from ttlang.machine.simulation import Mode, RunResult, Simulation
from ttlang.machine.statistics import CountedCall
from ttlang.machine.tensor_pages import HasPages
from ttlang.machine.threads import Body, Recorder, Thread
from ttlang.machine.tiles import Bytes
from ttlang.settings import cache
from ttlang.settings import variables as env
from ttlang.tables.chips import Chip
from ttlang.tables.kernel_api import GENERATIONS, find_generation


@dataclass(frozen=True, eq=False)
class LoadedNativeKernel:
    """A kernel in C++, as the machine runs it."""

    calls: CompiledCalls
    memory: NativeMemory
    code: None = None

    @property
    def kernel(self) -> NativeKernel:
        return self.calls.kernel

    @property
    def info(self) -> KernelInfo:
        return self.kernel.info

    @property
    def tree(self) -> Tree | None:
        return self.kernel.tree

    @property
    def counted(self) -> Sequence[CountedCall]:
        """The list of counted calls, which grows."""
        return () if self.kernel.counted is None else self.kernel.counted

    @property
    def loop_names(self) -> dict[str, str]:
        return {}

    def start(self, thread: Thread) -> Body:
        yield from thread_body(self.calls, thread, self.memory.now)

    def site(self, number: int) -> CallSite:
        return self.kernel.sites[number]()

    def outer_loops(self) -> tuple[OuterLoop, ...]:
        return ()

    def last_call(self, thread: Thread) -> Span | None:
        return last_call(self.kernel, self.memory.now.fibers.get(thread))


class NativeMemory:
    """Where kernels in C++ find L1, as the machine asks for it."""

    now: Memory
    """That of the run."""

    @contextmanager
    def l1(self, program: ProgramInfo) -> Generator[Bytes]:
        yield self.now.l1

    def semaphores(self, program: ProgramInfo) -> SharedSemaphores:
        return self.now.make_semaphores()


class NativeSimulation:
    """A program of kernels in C++. What its calls mean is learnt in its runs, and kept."""

    def __init__(self, kernels: Sequence[NativeKernel], *, counting: bool = False):
        self._kernels = kernels
        self._program = kernels[0].program
        self._libraries = dict(zip(kernels, compile_kernels(kernels), strict=True))
        for kernel in kernels:
            kernel.counted = [] if counting else None
        self._memory = NativeMemory()
        loaded = [LoadedNativeKernel(CompiledCalls(kernel), self._memory) for kernel in kernels]
        arithmetic = compiled_products(), compiled_tiles()
        self.simulation = Simulation(self._program.info, loaded, self._memory, *arithmetic, counting=counting)

    def launch(
        self,
        tensors: Sequence[HasPages],
        descriptors: Sequence[KernelDescriptor],
        *,
        numerics: Mode,
        seed: int | None = None,
        recorder: Recorder | None = None,
    ) -> RunResult:
        """Runs the program with the runtime arguments of these descriptors. `recorder` keeps the calls of threads."""
        memory = Memory(self._program, self._libraries, Arguments(self._kernels, descriptors), seed)
        with memory.guarded():
            self._memory.now = memory
            try:
                return self.simulation.run(tensors, numerics=numerics, seed=seed, recorder=recorder)
            except DiagnosticError as found:
                raise DiagnosticError(tuple(map(_with_origin, found.diagnostics))) from None


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


def _key(kernels: Sequence[NativeKernel], *, counting: bool) -> str:
    """All that a program is made of."""
    program = kernels[0].program
    info = program.info
    config = info.dst32, info.dst_tiles, info.fidelity, program.approximates, program.generations, counting
    tensors = [(str(t.type), t.address, t.in_dram, t.words) for t in program.tensors]
    places = [
        [(number, sorted(cores)) for number, cores in sorted(each.items())]
        for each in (program.buffer_cores, program.semaphore_cores)
    ]
    sources = [(kernel.source, kernel.thread, sorted(kernel.info.cores or ()), kernel.info.noc) for kernel in kernels]
    grid = info.architecture.name, info.columns, info.rows
    return repr((grid, config, info.buffers, info.semaphores, tensors, places, sources))


_MOST_PROGRAMS = 32
_programs: OrderedDict[str, NativeSimulation] = OrderedDict()
"""Programs that have been run, by all that they are made of, the last one at the end."""


class NativeRun(NamedTuple):
    """A run of a program, with the calls that its threads have made."""

    simulation: Simulation
    arguments: str
    """The runtime arguments of its kernels."""
    recorder: CallRecorder
    failed: bool


_observers: list[Callable[[NativeRun], None]] = []


@contextmanager
def recording(observer: Callable[[NativeRun], None]) -> Generator[None]:
    """While this lasts, the calls of each run are kept, and the observer gets them behind it."""
    _observers.append(observer)
    try:
        yield
    finally:
        _observers.remove(observer)


def _launch_recorded(
    program: NativeSimulation,
    tensors: Sequence[HasPages],
    descriptors: Sequence[KernelDescriptor],
    *,
    numerics: Mode,
    seed: int | None,
) -> RunResult:
    recorder, failed = CallRecorder(), True
    arguments = repr([(list(each.common_runtime_args), _own_arguments(each)) for each in descriptors])
    try:
        result = program.launch(tensors, descriptors, numerics=numerics, seed=seed, recorder=recorder)
        failed = False
    finally:
        for observer in _observers:
            observer(NativeRun(program.simulation, arguments, recorder, failed))
    return result


def _own_arguments(descriptor: KernelDescriptor) -> list[tuple[int, int, list[int]]]:
    return [(core.x, core.y, list(values)) for core, values in descriptor.runtime_args]


@on_this_machine()
def run_descriptor(
    chip: Chip,
    descriptor: ProgramDescriptor,
    tensors: Sequence[HasPages],
    described: Sequence[NativeTensor],
    *,
    numerics: Mode | None = None,
    seed: int | None = None,
    statistics: bool = False,
) -> RunResult:
    """
    Runs a program on tensors of the host library; outputs are written in place. `numerics` and `seed` are those of
    `TTLANG_NUMERICS` and `TTLANG_SEED` by default. Raises a DiagnosticError for what is wrong with the program.
    """
    chosen = env.METAL_API.get()
    generations = (find_generation(chosen),) if chosen else tuple(GENERATIONS.values())
    kernels = read_descriptor(chip, descriptor, described, generations, cache.folder() / "native" / "sources")
    key = _key(kernels, counting=statistics)
    simulation = _programs.pop(key, None) or NativeSimulation(kernels, counting=statistics)
    _programs[key] = simulation
    if len(_programs) > _MOST_PROGRAMS:
        _programs.popitem(last=False)
    chosen = env.SEED.get() if seed is None else str(seed)
    mode = numerics or env.NUMERICS_MODE.get(env.NUMERICS[0])
    assert mode in env.NUMERICS
    number = int(chosen) if chosen else None
    if _observers:
        return _launch_recorded(simulation, tensors, descriptor.kernels, numerics=mode, seed=number)
    return simulation.launch(tensors, descriptor.kernels, numerics=mode, seed=number)
