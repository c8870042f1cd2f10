"""What the lowerings of one thread share: the roles of its core, addresses, counters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Block, BlockArgument, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.carried_transfers import copy_of
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.guarantees import Guarantee, given
from ttlang.dialects.names import buffer_stem, value_hint
from ttlang.dialects.ttcore import ScalarType
from ttlang.dialects.ttl import CreatePipeOp
from ttlang.dialects.typed_values import owner_of
from ttlang.transforms.pipes.core_roles import Roles
from ttlang.transforms.rewriting import Ints, at_entry, set_location


def number_of(attribute: IntegerAttr | None) -> int:
    """What `ttl-place-pipes` has set."""
    return given(attribute, Guarantee.PIPES_PLACED).value.data


@dataclass
class PipeThread:
    """A thread that has to do with pipes or semaphores, while it is lowered."""

    kernel: ttl.KernelOp
    thread: ttl.ThreadOp
    roles: dict[SSAValue, Roles] = field(default_factory=dict[SSAValue, Roles])
    """By the argument of the body that is run for each pipe."""
    received: dict[SSAValue, SSAValue] = field(default_factory=dict[SSAValue, SSAValue])
    """By the handle of a receive: how many have begun through its pipe, itself included."""
    handed: dict[SSAValue, ttl.CopyOp] = field(default_factory=dict[SSAValue, ttl.CopyOp])
    """By the names that control flow gives to handles of receives, and that have such numbers here: a copy of each."""
    asks: bool = False
    """Whether the thread asks which of several receives has come: it may wait for each once more."""
    increments: bool = False
    """The thread has incremented semaphores, and waited for none of that."""
    sends: bool = False
    """It has written to other cores, and waited for none of that to land."""
    sends_overlap: bool = False
    """It may begin a send before it waits for the one before."""
    numbered: set[ttl.Direction] = field(default_factory=set[ttl.Direction])
    """Directions in which a copy of the thread may stand for pipes with several semaphores."""
    _coordinates: dict[tuple[type[Operation], SSAValue], SSAValue] = field(
        default_factory=dict[tuple[type[Operation], SSAValue], SSAValue]
    )
    """Of the NOC, by their kind and what they are on the grid: those that the start of the thread looks up."""
    _made: dict[tuple[str, str], SSAValue] = field(default_factory=dict[tuple[str, str], SSAValue])
    """By what it is of, and its name: what the start of the thread makes, once."""

    @property
    def entry(self) -> Block:
        return self.thread.body.block

    @property
    def counts_ahead(self) -> bool:
        """Whether receives are counted where they begin, since the order of the waits is another."""
        return self.asks or bool(self.handed)

    def copy_of(self, handle: SSAValue) -> ttl.CopyOp:
        return self.handed[handle] if handle in self.handed else copy_of(handle)

    def ints(self, op: Operation) -> Ints:
        return Ints(self.entry, lambda new: Rewriter.insert_op(new, InsertPoint.before(op)), op)

    def field(self, pipe: SSAValue, name: str, of: Callable[[CreatePipeOp], int], ints: Ints) -> SSAValue:
        if isinstance(pipe, BlockArgument):
            return self.roles[pipe].field(name, of, ints)
        return ints.constant(of(owner_of(pipe, CreatePipeOp)))

    def _at_start(self, of: str, name: str, make: Callable[[], Operation], after: SSAValue | None = None) -> SSAValue:
        """A value of a buffer, a semaphore or a counter that the start of the thread makes, behind one it needs."""
        if (of, name) not in self._made:
            op = make()
            op.results[0].name_hint = value_hint(name)
            set_location(op, self.thread)
            if after is None:
                at_entry(self.entry, op)
            else:
                self.entry.insert_op_after(op, owner_of(after, Operation))
            self._made[of, name] = op.results[0]
        return self._made[of, name]

    # ----------------------------------------------------------------------------------------------------- addresses

    @cached_property
    def words(self) -> str | None:
        """The buffer whose words the kernel's semaphores are; None where they are the program's."""
        names = (semaphore.buffer for semaphore in ttl.semaphores_of(self.kernel))
        return next((name.data for name in names if name is not None), None)

    @property
    def most_counted(self) -> int:
        """More than any number of a semaphore."""
        return max(self.kernel.chip.semaphores, len(ttl.semaphores_of(self.kernel)))

    def semaphore_name(self, number: SSAValue) -> str:
        """The name of a semaphore whose number is constant."""
        known, words = constant_value(number), self.words is not None
        semaphores = ttl.semaphores_of(self.kernel)
        return next(s.name_.data for s in semaphores if s.number == known and (s.buffer is not None) == words)

    def address_of(self, number: SSAValue, ints: Ints) -> SSAValue:
        """The L1 address of a semaphore, asked for at the start of the thread if it is always the same."""
        if self.words is not None:
            return self._word_address(self.base(self.words), number, ints)
        if constant_value(number) is None:
            return ints.emit(ttkernel.GetSemaphoreOp(number))
        return self.host_address_of(self.semaphore_name(number))

    def host_address_of(self, name: str) -> SSAValue:
        """That of a semaphore of the program, which the host sets."""
        return self._at_start(name, f"{name}_address", lambda: ttkernel.GetSemaphoreOp(name))

    def _word_address(self, base: SSAValue, number: SSAValue, ints: Ints) -> SSAValue:
        offset = ints.mul(number, ints.constant(self.kernel.chip.l1_alignment))
        if (known := constant_value(offset)) is None:
            return ints.add(base, offset)
        if not known:
            return base
        name = self.semaphore_name(number)
        return self._at_start(name, f"{name}_address", lambda: arith.AddiOp(base, offset), after=base)

    def pointer(self, number: SSAValue, ints: Ints) -> SSAValue:
        """A pointer to this core's word of a semaphore."""
        address = self.address_of(number, ints)
        if constant_value(number) is None:
            return ints.emit(ttkernel.CastToL1PtrOp(address))
        return self.pointer_to(self.semaphore_name(number), address)

    def pointer_to(self, name: str, address: SSAValue) -> SSAValue:
        """A pointer to the word of the semaphore of that name, whose address is known at the start of the thread."""
        return self._at_start(name, f"{name}_ptr", lambda: ttkernel.CastToL1PtrOp(address), after=address)

    def core_address(self, x: SSAValue, y: SSAValue, address: SSAValue, ints: Ints) -> SSAValue:
        return ints.emit(ttkernel.GetNocAddrOp(*self._virtual(x, y, ints), address))

    def range_address(self, corners: Sequence[SSAValue], address: SSAValue, ints: Ints) -> SSAValue:
        left, top, right, bottom = corners
        start, end = self._virtual(left, top, ints), self._virtual(right, bottom, ints)
        return ints.emit(ttkernel.GetNocMulticastAddrOp(*start, *end, address))

    def _virtual(self, x: SSAValue, y: SSAValue, ints: Ints) -> tuple[SSAValue, SSAValue]:
        return self._converted(ttkernel.ConvertLogicalXOp, x, ints), self._converted(
            ttkernel.ConvertLogicalYOp, y, ints
        )

    def _converted(
        self, kind: type[ttkernel.ConvertLogicalXOp | ttkernel.ConvertLogicalYOp], place: SSAValue, ints: Ints
    ) -> SSAValue:
        """A NOC coordinate: it is looked up in a table in L1, at the start of the thread if it is always the same."""
        if not self._is_there_on_all(kind, place):
            return ints.emit(kind(place))
        if (kind, place) not in self._coordinates:
            made = kind(place)
            set_location(made, self.thread)
            at_entry(self.entry, made)
            owner = owner_of(place, Operation)
            if owner.parent_block() is self.entry and not owner.is_before_in_block(made):
                made.detach()
                self.entry.insert_op_after(made, owner)
            self._coordinates[kind, place] = made.results[0]
        return self._coordinates[kind, place]

    def _is_there_on_all(
        self, kind: type[ttkernel.ConvertLogicalXOp | ttkernel.ConvertLogicalYOp], place: SSAValue
    ) -> bool:
        """Whether a place is the same in all of the thread, and one of the grid on all cores."""
        axis = 0 if kind is ttkernel.ConvertLogicalXOp else 1
        match place.owner:
            case ttl.CoreXOp() as own:
                return axis == 0 and own.parent_block() is self.entry
            case ttl.CoreYOp() as own:
                return axis == 1 and own.parent_block() is self.entry
            case ttl.CoreArgumentOp(values=values):
                return all(0 <= each < self.kernel.grid_sizes[axis] for each in values.iter_values())
            case arith.ConstantOp() as own:
                known = constant_value(place)
                return (
                    own.parent_block() is self.entry and known is not None and 0 <= known < self.kernel.grid_sizes[axis]
                )
            case _:
                return False

    def base(self, buffer: str) -> SSAValue:
        """Where a buffer starts, which is the same on every core: its write pointer before anything is pushed."""
        return self._at_start(buffer, f"{buffer_stem(buffer)}_base", lambda: ttkernel.GetWritePtrOp(buffer))

    def bytes_of(self, block: ttl.BlockType, buffer: str, ints: Ints) -> SSAValue:
        """Bytes of a block of a buffer."""
        if isinstance(block.element, ScalarType):
            rows = ttl.buffer_type(block.sizes, block.element, 1)
            return ints.constant(rows.total_bytes)
        name = f"{buffer_stem(buffer)}_tile_bytes"
        return ints.mul(
            ints.constant(block.tiles), self._at_start(buffer, name, lambda: ttkernel.GetTileSizeOp(buffer))
        )

    def counters(self, name: str, size: int) -> SSAValue:
        """Counters of the thread, made at its start."""
        return self._at_start(name, name, lambda: ttkernel.CountersOp(size))


def erase(op: Operation) -> None:
    op.detach()
    op.erase(safe_erase=False)
