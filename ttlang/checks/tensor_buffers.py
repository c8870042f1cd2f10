"""
TTL0418: what a buffer that lies on a tensor does not allow.

It is published once, on no loop, and then holds what the tensor holds: nothing writes to it. One that is not published
is written. The tensor has no other way in: copies would see it at times that the buffer does not know.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.dialects import scf
from xdsl.ir import Operation

from ttlang.analysis.buffer_flow import buffer_of, tensor_of
from ttlang.analysis.linear_forms import turns_of
from ttlang.analysis.locations import diagnostic_at
from ttlang.diagnostics import Diagnostic
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations_of

_CODE = "TTL0418"


def check_tensor_buffers(kernel: ttl.KernelOp) -> Iterator[Diagnostic]:
    """What is wrong with the uses of each buffer on a tensor."""
    for cb in kernel.circular_buffers:
        if cb.tensor is None:
            continue
        reserves = [use.operation for use in cb.result.uses if isinstance(use.operation, ttl.CBReserveOp)]
        in_order = [op for op in operations_of(kernel, ttl.CBReserveOp) if op in reserves]
        published = [op for op in in_order if op.published is not None]
        if published:
            yield from _check_published(cb, published)
            yield from _check_unwritten(kernel, cb, [op for op in in_order if op.published is None], published[0])
        yield from _check_copies(kernel, cb)


def _check_published(cb: ttl.CreateCBOp, published: list[ttl.CBReserveOp]) -> Iterator[Diagnostic]:
    name, blocks = cb.name_.data, cb.result.type.block_count.data
    first = published[0]
    if len(published) > blocks:
        hint = "one call hands on all of its blocks: leave the others out"
        message, notes = f"{name} is published more than once", [(first, "first published here")]
        yield diagnostic_at(_CODE, message, published[blocks], hint, notes)
    elif (loop := _loop_around(first)) is not None:
        message, hint = f"{name} is published in a loop, and that is done once", "call publish() before the loop"
        yield diagnostic_at(_CODE, message, first, hint, [(loop, "the loop")])


def _check_unwritten(
    kernel: ttl.KernelOp, cb: ttl.CreateCBOp, reserved: list[ttl.CBReserveOp], publish: Operation
) -> Iterator[Diagnostic]:
    """What is published holds what the tensor holds, and is only read."""
    writes: list[Operation] = [*reserved]
    for op in operations_of(kernel, ttl.StoreOp, ttl.StoreElementOp, ttl.CopyOp):
        fills = not isinstance(op, ttl.CopyOp) or op.block is op.destination
        if fills and buffer_of(op.block) is cb.result:
            writes.append(op)
    if writes:
        name = cb.name_.data
        does = "reserved" if reserved else "written"
        message = f"{name} is {does}, and it is published: it has what its tensor has"
        hint = "write to another buffer; or leave publish() out, and fill it"
        yield diagnostic_at(_CODE, message, writes[0], hint, [(publish, "published here")])


def _check_copies(kernel: ttl.KernelOp, cb: ttl.CreateCBOp) -> Iterator[Diagnostic]:
    """Both at once are fine as long as all only read."""
    for op in operations_of(kernel, ttl.CopyOp):
        if op.pipe is not None:
            continue
        writes = op.direction is ttl.Direction.WRITE
        tensor = tensor_of(op.destination if writes else op.source)
        if tensor.name_ != cb.tensor or not (writes or cb.published is None):
            continue
        name, other = tensor.name_.data, cb.name_.data
        does = "copied to" if writes else "copied from"
        message = f"{name} is {does}, and {other} lies on it: neither would know when the other has been there"
        hint = f"take all of {name} through {other}, or make a buffer that does not lie on it"
        yield diagnostic_at(_CODE, message, op, hint, [(cb, "the buffer")])
        return


def _loop_around(op: Operation) -> Operation | None:
    around = op.parent_op()
    while around is not None and not isinstance(around, ttl.ThreadOp):
        if isinstance(around, ttl.IfPipeOp) or (isinstance(around, scf.ForOp | scf.WhileOp) and turns_of(around) != 1):
            return around
        around = around.parent_op()
    return None
