"""What the lowerings of one thread share: the roles of its core, addresses, counters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Block, BlockArgument, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.dialects import ttkernel, ttl, ttl_pipes
from ttlang.dialects.ttcore import ScalarType
from ttlang.dialects.ttl_pipes import CreatePipeOp
from ttlang.transforms.pipe_roles import Roles
from ttlang.transforms.rewriting import Ints, at_entry, constant_value, set_location


def number_of(attribute: IntegerAttr | None) -> int:
    assert attribute is not None, "ttl-place-pipes comes first"
    return attribute.value.data


@dataclass
class PipeThread:
    """A thread that has to do with pipes or semaphores, while it is lowered."""

    kernel: ttl.KernelOp
    thread: ttl.ThreadOp
    roles: dict[SSAValue, Roles] = field(default_factory=dict[SSAValue, Roles])
    """By the argument of the body that is run for each pipe."""
    received: dict[SSAValue, SSAValue] = field(default_factory=dict[SSAValue, SSAValue])
    """By the handle of a receive: how many blocks have been announced when it is waited for."""
    increments: bool = False
    numbered: set[ttl.Direction] = field(default_factory=set[ttl.Direction])
    """Directions in which a copy of the thread may stand for pipes with several semaphores."""

    @property
    def entry(self) -> Block:
        return self.thread.body.block

    def ints(self, op: Operation) -> Ints:
        return Ints(self.entry, lambda new: Rewriter.insert_op(new, InsertPoint.before(op)), op)

    def field(self, pipe: SSAValue, name: str, of: Callable[[CreatePipeOp], int], ints: Ints) -> SSAValue:
        if isinstance(pipe, BlockArgument):
            return self.roles[pipe].field(name, of, ints)
        return ints.constant(of(cast(CreatePipeOp, pipe.owner)))

    # ----------------------------------------------------------------------------------------------------- addresses

    def semaphore(self, number: SSAValue) -> SSAValue:
        """The L1 address of a semaphore, asked for at the start of the thread if it is always the same."""
        known = constant_value(number)
        if known is None:
            address = ttkernel.GetSemaphoreOp(number)
            return address.result
        name = self.semaphore_name(number)
        for op in self.entry.ops:
            if isinstance(op, ttkernel.GetSemaphoreOp) and op.semaphore and op.semaphore.root_reference.data == name:
                return op.result
        made = ttkernel.GetSemaphoreOp(name)
        made.result.name_hint = f"{name}_address"
        set_location(made, self.thread)
        return at_entry(self.entry, made).results[0]

    def semaphore_name(self, number: SSAValue) -> str:
        """The name of a semaphore whose number is constant."""
        known = constant_value(number)
        return next(s.name_.data for s in ttl_pipes.semaphores_of(self.kernel) if number_of(s.index) == known)

    def address_of(self, number: SSAValue, ints: Ints) -> SSAValue:
        address = self.semaphore(number)
        if isinstance(address.owner, Operation) and address.owner.parent is None:
            ints.emit(address.owner)
        return address

    def pointer(self, number: SSAValue, ints: Ints) -> SSAValue:
        """A pointer to this core's word of a semaphore."""
        address = self.address_of(number, ints)
        if constant_value(number) is None:
            return ints.emit(ttkernel.CastToL1PtrOp(address))
        for use in address.uses:
            if isinstance(use.operation, ttkernel.CastToL1PtrOp):
                return use.operation.result
        made = ttkernel.CastToL1PtrOp(address)
        made.result.name_hint = (address.name_hint or "semaphore").removesuffix("_address") + "_ptr"
        owner = cast(Operation, address.owner)
        set_location(made, self.thread)
        self.entry.insert_op_after(made, owner)
        return made.result

    def core_address(self, x: SSAValue, y: SSAValue, address: SSAValue, ints: Ints) -> SSAValue:
        return ints.emit(ttkernel.GetNocAddrOp(*self._virtual(x, y, ints), address))

    def range_address(self, corners: Sequence[SSAValue], address: SSAValue, ints: Ints) -> SSAValue:
        left, top, right, bottom = corners
        start, end = self._virtual(left, top, ints), self._virtual(right, bottom, ints)
        return ints.emit(ttkernel.GetNocMulticastAddrOp(*start, *end, address))

    def _virtual(self, x: SSAValue, y: SSAValue, ints: Ints) -> tuple[SSAValue, SSAValue]:
        return ints.emit(ttkernel.ConvertLogicalXOp(x)), ints.emit(ttkernel.ConvertLogicalYOp(y))

    def base(self, buffer: str) -> SSAValue:
        """Where a buffer starts, which is the same on every core: its write pointer before anything is pushed."""
        for op in self.entry.ops:
            if isinstance(op, ttkernel.GetWritePtrOp) and op.result.name_hint == f"{buffer}_base":
                return op.result
        made = ttkernel.GetWritePtrOp(buffer)
        made.result.name_hint = f"{buffer}_base"
        set_location(made, self.thread)
        return at_entry(self.entry, made).results[0]

    def bytes_of(self, block: ttl.BlockType, buffer: str, ints: Ints) -> SSAValue:
        """Bytes of a block of a buffer."""
        if isinstance(block.element, ScalarType):
            rows = ttl.CircularBufferType(block.sizes, block.element, 1)
            return ints.constant(rows.total_bytes)
        for op in self.entry.ops:
            if isinstance(op, ttkernel.GetTileSizeOp) and op.cb.root_reference.data == buffer:
                return ints.mul(ints.constant(block.tiles), op.result)
        made = ttkernel.GetTileSizeOp(buffer)
        made.result.name_hint = f"{buffer.removesuffix('_cb')}_tile_bytes"
        set_location(made, self.thread)
        at_entry(self.entry, made)
        return ints.mul(ints.constant(block.tiles), made.result)

    def counters(self, name: str, size: int) -> SSAValue:
        """Counters of the thread, made at its start."""
        for op in self.entry.ops:
            if isinstance(op, ttkernel.CountersOp) and op.result.name_hint == name:
                return op.result
        made = ttkernel.CountersOp(size)
        made.result.name_hint = name
        set_location(made, self.thread)
        return at_entry(self.entry, made).results[0]


def erase(op: Operation) -> None:
    op.detach()
    op.erase(safe_erase=False)
