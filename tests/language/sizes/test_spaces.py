"""Spaces: what they have, in which order, and what is wrong with one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ttlang import ttl
from ttlang.diagnostics import DiagnosticError
from ttlang.language.spaces import Scope, Space
from ttlang.tables.chips import BLACKHOLE, WORMHOLE_B0, Chip

ARGUMENTS = {"rows": 12, "name": "x"}


def values(space: Any, chip: Chip = WORMHOLE_B0) -> tuple[Any, ...]:
    assert isinstance(space, Space)
    return space.values(Scope(ARGUMENTS, chip))


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        (ttl.one_of(4, 1, 2), (4, 1, 2)),
        (ttl.one_of(2, 2, 1), (2, 1)),
        (ttl.one_of(np.int64(2), 4), (2, 4)),
        (ttl.one_of("HiFi2", "HiFi4"), ("HiFi2", "HiFi4")),
        (ttl.one_of((8, 8), [4, 4]), ((8, 8), (4, 4))),
        (ttl.one_of(ttl.bfloat16, None, True), (ttl.bfloat16, None, True)),
        (ttl.divisor_of(12), (1, 2, 3, 4, 6, 12)),
        (ttl.divisor_of(lambda rows: rows // 2), (1, 2, 3, 6)),
        (ttl.divisor_of(7, pad=True), (1, 2, 3, 4, 7)),
        (ttl.between(2, 5), (2, 3, 4, 5)),
        (ttl.between(1, lambda rows: rows, 4), (1, 5, 9)),
        (ttl.largest(1, 8, 4), (8, 4, 1)),
        (ttl.largest(ttl.divisor_of(6)), (6, 3, 2, 1)),
        (ttl.largest(7), (7,)),
    ],
)
def test_the_values_of_a_space(space: object, expected: tuple[object, ...]) -> None:
    assert values(space) == expected
    assert list(map(type, values(space))) == list(map(type, expected))


def test_blocks_of_a_padded_size_are_as_many_as_of_no_smaller_one() -> None:
    found = values(ttl.divisor_of(80, pad=True))
    counts = [-(-80 // size) for size in found]
    assert counts == sorted(set(counts), reverse=True)
    assert all(-(-80 // (size - 1)) > -(-80 // size) for size in found if size > 1)
    assert set(counts) == {-(-80 // size) for size in range(1, 81)}


def test_a_space_of_each_chip() -> None:
    space: Any = ttl.per_chip(wormhole_b0=4, blackhole=ttl.largest(2, 8))
    assert values(space) == (4,)
    assert values(space, BLACKHOLE) == (8, 2)
    assert not getattr(space.for_chip(WORMHOLE_B0), "takes_largest", False)
    assert space.for_chip(BLACKHOLE).takes_largest


untyped: Any = ttl
WRONG = [
    (lambda: ttl.one_of(), "has no values"),
    (lambda: ttl.one_of(object()), "can't be chosen"),
    (lambda: ttl.one_of(ttl.one_of(1, 2)), "can't be chosen"),
    (lambda: untyped.divisor_of(1.5), "1.5, which is no whole number"),
    (lambda: values(ttl.divisor_of(0)), "0 has no divisors"),
    (lambda: values(ttl.divisor_of(lambda rows: rows / 2)), "returns 6.0, which is no whole number"),
    (lambda: values(ttl.divisor_of(lambda columns: columns)), "takes columns, which is no argument of the call"),
    (lambda: values(ttl.divisor_of(lambda rows: rows // 0)), "raises ZeroDivisionError"),
    (lambda: untyped.between("a", 2), "'a', which is no whole number"),
    (lambda: values(ttl.between(3, 2)), "no values from 3 to 2"),
    (lambda: values(ttl.between(1, 2, 0)), "in steps of 0"),
    (lambda: ttl.largest(), "has no values"),
    (lambda: values(untyped.largest("a")), "'a', which is no whole number"),
    (lambda: values(ttl.largest(ttl.one_of(True, False))), "True, which is no whole number"),
    (lambda: ttl.per_chip(grayskull=1), "grayskull, which is no chip"),
    (lambda: ttl.per_chip(), "has no chip"),
    (lambda: values(ttl.per_chip(wormhole_b0=1), BLACKHOLE), "says nothing of Blackhole"),
]


@pytest.mark.parametrize(("make", "message"), WRONG, ids=[message for _, message in WRONG])
def test_what_is_wrong_with_a_space_is_said_at_its_place(make: Any, message: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        make()
    (found,) = raised.value.diagnostics
    assert found.code == "TTL0710"
    assert message in found.message
    assert found.span is not None
    assert found.span.file == __file__
