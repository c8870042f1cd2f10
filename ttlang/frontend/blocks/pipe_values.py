"""Pipes as values of a thread."""

from __future__ import annotations

from xdsl.ir import SSAValue

from ttlang.dialects import ttl
from ttlang.dialects.typed_values import owner_of
from ttlang.frontend.blocks.sequences import as_items, group
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import NONE, Host, Int, PipeValue, SliceValue, Value, describe
from ttlang.language.pipes import Pipe, PipeNet


def pipe_ssa(c: ThreadBuilder, value: Value) -> SSAValue | None:
    """The pipe that a value is, else None. Raises a TTL0105 for one of another kernel."""
    if isinstance(value, PipeValue):
        return value.ssa
    if not isinstance(value, Host) or not isinstance(value.value, Pipe):
        return None
    pipe = c.kernel.counterpart(value.value)
    ssa = c.kernel.pipes.get(pipe)
    if ssa is None and pipe.ends is None:
        return c.kernel.adopt_pipe(pipe, f"pipe{len(c.kernel.pipes)}")
    if ssa is None:
        raise c.error(
            "TTL0105",
            "this pipe belongs to another kernel, or to another call of this one",
            hint="make it in the kernel function, on every run; or outside of all kernels",
        )
    return ssa


def pipes_of(c: ThreadBuilder, value: Value, name: str) -> list[SSAValue]:
    """One pipe, several, or those of a net. `name`: the function that takes them, as messages call it."""
    net = c.kernel.counterpart(value.value) if isinstance(value, Host) and isinstance(value.value, PipeNet) else None
    if net is not None:
        value = Host(net.pipes)
    items = as_items(value)
    given = items[0] if items is not None else (value,)
    pipes = [pipe for item in given if (pipe := pipe_ssa(c, item)) is not None]
    if not pipes or len(pipes) < len(given):
        raise c.error("TTL0501", f"{name} takes a pipe or a list of pipes, not {describe(value)}")
    if any(not isinstance(pipe.owner, ttl.CreatePipeOp) for pipe in pipes):
        raise c.error("TTL0501", f"{name} is asked about a pipe that this core is known to be an end of")
    if net is not None:
        c.kernel.nets[net] = [owner_of(pipe, ttl.CreatePipeOp) for pipe in pipes]
    return pipes


_Ends = tuple[tuple[ttl.Coordinate, ...], tuple[ttl.Coordinate, ...], tuple[ttl.Coordinate, ...]]
_BY_PLACE: _Ends = (
    (ttl.Coordinate.SRC_X, ttl.Coordinate.SRC_Y),
    (ttl.Coordinate.DST_X, ttl.Coordinate.DST_Y),
    (ttl.Coordinate.END_X, ttl.Coordinate.END_Y),
)
_BY_NUMBER: _Ends = ((ttl.Coordinate.SRC_NUMBER,), (ttl.Coordinate.DST_NUMBER,), (ttl.Coordinate.END_NUMBER,))
"""Of pipes whose author gives one coordinate, and is given one."""
PIPE_ATTRIBUTES = ("src", "src_core", "dst", "dst_core", "dst_core_range")


def pipe_attribute(c: ThreadBuilder, pipe: PipeValue, name: str) -> Value:
    """The source or the destination of the pipe that a body is run for: integers, or slices of a multicast."""
    by_number = all(each.numbers is not None for each in ttl.pipes_at(pipe.ssa))
    sources, firsts, ends = _BY_NUMBER if by_number else _BY_PLACE
    if name.startswith("src"):
        return group([_coordinate(c, pipe, which) for which in sources], tuple)
    starts = [_coordinate(c, pipe, which) for which in firsts]
    if all(len(each.destinations) == 1 for each in ttl.pipes_at(pipe.ssa)):
        return group(starts, tuple)
    stops = [_coordinate(c, pipe, which) for which in ends]
    parts: list[Value] = []
    for start, stop in zip(starts, stops, strict=True):
        if isinstance(start, Host) and isinstance(stop, Host):
            parts.append(Host(slice(start.value, stop.value)))
        else:
            parts.append(SliceValue(start, stop, NONE))
    return group(parts, tuple)


def _coordinate(c: ThreadBuilder, pipe: PipeValue, which: ttl.Coordinate) -> Int | Host:
    values = {which.of(each) for each in ttl.pipes_at(pipe.ssa)}
    if len(values) == 1:
        return Host(values.pop())
    return Int(c.emit(ttl.PipeCoordinateOp(pipe.ssa, which)).result)
