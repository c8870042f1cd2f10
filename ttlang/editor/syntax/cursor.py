"""What is being written at the cursor: behind which dot, in which call, in a comment or a string."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from ttlang.editor.positions import Position

_STATEMENT = re.compile(r"\s*(?:@|(?:def|class|with|for|while|if|elif|else|try|return|import|from|assert|raise)\b)")
_CALLEE = re.compile(r"[\w.]*\Z")
_KEYWORD = re.compile(r"\s*(\w+)\s*=(?!=)")
_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<string>(?:'''|\"\"\"|'|\"))
    |(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)|(?P<rest>[^\#'\"()\[\]{},]+)""",
    re.VERBOSE,
)
_MOST_LINES = 200
"""Before the cursor, in which an open bracket is looked for."""


class Call(NamedTuple):
    """A call whose brackets are open at the cursor."""

    callee: str
    argument: int
    """How many commas stand before the cursor in it."""
    keyword: str | None
    """`name=` before the cursor."""
    keywords: tuple[str, ...]
    """All that it has before."""
    is_decorator: bool


@dataclass(frozen=True)
class Cursor:
    """Before the cursor."""

    call: Call | None
    """The innermost."""
    in_string: bool
    comment: str | None
    """The comment's text up to the cursor."""
    string: str = ""
    """The string's."""


@dataclass
class _Open:
    start: int
    commas: list[int]


def cursor_at(lines: Sequence[str], place: Position) -> Cursor:
    """Reads the lines up to a place. What was not closed before a statement began is not looked at."""
    first = max(0, place.line - _MOST_LINES)
    text = "".join([*lines[first : place.line], lines[place.line][: place.character] if lines else ""])
    stack: list[_Open] = []
    at = 0
    while at < len(text):
        if (at == 0 or text[at - 1] in "\r\n") and stack and _STATEMENT.match(text, at):
            stack.clear()
        found = _TOKEN.match(text, at)
        if found is None:
            break
        end = found.end()
        match found.lastgroup:
            case "comment" if end == len(text):
                return Cursor(_call(text, stack), False, found[0])
            case "string":
                end = _string_end(text, end, found[0])
                if end < 0:
                    return Cursor(_call(text, stack), True, None, text[found.end() :])
            case "open":
                stack.append(_Open(at, []))
            case "close" if stack:
                stack.pop()
            case "comma" if stack:
                stack[-1].commas.append(at)
            case "rest" if (newline := _next_line(found[0])) is not None:
                end = at + newline
            case _:
                pass
        at = end
    return Cursor(_call(text, stack), False, None)


def _next_line(text: str) -> int | None:
    """Behind the first line end in a text that goes on behind it."""
    found = text.find("\n")
    return found + 1 if 0 <= found < len(text) - 1 else None


def _string_end(text: str, start: int, quote: str) -> int:
    """Behind a string; -1 if it is open at the end of the text. One that is open at its line's end ends there."""
    at = start
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text.startswith(quote, at):
            return at + len(quote)
        elif text[at] == "\n" and len(quote) == 1:
            return at
        else:
            at += 1
    return -1


def _call(text: str, stack: Sequence[_Open]) -> Call | None:
    """The innermost bracket that follows a name."""
    for opened in reversed(stack):
        callee = _CALLEE.search(text[: opened.start]) if text[opened.start] == "(" else None
        if callee is None or not callee[0]:
            continue
        before = text[: callee.start()].rstrip(" \t")
        if before.endswith(("def", "class")):
            return None
        marks = [opened.start, *opened.commas, len(text)]
        arguments = [text[first + 1 : end] for first, end in pairwise(marks)]
        names = [found[1] if (found := _KEYWORD.match(each)) else None for each in arguments]
        return Call(
            callee[0],
            len(opened.commas),
            names[-1],
            tuple(name for name in names[:-1] if name),
            before.endswith("@"),
        )
    return None


class Owner(NamedTuple):
    """What stands before a dot."""

    text: str
    written: str
    """The beginning of the name behind the dot."""


def owner_at(line: str, character: int) -> Owner | None:
    """Of `x_dfb.wait().st|`: `x_dfb.wait()` and `st`. None where there is no dot."""
    end = character
    while end > 0 and (line[end - 1].isalnum() or line[end - 1] == "_"):
        end -= 1
    if end == 0 or line[end - 1] != ".":
        return None
    start = end - 1
    depth = 0
    while start > 0:
        letter = line[start - 1]
        if letter in ")]":
            depth += 1
        elif letter in "([":
            if not depth:
                break
            depth -= 1
        elif not depth and not (letter.isalnum() or letter in "_."):
            break
        start -= 1
    text = line[start : end - 1]
    return Owner(text, line[end:character]) if text and not depth else None
