"""Which buffers of a kernel share a piece of L1: those of one allocation group, in both dialects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from xdsl.dialects.builtin import IntegerAttr


class Grouped(Protocol):
    """A buffer that may be a member of a group."""

    @property
    def group(self) -> IntegerAttr | None: ...


BufferT = TypeVar("BufferT", bound=Grouped)


def by_memory(buffers: Iterable[BufferT]) -> list[list[BufferT]]:
    """The buffers of each piece of memory, in the order of the first of each."""
    found: dict[object, list[BufferT]] = {}
    for buffer in buffers:
        found.setdefault(buffer if buffer.group is None else buffer.group.value.data, []).append(buffer)
    return list(found.values())
