"""`ttl.block`: functions of blocks, under the names that the edition of 2026 gives them."""

from __future__ import annotations

from ttlang.language import math
from ttlang.language.conversion import typecast
from ttlang.language.fills import fill
from ttlang.language.matrices import broadcast, matmul, reduce_max, reduce_sum, squeeze, transpose, unsqueeze

mask = math.mask
mask_posinf = math.mask_posinf
where = math.where

__all__ = [
    "broadcast",
    "fill",
    "mask",
    "mask_posinf",
    "matmul",
    "reduce_max",
    "reduce_sum",
    "squeeze",
    "transpose",
    "typecast",
    "unsqueeze",
    "where",
]
