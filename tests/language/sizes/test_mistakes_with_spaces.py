"""Mistakes that are made with spaces, and where they are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.sized_kernels import rows_kernel
from ttlang import ttl
from ttlang.diagnostics import Diagnostic, DiagnosticError
from ttlang.host import TILE_LAYOUT, TensorSpec
from ttlang.tables.dtypes import BF16

Load = Callable[[str], Any]
X = TensorSpec((256, 64), BF16, TILE_LAYOUT)
ONE_OF = "bm=ttl.one_of(1, 2, 4)"


def found(act: Callable[[], object]) -> Diagnostic:
    with pytest.raises(DiagnosticError) as raised:
        act()
    return raised.value.diagnostics[0]


def test_a_call_gives_values_and_no_spaces(load: Load) -> None:
    kernel = load(rows_kernel(ONE_OF)).scale
    by_name = found(lambda: kernel.compile(X, X, bm=ttl.one_of(1, 2)))
    assert (by_name.code, by_name.message) == ("TTL0710", "bm is given ttl.one_of(1, 2), and calls give values")
    assert by_name.span is not None
    assert by_name.span.file == __file__
    assert "out is given ttl.one_of(1, 2)" in found(lambda: kernel.compile(X, ttl.one_of(1, 2))).message


def test_a_value_by_position(load: Load) -> None:
    mistake = found(lambda: load(rows_kernel(ONE_OF)).scale.compile(X, X, 2))
    assert mistake.code == "TTL0204"
    assert mistake.hint == "it is scale(x, out, *, bm=ttl.one_of(1, 2, 4)), and returns nothing"


@pytest.mark.parametrize(
    ("space", "text"),
    [
        ("ttl.one_of('LoFi', None)", "ttl.one_of('LoFi', None)"),
        ("ttl.divisor_of(12)", "ttl.divisor_of(12)"),
        ("ttl.divisor_of(lambda x: 1, pad=True)", "ttl.divisor_of(…, pad=True)"),
        ("ttl.between(1, 4)", "ttl.between(1, 4)"),
        ("ttl.between(lambda: 2, 9, 3)", "ttl.between(…, 9, 3)"),
        ("ttl.largest(1, 2)", "ttl.largest(ttl.one_of(1, 2))"),
        ("ttl.per_chip(blackhole=ttl.one_of(1, 2))", "ttl.per_chip(blackhole=ttl.one_of(1, 2))"),
    ],
)
def test_spaces_are_shown_as_they_are_written(space: str, text: str) -> None:
    assert repr(eval(space, {"ttl": ttl})) == text


@pytest.mark.parametrize(
    ("early", "code", "line"),
    [
        ('raise ValueError("mine")', "TTL0201", "raise ValueError"),
        ("ttl.make_dataflow_buffer_like(x, shape=(SIZE, 1))", "TTL0304", "shape=(SIZE, 1)"),
        ("bm * SIZE", "TTL0201", "bm * SIZE"),
        ("scale(x, out)", "TTL0242", "scale(x, out)"),
    ],
)
def test_what_has_nothing_to_do_with_sizes_is_told_by_itself(load: Load, early: str, code: str, line: str) -> None:
    text = rows_kernel(ONE_OF, setup="SIZE = ttl.one_of(1, 2)", early=early)
    mistake = found(lambda: load(text).scale.compile(X, X))
    assert mistake.code == code
    assert mistake.span is not None
    assert line in text.splitlines()[mistake.span.line - 1]


def test_sizes_that_fail_each_in_its_way_are_told_together(load: Load) -> None:
    mistake = found(lambda: load(rows_kernel("bm=ttl.one_of(3, 5)")).scale.compile(X, X))
    assert (mistake.code, mistake.hint) == ("TTL0711", None)
    assert mistake.related
    assert all(re.match(r"with bm=[35], TTL\d{4}: ", related.message) for related in mistake.related)


@pytest.mark.parametrize(
    ("decorator", "code"),
    [
        ('grid=(1, 1), math_fidelity=ttl.one_of("HiFi9", "LoFi")', "TTL0002"),
        ('grid=(1, 1), fp32_dest_acc_en=ttl.per_chip(blackhole=ttl.one_of(True, "yes"), wormhole_b0=True)', "TTL0002"),
        ('grid=ttl.one_of((1, 1), "fully")', "TTL0703"),
    ],
)
def test_an_option_with_a_value_that_it_never_has(load: Load, decorator: str, code: str) -> None:
    text = rows_kernel("bm=2", decorator=decorator)
    mistake = found(lambda: load(text))
    assert mistake.code == code
    assert mistake.span is not None
    assert decorator in text.splitlines()[mistake.span.line - 1]


def test_a_method_has_spaces_of_its_object(load: Load) -> None:
    text = rows_kernel("bm=ttl.largest(ttl.divisor_of(lambda self: self.most))")
    text = text.replace("def scale(x,", "def scale(self, x,")
    kernel = load(text).scale

    class Sizes:
        most = 4
        scale = kernel

    with pytest.warns(UserWarning, match="TTL0212"):
        compiled = Sizes.scale.compile(Sizes(), X, X)
    assert dict(compiled.chosen.values) == {"bm": 4}


def test_integers_of_a_run_choose_nothing(load: Load) -> None:
    text = rows_kernel(ONE_OF).replace("(x, out, *", "(x, out, n: ttl.RuntimeInt, *")
    assert load(text).scale.compile(X, X, 4).chosen.values
    text = text.replace("ttl.one_of(1, 2, 4)", "ttl.divisor_of(lambda n: n)")
    assert found(lambda: load(text).scale.compile(X, X, 4)).code == "TTL0113"
