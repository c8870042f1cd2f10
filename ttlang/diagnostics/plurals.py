"""How messages put numbers."""

from __future__ import annotations


def count_of(number: int, noun: str) -> str:
    """`1 page`, `2 pages`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
