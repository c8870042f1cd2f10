"""
The calls of a program without its data: each thread of each core runs to its end by itself, and nobody waits.

What a kernel does depends on its arguments and its place alone, as long as it reads no elements and doesn't ask how
many pages a buffer holds. One that does needs a run with data. Compute threads that don't look on which core they are
do the same on all cores: one of them runs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ttlang.diagnostics import Span
from ttlang.machine.clock.recorded_calls import Behind, CallRecorder, RecordedThread
from ttlang.machine.console import Console
from ttlang.machine.faults import Fault
from ttlang.machine.noc.core_addresses import CoreAddresses, Network
from ttlang.machine.program_info import ProgramInfo
from ttlang.machine.semaphores import Semaphores
from ttlang.machine.tensor_pages import TensorPages
from ttlang.machine.threads import LoadedKernel, RunState, Thread
from ttlang.machine.tile_offsets import Offsets


class NeedsData(Exception):
    """What a kernel does next depends on what is in memory."""

    span: Span | None = None
    """Where it looks."""


def run_without_data(
    program: ProgramInfo,
    kernels: Sequence[LoadedKernel],
    numbers: Sequence[int] = (),
    cores: Iterable[int] | None = None,
    *,
    most_calls: int | None = None,
) -> list[RecordedThread]:
    """
    The calls of all threads, kernel by kernel. `numbers`: the integers of the call that are no constants. `cores`:
    those whose threads are run; all by default. A thread that breaks a rule of the compute processors ends there.
    Raises NeedsData for a program that can't be run so, and TooManyCalls as soon as threads have made more than
    `most_calls`.
    """
    cores = range(program.cores) if cores is None else [*cores]
    network = Network(program, Semaphores(program), [()] * program.cores)
    recorder = CallRecorder(lambda thread: _nothing_behind(program, network, thread), most_calls)
    tensors = [TensorPages(info, _no_pages(info.pages, info.page_bytes), None) for info in program.tensors]
    nothing = np.zeros(0, np.uint8)
    shared = RunState(program, nothing, tensors, numbers, network, deque[Thread](), Console(silent=True), recorder)
    for kernel in kernels:
        counts = [0] * len(kernel.counted)
        alike: RecordedThread | None = None
        for core in filter(kernel.info.runs_on, cores):
            if alike is not None:
                Thread(kernel, core, (), counts, shared)
                recorder.threads[-1].do_as(alike)
                continue
            thread = _WatchedThread(kernel, core, counts, shared)
            _run(thread, recorder.threads[-1])
            if kernel.info.is_compute and not thread.looked:
                alike = recorder.threads[-1]
    return recorder.finish()


class _WatchedThread(Thread):
    """One that tells whether anybody has asked it where it is."""

    __slots__ = ("looked",)

    def __init__(self, kernel: LoadedKernel, core: int, counts: list[int], shared: RunState):
        self.looked = False
        super().__init__(kernel, core, (), counts, shared)

    def __getattribute__(self, name: str) -> Any:
        if name in _PLACE:
            self.looked = True
        return super().__getattribute__(name)


_PLACE = {"arguments", "core", "x", "y"}


def _run(thread: Thread, recorded: RecordedThread) -> None:
    try:
        for _ in thread.body:
            pass
    except (Fault, ArithmeticError) as fault:
        recorded.fault = fault
    except NeedsData as need:
        kernel = thread.kernel
        need.span = kernel.site(need.args[0]).span if need.args else kernel.info.span
        raise


def _no_pages(pages: int, page_bytes: int) -> Any:
    return np.broadcast_to(np.zeros(1, np.uint8), (pages, page_bytes))


class _NoBuffer:
    """A buffer that always has what is asked for, and in which every block starts at the first page."""

    __slots__ = ("_packed", "address")

    def __init__(self, address: int):
        self.address = address
        self._packed = 0

    def cb_reserve_back(self, _pages: int, _op: int) -> bool:
        return False

    def cb_wait_front(self, _pages: int, _op: int) -> bool:
        return False

    def cb_push_back(self, _pages: int, _op: int) -> None:
        self._packed = 0

    def cb_pop_front(self, _pages: int, _op: int) -> None:
        pass

    def claim(self, _thread: object, _front: bool, _op: int) -> None:
        pass

    def pack(self, pages: int, _op: int, _accumulates: bool) -> int:
        page = self._packed
        self._packed += pages
        return page

    def pack_at(self, tile: int, _offsets: Offsets, _op: int, _accumulates: bool) -> int:
        return tile

    def front(self, tile: int, _span: int, _op: int) -> int:
        return tile

    def front_among(self, tile: int, _offsets: Offsets, _op: int) -> int:
        return tile

    def get_write_ptr(self) -> int:
        return self.address

    def get_read_ptr(self) -> int:
        return self.address

    @property
    def filled(self) -> int:
        raise NeedsData


def _nothing_behind(program: ProgramInfo, network: Network, thread: Thread) -> Behind:
    buffers = [_NoBuffer(buffer.address) for buffer in program.buffers]
    return buffers, None if thread.kernel.info.is_compute else _NoPort(network, thread)


class _NoPort:
    """A port that moves nothing. Addresses of cores are those of the machine."""

    def __init__(self, network: Network, thread: Thread):
        self.tensors = self.elements = self.links = self.transfers = self.signals = self
        self.addresses = CoreAddresses(network, thread.core, thread.kernel.info.noc)

    def load_element(self, *arguments: int) -> int:
        raise NeedsData(arguments[-1])

    def load_semaphore(self, *arguments: int) -> int:
        raise NeedsData(arguments[-1])

    def __getattr__(self, name: str) -> Any:
        return _nothing


def _nothing(*_arguments: object) -> None:
    pass
