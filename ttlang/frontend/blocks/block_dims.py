"""What the `dims` of reductions and broadcasts mean."""

from __future__ import annotations

from ttlang.dialects import ttl

KEPT_DIMS = {(0,): ttl.Dim.ROW, (1,): ttl.Dim.COL, (0, 1): ttl.Dim.SCALAR}
"""What is left where `dims` stay, and what they repeat in a broadcast."""
GONE_DIMS = {(1,): ttl.Dim.ROW, (0,): ttl.Dim.COL, (0, 1): ttl.Dim.SCALAR}
"""What is left where `dims` go."""
REDUCED_DIMS: dict[str, dict[tuple[int, ...], ttl.Dim]] = {"stay": KEPT_DIMS, "go": GONE_DIMS}
"""What a reduction leaves, by what an edition takes its `dims` for."""
