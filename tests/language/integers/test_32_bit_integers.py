"""Integers of a thread have 32 bits, wherever they are computed: by the compiler, in the simulator, in the C++."""

from __future__ import annotations

import ast
import math
import random
import textwrap
from collections.abc import Callable, Sequence
from types import SimpleNamespace as Namespace
from typing import Any

import pytest

from tests.support.both_ways import both_ways
from tests.support.needs import need_tools
from tests.support.reader_kernels import READER_KERNEL
from ttlang.diagnostics import DiagnosticError


class _Wrapping(ast.NodeTransformer):
    """Lets all arithmetic of a text go through `w`."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        return self._wrapped(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        return self._wrapped(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        return self._wrapped(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        assert isinstance(node.target, ast.Name)
        target = ast.Name(node.target.id, ast.Load())
        return ast.Assign([node.target], self._wrapped(ast.BinOp(target, node.op, node.value)))

    def _wrapped(self, node: Any) -> ast.expr:
        return ast.Call(ast.Name("w", ast.Load()), [self.generic_visit(node)], [])


def wrap(value: Any) -> Any:
    if type(value) is int:
        return (value + 2**31) % 2**32 - 2**31
    return tuple(map(wrap, value)) if type(value) is tuple else value


def model(body: str, before: str, x0: int) -> list[str]:
    """What Python prints, with every result cut to 32 bits."""
    text = f"{before}\ndef read(x0):\n{textwrap.indent(body, '    ')}"
    tree = ast.fix_missing_locations(_Wrapping().visit(ast.parse(text)))
    printed: list[str] = []
    names: dict[str, Any] = {
        "w": wrap,
        "math": math,
        "print": lambda *values: printed.append(" ".join(map(str, values))),
    }
    exec(compile(tree, "model", "exec"), names)
    names["read"](x0)
    return printed


@pytest.fixture
def check(load: Callable[[str], Namespace], capsys: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """Compares what a thread prints with the model, on a grid of one core and on one of two."""

    def compare(body: str, before: str = "", grids: Sequence[int] = (1, 2)) -> None:
        body, before = textwrap.dedent(body).strip("\n"), textwrap.dedent(before)
        for columns in grids:
            text = READER_KERNEL.format(columns=columns, before=before, body=textwrap.indent(body, " " * 8))
            load(text).run()
            lines = capsys.readouterr().out.splitlines()
            for x0 in range(columns):
                head = f"core ({x0}, 0), thread 'read': "
                got = [line.removeprefix(head) for line in lines if line.startswith(head)]
                assert got == model(body, before, x0), f"core {x0} of {columns}\n{text}"

    return compare


PROGRAMS = {
    "sums": """
        i = x0 + 2147483647
        print(i, i + 1, i + 1 > 0, -i, i - x0 * 7)
        j = i + 1
        print(j, j - 1, -j, abs(j), ~j, j < i, j == i, j // 2, j % 7, j * j, j // -1, j % -1, j // 3, j % -3)
    """,
    "a generator of numbers": """
        h = x0 + 5
        for i in range(8):
            h = h * 1103515245 + 12345
            print(h, h % 4, h // 4, h % -7, h // -7, h >> 3, h << 3, h & 255, h | 1, h ^ 77, min(h, i), max(h, i))
        h = 5 + x0
        for i in (1, 2, 3, 4, 5, 6):
            h = h * 1664525 + 1013904223 + i
        print(h, h < 0, h % 10)
    """,
    "constants": """
        h = 5
        h = h * 1103515245 + 12345
        h = h * 1103515245 + 12345
        print(h, h % 4, h // 4, h < 0, abs(h), -h, ~h)
        print(1 - 2147483648, 2147483647, x0 * 65536 * 65535, h ** 3, pow(h, 5), divmod(h, 1000), sum((h, h, h)))
        print(math.prod((h, h)), 2 ** (x0 + 30), 2 ** (x0 + 31), (x0 - 1) ** 3)
    """,
    "shifts": """
        n = x0 + 31
        print(1 << n - 1, 1 << n - 2, 7 << n - 3, (x0 - 9) >> n - 4, (x0 - 9) << 28, (x0 - 9) >> 31)
        for s in range(40 * x0):
            print((x0 + 5) << s, (x0 - 6) >> s, 2 ** s)
    """,
    "shifts by what a loop has counted": """
        few, turns = 0, x0 + 2
        while turns > 0:
            few = (few + 1) % 5
            turns -= 1
        n = (x0 + few) % 45
        print(few, (x0 * 3 << 31) << n, ((x0 * 3 << 31) << n) % 3, (x0 - 9) >> n)
    """,
    "quotients": """
        big = 2147483647 - x0
        for d in (1, 2, 3, 7, 65536, 2147483647):
            print(math.ceil(big / d), math.floor(big / d), math.trunc(-big / d), int(big / d), round(big / d))
            print(math.ceil(-big / d), round(-big / d), math.ceil((x0 - big - 1) / d))
        low = -2147483647 - 1
        low = low + x0
        print(low // -1, low % -1, low // 2, math.ceil(low / 2), round(low / 4))
    """,
    "loops to the ends": """
        top = 2147483647 - x0
        for i in range(top - 5, top, 3): print(i)
        for i in range(2147483640, 2147483647, 4): print(i)
        for i in range(-2147483640, -2147483648, -3): print(i)
        for i in range(x0 - 2147483640, -2147483648, -3): print(i)
        h = x0 * 1103515245 * 77 + 2000000000
        for i in range(h, h + 4, 2): print(i)
        n = h
        for k in range(3): n = n * 5 + 2147483645
        for i in range(n, n - 4, -3): print(i)
        for i in range(n, n - 9, -2):
            if i % 4 == 0: break
            print(i)
        lots = 0
        for i in range(2147483645, 2147483647): lots += i
        print(lots)
    """,
    "remainders by which loops turn": """
        low = x0 * 70 - 2147483647
        for i in range(4):
            if (i + 5 >> low % 45) + (low % 100 >> low % 45) > 0: print(i, low % 45, low % -45)
            low += 3
        k = low % 7
        while k > 0: k -= 1 + (5 >> low % 45)
        print(k)
    """,
    "in Python's functions": """
        print(mix(5, 7), mix(mix(5, 7), 3) % 10, mix(x0 + 5, 7), mix(mix(x0, 2), 9) // 3, low_bits(mix(9, 9)))
        i = mix(9, 9)
        print(i > 0, i, -i)
    """,
    "conditions": """
        i = x0 + 2147483647
        while i > 0: i += 1
        print(i)
        n = 0
        k = x0 + 1
        while k > 0:
            k *= 3
            n += 1
        print(n, k)
        print(1 if i + 2147483647 < 0 else 2, (i - 1) in (2147483647, 5), i < i + 1 < i + 2)
    """,
}
BEFORE = """
def mix(a, b):
    h = a * 1103515245 + b
    for _ in range(3):
        h ^= h << 13
        h ^= h >> 17
        h = h * 5 + 1640531527
    return h


def low_bits(h):
    return h % 16 + (h * h) // 65536
"""


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name: str, check: Callable[..., None]):
    check(PROGRAMS[name], BEFORE)


def test_the_quotient_that_does_not_fit(check: Callable[..., None]):
    body = """
        low = x0 - 2147483647 - 1
        print(low // -1, math.ceil(low / -1), int(low / -1), math.trunc(low / (x0 - 1)) if x0 == 0 else 7, low % -1)
    """
    check(body, grids=(2,))


REFUSED = {
    "x0 + 2147483648": "TTL0106",
    "x0 & 0xFFFFFFFF": "TTL0106",
    "n & 0xFFFFFFFF": "TTL0106",
    "n + large": "TTL0106",
    "large % 7": "TTL0106",
    "x0 < 1 << 31": "TTL0106",
    "n < large": "TTL0106",
    "x0 << 32": "TTL0106",
    "n << -1": "TTL0106",
    "n << (x0 - 1)": "TTL0106",
    "int((x0 + 2147483647) / 3 * 5)": "TTL0106",
    "float(n * n * n * n)": "TTL0106",
    "n * n * n * n * 0.5": "TTL0106",
    "math.sqrt(n ** 4)": "TTL0106",
    "x0 // 0": "TTL0110",
    "n % (n - n)": "TTL0110",
}
"""Expressions, with n = 3000, that mean what 32 bits don't hold, and the code that says so."""


# On one core the host knows the quotients in `int(...)`, which are floats of Python then.
@pytest.mark.parametrize(
    ("expression", "columns"),
    [(each, count) for each in REFUSED for count in (1, 2) if count > 1 or each[:4] != "int("],
)
def test_what_does_not_fit_is_refused(expression: str, columns: int, load: Callable[[str], Namespace]):
    body = f"        n = 3000\n        y = {expression}\n        print(y)"
    kernel = load(READER_KERNEL.format(columns=columns, before=f"{BEFORE}\nlarge = 2**40", body=body))
    with pytest.raises(DiagnosticError) as found:
        kernel.run()
    assert found.value.diagnostics[0].code == REFUSED[expression]
    assert found.value.diagnostics[0].span is not None
    assert found.value.diagnostics[0].span.line == body_line(columns)


def test_a_mistake_on_one_path_is_told_alone(load: Callable[[str], Namespace]):
    """Nothing is said of what the function returns on others: the path does return."""
    before = "def f(p):\n    if p < 2:\n        return p & 0xFFFFFFFF\n    return 1"
    kernel = load(READER_KERNEL.format(columns=2, before=before, body="        print(f(x0))"))
    with pytest.raises(DiagnosticError) as found:
        kernel.run()
    assert [each.code for each in found.value.diagnostics] == ["TTL0106"]


def body_line(columns: int) -> int:
    """The line of what `test_what_does_not_fit_is_refused` computes."""
    text = READER_KERNEL.format(columns=columns, before=f"{BEFORE}\nlarge = 2**40", body="        n\n        y")
    return text.split("\n").index("        y") + 1


class Generator:
    """Random arithmetic with numbers near the ends."""

    def __init__(self, seed: int, leaves: str = "a b c x0 p q r s"):
        self.random = random.Random(seed)
        self.leaves = leaves.split()

    def number(self, depth: int = 0) -> str:
        r = self.random
        if depth > 3 or r.random() < 0.25:
            return r.choice(self.leaves)
        x, y = self.number(depth + 1), self.number(depth + 1)
        return r.choice(
            [
                f"({x} + {y})",
                f"({x} - {y})",
                f"({x} * {y})",
                f"({x} * {y})",
                f"({x} // ({y} | 1))",
                f"({x} % ({y} | 1))",
                f"({x} // {r.choice(['3', '-3', '-1', '65536'])})",
                f"({x} % {r.choice(['3', '-3', '-1', '65536'])})",
                f"({x} & {y})",
                f"({x} | {y})",
                f"({x} ^ {y})",
                f"({x} << ({y} & 31))",
                f"({x} >> ({y} % 45))",
                f"({x} << ({y} % 45))",
                f"(-{x})",
                f"(~{x})",
                f"abs({x})",
                f"min({x}, {y})",
                f"max({x}, {y})",
                f"({x} ** {r.randint(0, 4)})",
                f"({x} if {y} < {self.number(depth + 1)} else {y})",
                f"math.ceil({x} / ({y} | 1))",
                f"math.floor({x} / ({y} | 1))",
                f"int({x} / ({y} | 1))",
                f"round({x} / (({y} & 1023) + 1))",
                f"int({x} {r.choice(['<', '<=', '>', '>=', '==', '!='])} {y})",
                f"f({x}, {y})",
            ]
        )

    def body(self, statements: int) -> str:
        lines = ["a, b, c = x0 + 2147483647, 5, x0 - 3", "p, q, r, s = 65536, 1103515245, 2147483647, -2147483648"]
        for _ in range(statements):
            lines.append(f"{self.random.choice('abc')} = {self.number()}")
            if self.random.random() < 0.3:
                lines.append(f"for i in range({self.random.randint(1, 4)}): c = c * 31 + {self.number(2)}")
            lines.append("print(a, b, c)")
        return "\n".join(lines)


@pytest.mark.parametrize("seed", range(12))
def test_random_arithmetic(seed: int, check: Callable[..., None]):
    function = Generator(seed, "a b").number(1).replace("f(", "max(")
    check(Generator(seed).body(6), f"def f(a, b):\n    return {function}")


def test_both_routes(check: Callable[..., None]):
    """What the C++ prints is compared with what the simulator prints."""
    need_tools("g++")
    with both_ways(("0.81",)) as done:
        for name in PROGRAMS:
            check(PROGRAMS[name], BEFORE, grids=(2,))
        for seed in range(100, 104):
            check(Generator(seed).body(12), "def f(a, b):\n    return a * b - a", grids=(2,))
    assert sum(done.values()) == len(PROGRAMS) + 4
