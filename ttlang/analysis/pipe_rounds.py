"""Which pipes take turns, so that one semaphore can count for several of them where a program has too few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ttlang.analysis.event_traces import EventKind, KernelTrace
from ttlang.analysis.pipe_landings import PipeLandings
from ttlang.analysis.trace_replay import NO_ROUNDS, PipeRounds, replay
from ttlang.dialects.ttl import Core


def find_rounds(trace: KernelTrace, landings: PipeLandings) -> PipeRounds:
    """
    Pipes of one source, or of the same destinations, that are used in rounds: each once, then each once more. At the
    start of a round no core is ahead: a receiver announces one block at a time, and a landing slot holds one. So the
    counter of all of them has the sum that stands for the round only when each has counted. Rounds that would let a
    thread wait forever are left out. Raises an UnknownEvents for events that can't be told.
    """
    rounds = PipeRounds(_sends(trace, landings), _receives(trace, landings))
    while rounds != NO_ROUNDS:
        blocked = [actor.event for actor in replay(trace, frozenset(landings.direct), rounds=rounds).blocked]
        if not blocked:
            break
        stuck = {kind: {e.subject for e in blocked if e.kind is kind} for kind in (EventKind.SEND, EventKind.RECEIVED)}
        kept = PipeRounds(
            _without(rounds.sends, stuck[EventKind.SEND]), _without(rounds.receives, stuck[EventKind.RECEIVED])
        )
        rounds = kept if kept != rounds else NO_ROUNDS
    return rounds


def _sends(trace: KernelTrace, landings: PipeLandings) -> dict[int, frozenset[int]]:
    """Of the pipes that have a semaphore on their source."""
    families: dict[tuple[Core, bool, bool], set[int]] = defaultdict(set)
    for number, pipe in enumerate(trace.pipes):
        direct, once = number in landings.direct, number in landings.once
        ahead = direct and (number in landings.overlapping or not _one_receiver(trace, number))
        if not ahead and (direct or not once):
            families[pipe.source_core, direct, once].add(number)
    return _united(
        members for (source, *_), members in families.items() if _take_turns(trace, EventKind.SEND, [source], members)
    )


def _receives(trace: KernelTrace, landings: PipeLandings) -> dict[int, frozenset[int]]:
    """Of the pipes whose blocks go to landing slots; others share their semaphore without that."""
    families: dict[tuple[tuple[Core, ...], bool], set[int]] = defaultdict(set)
    for number, pipe in enumerate(trace.pipes):
        if number not in landings.direct:
            families[pipe.destinations, number in landings.once].add(number)
    return _united(
        members for (cores, _), members in families.items() if _take_turns(trace, EventKind.RECEIVED, cores, members)
    )


def _take_turns(trace: KernelTrace, kind: EventKind, cores: Iterable[Core], pipes: set[int]) -> bool:
    """Whether one thread of each core uses the pipes in rounds."""
    if len(pipes) < 2:
        return False
    for core in cores:
        users = [
            subjects
            for events in trace.events[core]
            if (subjects := [event.subject for event in events if event.kind is kind and event.subject in pipes])
        ]
        if len(users) != 1:
            return False
        (used,) = users
        rounds = [used[start : start + len(pipes)] for start in range(0, len(used), len(pipes))]
        if any(len(each) != len(pipes) or set(each) != pipes for each in rounds):
            return False
    return True


def _one_receiver(trace: KernelTrace, pipe: int) -> bool:
    """Whether one thread of each destination receives through a pipe."""
    for core in trace.pipes[pipe].destinations:
        used = [{event.subject for event in events if event.kind is EventKind.RECEIVE} for events in trace.events[core]]
        if len([1 for pipes in used if pipe in pipes]) != 1:
            return False
    return True


def _united(families: Iterable[set[int]]) -> dict[int, frozenset[int]]:
    return {member: frozenset(family) for family in families for member in family}


def _without(rounds: Mapping[int, frozenset[int]], stuck: set[int]) -> dict[int, frozenset[int]]:
    return {pipe: round_ for pipe, round_ in rounds.items() if not round_ & stuck}
