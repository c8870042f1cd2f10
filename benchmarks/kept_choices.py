"""
What it costs a new process to find the configuration of a call that was tuned before, from a cold start of the store:
milliseconds of processor time, the median of several processes, beside what every call imports. Prints a table; judges
nothing.

    python benchmarks/kept_choices.py [--configurations 300] [--runs 7]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from statistics import median
from typing import Any

PARTS = ("imports", "versions", "fingerprint", "choice", "all")


def look_up() -> dict[str, float]:
    """What a call does: each part by its seconds."""
    from measurements import example

    from ttlang.driver.dependencies import record
    from ttlang.driver.loading import load_compiler

    kernel, tensors = example("matmul_multicore")
    load_compiler()
    record(kernel.function, [])
    marks = [time.process_time()]
    from ttlang.driver.tuning import store, tuned_choices

    marks.append(time.process_time())
    from ttlang.driver.tuning.versions import compiler_version, cost_version

    compiler_version(), cost_version()
    marks.append(time.process_time())
    problem = problem_of(kernel, tensors)
    marks.append(time.process_time())
    choices = list(tuned_choices.kept_choices(problem, order, store.own_store(), kernel.function.__code__.co_filename))
    marks.append(time.process_time())
    assert [choice.values for choice in choices] == [(("bm", 7), ("bn", 0))]
    times = [end - start for start, end in pairwise(marks)]
    return dict(zip(PARTS, [*times, sum(times)], strict=True))


def problem_of(kernel: Any, tensors: Any) -> Any:
    from ttlang.driver.tuning.argument_texts import argument_texts
    from ttlang.driver.tuning.fingerprint import fingerprints
    from ttlang.driver.tuning.records import Problem
    from ttlang.driver.tuning.versions import compiler_version

    texts = argument_texts(dict(zip("abc", tensors, strict=True)))
    numbers = fingerprints(kernel.function, (), ())
    assert numbers is not None
    return Problem(kernel.__name__, "", *numbers, texts, "wormhole_b0", "", "0.81", compiler_version())


def order(values: Any) -> tuple[int, ...]:
    return tuple([value for _, value in values])


def fill(configurations: int) -> None:
    """A store in which every configuration has a program of its own."""
    from measurements import example

    from ttlang.driver.tuning.records import Found, Lowered, program_digest
    from ttlang.driver.tuning.store import own_store

    problem, results = problem_of(*example("matmul_multicore")), own_store()
    outcomes = {}
    for number in range(configurations):
        program = program_digest(str(number))
        outcomes[("bm", number % 10), ("bn", number // 10)] = Lowered(program)
        results.add_found(program, problem.chip, Found(100.0, 1000.0 + abs(number - 7), 4096))
    results.add(problem, outcomes, tuned=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--configurations", type=int, default=300)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--look-up", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.look_up:
        print(json.dumps(look_up()))
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TTLANG_CACHE"] = folder
        fill(options.configurations)
        runs = [
            json.loads(
                subprocess.run([sys.executable, __file__, "--look-up"], stdout=subprocess.PIPE, check=True).stdout
            )
            for _ in range(options.runs)
        ]
    print(f"| configurations | {' | '.join(PARTS)} |\n|{' ---: |' * (len(PARTS) + 1)}")
    cells = [f"{1000 * median(run[part] for run in runs):.1f}" for part in PARTS]
    print(f"| {options.configurations} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
