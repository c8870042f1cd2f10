"""A check says at its start which codes it reports: whoever looks for one finds the file by it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import ttlang.checks
from ttlang.diagnostics.codes import CODES

FILES = sorted(Path(ttlang.checks.__path__[0]).glob("*.py"))
CODE = re.compile(r"TTL\d{4}")


def announced(tree: ast.Module) -> list[str]:
    """The codes before the first colon of a file's docstring."""
    head = re.match(r"\s*(TTL\d{4}(?:, TTL\d{4})*):", ast.get_docstring(tree) or "")
    return CODE.findall(head[1]) if head else []


def reported(tree: ast.Module) -> set[str]:
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {text for text in texts if CODE.fullmatch(text)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_check_begins_with_its_codes(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    codes = announced(tree)
    assert codes == sorted(set(codes))
    assert set(codes) == reported(tree)
    assert set(codes) <= set(CODES)


def test_a_code_of_blocks_and_pipes_has_a_check() -> None:
    """All of TTL04xx, which are about blocks and buffers."""
    found = {code for path in FILES for code in announced(ast.parse(path.read_text(encoding="utf-8")))}
    assert {code for code in CODES if code.startswith("TTL04")} <= found
