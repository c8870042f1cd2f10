"""
Syntax trees of texts that are being typed: lines that are no Python yet are left out, and the rest stays.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import NamedTuple

_MOST_REPAIRS = 16
"""Attempts to leave something out before the text is given up: each costs a parse."""

_HEADER_LINE = re.compile(r"on line (\d+)")
_SPACE = re.compile(r"[ \t\f]*")
_HEADER = re.compile(r"\s*(?:async|case|class|def|elif|else|except|finally|for|if|match|try|while|with)\b")
_FUNCTION = re.compile(r"\s*def\s+(\w+)")
_CLOSING = (")", "]", "}")


class Parsed(NamedTuple):
    """The tree of a text."""

    tree: ast.Module
    is_whole: bool
    """Whether nothing was left out."""


def parse(text: str) -> Parsed:
    """Never fails: of a text of which no line is Python, the tree is empty. Its places are those of the text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Parsed(ast.parse(text), True)
        except SyntaxError as problem:
            return Parsed(_Repair(text).tree(problem), False)
        except (ValueError, RecursionError, MemoryError):
            # NUL, half of a surrogate pair, a thousand brackets.
            return Parsed(ast.Module([], []), False)


class _Repair:
    """Leaves out the lines that Python complains of, then what is around them."""

    def __init__(self, text: str):
        self.given = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.lines = list(self.given)

    def tree(self, problem: SyntaxError) -> ast.Module:
        for _ in range(_MOST_REPAIRS):
            if not self._leave_out(problem):
                break
            try:
                return ast.parse("\n".join(self.lines))
            except SyntaxError as left:
                problem = left
            except (ValueError, RecursionError, MemoryError):
                break
        return ast.Module([], [])

    def _leave_out(self, problem: SyntaxError) -> bool:
        """Returns whether there was something left to leave out."""
        if isinstance(problem, IndentationError) and (header := _HEADER_LINE.search(problem.msg or "")):
            return self._give_body(int(header[1]) - 1)
        at = self._written(min((problem.lineno or 1) - 1, len(self.lines) - 1))
        if at is None:
            return False
        if isinstance(problem, IndentationError) and self._indent_like_others(at):
            return True
        if self.lines[at] == self.given[at]:
            self.lines[at] = "" if self._is_astray(at) else self._space(at) + self._in_place_of(at)
            return True
        if self.lines[at].strip() == "pass":
            # In brackets that is no more Python than what was there.
            self.lines[at] = ""
            return True
        return self._leave_out_around(at)

    def _is_astray(self, at: int) -> bool:
        """Whether a line that opens no suite stands less deep than those around it."""
        before = self._written(at - 1)
        deeper = before is not None and len(self._space(before)) > len(self._space(at)) and self._has_body(at)
        return deeper and not _HEADER.match(self.given[at])

    def _in_place_of(self, at: int) -> str:
        """A statement with the same suite, if it has one: of a function the same name."""
        if not self._has_body(at):
            return "pass"
        named = _FUNCTION.match(self.given[at])
        return f"def {named[1]}():" if named else "if 1:"

    def _give_body(self, at: int) -> bool:
        """To the header of a suite that has none."""
        line = self.lines[at].rstrip()
        if not line.endswith(":"):
            return self._leave_out_around(at)
        self.lines[at] = f"{line} pass"
        return True

    def _indent_like_others(self, at: int) -> bool:
        """A line that is neither in one suite nor in the other goes where the line before it is."""
        before = self._written(at - 1)
        if before is None or self.lines[at] != self.given[at]:
            return False
        space = self._space(before) + ("    " if self.given[before].rstrip().endswith(":") else "")
        self.lines[at] = space + self.lines[at].lstrip()
        return self.lines[at] != self.given[at]

    def _leave_out_around(self, at: int) -> bool:
        """The suite, or the lines in brackets, in which a line stands: the innermost of which anything is left."""
        while True:
            depth = len(self._space(at))
            first = at
            while first > 0 and (not self.given[first - 1].strip() or len(self._space(first - 1)) >= depth):
                first -= 1
            end = at + 1
            while end < len(self.given) and (not self.given[end].strip() or len(self._space(end)) >= depth):
                end += 1
            if first and not self.given[first - 1].rstrip().endswith(":"):
                first -= 1
                while end < len(self.given) and self.given[end].lstrip().startswith(_CLOSING):
                    end += 1
            written = [i for i in range(first, end) if self.lines[i].strip() not in ("", "pass")]
            if written:
                head = next(i for i in range(first, end) if self.given[i].strip())
                is_header = self.given[end - 1].rstrip().endswith(":") and _FUNCTION.match(self.given[head])
                text = self._space(head) + (f"def {is_header[1]}():" if is_header else "pass")
                self.lines[first:end] = [*[""] * (head - first), text, *[""] * (end - head - 1)]
                return True
            if not first:
                return False
            at = first - 1

    def _written(self, at: int) -> int | None:
        """The last line up to this one with anything in it."""
        return next((i for i in range(at, -1, -1) if self.given[i].strip()), None)

    def _has_body(self, at: int) -> bool:
        """Whether what follows a line is indented below it."""
        below = next((i for i in range(at + 1, len(self.given)) if self.given[i].strip()), None)
        return below is not None and len(self._space(below)) > len(self._space(at))

    def _space(self, at: int) -> str:
        found = _SPACE.match(self.given[at])
        return found[0] if found else ""
