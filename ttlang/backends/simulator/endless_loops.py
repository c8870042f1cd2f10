"""Loops that seem never to end: what they do is nothing that others could see, and they do it for long."""

from __future__ import annotations

import ast

from xdsl.dialects import scf
from xdsl.ir import Operation

from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.ranges import Ranges
from ttlang.backends.simulator.writer import Writer
from ttlang.dialects import ttkernel
from ttlang.machine.faults import Fault

MOST_QUIET_TURNS = 10_000_000
"""Turns of loops in a row that do nothing which others could see, after which a thread counts as endless."""


def endless(number: int) -> None:
    """Ends a thread that goes round and round. The number is that of its loop."""
    message = f"{MOST_QUIET_TURNS} turns of this loop have moved, waited for and printed nothing: it seems never to end"
    hint = "print what its condition depends on: integers have 32 bits, and 0 times anything is 0"
    raise Fault("TTL0815", number, message, hint)


def too_long(number: int) -> None:
    """Ends a thread that is about to count for long. The number is that of its loop."""
    message = f"with this loop, more than {MOST_QUIET_TURNS} turns in a row move, wait for and print nothing"
    hint = "compute on the host what they count for, or say it without a loop"
    raise Fault("TTL0815", number, message, hint)


def is_quiet(op: scf.ForOp) -> bool:
    """Whether a loop does nothing that others could see, whatever turns it takes."""
    return not any(
        isinstance(inner, ttkernel.EffectOp) and not isinstance(inner, ttkernel.AssertOp) for inner in op.walk()
    )


def may_be_long(op: scf.ForOp, ranges: Ranges) -> bool:
    """Whether all turns of a loop and of those in it may be more than a thread has; those by a condition may be."""
    return _most_turns(op, ranges) > MOST_QUIET_TURNS or any(isinstance(inner, scf.WhileOp) for inner in op.walk())


def _most_turns(op: scf.ForOp, ranges: Ranges) -> int:
    step = max(1, ranges.of(op.step).low)
    turns = max(0, -((ranges.of(op.lb).low - ranges.of(op.ub).high) // step))
    return turns * (1 + sum(_most_turns(inner, ranges) for inner in op.body.block.ops if isinstance(inner, scf.ForOp)))


def count_turns(writer: Writer, op: scf.ForOp, turns: ast.expr) -> ast.expr:
    """Adds the turns of a loop to those that have done nothing, before it begins. Returns the turns."""
    every = writer.name("every")
    writer.emit(pyast.assign([every], [turns]), op)
    count: ast.expr = pyast.call(pyast.name("len"), pyast.name(every))
    if writer.whiles:
        count = pyast.binary(pyast.name("turns"), ast.Add(), count)
    writer.emit(pyast.assign(["turns"], [count]), op)
    stop_endless(writer, op, "too_long")
    return pyast.name(every)


def stop_endless(writer: Writer, op: Operation, says: str) -> None:
    """Writes a test of the turns, which ends the thread by the function `says` if they are too many."""
    too_many = pyast.compare(pyast.name("turns"), ast.Gt(), pyast.number(MOST_QUIET_TURNS))
    ended = ast.Expr(pyast.call(pyast.name(says), pyast.number(writer.number(op))))
    writer.emit(ast.If(too_many, [ended], []), op)
