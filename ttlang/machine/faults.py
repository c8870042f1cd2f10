"""What threads stumble over, and how reports name cores and numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ttlang.diagnostics.plurals import count_of as count_of

NO_CALL = -1
"""The number of a call for what is no call's fault."""


class Fault(Exception):
    """A call that breaks a rule of the machine; the scheduler adds the core, the thread and the line."""

    def __init__(self, code: str, op: int, message: str, hint: str | None = None):
        super().__init__(message)
        self.code = code
        self.op = op
        """The call's number in its kernel."""
        self.message = message
        self.hint = hint


def core_ranges(cores: Collection[int], columns: int) -> str:
    """
    Cores, as few rectangles as a sweep over the rows finds: `core (0, 0)`, `cores (0, 0)-(7, 7)`.
    `columns` is the width of the grid, along which cores are numbered first.
    """
    rectangles = _rectangles(cores, columns)
    texts = [
        f"({left}, {top})" if (left, top) == (right, bottom) else f"({left}, {top})-({right}, {bottom})"
        for left, top, right, bottom in rectangles
    ]
    return ("core " if len(cores) == 1 else "cores ") + ", ".join(texts)


def _rectangles(cores: Iterable[int], columns: int) -> list[tuple[int, int, int, int]]:
    """(left, top, right, bottom), both ends in: the runs of each row, joined with the same run of the row above."""
    done: list[tuple[int, int, int, int]] = []
    for row, left, right in _runs(sorted(cores), columns):
        above = next((r for r in done if (r[0], r[2], r[3]) == (left, right, row - 1)), None)
        if above is not None:
            done[done.index(above)] = (left, above[1], right, row)
        else:
            done.append((left, row, right, row))
    return done


def _runs(cores: list[int], columns: int) -> list[tuple[int, int, int]]:
    """(row, first column, last column) of neighbours in one row."""
    runs: list[tuple[int, int, int]] = []
    for core in cores:
        row, column = divmod(core, columns)
        if runs and runs[-1][0] == row and runs[-1][2] == column - 1:
            runs[-1] = (row, runs[-1][1], column)
        else:
            runs.append((row, column, column))
    return runs
