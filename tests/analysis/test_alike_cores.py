"""Threads run for one core of each kind come as far, and leave as much, as if those of all cores were run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ttlang.analysis.alike_cores import find_alike_cores
from ttlang.analysis.event_traces import Event, EventKind, KernelTrace, ThreadTrace
from ttlang.analysis.trace_replay import Outcome, replay
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.ttl import Core, CreateCBOp, CreatePipeOp, CreateSemaphoreOp, buffer_type
from ttlang.tables.dtypes import BF16

BUFFER = CreateCBOp("block", buffer_type((1, 1), TileType(BF16), 2))
Steps = Callable[[Core], list[tuple[EventKind, int]]]
"""What a thread does on a core, and with which buffer or pipe."""


def traced(size: int, pipes: Sequence[CreatePipeOp], threads: Sequence[Steps], semaphores: int = 0) -> KernelTrace:
    """Of a square grid."""
    cores = tuple((x, y) for y in range(size) for x in range(size))

    def of(number: int, steps: Steps) -> ThreadTrace:
        def function(x: int, y: int, core: int, events: list[Event]) -> None:
            for kind, subject in steps((x, y)):
                about = (0,) if kind in (EventKind.SEND, EventKind.RECEIVE) else ()
                events.append(Event(kind, number, subject, about))

        return ThreadTrace(cast(Any, SimpleNamespace(sym_name=None)), (), function, depends_on_core=True)

    kernel = cast(Any, SimpleNamespace(grid_sizes=(size, size), cores=cores))
    made = tuple(CreateSemaphoreOp(f"s{number}") for number in range(semaphores))
    return KernelTrace(kernel, (BUFFER,), tuple(pipes), made, tuple(of(*each) for each in enumerate(threads)))


def left(outcome: Outcome) -> dict[str, object]:
    """What a run leaves, without what was only asked for."""
    return {
        "blocked": {(actor.core, actor.thread, actor.position) for actor in outcome.blocked},
        "filled": outcome.filled,
        "sent": outcome.sent,
        "taken": {key: count for key, count in outcome.taken.items() if count},
        "slots": {(pipe, core): each for pipe, of in outcome.slots.items() for core, each in of.items() if each},
    }


def of_all_cores(trace: KernelTrace, direct: frozenset[int], monkeypatch: pytest.MonkeyPatch) -> Outcome:
    with monkeypatch.context() as patched:
        patched.setattr("ttlang.analysis.trace_replay.find_alike_cores", lambda trace: None)
        patched.setattr("ttlang.analysis.trace_replay._ALIKE", {})
        return replay(trace, direct)


# --------------------------------------------------------------------------------------------- kinds of communication


def multicasts_along_rows(size: int) -> list[CreatePipeOp]:
    return [CreatePipeOp(f"row{y}", (0, y), (1, y), (size - 1, y)) for y in range(size)]


def multicasts_along_columns(size: int) -> list[CreatePipeOp]:
    return [CreatePipeOp(f"column{x}", (x, 0), (x, 1), (x, size - 1)) for x in range(size)]


def rings(size: int) -> list[CreatePipeOp]:
    cores = [(x, y) for y in range(size) for x in range(size)]
    nexts = [((x + 1) % size, y) for x, y in cores]
    return [CreatePipeOp(f"ring{number}", a, b, b) for number, (a, b) in enumerate(zip(cores, nexts, strict=True))]


def chains(size: int) -> list[CreatePipeOp]:
    return [CreatePipeOp(f"link{x}_{y}", (x, y), (x + 1, y), (x + 1, y)) for y in range(size) for x in range(size - 1)]


NETS = (multicasts_along_rows, multicasts_along_columns, rings, chains)


def sent_from(pipes: Sequence[CreatePipeOp], core: Core) -> list[int]:
    return [number for number, pipe in enumerate(pipes) if pipe.source_core == core]


def received_at(pipes: Sequence[CreatePipeOp], core: Core) -> list[int]:
    return [number for number, pipe in enumerate(pipes) if core in pipe.destinations]


def random_threads(pipes: Sequence[CreatePipeOp], rng: Random) -> list[Steps]:
    """Three threads that send and receive in some order; a few forget a block, on some of the cores."""
    turns, first, outlier = rng.randint(1, 5), rng.randint(0, 1), rng.choice((None, None, (1, 1), (0, 0)))
    apart, missed = rng.random() < 0.5, rng.choice((0, 0, 0, 1))

    def sends(core: Core) -> list[tuple[EventKind, int]]:
        own = sent_from(pipes, core)
        return [(kind, pipe) for pipe in own for kind in (EventKind.SEND, EventKind.SENT)]

    def receives(core: Core) -> list[tuple[EventKind, int]]:
        around = [(EventKind.RESERVE, 0), (EventKind.PUSH, 0)]
        each = [
            [around[0], (EventKind.RECEIVE, p), (EventKind.RECEIVED, p), around[1]] for p in received_at(pipes, core)
        ]
        return [step for steps in each for step in steps]

    def together(core: Core) -> list[tuple[EventKind, int]]:
        parts = [sends(core), receives(core)]
        return (parts[first] + parts[1 - first]) * turns

    def consumer(core: Core) -> list[tuple[EventKind, int]]:
        count = len(received_at(pipes, core)) * turns - (missed if outlier in (None, core) else 0)
        return [(EventKind.WAIT, 0), (EventKind.POP, 0)] * count

    if apart:
        return [lambda core: sends(core) * turns, lambda core: receives(core) * turns, consumer]
    return [together, consumer]


@pytest.mark.parametrize("seed", range(40))
def test_one_core_of_each_kind_speaks_for_all(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(seed)
    size = rng.randint(2, 5)
    pipes = [pipe for net in rng.sample(NETS, rng.randint(1, 2)) for pipe in net(size)]
    trace = traced(size, pipes, random_threads(pipes, rng))
    some = frozenset(number for number in range(len(pipes)) if rng.random() < 0.5)
    for direct in (frozenset[int](), frozenset(range(len(pipes))), some):
        assert left(replay(trace, direct)) == left(of_all_cores(trace, direct, monkeypatch))


# ---------------------------------------------------------------------------------------- which are alike


def kinds(trace: KernelTrace) -> int | None:
    """How many there are; None where no two are alike or that is not to be told."""
    alike = find_alike_cores(trace)
    return None if alike is None else len(set(alike.cores.values()))


def uses_all(pipes: Sequence[CreatePipeOp]) -> list[Steps]:
    return random_threads(pipes, Random(0))


def test_multicasts_along_rows_and_columns_have_four_kinds_of_cores() -> None:
    pipes = [*multicasts_along_rows(8), *multicasts_along_columns(8)]
    assert kinds(traced(8, pipes, uses_all(pipes))) == 4


def test_all_cores_of_rings_are_alike_and_none_of_a_chain_are() -> None:
    assert kinds(traced(4, rings(4), uses_all(rings(4)))) == 1
    assert kinds(traced(4, chains(4), uses_all(chains(4)))) == 4
    alone = chains(4)[:3]
    assert kinds(traced(2, alone[:1], uses_all(alone[:1]))) == 3


def test_a_core_that_does_more_makes_those_that_it_talks_to_kinds_of_their_own() -> None:
    pipes = multicasts_along_rows(4)

    def sends(core: Core) -> list[tuple[EventKind, int]]:
        return [(EventKind.SEND, pipe) for pipe in sent_from(pipes, core)] * (2 if core == (0, 3) else 1)

    def receives(core: Core) -> list[tuple[EventKind, int]]:
        return [(EventKind.RECEIVE, pipe) for pipe in received_at(pipes, core)]

    assert kinds(traced(4, pipes, [sends, receives])) == 4
    assert kinds(traced(4, pipes, [sends])) == 3, "what does nothing depends on nobody"


def test_what_is_not_to_be_told() -> None:
    pipes = multicasts_along_rows(4)
    assert kinds(traced(4, pipes, uses_all(pipes))) == 2
    assert kinds(traced(4, pipes, uses_all(pipes), semaphores=1)) is None, "cores talk by semaphores too"
    assert kinds(traced(4, pipes, [lambda core: [(EventKind.SEND, 0)]])) is None, "cores that are no end of the pipe"
    crossed = [CreatePipeOp(f"p{y}", (0, y), (1, 0), (1, 1)) for y in range(2)]
    order = {(1, 0): (0, 1), (1, 1): (1, 0)}

    def sends(core: Core) -> list[tuple[EventKind, int]]:
        return [(EventKind.SEND, pipe) for pipe in sent_from(crossed, core)]

    def receives(core: Core) -> list[tuple[EventKind, int]]:
        return [(EventKind.RECEIVE, pipe) for pipe in order.get(core, ())]

    assert kinds(traced(2, crossed, [sends, receives])) is None, "a core receives through two of one kind"
