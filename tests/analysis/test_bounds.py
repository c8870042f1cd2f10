"""What `bounds` and `linear_forms` of `ttlang.analysis` know of the integers in the IR."""

from __future__ import annotations

import pytest

from tests.support.kernel_texts import compile_kernel, kernel_text, load
from ttlang.analysis.bounds import Bounds, interval, is_nonnegative
from ttlang.analysis.intervals import ANY, HIGHEST, Interval
from ttlang.analysis.linear_forms import constant_difference, reached_bounds
from ttlang.dialects import ttl


def slices(read: str, grid: tuple[int, int] = (3, 2)) -> list[ttl.TensorSliceOp]:
    """The slices that a thread takes."""
    text = kernel_text(read="cx, cy = ttl.core()\nblk = x_cb.reserve()\n" + read)
    return [op for op in compile_kernel(load(text), grid=grid).module.walk() if isinstance(op, ttl.TensorSliceOp)]


def use(expression: str, loop: str = "if cx > -1:") -> str:
    """Code with an index that is kept in the IR. The condition keeps the front end from checking it."""
    return f"{loop}\n    ttl.copy(x[{expression}, 0], blk).wait()"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cx", Interval(0, 2)),
        ("cx + cy", Interval(0, 3)),
        ("cx - cy", Interval(-1, 2)),
        ("cx * 3 + 1", Interval(1, 7)),
        ("5 - cx * 2", Interval(1, 5)),
        ("cx * cy", Interval(0, 2)),
        ("(cx - 1) * (cy - 1)", Interval(-1, 1)),
        ("cx // 2", Interval(0, 1)),
        ("(cx - 5) // 2", Interval(-3, -2)),
        ("(cx - 5) // (cy - 1)", Interval(-5, 5)),
        ("(cx - 5) % 3", Interval(0, 2)),
        ("(cx - 5) % -3", Interval(-2, 0)),
        ("cx % 2", Interval(0, 1)),
        ("cx % 7", Interval(0, 2)),
        ("min(cx, cy)", Interval(0, 1)),
        ("max(cx, cy)", Interval(0, 2)),
        ("max(cx - 5, 0)", Interval(0, 0)),
        ("(cx - cy) & 3", Interval(0, 3)),
        ("cx | 4", Interval(0, 7)),
        ("cx + 2147483645", Interval(2147483645, HIGHEST)),
        ("cx + 2147483646", ANY),
        ("cx * 2000000000", ANY),
        ("cx * 65536 * 65536 // 2", Interval(-(2**30), 2**30 - 1)),
        ("cx << 30", ANY),
        ("cx << 2", Interval(0, 8)),
        ("cx >> 1", Interval(0, 1)),
        ("abs(cx - 1)", Interval(-1, 1)),
        ("cx if cy else 5", Interval(0, 5)),
        ("int(cx > cy)", Interval(0, 1)),
        ("~cx", Interval(-3, -1)),
    ],
)
def test_bounds_of_expressions(expression: str, expected: Interval) -> None:
    (op,) = slices(use(expression))
    assert interval(op.offsets[0]) == expected
    assert is_nonnegative(op.offsets[0]) == (expected.low >= 0)


@pytest.mark.parametrize(
    ("loop", "expression", "expected"),
    [
        ("for i in range(2, 5):", "i", Interval(2, 4)),
        ("for i in range(cx, cy + 4):", "i", Interval(0, 4)),
        ("for i in range(5, 0, -2):", "i", Interval(1, 5)),
        ("for i in range(cx + 1):", "i * 2", Interval(0, 4)),
    ],
)
def test_bounds_of_loop_variables(loop: str, expression: str, expected: Interval) -> None:
    (op,) = slices(use(expression, loop))
    assert interval(op.offsets[0]) == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("n + i", True),
        ("n + i if cx else n + 5", True),
        ("(n * 1103515245 + 12345) % 1000", True),
        ("n * 2 + cx", False),  # which passes 2^31, in more turns
        ("n + 536870911", True),
        ("n + 536870912", False),
        ("n - 1", False),
        ("max(n - 5, 0)", True),
        ("cx - n", False),
    ],
)
def test_carried_values_by_induction(step: str, expected: bool) -> None:
    (op,) = slices(f"n = 0\nfor i in range(4):\n    n = {step}\n    ttl.copy(x[abs(n) % 8, 0], blk).wait()\nx[n, 0]")
    loop = op.parent_op()
    assert loop is not None
    assert is_nonnegative(loop.results[0]) is expected


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ("while n < 1000:", True),
        ("while n < 1000 and n != 77:", True),
        ("while 1000 > n:", True),
        ("while n != 1000:", False),  # for all that is known
    ],
)
def test_a_condition_bounds_what_its_loop_counts(loop: str, expected: bool) -> None:
    read = f"n = cx\n{loop}\n    ttl.copy(x[abs(n) % 8, 0], blk).wait()\n    n = n + 3\nx[n, 0]"
    (op,) = slices(read)
    loop_op = op.parent_op()
    assert loop_op is not None
    assert is_nonnegative(loop_op.results[0]) is expected


def test_values_that_depend_on_each_other() -> None:
    read = (
        "a, b = 0, 1\nfor i in range(4):\n    a, b = b, (a + b) % 10\n    ttl.copy(x[min(a, b) % 8, 0], blk).wait()\n"
    )
    (op,) = slices(read)
    loop = op.parent_op()
    assert loop is not None
    assert [is_nonnegative(result) for result in loop.results] == [True] * len(loop.results)
    read = "a, b = 0, 1\nfor i in range(4):\n    a, b = b - 1, a + b\n    ttl.copy(x[min(a, b) % 8, 0], blk).wait()\n"
    (op,) = slices(read)
    loop = op.parent_op()
    assert loop is not None
    assert not any(is_nonnegative(result) for result in loop.results)


def test_a_remainder_of_a_product_that_wraps() -> None:
    """-2147483647 // 45 * 45 is less than -2^31: what is left of the difference is small, its exact value is not."""
    large, small = slices(f"{use('(cx - 2147483647) % 45')}\n{use('(cx - 5) % 45')}")
    assert interval(large.offsets[0]) == interval(small.offsets[0]) == Interval(0, 44)
    assert Bounds().wraps(large.offsets[0])
    assert not Bounds().wraps(small.offsets[0])


def test_differences() -> None:
    first, second = slices(
        "for i in range(3):\n"
        "    ttl.copy(x[i * 2 + cx:2 * i + cx + 1, 0], blk).wait()\n"
        "    ttl.copy(x[cx, i], blk).wait()"
    )
    assert constant_difference(first.offsets[0], first.offsets[0]) == 0
    assert constant_difference(first.offsets[0], second.offsets[0]) is None


PER_CORE = """
def kernel(x, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 2))
    core = ttl.core(dims=1)
    first, last = core % 4, core % 4 + 2
    back = 3 - core % 4
    @ttl.datamovement()
    def read():
        blk = x_cb.reserve()
        ttl.copy(x[first + back, first:last], blk).wait()
        ttl.copy(x[first, back:back + 2], blk).wait()
"""


def test_values_of_all_cores() -> None:
    module = compile_kernel(load(PER_CORE), grid=(4, 2)).module
    first, second = [op for op in module.walk() if isinstance(op, ttl.TensorSliceOp)]
    assert reached_bounds(first.offsets[0]) == Interval(3, 3), "what two arguments are together, core by core"
    assert reached_bounds(first.offsets[1]) == Interval(0, 3)
    assert constant_difference(second.offsets[0], second.offsets[1]) is None


def test_bounds_that_are_reached() -> None:
    (op,) = slices("for i in range(0, 7, 3):\n    ttl.copy(x[i + cx - cx, i // 3], blk).wait()\n")
    assert reached_bounds(op.offsets[0]) == Interval(0, 6)
    assert reached_bounds(op.offsets[1]) is None
