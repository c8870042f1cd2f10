"""Blocks that were waited for, and are given other contents before they are popped (2026)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.compute_kernels import compute_source, run_source
from ttlang.diagnostics import DiagnosticError

X = np.random.default_rng(3).integers(-3, 4, (3, 32, 32)).astype(np.float32)
SHAPES = {"x": (1, 1)}, {"out": (1, 1)}


def stored(load: Any, body: str, decorator: str = "operation") -> np.ndarray:
    text = compute_source(body, *SHAPES, turns=3, decorator=decorator)
    chip, fast = run_source(load, text, [X.reshape(-1, 32)], [(32, 32)])
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


HANDED_ON = [
    "a.store(a * 2)\nfor i in range(2):\n    total += a\n    a.pop()\n    a = x.wait()",
    "for i in range(2):\n    a.pop()\n    a = x.wait()\n    a.store(a * 2)\n    total += a",
    "for n in range(2):\n    a.store(a * 2)\n    if n == 1:\n        a.pop()\n        a = x.wait()\n    total += a",
    "for n in range(2):\n    if n:\n        a.store(a * 2)\n    else:\n        a.pop()\n        a = x.wait()"
    "\n    total += a",
    "i = 0\na.store(a * 2)\nwhile i < 2:\n    total += a\n    a.pop()\n    a = x.wait()\n    i += 1",
]


@pytest.mark.parametrize("statements", HANDED_ON)
def test_what_replaces_a_block_is_not_handed_on(load: Any, statements: str) -> None:
    body = f"a, total = x.wait(), ttl.block.fill(0, shape=(1, 1))\ntotal += a\n{statements}\na.pop()"
    with pytest.raises(DiagnosticError) as raised:
        stored(load, f"{body}\nwith out.reserve() as o:\n    o.store(total)")
    (found,) = (found for found in raised.value.diagnostics if found.code == "TTL0003")
    assert found.span is not None
    source = Path(found.span.file).read_text().splitlines()[found.span.line - 1]
    assert source.strip() == "a.store(a * 2)"


@pytest.mark.parametrize(
    ("code", "decorator", "statements"),
    [
        ("TTL0411", "kernel", "o.store(a)\n    a.store(a + 1)"),
        ("TTL0411", "operation", "a.store(o.shape[0])\n    o.store(a)"),
        ("TTL0003", "operation", "o.store(a)\n    for i in range(3):\n        a.store(a + 1)\n    o += a"),
    ],
)
def test_mistakes(load: Any, code: str, decorator: str, statements: str) -> None:
    others = "for _ in range(2):\n    with x.wait() as a:\n        pass"
    body = f"with x.wait() as a, out.reserve() as o:\n    {statements}\n{others}"
    with pytest.raises(DiagnosticError) as raised:
        stored(load, body, decorator)
    assert code in {diagnostic.code for diagnostic in raised.value.diagnostics}
