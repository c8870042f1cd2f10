"""Values of blocks that loops carry, that branches choose, and sums that are built from them."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.compute_kernels import compute_source, run_source
from ttlang.diagnostics import DiagnosticError, TTLangWarning
from ttlang.host import TILE_LAYOUT, open_device, zeros
from ttlang.tables.dtypes import BF16, F32, INT32

TURNS = 3
RNG = np.random.default_rng(7)
X = RNG.integers(-2, 3, (TURNS, 64, 64)).astype(np.float32)
Y = (RNG.integers(-2, 3, (TURNS, 64, 64)) * (RNG.random((TURNS, 64, 64)) < 0.2)).astype(np.float32)


def _swapped(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    p, q = np.zeros_like(x[0]), np.ones_like(x[0])
    for a, b in zip(x, y, strict=True):
        p, q = q + a, p - b
    return 3 * p + q


Case = tuple[str, str, Callable[[np.ndarray, np.ndarray], np.ndarray]]

CASES: list[Case] = [
    (
        "sum of products in a block that is reserved before",
        """
        with out.reserve() as o:
            acc = ttl.block.fill(0, shape=(2, 2))
            for _ in range(3):
                with x.wait() as a, y.wait() as b:
                    acc += a @ b
            o.store(acc)
        """,
        lambda x, y: (x @ y).sum(0),
    ),
    (
        "sum in a block that is reserved behind",
        """
        acc = ttl.block.fill(0, shape=(2, 2))
        for _ in range(3):
            with x.wait() as a, y.wait() as b:
                acc = acc + a * b
        with out.reserve() as o:
            o.store(acc * 2)
        """,
        lambda x, y: 2 * (x * y).sum(0),
    ),
    (
        "sum that starts with something",
        """
        with x.wait() as a, y.wait() as b:
            acc = a - b
        for _ in range(2):
            with x.wait() as a, y.wait() as b:
                acc = a + acc
                acc += b
        with out.reserve() as o:
            o.store(acc)
        """,
        lambda x, y: x.sum(0) - y[0] + y[1:].sum(0),
    ),
    (
        "sums that start with numbers",
        """
        total, rest = 0, 1.5
        for i in range(3):
            with x.wait() as a, y.wait() as b:
                total += a @ b
                rest = b - rest if i != 1 else rest
        with out.reserve() as o:
            o.store(total + rest)
        """,
        lambda x, y: (x @ y).sum(0) + y[2] - y[0] + 1.5,
    ),
    (
        "a number, or a block",
        """
        n = ttl.node(dims=1)
        largest = -100
        with out.reserve() as o:
            for i in range(3):
                with x.wait() as a, y.wait() as b:
                    largest = ttl.math.max(largest, a - b)
                    v = 2 if i == n else b
                    o += v * a
            o += largest
        """,
        lambda x, y: 2 * x[0] + x[1] * y[1] + x[2] * y[2] + (x - y).max(0),
    ),
    (
        "broadcasts whose shape the others tell",
        """
        with y.wait() as b:
            total = ttl.block.broadcast(ttl.math.reduce_sum(b, dims=[0]), dims=[0])
        with out.reserve() as o:
            for i in range(3):
                with x.wait() as a:
                    total = total + a
                    row = ttl.block.broadcast(ttl.math.reduce_max(a, dims=[0]), dims=[0])
                    o += a if i == 1 else row
            o += total
        for _ in range(2):
            with y.wait() as b:
                pass
        """,
        lambda x, y: y[0].sum(0) + x.sum(0) + x[0].max(0) + x[1] + x[2].max(0),
    ),
    (
        "largest",
        """
        best = ttl.block.fill(-1e30, shape=(2, 2))
        for _ in range(3):
            with x.wait() as a, y.wait() as b:
                best = ttl.math.max(best, a + b)
        with out.reserve() as o:
            o.store(best)
        """,
        lambda x, y: (x + y).max(0),
    ),
    (
        "rescaled",
        """
        acc = ttl.block.fill(1, shape=(2, 2))
        for _ in range(3):
            with x.wait() as a, y.wait() as b:
                acc = acc * 2 + a @ b
        with out.reserve() as o:
            o.store(acc)
        """,
        lambda x, y: 8 + 4 * (x[0] @ y[0]) + 2 * (x[1] @ y[1]) + x[2] @ y[2],
    ),
    (
        "swapped",
        """
        p, q = ttl.block.fill(0, shape=(2, 2)), ttl.block.fill(1, shape=(2, 2))
        for _ in range(3):
            with x.wait() as a, y.wait() as b:
                p, q = q + a, p - b
        with out.reserve() as o:
            o.store(p * 3 + q)
        """,
        _swapped,
    ),
    (
        "the one before",
        """
        last = ttl.block.fill(0, shape=(2, 2))
        total = ttl.block.fill(0, shape=(2, 2))
        for _ in range(3):
            with x.wait() as a, y.wait() as b:
                total = total + last * b
                last = a * 1
        with out.reserve() as o:
            o.store(total)
        """,
        lambda x, y: x[0] * y[1] + x[1] * y[2],
    ),
    (
        "chosen by a branch",
        """
        with out.reserve() as o:
            o.store(ttl.fill(0))
            for i in range(3):
                with x.wait() as a, y.wait() as b:
                    if i == 1:
                        v = a * 2
                    else:
                        v = b
                    o.store(v * a, acc=True)
        """,
        lambda x, y: x[0] * y[0] + 2 * x[1] * x[1] + x[2] * y[2],
    ),
    (
        "chosen, and only stored",
        """
        i = ttl.node(dims=1)
        with out.reserve() as o:
            for _ in range(3):
                with x.wait() as a, y.wait() as b:
                    o += a if i == 0 else b
        """,
        lambda x, y: x.sum(0),
    ),
    (
        "a sum on some turns",
        """
        acc = ttl.block.fill(0, shape=(2, 2))
        for i in range(3):
            with x.wait() as a, y.wait() as b:
                if i != 1:
                    acc += a
                else:
                    acc = acc + a @ b
        with out.reserve() as o:
            o.store(acc)
        """,
        lambda x, y: x[0] + x[1] @ y[1] + x[2],
    ),
    (
        "changed on some turns",
        """
        acc = ttl.block.fill(0, shape=(2, 2))
        for i in range(3):
            with x.wait() as a, y.wait() as b:
                if i != 1:
                    acc = a - acc
        with out.reserve() as o:
            o.store(acc)
        """,
        lambda x, y: x[2] - x[0],
    ),
    (
        "a loop that is left",
        """
        acc = ttl.block.fill(0, shape=(2, 2))
        k = ttl.node(dims=1) + 2
        for i in range(10):
            if i > k:
                break
            with x.wait() as a, y.wait() as b:
                acc = acc + a - b
        with out.reserve() as o:
            o.store(acc)
        """,
        lambda x, y: x.sum(0) - y.sum(0),
    ),
    (
        "loops in loops",
        """
        acc = ttl.block.fill(0, shape=(2, 2))
        for i in range(3):
            part = ttl.block.fill(1, shape=(2, 2))
            with x.wait() as a, y.wait() as b:
                for j in range(i + 1):
                    part = part + a
                    acc += b
                acc = acc + part * 2
        with out.reserve() as o:
            o.store(acc)
        """,
        lambda x, y: 6 + 2 * (x[0] + 2 * x[1] + 3 * x[2]) + y[0] + 2 * y[1] + 3 * y[2],
    ),
    (
        "a sum over two loops",
        """
        with out.reserve() as o:
            acc = ttl.block.fill(0, shape=(2, 2))
            for i in range(3):
                with x.wait() as a, y.wait() as b:
                    for j in range(2):
                        acc += a @ b
            o.store(acc)
        """,
        lambda x, y: 2 * (x @ y).sum(0),
    ),
    (
        "a loop that may have no turn",
        """
        n = ttl.node(dims=1)
        with out.reserve() as o:
            acc = ttl.block.fill(0, shape=(2, 2))
            for _ in range(n):
                acc += ttl.block.fill(3, shape=(2, 2))
            for _ in range(3):
                with x.wait() as a, y.wait() as b:
                    acc += a
            o.store(acc)
        """,
        lambda x, y: x.sum(0),
    ),
    (
        "a term that one path alone takes",
        """
        acc = ttl.block.fill(0, shape=(2, 2))
        for i in range(3):
            with x.wait() as a, y.wait() as b:
                more = acc + a
                acc = more if i == 1 else acc
        with out.reserve() as o:
            o.store(acc)
        """,
        lambda x, y: x[1],
    ),
    (
        "read in each turn",
        """
        acc = ttl.block.fill(0, shape=(2, 2))
        with out.reserve() as o:
            for _ in range(3):
                with x.wait() as a, y.wait() as b:
                    acc = acc + a
                    o += acc * b
        """,
        lambda x, y: (x.cumsum(0) * y).sum(0),
    ),
    (
        "bound in the loop, read behind it",
        """
        for _ in range(3):
            with x.wait() as a, y.wait() as b:
                v = a @ b
        with out.reserve() as o:
            o.store(v + 1)
        """,
        lambda x, y: x[2] @ y[2] + 1,
    ),
]


@pytest.mark.parametrize("dtype", [BF16, F32], ids=str)
@pytest.mark.parametrize(("body", "meaning"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_values(load: Any, body: str, meaning: Any, dtype: Any) -> None:
    options: dict[str, Any] = {"fp32_dest_acc_en": True} if dtype is BF16 else {}
    text = compute_source(body, {"x": (2, 2), "y": (2, 2)}, {"out": (2, 2)}, turns=TURNS, **options)
    wanted = meaning(X, Y)
    assert np.abs(wanted).max() <= 256
    for found in run_source(load, text, [X.reshape(-1, 64), Y.reshape(-1, 64)], [(64, 64)], dtype=dtype):
        np.testing.assert_array_equal(found[0], wanted, err_msg=textwrap.dedent(body))


KEPT = """
with x.wait() as a, y.wait() as b:
    v = a @ b
    w = v - a
with out.reserve() as o:
    o.store(w * 2 + v)
for _ in range(2):
    with x.wait() as a, y.wait() as b:
        pass
"""


def test_values_outlive_blocks_in_the_edition_that_says_so(load: Any) -> None:
    shapes = {"x": (2, 2), "y": (2, 2)}, {"out": (2, 2)}
    text = compute_source(KEPT, *shapes, turns=TURNS)
    wanted = 3 * (X[0] @ Y[0]) - 2 * X[0]
    for found in run_source(load, text, [X.reshape(-1, 64), Y.reshape(-1, 64)], [(64, 64)], dtype=F32):
        np.testing.assert_array_equal(found[0], wanted)
    with pytest.raises(DiagnosticError, match="TTL0401"):
        run_source(
            load,
            compute_source(KEPT, *shapes, turns=TURNS, decorator="kernel"),
            [X.reshape(-1, 64), Y.reshape(-1, 64)],
            [(64, 64)],
        )


def test_integers(load: Any) -> None:
    body = """
    total = ttl.block.fill(1, shape=(2, 2), dtype=ttl.int32)
    for i in range(3):
        with x.wait() as a, y.wait() as b:
            total = total + (a if i == 1 else b * 2)
    with out.reserve() as o:
        o.store(total)
    """
    text = compute_source(body, {"x": (2, 2), "y": (2, 2)}, {"out": (2, 2)}, turns=TURNS)
    inputs = [values.reshape(-1, 64).astype(np.int32) for values in (X, Y)]
    for found in run_source(load, text, inputs, [(64, 64)], dtype=INT32):
        np.testing.assert_array_equal(found[0], 1 + 2 * Y[0] + X[1] + 2 * Y[2])


def plan(load: Any, body: str, **options: Any) -> str:
    text = compute_source(body, {"x": (2, 2), "y": (2, 2)}, {"out": (2, 2)}, turns=TURNS, **options)
    device = open_device(device_id=0)
    tensors = [zeros(shape, dtype=BF16, layout=TILE_LAYOUT, device=device) for shape in ((192, 64),) * 2 + ((64, 64),)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TTLangWarning)
        return load(text).kernel.compile(*tensors).plan()


def body_of(name: str) -> str:
    return next(body for case, body, _ in CASES if case == name)


SUM_OF_2025 = """
with out.reserve() as o:
    for _ in range(3):
        with x.wait() as a, y.wait() as b:
            o.store(a @ b, acc=True)
"""


def test_a_sum_costs_what_an_accumulating_store_does(load: Any) -> None:
    def calls(body: str) -> list[str]:
        return [line.split(":", 2)[-1] for line in plan(load, body).splitlines() if "DST tiles" in line or "+=" in line]

    assert calls(body_of("sum of products in a block that is reserved before")) == calls(SUM_OF_2025)


def test_the_plan_names_what_is_carried_and_chosen(load: Any) -> None:
    assert "carried from turn to turn" in plan(load, body_of("largest"))
    assert "chosen by its paths" in plan(load, body_of("chosen by a branch"))
    assert "a sum over its turns" in plan(load, body_of("sum in a block that is reserved behind"))
    assert "made by the compiler" not in plan(load, body_of("chosen, and only stored"))


def test_l1_without_room_for_32_bits_keeps_16(load: Any) -> None:
    """A block of 96 tiles: two of float32 beside the four of the tensors are more than L1 has."""
    body = """
    with x.wait() as a:
        v = a * 2
    for _ in range(2):
        with x.wait() as a:
            v = a - v * 2
    with out.reserve() as o:
        o.store(v)
    """
    text = compute_source(body, {"x": (8, 12)}, {"out": (8, 12)}, turns=TURNS, fp32_dest_acc_en=True)
    values = RNG.integers(-2, 3, (TURNS, 256, 384)).astype(np.float32)
    wanted = values[2] - 2 * (values[1] - 4 * values[0])
    found = run_source(load, text, [values.reshape(-1, 384)], [(256, 384)], modes=("fast",))
    np.testing.assert_array_equal(found[0][0], wanted)


MISTAKES = [
    ("TTL0111", "v", "v = ttl.fill(0, shape=(1, 1))\nfor _ in range(3):\n    v = a + 1\no.store(v)"),
    ("TTL0412", "out", "v = a if i == 0 else o\no.store(v)"),
    ("TTL0111", "v", "v = a if i == 0 else ttl.typecast(a, ttl.int32)\no.store(ttl.typecast(v, ttl.bfloat16))"),
    ("TTL0108", "v", "v = i\nfor _ in range(3):\n    v += a\no.store(v)"),
    ("TTL0108", "v", "v = False\nfor _ in range(3):\n    v = v + a\no.store(v)"),
    ("TTL0106", "true", "v = 0\nfor _ in range(3):\n    v += a\n    if v > 3:\n        o.store(v)"),
    ("TTL0111", "v", "v = ttl.block.broadcast(a, dims=[0])\nfor _ in range(3):\n    v = v + 1\no.store(v)"),
    ("TTL0111", "v", "v = ttl.fill(0, shape=(2, 2))\nwhile (v := v + 1, i < 3)[1]:\n    i += 1\no.store(v)"),
    ("TTL0111", "v", "o.store(a)\nwhile (v := a * 2, i < 3)[1]:\n    i += 1\n    o += v"),
    ("TTL0401", "x", "v = a\nx.pop()\nfor _ in range(3):\n    v = v + 1\no.store(v)\nx.wait()"),
    ("TTL0106", "pop", "v = a if i == 0 else a + 1\nv.pop()\no.store(v)"),
]


@pytest.mark.parametrize(("code", "name", "statements"), MISTAKES, ids=[text for _, _, text in MISTAKES])
def test_mistakes(load: Any, code: str, name: str, statements: str) -> None:
    body = "i = ttl.node(dims=1)\nwith x.wait() as a, out.reserve() as o:\n" + textwrap.indent(statements, "    ")
    text = compute_source(body, {"x": (2, 2)}, {"out": (2, 2)}, grid=(2, 1))
    with pytest.raises(DiagnosticError) as raised:
        run_source(load, text, [X[0]], [(64, 64)])
    found = [diagnostic for diagnostic in raised.value.diagnostics if diagnostic.code == code]
    assert found
    assert name in found[0].message
