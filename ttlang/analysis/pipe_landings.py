"""Which pipes may do without a landing slot, and what is known about the blocks that go through them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xdsl.ir import SSAValue

from ttlang.analysis.event_traces import EventKind, KernelTrace
from ttlang.analysis.trace_replay import Outcome, replay
from ttlang.dialects import ttl
from ttlang.dialects.ttl import Core
from ttlang.dialects.walking import operations_of


@dataclass(frozen=True)
class Ring:
    """Where the blocks of a pipe go in the receivers' ring: the first to `slot`, each next one `stride` further."""

    buffer: int
    slot: int
    stride: int


@dataclass(frozen=True)
class PipeLandings:
    """What a run of the events tells about the pipes of a kernel."""

    direct: dict[int, Ring]
    """Pipes whose blocks land in the receivers' own ones."""
    once: frozenset[int]
    """Pipes that at most one block goes through, as through all that share their code."""


_SEEDS = (None, *range(7))
"""Of the orders in which receives may come that are tried, where threads go on as they come."""
NOTHING_KNOWN = PipeLandings({}, frozenset())


def choose_landings(trace: KernelTrace) -> PipeLandings:
    """
    A pipe needs no landing slot if the place in the receivers' ring is the same at all of them and known, and if no
    thread waits forever when sends wait for the receivers. Pipes of one `if_pipe_src` share their fate: they share the
    code. Raises an UnknownEvents for events that can't be told.
    """
    seeds = _SEEDS if trace.chooses else (None,)
    outcomes = [replay(trace, seed=seed) for seed in seeds]
    outcome = outcomes[0]
    pipes = range(len(trace.pipes))
    buffers = _buffers(trace)
    rings = {pipe: ring for pipe in pipes if (ring := _ring(trace, outcome, pipe, buffers[pipe])) is not None}
    unsure = _unsure(trace) if trace.chooses else frozenset[int]()
    rings = {pipe: ring for pipe, ring in rings.items() if pipe not in unsure}
    groups = group_pipes(trace)
    chosen = frozenset(
        pipe
        for pipe, ring in rings.items()
        if all(other in rings and rings[other].buffer == ring.buffer for other in groups[pipe])
    )
    while chosen:
        blocked = next(filter(None, (replay(trace, chosen, seed=seed).blocked for seed in seeds)), None)
        if blocked is None:
            break
        stuck = {a.event.subject for a in blocked if a.event.kind is EventKind.SEND and a.event.subject in chosen}
        chosen -= {other for pipe in stuck or chosen for other in groups[pipe]}
    if trace.chooses:
        # What holds of the orders that were tried need not hold of all.
        return PipeLandings({pipe: rings[pipe] for pipe in chosen}, frozenset())
    once = frozenset(pipe for pipe in pipes if all(outcome.sent.get(other, 0) <= 1 for other in groups[pipe]))
    return PipeLandings({pipe: rings[pipe] for pipe in chosen}, once)


def _unsure(trace: KernelTrace) -> frozenset[int]:
    """
    Pipes that threads receive through which go on as receives come, unless each block of a pipe follows the one before
    it in its ring, whatever comes first: if nothing else fills the buffer, on any core.
    """
    filled: dict[tuple[Core, int], set[int]] = {}
    users: dict[int, set[int]] = {}
    for core, thread, event in trace.events_of((EventKind.RECEIVE,)):
        filled.setdefault((core, event.values[0]), set()).add(event.subject)
        users.setdefault(event.subject, set()).add(thread)
    choosing = {pipe for pipe, threads in users.items() if any(trace.threads[thread].chooses for thread in threads)}
    others = {number for number, cb in enumerate(trace.buffers) if not _is_filled_by_one(cb)}
    mixed = {
        pipe for (_, buffer), received in filled.items() if len(received) > 1 or buffer in others for pipe in received
    }
    return frozenset(choosing & mixed)


def _is_filled_by_one(cb: ttl.CreateCBOp) -> bool:
    """Whether the blocks of a buffer are all received through one pipe, or through that of a body's."""
    pipes: set[SSAValue | None] = set()
    for reserve in (use.operation for use in cb.result.uses if isinstance(use.operation, ttl.CBReserveOp)):
        if reserve.held is not None:
            continue
        copies = [use.operation for use in reserve.block.uses if isinstance(use.operation, ttl.CopyOp)]
        pipes |= {copy.pipe for copy in copies if copy.destination is reserve.block} or {None}
    return len(pipes) == 1 and None not in pipes


def _ring(trace: KernelTrace, outcome: Outcome, pipe: int, buffers: set[int]) -> Ring | None:
    """Where the blocks of a pipe land that these buffers receive, if one rule tells it for all destinations."""
    received = outcome.slots.get(pipe)
    if not received or len(buffers) != 1 or set(received) != set(trace.pipes[pipe].destinations):
        return None
    (buffer,) = buffers
    size = trace.buffers[buffer].result.type.block_count.data
    slots = max(received.values(), key=len)
    stride = (slots[1] - slots[0]) % size if len(slots) > 1 else 0
    for each in received.values():
        if any(slot != (slots[0] + count * stride) % size for count, slot in enumerate(each)):
            return None
    return Ring(buffer, slots[0], stride)


def _buffers(trace: KernelTrace) -> list[set[int]]:
    """The buffers that each pipe's blocks are received into."""
    found: list[set[int]] = [set() for _ in trace.pipes]
    for _, _, event in trace.events_of((EventKind.RECEIVE,)):
        found[event.subject].add(event.values[0])
    return found


def group_pipes(trace: KernelTrace) -> dict[int, frozenset[int]]:
    """For each pipe, those that share code with it, itself included."""
    numbers: dict[SSAValue, int] = {pipe.result: number for number, pipe in enumerate(trace.pipes)}
    groups = {number: frozenset((number,)) for number in numbers.values()}
    for op in operations_of(trace.kernel, ttl.IfPipeOp):
        _unite(groups, [numbers[pipe] for pipe in op.pipes])
    return groups


def _unite(groups: dict[int, frozenset[int]], members: Iterable[int]) -> None:
    united = frozenset[int]().union(*(groups[member] for member in members))
    for member in united:
        groups[member] = united
