"""The shape of a mesh of chips."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Self

__all__ = [
    "MeshShape",
]


class MeshShape(tuple[int, ...]):
    """Rows and columns of chips, which are numbered row by row. Compares equal to the tuple. A ValueError below 1."""

    def __new__(cls, *sizes: int | Iterable[int]) -> Self:
        given = sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes
        shape = super().__new__(cls, (int(size) for size in given))  # pyright: ignore[reportArgumentType, reportGeneralTypeIssues, reportUnknownVariableType]
        if not shape or min(shape) < 1:
            raise ValueError(f"a mesh has a chip at least in each of its dimensions; this is {tuple(shape)}")
        return shape

    def dims(self) -> int:
        """The number of its dimensions."""
        return len(self)

    def mesh_size(self) -> int:
        """The number of its chips."""
        return prod(self)

    def __repr__(self) -> str:
        return f"MeshShape({list(self)})"
