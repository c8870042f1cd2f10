"""What two texts differ in."""

from __future__ import annotations

import pytest

from ttlang.engine.text_edits import ScriptText, edit_between, lines_beside

TEXT = """
import ttl

@ttl.kernel
def one(x):
    y = x  # why
    return y

def two(x):
    return x

one(two(3))
"""


def edited(old: str, new: str) -> tuple[set[str], bool] | None:
    """Names of functions with another body, and whether lines move, where `one` alone may be edited."""
    before, after = ScriptText(TEXT, "a.py"), ScriptText(TEXT.replace(old, new), "a.py")
    editable = [path for path, node in before.functions.items() if node.name == "one"]
    change = edit_between(before, after, editable)
    return None if change is None else ({before.functions[path].name for path in change.bodies}, change.moves)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("y = x", "y = 2 * x", ({"one"}, False)),
        ("y = x", "y = 2\n    y *= x", ({"one"}, True)),
        ("y = x", "y  =  x", ({"one"}, False)),
        ("# why", "# because", (set(), False)),
        ("import ttl\n", "import ttl  # all of it\n\n", (set(), True)),
        ("import ttl\n", "import ttl  # ttl: allow TTL0603\n", None),
        ("return x", "return x + 1", None),
        ("ttl.kernel", "ttl.kernel()", None),
        ("def one(x)", "def one(x, z=1)", None),
        ("one(two(3))", "one( two(3))", None),
        ("def one", "def other", None),
    ],
)
def test_an_edit(old: str, new: str, expected: tuple[set[str], bool] | None) -> None:
    assert edited(old, new) == expected


def test_lines_beside_an_incomplete_statement() -> None:
    kept = lines_beside(ScriptText(TEXT, "a.py"), TEXT.replace("    y = x  # why", "    y = (\n"))
    assert {line: kept[line] for line in (2, 9, 12)} == {2: 2, 9: 10, 12: 13}
    assert not {4, 5, 6, 7} & kept.keys()
    # An indented line behind a statement goes on with it.
    assert 10 not in lines_beside(ScriptText(TEXT, "a.py"), TEXT.replace("    return x\n", "    return x\n    if (\n"))
