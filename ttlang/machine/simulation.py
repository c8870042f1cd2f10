"""A loaded program on the machine, and its runs."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal, Protocol

import numpy as np

from ttlang.diagnostics import Diagnostic, DiagnosticError, Replay
from ttlang.diagnostics.findings import Findings
from ttlang.diagnostics.python_warnings import warn
from ttlang.diagnostics.system_errors import say
from ttlang.machine.buffers import Buffer, make_buffers
from ttlang.machine.compute.deferred_engine import DeferredEngine, can_defer
from ttlang.machine.compute.deferred_trace import DeferredTraces
from ttlang.machine.compute.engine import Engine
from ttlang.machine.console import Console
from ttlang.machine.noc.core_addresses import Network
from ttlang.machine.noc.port import Port
from ttlang.machine.numerics import MultiplyOrdinary, Numerics, TileArithmetic, make_numerics
from ttlang.machine.page_values import NamedPages, PageValues
from ttlang.machine.program_info import ProgramInfo
from ttlang.machine.progress import shown
from ttlang.machine.run_diagnostics import contested, leftovers, unawaited
from ttlang.machine.scheduler import Scheduler
from ttlang.machine.semaphores import Semaphores
from ttlang.machine.shard_buffers import ShardBuffers
from ttlang.machine.statistics import CountedCall, Statistics, collect
from ttlang.machine.tensor_pages import HasPages, TensorPages, bind_tensors
from ttlang.machine.threads import LoadedKernel, Recorder, RunState, Thread
from ttlang.machine.tiles import Bytes

Mode = Literal["chip", "fast"]


@dataclass(frozen=True)
class RunResult:
    """What a run leaves beside the outputs."""

    warnings: tuple[Diagnostic, ...] = ()
    counts: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    """For each kernel, how many calls it made, by name, over all cores: calls on the compute unit, pages moved."""
    statistics: Statistics | None = None
    """What each line did, where that was counted."""

    def show(self, *, json: bool = False) -> None:
        """Warns of what the run has found, and prints what was counted, as JSON or as a table."""
        Findings(warn).add(*self.warnings)
        if self.statistics:
            say(self.statistics.to_json() if json else self.statistics.table())


class Memory(Protocol):
    """Where L1 and the words of semaphores lie during a run."""

    def l1(self, program: ProgramInfo) -> AbstractContextManager[Bytes]:
        """(cores, bytes of a core), with any contents."""
        ...

    def semaphores(self, program: ProgramInfo) -> Semaphores: ...


class OwnMemory:
    """Memory that nothing but the machine reads and writes."""

    @contextmanager
    def l1(self, program: ProgramInfo) -> Generator[Bytes]:
        size = program.cores * program.core_bytes
        memory = _take_memory(size)
        try:
            yield memory[:size].reshape(program.cores, program.core_bytes)
        finally:
            _spare_memory.append(memory)

    def semaphores(self, program: ProgramInfo) -> Semaphores:
        return Semaphores(program)


class Simulation:
    """A loaded program on the machine. Runs share nothing but the kernels; one runs at a time."""

    def __init__(
        self,
        program: ProgramInfo,
        kernels: Sequence[LoadedKernel],
        memory: Memory | None = None,
        multiply: MultiplyOrdinary | None = None,
        tiles: TileArithmetic | None = None,
        *,
        counting: bool = False,
        silent: bool = False,
    ):
        self.program = program
        self.kernels = kernels
        self.memory = memory or OwnMemory()
        self.multiply = multiply
        """Makes products of matrices in the chips' arithmetic, if it is given: faster than numpy."""
        self.tiles = tiles
        """Does what can be done on tiles in one pass, likewise."""
        self.counting = counting
        """Whether runs have statistics."""
        self.silent = silent
        """Whether what threads print is left out."""
        self._numerics: dict[str, Numerics] = {}
        self._traces = DeferredTraces(program.first_pages)

    def run(
        self,
        tensors: Sequence[HasPages],
        numbers: Sequence[int] = (),
        *,
        numerics: Mode = "chip",
        seed: int | None = None,
        recorder: Recorder | None = None,
    ) -> RunResult:
        """
        Runs the program on the tensors of a call, in its order, and its integers that are no constants; outputs are
        written in place. `numerics` is the chip's arithmetic or plain float32; `seed` shuffles the order in which
        threads run; `recorder` keeps their calls. Raises a DiagnosticError for the first mistake that a kernel makes.
        """
        again, program = Replay(seed, numerics), self.program
        _keep_freed_memory()
        try:
            pages = bind_tensors(program, [tensor.pages for tensor in tensors])
            with self.memory.l1(program) as l1:
                values = PageValues(program, l1, pages) if self._can_defer() else None
                engine = self._engine(l1, numerics, values)
                result = self._run(engine, values, pages, numbers, l1, seed, recorder)
        except DiagnosticError as found:
            raise DiagnosticError(_replayed(found.diagnostics, again)) from None
        return replace(result, warnings=_replayed(result.warnings, again))

    def _run(
        self,
        engine: Engine,
        values: PageValues | None,
        pages: list[TensorPages],
        numbers: Sequence[int],
        l1: Bytes,
        seed: int | None,
        recorder: Recorder | None,
    ) -> RunResult:
        program = self.program
        scheduler = Scheduler(engine, program.columns, seed)
        buffers = [make_buffers(program.buffers, core * program.core_bytes) for core in range(program.cores)]
        if values is not None:
            _name_pages(values, buffers)
        on_shards = ShardBuffers(buffers, pages, l1.reshape(-1))
        network = Network(program, self.memory.semaphores(program), buffers) if program.communicates else None
        console = Console(silent=self.silent)
        shared = RunState(program, l1.reshape(-1), pages, numbers, network, scheduler.ready, console, recorder)
        threads = [
            Thread(kernel, core, buffers[core], [0] * len(kernel.counted), shared)
            for core in range(program.cores)
            for kernel in self.kernels
            if kernel.info.runs_on(core)
        ]
        _connect(buffers, threads)
        try:
            with shown(threads, console):
                _run_to_end(scheduler, threads, engine)
        finally:
            console.close()
            if values is not None:
                values.close()
        on_shards.bring_back()
        counted = ((each.name, each.core, _made(each)) for each in threads)
        return RunResult(
            (*contested(threads, pages), *unawaited(threads), *leftovers(program, buffers, program.columns)),
            _counts(threads, engine),
            collect(program, counted) if self.counting else None,
        )

    def _can_defer(self) -> bool:
        """Whether compute calls may be put off: nobody sees L1 but by calls."""
        return isinstance(self.memory, OwnMemory) and can_defer(self.program, self.kernels)

    def _engine(self, l1: Bytes, numerics: Mode, values: PageValues | None) -> Engine:
        if values is None:
            return Engine(self.program, self._arithmetic(numerics), l1)
        return DeferredEngine(self.program, self._arithmetic(numerics), l1, values, self._traces)

    def _arithmetic(self, mode: Mode) -> Numerics:
        if mode not in self._numerics:
            program = self.program
            self._numerics[mode] = make_numerics(
                mode, program.architecture, program.generation, self.multiply, self.tiles
            )
        return self._numerics[mode]


def _replayed(found: tuple[Diagnostic, ...], again: Replay) -> tuple[Diagnostic, ...]:
    return tuple(replace(each, replay=again) for each in found)


@cache
def _keep_freed_memory() -> None:
    """
    Frees a large piece of memory, once. glibc gives memory back to the system from a size on that grows with what was
    freed, up to 32 MiB (mallopt(3), "M_MMAP_THRESHOLD"): from then on arrays that a run makes again and again are not
    fresh pages each time. Elsewhere it does nothing.
    """
    np.empty(31 << 20, np.uint8)


_spare_memory: deque[Bytes] = deque(maxlen=1)
"""L1 of the last run: fresh memory costs more than what a run does with it."""


def _take_memory(size: int) -> Bytes:
    """At least `size` bytes, with any contents."""
    try:
        memory = _spare_memory.pop()
    except IndexError:
        return np.empty(size, np.uint8)
    return memory if memory.size >= size else np.empty(size, np.uint8)


def _run_to_end(scheduler: Scheduler, threads: Sequence[Thread], engine: Engine) -> None:
    """Also where a thread makes a mistake, what it has asked for before is carried out first."""
    try:
        scheduler.run(threads)
    except DiagnosticError:
        engine.settle()
        raise
    engine.settle()


def _name_pages(values: PageValues, buffers: list[list[Buffer]]) -> None:
    for core, here in enumerate(buffers):
        for buffer in here:
            buffer.named = NamedPages(values, core, buffer.info.number, buffer.pages)


def _connect(buffers: list[list[Buffer]], threads: list[Thread]) -> None:
    """Lets each buffer see the transfers of its core."""
    ports: list[list[Port]] = [[] for _ in buffers]
    for thread in threads:
        if thread.port is not None:
            ports[thread.core].append(thread.port)
    for core, here in enumerate(buffers):
        for buffer in here:
            buffer.ports = tuple(ports[core])


def _made(thread: Thread) -> Iterator[tuple[CountedCall, int]]:
    """The calls of a thread and how often it made each, and for each what it has sent to other cores."""
    kernel, port = thread.kernel, thread.port
    # Calls that were found after a thread had begun are none of its own.
    yield from zip(kernel.counted, thread.counts, strict=False)
    for op, sent in port.links.transfers.sent.items() if port and port.links else ():
        site = kernel.site(op)
        work = Counter({"sent bytes": sent.once, "received bytes": sent.at_each})
        yield CountedCall(site.callee, site.span, work), 1


def _counts(threads: list[Thread], engine: Engine) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for thread in threads:
        if thread.port is None:
            counts[thread.name] = engine.calls
            continue
        moves = thread.port.tensors
        moved = {"noc_async_read_page": moves.pages_read, "noc_async_write_page": moves.pages_written}
        moved |= {"noc_async_read": moves.rows_read, "noc_async_write": moves.rows_written}
        counts.setdefault(thread.name, Counter()).update(moved)
    return {name: {call: n for call, n in calls.items() if n} for name, calls in counts.items()}
