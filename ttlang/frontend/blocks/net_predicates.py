"""What a thread asks a net of pipes: whether its core is an end of one, and of how many."""

from __future__ import annotations

from collections.abc import Callable, Collection

from xdsl.dialects import arith
from xdsl.dialects.builtin import i1

from ttlang.dialects import ttl
from ttlang.dialects.typed_values import owner_of
from ttlang.frontend.blocks.call_arguments import Arguments
from ttlang.frontend.blocks.pipe_values import pipes_of
from ttlang.frontend.blocks.thread_builder import COMPARISONS, ThreadBuilder
from ttlang.frontend.blocks.values import Bool, Host, Int, Value

_Handler = Callable[[ThreadBuilder, Arguments], Value]


def predicate(kinds: Collection[type[ttl.IfPipeOp]], name: str) -> _Handler:
    """`net.is_src()` and its kin: whether `if_src` (or `if_dst`) would call its function on this core."""

    def handle(c: ThreadBuilder, arguments: Arguments) -> Value:
        pipes = _pipes(c, arguments, name)
        inside = {core for pipe in pipes for kind in kinds for core in kind.ends(pipe)}
        return _is_one_of(c, inside, name.rpartition(".")[2])

    return handle


def destination_count(c: ThreadBuilder, arguments: Arguments) -> Value:
    pipes = _pipes(c, arguments, "PipeNet.destination_count")
    counts = tuple(sum(core in pipe.destinations for pipe in pipes) for core in c.kernel.op.cores)
    return Host(counts[0]) if len(set(counts)) == 1 else c.per_core("destination_count", counts, False)


def _pipes(c: ThreadBuilder, arguments: Arguments, name: str) -> list[ttl.CreatePipeOp]:
    return [owner_of(pipe, ttl.CreatePipeOp) for pipe in pipes_of(c, arguments["self"], name)]


def _is_one_of(c: ThreadBuilder, inside: Collection[ttl.Core], name: str) -> Bool | Host:
    """Whether this core is one of some: by one comparison of a coordinate where that tells, else by an argument."""
    cores = c.kernel.op.cores
    if len(inside) in (0, len(cores)):
        return Host(bool(inside))
    for axis in (0, 1):
        for place in sorted({core[axis] for core in cores}):
            along = {core for core in cores if core[axis] == place}
            if inside not in (along, {*cores} - along):
                continue
            if isinstance(coordinate := c.coordinate(axis), Int):
                operands = [coordinate.ssa, c.constant(place)]
                comparison = {"predicate": COMPARISONS["eq" if inside == along else "ne"]}
                return Bool(c.compute(arith.CmpiOp, operands, i1, comparison))
    flag = c.per_core(name, tuple(int(core in inside) for core in cores), True)
    assert isinstance(flag, Bool)
    return flag
