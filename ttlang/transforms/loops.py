"""Loops that passes make: over what is known at compile time, with a counter that has a name."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.builder import Builder
from xdsl.dialects import scf
from xdsl.dialects.builtin import i32
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint

from ttlang.dialects.making import made
from ttlang.transforms.rewriting import Ints, insert_at

Numbers = range | SSAValue
"""What a loop runs over: these, or the natural numbers below an i32 of the run."""


def loop(builder: Builder, source: Operation, name: str, numbers: Numbers) -> tuple[Builder, SSAValue]:
    """A loop over numbers, with the location of `source`; where to build in it, and its counter, of this name."""
    body = Block(arg_types=[i32])
    body.args[0].name_hint = name
    ints = Ints.at(builder, source)
    if isinstance(numbers, range):
        first, end, step = map(ints.constant, (numbers.start, numbers.stop, numbers.step))
    else:
        first, end, step = ints.constant(0), numbers, ints.constant(1)
    yielded = made(scf.YieldOp, location=source.location)
    body.add_op(yielded)
    insert_at(builder, made(scf.ForOp, (first, end, step), regions=(Region(body),), location=source.location))
    return Builder(InsertPoint.before(yielded)), body.args[0]


def nest(builder: Builder, source: Operation, sizes: Sequence[tuple[str, int]]) -> tuple[Builder, list[SSAValue]]:
    """Loops of these names and sizes, none for a size of 1; where to build in them, and their counters."""
    return stepped_nest(builder, source, [(name, range(size)) for name, size in sizes])


def stepped_nest(
    builder: Builder, source: Operation, loops: Sequence[tuple[str, Numbers]]
) -> tuple[Builder, list[SSAValue]]:
    """Loops of these names over numbers, none over one alone; where to build in them, and their counters."""
    counters: list[SSAValue] = []
    for name, numbers in loops:
        if isinstance(numbers, range) and len(numbers) == 1:
            counters.append(Ints.at(builder, source).constant(numbers.start))
            continue
        builder, counter = loop(builder, source, name, numbers)
        counters.append(counter)
    return builder, counters
