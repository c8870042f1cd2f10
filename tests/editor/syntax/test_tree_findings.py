"""What is said of scripts that nobody runs: only what is certain."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.editor_scripts import SCRIPT, open_script
from tests.support.house import ROOT
from ttlang.diagnostics import Diagnostic
from ttlang.editor.syntax.tree_findings import tree_findings


def found(text: str, path: str = "/a/k.py") -> list[Diagnostic]:
    script = open_script(text, f"file://{path}")
    return tree_findings(path, text, script.parsed.tree, script.document.lines)


def codes(text: str) -> list[tuple[str, int]]:
    return [(each.code, each.span.line if each.span else 0) for each in found(text)]


def test_a_syntax_error_is_what_check_says() -> None:
    (error,) = found(SCRIPT.replace("* 2)", "* 2"))
    assert error.code == "TTL0006"
    assert error.message == "/a/k.py fails: SyntaxError: '(' was never closed (k.py, line 12)"
    assert error.span is not None
    assert error.span.line == 12


def test_names_that_the_language_lacks() -> None:
    (error,) = found(SCRIPT.replace("gelu", "gleu"))
    assert (error.code, error.message) == ("TTL0103", "ttl.math has no gleu")
    assert error.hint == "did you mean ttl.math.gelu?"
    assert codes(SCRIPT.replace("ttl.copy(x", "ttl.cpy(x")) == [("TTL0103", 17)]


def test_names_that_a_script_asks_for_or_sets_are_its_own() -> None:
    assert not codes("import ttl\nttl.mine = 1\nprint(ttl.mine, ttl.__doc__)\n")
    assert not codes("import ttl\ntry:\n    ttl.newer\nexcept AttributeError:\n    pass\n")
    assert not codes("import torch as ttl\nttl.anything\n")


def test_options_that_there_are_not() -> None:
    assert codes(SCRIPT.replace("grid=(1, 1)", "grid=(1, 1), fidelity='LoFi'")) == [("TTL0002", 4)]
    assert not codes(SCRIPT.replace("grid=(1, 1)", "grid=(1, 1), where=None, num_outs=1, pad=True"))


def test_comments_that_allow_no_code() -> None:
    assert codes(f"{SCRIPT}# ttl: allow TTL9999\n") == [("TTL0007", SCRIPT.count("\n") + 1)]


def test_nothing_runs(tmp_path: Path) -> None:
    path = tmp_path / "there"
    assert not codes(f"import ttl\nopen({os.fspath(path)!r}, 'w').write('')\n")
    assert not path.exists()


@pytest.mark.parametrize("text", ["\0import ttl", "import ttl\n\ud83d", "(" * 1000, ""], ids=range(4))
def test_what_is_no_text_of_python(text: str) -> None:
    assert all(each.code == "TTL0006" for each in found(text))


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_examples_have_none(path: Path) -> None:
    assert not found(path.read_text(), str(path))
