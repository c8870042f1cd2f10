"""Blocks of one buffer that a compute thread holds together: read and released in whatever order."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
import pytest

from tests.support.compute_kernels import compute_source, run_source
from tests.support.left_out_ends import left_out
from ttlang.diagnostics import DiagnosticError
from ttlang.tables.dtypes import BF16, F32, DType

X = np.random.default_rng(17).integers(-4, 5, (6, 32, 32)).astype(np.float32)


def stored(load: Any, body: str, turns: int, out_turns: int, dtype: DType = BF16, **how: Any) -> list[np.ndarray]:
    """What a body stores, in each mode of arithmetic, block by block."""
    text = compute_source(body, {"x": (1, 1)}, {"out": (1, 1)}, turns=turns, out_turns=out_turns)
    inputs = [np.resize(X, (turns, 32, 32)).reshape(-1, 32)]
    found = run_source(load, text, inputs, [(32 * out_turns, 32)], dtype=dtype, **how)
    return [each[0].reshape(out_turns, 32, 32) for each in found]


CASES: list[tuple[str, int, str, Callable[[np.ndarray], list[np.ndarray]]]] = [
    (
        "two",
        2,
        """
        a = x.wait()
        b = x.wait()
        out.reserve().store(a - b)
        a.pop()
        b.pop()
        """,
        lambda x: [x[0] - x[1]],
    ),
    (
        "released by the compiler, in each turn",
        4,
        """
        for i in range(2):
            a = x.wait()
            b = x.wait()
            out.reserve().store(a - b)
        """,
        lambda x: [x[0] - x[1], x[2] - x[3]],
    ),
    (
        "three in a with",
        3,
        """
        with x.wait() as a, x.wait() as b, x.wait() as c:
            out.reserve().store(a - b * 2 + c * 3)
        """,
        lambda x: [x[0] - 2 * x[1] + 3 * x[2]],
    ),
    (
        "released by the buffer",
        2,
        """
        a = x.wait()
        b = x.wait()
        out.reserve().store(a - b)
        x.pop()
        out.reserve().store(b)
        x.pop()
        """,
        lambda x: [x[0] - x[1], x[1]],
    ),
    (
        "the second released first",
        3,
        """
        a = x.wait()
        b = x.wait()
        out.reserve().store(a - b)
        b.pop()
        b = x.wait()
        out.reserve().store(a * b)
        a.pop()
        b.pop()
        """,
        lambda x: [x[0] - x[1], x[0] * x[2]],
    ),
    (
        "one for all turns",
        4,
        """
        w = x.wait()
        for i in range(3):
            out.reserve().store(w * 2)
            with x.wait() as b, out.reserve() as o:
                o.store(w * b)
        w.pop()
        """,
        lambda x: [v for i in range(1, 4) for v in (2 * x[0], x[0] * x[i])],
    ),
    (
        "neighbours",
        4,
        """
        a = x.wait()
        for i in range(3):
            b = x.wait()
            out.reserve().store(b - a)
            a.pop()
            a = b
        a.pop()
        """,
        lambda x: [x[i + 1] - x[i] for i in range(3)],
    ),
    (
        "three neighbours, released by the compiler",
        6,
        """
        a, b = x.wait(), x.wait()
        for i in range(4):
            c = x.wait()
            out.reserve().store(a + b * 2 + c * 3)
            a, b = b, c
        """,
        lambda x: [x[i] + 2 * x[i + 1] + 3 * x[i + 2] for i in range(4)],
    ),
    (
        "in a while",
        4,
        """
        a, i = x.wait(), 0
        while i < 3:
            b = x.wait()
            out.reserve().store(b @ a)
            a.pop()
            a = b
            i += 1
        out.reserve().store(a)
        a.pop()
        """,
        lambda x: [*(x[i + 1] @ x[i] for i in range(3)), x[3]],
    ),
    (
        "on a path",
        3,
        """
        a = x.wait()
        for i in range(3):
            if i > 0:
                with x.wait() as b, out.reserve() as o:
                    o.store(a - b)
            else:
                out.reserve().store(a)
        a.pop()
        """,
        lambda x: [x[0], x[0] - x[1], x[0] - x[2]],
    ),
    (
        "released on a path",
        3,
        """
        for i in range(1):
            a, b = x.wait(), x.wait()
            out.reserve().store(a - b)
            if i < 1:
                a.pop()
            b.pop()
        out.reserve().store(x.wait())
        """,
        lambda x: [x[0] - x[1], x[2]],
    ),
    (
        "a further one on a path, and read on the other",
        3,
        """
        a = x.wait()
        for i in range(3):
            if i % 2 == 0:
                b = x.wait()
                out.reserve().store(b - a)
                a.pop()
                a = b
            else:
                out.reserve().store(a)
        a.pop()
        """,
        lambda x: [x[1] - x[0], x[1], x[2] - x[1]],
    ),
    (
        "a further one on each path",
        4,
        """
        for i in range(2):
            a = x.wait()
            if i == 0:
                b = x.wait()
                out.reserve().store(b - a)
                a.pop()
                b.pop()
            else:
                b = x.wait()
                out.reserve().store(a - b)
                b.pop()
                a.pop()
        """,
        lambda x: [x[1] - x[0], x[2] - x[3]],
    ),
    (
        "a further one on each path, released by the compiler",
        4,
        """
        a = x.wait()
        for i in range(4):
            if i > 1:
                b = x.wait()
                out.reserve().store(b - a)
            elif i > 0:
                out.reserve().store(a)
            else:
                with x.wait() as b:
                    out.reserve().store(a - b)
        """,
        lambda x: [x[0] - x[1], x[0], x[2] - x[0], x[3] - x[0]],
    ),
    (
        "added up",
        4,
        """
        w, total = x.wait(), ttl.block.fill(0, shape=(1, 1))
        for i in range(3):
            total += x.wait() @ w
        out.reserve().store(total)
        """,
        lambda x: [(x[1] + x[2] + x[3]) @ x[0]],
    ),
]


@pytest.mark.parametrize(("number", "name", "turns", "body", "meaning"), [(i, *case) for i, case in enumerate(CASES)])
def test_held_together(load: Any, number: int, name: str, turns: int, body: str, meaning: Any) -> None:
    wanted = np.stack(meaning(X))
    for found in stored(load, body, turns, len(wanted), dtype=(BF16, F32)[number % 2]):
        if np.abs(wanted).max() <= 256:
            np.testing.assert_array_equal(found, wanted, err_msg=textwrap.dedent(body))
        else:
            np.testing.assert_allclose(found, wanted, rtol=2**-8, atol=1, err_msg=textwrap.dedent(body))


def test_a_ring_of_one_block_has_room_for_all(load: Any) -> None:
    """The first one is released before the next is waited for."""
    body = CASES[2][2]
    text = compute_source(body, {"x": (1, 1)}, {"out": (1, 1)}, turns=3).replace("block_count=2", "block_count=1")
    for found in run_source(load, text, [X[:3].reshape(-1, 32)], [(32, 32)]):
        np.testing.assert_array_equal(found[0], X[0] - 2 * X[1] + 3 * X[2])


# ------------------------------------------------------------------------------------------------------ random threads


class Writer:
    """Writes a thread that holds several blocks; each has a name of its own."""

    def __init__(self, number: int):
        self.random = random.Random(number)
        self.made = 0

    def text(self) -> str:
        lines = self.body([], 2)
        return "\n".join([*lines, "last = x.wait()", "out.reserve().store(last)", "last.pop()"])

    def body(self, outer: list[str], depth: int) -> list[str]:
        """Statements that release what they acquire, in any order. `outer`: what is held around them."""
        held: list[str] = []
        lines: list[str] = []
        for _ in range(self.random.randint(3, 6)):
            kind = self.random.choice(("wait", "wait", "pop", "store", "store", "loop", "if", "slide"))
            if kind == "wait" or not held:
                self.made += 1
                held.append(f"b{self.made}")
                lines.append(f"{held[-1]} = x.wait()")
            elif kind == "pop":
                lines.append(f"{held.pop(self.random.randrange(len(held)))}.pop()")
            elif kind == "store":
                lines.append(self.store([*outer, *held]))
            elif depth and kind in ("loop", "if"):
                self.made += 1
                count = f"i{self.made}"
                head = f"for {count} in range({self.random.randint(1, 2)}):"
                inner = self.body([*outer, *held], depth - 1)
                if kind == "if":
                    inner = [f"if {count} == 0:", *("    " + line for line in inner)]
                lines += [head, *("    " + line for line in inner)]
            elif depth and kind == "slide":
                lines += self.slide([*outer, *held])
        self.random.shuffle(held)
        return [*lines, *(f"{name}.pop()" for name in held)]

    def slide(self, others: list[str]) -> list[str]:
        self.made += 1
        old, new = f"s{self.made}", f"n{self.made}"
        lines = [f"{old} = x.wait()", f"for i{self.made} in range(2):", f"    {new} = x.wait()"]
        return [
            *lines,
            f"    {self.store([*others, old, new])}",
            f"    {old}.pop()",
            f"    {old} = {new}",
            f"{old}.pop()",
        ]

    def store(self, names: list[str]) -> str:
        chosen = self.random.sample(names, min(len(names), self.random.randint(1, 3)))
        return f"out.reserve().store({' - '.join(chosen)})"


class Block:
    def __init__(self, values: np.ndarray):
        self.values = values

    def __sub__(self, other: Self) -> Block:
        return Block(self.values - other.values)

    def pop(self) -> None:
        pass


def model(body: str) -> tuple[int, list[np.ndarray]]:
    """How many blocks Python takes, and what it stores."""
    taken: list[Block] = []
    found: list[np.ndarray] = []

    def wait() -> Block:
        taken.append(Block(X[len(taken) % len(X)]))
        return taken[-1]

    out = SimpleNamespace(reserve=lambda: SimpleNamespace(store=lambda block: found.append(block.values)))
    exec(body, {"x": SimpleNamespace(wait=wait), "out": out})
    return len(taken), found


def check(load: Any, number: int, **how: Any) -> None:
    body = Writer(number).text()
    turns, wanted = model(body)
    for found in stored(load, body, turns, len(wanted), dtype=(BF16, F32)[number % 2], **how):
        np.testing.assert_array_equal(found, np.stack(wanted), err_msg=f"{number}:\n{body}")


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_random_threads_store_what_python_does(load: Any, first: int) -> None:
    for number in range(first, first + 10):
        check(load, number, native=False, seed=(None, 1)[number % 2])


@pytest.mark.parametrize("number", range(100, 103))
def test_their_cpp_leaves_the_same_bytes(load: Any, number: int) -> None:
    check(load, number)


def test_their_releases_may_be_left_out(load: Any) -> None:
    for number in range(200, 210):
        with left_out(1.0 if number % 3 else 0.5, number):
            check(load, number, native=False)


# ------------------------------------------------------------------------------------------------------------ mistakes

MISTAKES = [
    ("TTL0401", 4, "a = x.wait()\nb = x.wait()\na.pop()\nout.reserve().store(a - b)\nb.pop()"),
    ("TTL0402", 6, "a = x.wait()\nb = x.wait()\nout.reserve().store(a - b)\na.pop()\na.pop()\nb.pop()"),
    ("TTL0404", 2, "a = x.wait()\nb = x.wait()\nprint('a', a)\nout.reserve().store(a - b)\na.pop()\nb.pop()"),
    ("TTL0404", 2, "o = out.reserve()\np = out.reserve()\no.store(x.wait())\no.push()\np.store(x.wait())\np.push()"),
]


@pytest.mark.parametrize(("code", "line", "body"), MISTAKES)
def test_mistakes(load: Any, code: str, line: int, body: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        stored(load, body, 2, 1)
    above = 7  # lines of the text
    assert (code, line) in [(d.code, d.span.line - above) for d in raised.value.diagnostics if d.span is not None]
