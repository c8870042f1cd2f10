"""Attributes of Python's values: those that xDSL makes, and one for each value."""

from __future__ import annotations

import math

import pytest
from xdsl.dialects.builtin import DenseArrayBase, f64, i32, i64

from ttlang.dialects.attributes import f64_array, i32_array, i64_array
from ttlang.dialects.ttcore import tile_type
from ttlang.dialects.ttl import BlockType, CircularBufferType, buffer_type
from ttlang.tables.dtypes import BF16, F32


@pytest.mark.parametrize("values", [(), (1, 2), (-3,), (2, 1)])
def test_rows_of_integers(values: tuple[int, ...]) -> None:
    assert i64_array(values) == DenseArrayBase.from_list(i64, values)
    assert i32_array(values) == DenseArrayBase.from_list(i32, values)
    assert i64_array(values) is i64_array(list(values))
    assert i32_array(values) is i32_array(iter(values))


@pytest.mark.parametrize("values", [(), (0.5, -1.0), (math.inf,), (math.nan,), (1e-310,)])
def test_rows_of_floats(values: tuple[float, ...]) -> None:
    assert f64_array(values) == DenseArrayBase.from_list(f64, values)
    assert f64_array(values) is f64_array(values)


def test_zeros_of_both_signs_are_two_numbers() -> None:
    plus, minus = f64_array([0.0]), f64_array([-0.0])
    assert plus != minus
    assert [math.copysign(1, *row.get_values()) for row in (plus, minus)] == [1, -1]


def test_one_type_for_buffers_that_are_alike() -> None:
    made = buffer_type([2, 3], tile_type(BF16), 2)
    assert made == CircularBufferType((2, 3), tile_type(BF16), 2)
    assert made is buffer_type((2, 3), tile_type(BF16), 2)
    assert made.block == BlockType((2, 3), tile_type(BF16))
    others = buffer_type((3, 2), tile_type(BF16), 2), buffer_type((2, 3), tile_type(F32), 2)
    assert made not in (*others, buffer_type((2, 3), tile_type(BF16), 1))
    assert made.block not in [other.block for other in others]
