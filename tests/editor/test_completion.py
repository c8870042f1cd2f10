"""What may be written at the cursor."""

from __future__ import annotations

import pytest

from tests.support.editor_scripts import SCRIPT, open_script
from ttlang.diagnostics import CODES
from ttlang.editor.completion import complete
from ttlang.editor.positions import Position


def labels(old: str, new: str) -> list[str]:
    """With a part of the script replaced, at the bar."""
    assert old in SCRIPT
    text = SCRIPT.replace(old, new, 1)
    before = text.partition("|")[0]
    script = open_script(text.replace("|", "", 1))
    place = Position(before.count("\n"), len(before) - before.rfind("\n") - 1)
    return [each.label for each in complete(script, place)]


@pytest.mark.parametrize(
    ("old", "new", "some", "none"),
    [
        ("gelu(v)", "|", ["gelu", "exp", "matmul"], ["copy"]),
        ("gelu(v)", "ge|", ["gelu"], ["copy"]),
        ("ttl.copy(x[0:1, 0], block)", "ttl.|", ["copy", "math", "node", "bfloat16"], ["__doc__"]),
        ("x_dfb.wait()", "x_dfb.|", ["wait", "reserve", "push", "pop"], ["store"]),
        ("o.store(", "o.|", ["store", "push"], ["reserve"]),
        ("o.store(", "x_dfb.wait().|", ["store", "pop"], ["reserve"]),
        ("block).wait()", "block).|", ["wait"], ["store"]),
        ("grid=(1, 1)", "|", ["grid=", "math_fidelity=", "pad="], ["x"]),
        ("grid=(1, 1)", "grid=(1, 1), |", ["pad="], ["grid="]),
        ("grid=(1, 1)", "math_fidelity=|", ['"LoFi"', '"HiFi4"'], []),
        ("grid=(1, 1)", 'math_fidelity="|"', ["LoFi", "HiFi4"], []),
        ("grid=(1, 1)", "pad=|", ["True", "False"], []),
        ("grid=(1, 1)", "grid=|", ['"auto"', '"full"'], []),
        ("grid=(1, 1)", 'options="|"', ["--ttl-maximize-dst", "--no-ttl-maximize-dst"], []),
        ("block_count=2)", "|", ["block_count=", "allocation_group="], ["bm="]),
        ("* 2)", "* 2)  # ttl: allow |", ["TTL0603"], []),
    ],
)
def test_what_there_is(old: str, new: str, some: list[str], none: list[str]) -> None:
    found = labels(old, new)
    assert [each for each in some if each not in found] == []
    assert [each for each in none if each in found] == []


def test_codes_with_their_titles() -> None:
    assert labels("* 2)", "* 2)  # ttl: allow TTL0603 |") == list(CODES)
    assert labels("* 2)", "* 2)  # a word |") == []


@pytest.mark.parametrize("new", ["nobody.|", "'ttl.|'", "# ttl.|", "1.|", "torch.|", "(|", "x = |"])
def test_nothing_where_others_know(new: str) -> None:
    assert labels("o.store(ttl.math.gelu(v) * 2)", new) == []


def test_a_name_means_what_was_bound_last_before() -> None:
    rebound = "o.store(v)\n            o = ttl.copy(v, v)\n            o.|"
    assert labels("o.store(ttl.math.gelu(v) * 2)", rebound) == ["wait"]
