"""
How near `CompiledKernel.least_cycles` comes to what `predict` says, and what both cost on this machine, warm: for the
first kernel of each example, and for products of 2048x2048x2048 on 8x8 cores. Prints a table; judges nothing. Times are
milliseconds of processor time, the least of several runs: to make the kernel ready to run, which both need once, and of
each alone.

    python benchmarks/least_cycles.py [--runs 3] [NAME...]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from predict import calls

from ttlang.diagnostics import DiagnosticError


def milliseconds(runs: int, work: Callable[[], object]) -> float:
    """The least of so many runs."""
    return min(_once(work) for _ in range(runs)) * 1e3


def _once(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def row(kernel: Any, arguments: Sequence[Any], runs: int) -> str:
    compiled = kernel.compile(*arguments)
    numbers = [0 for _ in compiled.program.runtime_arguments]  # The example that has some depends on data, too.
    cycles, least = compiled.predict(numbers).cycles, compiled.least_cycles(numbers)
    ready = milliseconds(runs, lambda: replace(compiled).simulation)
    bound = milliseconds(runs, lambda: compiled.least_cycles(numbers))
    whole = milliseconds(runs, lambda: compiled.predict(numbers).cycles)
    return f"{least:12.1f}{cycles:12.1f}{least / cycles:11.0%}{ready:11.1f}{bound:11.1f}{whole:11.1f}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="examples; all, and the products, if there are none")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(f"cycles, and ms of processor time (least of {options.runs})")
    heads = "".join(f"{part:>11}" for part in ("share", "ready", "least", "predict"))
    print(f"{'':32}{'least':>12}{'predicted':>12}{heads}")
    with contextlib.redirect_stdout(io.StringIO()):
        found = list(calls(options.names))
    for title, (kernel, arguments) in found:
        try:
            print(f"{title:32}{row(kernel, arguments, options.runs)}", flush=True)
        except DiagnosticError as error:
            print(f"{title:32}{error.diagnostics[0].code:>12}", flush=True)


if __name__ == "__main__":
    main()
