"""Blocks in other shapes: the same tiles, with dimensions of size 1 more or less, or repeated."""

from __future__ import annotations

from ttlang.dialects import ttl
from ttlang.frontend.blocks.block_dims import axes_of, read_dims
from ttlang.frontend.blocks.call_arguments import Arguments
from ttlang.frontend.blocks.matrix_ops import as_matrix
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.tile_views import reshaped
from ttlang.frontend.blocks.value_nouns import describe_shape
from ttlang.frontend.blocks.values import Value
from ttlang.tables.editions import phrase


def squeeze(c: ThreadBuilder, arguments: Arguments) -> Value:
    """The block without `dims`. Raises a TTL0301 for one larger than 1, and where no two dimensions are left."""
    x = as_matrix(c, "squeeze", arguments["x"], integers=True)
    sizes = x.type.sizes
    axes = axes_of(c, "squeeze", read_dims(c, "squeeze", arguments["dims"]), len(sizes))
    thick = next((axis for axis in sorted(axes) if sizes[axis] > 1), None)
    if thick is not None:
        raise c.error(
            "TTL0301",
            f"{phrase('squeeze')}: a block of {describe_shape(sizes)} tiles has size {sizes[thick]} along {thick}",
            hint="only what has size 1 can be left out",
        )
    left = tuple(size for axis, size in enumerate(sizes) if axis not in axes)
    if len(left) < ttl.MATRIX:
        raise c.error(
            "TTL0301",
            f"{phrase('squeeze')}: a block of {describe_shape(sizes)} tiles has no rows and columns left",
            hint="a block of tiles has at least two dimensions",
        )
    return reshaped(c, x, left)


def unsqueeze(c: ThreadBuilder, arguments: Arguments) -> Value:
    """The block with dimensions of size 1 at the places `dims` of the result."""
    x = as_matrix(c, "unsqueeze", arguments["x"], integers=True)
    dims = read_dims(c, "unsqueeze", arguments["dims"])
    rank = len(x.type.sizes) + len(dims)
    axes, sizes = axes_of(c, "unsqueeze", dims, rank), iter(x.type.sizes)
    if len(axes) < len(dims):
        raise c.error("TTL0107", f"{phrase('unsqueeze')}: dims={dims} names a place of the result twice")
    return reshaped(c, x, tuple(1 if axis in axes else next(sizes) for axis in range(rank)))
