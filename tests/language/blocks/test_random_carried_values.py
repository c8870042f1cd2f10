"""
Random compute threads of loops, branches, conditional expressions and accumulators over values of blocks, some of which
are held from turn to turn, or replaced, against Python itself, which runs the same text on arrays: integers small
enough that no format rounds them.
"""

from __future__ import annotations

import random
import textwrap
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
import pytest

from tests.support.compute_kernels import compute_source, run_source
from tests.support.left_out_ends import left_out
from ttlang.tables.dtypes import BF16, F32

MOST = {BF16: 256, F32: 2**11}
"""Up to here every integer is exact wherever the value may come by (float32 through an 11-bit source register, too)."""
TURNS = 4


class Block:
    """A block of the model, which knows how large values have been."""

    largest = 0.0

    def __init__(self, values: np.ndarray):
        self.values = values
        Block.largest = max(Block.largest, float(np.abs(values).max()))

    def __add__(self, other: Block) -> Block:
        return Block(self.values + other.values)

    def __sub__(self, other: Block) -> Block:
        return Block(self.values - other.values)

    def __mul__(self, other: Block | int) -> Block:
        return Block(self.values * (other.values if isinstance(other, Block) else other))

    def __matmul__(self, other: Block) -> Block:
        Block(np.abs(self.values) @ np.abs(other.values))
        return Block(self.values @ other.values)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pop()

    def pop(self) -> None:
        pass

    def store(self, value: Block) -> None:
        """Other contents, for this block that was waited for."""
        self.values = value.values

    def __neg__(self) -> Block:
        return Block(-self.values)


class Writer:
    """Writes the statements of a thread. `names` are variables that hold a value."""

    def __init__(self, number: int):
        self.random = random.Random(number)
        self.names = [f"v{i}" for i in range(self.random.randint(1, 3))]
        self.loops = 0
        self.holds = number % 4 == 3
        """Whether the block of `y` is held from turn to turn."""

    def text(self) -> str:
        lines = [f"{name} = ttl.block.fill({self.random.randint(-1, 2)}, shape=(1, 1))" for name in self.names]
        lines += self.turns_that_hold() if self.holds else self.turns("x.wait() as a, y.wait() as b", TURNS)
        stored = " + ".join(self.random.sample(self.names, self.random.randint(1, len(self.names))))
        if self.random.random() < 0.5:
            return "\n".join([*lines, "with out.reserve() as o:", f"    o.store({stored})"])
        return "\n".join(["with out.reserve() as o:", *("    " + line for line in lines), f"    o.store({stored})"])

    def turns(self, acquired: str, count: int) -> list[str]:
        lines = [f"for t in range({count}):", f"    with {acquired}:"]
        return [*lines, *textwrap.indent("\n".join(self.body(["a", "b"], "t", 2)), " " * 8).splitlines()]

    def turns_that_hold(self) -> list[str]:
        """Each turn ends with the wait for the next block, which may be used in it, and is in the next one."""
        lines = ["b = y.wait()", *self.turns("x.wait() as a", TURNS - 1)]
        lines += textwrap.indent("b.pop()\nb = y.wait()", " " * 8).splitlines()
        if self.random.random() < 0.5:
            lines += textwrap.indent("\n".join(self.body(["a", "b"], "t", 1)), " " * 8).splitlines()
        return [*lines, "with x.wait() as a:", *self.inner(["a", "b"], "t", 2), "b.pop()"]

    def body(self, blocks: list[str], count: str, depth: int) -> list[str]:
        """Statements, some of which replace what a block holds."""
        lines: list[str] = []
        for _ in range(self.random.randint(1, 3)):
            lines += self.statement(blocks, count, depth).splitlines()
            if self.random.random() < 0.15:
                name = self.random.choice(blocks)
                lines.append(f"{name}.store({name} - {self.random.choice(blocks)})")
        return lines

    def statement(self, blocks: list[str], count: str, depth: int) -> str:
        kind = self.random.choice(("sum", "sum", "value", "value", "swap", "if", "if", "for", "chosen"))
        name = self.random.choice(self.names)
        if kind == "if" and depth:
            lines = [f"if {self.condition(count)}:", *self.inner(blocks, count, depth)]
            if self.random.random() < 0.5:
                lines += ["else:", *self.inner(blocks, count, depth)]
            return "\n".join(lines)
        if kind == "for" and depth:
            self.loops += 1
            own = f"i{self.loops}"
            lines = [f"for {own} in range({self.random.randint(1, 2)}):"]
            if self.random.random() < 0.3:
                lines += [f"    if {self.condition(count)}:", "        break"]
            return "\n".join([*lines, *self.inner(blocks, own, depth)])
        if kind == "swap" and len(self.names) > 1:
            first, second = self.random.sample(self.names, 2)
            return f"{first}, {second} = {second}, {self.expression([first, *blocks])}"
        if kind == "chosen":
            return f"{name} = {name} if {self.condition(count)} else {self.expression([*self.names, *blocks])}"
        if kind == "value":
            return f"{name} = {self.expression([*self.names, *blocks])}"
        return f"{name} += {self.expression(blocks)}"

    def inner(self, blocks: list[str], count: str, depth: int) -> list[str]:
        return ["    " + line for line in self.body(blocks, count, depth - 1)]

    def condition(self, count: str) -> str:
        return self.random.choice((f"{count} == 1", f"{count} % 2 == 0", f"{count} > 0", "t < 2"))

    def expression(self, operands: list[str]) -> str:
        form = self.random.choice(
            ("{0} + {1}", "{0} - {1}", "a @ b", "ttl.math.max({0}, {1})", "ttl.math.min({0}, {1})", "-{0}", "{0} * 1")
        )
        return form.format(self.random.choice(operands), self.random.choice(operands))


def model(body: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What Python stores."""
    stored: list[Block] = []

    def ring(values: np.ndarray) -> Any:
        blocks = iter(values)
        return SimpleNamespace(wait=lambda: Block(next(blocks)))

    @contextmanager
    def reserve() -> Any:
        yield SimpleNamespace(store=stored.append)

    ttl = SimpleNamespace(
        block=SimpleNamespace(fill=lambda value, shape: Block(np.full((32, 32), float(value)))),
        math=SimpleNamespace(
            max=lambda p, q: Block(np.maximum(p.values, q.values)),
            min=lambda p, q: Block(np.minimum(p.values, q.values)),
        ),
    )
    Block.largest = 0
    exec(body, {"ttl": ttl, "x": ring(x), "y": ring(y), "out": SimpleNamespace(reserve=reserve)})
    return stored[0].values


def case(number: int, dtype: Any) -> tuple[str, np.ndarray, np.ndarray, np.ndarray]:
    """The first text from a number on whose values stay small, with its inputs and what it stores."""
    while True:
        body = Writer(number).text()
        rng = np.random.default_rng(number)
        x = rng.integers(-2, 3, (TURNS, 32, 32)).astype(np.float64)
        y = (rng.integers(-1, 2, (TURNS, 32, 32)) * (rng.random((TURNS, 32, 32)) < 0.1)).astype(np.float64)
        wanted = model(body, x, y)
        if Block.largest <= MOST[dtype]:
            return body, x, y, wanted
        number += 10_000


def check(load: Any, number: int, dtype: Any, *, native: bool) -> None:
    body, x, y, wanted = case(number, dtype)
    options: dict[str, Any] = {"fp32_dest_acc_en": number % 2 == 0} if dtype is BF16 else {}
    text = compute_source(body, {"x": (1, 1), "y": (1, 1)}, {"out": (1, 1)}, turns=TURNS, **options)
    inputs = [values.reshape(-1, 32).astype(np.float32) for values in (x, y)]
    seed = (None, 1, 2)[number % 3]
    for found in run_source(load, text, inputs, [(32, 32)], dtype=dtype, seed=seed, native=native):
        np.testing.assert_array_equal(found[0], wanted, err_msg=f"{number}:\n{body}")


@pytest.mark.parametrize("dtype", [BF16, F32], ids=str)
@pytest.mark.parametrize("first", range(0, 60, 10))
def test_random_threads_store_what_python_does(load: Any, first: int, dtype: Any) -> None:
    for number in range(first, first + 10):
        check(load, number, dtype, native=False)


@pytest.mark.parametrize("number", range(100, 106))
def test_their_cpp_leaves_the_same_bytes(load: Any, number: int) -> None:
    check(load, number, BF16 if number % 3 else F32, native=True)


@pytest.mark.parametrize("first", range(200, 220, 10))
def test_releases_and_waits_may_be_left_out(load: Any, first: int) -> None:
    """The compiler puts them where every value still has its blocks, or has been kept."""
    for number in range(first, first + 10):
        with left_out(1.0 if number % 3 else 0.5, number):
            check(load, number, BF16 if number % 2 else F32, native=number % 5 == 0)
