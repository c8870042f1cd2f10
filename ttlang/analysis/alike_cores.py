"""
Which cores do the same as others, but for the pipes that they do it with: those of a row that one core multicasts to,
say. If all of them go on in step, each is at every moment where the others are. How far threads get does not depend on
who goes first, so one core of each kind can be run for all of them.

Kinds are the coarsest that agree with each other: a core is of a kind by what it does and by the kinds of its pipes, in
the order in which it first uses them; a pipe by the kinds of the cores at its ends.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from ttlang.analysis.event_traces import Event, EventKind, KernelTrace
from ttlang.dialects.ttl import Core

_SENDS = frozenset({EventKind.SEND, EventKind.SENT})
_RECEIVES = frozenset({EventKind.RECEIVE, EventKind.RECEIVED})
KeyT = TypeVar("KeyT")


@dataclass(frozen=True)
class AlikeCores:
    """The kinds of the cores and of the pipes of a kernel."""

    cores: Mapping[Core, Core]
    """For each core, the first of its kind."""
    pipes: Sequence[int]
    """For each pipe, the first of its kind."""
    events: Mapping[Core, tuple[Sequence[Event], ...]]
    """Of the first core of each kind, with the first pipe of each kind instead of its own."""
    destinations: Sequence[Sequence[Core]]
    """Of each pipe: the first cores of the kinds that they are of."""


@dataclass(frozen=True)
class _Uses:
    """What a thread does, but with which pipes; and these, in the order in which it first uses them."""

    does: Hashable
    sends: tuple[int, ...]
    receives: tuple[int, ...]


def find_alike_cores(trace: KernelTrace) -> AlikeCores | None:
    """
    None where no two cores are alike, and where that is not to be told: where cores talk by anything but pipes, threads
    go on as receives come, a core uses a pipe that it is no end of, or sends or receives through two of one kind.
    """
    if not trace.pipes or trace.semaphores or trace.chooses:
        return None
    ends = [(pipe.source_core, pipe.destinations) for pipe in trace.pipes]
    lists = {id(events): events for threads in trace.events.values() for events in threads}
    numbers: dict[Hashable, int] = {}
    threads = {key: _uses_of(events, numbers) for key, events in lists.items()}
    uses = {core: _together([threads[id(events)] for events in each]) for core, each in trace.events.items()}
    reached = {core for source, destinations in ends for core in (source, *destinations)}
    if not uses.keys() >= reached or not all(_is_at_its_ends(core, own, ends) for core, own in uses.items()):
        return None
    cores = _numbered({core: own.does for core, own in uses.items()})
    while True:
        pipes = _pipe_kinds(uses, cores, ends)
        finer = _numbered({core: (cores[core], *_kinds_of(own, pipes)) for core, own in uses.items()})
        if max(finer.values()) == max(cores.values()):
            break
        cores = finer
    if max(cores.values()) + 1 == len(cores):
        return None
    if any(len(set(each)) < len(each) for own in uses.values() for each in _kinds_of(own, pipes)):
        return None
    return _with_firsts(trace, cores, pipes, ends)


_Ends = Sequence[tuple[Core, Sequence[Core]]]
"""Of each pipe, the core that sends and those that receive."""


def _uses_of(events: Sequence[Event], numbers: dict[Hashable, int]) -> _Uses:
    """Of a thread; what it does, it has a number for, among the `numbers` of others."""
    sends: dict[int, int] = {}
    receives: dict[int, int] = {}
    does: list[tuple[int, int, tuple[int, ...]]] = []
    for kind, _, subject, values in events:
        pipes = sends if kind in _SENDS else receives if kind in _RECEIVES else None
        does.append((kind, subject if pipes is None else pipes.setdefault(subject, len(pipes)), values))
    return _Uses(numbers.setdefault(tuple(does), len(numbers)), tuple(sends), tuple(receives))


def _together(threads: Sequence[_Uses]) -> _Uses:
    """What a core does; its threads may have pipes in common."""
    sends = tuple(dict.fromkeys(chain.from_iterable(thread.sends for thread in threads)))
    receives = tuple(dict.fromkeys(chain.from_iterable(thread.receives for thread in threads)))
    does = [
        (thread.does, tuple(map(sends.index, thread.sends)), tuple(map(receives.index, thread.receives)))
        for thread in threads
    ]
    return _Uses(tuple(does), sends, receives)


def _is_at_its_ends(core: Core, own: _Uses, ends: _Ends) -> bool:
    return all(ends[pipe][0] == core for pipe in own.sends) and all(core in ends[pipe][1] for pipe in own.receives)


def _numbered(kinds: Mapping[KeyT, Hashable]) -> dict[KeyT, int]:
    """Equal ones have the same number, from 0 on."""
    numbers: dict[Hashable, int] = {}
    return {key: numbers.setdefault(kind, len(numbers)) for key, kind in kinds.items()}


def _pipe_kinds(uses: Mapping[Core, _Uses], cores: Mapping[Core, int], ends: _Ends) -> list[int]:
    """By the kinds of the cores at the ends of each, and by which of their pipes it is."""

    def end(core: Core, own: tuple[int, ...], pipe: int) -> tuple[int, int]:
        return cores[core], own.index(pipe) if pipe in own else -1

    kinds = {
        pipe: (
            end(source, uses[source].sends, pipe),
            frozenset([end(core, uses[core].receives, pipe) for core in destinations]),
        )
        for pipe, (source, destinations) in enumerate(ends)
    }
    return list(_numbered(kinds).values())


def _kinds_of(own: _Uses, pipes: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple([pipes[pipe] for pipe in own.sends]), tuple([pipes[pipe] for pipe in own.receives])


def _with_firsts(trace: KernelTrace, cores: Mapping[Core, int], pipes: Sequence[int], ends: _Ends) -> AlikeCores:
    core_of: dict[int, Core] = {}
    first_cores = {core: core_of.setdefault(kind, core) for core, kind in cores.items()}
    pipe_of: dict[int, int] = {}
    first_pipes = [pipe_of.setdefault(kind, pipe) for pipe, kind in enumerate(pipes)]
    events = {core: tuple([_with_pipes(each, first_pipes) for each in trace.events[core]]) for core in core_of.values()}
    destinations = [tuple(dict.fromkeys(first_cores[core] for core in reached)) for _, reached in ends]
    return AlikeCores(first_cores, first_pipes, events, destinations)


def _with_pipes(events: Sequence[Event], pipes: Sequence[int]) -> list[Event]:
    """Events that are about other pipes."""
    return [
        event._replace(subject=pipes[event.subject]) if event.kind in _SENDS or event.kind in _RECEIVES else event
        for event in events
    ]
