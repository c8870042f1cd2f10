"""What kernels in C++ work on during a run: L1 where their pointers lead, their fibers, and the words of semaphores."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ttlang.backends.native.kernel import NativeKernel, NativeProgram
from ttlang.backends.native.snippet import Bound, Compiled
from ttlang.backends.native.toolchain import ENTRY, Library, runtime
from ttlang.diagnostics import error
from ttlang.machine.buffers import Buffer
from ttlang.machine.faults import Fault, core_ranges
from ttlang.machine.semaphores import SEMAPHORE_BASE, SEMAPHORE_BYTES, Semaphores
from ttlang.machine.threads import Thread
from ttlang.machine.tiles import Bytes
from ttlang.machine.waits import Waiter

STACK_BYTES = 1 << 18
TICK_SECONDS = 0.05
"""`TICK` of fibers.cpp."""
_WORDS = 24

Words = NDArray[np.uint32]


class _Fiber(ctypes.Structure):
    """`Fiber` of fibers.h."""

    _fields_ = (
        ("words", ctypes.c_int64 * _WORDS),
        ("result", ctypes.c_int64),
        ("stack_pointer", ctypes.c_void_p),
        ("kernel", ctypes.c_void_p),
        ("stack", ctypes.c_void_p),
        ("stack_bytes", ctypes.c_uint64),
        ("args", ctypes.c_void_p),
        ("common_args", ctypes.c_void_p),
        ("semaphores", ctypes.c_void_p),
        ("known", ctypes.c_void_p),
        ("crash_address", ctypes.c_int64),
        ("code", ctypes.c_uint64),
        ("code_end", ctypes.c_uint64),
        ("at", ctypes.c_uint64),
        ("arg_count", ctypes.c_uint32),
        ("common_arg_count", ctypes.c_uint32),
        ("semaphore_count", ctypes.c_uint32),
        ("l1", ctypes.c_uint32),
        ("l1_bytes", ctypes.c_uint32),
        ("transpose", ctypes.c_uint32),
        ("crash", ctypes.c_int32),
        ("quiet", ctypes.c_uint32),
        ("x", ctypes.c_uint8 * 2),
        ("y", ctypes.c_uint8 * 2),
        ("column", ctypes.c_uint8),
        ("row", ctypes.c_uint8),
        ("fused", ctypes.c_uint8),
        ("ended", ctypes.c_uint8),
    )


@dataclass(frozen=True, eq=False)
class Fiber:
    """A kernel on a core, between two of its calls."""

    address: int
    words: memoryview
    state: Any

    def crash(self) -> tuple[int, int]:
        """The signal that ended it, and the address that it touched."""
        return self.state.crash, self.state.crash_address

    @property
    def quiet_seconds(self) -> float:
        """Processor time that the kernel has taken since its last call."""
        return self.state.quiet * TICK_SECONDS

    @property
    def at(self) -> int:
        """The instruction at which it paused, counted in its library."""
        return self.state.at - self.state.code


class SharedSemaphores(Semaphores):
    """Semaphores whose words kernels also read and write through pointers."""

    def __init__(self, program: NativeProgram, l1: Bytes):
        super().__init__(program.info)
        self.count = 1 + max(self.names, default=-1)
        self.cores = {
            number: {program.info.core_at(*place) for place in places}
            for number, places in program.semaphore_cores.items()
        }
        shape = (program.info.cores, self.count)
        strides = (l1.strides[0], SEMAPHORE_BYTES)
        self.words: Words = np.ndarray(shape, np.uint32, l1, SEMAPHORE_BASE, strides)
        self.known: Words = np.zeros(shape, np.uint32)
        for number, value in self.values[0].items():
            self.known[:, number] = value
        self.words[:] = self.known

    def must_wait(self, thread: Waiter, number: int, value: int, exact: bool, op: int) -> bool:
        self._check_core(thread.core, number, op)
        return super().must_wait(thread, number, value, exact, op)

    def change(self, source: int, core: int, number: int, value: int, op: int) -> None:
        self._check_core(core, number, op)
        super().change(source, core, number, value, op)
        self.words[core, number] = self.known[core, number] = self.values[core][number]

    def _check_core(self, core: int, number: int, op: int) -> None:
        if core not in self.cores[number]:
            message = f"there is no semaphore {number} on {core_ranges([core], self.program.columns)}"
            raise Fault("TTL0820", op, message, hint="its SemaphoreDescriptor names the cores that have it")

    def poll(self, thread: Thread, op: int) -> None:
        """Takes notice of what a kernel has written to the words of its core by itself."""
        core = thread.core
        for number in self.names:
            if (word := int(self.words[core, number])) != self.known[core, number]:
                if thread.port is not None and thread.port.links is not None:
                    thread.port.links.signals.check_change(number, op)
                self.change(core, core, number, word, op)


class Memory:
    """All of it, for one run."""

    def __init__(self, program: NativeProgram, libraries: dict[NativeKernel, Library], arguments: Arguments):
        self.program = program
        self.library = runtime()
        self.fibers: dict[Thread, Fiber] = {}
        self.semaphores: SharedSemaphores
        self._libraries = libraries
        self._arguments = arguments
        self._bytes = program.info.cores * program.info.core_bytes
        self.base: int = self.library.ttlang_map(self._bytes) or 0
        if not self.base:
            raise error("TTL0222", "there is no memory below 4 GiB, which kernels in C++ need for L1")
        whole = (ctypes.c_uint8 * self._bytes).from_address(self.base)
        self.l1: Bytes = np.frombuffer(memoryview(whole).cast("B"), np.uint8).reshape(-1, program.info.core_bytes)
        self.library.ttlang_forget()

    @contextmanager
    def guarded(self) -> Generator[None]:
        """Catches kernels that crash, and frees all in the end."""
        self.library.ttlang_guard(1)
        try:
            yield
        finally:
            self.library.ttlang_guard(0)
            for fiber in self.fibers.values():
                self.library.ttlang_close(fiber.address)
            self.library.ttlang_unmap(self.base, self._bytes)

    def make_semaphores(self) -> SharedSemaphores:
        self.semaphores = SharedSemaphores(self.program, self.l1)
        return self.semaphores

    def open(self, kernel: NativeKernel, thread: Thread) -> Fiber:
        """The fiber of a thread, at the start of its kernel."""
        entry = ctypes.cast(getattr(self._libraries[kernel].load(thread.core), ENTRY), ctypes.c_void_p).value
        address = self.library.ttlang_open(entry, STACK_BYTES)
        if not address:
            raise MemoryError("no memory for the stack of a kernel")
        state = _Fiber.from_address(address)
        core, program = thread.core, self.program.info
        own, common = self._arguments.of(kernel, program.position(core))
        state.args, state.arg_count = own.ctypes.data, len(own)
        state.common_args, state.common_arg_count = common.ctypes.data, len(common)
        state.l1, state.l1_bytes = self.base + core * program.core_bytes, program.core_bytes
        state.semaphores = state.l1 + SEMAPHORE_BASE
        state.known, state.semaphore_count = (
            self.semaphores.known.ctypes.data + 4 * core * self.semaphores.count,
            self.semaphores.count,
        )
        column, row = program.position(core)
        chip = program.architecture
        for noc in range(2):
            state.x[noc], state.y[noc] = chip.column_to_virtual[column], chip.row_to_virtual[row]
        state.column, state.row = column, row
        fiber = Fiber(address, memoryview(state).cast("B"), state)
        self.fibers[thread] = fiber
        return fiber


class Arguments:
    """The runtime arguments of kernels: of each core, and common ones."""

    def __init__(self, kernels: Sequence[NativeKernel], descriptors: Sequence[Any]):
        self._own: dict[tuple[NativeKernel, tuple[int, int]], Words] = {}
        self._common: dict[NativeKernel, Words] = {}
        self._none = np.zeros(1, np.uint32)[:0]
        for kernel, descriptor in zip(kernels, descriptors, strict=True):
            self._common[kernel] = _words(descriptor.common_runtime_args)
            for core, values in descriptor.runtime_args:
                self._own[kernel, (core.x, core.y)] = _words(values)

    def of(self, kernel: NativeKernel, core: tuple[int, int]) -> tuple[Words, Words]:
        return self._own.get((kernel, core), self._none), self._common[kernel]


def _words(values: Sequence[int]) -> Words:
    return np.array(list(values), np.uint32)


# ---------------------------------------------------------------------------------------- what kernels write themselves

POISON = 0xA5C3_5A3C_C3A5_3C5A
"""What an unwritten page is filled with, so that what a kernel writes to it shows."""


class Scratch:
    """
    The pages that a thread writes to through pointers. They are filled with a pattern when they are reserved, and
    count as written if they hold anything else when they are pushed, or are read by a transfer.
    """

    def __init__(self, thread: Thread, memory: Memory):
        self.thread = thread
        self.l1 = memory.l1.reshape(-1)

    def around(self, call: Bound, compiled: Compiled) -> Bound:
        """A call that fills or takes pages, with what has to come before and after it."""
        if compiled.waits:
            return self._reserving(call, compiled.fills)
        return self._taking(call)

    def _reserving(self, call: Bound, fills: Sequence[int]) -> Callable[..., Generator[Any, Any, Any]]:
        buffers = [self.thread.buffers[number] for number in fills]

        def reserve(*values: int) -> Generator[Any, Any, None]:
            held = [buffer.reserved for buffer in buffers]
            yield from call(*values)
            for buffer, before in zip(buffers, held, strict=True):
                self._poison(buffer, before)

        return reserve

    def _taking(self, call: Bound) -> Bound:
        fills = self.thread.fills

        def take(*values: int) -> Any:
            for number in fills:
                self._notice(self.thread.buffers[number])
            return call(*values)

        return take

    def _poison(self, buffer: Buffer, held: int) -> None:
        """Fills the pages that have been reserved since the thread held so many."""
        for page in _unwritten(buffer, held):
            self._words(buffer, page)[:] = POISON

    def _notice(self, buffer: Buffer) -> None:
        for page in _unwritten(buffer, 0):
            if not buffer.incoming and (self._words(buffer, page) != POISON).any():
                buffer.written[page] = 1

    def _words(self, buffer: Buffer, page: int) -> NDArray[np.uint64]:
        start = buffer.row + page * buffer.page_bytes
        whole = buffer.page_bytes // 8 * 8
        return self.l1[start : start + whole].view(np.uint64)


def _unwritten(buffer: Buffer, held: int) -> Iterator[int]:
    """The reserved pages, after so many, that nothing has written."""
    end = min(buffer.wr + buffer.reserved, buffer.pages)
    return (page for page in range(buffer.wr + held, end) if not buffer.written[page])
