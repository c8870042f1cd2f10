"""The compute processors in time: steps that are counted take what they take when they are gone through."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from tests.machine.clock.timed_examples import first_call, recorded
from tests.support.benchmarks import script
from ttlang.machine.clock.call_prices import GRAIN, CallPrice, CallPrices, Share
from ttlang.machine.clock.compute_clock import PieceTimes, Standing
from ttlang.machine.clock.ledger import Cause, Lane
from ttlang.machine.clock.recorded_calls import Piece
from ttlang.machine.compute.call import Call, TileCall
from ttlang.tables.chips.costs import Kind
from ttlang.tables.dtypes import BFP8


class DrawnPrices(CallPrices):
    """Whatever a call costs, it costs what was drawn for it."""

    def __init__(self, rng: random.Random):
        self._rng = rng
        self._drawn: dict[int, CallPrice] = {}

    def of(self, call: Call, *, accumulates: bool = False) -> CallPrice:
        shares = [Share(self._rng.randrange(0, 90 * GRAIN) / GRAIN, Kind.MEASURED) for _ in range(3)]
        if self._rng.random() < 0.5:
            shares[2] = Share(0.0, Kind.MEASURED)
        return self._drawn.setdefault(id(call), CallPrice(*shares, tiles=self._rng.choice([1, 2, 8, 32, 64])))


@pytest.mark.parametrize("seed", range(60))
def test_steps_that_repeat_take_what_they_take_one_by_one(seed: int) -> None:
    """`exactly` goes through each."""
    call = first_call("matmul_bias_gelu")
    program = call.compiled.simulation.simulation.program
    prices = DrawnPrices(random.Random(seed))
    times = PieceTimes(program, prices)
    rng = random.Random(seed)
    for piece in pieces():
        start = times.start(0.0)
        standing = start._replace(
            math=rng.randrange(-300, 600) / 4,
            pack=rng.randrange(-300, 600) / 4,
            banks=tuple(sorted(rng.randrange(0, 900) / 4 for _ in start.banks)),
        )
        found, (wanted, _) = times.of(piece, standing), times.exactly(piece, standing)
        assert behind(found.standing) == behind(wanted.standing)
        taken: defaultdict[tuple[int, Lane, Cause], float] = defaultdict(float)
        for number, lane, cause, cycles in (*found.parts, *found.waits):
            taken[number, lane, cause] += cycles
        assert taken == {(number, lane, cause): cycles for number, lane, cause, cycles in wanted.parts}


def pieces() -> list[Piece]:
    """Those of a product with an epilogue, whose calls go through several tiles."""
    found = {id(args[0]): args[0] for thread in recorded("matmul_bias_gelu") for name, args in thread.calls if not name}
    return list(found.values())


def behind(standing: Standing) -> Standing:
    """Parts of DST that were free before math goes on are as good as free then."""
    return standing._replace(halves=tuple(max(each, standing.math) for each in standing.halves))


def test_unpack_reads_while_its_bank_is_still_in_use_so_that_math_goes_on_without_a_pause() -> None:
    """A product takes unpack 14.5 cycles and a latency, math 17.1: with two banks, math sets the pace."""
    program = script("time_accuracy", "written_programs").WrittenProgram("blackhole", fidelity="LoFi")
    left, right = program.buffer(8, BFP8), program.buffer(8, BFP8)
    compute, calls = program.compute(), 200
    with compute.section():
        compute.multiply(left, right, 1, 5, calls)
    assert program.compute_zone() / (5 * calls) == pytest.approx(16.3 + 4 / 5, rel=0.01)


def test_a_piece_is_gone_through_anew_where_a_call_of_its_own_is_free_and_not_where_one_of_another_is() -> None:
    program = first_call("matmul_bias_gelu").compiled.simulation.simulation.program
    times = PieceTimes(program, CallPrices(program))
    piece, start = max(pieces(), key=lambda each: len(each.nodes)), times.start(0.0)
    own = next(node.nest.number for node in piece.nodes if node.nest and isinstance(node.nest.call, TileCall))
    plain, of_another, of_its_own = (times.of(piece, start, frozenset(free)) for free in ((), (-1,), (own, -1)))
    assert of_another.parts is plain.parts
    assert of_its_own.standing != plain.standing
