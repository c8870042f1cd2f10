"""
Which pages of a window of a tensor follow each other in their bank, as those of a block do: one transfer moves them.

Interleaved pages never do. Those of a shard lie in one bank, row by row, unless they are padded there.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, prod

from ttlang.analysis.linear_forms import Linear, linear_form, remainder
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import Memory, ShardsAttr, TensorType
from ttlang.tables.chips import Chip


def contiguous_part(part: ttl.TensorSliceOp, chip: Chip) -> tuple[int, ...]:
    """
    The shape of what one transfer moves of a window, whatever its offsets are in the run. It divides the window's, and
    is 1 in each dimension where transfers move a page.
    """
    tensor, sizes = part.tensor.type, part.result.type.sizes
    found = [1 for _ in sizes]
    if not isinstance(tensor.shards, ShardsAttr) or not has_contiguous_shards(tensor, chip):
        return tuple(found)
    (high, wide), (rows, columns) = tensor.shards.sizes, tensor.matrix
    found[-1] = _inside(linear_form(part.offsets[-1]), sizes[-1], wide, columns)
    if not found[-1] == wide == sizes[-1]:
        # The next row is further away, in the shard or in the block.
        return tuple(found)
    first = _first_row(part)
    taken = 1
    for axis in reversed(range(len(sizes) - 1)):
        others = [prod(tensor.sizes[one + 1 : -1]) for one in range(axis) if sizes[one] > 1]
        found[axis] = _inside(first, taken * sizes[axis], high, rows, others) // taken or 1
        taken *= found[axis]
        if found[axis] != tensor.sizes[axis]:
            # The next place of a dimension before it is further away than a row.
            break
    return tuple(found)


def has_contiguous_shards(tensor: TensorType, chip: Chip) -> bool:
    """Whether the pages of a bank follow each other without padding."""
    alignment = chip.dram_alignment if tensor.memory.data is Memory.DRAM else chip.l1_alignment
    return isinstance(tensor.shards, ShardsAttr) and tensor.page_bytes % alignment == 0


def _first_row(part: ttl.TensorSliceOp) -> Linear:
    """The number of a window's first row, with the leading dimensions flattened into the rows."""
    first = Linear()
    for offset, size in zip(part.offsets[:-1], part.tensor.type.sizes[:-1], strict=True):
        first = first.times(size).plus(linear_form(offset))
    return first


def _inside(first: Linear, count: int, shard: int, whole: int, others: Sequence[int] = ()) -> int:
    """
    In pieces of how many so many places can be cut, from the first on, of which each is sure to lie in one shard.
    `shard`, `whole`: places of a shard, and of the tensor. `others`: how far away more of the same begin, and more.
    """
    if count == 1 or shard >= whole:
        return count
    place, period = remainder(first, gcd(shard, *others))
    return count if place + count <= period else gcd(place, period, count)
