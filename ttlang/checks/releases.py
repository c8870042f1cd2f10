"""
TTL0402, TTL0404, TTL0409, TTL0414: acquisitions and releases of blocks.

TTL0402: what is released is not held. TTL0404: a second block of a buffer is acquired. TTL0409: a block is pushed that
was not written. TTL0414: one is popped that was not read.
"""

from __future__ import annotations

from dataclasses import replace

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.buffer_flow import is_written_from_the_start
from ttlang.analysis.carried_values import handed_to
from ttlang.analysis.locations import span_of
from ttlang.checks.path_state import HeldBlock, PathState
from ttlang.checks.thread_report import Note, ThreadReport, buffer_name
from ttlang.checks.transfers import is_of_block, report_under_way
from ttlang.diagnostics import Severity, fixes
from ttlang.dialects import ttl


def acquire(report: ThreadReport, op: ttl.AcquireOp, state: PathState) -> None:
    """A wait or a reserve."""
    waits = isinstance(op, ttl.CBWaitOp)
    held = state.waited if waits else state.reserved
    old = held.get(op.cb)
    if op.held is not None:
        # What was not held any more where it was handed on is not held here: its uses say so.
        if old is not None and (old.handed or old.acquire.held is not None):
            held[op.cb] = replace(old, acquire=op, handed=False)
        return
    held[op.cb] = HeldBlock(op, written=is_written_from_the_start(op))
    if old is None:
        return
    name, release = buffer_name(op.cb), op.RELEASE.METHOD
    kept = "; a value of the first, as in block * 1, can be read later" if waits and report.keeps_values else ""
    report.add(
        "TTL0404",
        f"{name} is {'waited for' if waits else 'reserved'} again before {name}.{release}(): it is the same block",
        op,
        f"a thread holds one block of a buffer at a time: call ⟦release|{name}|{release}⟧ first, or make its "
        f"blocks larger{kept}",
        ((old.acquire, "first acquired here"),),
    )
    # Both are taken to be held until as many releases: what would follow from this has been said.
    held[op.cb].earlier = (old.acquire, *old.earlier)


def hand_on(report: ThreadReport, op: ttl.HandOnOp, state: PathState) -> None:
    """A path ends with a block that a variable stands for."""
    acquire = op.block.owner
    if not isinstance(acquire, ttl.AcquireOp) or (held := state.holds(acquire)) is None:
        return
    held.handed = True
    report.handed[held.acquire] = op
    _check_landed(report, op, held, state, "is handed on")


def release(report: ThreadReport, op: ttl.ReleaseOp, state: PathState) -> None:
    """A pop or a push."""
    pops = isinstance(op, ttl.CBPopOp)
    blocks = state.waited if pops else state.reserved
    held = blocks.pop(op.cb, None)
    if held is None:
        if op.cb not in report.unsure and not _has_other_end(report, op, state):
            _report_unheld(report, op)
        return
    report.released[type(op), op.cb] = held.acquire, op
    if held.earlier:
        blocks[op.cb] = held.before()
    _check_landed(report, op, held, state, "is released")
    if not pops and not held.written and held.acquire not in report.misused:
        _report_unwritten(report, op, held)
    # What reads it elsewhere is wrong for another reason.
    if pops and not held.read and not held.acquire.block.uses and op.cb not in report.sent:
        report.add(
            "TTL0414",
            f"the block of {buffer_name(op.cb)} is popped, and nothing has read it",
            op,
            related=((held.acquire, "waited for here"),),
            severity=Severity.WARNING,
        )


def _has_other_end(report: ThreadReport, op: ttl.ReleaseOp, state: PathState) -> bool:
    """Whether the thread holds the buffer's other end, which is released in its own way; a report if it does."""
    pops = isinstance(op, ttl.CBPopOp)
    held = (state.reserved if pops else state.waited).pop(op.cb, None)
    if held is None:
        return False
    name, verb, _ = _release_words(op)
    made, meant = ("reserved", "push") if pops else ("waited for", "pop")
    report.add(
        "TTL0402",
        f"{name}.{verb}() releases a block that was {made}",
        op,
        f"call ⟦release|{name}|{meant}⟧: reserve() and push() fill a buffer, wait() and pop() empty it",
        ((held.acquire, f"{made} here"),),
        fix=fixes.rename_method(span_of(op), verb, meant),
    )
    return True


def _report_unheld(report: ThreadReport, op: ttl.ReleaseOp) -> None:
    name, verb, acquire = _release_words(op)
    last = report.released.get((type(op), op.cb))
    if last is not None and span_of(last[0]) == span_of(op):
        report.add(
            "TTL0402",
            f"{name}.{verb}() releases a block that the `with` around it releases, too",
            last[1],
            f"leave ⟦release|{name}|{verb}⟧ out",
            ((op, "this `with`"),),
            fix=fixes.delete(span_of(last[1])),
        )
        return
    if last is not None:
        # After a `with`, it may as well be the acquisition of another block that is missing.
        twice = last[1].parent is op.parent and span_of(last[1]) != span_of(last[0])
        report.add(
            "TTL0402",
            f"{name}.{verb}() releases a block that is released already",
            op,
            f"leave it out, or call {name}.{acquire}() before it",
            ((last[1], "released here"),),
            fix=fixes.delete(span_of(op)) if twice else (),
        )
        return
    report.add(
        "TTL0402",
        f"{name}.{verb}() releases a block that this thread does not hold here",
        op,
        f"call {name}.{acquire}() before it; a `with` block releases by itself",
    )


def _check_landed(report: ThreadReport, op: Operation, held: HeldBlock, state: PathState, does: str) -> None:
    for handle, transfer in list(state.in_flight.items()):
        if not is_of_block(transfer, held.acquire.block) or _goes_along(op, handle):
            continue
        message = f"{buffer_name(held.acquire.cb)} {does} while a transfer of its block is under way"
        report_under_way(report, op, state, handle, transfer, message, "call wait() on the transfer first")


def _goes_along(op: Operation, handle: SSAValue) -> bool:
    """Whether a transfer of a block is handed on where the block is."""
    if not isinstance(op, ttl.HandOnOp):
        return False
    return any(handed_to(use) and use.operation.parent is op.parent for use in handle.uses)


def _report_unwritten(report: ThreadReport, op: ttl.ReleaseOp, held: HeldBlock) -> None:
    name = buffer_name(op.cb)
    writers = [use.operation for use in held.acquire.block.uses if _writes(use.operation, held.acquire.block)]
    where = "on some path nothing was written to it" if writers else "nothing was written to it"
    first: tuple[Note, ...] = ((writers[0], "written here"),) if writers else ()
    report.add(
        "TTL0409",
        f"the block of {name} is pushed, and {where}",
        op,
        "write to it on the other paths, too" if writers else "store() to it, or copy() into it, before it is pushed",
        ((held.acquire, "reserved here"), *first),
    )


def _release_words(op: ttl.ReleaseOp) -> tuple[str, str, str]:
    """The buffer's name, the release and its acquisition."""
    name = buffer_name(op.cb)
    return (name, "pop", "wait") if isinstance(op, ttl.CBPopOp) else (name, "push", "reserve")


def _writes(op: Operation, block: SSAValue) -> bool:
    match op:
        case ttl.StoreOp():
            return op.block is block
        case ttl.TilizeOp() | ttl.UntilizeOp():
            return op.target is block
        case ttl.CopyOp():
            return op.destination is block
        case ttl.StoreElementOp():
            return op.block is block
        case _:
            return False
