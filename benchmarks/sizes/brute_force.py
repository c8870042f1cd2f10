"""
What plain calls of random kernels choose, beside brute force. Of each problem every configuration is compiled: the one
that is chosen has to be among those that compile, its `largest` sizes the greatest ones for its other values, and,
where all that can be chosen costs less than the budget of a plain call, it takes the fewest cycles at least.

    python benchmarks/sizes/brute_force.py [--problems 500] [--kernels 2000] [--seed 0]

`--kernels`: so many smaller ones are run instead, and compared with numpy; none may be refused that has room.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import traceback
from pathlib import Path

from problem_checks import chosen_beside_brute_force, nothing_kept, run_beside_numpy
from random_problems import Problem, problem

from ttlang.driver.loading import load_compiler, load_simulator


def finding(made: Problem, number: int, folder: Path, *, runs: bool) -> str | None:
    """What is wrong, if anything is; a crash is a finding, too."""
    try:
        return run_beside_numpy(made, folder, number) if runs else chosen_beside_brute_force(made, folder)
    except Exception:
        return traceback.format_exc()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--problems", type=int, default=500)
    parser.add_argument("--kernels", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0, help="the number of the first one")
    options = parser.parse_args()
    load_compiler()
    load_simulator()
    runs = options.kernels > 0
    count, most = (options.kernels, 4) if runs else (options.problems, 24)
    wrong, configurations, started = 0, 0, time.process_time()
    for number in range(options.seed, options.seed + count):
        made = problem(number, most=most)
        configurations += len(made.configurations())
        with tempfile.TemporaryDirectory() as folder, nothing_kept():
            if (found := finding(made, number, Path(folder), runs=runs)) is not None:
                wrong += 1
                print(f"problem {number}: {found}\n{made.text}", flush=True)
    spent = time.process_time() - started
    print(f"{count} problems from {options.seed} on, {configurations} configurations, {spent:.0f} s: {wrong} wrong")


if __name__ == "__main__":
    main()
