"""
THE table of elementwise functions. One row makes a function known to every layer: the language (`ttl.math.<name>`),
the `ttl` and `ttkernel` dialects, the lowering, the C++ printer, the simulator and the docs. A file has the rows of a
group; `row.py` says what a row has, `notation.py` how it is written.

A row says how the kernel API spells the function in its newest generation; what another generation spells otherwise
stands `before` it. Nothing here imports numpy: a reference receives it as its first argument.
"""

from __future__ import annotations

from ttlang.tables.functions import (
    activations,
    arithmetic,
    clamps,
    classification,
    comparisons,
    error_functions,
    exponentials,
    integral_parts,
    powers,
    selection,
    trigonometry,
)
from ttlang.tables.functions.row import Call, Encoding, Function, Option, Parameter, Reference, Rounding

__all__ = ["BY_NAME", "FUNCTIONS", "Call", "Encoding", "Function", "Option", "Parameter", "Reference", "Rounding"]

_GROUPS = (
    arithmetic,
    powers,
    integral_parts,
    exponentials,
    trigonometry,
    activations,
    error_functions,
    clamps,
    comparisons,
    classification,
    selection,
)
FUNCTIONS: tuple[Function, ...] = tuple(row for group in _GROUPS for row in group.ROWS)
BY_NAME: dict[str, Function] = {name: row for row in FUNCTIONS for name in (row.name, *row.aliases)}
