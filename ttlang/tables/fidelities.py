"""The fidelities of the matrix unit, as `math_fidelity` names them."""

from __future__ import annotations

PHASES = {"LoFi": 1, "HiFi2": 2, "HiFi3": 3, "HiFi4": 4}
"""Passes over the multiplier, each adding one more partial product of the significands (docs/numerics.md)."""
FIDELITIES = tuple(PHASES)
