"""Processors that have rested: what they wait for first is all that tells for how long."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from tests.machine.clock.timed_examples import NAMED, first_call, recorded
from ttlang.machine.clock.call_prices import GRAIN, CallPrices
from ttlang.machine.clock.compute_clock import Outcome, PieceTimes, Standing
from ttlang.machine.clock.ledger import Cause, Lane
from ttlang.machine.clock.processor_leads import Lead
from ttlang.machine.clock.recorded_calls import Piece


def some_time(rng: random.Random) -> float:
    return rng.randrange(-2000 * GRAIN, 300 * GRAIN) / GRAIN


def some_standing(like: Standing, rng: random.Random) -> Standing:
    return like._replace(
        math=some_time(rng), pack=some_time(rng), halves=tuple(sorted(some_time(rng) for _ in like.halves))
    )


def cycles(outcome: Outcome) -> dict[tuple[int, Lane, Cause], float]:
    total: defaultdict[tuple[int, Lane, Cause], float] = defaultdict(float)
    for number, lane, cause, taken in (*outcome.parts, *outcome.waits):
        total[number, lane, cause] += taken
    return total


@NAMED
@pytest.mark.parametrize("seed", range(3))
def test_pieces_take_the_same_however_long_processors_have_rested(name: str, seed: int) -> None:
    """`exactly` goes through each piece from where its processors stand."""
    program = first_call(name).compiled.simulation.simulation.program
    times = PieceTimes(program, CallPrices(program))
    pieces = {piece for thread in recorded(name) for call, (piece, *_) in thread.calls if not call}
    rng = random.Random(seed)
    for piece in sorted(pieces, key=lambda each: len(each.nodes)):
        assert isinstance(piece, Piece)
        for _ in range(20):
            standing = some_standing(times.start(0.0), rng)
            found, (wanted, _) = times.of(piece, standing), times.exactly(piece, standing)
            assert found.standing[:4] == wanted.standing[:4]
            assert found.standing.committed == wanted.standing.committed
            math = found.standing.math
            assert [max(each, math) for each in found.standing.halves] == [
                max(each, math) for each in wanted.standing.halves
            ]
            assert cycles(found) == cycles(wanted)


def test_waits_of_a_lead_make_up_the_time_to_its_end() -> None:
    lead = Lead(Lane.MATH)
    lead.acquire(1)
    lead.work(1, 10.0)
    assert not lead.counts
    lead.wait(2, Cause.SOURCES, 50.0)
    assert lead.counts
    assert list(lead.waits(0.0, [0.0])) == [(2, Lane.MATH, Cause.SOURCES, 40.0)]
    assert list(lead.waits(-100.0, [-70.0, 0.0])) == [
        (1, Lane.MATH, Cause.DST, 30.0),
        (2, Lane.MATH, Cause.SOURCES, 110.0),
    ]
