"""
What `predict` costs on this machine, warm: for the first kernel of each example, and for products of 2048x2048x2048 on
8x8 cores. Prints a table; judges nothing. The columns are milliseconds of processor time, the least of several runs;
the last one has how much of the work on tiles has costs that are known: measured, computed, interpolated, or measured
on the other chip and scaled.

    python benchmarks/predict.py [--runs 7] [--unknown] [NAME...]

`--unknown` tells below each row which calls the rest is of, and on which processor: derived, or assumed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matrices
import measurements
import simulated_kernels

from ttlang import ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.machine.clock.line_times import PricedWork
from ttlang.tables.chips.costs import Kind

Call = tuple[Any, Sequence[Any]]
PARTS = ("recording", "clock", "lines")


def matrix_product(make: Callable[..., Any], *arguments: object) -> Call:
    device, size = ttnn.open_device(device_id=0), 2048
    dtypes = ttnn.bfloat16, ttnn.bfloat16, ttnn.float32
    tensors = [ttnn.zeros((size, size), dtype=each, layout=ttnn.TILE_LAYOUT, device=device) for each in dtypes]
    return make(*arguments, size=size), tensors


def calls(names: Sequence[str]) -> Iterator[tuple[str, Call]]:
    for path in sorted(measurements.EXAMPLES.glob("*.py")):
        if not names or path.stem in names:
            yield path.stem, measurements.example(path.stem)
    for inner in (8, 2):
        if not names:
            title = f"multicast 2048, K in {64 // inner} blocks"
            yield title, matrix_product(matrices.make_multicast_matmul, 8, inner, (8, 8))
    if not names:
        yield "matmul 2048, each core reads", matrix_product(simulated_kernels.make_matmul, 8, (8, 8))


@contextmanager
def timed(least: dict[str, float], part: str) -> Iterator[None]:
    start = time.process_time()
    yield
    least[part] = min(least.get(part, float("inf")), time.process_time() - start)


def row(kernel: Any, arguments: Sequence[Any], runs: int, *, tells_unknown: bool) -> str:
    least: dict[str, float] = {}
    whole, wall, cycles = [], [], 0.0
    prediction = kernel.predict(*arguments)
    for _ in range(runs):
        used, clock = time.process_time(), time.perf_counter()
        with timed(least, "recording"):
            prediction = kernel.predict(*arguments)
        with timed(least, "clock"):
            cycles = prediction.cycles
        with timed(least, "lines"):
            _ = prediction.lines
        whole.append(time.process_time() - used)
        wall.append(time.perf_counter() - clock)
    seconds = *(least[part] for part in PARTS), min(whole), min(wall)
    text = f"{cycles:12.1f}" + "".join(f"{each * 1e3:11.1f}" for each in seconds) + _known(prediction.sources)
    return "\n    ".join([text, *(_unknown(list(prediction.work)) if tells_unknown else ())])


def _known(sources: Mapping[Kind, float]) -> str:
    """The share of cycles whose costs are known."""
    known = sum(cycles for kind, cycles in sources.items() if kind.is_known)
    return f"{known / sum(sources.values()):11.0%}" if sources else f"{'–':>11}"


def _unknown(work: Sequence[PricedWork]) -> Iterator[str]:
    """The calls whose costs are not, and their shares of all cycles, the largest first."""
    every = sum(each.cycles for each in work)
    found: defaultdict[tuple[str, str, str], float] = defaultdict(float)
    for each in work:
        if not each.kind.is_known:
            found[each.call, each.lane, each.kind] += each.cycles
    for (call, lane, kind), cycles in sorted(found.items(), key=lambda item: -item[1]):
        yield f"{cycles / every:6.1%} {call}, {lane}: {kind}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="examples; all, and the products, if there are none")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--unknown", action="store_true", help="tell of which calls the costs are not known")
    options = parser.parse_args()
    print(f"predict, ms of processor time (least of {options.runs})")
    print(f"{'':32}{'cycles':>12}" + "".join(f"{part:>11}" for part in (*PARTS, "whole", "by wall", "known")))
    with contextlib.redirect_stdout(io.StringIO()):
        found = list(calls(options.names))
    for title, (kernel, arguments) in found:
        try:
            told = row(kernel, arguments, options.runs, tells_unknown=options.unknown)
            print(f"{title:32}{told}", flush=True)
        except DiagnosticError as error:
            print(f"{title:32}{error.diagnostics[0].code:>12}", flush=True)


if __name__ == "__main__":
    main()
