"""
The start of threads where semaphores are words of a buffer (`ttl-place-pipes`): nobody has set them yet.

One thread of each core sets the words of its core, and counts itself at the first core. When all have, that copies its
count to the others. So the one semaphore that the host has set tells each thread when words may be changed from afar.
Nobody waits before having set its own words, so nobody waits forever.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.builder import Builder
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i32
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.dialects import ttkernel, ttl
from ttlang.transforms.pipes.core_roles import coordinate
from ttlang.transforms.pipes.thread_lowering import PipeThread
from ttlang.transforms.rewriting import Ints, at_entry, set_location

_PLACES = ttl.CoreXOp, ttl.CoreYOp


def give_first_values(threads: Sequence[PipeThread]) -> None:
    """`threads`: those of the kernel that have to do with pipes or semaphores. Nothing of them is lowered yet."""
    for number, thread in enumerate(threads):
        if thread.words is not None:
            start = _Start(thread)
            if number == 0:
                start.set_words(thread.words)
                start.tell()
            start.wait()


class _Start:
    """What comes before all that a thread does."""

    def __init__(self, lowering: PipeThread):
        self.lowering = lowering
        self.kernel = lowering.kernel
        self.first = _to_entry(lowering)
        self.ints = self._before(self.first)
        started = next(each for each in ttl.semaphores_of(self.kernel) if each.buffer is None).name_.data
        self.address = lowering.host_address_of(started)
        self.pointer = lowering.pointer_to(started, self.address)
        self.cores = self.ints.constant(len(self.kernel.cores))

    def _before(self, place: Operation) -> Ints:
        return Ints(
            self.lowering.entry, lambda op: Rewriter.insert_op(op, InsertPoint.before(place)), self.lowering.thread
        )

    def set_words(self, buffer: str) -> None:
        """Those that start at 0 in a loop."""
        ints, lowering = self.ints, self.lowering
        words = [each for each in ttl.semaphores_of(self.kernel) if each.buffer is not None]
        turn = Block(arg_types=[i32])
        turn.args[0].name_hint = "word"
        inside = Ints(lowering.entry, Builder(InsertPoint.at_end(turn)).insert, lowering.thread)
        offset = inside.mul(turn.args[0], ints.constant(self.kernel.chip.l1_alignment))
        word = inside.emit(ttkernel.CastToL1PtrOp(inside.add(lowering.base(buffer), offset)))
        inside.insert(ttkernel.NocSemaphoreSetOp(word, ints.constant(0)))
        inside.insert(scf.YieldOp())
        ints.insert(scf.ForOp(ints.constant(0), ints.constant(len(words)), ints.constant(1), [], Region(turn)))
        for each in words:
            if initial := each.initial.value.data:
                word = lowering.pointer(ints.constant(each.number), ints)
                ints.insert(ttkernel.NocSemaphoreSetOp(word, ints.constant(initial)))

    def tell(self) -> None:
        """That the words of this core are set; the first core waits until all have told so, and passes it on."""
        ints, lowering = self.ints, self.lowering
        zero = ints.constant(0)
        ints.insert(ttkernel.NocSemaphoreIncOp(lowering.core_address(zero, zero, self.address, ints), ints.constant(1)))
        lowering.increments = True
        if len(self.kernel.cores) == 1:
            return
        lowering.sends = True
        end = scf.YieldOp()
        branch = scf.IfOp(self._is_first_core(), [], Region(Block([end])))
        ints.insert(branch)
        inside = self._before(end)
        columns, rows = self.kernel.grid_sizes
        corners = [zero, zero, ints.constant(columns - 1), ints.constant(rows - 1)]
        others = ints.constant(columns * rows - 1)
        inside.insert(ttkernel.NocSemaphoreWaitMinOp(self.pointer, self.cores))
        everywhere = lowering.range_address(corners, self.address, inside)
        inside.insert(ttkernel.NocSemaphoreSetMulticastOp(self.address, everywhere, others))
        set_location(branch, lowering.thread)

    def wait(self) -> None:
        """Until the words of all cores are set."""
        self.ints.insert(ttkernel.NocSemaphoreWaitMinOp(self.pointer, self.cores))

    def _is_first_core(self) -> SSAValue:
        ints, zero = self.ints, self.ints.constant(0)
        places = [coordinate(self.lowering.thread, kind) for kind in _PLACES]
        column, row = (ints.emit(arith.CmpiOp(place, zero, "eq")) for place in places)
        return ints.emit(arith.AndIOp(column, row))


def _to_entry(lowering: PipeThread) -> Operation:
    """What the thread does first, behind what tells where its core is, which moves to the very start."""
    entry = lowering.entry
    for op in tuple(entry.ops):
        if isinstance(op, _PLACES):
            op.detach()
            at_entry(entry, op)
    return next(op for op in entry.ops if not isinstance(op, arith.ConstantOp | ttl.CoreXOp | ttl.CoreYOp))
