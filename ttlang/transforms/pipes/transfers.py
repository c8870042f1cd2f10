"""Copies through pipes as calls: what a send and a receive do at their start, and where they are waited for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, auto

from xdsl.builder import Builder
from xdsl.dialects import arith, scf
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.carried_values import handed_to
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.names import buffer_stem, value_hint
from ttlang.dialects.ttl import Core, CreatePipeOp, Rectangle, cores_in, pipes_at
from ttlang.dialects.typed_values import type_of
from ttlang.transforms.pipes.thread_lowering import PipeThread, erase, number_of
from ttlang.transforms.rewriting import Ints, set_location


class _Form(IntEnum):
    """How blocks of a pipe go to a rectangle of destinations."""

    NOTHING = 0
    """The pipe has fewer rectangles."""
    UNICAST = auto()
    MULTICAST = auto()
    LOOPBACK = auto()
    """A multicast that includes the sender."""


_MULTICASTS: dict[_Form, tuple[type[ttkernel.MulticastOp], type[ttkernel.SetMulticastOp]]] = {
    _Form.MULTICAST: (ttkernel.NocAsyncWriteMulticastOp, ttkernel.NocSemaphoreSetMulticastOp),
    _Form.LOOPBACK: (ttkernel.NocAsyncWriteMulticastLoopbackSrcOp, ttkernel.NocSemaphoreSetMulticastLoopbackSrcOp),
}
"""What sends a block, and what sends a word."""


@dataclass(frozen=True)
class _Part:
    """One of the rectangles of destinations; what it is of a pipe."""

    index: int

    def rectangle(self, pipe: CreatePipeOp) -> Rectangle:
        """Any for a pipe that has fewer."""
        return pipe.rectangles[min(self.index, len(pipe.rectangles) - 1)]

    def cores(self, pipe: CreatePipeOp) -> list[Core]:
        return cores_in(self.rectangle(pipe))

    def form(self, pipe: CreatePipeOp) -> _Form:
        if self.index >= len(pipe.rectangles):
            return _Form.NOTHING
        if len(self.cores(pipe)) == 1:
            return _Form.UNICAST
        return _Form.LOOPBACK if pipe.source_core in self.cores(pipe) else _Form.MULTICAST

    def name(self, name: str) -> str:
        """What a number of this rectangle is called."""
        return f"{name}{self.index + 1}" if self.index else name


class Transfer:
    """A send or a receive: what it does at its start, and where it is waited for."""

    def __init__(self, lowering: PipeThread, handle: SSAValue, at: Operation):
        self.lowering = lowering
        self.kernel = lowering.kernel
        self.handle = handle
        self.copy = copy = lowering.copy_of(handle)
        self.op = at
        assert copy.pipe is not None
        self.pipe = copy.pipe
        self.pipes = pipes_at(copy.pipe)
        self.ints = lowering.ints(self.op)
        self.block = type_of(copy.block, ttl.BlockType)
        self.buffer = ttl.buffer_name(copy.block)
        self.direct = self.pipes[0].stride is not None

    def start(self) -> None:
        if self.copy.direction is ttl.Direction.SEND:
            self._send()
        elif self.direct:
            self._announce()
        elif self.lowering.counts_ahead:
            self._count_ahead()

    def finish(self) -> None:
        if self.copy.direction is ttl.Direction.SEND:
            self._let_go()
        else:
            self.take()
        erase(self.op)

    def _field(self, name: str, of: Callable[[CreatePipeOp], int], ints: Ints | None = None) -> SSAValue:
        return self.lowering.field(self.pipe, name, of, ints or self.ints)

    # ------------------------------------------------------------------------------------------------------ send

    def _send(self) -> None:
        ints, lowering = self.ints, self.lowering
        count = self._count_sends()
        if self.pipes[0].room is not None:
            ready = count if self.direct else ints.add(count, ints.constant(-1))
            wanted = ints.mul(ready, self._field("receivers", lambda pipe: len(pipe.destinations)))
            room = lowering.pointer(self._field("room", lambda pipe: number_of(pipe.room)), ints)
            ints.insert(ttkernel.NocSemaphoreWaitMinOp(room, wanted))
        size = lowering.bytes_of(self.block, self.buffer, ints)
        target = self._target(count, size)
        source = self._pointer()
        flag = self._set_flag(count)
        for part in self._parts():
            self._each_form(
                part, lambda form, ints, part=part: self._write(part, form, source, target, size, flag, ints)
            )

    def _set_flag(self, count: SSAValue) -> SSAValue:
        """The address of the word that is to follow the block: how many have gone this way."""
        ints, lowering = self.ints, self.lowering
        if lowering.sends_overlap:
            ints.insert(ttkernel.NocAsyncWritesFlushedOp())
        number = self._field("flag", lambda pipe: number_of(pipe.flag))
        ints.insert(ttkernel.NocSemaphoreSetOp(lowering.pointer(number, ints), count))
        lowering.sends = True
        return lowering.address_of(number, ints)

    def _pointer(self) -> SSAValue:
        """Where this thread's block is."""
        acquire = self.copy.block.owner
        kind = ttkernel.GetReadPtrOp if isinstance(acquire, ttl.CBWaitOp) else ttkernel.GetWritePtrOp
        made = kind(self.buffer)
        made.result.name_hint = value_hint(f"{buffer_stem(self.buffer)}_ptr")
        return self.ints.emit(made)

    def _count_sends(self) -> SSAValue:
        """How many blocks this core has sent through the pipe, this one included."""
        if all(pipe.once is not None for pipe in self.pipes):
            return self.ints.constant(1)
        return self._count("sent", "room")

    def _count(self, name: str, semaphore: str) -> SSAValue:
        """The next number of a counter of the thread."""
        return self.ints.emit(ttkernel.CountOp(*self._counter(name, semaphore)))

    def _counter(self, name: str, semaphore: str) -> tuple[SSAValue, SSAValue | None]:
        """A counter of the thread, and which of several it is; counters go by the semaphores that they follow."""
        index = self._field(semaphore, lambda pipe: number_of(getattr(pipe, semaphore)))
        if self.copy.direction in self.lowering.numbered:
            return self.lowering.counters(name, self.lowering.most_counted), index
        stem = self.lowering.semaphore_name(index).removesuffix(f"_{semaphore}")
        return self.lowering.counters(f"{stem}_{name}", 1), None

    def _target(self, count: SSAValue, size: SSAValue) -> SSAValue:
        """The L1 address where the block lands."""
        ints = self.ints
        base = self.lowering.base(self._landing())
        slots = self._slots() if self.direct else 0
        strides = {number_of(pipe.stride) % slots for pipe in self.pipes} if self.direct else {0}
        if strides == {0}:
            slot = self._field("slot", lambda pipe: number_of(pipe.slot))
        else:
            # The first block is counted as one.
            before = self._field("slot", lambda pipe: (number_of(pipe.slot) - number_of(pipe.stride)) % slots)
            stride = self._field("stride", lambda pipe: number_of(pipe.stride) % slots)
            slot = ints.rem(ints.add(before, ints.mul(count, stride)), slots)
        return ints.add(base, ints.mul(slot, size))

    def _landing(self) -> str:
        names = {pipe.landing.data for pipe in self.pipes if pipe.landing is not None}
        assert len(names) == 1, "pipes of one copy land in one buffer"
        return names.pop()

    def _slots(self) -> int:
        name = self._landing()
        cb = next(cb for cb in self.kernel.circular_buffers if cb.name_.data == name)
        return cb.result.type.block_count.data

    def _parts(self) -> list[_Part]:
        return [_Part(index) for index in range(max(len(pipe.rectangles) for pipe in self.pipes))]

    def _corners(self, part: _Part, ints: Ints) -> list[SSAValue]:
        return [
            self._field(part.name("left"), lambda pipe: part.rectangle(pipe)[0][0], ints),
            self._field(part.name("top"), lambda pipe: part.rectangle(pipe)[0][1], ints),
            self._field(part.name("right"), lambda pipe: part.rectangle(pipe)[1][0], ints),
            self._field(part.name("bottom"), lambda pipe: part.rectangle(pipe)[1][1], ints),
        ]

    def _each_form(self, part: _Part, emit: Callable[[_Form, Ints], None]) -> None:
        """Does something for the form of a rectangle; asks for it at run time where the pipes have several."""
        forms = sorted({part.form(pipe) for pipe in self.pipes})
        if len(forms) == 1:
            emit(forms[0], self.ints)
            return
        form = self._field(part.name("form"), lambda pipe: int(part.form(pipe)))
        for each in (each for each in forms if each is not _Form.NOTHING):
            condition = self.ints.emit(arith.CmpiOp(form, self.ints.constant(int(each)), "eq"))
            block = Block()
            builder = Builder(InsertPoint.at_end(block))
            emit(each, Ints(self.lowering.entry, builder.insert, self.op))
            builder.insert(scf.YieldOp())
            branch = scf.IfOp(condition, [], Region(block))
            Rewriter.insert_op(branch, InsertPoint.before(self.op))
            set_location(branch, self.op)

    def _write(
        self,
        part: _Part,
        form: _Form,
        source: SSAValue,
        target: SSAValue,
        size: SSAValue,
        flag: SSAValue,
        ints: Ints,
    ) -> None:
        """The block, and the word that follows it on the same way."""
        corners, lowering = self._corners(part, ints), self.lowering
        if form is _Form.UNICAST:
            x, y, *_ = corners
            ints.insert(ttkernel.NocAsyncWriteOp(source, lowering.core_address(x, y, target, ints), size))
            self._keep_order(ints)
            ints.insert(ttkernel.NocSemaphoreSetRemoteOp(flag, lowering.core_address(x, y, self._data(ints), ints)))
            return
        write, follow = _MULTICASTS[form]
        count = self._field(part.name("receivers"), lambda pipe: len(part.cores(pipe)), ints)
        place = lowering.range_address(corners, target, ints)
        ints.insert(write(source, place, size, count, linked=True))
        self._keep_order(ints)
        ints.insert(follow(flag, lowering.range_address(corners, self._data(ints), ints), count))

    def _keep_order(self, ints: Ints) -> None:
        """What is sent next comes behind what was sent before."""
        if not self.kernel.chip.orders_command_buffers:
            ints.insert(ttkernel.NocAsyncWritesFlushedOp())

    def _data(self, ints: Ints) -> SSAValue:
        return self.lowering.address_of(self._field("data", lambda pipe: number_of(pipe.data), ints), ints)

    def _let_go(self) -> None:
        """The block has left, and may be changed: the word that follows it tells when it has landed."""
        if not isinstance(self.op.prev_op, ttkernel.NocAsyncWritesFlushedOp):
            self.ints.insert(ttkernel.NocAsyncWritesFlushedOp())

    # --------------------------------------------------------------------------------------------------- receive

    def _announce(self) -> None:
        """The block is reserved: the sender may write it."""
        self._inc_room()
        self._count_ahead()

    def _count_ahead(self) -> None:
        """The number of a receive is known where it begins, and is what control flow hands on of its handle."""
        number = self.lowering.received[self.handle] = self._next_arrival()
        for use in tuple(self.handle.uses):
            if handed_to(use):
                use.operation.operands[use.index] = number

    def _inc_room(self) -> None:
        ints, lowering = self.ints, self.lowering
        room = lowering.address_of(self._field("room", lambda pipe: number_of(pipe.room)), ints)
        x = self._field("src_x", lambda pipe: pipe.source_core[0])
        y = self._field("src_y", lambda pipe: pipe.source_core[1])
        ints.insert(ttkernel.NocSemaphoreIncOp(lowering.core_address(x, y, room, ints), ints.constant(1)))
        lowering.increments = True

    def _next_arrival(self) -> SSAValue:
        """What the semaphore shows when the block has come."""
        if all(pipe.once is not None for pipe in self.pipes):
            return self.ints.constant(1)
        return self._count("received", "data")

    def _branch(self, condition: arith.CmpiOp) -> Ints:
        """What is built at the end of a branch that is run under a condition."""
        end = scf.YieldOp()
        branch = scf.IfOp(self.ints.emit(condition), [], Region(Block([end])))
        self.ints.insert(branch)
        set_location(branch, self.op)
        return self.lowering.ints(end)

    def arrival(self) -> tuple[SSAValue, SSAValue]:
        """A pointer to the semaphore that counts the blocks, and what that shows when this one has come."""
        count = self.handle if self.handle in self.lowering.handed else self.lowering.received.get(self.handle)
        if count is None:
            count = self._next_arrival()
        return self.lowering.pointer(self._field("data", lambda pipe: number_of(pipe.data)), self.ints), count

    def take(self) -> None:
        """Waits until the block is there, and takes it out of its landing slot; once, where others wait for it too."""
        data, count = self.arrival()
        asks = self.lowering.asks
        if asks and not self.direct:
            taken = self.ints.emit(ttkernel.LoadCounterOp(*self._counter("taken", "data")))
            self.ints = self._branch(arith.CmpiOp(taken, count, "ult"))
        self.ints.insert(ttkernel.NocSemaphoreWaitMinOp(data, count))
        if self.direct:
            return
        if asks:
            self._count("taken", "data")
        ints, lowering = self.ints, self.lowering
        size = lowering.bytes_of(self.block, self.buffer, ints)
        slot = self._field("slot", lambda pipe: number_of(pipe.slot))
        place = ints.add(lowering.base(self._landing()), ints.mul(slot, size))
        address = ints.emit(ttkernel.GetLocalNocAddrOp(place))
        ints.insert(ttkernel.NocAsyncReadOp(address, self._pointer(), size))
        ints.insert(ttkernel.NocAsyncReadBarrierOp())
        if any(pipe.room is not None for pipe in self.pipes):
            self._inc_room()
