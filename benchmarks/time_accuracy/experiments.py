"""All experiments that are rebuilt: where their figures are, what is ranked among each other, who times them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

import dram_rates
import matmul_shapes
import microbenchmarks
import noc_transfers
import perflab
import pipe_transfers
import ttnn_matmuls
from accuracy_table import Compared
from measured_rows import FIGURES, Row, key, rows

from ttlang.diagnostics import DiagnosticError


class Experiments(NamedTuple):
    """Those of a file."""

    file: str
    figure: str
    """The column of the measured value."""
    family: Callable[[Row], str]
    alternatives: tuple[str, ...]
    """The columns in which figures agree that are ranked among each other."""
    label: tuple[str, ...]
    """The columns that tell one row from another."""
    predict: Callable[[Row], float | None]
    """What the clock says; None if the experiment is not rebuilt."""
    unread: tuple[str, ...] = ()
    """Columns that it doesn't look at: rows that differ in nothing else are timed once."""


def _noc_family(row: Row) -> str:
    if row["mechanism"] != "unicast":
        return "transfers: multicasts"
    if row["pattern"] in noc_transfers.LINES:
        return "transfers: rows and columns"
    crowd = "all cores" if row["pattern"].startswith("all") else "one core"
    memory = "L1" if row["memory"] == "L1" else "DRAM"
    return f"transfers: {crowd}, {memory}"


def _rate_family(row: Row) -> str:
    return "rates: DRAM" if row["regime"].startswith("dram") else "rates: L1 and multicasts"


EXPERIMENTS = (
    Experiments(
        "microbench",
        "value",
        lambda row: f"single core: {row['experiment'].split('.')[0]}",
        ("arch", "experiment", "unit"),
        ("experiment", "kernel", "variant", "tiles", "k_tiles", "iters", "section_or_subblock"),
        microbenchmarks.value,
    ),
    Experiments(
        "noc",
        "cycles",
        _noc_family,
        ("arch", "memory", "pattern", "mechanism"),
        ("memory", "pattern", "mechanism", "noc", "n_transactions", "n_other_cores", "bytes_per_transaction"),
        noc_transfers.cycles,
    ),
    Experiments(
        "gemm",
        "math_kernel_cycles_derived",
        lambda row: "whole kernels: matmuls of ttnn",
        ("arch",),
        ("m", "k", "n", "dtype", "fidelity"),
        ttnn_matmuls.cycles,
        ("trace", "host_ns_mean", "tflops_host", "device_util_pct", "math_kernel_cycles_derived", "split", "note"),
    ),
    Experiments(
        "perflab",
        "value",
        perflab.family,
        ("arch", "kernel", "unit"),
        ("kernel", "example", "variant", "params", "cores"),
        perflab.value,
    ),
    Experiments(
        "matmul_shapes",
        "ttlang_device_ms",
        lambda row: "whole kernels: matmuls of TT-Lang",
        ("arch",),
        ("label",),
        matmul_shapes.milliseconds,
    ),
    Experiments(
        "pipes",
        "value",
        lambda row: "transfers: pipes",
        ("arch", "unit"),
        ("experiment", "recv_depth", "n_transfers"),
        pipe_transfers.microseconds,
    ),
    Experiments(
        "dram",
        "value",
        _rate_family,
        ("arch", "regime", "unit"),
        ("test", "engine", "transaction"),
        dram_rates.rate,
    ),
)


class Outcome(NamedTuple):
    """What came of a folder."""

    compared: list[Compared]
    left_out: Counter[str]
    """Rows of experiments that are not rebuilt, by file."""


def compare(
    folder: Path, files: Sequence[str] = (), processes: int = 1, usable: str = "yes", *, unseen: bool = False
) -> Outcome:
    """
    All usable rows of a folder beside what the clock says; `files`: of these alone. "ask": those with a caveat.
    `unseen`: those alone that the figures of the repository have not.
    """
    compared: list[Compared] = []
    left_out: Counter[str] = Counter()
    with Pool(processes) as pool:
        for place, each in enumerate(EXPERIMENTS):
            if files and each.file not in files:
                continue
            seen = {key(row) for use in ("yes", "ask") for row in rows(FIGURES, each.file, use)} if unseen else set()
            measured = [row for row in rows(folder, each.file, usable) if key(row) not in seen]
            programs = [tuple(value for name, value in row.items() if name not in each.unread) for row in measured]
            first = dict(zip(reversed(programs), reversed(measured), strict=True))
            work = [(place, row) for row in first.values()]
            found = dict(zip(first, pool.imap(_predict, work, chunksize=3), strict=True))
            for row, program in zip(measured, programs, strict=True):
                predicted = found[program]
                if predicted is None:
                    left_out[each.file] += 1
                    continue
                label = ", ".join(row[name] for name in each.label if row[name])
                alternatives = " ".join(row[name] for name in each.alternatives)
                figure = float(row[each.figure])
                compared.append(Compared(row["arch"], each.family(row), alternatives, figure, predicted, label))
    return Outcome(compared, left_out)


def _predict(work: tuple[int, Row]) -> float | None:
    place, row = work
    try:
        return EXPERIMENTS[place].predict(row)
    except DiagnosticError as refused:
        print(f"{EXPERIMENTS[place].file}: {refused}", file=sys.stderr)
        return None
