"""
What to change in a kernel, by what it gains: each by another run of the clock, with the change made in its record of
the program where that can be, or with a part of the chip free, which then is the most that it can gain.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.machine.clock.ledger import Call, Cause, Lane
from ttlang.machine.clock.line_times import LineTime
from ttlang.machine.faults import count_of
from ttlang.machine.program_info import BufferInfo, ProgramInfo
from ttlang.profiler.document import NO_LINE, Advice, Line, WhatIf
from ttlang.profiler.noc_advice import noc_advice
from ttlang.profiler.reruns import MOST_CALLS, Reruns
from ttlang.profiler.what_if import busy_cycles
from ttlang.tables.fidelities import FIDELITIES

WORTH = 0.02
"""The share of a kernel below which nothing is said."""
ENOUGH = 0.9
"""The share of what twice as many blocks gain, from where on one more is enough."""
MANY_TIMES = 1.5
"""How often pages are read in the mean, from where on that is said."""


def advice(
    reruns: Reruns,
    timed: Sequence[LineTime],
    lines: Sequence[Line],
    gains: Sequence[WhatIf],
    ways: Sequence[Advice],
) -> list[Advice]:
    """What is worth a word, the greatest gain first. `ways`: what `noc_advice` says."""
    prediction, by_name = reruns.prediction, {each.what: each.gain for each in gains}
    found = [
        *ways,
        *_deeper_buffers(reruns, timed),
        *_lower_fidelity(reruns, timed, by_name),
        *_repeated_reads(prediction, by_name),
        *_lone_transfers(timed, lines, by_name),
        *_balance(prediction, by_name),
        *_dearest_line(lines),
    ]
    least = WORTH * prediction.cycles
    return sorted((each for each in found if each.gain >= least), key=lambda each: -each.gain)


def plan_advice(prediction: Prediction) -> list[Advice]:
    """What more blocks of a buffer would gain, or the other NOC, where that is worth a word, the most first."""
    reruns = Reruns(prediction, MOST_CALLS)
    least = WORTH * prediction.cycles
    found = (*noc_advice(reruns), *_deeper_buffers(reruns, ()))
    return sorted((each for each in found if each.gain >= least), key=lambda each: -each.gain)


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole if whole else 0:.0f} %"


def _deeper_buffers(reruns: Reruns, timed: Sequence[LineTime]) -> Iterator[Advice]:
    """
    More blocks for a buffer that is full while its producer waits, as far as L1 has room: twice as many, or one. What
    the kernel gains beside that, where its reads then begin ahead, is not in its record.
    """
    program, least = reruns.prediction.simulation.program, WORTH * reruns.prediction.cycles
    for buffer, pages in _full_buffers(reruns.prediction).items():
        blocks = buffer.pages // pages
        most = min(2 * blocks, blocks + _free_bytes(program) // (pages * buffer.page_bytes))
        if most <= blocks:
            continue
        count, gain = most, _gain_of_pages(reruns, buffer, most * pages)
        if gain is None:
            return
        if gain >= least and most > blocks + 1:
            fewer = _gain_of_pages(reruns, buffer, (blocks + 1) * pages)
            if fewer is not None and fewer >= ENOUGH * gain:
                count, gain = blocks + 1, fewer
        line = next((n for n, each in enumerate(timed) if buffer.span and each.line == buffer.span.line), NO_LINE)
        yield Advice(
            f"give {buffer.name} {count_of(count, 'block')} instead of {blocks}: block_count={count}",
            f"so the kernel takes {gain:.0f} cycles less, {_share(gain, reruns.prediction.cycles)}, "
            f"for {(count - blocks) * pages * buffer.page_bytes} bytes more of L1",
            line,
            gain,
        )


def _gain_of_pages(reruns: Reruns, buffer: BufferInfo, pages: int) -> float | None:
    """Of a buffer of so many pages in the place of one."""
    program = reruns.prediction.simulation.program
    larger = replace(buffer, pages=pages)
    return reruns.gain(replace(program, buffers=tuple(larger if each is buffer else each for each in program.buffers)))


def _free_bytes(program: ProgramInfo) -> int:
    """Of the L1 of a core, beside buffers and tensors."""
    chip = program.architecture
    ends = (buffer.address + buffer.total_bytes for buffer in program.buffers if buffer.backing is None)
    buffers = max(ends, default=chip.l1_buffer_base) - chip.l1_buffer_base
    return max(chip.l1_budget - buffers - sum(tensor.l1_bytes for tensor in program.tensors), 0)


def _full_buffers(prediction: Prediction) -> dict[BufferInfo, int]:
    """
    Those whose room is waited for as long as is worth a word, on some core, and the pages that are waited for at once.
    Not those whose size others decide: they lie on a tensor, or with others in one place.
    """
    waited: Counter[tuple[int, Call]] = Counter()
    for entry in prediction.time.ledger.entries():
        if entry.cause is Cause.ROOM:
            waited[entry.core, entry.call] += round(entry.cycles)
    least = WORTH * prediction.cycles
    calls = {call for (_, call), cycles in waited.items() if cycles >= least}
    program = prediction.simulation.program
    found: dict[int, int] = {}
    for recorded in prediction.recorded:
        kernel = program.kernels.index(recorded.thread.kernel.info)
        for name, arguments in recorded.calls:
            if name == "cb_reserve_back" and (kernel, arguments[-1]) in calls:
                number, pages = arguments[0], arguments[1]
                found[number] = max(found.get(number, 1), pages)
    full = ((program.buffers[number], pages) for number, pages in sorted(found.items()))
    return {buffer: pages for buffer, pages in full if buffer.backing is None and buffer.group is None}


def _lower_fidelity(reruns: Reruns, timed: Sequence[LineTime], gains: Mapping[str, float]) -> Iterator[Advice]:
    """Where the work of math is worth anything at all."""
    program, cycles = reruns.prediction.simulation.program, reruns.prediction.cycles
    if gains.get("math", 0.0) < WORTH * cycles:
        return
    for name in FIDELITIES[: FIDELITIES.index(program.fidelity)]:
        gain = reruns.gain(replace(program, fidelity=name))
        if gain is None or gain < WORTH * cycles:
            # With more bits, it gains less.
            return
        line = max(range(len(timed)), key=lambda n: timed[n].work.get(Lane.MATH, 0.0), default=NO_LINE)
        yield Advice(
            f'math_fidelity="{name}", if its bits are enough',
            f"with {name} instead of {program.fidelity} the kernel takes {_share(gain, cycles)} less",
            line,
            gain,
        )


def _repeated_reads(prediction: Prediction, gains: Mapping[str, float]) -> Iterator[Advice]:
    """Pages that several cores read, or one several times."""
    reads: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for recorded in prediction.recorded:
        for name, arguments in recorded.calls:
            if name == "noc_async_read_page":
                reads[arguments[1].name][arguments[0]] += 1
            elif name == "noc_async_read_pages":
                reads[arguments[1].name].update(arguments[0] + page for page in arguments[3].pages.tolist())
            elif name == "noc_async_read_run" and (run := arguments[1].run(arguments[0], arguments[3])):
                reads[arguments[1].name].update(run[0] + page for page in run[1].pages.tolist())
    times = {tensor: pages.total() / len(pages) for tensor, pages in reads.items()}
    often = {tensor: each for tensor, each in times.items() if each >= MANY_TIMES}
    if often and "dram" in gains:
        read = ", ".join(f"of {tensor} {each:.3g} times" for tensor, each in often.items())
        yield Advice(
            f"read {', '.join(often)} less often: larger blocks, or a core that reads and sends to others by a pipe",
            f"pages are read more than once in the mean, those {read}; with DRAM of any bandwidth the kernel takes "
            f"{gains['dram']:.0f} cycles less",
            NO_LINE,
            gains["dram"],
        )


def _lone_transfers(timed: Sequence[LineTime], lines: Sequence[Line], gains: Mapping[str, float]) -> Iterator[Advice]:
    """A line that waits for the last byte of each transfer."""
    waiting = [n for n, each in enumerate(timed) if each.waits.get(Cause.DRAM, 0.0) + each.waits.get(Cause.NOC, 0.0)]
    if not waiting or "latency" not in gains:
        return
    most = max(waiting, key=lambda n: timed[n].waits.get(Cause.DRAM, 0.0) + timed[n].waits.get(Cause.NOC, 0.0))
    waited = timed[most].waits.get(Cause.DRAM, 0.0) + timed[most].waits.get(Cause.NOC, 0.0)
    yield Advice(
        "have more under way before the wait: larger blocks, several copies that share it, or buffers of three blocks, "
        "which a loop reads a turn ahead",
        f"{lines[most].thread}, line {lines[most].line}, waits {waited:.0f} cycles for bytes that are under way; "
        f"without the latency of NOC and DRAM the kernel takes {gains['latency']:.0f} cycles less",
        most,
        gains["latency"],
    )


def _balance(prediction: Prediction, gains: Mapping[str, float]) -> Iterator[Advice]:
    if "imbalance" not in gains:
        return
    busy = busy_cycles(prediction.time).values()
    yield Advice(
        "give all cores as much to do",
        f"of {len(busy)} cores, the busiest works {max(busy):.0f} cycles, the mean is {sum(busy) / len(busy):.0f}, the "
        f"least {min(busy):.0f}; if all worked as long as the mean, the kernel would take {gains['imbalance']:.0f} "
        "cycles less",
        NO_LINE,
        gains["imbalance"],
    )


def _dearest_line(lines: Sequence[Line]) -> Iterator[Advice]:
    gained = [(line.gain, n) for n, line in enumerate(lines) if line.gain is not None]
    if not gained:
        return
    gain, most = max(gained, key=lambda each: each[0])
    line = lines[most]
    worked = ", ".join(f"{lane} {cycles:.0f}" for lane, cycles in line.work.items())
    yield Advice(
        f"begin with {line.thread}, line {line.line}: no other is worth as much",
        f"it works {worked or 'no'} cycles; if it took no time, the kernel would take {gain:.0f} cycles less",
        most,
        gain,
    )
