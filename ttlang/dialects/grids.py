"""Operations on a grid of cores: the kernel as its author writes it, and the program that it becomes."""

from __future__ import annotations

import math
from abc import ABC

from xdsl.dialects.builtin import DenseArrayBase, i64
from xdsl.irdl import prop_def

from ttlang.dialects.operation import DialectOperation


class OnGrid(DialectOperation, ABC):
    """What runs on a chip's cores."""

    grid = prop_def(DenseArrayBase.constr(i64))
    """Columns, rows, and chips if there are several."""

    @property
    def dimensions(self) -> tuple[int, ...]:
        """The grid as the kernel has it: columns, rows, and chips if there are several."""
        return tuple(int(size) for size in self.grid.iter_values())

    @property
    def grid_sizes(self) -> tuple[int, int]:
        """Columns, and rows of all chips, one below the other."""
        columns, *rows = self.dimensions
        return columns, math.prod(rows)
