"""Blocks that were waited for, and are given other contents before they are popped (2026)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.compute_kernels import compute_source, run_source
from ttlang.diagnostics import DiagnosticError

X = np.random.default_rng(3).integers(-3, 4, (3, 32, 32)).astype(np.float32)
SHAPES = {"x": (1, 1)}, {"out": (1, 1)}


def stored(load: Any, body: str, decorator: str = "operation", turns: int = 3) -> np.ndarray:
    text = compute_source(body, *SHAPES, turns=turns, decorator=decorator)
    chip, fast = run_source(load, text, [X[:turns].reshape(-1, 32)], [(32, 32)])
    np.testing.assert_array_equal(chip[0], fast[0])
    return chip[0]


def test_what_is_read_behind_a_store_is_what_was_stored(load: Any) -> None:
    body = """
    with out.reserve() as o:
        o.store(ttl.block.fill(0))
        for i in range(3):
            with x.wait() as a:
                before = a * 3
                a.store(a + ttl.block.fill(1, shape=a.shape, dtype=a.dtype))
                between = a - before
                a.store(a * a)
                o.store(a + between, acc=True)
    """
    wanted = sum((v + 1) ** 2 + v + 1 - 3 * v for v in X)
    np.testing.assert_array_equal(stored(load, body), wanted)


def test_carried_from_a_replaced_block(load: Any) -> None:
    body = """
    best = ttl.block.fill(-100, shape=(1, 1))
    for i in range(3):
        with x.wait() as a:
            a.store(-a)
            best = ttl.math.max(best, a)
    with out.reserve() as o:
        o.store(best)
    """
    np.testing.assert_array_equal(stored(load, body), (-X).max(0))


def test_replaced_and_handed_on_after_the_next_wait(load: Any) -> None:
    body = """
    a, total = x.wait(), ttl.block.fill(0, shape=(1, 1))
    for i in range(2):
        a.store(a * 2 + ttl.block.fill(1, shape=(1, 1)))
        total = total * 3 + a
        a.pop()
        a = x.wait()
    a.store(-a)
    with out.reserve() as o:
        o.store(total + a)
    a.pop()
    """
    np.testing.assert_array_equal(stored(load, body), 3 * (2 * X[0] + 1) + 2 * X[1] + 1 - X[2])


HANDED_ON: list[tuple[int, np.ndarray, str]] = [
    (
        3,
        3 * X[0] + X[1],
        """
a.store(a * 2)
for i in range(2):
    total += a
    a.pop()
    a = x.wait()
""",
    ),
    (
        3,
        X[0] + 2 * X[1] + 2 * X[2],
        """
for i in range(2):
    a.pop()
    a = x.wait()
    a.store(a * 2)
    total += a
""",
    ),
    (
        2,
        3 * X[0] + X[1],
        """
for n in range(2):
    a.store(a * 2)
    if n == 1:
        a.pop()
        a = x.wait()
    total += a
""",
    ),
    (
        2,
        X[0] + 3 * X[1],
        """
for n in range(2):
    if n:
        a.store(a * 2)
    else:
        a.pop()
        a = x.wait()
    total += a
""",
    ),
    (
        3,
        3 * X[0] + X[1],
        """
i = 0
a.store(a * 2)
while i < 2:
    total += a
    a.pop()
    a = x.wait()
    i += 1
""",
    ),
]


@pytest.mark.parametrize(("turns", "wanted", "statements"), HANDED_ON)
def test_what_replaces_a_block_is_handed_on(load: Any, turns: int, wanted: np.ndarray, statements: str) -> None:
    body = f"""
a, total = x.wait(), ttl.block.fill(0, shape=(1, 1))
total += a
{statements}
a.pop()
with out.reserve() as o:
    o.store(total)
"""
    np.testing.assert_array_equal(stored(load, body, turns=turns), wanted)


Y = np.random.default_rng(4).integers(-3, 4, (4, 32, 32)).astype(np.float32)


def swapped(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    for _ in range(3):
        a, b = b, a - b
    return a - 4 * b


IN_TURNS: dict[str, tuple[str, np.ndarray]] = {
    "a sum": (
        """
for i in range(4):
    with y.wait() as b:
        a.store(a + b)
""",
        X[0] + Y.sum(0),
    ),
    "a maximum, in some turns": (
        """
for i in range(4):
    with y.wait() as b:
        if i:
            a.store(ttl.math.max(a, b))
""",
        np.maximum(X[0], Y[1:].max(0)),
    ),
    "another block as it is, in some turns": (
        """
for i in range(4):
    with y.wait() as b:
        if i % 2:
            a.store(b)
""",
        Y[3],
    ),
    "on both paths": (
        """
for i in range(4):
    with y.wait() as b:
        if i < 3:
            a.store(a - b)
        else:
            a.store(b - a)
""",
        Y.sum(0) - X[0],
    ),
    "loops in each other": (
        """
for i in range(2):
    for j in range(2):
        with y.wait() as b:
            a.store(a - b)
    a.store(a * 2)
""",
        4 * X[0] - 4 * (Y[0] + Y[1]) - 2 * (Y[2] + Y[3]),
    ),
    "two blocks that replace each other": (
        """
b = y.wait()
o += b
for i in range(3):
    old = a * 1
    a.store(b)
    b.store(old - b)
a.store(a - b * 4)
b.pop()
for i in range(3):
    with y.wait() as b:
        pass
""",
        Y[0] + swapped(X[0], Y[0]),
    ),
    "left early": (
        """
for i in range(9):
    with y.wait() as b:
        a.store(a + b)
    if i == 3:
        break
""",
        X[0] + Y.sum(0),
    ),
    "a value that is wider": (
        """
for i in range(4):
    with y.wait() as b:
        a.store(ttl.typecast(a + b, ttl.float32))
""",
        X[0] + Y.sum(0),
    ),
}


@pytest.mark.parametrize("name", IN_TURNS)
def test_replaced_in_turns_and_on_paths(load: Any, name: str) -> None:
    statements, wanted = IN_TURNS[name]
    body = f"a, o = x.wait(), out.reserve()\no.store(a)\n{statements}o += a\no.push()\na.pop()\n"
    body += "for i in range(3):\n    with x.wait() as a:\n        pass"
    text = compute_source(body, {"x": (1, 1), "y": (1, 1)}, {"out": (1, 1)}, turns=4)
    inputs = [np.concatenate([X, X[:1]]).reshape(-1, 32), Y.reshape(-1, 32)]
    for found in run_source(load, text.replace("block_count=2", "block_count=4"), inputs, [(32, 32)]):
        np.testing.assert_array_equal(found[0], X[0] + wanted, err_msg=statements)


def test_replaced_on_one_path_and_waited_for_on_others(load: Any) -> None:
    """All of them leave their releases out, so that what is held differs where they meet."""
    body = """
    for i in range(2):
        b = y.wait()
        if i == 1:
            if i > 1:
                a = b * 1
            elif i == 1:
                b.store(b)
            else:
                a = x.wait()
                a.store(a - b)
        elif i == 1:
            a = x.wait()
        c = x.wait()
        out.reserve().store(c)
    """
    text = compute_source(body, {"x": (1, 1), "y": (1, 1)}, {"out": (1, 1)}, turns=2, out_turns=2)
    for found in run_source(load, text, [X[:2].reshape(-1, 32), Y[:2].reshape(-1, 32)], [(64, 32)]):
        np.testing.assert_array_equal(found[0], X[:2].reshape(-1, 32))


def test_replaced_on_one_path_and_released_on_others(load: Any) -> None:
    """Behind the paths nobody reads the block; nor does the compiler, on those that have released it."""
    body = """
    for i in range(2):
        a = x.wait()
        if i == 2:
            if i == 2:
                out.reserve().store(a)
            else:
                out.reserve().store(a)
                a.store(a * 2)
        elif i == 2:
            b = y.wait()
            out.reserve().store(a - b)
        for j in range(i):
            a = x.wait()
    out.reserve().store(y.wait() - y.wait() + y.wait())
    """
    text = compute_source(body, {"x": (1, 1), "y": (1, 1)}, {"out": (1, 1)}, turns=3, out_turns=1)
    for found in run_source(load, text, [X.reshape(-1, 32), Y[:3].reshape(-1, 32)], [(32, 32)]):
        np.testing.assert_array_equal(found[0], Y[0] - Y[1] + Y[2])


CHOSEN = """
with out.reserve() as o:
    o.store(ttl.block.fill(0))
    for i in range(3):
        with x.wait() as a:
            q = ttl.block.fill(7, shape=(1, 1))
            if i % 2 == 0:
                q = {chosen}
            {statements}
"""


@pytest.mark.parametrize(
    ("chosen", "statements"),
    [
        ("a * 1", "a.store(a * 2); o.store(q + a, acc=True)"),
        ("a", "v = q + a * 2; a.store(a * 2); o.store(v, acc=True)"),
    ],
    ids=["a value", "read before the store"],
)
def test_a_choice_of_what_a_block_held_before(load: Any, chosen: str, statements: str) -> None:
    found = stored(load, CHOSEN.format(chosen=chosen, statements=statements))
    np.testing.assert_array_equal(found, 2 * sum(X) + X[0] + 7 + X[2])


@pytest.mark.parametrize(
    "statements",
    ["a.store(a * 2); o.store(q, acc=True)", "if i: a.store(a * 2)\n            o.store(q + a, acc=True)"],
    ids=["straight on", "on a path"],
)
def test_what_a_path_has_chosen_is_not_read_behind_the_store(load: Any, statements: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        stored(load, CHOSEN.format(chosen="a", statements=statements))
    assert "TTL0003" in {each.code for each in raised.value.diagnostics}


@pytest.mark.parametrize(
    ("code", "decorator", "statements"),
    [
        ("TTL0411", "kernel", "o.store(a)\n    a.store(a + 1)"),
        ("TTL0411", "operation", "a.store(o.shape[0])\n    o.store(a)"),
    ],
)
def test_mistakes(load: Any, code: str, decorator: str, statements: str) -> None:
    others = "for _ in range(2):\n    with x.wait() as a:\n        pass"
    body = f"with x.wait() as a, out.reserve() as o:\n    {statements}\n{others}"
    with pytest.raises(DiagnosticError) as raised:
        stored(load, body, decorator)
    assert code in {diagnostic.code for diagnostic in raised.value.diagnostics}
