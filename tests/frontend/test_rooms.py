"""The front end's rooms: elaboration stands on python, python on blocks, and blocks know no syntax tree."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parents[2] / "ttlang" / "frontend"
ABOVE = {"blocks": ("python", "elaboration"), "python": ("elaboration",), "elaboration": ()}


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", sorted(FRONTEND.glob("*/*.py")), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_rooms_import_downwards(path: Path) -> None:
    rooms = {name.split(".")[2] for name in imports(path) if name.startswith("ttlang.frontend.")}
    assert not rooms & set(ABOVE[path.parent.name])


@pytest.mark.parametrize("path", sorted((FRONTEND / "blocks").glob("*.py")), ids=lambda path: path.stem)
def test_blocks_know_no_syntax_tree(path: Path) -> None:
    assert "ast" not in imports(path)
