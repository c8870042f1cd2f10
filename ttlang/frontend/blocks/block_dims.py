"""What the `dims` and the `shape` of reductions, broadcasts and fills mean."""

from __future__ import annotations

from collections.abc import Mapping

from ttlang.dialects import ttl
from ttlang.frontend.blocks.call_arguments import is_none
from ttlang.frontend.blocks.sequences import as_items
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import NONE, Host, Value, describe

KEPT_DIMS: dict[tuple[int, ...], ttl.Dim] = {(0,): ttl.Dim.ROW, (1,): ttl.Dim.COL, (0, 1): ttl.Dim.SCALAR}
"""What is left where `dims` stay, and what they repeat in a broadcast."""
GONE_DIMS: dict[tuple[int, ...], ttl.Dim] = {(1,): ttl.Dim.ROW, (0,): ttl.Dim.COL, (0, 1): ttl.Dim.SCALAR}
"""What is left where `dims` go."""
REDUCED_DIMS: dict[str, dict[tuple[int, ...], ttl.Dim]] = {"stay": KEPT_DIMS, "go": GONE_DIMS}
"""What a reduction leaves, by what an edition takes its `dims` for."""


def as_2026_has_them(arguments: Mapping[str, Value], blocks: tuple[str, ...]) -> dict[str, Value]:
    """
    The arguments of a call that may be `f(x, dims, shape)`, by position, where 2025 has `blocks` before `dims`: a list
    of numbers is no block.
    """
    given = dict(arguments)
    moved = [name for name in blocks if as_items(given[name]) is not None]
    if not moved:
        return given
    lists = [given[name] for name in (*moved, "dims", "shape") if not is_none(given[name])]
    given |= dict.fromkeys(moved, NONE)
    return given | dict(zip(("dims", "shape"), (*lists, NONE), strict=False))


def read_shape(c: ThreadBuilder, shape: Value) -> tuple[int, ...]:
    """The `shape` of a block that a call makes, in tiles. Raises a TTL0304 for what is none."""
    sizes = as_items(shape)
    numbers = [size.value for size in sizes[0] if isinstance(size, Host)] if sizes is not None else []
    if sizes is not None and len(numbers) == len(sizes[0]) and all(isinstance(n, int) and n > 0 for n in numbers):
        return tuple(numbers)
    shown = repr(shape.value) if isinstance(shape, Host) else describe(shape)
    raise c.error("TTL0304", f"shape={shown} is no shape of a block", hint="it has (rows, columns) of tiles")
