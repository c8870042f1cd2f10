"""Pages that kernels in C++ write to by themselves, through pointers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ttlang.backends.native.kernel_memory import Memory
from ttlang.backends.native.snippet import Bound, Compiled
from ttlang.machine.buffers import Buffer
from ttlang.machine.threads import Thread

POISON = 0xA5C3_5A3C_C3A5_3C5A
"""What an unwritten page is filled with, so that what a kernel writes to it shows."""


class PointerWrites:
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
                buffer = self.thread.buffers[number]
                self._notice(buffer)
                buffer.used = True  # reads through pointers are not seen, and may be all that it is for
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
