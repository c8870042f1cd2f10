"""Variables that stand for blocks of a buffer in turn: held across turns of a loop, chosen by a branch."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.compute_kernels import compute_source, run_source
from ttlang.diagnostics import DiagnosticError
from ttlang.host import ROW_MAJOR_LAYOUT
from ttlang.tables.dtypes import BF16, F32

TURNS = 4
RNG = np.random.default_rng(11)
X, Y = (RNG.integers(-4, 5, (TURNS, 64, 32)).astype(np.float32) for _ in range(2))
SHAPES = {"x": (2, 1), "y": (2, 1)}, {"out": (2, 1)}

Case = tuple[str, str, Callable[[np.ndarray, np.ndarray], list[np.ndarray]]]

CASES: list[Case] = [
    (
        "waited for at the end of a turn",
        """
        a = x.wait()
        for i in range(3):
            b = y.wait()
            with out.reserve() as o:
                o.store(a * b)
            b.pop()
            a.pop()
            a = x.wait()
        with out.reserve() as o, y.wait() as b:
            o.store(a + b)
        a.pop()
        """,
        lambda x, y: [*(x * y)[:3], x[3] + y[3]],
    ),
    (
        "waited for within a turn",
        """
        a = x.wait()
        for i in range(3):
            with y.wait() as b:
                with out.reserve() as o:
                    v = a * 2
                    o.store(v + b)
                x.pop()
                a = x.wait()
                with out.reserve() as o:
                    o.store(a - b)
        x.pop()
        with y.wait() as b, out.reserve() as o:
            o.store(b)
        """,
        lambda x, y: [v for i in range(3) for v in (2 * x[i] + y[i], x[i + 1] - y[i])] + [y[3]],
    ),
    (
        "on some turns only",
        """
        a = x.wait()
        for i in range(4):
            if i == 1 or i == 3:
                a.pop()
                a = x.wait()
            b = y.wait()
            with out.reserve() as o:
                o.store(a + b)
            b.pop()
        a.pop()
        with x.wait() as a, out.reserve() as o:
            o.store(a)
        """,
        lambda x, y: [x[0] + y[0], x[1] + y[1], x[1] + y[2], x[2] + y[3], x[3]],
    ),
    (
        "on each path",
        """
        n = ttl.node(dims=1)
        for i in range(4):
            if i == 2:
                a = x.wait()
                b = y.wait()
            else:
                b = y.wait()
                a = x.wait()
            with out.reserve() as o:
                o.store(a - b)
            a.pop()
            b.pop()
        """,
        lambda x, y: list(x - y),
    ),
    (
        "in loops in each other, and two of them",
        """
        a, b = x.wait(), y.wait()
        for i in range(3):
            for j in range(2):
                with out.reserve() as o:
                    o.store(a * 3 - b)
                if j == 1:
                    a.pop()
                    a = x.wait()
            b.pop()
            b = y.wait()
        a.pop()
        b.pop()
        """,
        lambda x, y: [3 * x[i] - y[i] for i in range(3) for _ in range(2)],
    ),
    (
        "in a while",
        """
        a, i = x.wait(), 0
        while i < 3:
            with out.reserve() as o:
                o.store(a * 2)
            a.pop()
            with y.wait() as b:
                pass
            a = x.wait()
            i += 1
        with out.reserve() as o, y.wait() as b:
            o.store(a * 5 + b)
        a.pop()
        """,
        lambda x, y: [*(2 * x)[:3], 5 * x[3] + y[3]],
    ),
    (
        "a value of an earlier one",
        """
        a = x.wait()
        first = a * 4
        for i in range(3):
            with y.wait() as b:
                first = first - b
            a.pop()
            a = x.wait()
        with out.reserve() as o, y.wait() as b:
            o.store(first + a)
        a.pop()
        """,
        lambda x, y: [4 * x[0] + x[3] - y[:3].sum(0)],
    ),
    (
        "reserved before the loop",
        """
        o = out.reserve()
        for i in range(4):
            with x.wait() as a, y.wait() as b:
                o.store(a + b)
            o.push()
            o = out.reserve()
        o.store(ttl.block.fill(7, shape=(2, 1)))
        o.push()
        """,
        lambda x, y: [*(x + y), np.full_like(x[0], 7)],
    ),
    (
        "in all turns but the last",
        """
        a, o = x.wait(), out.reserve()
        for i in range(4):
            b = y.wait()
            v = a - b
            a.pop()
            if i < 3:
                a = x.wait()
            o.store(v * 2)
            b.pop()
            o.push()
            if i + 1 != 4:
                o = out.reserve()
        """,
        lambda x, y: list(2 * (x - y)),
    ),
    (
        "replaced, in all turns but the last",
        """
        a = x.wait()
        for i in range(4):
            with y.wait() as b, out.reserve() as o:
                o.store(a)
                a.store(a * 2)
                o += a * b
            a.pop()
            if i < 3:
                a = x.wait()
        """,
        lambda x, y: list(x + 2 * x * y),
    ),
    (
        "released by the compiler",
        """
        a = x.wait()
        for i in range(3):
            b = y.wait()
            out.reserve().store(a * b)
            if i != 5:
                a = x.wait()
        out.reserve().store(a + y.wait())
        """,
        lambda x, y: [*(x * y)[:3], x[3] + y[3]],
    ),
    (
        "released by the compiler, and a value kept",
        """
        a = x.wait()
        for i in range(3):
            v = a * y.wait()
            a = x.wait()
            out.reserve().store(a + v)
        out.reserve().store(a + y.wait())
        """,
        lambda x, y: [*(x[:3] * y[:3] + x[1:]), x[3] + y[3]],
    ),
]


@pytest.mark.parametrize(("number", "name", "body", "meaning"), [(i, *case) for i, case in enumerate(CASES)])
def test_held_blocks(load: Any, number: int, name: str, body: str, meaning: Any) -> None:
    wanted = np.stack(meaning(X, Y))
    text = compute_source(body, *SHAPES, turns=TURNS, out_turns=len(wanted))
    inputs = [X.reshape(-1, 32), Y.reshape(-1, 32)]
    for found in run_source(load, text, inputs, [(64 * len(wanted), 32)], dtype=(BF16, F32)[number % 2]):
        np.testing.assert_array_equal(found[0].reshape(wanted.shape), wanted, err_msg=textwrap.dedent(body))


UNIFIED = """
from ttlang import ttl, ttnn
@ttl.operation(grid=(1, 1))
def kernel(x_t, out_t):
    x = ttl.make_dataflow_buffer_like(x_t, shape=(2, 1), block_count=2)
    out = ttl.make_dataflow_buffer_like(out_t, shape=(2, 1), block_count=2)
    block = x.reserve()
    for i in range(3):
        ttl.copy(x_t[2 * i : 2 * i + 2, 0], block)
        block = x.reserve()
    ttl.copy(x_t[6:8, 0], block)
    a = x.wait()
    for i in range(3):
        out.reserve().store(a * 2)
        a = x.wait()
    out.reserve().store(a * 3)
    w = out.wait()
    for i in range(3):
        ttl.copy(w, out_t[2 * i : 2 * i + 2, 0])
        w = out.wait()
    ttl.copy(w, out_t[6:8, 0])
"""


def test_in_all_threads_of_a_unified_body(load: Any) -> None:
    for found in run_source(load, UNIFIED, [X.reshape(-1, 32)], [(256, 32)]):
        np.testing.assert_array_equal(found[0].reshape(X.shape), [*(2 * X)[:3], 3 * X[3]])


ROW_MAJOR = """
from ttlang import ttl, ttnn
@ttl.operation(grid=(1, 1))
def kernel(x_t, out_t):
    x = ttl.make_dataflow_buffer_like(x_t, shape=(32, 32), block_count=2)
    out = ttl.make_dataflow_buffer_like(out_t, shape=(32, 32), block_count=2)
    for i in range(4):
        ttl.copy(x_t[32 * i : 32 * i + 32, 0:32], x.reserve())
    a, o = x.wait(), out.reserve()
    for i in range(3):
        o.store(a * 2)
        a, o = x.wait(), out.reserve()
    o.store(-a)
    for i in range(4):
        ttl.copy(out.wait(), out_t[32 * i : 32 * i + 32, 0:32])
"""


def test_rows_that_are_turned_into_tiles(load: Any) -> None:
    x = X.reshape(-1, 32)[:128]
    for found in run_source(load, ROW_MAJOR, [x], [x.shape], layout=ROW_MAJOR_LAYOUT):
        np.testing.assert_array_equal(found[0], np.concatenate([2 * x[:96], -x[96:]]))


MISTAKES = [
    ("TTL0413", "a = x.wait()\nfor i in range(3):\n    a.pop()\n    if i < 1:\n        a = x.wait()"),
    (
        "TTL0401",
        "a = x.wait()\nfor i in range(3):\n    a.pop()\n    if i < 2:\n        a = x.wait()\nout.reserve().store(a)",
    ),
    ("TTL0401", "a = b = x.wait()\nfor i in range(3):\n    out.reserve().store(b)\n    a.pop()\n    a = x.wait()"),
    ("TTL0003", "o = out.reserve()\nfor i in range(3):\n    o += x.wait()\n    o.push()\n    o = out.reserve()"),
    ("TTL0106", "a = x.wait()\nfor i in range(3):\n    a.pop()\n    a = y.wait()"),
]


@pytest.mark.parametrize(("code", "body"), MISTAKES)
def test_mistakes(load: Any, code: str, body: str) -> None:
    text = compute_source(body, *SHAPES, turns=TURNS)
    with pytest.raises(DiagnosticError) as raised:
        run_source(load, text, [X.reshape(-1, 32), Y.reshape(-1, 32)], [(64, 32)])
    assert code in {found.code for found in raised.value.diagnostics}
