"""
How hints name the parts of the language: each edition of it has its own words.

A hint has `⟦where⟧(mask, a, b)` for `ttl.where(mask, a, b)`, which 2026 calls `ttl.block.where`; `Diagnostic` puts the
words of the kernel's edition in.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_OF_BLOCKS = ("broadcast", "fill", "reduce_max", "reduce_sum", "transpose", "typecast", "where")
"""Functions that 2025 has in `ttl`, and 2026 in `ttl.block`."""

SPELLINGS: Mapping[str, Mapping[str, str]] = {
    "2025": {
        "decorator": "kernel",
        "buffer": "make_circular_buffer_like",
        "core": "core",
        "release": "{0}.{1}()",
        **{name: f"ttl.{name}" for name in _OF_BLOCKS},
    },
    "2026": {
        "decorator": "operation",
        "buffer": "make_dataflow_buffer_like",
        "core": "node",
        "release": "{1}() of the block of {0}",
        **{name: f"ttl.block.{name}" for name in _OF_BLOCKS},
    },
}
"""What each edition calls what both have. `release` is given a buffer's name, and `push` or `pop`."""

OLDEST = next(iter(SPELLINGS))
"""What is spoken where no kernel says more."""

_spoken: ContextVar[str] = ContextVar("edition of hints", default=OLDEST)
_WORD = re.compile("⟦([^⟦⟧]*)⟧")


def spelled(text: str) -> str:
    """A text with the words of the edition that is spoken."""
    if "⟦" not in text:
        return text
    words = SPELLINGS[_spoken.get()]

    def of(match: re.Match[str]) -> str:
        concept, *parts = match[1].split("|")
        return words[concept].format(*parts) if concept in words else match[0]

    return _WORD.sub(of, text)


@contextmanager
def speaking(edition: str) -> Generator[None]:
    """While this lasts, hints speak the edition of this name."""
    token = _spoken.set(edition)
    try:
        yield
    finally:
        _spoken.reset(token)
