"""
TTL0003, TTL0401, TTL0410, TTL0411, TTL0412: reads and writes of blocks.

TTL0003: a sum in a block that paths hand on; a block is replaced that paths have chosen. TTL0401: after the release.
TTL0410: what was written is overwritten. TTL0411: a block to be read is written. TTL0412: one to be written is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.dialects import scf
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.buffer_flow import expression_operands
from ttlang.analysis.carried_values import handed_to
from ttlang.analysis.dst import postorder
from ttlang.analysis.thread_order import Place, ThreadOrder
from ttlang.checks.path_state import HeldBlock, PathState
from ttlang.checks.thread_report import Note, ThreadReport, buffer_name
from ttlang.dialects import ttl
from ttlang.dialects.walking import enclosing


def read(report: ThreadReport, value: SSAValue, op: Operation, state: PathState) -> None:
    """An operation reads a block."""
    held = use(report, value, op, state)
    if held is None:
        return
    held.read = True
    if not isinstance(held.acquire, ttl.CBReserveOp):
        return
    name = buffer_name(held.acquire.cb)
    hint = f"push it, and read what {name}.wait() returns"
    if isinstance(op, ttl.StoreOp) and op.block is value:
        hint = "block += ... adds to what the block holds: leave the block itself out of the expression"
    if isinstance(op, ttl.CopyOp) and not held.written:
        hint = "ttl.copy(source, destination): to fill the block, swap the two"
    report.misused.add(held.acquire)
    report.add(
        "TTL0412",
        f"the block of {name} is read, but it was reserved, to be written",
        op,
        hint,
        ((held.acquire, "reserved here"),),
    )


def write(report: ThreadReport, value: SSAValue, op: Operation, state: PathState) -> HeldBlock | None:
    """An operation writes a block: what is held of it, if it is held."""
    held = use(report, value, op, state)
    if held is None:
        return None
    held.written = True
    if isinstance(held.acquire, ttl.CBWaitOp):
        name = buffer_name(held.acquire.cb)
        hint = "write to a block that was reserved, of the buffer that is to hold it"
        if isinstance(op, ttl.CopyOp) and not held.read:
            hint = "ttl.copy(source, destination): to copy the block out, swap the two"
        report.add(
            "TTL0411",
            f"the block of {name} is written, but it was waited for, to be read",
            op,
            hint,
            ((held.acquire, "waited for here"),),
        )
    return held


def store(report: ThreadReport, op: ttl.StoreOp, state: PathState) -> None:
    """An expression is computed and stored."""
    for leaf in _leaves(op.value):
        if not _is_kept(report, op.value, leaf, state):
            read(report, leaf, op, state)
    if _replaces(report, op, state):
        return
    held = write(report, op.block, op, state)
    if held is None:
        return
    if op.acc:
        held.stored = held.stored or op
        if held.acquire.held is not None:
            report.add(
                "TTL0003",
                f"block += on a block of {buffer_name(held.acquire.cb)} that a branch or a turn of a loop hands on",
                op,
                "reserve it where the sum begins; or add up a value, as in total += ..., and store that",
            )
        return
    if held.stored is not None and held.acquire not in report.misused:
        report.add(
            "TTL0410",
            f"the block of {buffer_name(held.acquire.cb)} is stored a second time: the first store is lost",
            op,
            "store both at once, as in store(a + b); or add to the first with block += ...",
            ((held.stored, "first stored here"),),
        )
    held.stored = op


def _replaces(report: ThreadReport, op: ttl.StoreOp, state: PathState) -> bool:
    """Whether a store gives new contents to a block that was waited for, and has been read."""
    acquire = op.block.owner
    if not report.replaces_blocks or not isinstance(acquire, ttl.CBWaitOp) or op.acc:
        return False
    held = state.holds(acquire)
    if held is None or not held.read:
        return False
    if (reader := _reader_of_a_choice(op)) is not None:
        report.add(
            "TTL0003",
            f"the block of {buffer_name(acquire.cb)} is replaced, and a variable that a branch has set to it, or to"
            " another value, is read behind that",
            op,
            "let the branch set it to a value, as in value * 1, to keep what the block holds there; or store first",
            ((reader, "read here"),),
        )
    return True


def _reader_of_a_choice(store: ttl.StoreOp) -> Operation | None:
    """
    What reads a value behind a store to a block that paths before it may have chosen the block for: in Python it would
    find what is stored, and a choice has what the block held.
    """
    thread, region = enclosing(store, ttl.ThreadOp), store.parent_region()
    assert thread is not None
    assert region is not None
    order, behind = ThreadOrder(thread), Place(region, store.next_op)
    place, todo = order.number(store), list[SSAValue]([store.block])
    while todo:
        for use in todo.pop().uses:
            if isinstance(use.operation.parent_op(), scf.IfOp) and order.number(use.operation) < place:
                todo += handed_to(use)
        readers = {order.number(use.operation): use.operation for value in todo for use in value.uses}
        for number in order.ahead(sorted(readers), behind):
            return readers[number]
    return None


def evaluate(report: ThreadReport, op: Operation, state: PathState) -> None:
    """An operation of an expression stands here."""
    acquired = [value.owner for value in op.operands if isinstance(value.owner, ttl.AcquireOp)]
    if all(state.holds(acquire) for acquire in acquired):
        report.evaluated.add(op)
    else:
        report.evaluated.discard(op)


def _is_kept(report: ThreadReport, value: SSAValue, leaf: SSAValue, state: PathState) -> bool:
    """Whether what an expression has of a block that is released was computed before that."""
    acquire = leaf.owner
    if not report.keeps_values or leaf is value or not isinstance(acquire, ttl.AcquireOp) or state.holds(acquire):
        return False
    readers = [op for op in postorder([value], expression_operands) if leaf in expression_operands(op)]
    return report.evaluated.issuperset(readers)


def give(report: ThreadReport, op: Operation, state: PathState) -> None:
    """A loop starts with a value of a block, or goes on with it, or a path gives it: it is read there."""
    for value in op.operands:
        if isinstance(value.type, ttl.BlockType) and isinstance(value.owner, ttl.AcquireOp):
            read(report, value, op, state)


def fill(report: ThreadReport, op: ttl.CopyOp, state: PathState, *, apart: bool) -> None:
    """A copy brings what a block holds from then on. `apart`: no other transfer has to do with the block."""
    held = write(report, op.destination, op, state)
    if held is None:
        return
    if held.filled is not None and apart:
        name = buffer_name(held.acquire.cb)
        report.add(
            "TTL0410",
            f"the block of {name} is filled a second time: what the first copy brought is lost",
            op,
            "reserve a block for each of them, or make the blocks larger and copy both at once",
            ((held.filled, "first filled here"),),
        )
    held.filled = op


def copy_out(report: ThreadReport, op: ttl.CopyOp, state: PathState) -> None:
    """A block is copied to a tensor: one that was waited for, or one on its way to its consumer."""
    owner = op.source.owner
    held = state.holds(owner) if isinstance(owner, ttl.CBReserveOp) else None
    if held is None or not held.written:
        read(report, op.source, op, state)
        return
    held.read, held.filled = True, None


def send(report: ThreadReport, value: SSAValue, op: Operation, state: PathState) -> None:
    """A block on its way to its consumer may be sent to other cores as well."""
    if (held := use(report, value, op, state)) is not None:
        held.filled = None
        _need_written(report, held, op, "is sent", "copy() into it before, or send what wait() returns")


def load(report: ThreadReport, op: ttl.ElementOp, state: PathState) -> None:
    """An element is read: of a block that was waited for, or of a reserved one that has been written."""
    if (held := use(report, op.block, op, state)) is not None:
        _need_written(report, held, op, "is read by element", "copy() into it before, and wait for the copy")


def store_element(report: ThreadReport, op: ttl.ElementOp, state: PathState) -> None:
    """An element is written; of a block that was waited for as well, which its thread alone has then."""
    if (held := use(report, op.block, op, state)) is not None:
        held.written = True


def _need_written(report: ThreadReport, held: HeldBlock, op: Operation, what: str, hint: str) -> None:
    held.read = True
    if isinstance(held.acquire, ttl.CBReserveOp) and not held.written:
        name = buffer_name(held.acquire.cb)
        report.misused.add(held.acquire)
        message = f"the block of {name} {what}, and nothing has been written to it"
        report.add("TTL0412", message, op, hint, ((held.acquire, "reserved here"),))


def look(report: ThreadReport, value: SSAValue, op: Operation, state: PathState) -> None:
    """An operation shows a block to the author, whatever is in it."""
    use(report, value, op, state)


def use(report: ThreadReport, value: SSAValue, op: Operation, state: PathState) -> HeldBlock | None:
    """The state of a block that an operation uses; None, and a report, where it is not held."""
    acquire = value.owner
    if not isinstance(acquire, ttl.AcquireOp):
        return None
    held = state.holds(acquire)
    if held is None:
        _report_released(report, acquire, op)
    return held


def _report_released(report: ThreadReport, acquire: ttl.AcquireOp, op: Operation) -> None:
    notes: tuple[Note, ...] = ((acquire, "acquired here"), *report.released_note(acquire))
    if (handed := report.handed.get(acquire)) is not None and len(notes) == 1:
        notes = (*notes, (handed, "from here on, another one of the buffer may be held in its place"))
    if len(notes) == 1:
        notes = ((acquire, "acquired here, and released at the end of this `with`"),)
    hint = "an expression is computed where it is stored: store it before the blocks that it reads are released"
    if report.keeps_values:
        hint = (
            "what is computed of a block while it is held can be read later, as in value = block * 1; the block can't"
        )
    message = f"the block of {buffer_name(acquire.cb)} is used after its release"
    if not isinstance(op, ttl.StoreOp):
        hint = "use the block before it is released"
    report.add("TTL0401", message, op, hint, notes)


def _leaves(value: SSAValue) -> Iterator[SSAValue]:
    """The blocks that an expression reads."""
    for op in postorder([value], expression_operands):
        if not isinstance(op, ttl.EXPRESSION):
            yield op.results[0]
