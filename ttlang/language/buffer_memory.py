"""What the author of a kernel asks of the memory of its buffers: groups that share it, and where it lies."""

from __future__ import annotations

import math
from enum import Enum
from typing import NamedTuple

from ttlang.diagnostics import error
from ttlang.language.call_sites import caller_span
from ttlang.language.kernel_run import current_run
from ttlang.language.tensors import TensorParameter
from ttlang.tables.dtypes import DType

CODE = "TTL0706"


class DFBAddressScope(Enum):
    """Which cores have a buffer at one address. Here all cores do, which is more than either asks for."""

    LOCAL = "local"
    REMOTE_UNIFORM = "remote_uniform"


def check_address_scope(scope: object) -> None:
    """Raises a TTL0706 for what is no scope of addresses; None is one."""
    if scope is None or isinstance(scope, DFBAddressScope):
        return
    names = [each.value for each in DFBAddressScope]
    if scope not in names:
        hint = f"leave it out, or say {' or '.join(map(repr, names))}: every buffer has one address on all cores"
        raise error(CODE, f"address_scope={scope!r} is no scope of addresses", caller_span(), hint=hint)


class DFBAllocationGroup:
    """Buffers of one format that need no memory at the same time, so that one piece of it does for all."""

    def __init__(self, number: int):
        self.number = number
        """Its place among the groups of the kernel."""
        self._pages: tuple[DType, bool] | None = None
        """The format of its members, and whether they hold tiles."""
        self._rings: list[tuple[int, int]] = []
        """Of each member that can share memory, the pages of a block, and the blocks."""
        self.size = 0
        """Members so far."""

    def admit(self, dtype: DType, *, tiled: bool, ring: tuple[int, int] | None) -> None:
        """
        Takes a buffer as a member. `ring`: the pages of a block, and the blocks, if it can share memory. Raises a
        TTL0706 if its pages are others than those of the members.
        """
        pages = self._pages = self._pages or (dtype, tiled)
        if pages != (dtype, tiled):
            hint = "make a group for each format; a group is for buffers whose pages are alike"
            message = f"this buffer holds {_pages(dtype, tiled)}, and the others of its group {_pages(*pages)}"
            raise error(CODE, message, caller_span(), hint=hint)
        self.size += 1
        if ring is not None:
            self._rings.append(ring)

    @property
    def shared_pages(self) -> int | None:
        """
        Pages of the memory that all share: as many as the largest needs, or so many more that the ring of each ends
        with a block. None if there is nothing to gain by it.
        """
        step = math.lcm(*(block for block, _ in self._rings))
        rings = [block * count for block, count in self._rings]
        together = -(-max(rings, default=0) // step) * step
        return together if together < sum(rings) else None


def _pages(dtype: DType, tiled: bool) -> str:
    return f"{'tiles' if tiled else 'rows'} of {dtype}"


def make_dfb_allocation_group() -> DFBAllocationGroup:
    """
    Makes a group for buffers whose lifetimes don't overlap: `allocation_group=` names it where they are made. They lie
    in one place: a block of one is reserved when all of the others' are popped, which the kernel has to see to.
    """
    run = current_run("ttl.make_dfb_allocation_group")
    group = DFBAllocationGroup(len(run.made(DFBAllocationGroup)))
    run.keep(group)
    return group


def check_group(group: object) -> DFBAllocationGroup | None:
    """The group that `allocation_group=` names. Raises a TTL0706 for anything but one of this kernel."""
    if group is None:
        return None
    hint = "make one in the kernel function, with ttl.make_dfb_allocation_group()"
    if not isinstance(group, DFBAllocationGroup):
        raise error(CODE, f"allocation_group={group!r} is no group of buffers", caller_span(), hint=hint)
    made = current_run("allocation_group").made(DFBAllocationGroup)
    if all(group is not each for each in made):
        raise error(CODE, "this allocation group belongs to another kernel, or another call", caller_span(), hint=hint)
    return group


class Backing(NamedTuple):
    """The part of each core's shard that a buffer lies on."""

    tensor: TensorParameter
    byte_offset: int
    """From the start of the shard."""
