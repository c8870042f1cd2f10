"""The table of arithmetic: what it says of an operation in one way agrees with what it says in the others."""

from __future__ import annotations

import builtins
import random

import pytest

from ttlang.analysis.arithmetic import ARITHMETIC, PREDICATES, PYTHON_FUNCTIONS
from ttlang.analysis.intervals import HIGHEST, LOWEST, Interval
from ttlang.backends.cpp.expressions import Expression, arithmetic

EDGES = (LOWEST, LOWEST + 1, -33, -32, -2, -1, 0, 1, 2, 5, 31, 32, HIGHEST - 1, HIGHEST)
BINARY = [kind for kind, meaning in ARITHMETIC.items() if meaning.python]


def values(kind) -> list[tuple[int, int]]:
    dice = random.Random(kind.name)
    some = [(dice.randint(LOWEST, HIGHEST), dice.randint(-100, 100)) for _ in range(100)]
    pairs = [*some, *((a, b) for a in EDGES for b in EDGES)]
    return [(a, b) for a, b in pairs if b or not ARITHMETIC[kind].divides]


def spelled(spelling: str, a: int, b: int) -> int:
    text = f"{spelling}(a, b)" if spelling.isidentifier() else f"a {spelling} b"
    return eval(text, {**vars(builtins), **PYTHON_FUNCTIONS, "a": a, "b": b})


@pytest.mark.parametrize("kind", BINARY, ids=lambda kind: kind.name)
def test_python_computes_the_exact_result(kind) -> None:
    meaning = ARITHMETIC[kind]
    for a, b in values(kind):
        if meaning.python in ("<<", ">>") and not 0 <= b < 32:
            continue  # the count is cut before
        assert spelled(meaning.python, a, b) == meaning.exact(a, b), (a, b)
        if meaning.python_of_naturals and min(a, b) >= 0:
            assert spelled(meaning.python_of_naturals, a, b) == meaning.exact(a, b), (a, b)


@pytest.mark.parametrize("kind", BINARY, ids=lambda kind: kind.name)
def test_bounds_hold_every_exact_result(kind) -> None:
    meaning, dice = ARITHMETIC[kind], random.Random(kind.name)
    for a, b in values(kind):
        around = [
            Interval(max(LOWEST, n - dice.choice((0, 1, 9))), min(HIGHEST, n + dice.choice((0, 1, 9)))) for n in (a, b)
        ]
        if meaning.divides and around[1] == (0, 0):
            continue
        bounds = meaning.bounds(*around)
        assert bounds.low <= meaning.exact(a, b) <= bounds.high, (a, b, around)


def test_an_operation_has_a_form_in_every_language_or_is_written_in_its_own_way() -> None:
    for kind, meaning in ARITHMETIC.items():
        own = kind.name in ("arith.select", "arith.extui")
        assert bool(meaning.python) != own, kind.name
        assert not meaning.cpp_wrapping or meaning.cpp, kind.name


def test_predicates_stand_by_their_numbers() -> None:
    from xdsl.dialects.arith import CMPI_COMPARISON_OPERATIONS

    assert [predicate.name for predicate in PREDICATES] == CMPI_COMPARISON_OPERATIONS
    for predicate in PREDICATES:
        for a, b in ((1, 2), (2, 1), (2, 2)):
            assert eval(f"a {predicate.operator} b", {"a": a, "b": b}) == predicate.holds(a, b)


def test_cpp_spells_what_a_kernel_can_hold() -> None:
    """Each operation that has a spelling prints, whether or not its result fits."""
    from xdsl.dialects.builtin import i32
    from xdsl.dialects.test import TestOp

    for kind, meaning in ARITHMETIC.items():
        if not meaning.cpp:
            continue
        op = kind.create(operands=list(TestOp(result_types=[i32, i32]).results), result_types=[i32])
        for wraps in {False, bool(meaning.cpp_wrapping)}:
            made = arithmetic(op, [Expression("a"), Expression("b")], wraps=wraps)
            assert made is not None
            assert (meaning.cpp_wrapping if wraps else meaning.cpp) in made.text
