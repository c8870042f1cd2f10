"""What is being written at the cursor."""

from __future__ import annotations

import pytest

from ttlang.editor.open_documents import lines_of
from ttlang.editor.positions import Position
from ttlang.editor.syntax.cursor import Call, Cursor, Owner, cursor_at, owner_at


def cursor(text: str) -> Cursor:
    """At the bar."""
    before = text.partition("|")[0]
    lines = lines_of(text.replace("|", "", 1))
    return cursor_at(lines, Position(before.count("\n"), len(before) - before.rfind("\n") - 1))


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("f(|)", Call("f", 0, None, (), False)),
        ("ttl.copy(a, |b)", Call("ttl.copy", 1, None, (), False)),
        ("ttl.copy(a[1, 2], (3, 4), |", Call("ttl.copy", 2, None, (), False)),
        ("f(a, g(b), x=|", Call("f", 2, "x", (), False)),
        ("f(a == |", Call("f", 0, None, (), False)),
        ("@ttl.operation(grid=(1, 1), pad=|", Call("ttl.operation", 1, "pad", ("grid",), True)),
        ("f(\n    1,\n    # it's (\n    2, |", Call("f", 2, None, (), False)),
        ("f(')', |", Call("f", 1, None, (), False)),
        ("f(\nx = (1\ndef g():\n    h(|", Call("h", 0, None, (), False)),
        ("f(a)|", None),
        ("def f(|", None),
        ("(1, |", None),
    ],
)
def test_calls(text: str, call: Call | None) -> None:
    assert cursor(text).call == call


def test_strings_and_comments() -> None:
    assert cursor('f(x="ab|c")') == Cursor(Call("f", 0, "x", (), False), True, None, "ab")
    assert cursor("'''\na(b|").in_string
    assert not cursor("'abc\nf(|").in_string
    assert cursor("x = '#' # ttl: allow |").comment == "# ttl: allow "
    assert cursor("# one\nf(|").comment is None


@pytest.mark.parametrize(
    ("line", "owner"),
    [
        ("ttl.|", Owner("ttl", "")),
        ("    x = ttl.math.ge|", Owner("ttl.math", "ge")),
        ("with x_dfb.wait().st|", Owner("x_dfb.wait()", "st")),
        ("f(a, b[0].|", Owner("b[0]", "")),
        ("f(g(1, 2).x|", Owner("g(1, 2)", "x")),
        ("abc|", None),
        (".x|", None),
    ],
)
def test_owners(line: str, owner: Owner | None) -> None:
    assert owner_at(line.replace("|", ""), line.index("|")) == owner
