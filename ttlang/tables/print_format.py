"""
Texts that threads print, and those of their assertions: a format with a place for each number that the run computes.

A format is one of Python's `str.format` and of fmt, which the newer kernel API prints with: `{}` is a number, `{:4}`
one in four columns or more, `{{` a brace. What else the two can do with numbers, the older kernel API can't.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import Formatter

Pieces = tuple[str | int, ...]
"""Texts, and for each number the columns that it takes at least: 0 if it takes those that it needs."""

MOST_VALUES = 128
"""Numbers in one text: the chip's buffer for prints holds no more than twice as many."""
_WIDTH = re.compile(r"(?:[1-9]\d?)?")
"""The older API takes the width as a `char`."""


def escaped(text: str) -> str:
    """The format that gives a text."""
    return text.replace("{", "{{").replace("}", "}}")


def pieces_of(format: str) -> Pieces:
    """The parts of a format. Raises a ValueError for one that not every way out can print."""
    found: list[str | int] = []
    text = ""
    for literal, field, spec, conversion in Formatter().parse(format):
        text += literal
        if field is None:
            continue
        if field or conversion or not _WIDTH.fullmatch(spec or ""):
            raise ValueError(f"a number is printed by {{}}, or by {{:4}} in four columns: {format!r} asks for more")
        found += [text] if text else []
        found.append(int(spec or 0))
        text = ""
    return (*found, text) if text else tuple(found)


def check(format: str, truths: Sequence[bool]) -> None:
    """Raises a ValueError if a format does not fit its numbers, of which some are truth values."""
    widths = [piece for piece in pieces_of(format) if isinstance(piece, int)]
    if len(widths) != len(truths):
        raise ValueError(f"{format!r} has {len(widths)} places for numbers, and {len(truths)} are given")
    if any(width and truth for width, truth in zip(widths, truths, strict=True)):
        raise ValueError("a truth value is printed as wide as it is")


def encode(format: str) -> str:
    """A format as the IR holds it: in ASCII, on one line."""
    return format.encode("unicode_escape").decode("ascii")


def decode(text: str) -> str:
    """The format that `encode` was given."""
    return text.encode("ascii").decode("unicode_escape")
