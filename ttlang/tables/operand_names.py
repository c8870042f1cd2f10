"""THE names of the blocks that functions take: ours, and what 2026 calls them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

OPERANDS = ("x", "y", "z")
"""As the table's sentences have them."""

_BY_ARITY: Mapping[int, tuple[tuple[str, ...], ...]] = {
    0: (),
    1: (("expr", "block", "input"),),
    2: (("a", "lhs"), ("b", "rhs")),
    3: (("a",), ("b",), ("c",)),
}
"""Further names of each operand, that of the specification first."""
_BY_NAME: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "where": (("condition",), ("true_value",), ("false_value",)),
    "mask": (("expr",), ("mask_blk",)),
    "mask_posinf": (("expr",), ("mask_blk",)),
}


def names_in_2026(function: str, arity: int) -> tuple[str, ...]:
    """The names that the specification has for the operands of an elementwise function."""
    return tuple(names[0] for names in _BY_NAME.get(function, _BY_ARITY[arity]))


@cache
def own_names(function: str, arity: int) -> dict[str, str]:
    """Of each further name of an operand, ours."""
    further = _BY_NAME.get(function, _BY_ARITY[arity])
    return {name: own for own, names in zip(OPERANDS, further, strict=False) for name in names}
