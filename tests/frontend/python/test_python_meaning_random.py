"""Random threads, with loops, jumps, branches and functions in one another, do what Python does."""

from __future__ import annotations

import random

import pytest

from tests.frontend.python.python_meaning import check_meaning

NUMBERS = ("a", "b", "c", "x0", "y0")
TRUTHS = ("f", "g")


class Generator:
    """Writes the body of a thread. All variables are bound at its start."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.counters = 0

    def text(self) -> str:
        self.emit(0, "x0, y0 = ttl.core()")
        self.emit(0, f"a, b, c = {self.random.randint(-3, 5)}, x0 - 1, y0 * 2")
        self.emit(0, f"f, g = {self.random.choice(['True', 'False'])}, x0 == y0")
        self.function()
        for _ in range(self.random.randint(2, 4)):
            self.statement(0, loop=False, function=False)
        for name in "abc":
            self.emit(0, f"out({name})")
        self.emit(0, "out(f + 2 * g)")
        return "\n".join(self.lines) + "\n"

    def emit(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)

    def function(self) -> None:
        """`h(p, q)`, which may return early."""
        self.emit(0, "def h(p, q):")
        self.emit(1, "a, b, c, f, g = p, q, 1, True, p == 0")
        for _ in range(2):
            self.statement(1, loop=False, function=True)
        self.emit(1, f"return {self.number()}")

    def number(self, depth: int = 0) -> str:
        r = self.random
        if depth > 2 or r.random() < 0.35:
            return r.choice([*NUMBERS, str(r.randint(-4, 9))])
        x, y = self.number(depth + 1), self.number(depth + 1)
        return r.choice(
            [
                f"({x} + {y})",
                f"({x} - {y})",
                f"({x} * {y}) % 19",
                f"({x}) // {r.choice([1, 2, 3, -2])}",
                f"({x}) % {r.choice([2, 3, 5, -3])}",
                f"min({x}, {y})",
                f"max({x}, {y})",
                f"abs({x})",
                f"({x} if {self.truth(depth + 1)} else {y})",
                f"-({x})",
                f"int({self.truth(depth + 1)})",
                f"math.ceil(({x}) / {r.choice([2, 3, -2])})",
            ]
        )

    def truth(self, depth: int = 0) -> str:
        r = self.random
        if depth > 2 or r.random() < 0.25:
            return r.choice(TRUTHS)
        x, y = self.number(depth + 1), self.number(depth + 1)
        return r.choice(
            [
                f"({x} {r.choice(['<', '<=', '>', '>=', '==', '!='])} {y})",
                f"({self.truth(depth + 1)} {r.choice(['and', 'or'])} {self.truth(depth + 1)})",
                f"(not {self.truth(depth + 1)})",
                f"({x} in (0, 1, {y}))",
                f"({x} < {y} <= {self.number(depth + 1)})",
            ]
        )

    def block(self, depth: int, *, loop: bool, function: bool) -> None:
        for _ in range(self.random.randint(1, 3)):
            self.statement(depth, loop=loop, function=function)

    def statement(self, depth: int, *, loop: bool, function: bool) -> None:
        r = self.random
        simple = [self.assign, self.assign, self.show, self.assign_truth, self.assign_pair]
        if not function:
            simple.append(self.call)
        if depth >= 4:
            r.choice(simple)(depth)
            return
        kind = r.random()
        if kind < 0.4:
            r.choice(simple)(depth)
        elif kind < 0.6:
            self.branch(depth, loop=loop, function=function)
        elif kind < 0.78:
            self.loop(depth, function=function)
        elif kind < 0.85:
            self.emit(depth, "with x_cb.reserve() as blk:")
            self.block(depth + 1, loop=loop, function=function)
        elif loop:
            self.emit(depth, f"if {self.truth()}:")
            self.assign(depth + 1)
            self.emit(depth + 1, r.choice(["break", "continue"]))
        elif function and depth == 1:
            self.emit(depth, f"if {self.truth()}:")
            self.block(depth + 1, loop=False, function=True)
            self.emit(depth + 1, f"return {self.number()}")
        else:
            self.show(depth)

    def assign(self, depth: int) -> None:
        name = self.random.choice("abc")
        if self.random.random() < 0.3:
            self.emit(depth, f"{name} += {self.number()}")
        self.emit(depth, f"{name} = ({self.number()}) % 23 - 4")

    def assign_pair(self, depth: int) -> None:
        self.emit(depth, f"a, b = b, ({self.number()}) % 7")

    def assign_truth(self, depth: int) -> None:
        self.emit(depth, f"{self.random.choice(TRUTHS)} = {self.truth()}")

    def show(self, depth: int) -> None:
        self.emit(depth, f"out({self.number()})")

    def call(self, depth: int) -> None:
        self.emit(depth, f"{self.random.choice('abc')} = h({self.number()}, {self.number()}) % 11")

    def branch(self, depth: int, *, loop: bool, function: bool) -> None:
        self.emit(depth, f"if {self.truth()}:")
        self.block(depth + 1, loop=loop, function=function)
        if self.random.random() < 0.3:
            self.emit(depth, f"elif {self.truth()}:")
            self.block(depth + 1, loop=loop, function=function)
        if self.random.random() < 0.5:
            self.emit(depth, "else:")
            self.block(depth + 1, loop=loop, function=function)

    def loop(self, depth: int, *, function: bool) -> None:
        r = self.random
        self.counters += 1
        name = f"i{self.counters}"
        kind = r.randrange(5)
        if kind == 0:
            self.emit(depth, f"for {name} in range({r.randint(0, 3)}):")
        elif kind == 1:
            self.emit(depth, f"for {name} in range(({self.number()}) % 4):")
        elif kind == 2:
            self.emit(
                depth, f"for {name} in range(({self.number()}) % 5, {r.randint(-1, 3)}, {r.choice([-1, -2, 2])}):"
            )
        elif kind == 3:
            self.emit(depth, f"for {name} in (1, {self.number(2)}, {self.number(2)}):")
        else:
            self.emit(depth, f"{name} = 0")
            self.emit(depth, f"while {name} < ({self.number()}) % 4:")
            self.emit(depth + 1, f"{name} += 1")
        if r.random() < 0.7:
            self.emit(depth + 1, f"out({name})")
        self.block(depth + 1, loop=True, function=function)


@pytest.mark.parametrize("seed", range(40))
def test_random_thread(seed: int) -> None:
    check_meaning(Generator(seed).text(), grid=(2, 2))
