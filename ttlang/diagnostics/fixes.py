"""Edits that repair a mistake for certain: made where the mistake is found, applied by `ttlang check --fix`."""

from __future__ import annotations

import ast
import io
import linecache
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Sequence

from ttlang.diagnostics import Edit, Span

_JUMPS = (ast.Return, ast.Break, ast.Continue, ast.Raise)

Fix = tuple[Edit, ...]
"""Edits that belong together; none where what to do is not certain."""


def append(span: Span | None, text: str) -> Fix:
    """Text behind an expression."""
    if span is None or span.end_line is None or span.end_column is None:
        return ()
    end = Span(span.file, span.end_line, span.end_column, span.end_line, span.end_column)
    return (Edit(end, text),)


def rename_method(span: Span | None, old: str, new: str) -> Fix:
    """Another method in a call `something.old()`."""
    line = _alone(span, whole_line=False)
    if span is None or line is None or not line.endswith(f".{old}()"):
        return ()
    start = span.column + len(line) - len(f"{old}()")
    return (Edit(Span(span.file, span.line, start, span.line, start + len(old)), new),)


def delete(span: Span | None) -> Fix:
    """Takes away a statement that has its line for itself."""
    if span is None or _alone(span, whole_line=True) is None:
        return ()
    return (Edit(Span(span.file, span.line, 1, span.line + 1, 1), ""),)


def release_after_use(span: Span | None, release: str) -> Fix:
    """
    A call of `release` behind the last statement of the suite in which `name = buffer.acquire()` stands, unless the
    suite is left early, or the function has that call elsewhere.
    """
    if span is None or (tree := _parsed(span.file)) is None:
        return ()
    for suite in _suites(tree):
        for statement in suite:
            match statement:
                case ast.Assign(targets=[ast.Name(name)], value=ast.Call(func=ast.Attribute(value=buffer)) as call):
                    if (call.lineno, call.col_offset + 1) != (span.line, span.column):
                        continue
                    left_early = any(isinstance(inner, _JUMPS) for part in suite for inner in ast.walk(part))
                    if left_early or _is_called(tree, span.line, {name, ast.unparse(buffer)}, release):
                        return ()
                    line = (suite[-1].end_lineno or suite[-1].lineno) + 1
                    text = f"{' ' * statement.col_offset}{ast.unparse(buffer)}.{release}()\n"
                    return (Edit(Span(span.file, line, 1, line, 1), text),)
                case _:
                    pass
    return ()


def _is_called(tree: ast.Module, line: int, owners: set[str], method: str) -> bool:
    """Whether the innermost function around a line calls that method of one of these."""
    around = [f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f.lineno <= line <= (f.end_lineno or 0)]
    function = max(around, key=lambda f: f.lineno, default=tree)
    return any(
        isinstance(node, ast.Attribute) and node.attr == method and ast.unparse(node.value) in owners
        for node in ast.walk(function)
    )


class NotEditableError(Exception):
    """Says why a file is left alone."""


def edited_file(data: bytes, edits: Iterable[Edit]) -> bytes:
    """
    The new content of a file: every edit once, and of two that overlap the first. Its encoding, a byte order mark, its
    line ends, and a last line without one stay as they are. A NotEditableError where it would not be Python any more.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError) as cause:
        raise NotEditableError(f"its encoding can't be read ({cause})") from None
    changed = _edited(text, set(edits))
    if not _is_python(changed):
        raise NotEditableError("the edit would not leave it Python")
    try:
        return changed.encode(encoding)
    except UnicodeEncodeError:
        raise NotEditableError(f"the edit has characters that {encoding} lacks") from None


_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
"""A line as Python counts them: form feeds and other separators end none."""


def _edited(text: str, edits: set[Edit]) -> str:
    lines = _LINE.findall(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    ends_open = bool(lines) and not lines[-1].endswith(("\r", "\n"))

    def place(line: int, column: int) -> int:
        return min(starts[min(line, len(starts)) - 1] + column - 1, len(text))

    def ends(edit: Edit) -> tuple[int, int]:
        span = edit.span
        return place(span.line, span.column), place(span.end_line or span.line, span.end_column or span.column)

    newline = _newline(lines)
    before = len(text) + 1
    for edit in sorted(edits, key=ends, reverse=True):
        start, end = ends(edit)
        if end > before or start == before:
            continue
        new = edit.text.replace("\n", newline)
        if start == len(text) and ends_open and new.endswith(newline):
            new = newline + new.removesuffix(newline)
        text, before = text[:start] + new + text[end:], start
    return text


def _newline(lines: Sequence[str]) -> str:
    """The line end that most lines have."""
    found = Counter(line[len(line.rstrip("\r\n")) :] for line in lines)
    del found[""]
    return found.most_common(1)[0][0] if found else "\n"


def _alone(span: Span | None, *, whole_line: bool) -> str | None:
    """The text of a span that is one line, and nothing else in it if that is asked for."""
    if span is None or span.end_column is None or span.end_line != span.line:
        return None
    line = linecache.getline(span.file, span.line)
    text = line[span.column - 1 : span.end_column - 1]
    return text if not whole_line or line.strip() == text else None


def _suites(tree: ast.AST) -> Iterable[list[ast.stmt]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            if isinstance(suite := getattr(node, name, None), list) and suite:
                yield suite


def _parsed(file: str) -> ast.Module | None:
    try:
        return ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return None


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
