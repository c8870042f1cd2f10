"""
Makes a region for a profiler of each line of the kernel's source, where the compile option `line_zones` asks for it: so
the profiler of a card speaks of lines, too. What kernels compute stays the same.

A region holds the calls of one line that follow each other in a block, with the loops that the compiler has made of it.
The lines in a loop or branch of the author's have regions of their own, and it has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation

from ttlang.analysis.locations import span_of
from ttlang.dialects import ttkernel
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.signpost_pairs import SignpostOp
from ttlang.dialects.walking import operations_of
from ttlang.transforms.pass_order import OrderedPass

Line = tuple[str, int]
_SIGNPOSTS = (ttkernel.SignpostBeginOp, ttkernel.SignpostEndOp)


@dataclass(frozen=True)
class TTKernelInsertLineZonesPass(OrderedPass):
    """Regions for a profiler, one for each line; none without `line_zones`."""

    name = "ttkernel-insert-line-zones"
    needs = frozenset({Guarantee.PROGRAM, Guarantee.UNITS_SET})
    line_zones: bool = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        if not self.line_zones:
            return
        for kernel in operations_of(op, ttkernel.KernelOp):
            _mark(kernel.body.block)


def _mark(block: Block) -> None:
    for stretch in _stretches(block):
        first, last = stretch[0], stretch[-1]
        label = _label(_line(_effects(first)[0]))
        if isinstance(around := first.prev_op, ttkernel.SignpostBeginOp) and around.label.data == label:
            continue
        begin, end = ttkernel.SignpostBeginOp(label), ttkernel.SignpostEndOp()
        begin.location = end.location = first.location
        block.insert_op_before(begin, first)
        block.insert_op_after(end, last)


def _stretches(block: Block) -> list[list[Operation]]:
    """What is one line's in a block, in stretches; marks the blocks of what is several lines'."""
    found: list[list[Operation]] = []
    line: Line | None = None
    for op in tuple(block.ops):
        if isinstance(op, _SIGNPOSTS):
            # The author's own regions and these lie in each other.
            line = None
            continue
        lines = set(map(_line, _effects(op)))
        if len(lines) > 1:
            line = None
            for inner in _bodies(op):
                _mark(inner)
        elif lines and line in lines:
            found[-1].append(op)
        elif lines:
            (line,) = lines
            found.append([op])
    return found


def _effects(op: Operation) -> Sequence[Operation]:
    """What does something in an operation, itself included."""
    return [each for each in operations_of(op, ttkernel.EffectOp) if not isinstance(each, SignpostOp)]


def _bodies(op: Operation) -> Iterator[Block]:
    """The blocks of a loop or a branch; not the condition of a loop, which is no line that runs once."""
    for region in op.regions:
        if not (isinstance(op, scf.WhileOp) and region is op.before_region):
            yield from region.blocks


def _line(op: Operation) -> Line:
    span = span_of(op)
    return (span.file, span.line) if span else ("", 0)


def _label(line: Line) -> str:
    """As the profiler can list it: it writes names into a list between commas, and the compiler between quotes."""
    file, number = line
    name = "".join(c if c.isascii() and c.isprintable() and c not in '",\\' else "_" for c in PurePath(file).name)
    return f"{name}:{number}"
