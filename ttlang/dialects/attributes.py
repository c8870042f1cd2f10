"""
Attributes that stand for Python's values: one for each value. xDSL checks each that is made, and a kernel has the same
names and numbers in many places. Attributes never change, so all that have the same value can share one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from struct import pack

from xdsl.dialects.builtin import (
    I32,
    I64,
    ArrayAttr,
    BoolAttr,
    BytesAttr,
    DenseArrayBase,
    Float64Type,
    IntAttr,
    IntegerAttr,
    IntegerType,
    StringAttr,
    SymbolRefAttr,
    UnitAttr,
    f64,
    i32,
    i64,
)

_MOST = 4096
"""Of a kind; what was not used for longest goes."""
UNIT = UnitAttr()
"""What says all by being there."""


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


def i64_array(values: Iterable[int]) -> DenseArrayBase[I64]:
    """A row of what is counted at compile time."""
    return _i64_array(*values)


@lru_cache(_MOST)
def _i64_array(*values: int) -> DenseArrayBase[I64]:
    return DenseArrayBase.from_list(i64, values)


def i32_array(values: Iterable[int]) -> DenseArrayBase[I32]:
    """A row of what the processors compute with."""
    return _i32_array(*values)


@lru_cache(_MOST)
def _i32_array(*values: int) -> DenseArrayBase[I32]:
    return DenseArrayBase.from_list(i32, values)


def f64_array(values: Iterable[float]) -> DenseArrayBase[Float64Type]:
    """A row of an author's numbers."""
    numbers = tuple(values)
    return _floats(pack(f"<{len(numbers)}d", *numbers))


@lru_cache(_MOST)
def _floats(data: bytes) -> DenseArrayBase[Float64Type]:
    """By their bits: -0 equals 0, and is another number."""
    return DenseArrayBase(f64, BytesAttr(data))
