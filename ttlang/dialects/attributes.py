"""
Attributes that stand for Python's values: one for each value. xDSL checks each that is made, and a kernel has the same
names and numbers in many places. Attributes never change, so all that have the same value can share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from xdsl.dialects.builtin import (
    ArrayAttr,
    BoolAttr,
    IntAttr,
    IntegerAttr,
    IntegerType,
    StringAttr,
    SymbolRefAttr,
    i32,
    i64,
)

_MOST = 4096
"""Of a kind; what was not used for longest goes."""


@lru_cache(_MOST, typed=True)
def string_attr(value: str) -> StringAttr:
    return StringAttr(value)


@lru_cache(_MOST, typed=True)
def symbol_attr(name: str) -> SymbolRefAttr:
    """A reference to what has this name in the program."""
    return SymbolRefAttr(name)


@lru_cache(_MOST, typed=True)
def i64_attr(value: int) -> IntegerAttr[IntegerType]:
    """What is counted at compile time."""
    return IntegerAttr(value, i64)


@lru_cache(_MOST, typed=True)
def i32_attr(value: int) -> IntegerAttr[IntegerType]:
    """What the processors compute with."""
    return IntegerAttr(value, i32)


@lru_cache
def bool_attr(value: bool) -> BoolAttr:
    return BoolAttr.from_bool(value)


@lru_cache(_MOST, typed=True)
def int_attr(value: int) -> IntAttr:
    return IntAttr(value)


def shape_attr(shape: Sequence[int]) -> ArrayAttr[IntAttr]:
    """Sizes, outermost first."""
    return _shape_attr(*shape)


@lru_cache(_MOST, typed=True)
def _shape_attr(*sizes: int) -> ArrayAttr[IntAttr]:
    return ArrayAttr(map(int_attr, sizes))
