"""
TTL0240: work that a unified body leaves to no thread, or to two.

What computes goes to one thread, and what moves data to two others. A block that is used by both kinds, or by nothing,
belongs to none of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.ir import Operation

from ttlang.analysis.locations import diagnostic_at
from ttlang.analysis.thread_assignment import Assignment
from ttlang.diagnostics import Diagnostic
from ttlang.dialects import ttl

CODE = "TTL0240"


def check_assignment(assignment: Assignment) -> Iterator[Diagnostic]:
    """What is wrong with how the work of a unified thread is dealt out."""
    for acquire, computed, moved in assignment.shared:
        name = ttl.buffer_name(acquire.block)
        if isinstance(acquire, ttl.CBReserveOp):
            hint = f"push it, and take what {name}.wait() returns where it is copied"
        else:
            hint = "store what is computed in a block of a second buffer, and copy that, or copy into a second buffer"
        yield diagnostic_at(
            CODE,
            f"the block of {name} is both computed with and copied, and a thread does one of the two",
            acquire,
            hint,
            [(computed, "computed with here"), (moved, "copied here")],
        )
    for acquire in assignment.unused:
        name = ttl.buffer_name(acquire.block)
        yield diagnostic_at(
            CODE,
            f"nothing uses the block of {name}, so it is not known which thread acquires it",
            acquire,
            "compute with it, or copy it; or say which thread releases it, as in block.pop(kernel=...)",
        )
    for op in assignment.in_callbacks:
        yield diagnostic_at(
            CODE,
            "this computes inside what is done for each pipe, which a data movement thread does",
            op,
            "receive into a block of a buffer there, and compute behind it, in a loop over the pipes that end here",
        )
    yield from dict.fromkeys(_depends_on_another(op, source) for op, source in assignment.beyond)


def _depends_on_another(op: Operation, source: Operation) -> Diagnostic:
    if isinstance(source, ttl.WaitAnyOp):
        return diagnostic_at(
            CODE,
            "this depends on which receive has come first, and the thread that receives is another one",
            op,
            "wait for all of them before what is computed, or take the buffers in an order that is known",
            [(source, "told here")],
        )
    return diagnostic_at(
        CODE,
        "this depends on a number that another thread reads from memory",
        op,
        "numbers read from memory are known to the thread that reads them, for its copies",
        [(source, "read here")],
    )
