"""
How messages and hints name the parts of the language: each edition of it has its own words.

A hint has `⟦where⟧(mask, a, b)` for `ttl.where(mask, a, b)`, which 2026 calls `ttl.block.where`; `Diagnostic` puts the
words of the kernel's edition in.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from ttlang.tables.editions import DEFAULT, Edition

_spoken: ContextVar[Edition] = ContextVar("edition of messages", default=DEFAULT)
_WORD = re.compile("⟦([^⟦⟧]*)⟧")


def spelled(text: str) -> str:
    """A text with the words of the edition that is spoken."""
    if "⟦" not in text:
        return text
    words = _spoken.get().words

    def of(match: re.Match[str]) -> str:
        concept, *parts = match[1].split("|")
        return words[concept].format(*parts) if concept in words else match[0]

    return _WORD.sub(of, text)


@contextmanager
def speaking(edition: Edition) -> Generator[None]:
    """While this lasts, messages and hints speak this edition."""
    token = _spoken.set(edition)
    try:
        yield
    finally:
        _spoken.reset(token)
