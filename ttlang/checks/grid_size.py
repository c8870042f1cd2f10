"""TTL0703: a grid that is larger than the chip."""

from __future__ import annotations

from ttlang.analysis.locations import span_of
from ttlang.diagnostics import error
from ttlang.dialects import ttl


def check_grid_size(kernel: ttl.KernelOp) -> None:
    """Raises a TTL0703."""
    chip, grid = kernel.chip, kernel.dimensions[:2]
    if any(size > limit for size, limit in zip(grid, chip.grid, strict=False)):
        shown, limit = " x ".join(map(str, grid)), " x ".join(map(str, chip.grid))
        raise error(
            "TTL0703",
            f"the grid of {shown} cores is larger than {chip.title}, which has {limit} (columns x rows)",
            span_of(kernel),
            hint=f"use a grid of at most {limit}, and give each core more work",
        )
