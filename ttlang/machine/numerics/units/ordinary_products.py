"""What makes products of matrices of ordinary numbers: numpy, or whatever a program is loaded with."""

from __future__ import annotations

from typing import Protocol

from ttlang.machine.tiles import Patterns
from ttlang.tables.chips.arithmetic import MatrixUnitRules


class MultiplyOrdinary(Protocol):
    def __call__(
        self,
        left: Patterns,
        right: Patterns,
        dst: Patterns,
        fidelity: str,
        dst32: bool,
        rules: MatrixUnitRules,
        depth: int,
    ) -> tuple[Patterns, bool]:
        """
        As `multiply_matrices`, but right only for rows and columns of ordinary numbers (neither infinite nor near the
        ends of the range); and whether all are known to be such.
        """
        ...
