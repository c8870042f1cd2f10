"""A prediction as the profile of a kernel: lines, threads, cores, and how well the chip is used."""

from __future__ import annotations

import linecache
from collections import Counter, defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.machine.clock.ledger import Call, Cause, Lane
from ttlang.machine.clock.line_times import LineTime, line_times
from ttlang.machine.clock.program_clock import ProgramTime
from ttlang.machine.clock.recorded_calls import Piece
from ttlang.machine.compute.calls.matmul import Matmul
from ttlang.machine.program_info import ProgramInfo
from ttlang.profiler import document
from ttlang.profiler.advice import advice
from ttlang.profiler.critical_path import critical_path_of
from ttlang.profiler.lanes import NO_PICTURES, pictures
from ttlang.profiler.noc_advice import noc_advice
from ttlang.profiler.reruns import MOST_CALLS, Reruns
from ttlang.profiler.what_if import bound_of, what_ifs
from ttlang.settings.collection import lasting
from ttlang.tables.chips.costs import Kind
from ttlang.tables.fidelities import PHASES

_WORTH_TRYING = 0.01
"""The share of a kernel that a line must have of the critical path, that its gain is looked for."""


@lasting()
def profile_kernel(
    prediction: Prediction,
    *,
    calls: int = 1,
    from_run: bool = False,
    failed: bool = False,
    core: tuple[int, int] | None = None,
    most_calls: float = MOST_CALLS,
    over_time: bool = True,
) -> document.Kernel:
    """
    The profile of a kernel that a script calls so often. `from_run`: its calls come from a run with data; `failed`: the
    run has ended early. Lines are means over all cores, or those of one `core`. `most_calls`: what further runs of the
    clock may go through. `over_time`: whether it is to have lanes and buffers over time, which tables do without.
    """
    time, program = prediction.time, prediction.simulation.program
    cores = frozenset[int]() if core is None else frozenset({program.core_at(*core)})
    made = call_counts(prediction)
    timed = line_times(time, prediction.simulation.kernels, cores or None)
    numbers = {call: number for number, line in enumerate(timed) for call in line.calls}
    path = critical_path_of(prediction, lambda call: numbers.get(call, document.NO_LINE))
    reruns = Reruns(prediction, most_calls)
    gains = what_ifs(reruns, kept=reruns.left // 2)
    ways = noc_advice(reruns)  # before lines, which take as many runs as there are
    lines = _lines(reruns, timed, made, path)
    utilisation, roofline = _use(prediction, made)
    drawn = NO_PICTURES
    if over_time:
        drawn = pictures(prediction, lambda call: numbers.get(call, document.NO_LINE), cores)
    kinds, timing = prediction.sources, program.architecture.timing()
    return document.Kernel(
        kernel=program.name,
        chip=program.architecture.title,
        columns=program.columns,
        rows=program.rows,
        calls=calls,
        megahertz=timing.megahertz,
        cycles=time.cycles,
        microseconds=time.microseconds,
        complete=not failed and not time.stopped,
        from_run=from_run,
        bound=bound_of(gains, time.cycles),
        utilisation=utilisation,
        roofline=roofline,
        sources={str(kind): kinds.get(kind, 0.0) / max(sum(kinds.values()), 1.0) for kind in Kind},
        what_if=tuple(gains),
        advice=tuple(advice(reruns, timed, lines, gains, ways)),
        threads=tuple(_threads(time)),
        lines=tuple(lines),
        cores=tuple(_cores(time)),
        critical_path=path,
        lanes=drawn.lanes,
        fills=drawn.fills,
        links=tuple(document.LinkLoad(*link, cycles) for link, cycles in sorted(time.network.link_load().items())),
        dram=tuple(
            document.BankLoad(bank, timing.noc.dram_nodes[0][bank], cycles)
            for bank, cycles in enumerate(time.network.bank_load)
        ),
        files={file: tuple(linecache.getlines(file)) for file in dict.fromkeys(line.file for line in timed) if file},
    )


def call_counts(prediction: Prediction) -> Counter[Call]:
    """How often each call is made, over all cores."""
    kernels = prediction.simulation.program.kernels
    made: Counter[Call] = Counter()
    for recorded in prediction.recorded:
        kernel = kernels.index(recorded.thread.kernel.info)
        pieces: Counter[int] = Counter()
        known: dict[int, Piece] = {}
        for name, arguments in recorded.calls:
            if name:
                made[kernel, arguments[-1]] += 1
            else:
                pieces[id(arguments[0])] += 1
                known[id(arguments[0])] = arguments[0]
        for key, times in pieces.items():
            for node in known[key].nodes:
                assert node.nest is not None
                made[kernel, node.nest.number] += times * node.nest.trips
    return made


def _lines(
    reruns: Reruns, timed: Sequence[LineTime], made: Counter[Call], path: document.CriticalPath
) -> list[document.Line]:
    cycles = reruns.prediction.cycles or 1.0
    places = {line.place: number for number, line in enumerate(timed)}
    on_path: defaultdict[int, float] = defaultdict(float)
    for part in path.parts:
        on_path[part.line] += part.cycles
    tried = [number for number in range(len(timed)) if on_path[number] >= _WORTH_TRYING * cycles]
    gains = {number: reruns.gain(free=timed[number].calls) for number in sorted(tried, key=lambda n: -on_path[n])}
    return [
        document.Line(
            thread=line.thread,
            file=line.file,
            line=line.line,
            text=linecache.getline(line.file, line.line).strip() if line.line else "",
            share=line.cycles / cycles,
            cycles=line.cycles,
            work={str(lane): worked for lane, worked in line.work.items()},
            waits={str(cause): waited for cause, waited in line.waits.items()},
            waits_for=tuple(
                (places[place], waited)
                for place, waited in sorted(line.waits_for.items(), key=lambda each: -each[1])
                if place in places
            ),
            calls=sum(made[call] for call in line.calls),
            cores=line.cores,
            least=line.least,
            most=line.most,
            path=on_path[number],
            gain=gains.get(number),
        )
        for number, line in enumerate(timed)
    ]


def _threads(time: ProgramTime) -> list[document.Thread]:
    lanes: defaultdict[int, defaultdict[Lane, defaultdict[Cause, float]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(float))
    )
    for entry in time.ledger.entries():
        lanes[entry.call[0]][entry.lane][entry.cause] += entry.cycles
    found: list[document.Thread] = []
    for number, kernel in enumerate(time.program.kernels):
        ends = [thread.end for thread in time.threads if thread.kernel == number]
        if ends:
            means = {
                str(lane): {str(cause): cycles / len(ends) for cause, cycles in causes.items()}
                for lane, causes in lanes[number].items()
            }
            kind = "compute" if kernel.is_compute else "data movement"
            found.append(document.Thread(kernel.name, kind, len(ends), min(ends), max(ends), means))
    return found


def _cores(time: ProgramTime) -> list[document.Core]:
    program = time.program
    ends: defaultdict[int, float] = defaultdict(float)
    for thread in time.threads:
        ends[thread.core] = max(ends[thread.core], thread.end)
    work: defaultdict[int, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    waits: defaultdict[int, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for entry in time.ledger.entries():
        if entry.cause is Cause.WORK:
            name = program.kernels[entry.call[0]].name if entry.lane is Lane.MOVE else str(entry.lane)
            work[entry.core][name] += entry.cycles
        else:
            waits[entry.core][str(entry.cause)] += entry.cycles
    return [
        document.Core(program.position(core), time.network.nodes[core], end, dict(work[core]), dict(waits[core]))
        for core, end in sorted(ends.items())
    ]


def _use(prediction: Prediction, made: Counter[Call]) -> tuple[document.Utilisation, document.Roofline]:
    time, program = prediction.time, prediction.simulation.program
    chip, timing = program.architecture, program.architecture.timing()
    products = _products(prediction, made)
    per_product = chip.costs.sections.product_phase * PHASES[program.fidelity]
    cores = len(_computing(time, program)) or 1
    load = time.network.link_load()
    bytes_of_dram = _dram_bytes(prediction)
    peak_bytes = timing.dram.bytes_per_cycle * chip.dram_banks
    cycles = time.cycles or 1.0
    utilisation = document.Utilisation(
        matrix=products * per_product / (cores * cycles),
        dram=bytes_of_dram / (peak_bytes * cycles),
        busiest_bank=max(time.network.bank_load, default=0.0) / cycles,
        busiest_link=max(load.values(), default=0.0) / cycles,
        noc=sum(load.values()) / (max(len(load), 1) * cycles),
    )
    roofline = document.Roofline(
        products=products,
        dram_bytes=bytes_of_dram,
        cycles_of_products=float(products * per_product),
        peak_products=cores / per_product,
        peak_bytes=peak_bytes,
    )
    return utilisation, roofline


def _products(prediction: Prediction, made: Counter[Call]) -> int:
    """Of two tiles, by all calls of the matrix engine."""
    products = 0
    for (kernel, number), times in made.items():
        tree = prediction.simulation.kernels[kernel].tree
        nest = tree.calls.get(number) if tree else None
        if nest is not None and isinstance(nest.call, Matmul):
            products += times * nest.call.rt * nest.call.ct
    return products


def _dram_bytes(prediction: Prediction) -> int:
    """What all transfers to and from tensors in DRAM move."""
    return sum(
        _moved(name, arguments)
        for recorded in prediction.recorded
        for name, arguments in recorded.calls
        if name in _TRANSFERS and arguments[1].info.in_dram
    )


_EXTENTS = ("page", "pages", "run", "shard", "row")
_TRANSFERS = {f"noc_async_{way}_{what}" for way in ("read", "write") for what in _EXTENTS}
"""Of tensors, which are their second argument."""


def _moved(name: str, arguments: tuple[Any, ...]) -> int:
    """Bytes that such a call moves."""
    tensor = arguments[1]
    match name.rpartition("_")[2]:
        case "pages":
            return arguments[3].pages.size * tensor.page_bytes
        case "run":
            return arguments[3] * tensor.info.page_bytes
        case "shard":
            return tensor.shard.count * tensor.page_bytes
        case "row":
            return arguments[4]
        case _:
            return tensor.page_bytes


def _computing(time: ProgramTime, program: ProgramInfo) -> AbstractSet[int]:
    """Cores that have a compute thread."""
    return {thread.core for thread in time.threads if program.kernels[thread.kernel].is_compute}
