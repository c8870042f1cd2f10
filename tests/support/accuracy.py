"""How far the simulator's `chip` arithmetic is from exact results, over all finite bfloat16 inputs of a function."""

from __future__ import annotations

import numpy as np

from ttlang.tables.accuracy import Accuracy
from ttlang.tables.functions import BY_NAME

LARGEST = {"sin": 2480.0, "cos": 2480.0, "tan": 2480.0}
"""Inputs beyond which results depend on whether a compiler fuses multiplications and additions."""


def accuracy(function: str, inputs: np.ndarray, results: np.ndarray) -> Accuracy:
    """Of bfloat16 patterns, where neither input nor exact result are near the ends of the range."""
    x, got = ((patterns.astype(np.uint32) << 16).view(np.float32).astype(np.float64) for patterns in (inputs, results))
    row = BY_NAME[function]
    with np.errstate(all="ignore"):
        exact = np.asarray(row.reference(np, x, *(p.default for p in row.inputs)), np.float64)
        size = np.abs(x)
        counted = np.isfinite(exact) & _moderate(exact) & (_moderate(x) | (x == 0))
    counted &= size <= LARGEST.get(function, np.inf)
    errors = np.abs(got[counted] - exact[counted])
    places = errors / np.exp2(np.floor(np.log2(np.abs(exact[counted]))) - 7)
    # What the exact function of this machine is off by does not count.
    beyond = errors[places > 1 + 2.0**-30]
    return Accuracy(float(places.max()), float(beyond.max(initial=0)), beyond.size)


def _moderate(values: np.ndarray) -> np.ndarray:
    return (np.abs(values) >= 2.0**-100) & (np.abs(values) <= 2.0**100)
