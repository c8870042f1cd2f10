"""Pipes: channels between cores, each of which holds one block at each of its destinations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple, overload

from ttlang.diagnostics import error
from ttlang.language.call_sites import Origin, caller, caller_span, host_error
from ttlang.language.core_places import (
    CoreRange,
    CoreSpace,
    Place,
    core_of,
    numbers_of,
    ranges_of,
    ranges_text,
    space_of,
)
from ttlang.language.kernel_run import CURRENT, current_run
from ttlang.language.python_objects import is_sequence


class PipeEnds(NamedTuple):
    """The cores of a pipe, on the grid of a kernel."""

    source: tuple[int, int]
    ranges: tuple[CoreRange, ...]
    """Rectangles of its destinations: one, unless they are consecutive numbers that no rectangle has."""
    numbers: tuple[int, int, int] | None
    """Where the author gives one coordinate for each end: the source, the first destination, the end of them."""

    def __str__(self) -> str:
        return f"from {self.source} to {ranges_text(self.ranges)}"

    @property
    def destinations(self) -> frozenset[tuple[int, int]]:
        return frozenset(core for columns, rows in self.ranges for core in product(range(*columns), range(*rows)))


class Pipe:
    """
    A channel from one core to one core, or to a rectangle of cores. It holds one block at each destination: a send
    waits for room there, a receive for data. Data movement threads send with `ttl.copy(block, pipe)` on the source, and
    receive with `ttl.copy(pipe, block)` on every destination.

    Coordinates are (column, row); a range has a slice for a dimension. One coordinate alone is the number of a core, as
    `core(dims=1)` counts. `Pipe(src=, dst=)` and `Pipe(src_core=, dst_core=)` or `Pipe(src_core=, dst_core_range=)` are
    the same. A pipe may be made outside of kernels, which then use it on their own grids. Raises a TTL0505 for cores
    that the grid lacks.
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
        source = _only("src", src, "src_core", src_core)
        target = _only("dst", dst, "dst_core", dst_core, "dst_core_range", dst_core_range)
        self.name = ""
        """The variable it is bound to in the kernel function."""
        self.origin: Origin | None = caller()
        self.src = self.src_core = source
        self.dst = self.dst_core = self.dst_core_range = target
        run = CURRENT.get()
        self.ends = None if run is None else self.ends_in(space_of(run))
        """In the kernel that made it; None if none did."""
        if run is not None:
            run.keep(self)

    def ends_in(self, space: CoreSpace) -> PipeEnds:
        """Its cores on a kernel's grid. Raises a TTL0505 for those that the grid lacks."""
        source, target = (self.src, "the source of a pipe"), (self.dst, "the destination of a pipe")
        first, others = numbers_of(space, *source), numbers_of(space, *target)
        numbers = None if first is None or others is None else (first[0], *others)
        return PipeEnds(core_of(space, *source), ranges_of(space, *target), numbers)

    def __repr__(self) -> str:
        ends = f"from {self.src} to {self.dst}" if self.ends is None else str(self.ends)
        return f"<pipe {self.name} {ends}>"


class PipeNet:
    """
    Pipes that are used together. `net.if_src(f)` is `ttl.if_pipe_src(net, f)`, `net.if_dst(f)` likewise. Like a pipe, a
    net may be made outside of kernels.
    """

    def __init__(self, pipes: Sequence[Pipe]):
        self.pipes = pipes_of(pipes, "ttl.PipeNet")
        if (run := CURRENT.get()) is not None:
            run.keep(self)

    def is_src(self) -> bool:
        """Whether one of the pipes starts at this core. In threads of both kinds, and in the kernel function."""
        core, ends = self._here("PipeNet.is_src")
        return any(core == each.source for each in ends)

    def is_dst(self) -> bool:
        """Whether one of the pipes ends at this core."""
        return self.destination_count() > 0

    def is_active(self) -> bool:
        """Whether this core is an end of one of the pipes."""
        return self.is_src() or self.is_dst()

    def destination_count(self) -> int:
        """How many of the pipes end at this core: how often `if_dst` calls its function there."""
        core, ends = self._here("PipeNet.destination_count")
        return sum(core in each.destinations for each in ends)

    def _here(self, name: str) -> tuple[tuple[int, int], list[PipeEnds]]:
        """The core that the kernel function is run for, and the ends of the pipes."""
        run = current_run(name)
        run.asked_for_core = True
        space = space_of(run)
        return run.core, [pipe.ends or pipe.ends_in(space) for pipe in self.pipes]

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


def _only(*pairs: Any) -> Any:
    names, values = pairs[::2], pairs[1::2]
    given = [value for value in values if value is not None]
    if len(given) != 1:
        raise error("TTL0505", f"a pipe takes one of {', '.join(names)}, and is given {len(given)}", caller_span())
    return given[0]
