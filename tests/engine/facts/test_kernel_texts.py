"""Texts of kernels, and the lines of the source that their lines come from: on every example."""

from __future__ import annotations

import linecache
import re
from collections import Counter

import pytest

from tests.machine.clock.timed_examples import EXAMPLES, first_call
from ttlang.diagnostics import DiagnosticError
from ttlang.engine.facts.kernel_facts import KernelText, Place
from ttlang.engine.facts.kernel_texts import FORMS, kernel_texts
from ttlang.tools.compiling import printed

every_example = pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.py")))
SHOWN = re.compile(r"\s*// [\w.]+\.py:(\d+): (.*)")


def texts_of(name: str, form: str) -> tuple[KernelText, ...]:
    return kernel_texts(first_call(name).compiled, form)


def source(place: Place) -> str:
    return linecache.getline(place.file, place.line + 1)[place.character : place.end_character]


@every_example
def test_a_line_of_cpp_is_of_the_line_that_is_shown_above_it(name: str) -> None:
    for text in texts_of(name, "cpp"):
        lines = text.text.splitlines()
        assert len(lines) == len(text.lines)
        shown = 0
        for line, place in zip(lines, text.lines, strict=True):
            if not (found := SHOWN.fullmatch(line)):
                continue
            shown += 1
            assert place is not None
            assert place.line + 1 == int(found[1])
            assert found[2] in (source(place).rstrip("\\ "), "the end of `with`")
        assert shown


HANDS = re.compile(r"\b(?:ttkernel\.)?(cb_(?:wait_front|reserve_back|push_back|pop_front))\(")


@every_example
def test_calls_stand_in_cpp_at_the_lines_that_they_have_in_ir(name: str) -> None:
    """Two ways to a line: by the comments of the C++, and by the locations of the IR."""
    in_cpp, in_ir = (
        Counter(
            (found[1], place)
            for text in texts_of(name, form)
            for line, place in zip(text.text.splitlines(), text.lines, strict=True)
            if (found := HANDS.search(line))
        )
        for form in ("cpp", "ttkernel")
    )
    assert in_cpp == in_ir


@pytest.mark.parametrize("name", ["attention", "unified_body", "embedding"])
def test_lines_of_ttl_are_of_the_calls_of_the_language_that_made_them(name: str) -> None:
    (text,) = texts_of(name, "ttl")
    found = Counter[str]()
    for line, place in zip(text.text.splitlines(), text.lines, strict=True):
        made = re.search(r"= ttl\.(cb_wait|cb_reserve|matmul|exp|gelu|tensor_slice)\b", line)
        if made is None:
            continue
        assert place is not None
        found[made[1]] += 1
        if name != "unified_body":
            word = {"cb_wait": "wait()", "cb_reserve": "reserve()", "matmul": "@", "tensor_slice": "["}
            assert word.get(made[1], made[1]) in source(place)
    assert found["cb_wait"]
    assert found["cb_reserve"]


@pytest.mark.parametrize("name", ["attention", "unified_body"])
def test_the_plan_leads_to_the_lines_that_it_names(name: str) -> None:
    (text,) = texts_of(name, "plan")
    lines = text.text.splitlines()
    named = [(line, place) for line, place in zip(lines, text.lines, strict=True) if f"{name}.py:" in line]
    assert named
    for line, place in named:
        assert place is not None
        assert f"{name}.py:{place.line + 1}" in line
    assert all(place is None for line, place in zip(lines, text.lines, strict=True) if ".py:" not in line)


@pytest.mark.parametrize("form", FORMS)
def test_texts_are_those_of_the_command(form: str) -> None:
    texts, whole = texts_of("unified_body", form), printed(first_call("unified_body").compiled, form)
    for text in texts:
        assert text.text.rstrip("\n") in whole
        assert text.form == form
    if form != "cpp":
        assert texts[0].text.rstrip("\n") == whole.rstrip("\n")
    assert [text.thread for text in texts] == (["compute", "read", "write"] if form == "cpp" else [""])


def test_another_form_is_told() -> None:
    with pytest.raises(DiagnosticError, match="TTL0002"):
        texts_of("softmax", "asm")
