"""
Tuning of the examples that leave sizes to be chosen, beside the whole space, of which each configuration is run on the
example's tensors and timed by what its threads did. Of each example: how many configurations there are, and how many
could win; seconds of the processor and by the wall with one worker, from an empty store; configurations a minute, as
tuning goes and with each that could win predicted in full; milliseconds to tune it again; cycles of the configuration
that is predicted to be fastest, by those of the one that is, as timed; the place of that one among the predicted; and
whether several workers find the same. Prints a table; judges nothing.

    python benchmarks/sizes/tuned_examples.py [--arch blackhole] [--workers 2 8] [NAME...]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from problem_checks import nothing_kept

sys.path.append(str(Path(__file__).parents[1]))
from measurements import example

from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.driver.launch import simulate
from ttlang.driver.loading import load_compiler, load_simulator
from ttlang.machine.clock.recorded_calls import CallRecorder

NAMES = ("sized_matmul", "sized_softmax", "sized_mlp", "sized_attention")
HEAD = ("example", "space", "could win", "cpu s", "wall s", "a minute", "all predicted", "again ms", "ratio", "place")


def timed(kernel: Any, tensors: Sequence[Any], values: dict[str, Any]) -> float:
    """Cycles of a run with data."""
    compiled, recorder = kernel.compile(*tensors, **values), CallRecorder()
    simulate(compiled, tensors, (), recorder=recorder)
    return Prediction(compiled.simulation.simulation, recorder.finish()).cycles


def tuned(kernel: Any, tensors: Sequence[Any], **options: Any) -> tuple[Any, float, float]:
    """What tuning finds, seconds of the processor and by the wall."""
    used, wall = time.process_time(), time.perf_counter()
    found = kernel.tune(*tensors, **options)
    return found, time.process_time() - used, time.perf_counter() - wall


def row(name: str, workers: Sequence[int]) -> list[str]:
    kernel, tensors = example(name)
    with nothing_kept():
        found, used, wall = tuned(kernel, tensors, workers=1)
        again = tuned(kernel, tensors, workers=1)[2]
    with nothing_kept():
        everything, predicting, _ = tuned(kernel, tensors, workers=1, predicts_all=True)
    others = []
    for count in workers:
        with nothing_kept():
            others.append(tuned(kernel, tensors, workers=count)[0].to_data() == found.to_data())
    by_prediction = sorted(
        (each.found.cycles, each.order, dict(each.configuration.values))
        for each in everything.candidates
        if each.found.cycles is not None
    )
    cycles = [timed(kernel, tensors, values) for *_, values in by_prediction]
    chosen = [values for *_, values in by_prediction].index(found.values)
    best = min(cycles)
    count = len(found.candidates)
    same = "".join(
        f", {number} workers {'the same' if alike else 'DIFFER'}" for number, alike in zip(workers, others, strict=True)
    )
    print(f"{name}: {found.values}{same}", file=sys.stderr, flush=True)
    return [
        name,
        str(found.count),
        str(len(cycles)),
        f"{used:.1f}",
        f"{wall:.1f}",
        f"{60 * count / used:.0f}",
        f"{60 * count / predicting:.0f}",
        f"{1000 * again:.0f}",
        f"{cycles[chosen] / best:.3f}",
        str(1 + cycles.index(best)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--arch", default="wormhole_b0")
    parser.add_argument("--workers", type=int, nargs="*", default=[2, 8])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"TTLANG_CACHE": folder, "TTLANG_ARCH": options.arch}
        load_compiler()
        load_simulator()
        print(f"| {' | '.join(HEAD)} |\n| --- |{' ---: |' * (len(HEAD) - 1)}")
        for name in options.names:
            print(f"| {' | '.join(row(name, options.workers))} |", flush=True)


if __name__ == "__main__":
    main()
