"""
Gives pipes their semaphores and the places where their blocks land, and semaphores their numbers.

A pipe counts with two semaphores, which only grow: `room` on its source, `data` on its destinations. Where it is
proved that no thread can wait forever, a receiver announces the block that it has reserved (room), the sender writes
there, and says so (data). Elsewhere blocks land in a slot that the compiler makes, the receiver copies them out, and
then tells the sender that the slot is free (room): a send need not wait for its receivers then.

The sender says so by a word that follows the block on the same way, and is written over `data`: its count, from a
semaphore of its own thread (flag). So each pipe has its own `data`.

Where a program has too few semaphores for all of that, they are words of a buffer that the compiler makes, which lies
at one address on all cores. The host sets semaphores before any kernel runs; words the kernels set themselves, and the
program's one semaphore then tells each core that all others have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

from ttlang.analysis.event_traces import UnknownEvents
from ttlang.analysis.kernel_tracing import trace_kernel
from ttlang.analysis.pipe_landings import NOTHING_KNOWN, PipeLandings, choose_landings
from ttlang.dialects import ttl
from ttlang.dialects.attributes import bool_attr, i64_attr, string_attr
from ttlang.dialects.guarantees import Guarantee, given
from ttlang.dialects.names import unique_name
from ttlang.dialects.ttcore import ScalarType
from ttlang.dialects.ttl import Core, CreatePipeOp, pipes_at, pipes_of, semaphores_of
from ttlang.dialects.typed_values import type_of
from ttlang.dialects.walking import operations_of
from ttlang.tables.dtypes import UINT32
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import set_location

STAGING = "staging"
"""How the semaphores begin that hold the value that a thread sends to other cores."""
STARTED = "started"
"""The semaphore that counts the cores whose words are set, where semaphores are words of a buffer."""


@dataclass
class _Numbers:
    """The semaphores of a program, and who uses them on which core."""

    users: dict[int, dict[Core, str]] = field(default_factory=lambda: defaultdict[int, dict[Core, str]](dict))
    names: dict[int, str] = field(default_factory=dict[int, str])

    @property
    def count(self) -> int:
        return len([1 for users in self.users.values() if users])

    def take(self, cores: Iterable[Core], user: str, name: str) -> int:
        """The first semaphore of this name that none of the cores uses, but for the same user; else a new one."""
        cores = list(cores)
        number = 0
        while self.names.get(number, name) != name or any(self.users[number].get(core, user) != user for core in cores):
            number += 1
        self.users[number] |= dict.fromkeys(cores, user)
        self.names[number] = name
        return number


def _place(kernel: ttl.KernelOp) -> None:
    pipes, own = pipes_of(kernel), semaphores_of(kernel)
    if not pipes and not own:
        return
    for thread in _senders_of_values(kernel):
        _add_semaphore(kernel, f"{STAGING}_{thread.sym_name.data}", thread)
    try:
        landings = choose_landings(trace_kernel(kernel)) if pipes else NOTHING_KNOWN
    except UnknownEvents:
        landings = NOTHING_KNOWN
    numbers = _number_all(kernel, landings)
    taken = {int(s.index.value.data) for s in semaphores_of(kernel) if s.index is not None}
    for number, name in numbers.names.items():
        if number not in taken:
            made = _add_semaphore(kernel, name, pipes[0])
            made.index = i64_attr(number)
    if numbers.count > kernel.chip.semaphores:
        _make_words(kernel, numbers.count)
    _place_blocks(kernel, pipes, landings)


def _number_all(kernel: ttl.KernelOp, landings: PipeLandings) -> _Numbers:
    """Numbers the semaphores that the kernel has, and gives pipes theirs."""
    numbers = _number_own(kernel)
    receivers, senders = _threads(kernel, ttl.Direction.RECEIVE), _threads(kernel, ttl.Direction.SEND)
    for index, pipe in enumerate(pipes_of(kernel)):
        if pipe in receivers:
            _number_room(index, pipe, landings, numbers)
            pipe.data = i64_attr(numbers.take(pipe.destinations, f"data of {index}", f"{pipe.stem}_data"))
    for pipe, sender in senders.items():  # Behind all others: the numbers of pipes that are alike follow a rule then.
        pipe.flag = i64_attr(numbers.take([pipe.source_core], sender, f"{sender}_flag"))
    return numbers


def _number_own(kernel: ttl.KernelOp) -> _Numbers:
    numbers = _Numbers()
    for semaphore in semaphores_of(kernel):
        semaphore.index = i64_attr(numbers.take(kernel.cores, semaphore.name_.data, semaphore.name_.data))
    return numbers


def _number_room(index: int, pipe: CreatePipeOp, landings: PipeLandings, numbers: _Numbers) -> None:
    direct = index in landings.direct
    if index in landings.once:
        pipe.once = bool_attr(True)
    if direct or index not in landings.once:
        pipe.room = i64_attr(numbers.take([pipe.source_core], f"room of {index}", f"{pipe.stem}_room"))


def _make_words(kernel: ttl.KernelOp, count: int) -> None:
    """Makes all semaphores words of a buffer, and the semaphore that tells when they are set."""
    first, *_ = semaphores = semaphores_of(kernel)
    names = {op.name_.data for op in (*kernel.circular_buffers, *kernel.tensors, *semaphores)}
    apart = kernel.chip.l1_alignment // UINT32.element_bytes  # Both ends of a write from core to core agree modulo it.
    type_ = ttl.buffer_type((1, count * apart), ScalarType(UINT32), 1)
    buffer = ttl.CreateCBOp(unique_name("words", names.__contains__), type_, compiler_made=True)
    buffer.landing = bool_attr(True)
    buffer.purpose = string_attr("semaphores")
    set_location(buffer, first)
    kernel.body.block.insert_op_before(buffer, kernel.threads[0])
    for semaphore in semaphores:
        semaphore.buffer = buffer.name_
    _add_semaphore(kernel, STARTED, first).index = i64_attr(0)


def _place_blocks(kernel: ttl.KernelOp, pipes: tuple[CreatePipeOp, ...], landings: PipeLandings) -> None:
    """Says where blocks land; makes the buffers of the landing slots, one for all slots of blocks of a kind."""
    blocks = _block_types(kernel)
    buffers = kernel.circular_buffers
    occupied: dict[ttl.BlockType, dict[int, set[Core]]] = defaultdict(lambda: defaultdict(set))
    landing: dict[ttl.BlockType, list[CreatePipeOp]] = defaultdict(list)
    for index, pipe in enumerate(pipes):
        if (ring := landings.direct.get(index)) is not None:
            pipe.landing = string_attr(buffers[ring.buffer].name_.data)
            pipe.slot, pipe.stride = i64_attr(ring.slot), i64_attr(ring.stride)
        elif (block := blocks.get(pipe)) is not None:
            cores, slot = set(pipe.destinations), 0
            while occupied[block][slot] & cores:
                slot += 1
            occupied[block][slot] |= cores
            pipe.slot = i64_attr(slot)
            landing[block].append(pipe)
    for block, members in landing.items():
        slots = 1 + max(given(pipe.slot, Guarantee.PIPES_PLACED).value.data for pipe in members)
        type_ = ttl.buffer_type(block.sizes, block.element, slots)
        made = ttl.CreateCBOp(f"landing{len(kernel.circular_buffers)}", type_, compiler_made=True)
        made.landing = bool_attr(True)
        set_location(made, members[0])
        kernel.body.block.insert_op_after(made, buffers[-1])
        for pipe in members:
            pipe.landing = made.name_


def _block_types(kernel: ttl.KernelOp) -> dict[CreatePipeOp, ttl.BlockType]:
    """The type of the blocks that go through each pipe."""
    found: dict[CreatePipeOp, ttl.BlockType] = {}
    for op in operations_of(kernel, ttl.CopyOp):
        if op.pipe is not None:
            for pipe in pipes_at(op.pipe):
                found[pipe] = type_of(op.block, ttl.BlockType)
    return found


def _threads(kernel: ttl.KernelOp, direction: ttl.Direction) -> dict[CreatePipeOp, str]:
    """The name of the thread that sends, or receives, through each pipe."""
    return {
        pipe: thread.sym_name.data
        for thread in kernel.threads
        for op in operations_of(thread, ttl.CopyOp)
        if op.pipe is not None and op.direction is direction
        for pipe in pipes_at(op.pipe)
    }


def _senders_of_values(kernel: ttl.KernelOp) -> list[ttl.ThreadOp]:
    """Threads that set semaphores of other cores: the value is copied from a word of this core."""
    return [thread for thread in kernel.threads if any(op.cores for op in operations_of(thread, ttl.SemaphoreSetOp))]


def _add_semaphore(kernel: ttl.KernelOp, name: str, source: Operation) -> ttl.CreateSemaphoreOp:
    names = {semaphore.name_.data for semaphore in semaphores_of(kernel)}
    made = ttl.CreateSemaphoreOp(unique_name(name, names.__contains__), compiler_made=True)
    set_location(made, source)
    kernel.body.block.insert_op_before(made, kernel.threads[0])
    return made


class TTLPlacePipesPass(OrderedPass):
    """Sets what `ttl.create_pipe` and `ttl.create_semaphore` leave open."""

    name = "ttl-place-pipes"
    needs = frozenset({Guarantee.BLOCK_EXPRESSIONS, Guarantee.TRANSFER_HANDLES, Guarantee.OPEN_BUFFERS})
    gives = frozenset({Guarantee.PIPES_PLACED})
    ends = frozenset({Guarantee.AS_WRITTEN})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if isinstance(kernel, ttl.KernelOp):
                _place(kernel)
