"""
What `ttlang profile` costs on this machine beside a run of the same script with the fast arithmetic, for each example.
Prints a table of processor time, the least of several runs; judges nothing.

"run" and "profile" are commands in a process that is warm: the script, with compilation. "whole run" and "whole
profile" are the same as a user has them, each in a process of its own, which loads torch as well.

    python benchmarks/profiling.py [--runs 3] [--whole] [NAME...]
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from measurements import EXAMPLES

from ttlang.tools.cli import main as ttlang

RUN = "run", "--numerics", "fast"
PROFILE = ("profile",)


def in_process(arguments: Sequence[str]) -> float:
    gc.collect()
    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        ttlang(arguments)
    return time.process_time() - start


def in_its_own(arguments: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "ttlang", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cells(measure: Callable[[Sequence[str]], float], path: Path, runs: int) -> tuple[str, float]:
    run, profile = (min(measure((*command, str(path))) for _ in range(runs)) for command in (RUN, PROFILE))
    return f"{run * 1e3:14.0f}{profile * 1e3:14.0f}{profile / run:8.2f}", profile / run


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="examples; all if there are none")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--whole", action="store_true", help="processes of their own as well")
    options = parser.parse_args()
    measures = {"": in_process} | ({"whole ": in_its_own} if options.whole else {})
    print(f"ms of processor time (least of {options.runs})")
    print(f"{'':24}" + "".join(f"{f'{kind}run':>14}{f'{kind}profile':>14}{'ratio':>8}" for kind in measures))
    ratios: list[tuple[float, ...]] = []
    for path in sorted(EXAMPLES.glob("*.py")):
        if not options.names or path.stem in options.names:
            found = [cells(measure, path, options.runs) for measure in measures.values()]
            ratios.append(tuple(ratio for _, ratio in found))
            print(f"{path.stem:24}" + "".join(text for text, _ in found), flush=True)
    print(f"{'largest':24}" + "".join(f"{max(column):36.2f}" for column in zip(*ratios, strict=True)))


if __name__ == "__main__":
    main()
