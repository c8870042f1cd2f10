"""
What is certain of a script that nobody runs: it is no Python, it names what the language does not have, it gives a
decorator an option that there is not, it allows a code that there is not.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from types import ModuleType

from ttlang.diagnostics import Diagnostic, DiagnosticError, Span
from ttlang.diagnostics.allow_comments import allows_in, unknown_codes
from ttlang.editor.positions import Range
from ttlang.editor.syntax.language_names import KERNELS, LanguageNames, find, has_member, members
from ttlang.editor.syntax.outline import FUNCTIONS, range_of
from ttlang.engine.script import Ending, parse, run_script
from ttlang.settings.option_relics import RELICS
from ttlang.settings.options import check_names

UNKNOWN = "TTL0103"
_OWN_OPTIONS = {"grid", "where", *RELICS}
"""Arguments of decorators that are no compile options."""


def tree_findings(path: str, text: str, tree: ast.Module, lines: Sequence[str]) -> list[Diagnostic]:
    """
    In the order of their lines. `tree`: of as much of the text as is Python. An import of the language runs no code of
    the script.
    """
    names = LanguageNames(tree)
    found = [*_syntax(path, text), *unknown_codes(allows_in(path, text))]
    found += _unknown_names(path, tree, names, lines)
    found += _unknown_options(path, tree, names, lines)
    return sorted(found, key=lambda each: (each.span.line, each.span.column) if each.span else (0, 0))


class _Text:
    """A script that is compiled, and not run."""

    is_module = False

    def __init__(self, path: str, text: str):
        self.path = path
        self.text = text

    def execute(self) -> None:
        """Raises what Python has to say of the text."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(parse(self.text, self.path), self.path, "exec", dont_inherit=True)


def _syntax(path: str, text: str) -> Sequence[Diagnostic]:
    """As `ttlang check` says it."""
    ending: Ending = run_script(_Text(path, text))
    return ending.findings


def _unknown_names(path: str, tree: ast.Module, names: LanguageNames, lines: Sequence[str]) -> Iterator[Diagnostic]:
    set_here = {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
    }
    asked = _asked_for(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr in set_here or id(node) in asked:
            continue
        owner = names.path_of(node.value)
        module = None if owner is None else find(owner)
        if owner is None or not isinstance(module, ModuleType) or node.attr.startswith("__"):
            continue
        if has_member(module, node.attr):
            continue
        known = [member.name for member in members(module)]
        close = get_close_matches(node.attr, known, n=1)
        where = ".".join(("ttl", *owner))
        hint = f"did you mean {where}.{close[0]}?" if close else None
        yield Diagnostic(UNKNOWN, f"{where} has no {node.attr}", _span(path, range_of(node, lines)), hint)


def _asked_for(tree: ast.Module) -> set[int]:
    """Names in a `try`, which may be there to find out whether they exist."""
    return {id(inner) for node in ast.walk(tree) if isinstance(node, ast.Try) for inner in ast.walk(node)}


def _unknown_options(path: str, tree: ast.Module, names: LanguageNames, lines: Sequence[str]) -> Iterator[Diagnostic]:
    for function in ast.walk(tree):
        for call in function.decorator_list if isinstance(function, FUNCTIONS) else ():
            if not isinstance(call, ast.Call) or names.path_of(call.func) not in KERNELS:
                continue
            for keyword in call.keywords:
                if keyword.arg is None or keyword.arg in _OWN_OPTIONS:
                    continue
                try:
                    check_names([keyword.arg])
                except DiagnosticError as refused:
                    yield from refused.at(_span(path, range_of(call, lines))).diagnostics


def _span(path: str, place: Range) -> Span:
    start, end = place
    return Span(path, start.line + 1, start.character + 1, end.line + 1, end.character + 1)
