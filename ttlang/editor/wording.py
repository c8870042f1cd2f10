"""How hints, hovers and lenses put shapes, bytes, cycles and times."""

from __future__ import annotations

from collections.abc import Sequence

_KIB = 1024


def shape_text(shape: Sequence[int]) -> str:
    """`2x4`."""
    return "x".join(map(str, shape))


def bytes_text(number: int) -> str:
    """`16 KiB`, `1.5 MiB`; a number below 1 KiB in bytes."""
    for unit, size in (("MiB", _KIB * _KIB), ("KiB", _KIB)):
        if number >= size:
            return f"{number / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{number} B"


def cycles_text(number: float) -> str:
    """`1,234 cycles`."""
    return f"{number:,.0f} cycle{'' if round(number) == 1 else 's'}"


def share_text(share: float) -> str:
    """`12%`; a small share with a digit behind the point."""
    percent = 100 * share
    return f"{percent:.0f}%" if percent >= 9.95 else f"{percent:.1f}%"


def time_text(microseconds: float) -> str:
    """`2.1 µs`, `1.3 ms`."""
    if microseconds >= 1000:
        return f"{microseconds / 1000:.2f} ms"
    return f"{microseconds:.1f} µs"
