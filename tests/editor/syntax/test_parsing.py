"""Half-typed texts keep the trees of the rest."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.house import ROOT
from ttlang.editor.syntax.parsing import parse

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def functions(tree: ast.Module) -> list[str]:
    return sorted(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


SCRIPT = """\
def first(x):
    y = x.a
    with y.wait() as b:
        b.store(1)
        return (
            1,
            2,
        )


def second():
    pass
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x.a", "x."),
        ("as b:", "as"),
        ("b.store(1)", "b.store("),
        ("b.store(1)", "b.store(1"),
        ("b.store(1)", "'abc"),
        ("b.store(1)", "'''abc'''"),
        ("            2,\n", "            2,,\n"),
        ("    y = x.a", "  y = x.a"),
        ("    y = x.a", "      y = x.a"),
        ("    pass", "    if True:"),
        ("    pass", ""),
        ("def second():", "def second(:"),
        ("def second():", "def second"),
        ("y = x.a", "y = = x.a"),
        ("return (", "return ["),
    ],
)
def test_a_line_that_is_no_python_leaves_the_rest(old: str, new: str) -> None:
    text = SCRIPT.replace(old, new)
    parsed = parse(text)
    assert functions(parsed.tree) == ["first", "second"]
    assert parsed.is_whole == (new == "'''abc'''")


def test_places_are_those_of_the_text() -> None:
    tree = parse(SCRIPT.replace("x.a", "x.")).tree
    second = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "second")
    assert second.lineno == 11


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_dot_that_is_typed_in_any_line_loses_no_function(path: Path) -> None:
    text = path.read_text()
    lines = text.split("\n")
    whole = functions(ast.parse(text))
    for number in range(0, len(lines), 7):
        typed = "\n".join([*lines[:number], f"{lines[number]}.", *lines[number + 1 :]])
        found = functions(parse(typed).tree)
        assert len(found) >= len(whole) - 1, number


ODD = [
    "\0",
    "\ud83d",
    "(" * 5000,
    "a+" * 20_000 + "a",
    "\x80\xff",
    "def",
    "'''",
    "\\",
    "\t \t",
    "if 1:\n\tx\n        y",
]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_nothing_fails(text: str) -> None:
    assert isinstance(parse(text).tree, ast.Module)
