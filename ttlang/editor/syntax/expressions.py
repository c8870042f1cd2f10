"""Pieces of text as expressions."""

from __future__ import annotations

import ast


def expression(text: str) -> ast.expr | None:
    """The tree of one expression; None for a text that is none."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
