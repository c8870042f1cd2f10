"""What kernels in C++ find during a run: L1 where their pointers lead, their fibers, and their runtime arguments."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import numpy as np

from ttlang.backends.native.fibers import Fiber, FiberState
from ttlang.backends.native.host_objects import KernelDescriptor
from ttlang.backends.native.kernel_unit import ENTRY
from ttlang.backends.native.native_program import NativeKernel, NativeProgram
from ttlang.backends.native.shared_semaphores import SharedSemaphores, Words
from ttlang.backends.native.toolchain import Library, runtime
from ttlang.diagnostics import error
from ttlang.machine.semaphores import SEMAPHORE_BASE
from ttlang.machine.threads import Thread
from ttlang.machine.tiles import Bytes

STACK_BYTES = 1 << 18


class Memory:
    """All of it, for one run."""

    def __init__(
        self,
        program: NativeProgram,
        libraries: dict[NativeKernel, Library],
        arguments: Arguments,
        seed: int | None = None,
    ):
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
        self.library.ttlang_begin(0 if seed is None else random.Random(seed).getrandbits(63) | 1)

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
        state = FiberState.from_address(address)
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

    def __init__(self, kernels: Sequence[NativeKernel], descriptors: Sequence[KernelDescriptor]):
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
