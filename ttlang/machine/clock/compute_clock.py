"""
The three compute processors of a core in time: unpack, math and pack, each at its own pace through the same calls.

They wait for each other where one hands on what the next one takes: unpack fills a bank of the source registers, math a
part of DST. What they do depends on nothing else, so a piece of the trace takes the same time whenever its processors
stand to each other as they once stood: that is looked up. For how long a processor had rested before it waits makes no
difference either, but to the cycles of that wait (`processor_leads`). And once a step of a call has left them standing
to each other as the one before, so do all others: these are counted and not gone through.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ttlang.machine.clock.call_prices import CallPrice, CallPrices, grained
from ttlang.machine.clock.ledger import Cause, Lane, Part, Step
from ttlang.machine.clock.processor_leads import Lead
from ttlang.machine.clock.recorded_calls import Piece
from ttlang.machine.compute.call import TileCall
from ttlang.machine.compute.calls.configuration import Acquire, Commit, Release, SectionCall
from ttlang.machine.program_info import ProgramInfo
from ttlang.tables.chips.timing import Timing


class Standing(NamedTuple):
    """How the processors stand: the times at which each goes on, and at which what they share is free, or ready."""

    unpack: float
    math: float
    pack: float
    banks: tuple[float, ...]
    """When math has taken what is in each bank of the source registers, the next one to be filled first."""
    halves: tuple[float, ...]
    """When each part of DST that math may acquire was released, the next one first."""
    committed: tuple[float, ...]
    """When math committed the sections that pack has not taken yet."""

    def moved(self, by: float) -> Standing:
        """The same, so much later."""
        return Standing(
            self.unpack + by,
            self.math + by,
            self.pack + by,
            tuple([each + by for each in self.banks]),
            tuple([each + by for each in self.halves]),
            tuple([each + by for each in self.committed]),
        )

    def at(self, lane: Lane, time: float) -> Standing:
        """The same, with unpack or pack going on at another time."""
        unpack, math, pack, *others = self
        return Standing(time, math, pack, *others) if lane is Lane.UNPACK else Standing(unpack, math, time, *others)

    def paced(self, factor: float) -> Standing:
        """The same at times that are so many times as late, in whole grains of a cycle."""
        return Standing(
            grained(self.unpack * factor),
            grained(self.math * factor),
            grained(self.pack * factor),
            tuple(grained(each * factor) for each in self.banks),
            tuple(grained(each * factor) for each in self.halves),
            tuple(grained(each * factor) for each in self.committed),
        )


class Outcome(NamedTuple):
    """What comes of a piece."""

    standing: Standing
    parts: list[Part]
    waits: Sequence[Part] = ()
    """What else its lanes have taken: waits for those that they had rested before."""


class _Known(NamedTuple):
    """What is known of a piece."""

    outcome: Outcome
    leads: Sequence[Lead] | None
    """Those of the processors that may have rested; None if it matters for how long."""


class PieceTimes:
    """What pieces take, as far as it is known; all cores share it."""

    def __init__(self, program: ProgramInfo, prices: CallPrices):
        self._timing = program.architecture.timing()
        self._prices = prices
        self._known: dict[tuple[int, Standing, AbstractSet[int], bool], _Known] = {}
        self._steps: dict[tuple[int, Standing, AbstractSet[int]], tuple[Outcome, Sequence[Step]]] = {}
        self._free: dict[tuple[int, AbstractSet[int]], AbstractSet[int]] = {}
        """Of numbers of calls, those that a piece has."""
        full = program.architecture.dst_tiles(dst32=program.dst32, full_sync=True)
        self.parts_of_dst = 1 if program.dst_tiles >= full else 2

    def start(self, time: float) -> Standing:
        """How processors stand that begin at a time."""
        banks = (time,) * self._timing.source_banks
        return Standing(time, time, time, banks, (time,) * self.parts_of_dst, ())

    def forget(self) -> None:
        """Each piece is gone through anew from now on."""
        self._known.clear()
        self._steps.clear()

    def of(self, piece: Piece, standing: Standing, free: AbstractSet[int] = frozenset()) -> Outcome:
        """What comes of a piece that begins so; calls with the numbers of `free` take no time."""
        base, relative = standing.unpack, _relative(standing)
        free = self._free_of(piece, free) if free else free
        outcome, leads = self._known_of(piece, _rested(relative), free, rested=True)
        if leads is not None:
            starts = {Lane.MATH: relative.math, Lane.PACK: relative.pack}
            waits = [wait for lead in leads for wait in lead.waits(starts[lead.lane], relative.halves)]
            return Outcome(outcome.standing.moved(base), outcome.parts, waits)
        outcome, _ = self._known_of(piece, relative, free, rested=False)
        return Outcome(outcome.standing.moved(base), outcome.parts)

    def exactly(
        self, piece: Piece, standing: Standing, free: AbstractSet[int] = frozenset()
    ) -> tuple[Outcome, Sequence[Step]]:
        """The same, step by step, with the times of the steps, counted from when unpack begins."""
        relative = _relative(standing)
        key = id(piece), relative, free
        if (found := self._steps.get(key)) is None:
            run = _Run(self._timing, self._prices, relative, free, keeps_steps=True, rested=False)
            found = self._steps[key] = run.through(piece), run.steps or ()
        outcome, steps = found
        return outcome._replace(standing=outcome.standing.moved(standing.unpack)), steps

    def steps(self, piece: Piece, standing: Standing, free: AbstractSet[int] = frozenset()) -> Sequence[Step]:
        """These steps alone."""
        return self.exactly(piece, standing, free)[1]

    def _free_of(self, piece: Piece, free: AbstractSet[int]) -> AbstractSet[int]:
        """The same, without calls of others: with these it takes what it takes without them."""
        key = id(piece), free
        if (found := self._free.get(key)) is None:
            found = self._free[key] = free & {node.nest.number for node in piece.nodes if node.nest}
        return found

    def _known_of(self, piece: Piece, standing: Standing, free: AbstractSet[int], *, rested: bool) -> _Known:
        key = id(piece), standing, free, rested
        if (found := self._known.get(key)) is None:
            run = _Run(self._timing, self._prices, standing, free, keeps_steps=False, rested=rested)
            outcome = run.through(piece)
            leads = run.leads if all(lead.counts for lead in run.leads) else None
            found = self._known[key] = _Known(outcome, leads)
        return found


EXACT = 2**18
"""Floats have parts of a cycle as small as that exactly, up to 2**35 cycles."""


def _add_up(*cycles: float) -> bool:
    """Whether sums of these are exact."""
    return all((each * EXACT).is_integer() for each in cycles)


def _relative(standing: Standing) -> Standing:
    """As seen from unpack. A bank or a part that has been free for long is as good as one that is free now."""
    base = standing.unpack
    math = standing.math - base
    return Standing(
        0.0,
        math,
        standing.pack - base,
        tuple([each - base if each > base else 0.0 for each in standing.banks]),
        tuple([max(each - base, math) for each in standing.halves]),
        tuple([each - base for each in standing.committed]),
    )


def _rested(standing: Standing) -> Standing:
    """The same, if those that were done before unpack goes on had been done just then."""
    unpack, math, pack, banks, halves, committed = standing
    halves = tuple([max(each, 0.0) for each in halves])
    return Standing(unpack, max(math, 0.0), max(pack, 0.0), banks, halves, committed)


class _Run:
    """A piece on its way through the processors."""

    def __init__(
        self,
        timing: Timing,
        prices: CallPrices,
        standing: Standing,
        free: AbstractSet[int],
        *,
        keeps_steps: bool,
        rested: bool,
    ):
        """`rested`: math and pack may have rested where they go on at 0, as unpack does."""
        self.steps: list[Step] | None = [] if keeps_steps else None
        starts = {Lane.MATH: standing.math, Lane.PACK: standing.pack} if rested else {}
        self.leads = [Lead(lane) for lane, start in starts.items() if start == 0]
        self.leading = {lead.lane: lead for lead in self.leads}
        """Of those that have not waited yet."""
        self.timing = timing.compute
        self.free = free
        self.prices = prices
        self.unpack, self.math, self.pack = standing.unpack, standing.math, standing.pack
        self.banks = list(standing.banks)
        self.halves = list(standing.halves)
        self.committed = list(standing.committed)
        self.parts: defaultdict[tuple[int, Lane, Cause], float] = defaultdict(float)

    def through(self, piece: Piece) -> Outcome:
        for node in piece.nodes:
            nest = node.nest
            assert nest is not None
            call, number = nest.call, nest.number
            if number in self.free and not isinstance(call, SectionCall):
                continue
            if isinstance(call, SectionCall):
                self._hand_over(call, number)
            elif isinstance(call, TileCall):
                price = self.prices.of(call, accumulates=call.PACKS and node.accumulates)
                self._work(number, price, nest.trips * price.tiles)
            else:
                self._configure(number, self.prices.of(call))
        standing = Standing(
            self.unpack, self.math, self.pack, tuple(self.banks), tuple(self.halves), tuple(self.committed)
        )
        for lane in tuple(self.leading):
            self._shows(lane)
        parts = [(*key, cycles) for key, cycles in self.parts.items() if cycles]
        return Outcome(standing, parts)

    def _hand_over(self, call: SectionCall, number: int) -> None:
        """A step of the frame around a section."""
        if isinstance(call, Acquire):
            if self.halves and (lead := self.leading.get(Lane.MATH)):
                lead.acquire(number)
            free = self.halves.pop(0) if self.halves else self.math
            self._wait_math(number, free, Cause.DST)
            if number not in self.free:
                self._took(number, Lane.UNPACK, Cause.WORK, self.unpack, self.timing.section)
                self.unpack += self.timing.section
                self._took(number, Lane.MATH, Cause.WORK, self.math, self.timing.acquire)
                self.math += self.timing.acquire
        elif isinstance(call, Commit):
            self._shows(Lane.MATH)
            self.committed.append(self.math + self.timing.math_latency)
        elif isinstance(call, Release):
            if number not in self.free:
                self._took(number, Lane.PACK, Cause.WORK, self.pack, self.timing.release)
                self.pack += self.timing.release
            self._shows(Lane.PACK)
            self.halves.append(self.pack)
        elif self.committed:
            self._wait_pack(number, self.committed.pop(0))

    def _work(self, number: int, price: CallPrice, steps: int) -> None:
        """A call on tiles, in so many steps."""
        unpack, math, pack = (share.cycles / price.tiles for share in price[:3])
        timing = self.timing
        repeats = unpack > 0 and self.steps is None and (not pack or Lane.PACK not in self.leading)
        repeats = repeats and _add_up(unpack, math, pack, timing.unpack_latency, timing.math_latency)
        while steps:
            before = self._distances(pack) if repeats else ()
            self._step(number, unpack, math, pack)
            steps -= 1
            if repeats and steps > 1 and self._distances(pack) == before:
                self._repeat(number, unpack, math, pack, steps)
                return

    def _step(self, number: int, unpack: float, math: float, pack: float) -> None:
        sources = unpack > 0
        if sources:
            # What it reads fills a bank a latency later, and only then the bank has to be free.
            self._wait_unpack(number, self.banks.pop(0) - self.timing.unpack_latency)
            self._took(number, Lane.UNPACK, Cause.WORK, self.unpack, unpack)
            self.unpack += unpack
            self._wait_math(number, self.unpack + self.timing.unpack_latency, Cause.SOURCES)
        self._took(number, Lane.MATH, Cause.WORK, self.math, math)
        self.math += math
        if sources:
            self._shows(Lane.MATH)
            self.banks.append(self.math)
            if pack:
                self._wait_pack(number, self.math + self.timing.math_latency)
        self._took(number, Lane.PACK, Cause.WORK, self.pack, pack)
        self.pack += pack

    def _distances(self, pack: float) -> tuple[float, ...]:
        """From unpack to all else that a step depends on."""
        others = [self.math, *self.banks, *([self.pack] if pack else [])]
        return tuple([each - self.unpack for each in others])

    def _repeat(self, number: int, unpack: float, math: float, pack: float, steps: int) -> None:
        """So many steps, each of which takes what the first of them takes: nothing but the time changes."""
        start, parts = self.unpack, dict(self.parts)
        self._step(number, unpack, math, pack)
        left = steps - 1
        for key, cycles in self.parts.items():
            self.parts[key] += left * (cycles - parts.get(key, 0.0))
        later = left * (self.unpack - start)
        self.unpack += later
        self.math += later
        self.banks = [each + later for each in self.banks]
        if pack:
            self.pack += later

    def _configure(self, number: int, price: CallPrice) -> None:
        self._took(number, Lane.UNPACK, Cause.WORK, self.unpack, price.unpack.cycles)
        self._took(number, Lane.MATH, Cause.WORK, self.math, price.math.cycles)
        self._took(number, Lane.PACK, Cause.WORK, self.pack, price.pack.cycles)
        self.unpack += price.unpack.cycles
        self.math += price.math.cycles
        self.pack += price.pack.cycles

    def _took(self, number: int, lane: Lane, cause: Cause, start: float, cycles: float) -> None:
        if not cycles:
            return
        self.parts[number, lane, cause] += cycles
        if cause is Cause.WORK and (lead := self.leading.get(lane)):
            lead.work(number, cycles)
        if self.steps is not None:
            self.steps.append(Step(number, lane, cause, start, start + cycles))

    def _wait_unpack(self, number: int, until: float) -> None:
        if until > self.unpack:
            self._took(number, Lane.UNPACK, Cause.SOURCES, self.unpack, until - self.unpack)
            self.unpack = until

    def _wait_math(self, number: int, until: float, cause: Cause) -> None:
        if until > self.math:
            if lead := self.leading.pop(Lane.MATH, None):
                lead.wait(number, cause, until)
            else:
                self._took(number, Lane.MATH, cause, self.math, until - self.math)
            self.math = until

    def _wait_pack(self, number: int, until: float) -> None:
        if until > self.pack:
            if lead := self.leading.pop(Lane.PACK, None):
                lead.wait(number, Cause.DST, until)
            else:
                self._took(number, Lane.PACK, Cause.DST, self.pack, until - self.pack)
            self.pack = until

    def _shows(self, lane: Lane) -> None:
        """Others go by when the lane is done. If it has not waited before, they see for how long it has rested."""
        if lane in self.leading:
            del self.leading[lane]
