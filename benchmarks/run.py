"""
`make bench`: what compilation, simulation and starting cost on this machine, as tables in Markdown; judges nothing.

    python benchmarks/run.py [--official-compiler PYTHON] [--official-simulator PYTHON] [--only REGEX] [--page]

The interpreters are those of virtual environments with the published packages `tt-lang` (it may lack torch and ttnn)
and `tt-lang-sim`; with them, the same kernels are compiled and run there in alternation. `--page` writes
those tables that were measured whole into `docs/performance.md`.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from bench_page import page
from bench_tables import Benchmark

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--official-compiler", type=Path, help="the Python of an environment with tt-lang")
    parser.add_argument("--official-simulator", type=Path, help="the Python of an environment with tt-lang-sim")
    parser.add_argument("--runs", type=int, default=3, help="of which the median is taken")
    parser.add_argument(
        "--only", default="", help="tables and rows whose names have a match of this regular expression"
    )
    parser.add_argument("--page", action="store_true", help="write whole tables into docs/performance.md")
    options = parser.parse_args()
    benchmark = Benchmark(options.official_compiler, options.official_simulator, options.runs)
    for table in benchmark.tables():
        names = [name for name in table.names if re.search(options.only, f"{table.title}: {name}")]
        if not names:
            continue
        print(f"\n## {table.title}\n\n{table.header}", flush=True)
        lines = []
        for line in table.rows(names):
            print(line, flush=True)
            lines.append(line)
        if options.page and names == list(table.names):
            PAGE.write_text(page(benchmark, table, lines, PAGE.read_text() if PAGE.exists() else ""))


if __name__ == "__main__":
    main()
