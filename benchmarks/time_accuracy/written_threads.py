"""A thread of a written program, call by call; and one that moves data."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from ttlang.machine.noc.core_addresses import Address
from ttlang.machine.program_info import BufferInfo, KernelInfo, TensorInfo
from ttlang.machine.semaphores import SEMAPHORE_BASE, SEMAPHORE_BYTES


class WrittenThread:
    """What one thread does on one core."""

    def __init__(self, core: int, info: KernelInfo):
        self.thread = SimpleNamespace(core=core, kernel=SimpleNamespace(info=info))
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def call(self, name: str, *arguments: Any, **options: object) -> None:
        """`options`: how packets travel, in the order of a recorder."""
        self.calls.append((name, (*arguments, len(self.calls), *options.values())))

    def wait(self, buffer: BufferInfo, pages: int) -> None:
        self.call("cb_wait_front", buffer.number, pages)

    def reserve(self, buffer: BufferInfo, pages: int) -> None:
        self.call("cb_reserve_back", buffer.number, pages)

    def pop(self, buffer: BufferInfo, pages: int) -> None:
        self.call("cb_pop_front", buffer.number, pages)

    def push(self, buffer: BufferInfo, pages: int) -> None:
        self.call("cb_push_back", buffer.number, pages)


class DataMovement(WrittenThread):
    """A thread of reads and writes."""

    def read_page(self, tensor: TensorInfo, page: int, size: int = 0) -> None:
        """`size`: so many bytes of it; all by default."""
        pages = SimpleNamespace(info=tensor, page_bytes=size or tensor.page_bytes)
        self.call("noc_async_read_page", page, pages, 0, None)

    def write_page(self, tensor: TensorInfo, page: int) -> None:
        self.call("noc_async_write_page", page, SimpleNamespace(info=tensor, page_bytes=tensor.page_bytes), 0, None)

    def read(self, core: int, size: int, *, repeated: bool = False) -> None:
        name = "noc_async_read_one_packet_with_state" if repeated else "noc_async_read"
        self.call(name, Address((core,), 0, multicast=False), 0, size)

    def write(self, core: int, size: int, *, repeated: bool = False, posted: bool = False) -> None:
        name = "noc_async_write_one_packet_with_state" if repeated else "noc_async_write"
        self.call(name, 0, Address((core,), 0, multicast=False), size, **_given(posted=posted))

    def multicast(self, cores: Sequence[int], size: int, *, linked: bool = False, loops: bool = False) -> None:
        """`linked`: on the paths of the multicast before, which is therefore the one that bears the word."""
        if linked:
            self._link_last()
        name = "noc_async_write_multicast" + ("_loopback_src" if loops else "")
        self.call(name, 0, Address(tuple(cores), 0, multicast=True), size, len(cores))

    def _link_last(self) -> None:
        """The last multicast is linked to what comes next."""
        place = max(place for place, (name, _) in enumerate(self.calls) if name in _LINKABLE)
        name, arguments = self.calls[place]
        self.calls[place] = name, (*arguments[: _LINKABLE[name]], True)

    def address(self) -> None:
        self.call("get_noc_addr", 0, 0, 0)

    def read_barrier(self) -> None:
        self.call("noc_async_read_barrier")

    def tag_reads(self, tag: int) -> None:
        """Reads have this transaction id from now on."""
        self.call("noc_async_read_set_trid", tag)

    def tagged_read_barrier(self, tag: int) -> None:
        self.call("noc_async_read_barrier_with_trid", tag)

    def write_barrier(self) -> None:
        self.call("noc_async_write_barrier")

    def posted_flushed(self) -> None:
        self.call("noc_async_posted_writes_flushed")

    def atomic_barrier(self) -> None:
        self.call("noc_async_atomic_barrier")

    def flushed(self) -> None:
        self.call("noc_async_writes_flushed")

    def semaphore_wait(self, number: int, value: int) -> None:
        self.call("noc_semaphore_wait_min", _semaphore(number), value)

    def semaphore_wait_equal(self, number: int, value: int) -> None:
        self.call("noc_semaphore_wait", _semaphore(number), value)

    def semaphore_set(self, number: int, value: int) -> None:
        self.call("noc_semaphore_set", _semaphore(number), value)

    def semaphore_inc(self, number: int, core: int, value: int = 1, *, posted: bool = False) -> None:
        address = Address((core,), _semaphore(number), multicast=False)
        self.call("noc_semaphore_inc", address, value, **_given(posted=posted))

    def semaphore_set_multicast(
        self,
        number: int,
        cores: Sequence[int],
        *,
        source: int | None = None,
        loops: bool = False,
        linked: bool = False,
    ) -> None:
        """
        Sets those of cores to the value of this core's, or to that of its semaphore `source`. `loops`: its own one as
        well; `linked`: on the paths of the multicast before.
        """
        if linked:
            self._link_last()
        address = Address(tuple(cores), _semaphore(number), multicast=True)
        word = _semaphore(number if source is None else source)
        self.call(f"noc_semaphore_set_multicast{'_loopback_src' * loops}", word, address, len(cores))

    def store_words(self, words: int) -> None:
        """The processor writes so many words of L1."""
        for _ in range(words):
            self.call("store_element")


_LINKABLE = {
    "noc_async_write_multicast": 5,
    "noc_async_write_multicast_loopback_src": 5,
    "noc_semaphore_set_multicast": 4,
    "noc_semaphore_set_multicast_loopback_src": 4,
}
"""Multicasts that can be linked to what comes next, and how many arguments stand before that."""


def _given(**options: bool) -> dict[str, bool]:
    """Those that are set."""
    return {name: True for name, given in options.items() if given}


def _semaphore(number: int) -> int:
    return SEMAPHORE_BASE + number * SEMAPHORE_BYTES
