"""Which windows are sure to end inside of their tensor."""

from __future__ import annotations

import pytest

from tests.support.kernel_texts import elaborated, kernel_text, load
from ttlang.analysis.window_ends import passes_end
from ttlang.dialects import ttl
from ttlang.dialects.walking import enclosing
from ttlang.frontend.elaboration.kernel_to_ttl import build_module


def window_of(loop: str, first: str) -> ttl.TensorSliceOp:
    """Two rows of a tensor of 8x8 tiles, on 3x2 cores, in a kernel that allows it to pass the end."""
    read = f"cx, cy = ttl.core()\nblk = x_cb.reserve()\n{loop}\n    ttl.copy(x[{first} : {first} + 2, 0], blk).wait()"
    text = kernel_text(read=read).replace("(x, shape=(1, 1))", "(x, shape=(2, 1))")
    module = build_module(elaborated(load(text), grid=(3, 2)), pads=True).module
    (window,) = (op for op in module.walk() if isinstance(op, ttl.TensorSliceOp))
    return window


@pytest.mark.parametrize(
    ("loop", "first", "rows"),
    [
        ("if True:", "6", False),
        ("if True:", "7", True),
        ("if True:", "cx * 2 + cy", False),
        ("if True:", "cx * 3 + cy", True),
        ("for i in range(0, 8, 2):", "i", False),
        ("for i in range(0, 7, 2):", "i", False),
        ("for i in range(0, 9, 2):", "i", True),
        ("for i in range(1, 8, 2):", "i", True),
        # What the last turn is follows from what all turns are multiples of.
        ("for i in range(cx * 2, 8, 6):", "i", False),
        ("for i in range(cx, 8, 3):", "i", True),
        ("for i in range(cx * 2, 8, 6):", "(i + 2)", True),
        ("for i in range(cx, 16, 3):", "(i // 4 * 2)", False),
        ("for i in range(cx, 16, 3):", "(i % 4 * 2)", False),
        ("for i in range(cx, 16, 3):", "(i % 5 * 2)", True),
    ],
)
def test_rows(loop: str, first: str, rows: bool) -> None:
    assert passes_end(window_of(loop, first)) == (rows, False)


def test_nobody_has_allowed_it() -> None:
    window = window_of("if True:", "7")
    kernel = enclosing(window, ttl.KernelOp)
    assert kernel is not None
    kernel.pad = None
    assert passes_end(window) == (False, False)
