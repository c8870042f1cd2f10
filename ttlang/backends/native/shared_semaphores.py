"""Semaphores whose words kernels in C++ also read and write by themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ttlang.backends.native.native_program import NativeProgram
from ttlang.machine.faults import Fault, core_ranges
from ttlang.machine.semaphores import MOST_SEMAPHORES, SEMAPHORE_BASE, SEMAPHORE_BYTES, WORD_BYTES, Semaphores
from ttlang.machine.threads import Thread
from ttlang.machine.tiles import Bytes
from ttlang.machine.waits import Waiter

Words = NDArray[np.uint32]


class SharedSemaphores(Semaphores):
    """Semaphores whose words kernels also read and write through pointers."""

    def __init__(self, program: NativeProgram, l1: Bytes):
        super().__init__(program.info)
        self.count = 1 + max(self.names, default=-1)
        self.l1 = l1
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

    def value(self, core: int, number: int, op: int) -> int:
        """The word, which the kernel may have written by itself: of one of a buffer, that shows here."""
        if number in self.values[core] and number >= MOST_SEMAPHORES:
            self._notice(core, number, op)
        return super().value(core, number, op)

    def _set_unseen(self, core: int, number: int) -> int | None:
        return self._word(core, number)

    def _notice(self, core: int, number: int, op: int) -> None:
        word = self._word(core, number)
        if word != self.values[core].get(number, word):
            self.change(core, core, number, word, op)

    def _word(self, core: int, address: int) -> int:
        return int.from_bytes(self._bytes_of(core, address), "little")

    def change(self, source: int, core: int, number: int, value: int, op: int) -> None:
        self._check_core(core, number, op)
        super().change(source, core, number, value, op)
        now = self.values[core][number]
        if number >= MOST_SEMAPHORES:
            self._bytes_of(core, number)[:] = now.to_bytes(WORD_BYTES, "little")
        else:
            self.words[core, number] = self.known[core, number] = now

    def _bytes_of(self, core: int, address: int) -> memoryview:
        return self.l1[core, address : address + WORD_BYTES].data

    def _check_core(self, core: int, number: int, op: int) -> None:
        if number < MOST_SEMAPHORES and core not in self.cores[number]:
            message = f"there is no semaphore {number} on {core_ranges([core], self.program.columns)}"
            raise Fault("TTL0820", op, message, hint="its SemaphoreDescriptor names the cores that have it")

    def poll(self, thread: Thread, op: int) -> None:
        """Takes notice of what a kernel has written to the words of its core by itself."""
        core = thread.core
        for number in self.names:
            if number >= MOST_SEMAPHORES:
                self._notice(core, number, op)
            elif (word := int(self.words[core, number])) != self.known[core, number]:
                if thread.port is not None and thread.port.links is not None:
                    thread.port.links.signals.check_change(number, op)
                self.change(core, core, number, word, op)
