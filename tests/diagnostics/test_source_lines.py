"""The caret stands under what is meant, whatever the line is made of, and a long line is cut around it."""

from __future__ import annotations

import linecache
from typing import Any

import pytest

from ttlang.diagnostics import Diagnostic, DiagnosticError, Span
from ttlang.host import ROW_MAJOR_LAYOUT, open_device, zeros


def rendered(text: str, column: int, end: int) -> tuple[str, str]:
    linecache.cache["<lines>"] = (len(text), None, [f"{text}\n"], "<lines>")
    _, shown, caret = Diagnostic("TTL0106", "so", Span("<lines>", 1, column, 1, end)).render().split("\n")
    return shown, caret


@pytest.mark.parametrize(
    ("before", "indent"),
    [
        ("  a = ", "      "),
        ("\ta = ", "\t    "),
        ("宽 = ", "     "),
        ("e\u0301 = ", "    "),
        ("\f  a = ", "       "),
        ("'\u2028' + ", "      "),
    ],
)
def test_the_caret_under_letters_of_all_widths(before: str, indent: str) -> None:
    shown, caret = rendered(f"{before}wrong + 1", len(before) + 1, len(before) + 6)
    assert caret == f"  {indent}^^^^^"
    assert "wrong" in shown
    assert len(shown.splitlines()) == 1


@pytest.mark.parametrize("before", [0, 1, 59, 60, 61, 159, 500, 5000])
@pytest.mark.parametrize("after", [0, 1, 300, 5000])
@pytest.mark.parametrize("length", [1, 5, 400])
def test_long_lines_are_cut(before: int, after: int, length: int) -> None:
    shown, caret = rendered(" " * before + "w" * length + "x" * after, before + 1, before + 1 + length)
    assert len(shown) <= 170
    assert len(caret) <= len(shown)
    under = shown[caret.index("^") : len(caret)]
    assert under == "w" * len(under)
    assert len(under) == min(length, shown.count("w"))


def test_a_place_behind_the_line() -> None:
    assert rendered("ab", 3, 4) == ("  ab", "    ^")
    assert rendered("ab", 9, 9) == ("  ab", "    ^")


NESTED = """
from ttlang import ttl

def make():
    def inner():
        @ttl.operation(grid=(1, 1))
        def k(x, out):
            @ttl.compute()
            def compute():
                pass

        return k

    return inner()

kernel = make()
"""


def test_a_kernel_in_a_function_is_pointed_at_under_its_decorator(load: Any) -> None:
    tensor = zeros((64,), layout=ROW_MAJOR_LAYOUT, device=open_device(device_id=0))
    with pytest.raises(DiagnosticError) as found:
        load(NESTED).kernel(tensor, [tensor, tensor])
    span = found.value.diagnostics[0].span
    assert span is not None
    assert (span.line, span.column) == (6, 9)
