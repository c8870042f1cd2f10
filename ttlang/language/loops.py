"""What loops of threads run over."""

from __future__ import annotations

from typing import overload


@overload
def static_range(stop: int, /) -> range: ...
@overload
def static_range(start: int, stop: int, step: int = 1, /) -> range: ...
def static_range(first: int, stop: int | None = None, step: int = 1, /) -> range:
    """
    Python's `range` of constants. A thread's loop over it is unrolled: its variable is a number known at compile time,
    also where a loop over `range` would count at run time.
    """
    return range(first) if stop is None else range(first, stop, step)
