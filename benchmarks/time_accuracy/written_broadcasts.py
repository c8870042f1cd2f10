"""Multicasts with their handshake, as the kernel library of ttnn has them (`mcast_pipe`)."""

from __future__ import annotations

from collections.abc import Sequence

from written_programs import WrittenProgram
from written_threads import DataMovement


class Broadcast:
    """
    One of some cores sends to all others, when each of them has announced that it has room; a flag that is linked to
    the data tells them that these are there. Any of the cores may send, one after the other.
    """

    def __init__(self, program: WrittenProgram, cores: Sequence[int]):
        self._cores = cores
        self._room, self._flag = program.semaphore(), program.semaphore()

    def send(self, thread: DataMovement, size: int) -> None:
        others = [core for core in self._cores if core != thread.thread.core]
        thread.semaphore_wait_equal(self._room, len(others))
        thread.semaphore_set(self._room, 0)
        thread.address()
        thread.multicast(others, size)
        thread.semaphore_set(self._flag, 1)
        thread.address()
        thread.semaphore_set_multicast(self._flag, others, linked=True)
        thread.flushed()
        thread.semaphore_set(self._flag, 0)

    def receive(self, thread: DataMovement, sender: int) -> None:
        thread.address()
        thread.semaphore_inc(self._room, sender)
        thread.semaphore_wait_equal(self._flag, 1)
        thread.semaphore_set(self._flag, 0)
