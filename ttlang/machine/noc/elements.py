"""Elements of a core's L1 that its data movement processors read and write by themselves."""

from __future__ import annotations

from ttlang.machine.buffers import Buffer, OverlaidBuffer
from ttlang.machine.faults import Fault
from ttlang.machine.noc.l1_window import L1Window
from ttlang.machine.tiles import Bytes


class Elements:
    """Those of one thread."""

    __slots__ = ("l1", "window")

    def __init__(self, l1: Bytes, window: L1Window):
        self.l1 = l1.data
        """L1 of all cores, flat."""
        self.window = window

    def load_element(self, pointer: int, index: int, size: int, op: int) -> int:
        """The element of `size` bytes at an index: without a sign, but for those of four bytes."""
        buffer, page, at = self._place(pointer, index, size, op)
        if not buffer.written[page]:
            if self._is_moving(buffer, "read", page):
                raise Fault(
                    "TTL0802",
                    op,
                    f"reads an element of page {page} of {buffer.info.name} while the read into it is in flight",
                    hint="a noc_async_read_barrier must come before it",
                )
            buffer.check_written(page, page + 1, op)
        if buffer.wr <= page < buffer.wr + buffer.reserved:
            buffer.used = True
        if buffer.named is not None:
            buffer.named.bring(page, page + 1)
        return int.from_bytes(self.l1[at : at + size], "little", signed=size == 4)

    def store_element(self, pointer: int, index: int, value: int, size: int, op: int) -> None:
        """Writes the lowest bytes of a number. The page counts as written then."""
        buffer, page, at = self._place(pointer, index, size, op)
        for kind, way in (("read", "into"), ("write", "out of")):
            if self._is_moving(buffer, kind, page):
                raise Fault(
                    "TTL0810",
                    op,
                    f"writes an element of page {page} of {buffer.info.name}, {way} which a {kind} is still in flight",
                    hint=f"a noc_async_{kind}_barrier must come before it",
                )
        if isinstance(buffer, OverlaidBuffer):
            buffer.take(page, page + 1, op)
        if buffer.named is not None:
            buffer.named.bring(page, page + 1)
        buffer.written[page] = 1
        self.l1[at : at + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")

    def invalidate_l1_cache(self, _op: int) -> None:
        """Nothing is cached here: what was written shows."""

    def _place(self, pointer: int, index: int, size: int, op: int) -> tuple[Buffer, int, int]:
        """The buffer of an element, its page there, and its place in the flat array."""
        buffer = self.window.buffer_at(pointer, op)
        start = pointer - buffer.address + index * size
        return buffer, self.window.held_page(buffer, start, op), buffer.row + start

    @staticmethod
    def _is_moving(buffer: Buffer, kind: str, page: int) -> bool:
        if kind == "read" and any(low <= page <= high for low, high in buffer.arriving):
            return True
        return any(port.in_flight(buffer, kind, page, page + 1) for port in buffer.ports)
