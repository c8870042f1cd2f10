"""What an editor says of functions: all that the table has of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ttlang.engine.facts.function_text import function_text
from ttlang.tables.functions import BY_NAME, FUNCTIONS


def text(name: str, arch: str | None = None) -> str:
    found = function_text(name, arch)
    assert found is not None
    return found


def test_a_function_has_its_call_its_error_and_its_cycles() -> None:
    lines = text("gelu").splitlines()
    assert lines[:3] == ["```python", "ttl.math.gelu(x)", "```"]
    assert BY_NAME["gelu"].doc in lines
    assert any(line.startswith("- kernel call: `gelu_tile`") for line in lines)
    assert any(
        line.endswith("in units of the last place of bfloat16: 1.7e-05 absolute; above 1 at 163 inputs")
        for line in lines
    )
    assert [line.partition(",")[0] for line in lines if "cycles for a tile" in line] == [
        "- cycles for a tile on Wormhole B0",
        "- cycles for a tile on Blackhole",
    ]
    of_one = text("gelu", "blackhole")
    assert "Blackhole" in of_one
    assert "Wormhole" not in of_one


def test_options_names_and_integers_are_told() -> None:
    assert "`approx=False`: " in text("exp")
    assert "also called `logp1`" in text("log1p")
    assert "in the edition of 2026: `prelu(x, alpha)`" in text("prelu")
    assert "also of integers: si32" in text("abs")
    assert "made of others" in text("power")
    assert text("logp1") == text("log1p")


def test_a_function_of_a_block_and_a_number_is_told_as_what_users_call() -> None:
    assert text("mul_unary") == text("mul")
    assert text("rsub_unary") == text("sub")


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
def test_each_row_has_a_text(row: object) -> None:
    name = getattr(row, "name", "")
    assert "```python\nttl.math." in text(name)
    assert "\n- kernel call: " in text(name)


def test_no_other_name_has_one() -> None:
    assert function_text("no_such_function") is None


def test_the_texts_need_no_compiler() -> None:
    script = "import sys, ttlang.engine.facts.function_text as t; t.function_text('exp'); "
    script += "print(*{'xdsl', 'numpy'} & set(sys.modules))"
    assert not subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
