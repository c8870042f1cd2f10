"""Pipes: channels between cores, each of which holds one block at each of its destinations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from ttlang.diagnostics import DiagnosticError, error
from ttlang.language.call_sites import Origin, caller, caller_span, host_error
from ttlang.language.kernel_run import Run, current_run
from ttlang.language.python_objects import as_index, is_sequence, is_slice

Range = tuple[int, int]
"""The coordinates of cores along a dimension: from the first to before the last."""

Place = int | slice | Sequence[int | slice]
"""What names a core, (column, row), or several: a slice for a dimension."""

CoreRange = tuple[Range, Range]
"""A rectangle of cores: columns and rows."""


class Pipe:
    """
    A channel from one core to one core, or to a rectangle of cores. It holds one block at each destination: a send
    waits for room there, a receive for data. Data movement threads send with `ttl.copy(block, pipe)` on the source, and
    receive with `ttl.copy(pipe, block)` on every destination.

    Coordinates are (column, row); a range has a slice for a dimension. `Pipe(src=, dst=)` and `Pipe(src_core=,
    dst_core=)` or `Pipe(src_core=, dst_core_range=)` are the same. Raises a TTL0505 for cores that the grid lacks.
    """

    @overload
    def __init__(self, src: Place, dst: Place) -> None: ...
    @overload
    def __init__(self, src: Place, *, dst_core: Place) -> None: ...
    @overload
    def __init__(self, src: Place, *, dst_core_range: Place) -> None: ...
    @overload
    def __init__(self, *, src_core: Place, dst: Place) -> None: ...
    @overload
    def __init__(self, *, src_core: Place, dst_core: Place) -> None: ...
    @overload
    def __init__(self, *, src_core: Place, dst_core_range: Place) -> None: ...
    def __init__(
        self,
        src: Place | None = None,
        dst: Place | None = None,
        *,
        src_core: Place | None = None,
        dst_core: Place | None = None,
        dst_core_range: Place | None = None,
    ):
        run = current_run("ttl.Pipe")
        source = _only("src", src, "src_core", src_core)
        target = _only("dst", dst, "dst_core", dst_core, "dst_core_range", dst_core_range)
        self.name = ""
        """The variable it is bound to in the kernel function."""
        self.source = core_of(run, source, "the source of a pipe")
        self.range = range_of(run, target, "the destination of a pipe")
        self.origin: Origin | None = caller()
        self.src = self.src_core = source
        self.dst = self.dst_core = self.dst_core_range = target
        run.find_frame()
        run.keep(self)

    def __repr__(self) -> str:
        return f"<pipe {self.name} from {self.source} to {range_text(self.range)}>"


class PipeNet:
    """Pipes that are used together. `net.if_src(f)` is `ttl.if_pipe_src(net, f)`, `net.if_dst(f)` likewise."""

    def __init__(self, pipes: Sequence[Pipe]):
        run = current_run("ttl.PipeNet")
        self.pipes = pipes_of(pipes, "ttl.PipeNet")
        run.keep(self)

    def if_src(self, function: Callable[[Pipe], object]) -> None:
        """Calls the function for each of the pipes whose source is this core."""
        raise host_error("PipeNet.if_src", "a data movement thread")

    def if_dst(self, function: Callable[[Pipe], object]) -> None:
        """Calls the function for each of the pipes that have this core among their destinations."""
        raise host_error("PipeNet.if_dst", "a data movement thread")

    def __iter__(self) -> Iterator[Pipe]:
        return iter(self.pipes)

    def __len__(self) -> int:
        return len(self.pipes)


def if_pipe_src(pipes: Pipe | PipeNet | Sequence[Pipe], function: Callable[[Pipe], object]) -> None:
    """Calls the function for each of the pipes (one, several, or a net) whose source is this core, in their order."""
    raise host_error("ttl.if_pipe_src", "a data movement thread")


def if_pipe_dst(pipes: Pipe | PipeNet | Sequence[Pipe], function: Callable[[Pipe], object]) -> None:
    """Calls the function for each of the pipes that have this core among their destinations, in their order."""
    raise host_error("ttl.if_pipe_dst", "a data movement thread")


def pipes_of(value: object, what: str) -> tuple[Pipe, ...]:
    """The pipes that a value stands for: a pipe, a net, or a sequence of pipes. Raises a TTL0505 for anything else."""
    if isinstance(value, Pipe):
        return (value,)
    if isinstance(value, PipeNet):
        return value.pipes
    if is_sequence(value):
        pipes = tuple([item for item in value if isinstance(item, Pipe)])
        if pipes and len(pipes) == len(value):
            return pipes
    raise error("TTL0505", f"{what} takes a pipe or a list of pipes, not {value!r}", caller_span())


# --------------------------------------------------------------------------------------------------- coordinates


def core_of(run: Run, value: object, what: str) -> tuple[int, int]:
    """(column, row) of a core. Raises a TTL0505 for what is no core of the grid."""
    ranges = range_of(run, value, what)
    if any(stop - start != 1 for start, stop in ranges):
        raise _bad(what, value, "it is a range, where one core is needed")
    (x, _), (y, _) = ranges
    return x, y


def range_of(run: Run, value: object, what: str) -> CoreRange:
    """The rectangle that coordinates name: integers and slices. Raises a TTL0505 for what is none of the grid."""
    parts = tuple(value) if is_sequence(value) else (value,)
    if len(parts) == 1 and run.grid[1] == 1:
        parts = (*parts, 0)
    if len(parts) == len(run.dimensions) == 3:
        parts = _on_one_chip(run, parts, value, what)
    if len(parts) != len(run.grid):
        raise _bad(what, value, "cores have a column and a row")
    axes = zip(parts, run.grid, ("columns", "rows"), strict=True)
    columns, rows = (_part(part, size, axis, value, what) for part, size, axis in axes)
    return columns, rows


def _on_one_chip(run: Run, parts: Sequence[object], value: object, what: str) -> tuple[object, object]:
    """Column and row of cores of one chip, the row counted over all chips."""
    (x, y, z), (_, rows, chips) = parts, run.dimensions
    chip, end = _part(z, chips, "chips", value, what)
    if end - chip > 1:
        raise _bad(what, value, "a range of cores is on one chip")
    first, last = _part(y, rows, "rows", value, what)
    return x, slice(chip * rows + first, chip * rows + last)


def _part(part: object, size: int, axis: str, value: object, what: str) -> Range:
    if is_slice(part):
        first, last, step = part.start, part.stop, part.step
        if step not in (None, 1):
            raise _bad(what, value, "a range of cores has no step")
        start, stop = (0 if first is None else first), (size if last is None else last)
    else:
        start, stop = part, None
    try:
        low = as_index(start)
        high = low + 1 if stop is None else as_index(stop)
    except TypeError:
        raise _bad(what, value, "coordinates are integers and slices") from None
    if not 0 <= low < high <= size:
        there = f"the {axis} 0 to {size - 1}" if size > 1 else f"no {axis} but 0"
        reason = "a range of it is empty" if low >= high else f"the grid has {there}"
        raise _bad(what, value, reason)
    return low, high


def _bad(what: str, value: object, reason: str) -> DiagnosticError:
    return error(
        "TTL0505",
        f"{what} is {value!r}: {reason}",
        caller_span(),
        hint="cores are (column, row), ranges have slices: dst_core_range=(slice(0, 4), 2)",
    )


def _only(*pairs: Any) -> Any:
    names, values = pairs[::2], pairs[1::2]
    given = [value for value in values if value is not None]
    if len(given) != 1:
        raise error("TTL0505", f"a pipe takes one of {', '.join(names)}, and is given {len(given)}", caller_span())
    return given[0]


def range_text(ranges: CoreRange) -> str:
    """`(0, 1)`, or `(0, 1)-(3, 1)`, both ends in."""
    (left, right), (top, bottom) = ranges
    first, last = (left, top), (right - 1, bottom - 1)
    return f"{first}" if first == last else f"{first}-{last}"
