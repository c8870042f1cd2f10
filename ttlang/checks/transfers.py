"""
TTL0503, TTL0504: transfers of blocks.

TTL0503: waited for twice. TTL0504: of a block that another transfer writes or reads, or that is released under it, or
handed on.
"""

from __future__ import annotations

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.locations import span_of
from ttlang.checks.block_accesses import copy_out, fill, load, send, store_element
from ttlang.checks.path_state import PathState
from ttlang.checks.thread_report import ThreadReport, buffer_name, wait_at_once
from ttlang.diagnostics import fixes
from ttlang.dialects import ttl


def copy(report: ThreadReport, op: ttl.CopyOp, state: PathState) -> None:
    """The start of a transfer."""
    apart = _is_apart(report, op, state)
    match op.direction:
        case ttl.Direction.READ | ttl.Direction.RECEIVE:
            fill(report, op, state, apart=apart)
        case ttl.Direction.SEND:
            send(report, op.source, op, state)
        case ttl.Direction.WRITE:
            copy_out(report, op, state)
    state.in_flight[op.handle] = op


def element(report: ThreadReport, op: ttl.ElementOp, state: PathState) -> None:
    """A read or a write of a single element, which nothing moves meanwhile."""
    stores = isinstance(op, ttl.StoreElementOp)
    for handle, transfer in list(state.in_flight.items()):
        if not is_of_block(transfer, op.block) or not (stores or transfer.destination is transfer.block):
            continue
        name = buffer_name(op.block.owner.cb) if isinstance(op.block.owner, ttl.AcquireOp) else "the buffer"
        does = "written" if stores else "read"
        message = f"an element of the block of {name} is {does} while a transfer of the block is under way"
        report_under_way(report, op, state, handle, transfer, message, "call wait() on the transfer first")
    (store_element if stores else load)(report, op, state)


def wait(report: ThreadReport, op: ttl.WaitOp, state: PathState) -> None:
    """Its end."""
    if state.in_flight.pop(op.handle, None) is not None:
        report.waited_for[op.handle] = op
        return
    if op.handle in state.selected:
        state.selected -= {op.handle}
        return
    if isinstance(earlier := report.waited_for.get(op.handle), ttl.WaitOp):
        report.add(
            "TTL0503",
            "this transfer has been waited for already",
            op,
            "wait() once for each copy()",
            ((earlier, "waited for here"),),
            fix=fixes.delete(span_of(op)) if span_of(op) != span_of(earlier) else (),
        )


def wait_any(report: ThreadReport, op: ttl.WaitAnyOp, state: PathState) -> list[PathState]:
    """The end of one of several, which may be any: a path for each."""
    paths: list[PathState] = []
    for place, handle in enumerate(op.handles):
        path = state.fork()
        path.conditions = path.conditions.with_number(op.index, place)
        paths.append(path)
        if path.in_flight.pop(handle, None) is not None:
            path.selected |= {handle}
            report.waited_for.setdefault(handle, op)
        elif handle not in state.selected:
            earlier = report.waited_for.get(handle)
            notes = ((earlier, "waited for here"),) if earlier is not None and earlier is not op else ()
            report.add("TTL0503", "this transfer has been waited for already", op, "wait for it once", notes)
    return paths


def _is_apart(report: ThreadReport, op: ttl.CopyOp, state: PathState) -> bool:
    """Whether no other transfer writes the block, nor reads it if this one writes; a report if one does."""
    apart = True
    block, fills = op.block, op.destination is op.block
    for handle, other in list(state.in_flight.items()):
        if not is_of_block(other, block) or not (fills or other.destination is other.block):
            continue
        apart = False
        name = buffer_name(block.owner.cb) if isinstance(block.owner, ttl.AcquireOp) else "the buffer"
        does = "filled" if fills else "copied on"
        message = f"the block of {name} is {does} while another transfer of it is under way"
        report_under_way(report, op, state, handle, other, message, "call wait() on the other transfer first")
    return apart


def is_of_block(transfer: ttl.CopyOp, block: SSAValue) -> bool:
    """
    Whether a transfer under way is from or to a block that is held, whatever that was called when it started: a thread
    holds one at each end of a buffer.
    """
    one, other = transfer.block.owner, block.owner
    if isinstance(one, ttl.AcquireOp) and isinstance(other, ttl.AcquireOp):
        return one.cb is other.cb and type(one) is type(other)
    return one is other


def report_under_way(
    report: ThreadReport,
    op: Operation,
    state: PathState,
    handle: SSAValue,
    transfer: ttl.CopyOp,
    message: str,
    hint: str,
) -> None:
    """Says of an operation what a transfer under way makes of it. To go on from, the transfer is over."""
    notes = ((transfer, "started here"),)
    report.add("TTL0504", message, op, hint, notes, fix=wait_at_once(transfer))
    del state.in_flight[handle]
    report.waited_for.setdefault(handle, op)
