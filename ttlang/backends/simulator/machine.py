"""A program made ready to run, and its runs."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from ttlang.backends.simulator.buffers import Buffer
from ttlang.backends.simulator.cells import Cells
from ttlang.backends.simulator.codegen import CompiledKernel, compile_kernel
from ttlang.backends.simulator.engine import Engine
from ttlang.backends.simulator.link import Link, Network
from ttlang.backends.simulator.messages import Console
from ttlang.backends.simulator.noc import Port
from ttlang.backends.simulator.pages import HasPages, TensorPages, bind_tensors
from ttlang.backends.simulator.program import KernelInfo, ProgramInfo
from ttlang.backends.simulator.progress import shown
from ttlang.backends.simulator.report import contested, leftovers
from ttlang.backends.simulator.scheduler import Scheduler
from ttlang.backends.simulator.statistics import Statistics, collect
from ttlang.backends.simulator.threads import Thread
from ttlang.diagnostics import Diagnostic, DiagnosticError, Replay
from ttlang.diagnostics.findings import Findings
from ttlang.diagnostics.machine import say
from ttlang.diagnostics.python_warnings import warn
from ttlang.dialects import ttkernel
from ttlang.machine.numerics import Numerics, make_numerics
from ttlang.machine.tiles import Bytes
from ttlang.settings import variables as env

Mode = Literal["chip", "fast"]


@dataclass(frozen=True)
class RunResult:
    """What a run leaves beside the outputs."""

    warnings: tuple[Diagnostic, ...] = ()
    counts: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    """For each kernel, how many calls it made, by name, over all cores: calls on the compute unit, pages moved."""
    statistics: Statistics | None = None
    """What each line did, where that was counted."""

    def show(self) -> None:
        """Warns of what the run has found, and prints what was counted in the form that `TTLANG_STATS` asks for."""
        Findings(warn).add(*self.warnings)
        if self.statistics:
            say(self.statistics.to_json() if env.STATS.get() == "json" else self.statistics.table())


class Simulation:
    """A program whose kernels are compiled. Runs do not share anything but the code; one runs at a time."""

    def __init__(
        self, program: ttkernel.ProgramOp, *, counting: bool = False, following: bool = False, silent: bool = False
    ):
        self.program = ProgramInfo(program)
        self.counting = counting
        self.following = following
        """Whether a report of a deadlock has the last steps of each thread."""
        self.silent = silent
        """Whether what threads print is left out."""
        self.kernels = [
            compile_kernel(self.program, kernel, counting=counting, following=following)
            for kernel in self.program.kernels
        ]
        self._numerics: dict[str, Numerics] = {}

    def run(self, tensors: Sequence[HasPages], *, numerics: Mode = "chip", seed: int | None = None) -> RunResult:
        """
        Runs the program on the tensors of a call, in its order; outputs are written in place. `numerics` is the
        chip's arithmetic or plain float32; `seed` shuffles the order in which threads run. Raises a DiagnosticError
        for the first mistake that a kernel makes.
        """
        again = Replay(seed, numerics)
        try:
            result = self._run_once(tensors, numerics, seed)
            return replace(result, warnings=_replayed(result.warnings, again))
        except DiagnosticError as found:
            if self.following or found.diagnostics[0].code != "TTL0801":
                raise DiagnosticError(_replayed(found.diagnostics, again)) from None
        # The same once more, keeping the steps that lead to the deadlock: no result depends on the numbers, and what
        # threads print has been seen.
        return Simulation(self.program.op, following=True, silent=True).run(tensors, numerics=numerics, seed=seed)

    def _run_once(self, tensors: Sequence[HasPages], numerics: Mode, seed: int | None) -> RunResult:
        program = self.program
        pages = bind_tensors(program, [tensor.pages for tensor in tensors])
        memory = _take_memory(program.cores * program.core_bytes)
        try:
            l1 = memory[: program.cores * program.core_bytes].reshape(program.cores, program.core_bytes)
            return self._run(Engine(program, self._arithmetic(numerics), l1), pages, l1, seed)
        finally:
            _spare_memory.append(memory)

    def _run(self, engine: Engine, pages: list[TensorPages], l1: Bytes, seed: int | None) -> RunResult:
        program = self.program
        scheduler = Scheduler(engine, program.columns, seed)
        buffers = [
            [Buffer(info, core * program.core_bytes) for info in program.buffers] for core in range(program.cores)
        ]
        counts = {kernel: [0] * len(kernel.counted) for kernel in self.kernels}
        console = Console(silent=self.silent)
        threads = [
            self._thread(kernel, core, buffers[core], pages, l1.reshape(-1), scheduler, counts[kernel], console)
            for core in range(program.cores)
            for kernel in self.kernels
            if kernel.info.runs_on(core)
        ]
        _connect(buffers, threads)
        if program.communicates:
            _link(program, self._cells(), buffers, threads)
        try:
            with shown(program, threads, console):
                scheduler.run(threads)
        finally:
            console.close()
        counted = ((kernel.info.name, kernel.counted, counts[kernel]) for kernel in self.kernels)
        return RunResult(
            (*contested(pages), *leftovers(program, buffers, program.columns)),
            _counts(threads, engine),
            collect(program, counted) if self.counting else None,
        )

    def _arithmetic(self, mode: Mode) -> Numerics:
        if mode not in self._numerics:
            self._numerics[mode] = make_numerics(mode, self.program.architecture, self.program.generation)
        return self._numerics[mode]

    def _cells(self) -> Cells:
        """The semaphores of a run."""
        return Cells(self.program)

    def _thread(
        self,
        kernel: CompiledKernel,
        core: int,
        buffers: list[Buffer],
        pages: list[TensorPages],
        l1: Bytes,
        scheduler: Scheduler,
        counts: list[int],
        console: Console,
    ) -> Thread:
        fills, drains = self._ends(kernel.info)
        port = Port(core, self.program.columns, l1, buffers, fills, drains)
        return Thread(kernel, core, self.program.position(core), buffers, pages, port, scheduler.ready, counts, console)

    def _ends(self, kernel: KernelInfo) -> tuple[AbstractSet[int], AbstractSet[int]]:
        """The numbers of the buffers that a kernel fills, and of those that it drains."""
        return kernel.fills, kernel.drains


def _replayed(found: tuple[Diagnostic, ...], again: Replay) -> tuple[Diagnostic, ...]:
    return tuple(replace(each, replay=again) for each in found)


_spare_memory: deque[Bytes] = deque(maxlen=1)
"""L1 of the last run: fresh memory costs more than what a run does with it."""


def _take_memory(size: int) -> Bytes:
    """At least `size` bytes, with any contents."""
    try:
        memory = _spare_memory.pop()
    except IndexError:
        return np.empty(size, np.uint8)
    return memory if memory.size >= size else np.empty(size, np.uint8)


def _connect(buffers: list[list[Buffer]], threads: list[Thread]) -> None:
    """Lets each buffer see the transfers of its core."""
    ports: list[list[Port]] = [[] for _ in buffers]
    for thread in threads:
        ports[thread.core].append(thread.port)
    for core, here in enumerate(buffers):
        for buffer in here:
            buffer.ports = tuple(ports[core])


def _link(program: ProgramInfo, cells: Cells, buffers: list[list[Buffer]], threads: list[Thread]) -> None:
    """Gives data movement threads their way to other cores."""
    network = Network(program, cells, buffers)
    for thread in threads:
        if not thread.kernel.info.is_compute:
            thread.port.link = Link(network, thread.port, thread.kernel.info.noc)


def _counts(threads: list[Thread], engine: Engine) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for thread in threads:
        if thread.kernel.info.is_compute:
            counts[thread.kernel.info.name] = engine.calls
            continue
        port = thread.port
        moved = {"noc_async_read_page": port.pages_read, "noc_async_write_page": port.pages_written}
        moved |= {"noc_async_read": port.rows_read, "noc_async_write": port.rows_written}
        counts.setdefault(thread.kernel.info.name, Counter()).update(moved)
    return {name: {call: n for call, n in calls.items() if n} for name, calls in counts.items()}
