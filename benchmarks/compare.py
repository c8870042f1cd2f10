"""
`make compare BASE=folder`: this checkout beside another one. Both are measured in alternation, in the same minutes, so
that a ratio means something on a machine that does other things as well. Prints the least processor time of each
measurement, their ratio, that of the medians, and that of the least times by the wall.

    python benchmarks/compare.py /path/to/base [--rounds 5] [--only REGEX] [--stages]
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
from collections import defaultdict
from pathlib import Path

from workers import WHOLES, Seconds, Worker, run

HERE = Path(__file__).parent
_IMPORT_COMPILER = """
from importlib import import_module, util
place = "driver.compiler" if util.find_spec("ttlang.driver.compiler") else "compiler"
import_module(f"ttlang.{place}")
"""
"""Older checkouts have it elsewhere."""
COLD = {
    "import ttl": ("-c", "import ttl"),
    "import the compiler": ("-c", _IMPORT_COMPILER),
    "import ttlang.host": ("-c", "import ttlang.host"),
    "ttlang compile cold_add.py": ("-m", "ttlang.tools.cli", "compile", str(HERE / "cold_add.py")),
    "ttlang compile fused_gelu.py": ("-m", "ttlang.tools.cli", "compile", str(HERE.parent / "examples/fused_gelu.py")),
}  # fmt: skip
"""Whole processes, with Python's own start."""


class Checkout:
    """A checkout, with a process that measures in it."""

    def __init__(self, folder: Path):
        self.folder = folder
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self.environment = environment | {"PYTHONPATH": str(folder)}
        self.seconds: dict[tuple[str, str], list[Seconds]] = defaultdict(list)
        """Of each part of each measurement, one of each round."""
        self.worker = Worker([sys.executable, HERE / "measurements.py"], self.environment)

    def measure(self, name: str) -> None:
        if name in COLD:
            # Python looks for modules in the folder that it runs in before it looks in PYTHONPATH.
            self.seconds[name, "whole"].append(run([sys.executable, *COLD[name]], self.environment, self.folder))
            return
        for part, seconds in self.worker.measure(name).items():
            self.seconds[name, part].append(seconds)

    def least(self, key: tuple[str, str], clock: int) -> float:
        return min(seconds[clock] for seconds in self.seconds[key])

    def median(self, key: tuple[str, str]) -> float:
        return statistics.median(seconds[0] for seconds in self.seconds[key])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=Path, help="the folder of the other checkout")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="measurements whose names have a match of this regular expression")
    parser.add_argument("--stages", action="store_true", help="show each stage of a compilation, not its whole alone")
    options = parser.parse_args()
    base, this = Checkout(options.base.resolve()), Checkout(HERE.parent)
    print(f"{'':60}{'base, ms':>10}{'now, ms':>10}{'ratio':>8}{'median':>8}{'wall':>8}")
    for name in (*COLD, *this.worker.names):
        if re.search(options.only, name):
            compare(name, base, this, options.rounds, stages=options.stages)


def compare(name: str, base: Checkout, this: Checkout, rounds: int, *, stages: bool) -> None:
    """Measures and prints one line, or one of each stage."""
    for turn in range(rounds + 1):
        for checkout in (base, this) if turn % 2 else (this, base):
            checkout.measure(name)
            if turn == 0:
                # Bytecode, caches and first calls.
                checkout.seconds.clear()
    for key in base.seconds:
        part = key[1]
        if key not in this.seconds or not (stages or part in WHOLES):
            continue
        before, now = base.least(key, 0), this.least(key, 0)
        ratios = now / before, this.median(key) / base.median(key), this.least(key, 1) / base.least(key, 1)
        title = name if part in WHOLES else f"{name}: {part}"
        line = f"{title:60}{before * 1e3:10.2f}{now * 1e3:10.2f}" + "".join(f"{ratio:8.2f}" for ratio in ratios)
        print(line, flush=True)


if __name__ == "__main__":
    main()
