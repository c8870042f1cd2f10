"""Blocks that were waited for, and are given other contents before they are popped (2026)."""

from __future__ import annotations

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
