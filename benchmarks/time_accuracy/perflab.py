"""
The examples of ttnn that show what a choice is worth (`perflab.csv`), each as its report and its kernels describe it.

Not rebuilt are P19, ttnn's `minimal_matmul`, of which neither blocks nor cores are told, and rows whose words are none
that an experiment knows.
"""

from __future__ import annotations

import perflab_chains
import perflab_exchanges
import perflab_kernels
import perflab_streams
from measured_rows import Row
from perflab_rows import NotToldError, Told

FAMILIES = {
    "single core: tiles in L1": perflab_kernels.EXPERIMENTS | perflab_chains.EXPERIMENTS,
    "transfers: exchanges of cores": perflab_exchanges.EXPERIMENTS,
    "whole kernels: streams": perflab_streams.EXPERIMENTS,
}


def family(row: Row) -> str:
    return next((name for name, experiments in FAMILIES.items() if row["kernel"] in experiments), "")


def value(row: Row) -> float | None:
    """What the clock says of a row, in its unit; None if it is not rebuilt."""
    experiments = FAMILIES.get(family(row), {})
    if row["kernel"] not in experiments:
        return None
    try:
        return experiments[row["kernel"]](Told.of(row))
    except NotToldError:
        return None
