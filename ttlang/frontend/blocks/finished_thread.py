"""What is done with a thread when all of it is built."""

from __future__ import annotations

from ttlang.analysis.held_together import held_together
from ttlang.analysis.locations import span_of
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations_of
from ttlang.frontend.blocks.settled_stores import settle
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.unused_arithmetic import clean


def finish(c: ThreadBuilder) -> None:
    """Decides what depends on all of a thread, removes what was built in vain, and warns of values that go nowhere."""
    settle(c)
    _name_released(c)
    clean(c.op.body.block)
    _warn_of_unused(c)


def _name_released(c: ThreadBuilder) -> None:
    """Only where several blocks of a buffer are held together does a release say which of them it is of."""
    if not held_together(c.op):
        for release in operations_of(c.op, ttl.CBPopOp):
            release.of_oldest()


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
