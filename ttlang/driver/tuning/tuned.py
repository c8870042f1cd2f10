"""What tuning has found: the best configuration, and of each other one why it is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ttlang.diagnostics.plurals import count_of
from ttlang.driver.tuning import json_forms as forms
from ttlang.driver.tuning.candidates import Candidate
from ttlang.driver.tuning.records import Found, Problem, Values

SHOWN = 10
"""Rows of the table, unless all are asked for."""
HEAD = ("configuration", "cycles", "L1", "compared", "measured", "")


@dataclass(frozen=True, eq=False)
class Tuned:
    """Of one kernel and call."""

    kernel: str
    chip: str
    megahertz: float
    arguments: tuple[str, ...]
    """A text for each that was given."""
    count: int
    """Configurations of the space, with those that `where` leaves out."""
    candidates: tuple[Candidate, ...]
    """Those that were looked at, in order."""
    winner: Candidate
    problem: Problem | None
    """None of a kernel that can't be told in another process."""

    @property
    def to_ship(self) -> tuple[Problem, Values, Found] | None:
        """What a file of tuned sizes has of it."""
        return None if self.problem is None else (self.problem, self.winner.configuration.values, self.winner.found)

    @property
    def values(self) -> dict[str, Any]:
        """The best configuration, by the names of parameters and options."""
        return dict(self.winner.configuration.values)

    @property
    def cycles(self) -> float:
        """What it is predicted to take."""
        return self.winner.found.cycles or 0.0

    def rows(self) -> Iterator[tuple[Candidate, tuple[str, ...]]]:
        """The configurations, the best first, as cells under `HEAD`; those that are left out at the end."""
        for candidate in sorted(self.candidates, key=_rank):
            found = candidate.found
            yield (
                candidate,
                (
                    str(candidate.configuration),
                    "" if found.cycles is None else f"{found.cycles:,.0f}",
                    "" if found.l1_bytes is None else f"{found.l1_bytes // 1024} KiB",
                    _compared(candidate),
                    "" if found.microseconds is None else f"{found.microseconds:.1f} µs",
                    "best" if candidate is self.winner else why_not(candidate),
                ),
            )

    def summary(self) -> list[str]:
        """Lines above the table."""
        compiles = sum(candidate.lowered is not None for candidate in self.candidates)
        predicted = sum(candidate.found.cycles is not None for candidate in self.candidates)
        microseconds = self.cycles / self.megahertz
        return [
            f"{self.kernel} on {self.chip}: {', '.join(self.arguments)}",
            f"best: {self.winner.configuration}, {self.cycles:,.0f} cycles, {microseconds:,.1f} µs",
            f"{count_of(self.count, 'configuration')}; {len(self.candidates)} tried, {compiles} compile, "
            f"{predicted} predicted",
        ]

    def explain(self) -> list[str]:
        """A line for each configuration."""
        return ["  ".join(filter(None, cells)) for _, cells in self.rows()]

    def to_data(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {
            "kernel": self.kernel,
            "chip": self.chip,
            "arguments": [*self.arguments],
            "count": self.count,
            "best": forms.values_to_json(self.winner.configuration.values),
            "cycles": self.cycles,
            "microseconds": self.cycles / self.megahertz,
            "configurations": [_data(candidate) for candidate, _ in self.rows()],
        }


def why_not(candidate: Candidate) -> str:
    """Why there is no prediction of a configuration, or no use for it; empty where there is nothing to say."""
    if candidate.refused is not None:
        return f"{candidate.refused.code}, {candidate.refused.message}"
    if not candidate.is_right:
        return candidate.note or "its results are not those of the reference"
    return "" if candidate.found.cycles is not None else candidate.note


def _rank(candidate: Candidate) -> tuple[object, ...]:
    return (
        not candidate.is_right,
        candidate.lowered is None,
        *candidate.speed[:2],
        candidate.least_cycles,
        candidate.order,
    )


def _compared(candidate: Candidate) -> str:
    comparison = candidate.found.comparison
    if comparison is None:
        return ""
    return f"{'right' if comparison.ok else 'WRONG'}, PCC {comparison.pcc:.6f}"


def _data(candidate: Candidate) -> dict[str, Any]:
    data = {
        "values": forms.values_to_json(candidate.configuration.values),
        "found": forms.found_to_json(candidate.found),
    }
    return {**data, **({"reason": reason} if (reason := why_not(candidate)) else {})}
