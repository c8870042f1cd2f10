"""The page of `make bench`: `docs/performance.md`."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from bench_tables import Benchmark, Table

TEXT = """\
# Performance

`make bench` prints these tables. `make bench COMPILER=python SIMULATOR=python PAGE=1` has written this page; the two \
are interpreters of virtual environments with the published packages `tt-lang` and `tt-lang-sim`, beside which this \
package is measured: "ours" and "theirs". Without them it prints its own figures alone.

- Both run the same text of the same kernels (`benchmarks/compiled_kernels.py`, `benchmarks/simulated_kernels.py`), in \
processes of their own, which are asked in turn. So the ratio means something on a machine that does other things, too.
- Figures are milliseconds, the medians of {runs} runs: of the processor's time (CPU), and by the wall. A call \
that takes more than three seconds is run once; otherwise the first call, which compiles, does not count.
- Each process computes on one core; tensors are bfloat16, and random.
- "Block" is the tiles of a block, "cores" are those of the simulated chip.

Measured on {machine}.
"""
PACKAGES = ("numpy", "xdsl")
VERSION = "from importlib.metadata import version; print(version({!r}))"


def page(benchmark: Benchmark, table: Table, rows: Sequence[str], before: str) -> str:
    """The page that was there before, with this table in place of its own of the title."""
    sections = dict(_section(part) for part in before.split("\n## ")[1:])
    sections[table.title] = "\n".join([table.note, "", table.header, *rows])
    parts = [TEXT.format(runs=benchmark.runs, machine=", ".join(machine(benchmark))).rstrip()]
    parts += [f"## {each.title}\n\n{sections[each.title]}" for each in benchmark.tables() if each.title in sections]
    return "\n\n".join(parts) + "\n"


def _section(part: str) -> tuple[str, str]:
    title, _, text = part.partition("\n\n")
    return title, text.strip()


def machine(benchmark: Benchmark) -> Iterator[str]:
    """What the figures depend on: the processor, and versions."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    yield next((each.partition(": ")[2] for each in lines if each.startswith("model name")), platform.machine())
    yield f"{os.cpu_count()} logical cores"
    yield f"a load of {os.getloadavg()[2]:.0f} processes, which the wall's times tell of"
    yield f"Python {platform.python_version()}"
    for package in PACKAGES:
        yield f"{package} {version(package)}"
    for package, python in (("tt-lang", benchmark.compiler), ("tt-lang-sim", benchmark.simulator)):
        if python:
            command = [str(python), "-c", VERSION.format(package)]
            yield f"{package} {subprocess.check_output(command, text=True).strip()}"
