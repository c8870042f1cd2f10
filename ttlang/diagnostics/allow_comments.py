"""
`# ttl: allow TTL0603` at a line: silences warnings and notes of that code there. Errors stay; an allow that can't be
heeded is itself said.
"""

from __future__ import annotations

import io
import linecache
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from ttlang.diagnostics import CODES, Diagnostic, Severity, Span

_COMMENT = re.compile(r"#\s*ttl:\s*allow\b(?P<codes>[^#]*)", re.IGNORECASE)
_WORD = re.compile(r"[^\s,]+")
UNHEEDED = "TTL0007"


class Allow(NamedTuple):
    """One code in such a comment."""

    code: str
    """Empty where the comment names none."""
    span: Span
    """Of the code, or of a comment without one."""

    def covers(self, found: Diagnostic) -> bool:
        """Whether a finding of the code begins or ends at the line of the comment."""
        span = found.span
        if span is None or found.code != self.code or span.file != self.span.file:
            return False
        return self.span.line in (span.line, span.end_line)


def allows_of(file: str) -> tuple[Allow, ...]:
    """All of a file, in order; none of a file that can't be read."""
    return allows_in(file, "".join(linecache.getlines(file)))


@lru_cache(maxsize=32)
def allows_in(file: str, text: str) -> tuple[Allow, ...]:
    """The same of a text that is not in the file yet."""
    return tuple(_read(file, text)) if _COMMENT.search(text) else ()


def allow_for(found: Diagnostic) -> Allow | None:
    """The comment that speaks of a finding."""
    if found.span is None:
        return None
    return next((allow for allow in allows_of(found.span.file) if allow.covers(found)), None)


def heed(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What is left of findings, with a word about each error that a comment would silence."""
    left: list[Diagnostic] = []
    for found in diagnostics:
        allow = allow_for(found)
        if allow is None or found.severity is Severity.ERROR:
            left.append(found)
        if allow is not None and found.severity is Severity.ERROR:
            left.append(_unheeded(allow, f"{found.code} is an error here, and errors can't be allowed"))
    return tuple(left)


def unknown_codes(allows: Iterable[Allow]) -> Iterator[Diagnostic]:
    """A warning for each comment whose code does not exist."""
    for allow in allows:
        if not allow.code:
            yield _unheeded(allow, "this comment names no code", "write it as in `# ttl: allow TTL0603`")
        elif allow.code not in CODES:
            hint = "the codes are in docs/diagnostics.md, and `ttlang explain all` lists them"
            yield _unheeded(allow, f"{allow.code} is no code of ttlang", hint)


def unused(allow: Allow) -> Diagnostic:
    """Of a comment at a line where there is nothing to silence."""
    return _unheeded(allow, f"there is no {allow.code} at this line to be allowed", "take the comment away")


def _unheeded(allow: Allow, message: str, hint: str | None = None) -> Diagnostic:
    return Diagnostic(UNHEEDED, message, allow.span, hint, severity=Severity.WARNING)


def _read(file: str, text: str) -> Iterator[Allow]:
    import tokenize

    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    for token in tokens:
        if token.type != tokenize.COMMENT or (comment := _COMMENT.search(token.string)) is None:
            continue
        line, start = token.start
        first = start + comment.start("codes") + 1
        words = list(_codes(comment["codes"]))
        for code, at in words:
            yield Allow(code.upper(), Span(file, line, first + at, line, first + at + len(code)))
        if not words:
            begin = start + comment.start() + 1
            yield Allow("", Span(file, line, begin, line, begin + len(comment[0].rstrip())))


def _codes(text: str) -> Iterator[tuple[str, int]]:
    """The codes at the start of a text, with where they begin; a reason may follow."""
    for word in _WORD.finditer(text):
        code = word[0].rstrip(".:;")
        if not code.upper().startswith("TTL"):
            return
        yield code, word.start()
