"""What is done with a thread when all of it is built."""

from __future__ import annotations

from ttlang.analysis.locations import span_of
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import ScalarType
from ttlang.dialects.walking import operations_of
from ttlang.frontend.blocks.settled_stores import settle
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.unused_arithmetic import clean


def finish(c: ThreadBuilder) -> None:
    """Decides what depends on all of a thread, removes what was built in vain, and warns of values that go nowhere."""
    settle(c)
    if c.is_unified:
        _refuse_rows(c)
    clean(c.op.body.block)
    _warn_of_unused(c)


def _refuse_rows(c: ThreadBuilder) -> None:
    """Row-major blocks that a unified body computes with: it is not known yet where they are acquired as tiles."""
    for op in operations_of(c.op, ttl.StoreOp, *ttl.EXPRESSIONS):
        for value in op.operands:
            acquire = value.owner
            if not isinstance(acquire, ttl.AcquireOp) or not isinstance(acquire.block.type.element, ScalarType):
                continue
            message = f"the block of {ttl.buffer_name(value)} is row-major, and this body without threads computes"
            hint = "convert the tensor with ttnn.to_layout(tensor, ttnn.TILE_LAYOUT), or decorate threads"
            c.diagnostics += c.error("TTL0003", f"{message} with it", span=span_of(op), hint=hint).diagnostics
            return


def _warn_of_unused(c: ThreadBuilder) -> None:
    """Values over blocks that nothing stores."""
    for op in operations_of(c.op, *ttl.EXPRESSIONS):
        if not op.results[0].uses:
            name = op.results[0].name_hint
            c.warn(
                "TTL0602",
                f"{name or 'this value'} is computed and never stored",
                span_of(op),
                f"only store() writes, as in out.store({name or 'value'})",
            )
