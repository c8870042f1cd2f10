"""Mistakes that are made with spaces, and where they are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.sized_kernels import rows_kernel
from ttlang import ttl
from ttlang.diagnostics import Diagnostic, DiagnosticError
from ttlang.driver.open_call import OpenCall
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


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often the kernel function was run for its outline, and how often compiled."""
    made: list[str] = []
    for name in ("front_end", "cores_and_bytes"):
        original = getattr(OpenCall, name)

        def counted(self: OpenCall, configuration: Any, name: str = name, original: Any = original) -> Any:
            made.append(name)
            return original(self, configuration)

        monkeypatch.setattr(OpenCall, name, counted)
    return made


UNDEFINED = {
    "a name in a thread": {"value": "blokc * 2"},
    "a function of the language": {"value": "ttl.math.exq(block)"},
    "a name in the kernel function": {"early": "bk = (bm, bn)"},
    "an attribute in the kernel function": {"early": "bk = ttl.devices(bm)"},
}


@pytest.mark.parametrize("how", UNDEFINED.values(), ids=UNDEFINED)
def test_a_name_that_nothing_defines_is_told_once_one_size_was_tried(
    load: Load, tries: list[str], how: dict[str, str]
) -> None:
    kernel = load(rows_kernel("bm=ttl.one_of(1, 2, 4, 8)", **how)).scale
    mistake = found(lambda: kernel.compile(X, X))
    assert mistake.code in ("TTL0103", "TTL0201")
    outlines, compiled = tries.count("cores_and_bytes"), tries.count("front_end")
    assert (compiled or outlines) == 1, tries
    tries.clear()
    assert found(lambda: kernel.tune(X, X, workers=1)) == mistake
    assert tries == ["front_end"]


NOT_ALWAYS = {
    "in a branch": {"early": "if bm < 4: bn"},
    "in one that an expression chooses": {"value": "block * (bn if bm < 4 else 2)"},
    "behind another value": {"value": "block * (bm == 4 and 2 or bn)"},
    "behind a return": {"early": "if bm < 4: return bn"},
    "of another branch": {"early": "bn = 2 if bm == 4 else None", "value": "block * bn"},
    "in a function that is called for some": {"early": "def of():\n        return bn\n    bm == 4 or of()"},
    "bound for some": {"early": "if bm == 4: bn = 2", "value": "block * bn"},
}


@pytest.mark.parametrize("how", NOT_ALWAYS.values(), ids=NOT_ALWAYS)
def test_a_name_that_is_not_there_for_some_sizes_leaves_the_others(load: Load, how: dict[str, str]) -> None:
    compiled = load(rows_kernel(ONE_OF, **how)).scale.compile(X, X)
    assert dict(compiled.chosen.values) == {"bm": 4}


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
