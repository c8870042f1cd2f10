"""
Chains of functions on tiles in L1 (`perflab.csv`, P13), whose parts are timed on each of the three compute processors.

What the descriptions leave open is chosen here: HiFi4, bfloat16, one tile a section. Inits come once, but for those
of functions in a chain of several, which come for each tile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from perflab_rows import NotToldError, Told
from written_compute import Compute

from ttlang.machine.clock.ledger import Lane
from ttlang.machine.program_info import BufferInfo

LANES = {"unpack": Lane.UNPACK, "math": Lane.MATH, "pack": Lane.PACK}


def zone(told: Told) -> float:
    """What a processor takes from the end of its part before to the end of the part that is named."""
    scenario, way = told.variant.split(",")[0].split()[:2]
    phases = _PHASES.get((scenario, "fused" if scenario == "fpu_sfpu" and way == "dstreuse" else way))
    lane = re.search(r"(\w+) thread", told.variant)
    if not phases or not lane:
        raise NotToldError(told.variant)
    phase = re.search(r"phase (\w+)", told.variant)
    place = list(phases).index(phase[1]) if phase and phase[1] in phases else len(phases) - 1
    before, after = (_end(told, list(phases.values())[:count], LANES[lane[1]]) for count in (place, place + 1))
    return told.nanoseconds(told.program(), after - before)


Phase = Callable[[Compute, Sequence[BufferInfo], int], None]


def _end(told: Told, phases: Sequence[Phase], lane: Lane) -> float:
    """When a processor is done with the first parts."""
    tiles = told.number(r"(\d+) tiles")
    program = told.program()
    x, y, *others = buffers = [program.buffer(tiles) for _ in range(5)]
    compute = program.compute()
    for buffer in (x, y):
        compute.reserve(buffer, tiles)
        compute.push(buffer, tiles)
    compute.startup(x, y, others[-1])
    for phase in phases:
        phase(compute, buffers, tiles)
    return program.lane_end(lane)


def _chain(
    sources: tuple[int, ...],
    target: int,
    functions: tuple[str, ...],
    compute: Compute,
    buffers: Sequence[BufferInfo],
    tiles: int,
) -> None:
    """Copies of tiles of each source, functions, and a pack; the numbers are those of buffers."""
    out = buffers[target]
    for source in sources:
        compute.wait(buffers[source], tiles)
    compute.reserve(out, tiles)
    compute.copy_init(buffers[sources[0]])
    if len(functions) == 1:
        compute.apply_init(functions[0])
    for _ in range(tiles):
        with compute.section():
            for source in sources:
                compute.copy(buffers[source])
            for function in functions:
                if len(functions) > 1:
                    compute.apply_init(function)
                compute.apply(function)
        with compute.packed():
            compute.pack(out)
    compute.push(out, tiles)
    for source in sources:
        if source > 1:
            compute.pop(buffers[source], tiles)


def _product(target: int, compute: Compute, buffers: Sequence[BufferInfo], tiles: int) -> None:
    """The FPU multiplies what an earlier part made."""
    made, other, out = buffers[2], buffers[1], buffers[target]
    compute.wait(made, tiles)
    compute.wait(other, tiles)
    compute.reserve(out, tiles)
    compute.binary_init("mul", made, other)
    for _ in range(tiles):
        with compute.section():
            compute.binary("mul", made, other)
        with compute.packed():
            compute.pack(out)
    compute.push(out, tiles)
    compute.pop(made, tiles)


def _reused(target: int, compute: Compute, buffers: Sequence[BufferInfo], tiles: int) -> None:
    """The FPU multiplies what is in DST."""
    x, other, out = buffers[0], buffers[1], buffers[target]
    compute.wait(x, tiles)
    compute.wait(other, tiles)
    compute.reserve(out, tiles)
    for _ in range(tiles):
        with compute.section():
            compute.copy_init(x)
            compute.copy(x)
            compute.apply_init("sqrt")
            compute.apply("sqrt")
            compute.reuse_init("mul", other)
            compute.reuse("mul", other)
        with compute.packed():
            compute.pack(out)
    compute.push(out, tiles)


def _row_sum(
    target: int, functions: tuple[str, ...], compute: Compute, buffers: Sequence[BufferInfo], tiles: int
) -> None:
    x, scaler, out = buffers[0], buffers[1], buffers[target]
    compute.source_formats(scaler, x)
    compute.packer_format(out)
    compute.reduce_init("sum", "row", x, scaler)
    compute.wait(scaler, 1)
    compute.wait(x, tiles)
    compute.reserve(out, 1)
    with compute.section():
        compute.reduce("sum", "row", x, scaler, tiles)
        for function in functions:
            compute.apply_init(function)
            compute.apply(function)
    with compute.packed():
        compute.pack(out)
    compute.push(out, 1)
    compute.reduce_uninit()


def _reciprocal(compute: Compute, buffers: Sequence[BufferInfo], _tiles: int) -> None:
    _chain((2,), 4, ("recip",), compute, buffers, 1)


_SQRT: Phase = partial(_chain, (0,), 2, ("sqrt",))
_PHASES: dict[tuple[str, str], dict[str, Phase]] = {
    ("sfpu_chain", "unfused"): {
        "sqrt": _SQRT,
        "add": partial(_chain, (2, 1), 3, ("add",)),
        "exp": partial(_chain, (3,), 4, ("exp",)),
    },
    ("sfpu_chain", "fused"): {"fused": partial(_chain, (0, 1), 4, ("sqrt", "add", "exp"))},
    ("fpu_sfpu", "unfused"): {"sqrt": _SQRT, "mul": partial(_product, 4)},
    ("fpu_sfpu", "fused"): {"fused": partial(_reused, 4)},
    ("fpu_sfpu", "sfpu"): {"fused": partial(_chain, (0, 1), 4, ("sqrt", "mul"))},
    ("reduce_recip", "unfused"): {"reduce": partial(_row_sum, 2, ()), "recip": _reciprocal},
    ("reduce_recip", "fused"): {"fused": partial(_row_sum, 4, ("recip",))},
}
"""The parts of each scenario, in their order, by the way in which it is done."""


EXPERIMENTS: dict[str, Callable[[Told], float]] = {"P13": zone}
