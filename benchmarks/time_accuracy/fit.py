"""
`make accuracy-fit`: fits parameters of `ttlang/tables/chips/*_timing.py` to the figures of the repository, and writes
them there. The same figures give the same parameters: it goes from parameter to parameter, up and down by steps that
become smaller, and keeps what makes the mean error less.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import microbenchmarks
import noc_transfers
from measured_rows import FIGURES, Row, rows
from written_programs import fitted_timings

from ttlang.machine.clock.call_prices import grained
from ttlang.tables.chips import CHIPS
from ttlang.tables.chips.timing import ComputeTiming, Timing

TABLES = Path(__file__).parents[2] / "ttlang" / "tables" / "chips"
STEPS = (0.3, 0.15, 0.07)
"""Parts of a parameter by which it is changed, one round after the other."""
BLANK = 10.0
"""Cycles of a parameter of which nothing is known."""

_READ_OFF = ("section", "acquire")
"""Differences between rows, which a fit would blur."""
MOST_ROWS = 60
"""So many rows of a stage, or a few more, are compared; of more, those at equal distances in the file."""

COMPUTE = tuple(f"compute.{name}" for name in ComputeTiming._fields if name not in _READ_OFF)
STREAMS = ("compute_start", "issue.buffer", "issue.barrier", "dram.latency")
LINKS = ("noc.hop", "noc.endpoint", "noc.acknowledge", "noc.flit", "noc.read_flit", "noc.packet_gap", "noc.read_gap")
ORDERS = tuple(f"issue.{name}" for name in ["read", "write", "repeated_read", "repeated_write", "address"])
DRAM = (
    *(f"dram.{name}" for name in ["bytes_per_cycle", "request", "write_latency", "write_gap"]),
    *(f"issue.{name}" for name in ["page", "read_bank", "write_bank"]),
)

Predict = Callable[[Row], float | None]
Figures = list[tuple[Row, float]]


def _stages() -> Iterator[tuple[tuple[str, ...], str, str, Predict, Callable[[Row], bool]]]:
    """Which parameters are fitted to which rows of which file."""

    def alone(row: Row, memory: str) -> bool:
        few = row["n_transactions"] in ("1", "4", "16", "64", "55", "109")
        return row["pattern"].startswith("one") and row["memory"].startswith(memory) and few

    yield LINKS + ORDERS, "noc", "cycles", noc_transfers.cycles, lambda row: alone(row, "L1")
    yield DRAM, "noc", "cycles", noc_transfers.cycles, lambda row: alone(row, "DRAM")
    resident = ("MB1", "LADDER", "MB4", "MB5.A.self", "MB5.A.twocb", "MB5.B")
    yield COMPUTE, "microbench", "value", microbenchmarks.value, lambda row: row["experiment"] in resident
    yield STREAMS, "microbench", "value", microbenchmarks.value, lambda row: row["experiment"] in ("MB2", "MB3")


def _get(timing: Timing, name: str) -> float:
    found: Any = timing
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _rounded(name: str, value: float) -> float:
    """What happens on links is rounded where it ends, so it may be finer than what processors take."""
    return round(value, 3) if name.startswith("noc.") else grained(value)


def _set(timing: Timing, name: str, value: float) -> Timing:
    record, _, field = name.rpartition(".")
    if not record:
        return timing._replace(**{field: value})
    return timing._replace(**{record: getattr(timing, record)._replace(**{field: value})})


def _error(timing: Timing, chip: str, predict: Predict, figures: Figures) -> float:
    fitted_timings[chip] = timing
    noc_transfers.forget()
    errors = [abs(found / measured - 1) for row, measured in figures if (found := predict(row)) is not None]
    return fmean(errors)


def _fit(chip: str, timing: Timing, names: tuple[str, ...], predict: Predict, figures: Figures) -> Timing:
    least = _error(timing, chip, predict, figures)
    print(f"{chip}: {', '.join(names)}: {least:.1%}", end="", flush=True)
    for step in STEPS:
        for name in names:
            for factor in (1 + step, 1 - step):
                tried = _set(timing, name, _rounded(name, _get(timing, name) * factor))
                if (error := _error(tried, chip, predict, figures)) < least - 1e-5:
                    timing, least = tried, error
                    break
    print(f" -> {least:.1%}")
    return timing


def _check(chip: str, timing: Timing, predict: Predict, figures: Figures) -> None:
    """
    Fits what compute threads take to one half of the figures, from nothing, and tells how well that does with the other
    half, which it has not seen.
    """
    names = tuple(f"compute.{name}" for name in ComputeTiming._fields)
    blank = timing._replace(compute=ComputeTiming(*[BLANK] * len(names)))
    for kept in (0, 1):
        seen, unseen = figures[kept::2], figures[1 - kept :: 2]
        fitted = _fit(chip, _fit(chip, blank, names, predict, seen), names, predict, seen)
        print(f"{chip}: {len(unseen)} figures that were left out: {_error(fitted, chip, predict, unseen):.1%}")


def _write(chip: str, timing: Timing, names: tuple[str, ...]) -> None:
    path = TABLES / f"{chip}_timing.py"
    text = path.read_text()
    for name in names:
        record, _, field = name.rpartition(".")
        start = text.index(f"{record}=") if record else 0
        text = text[:start] + re.sub(rf"\b{field}=[\d.]+", f"{field}={_get(timing, name)}", text[start:], count=1)
    path.write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", nargs="*", default=["noc", "microbench"])
    parser.add_argument("--chips", nargs="*", default=list(CHIPS))
    parser.add_argument("--dry", action="store_true", help="write nothing")
    parser.add_argument("--stages", nargs="*", type=int, default=[0, 1, 2, 3], help="those of the fit, in its order")
    parser.add_argument("--halves", action="store_true", help="judge each half by a fit to the other one (stage 2)")
    options = parser.parse_args()
    for chip in options.chips:
        timing = CHIPS[chip].timing()
        stages = (2,) if options.halves else options.stages
        for stage, (names, file, figure, predict, belongs) in enumerate(_stages()):
            if file not in options.files or stage not in stages:
                continue
            figures = [
                (row, float(row[figure]))
                for row in rows(FIGURES, file)
                if row["arch"] == chip and row.get("split", "fit") == "fit" and belongs(row)
            ]
            figures = figures[:: max(1, len(figures) // MOST_ROWS)]
            if options.halves:
                _check(chip, timing, predict, figures)
                continue
            timing = _fit(chip, timing, names, predict, figures)
            if options.dry:
                print({name: _get(timing, name) for name in names})
            else:
                _write(chip, timing, names)


if __name__ == "__main__":
    main()
