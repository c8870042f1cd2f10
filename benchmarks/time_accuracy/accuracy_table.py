"""How far predictions are from measured figures: by family of experiments and chip."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import NamedTuple

MARGIN = 0.05
"""By so much one of two measured figures has to be the greater for their order to count."""


class Compared(NamedTuple):
    """A measured figure and what the clock says."""

    chip: str
    family: str
    """What it is counted with."""
    alternatives: str
    """Figures in the same unit that can be ranked among each other bear the same."""
    measured: float
    predicted: float
    label: str

    @property
    def error(self) -> float:
        """Relative."""
        return self.predicted / self.measured - 1


class Accuracy(NamedTuple):
    """That of several figures."""

    figures: int
    mean_error: float
    """Of absolute values."""
    bias: float
    worst: Compared
    pairs: int
    """Those with a margin."""
    ranked: int
    """Of them, how many the clock puts in the right order."""

    @property
    def share_ranked(self) -> str:
        return f"{self.ranked / self.pairs:.1%}" if self.pairs else "–"


def accuracy(compared: Sequence[Compared]) -> Accuracy:
    groups: defaultdict[str, list[Compared]] = defaultdict(list)
    for each in compared:
        groups[each.alternatives].append(each)
    pairs = ranked = 0
    for group in groups.values():
        group.sort(key=lambda each: each.measured)
        for place, less in enumerate(group):
            for more in group[place + 1 :]:
                if more.measured > less.measured * (1 + MARGIN):
                    pairs += 1
                    ranked += more.predicted > less.predicted
    errors = [each.error for each in compared]
    worst = max(compared, key=lambda each: abs(each.error))
    return Accuracy(len(errors), fmean(map(abs, errors)), fmean(errors), worst, pairs, ranked)


HEADER = "| chip | experiments | figures | mean error | bias | worst | pairs | ranked rightly |"


def table(compared: Iterable[Compared]) -> list[str]:
    """A row for each family and chip."""
    families: defaultdict[tuple[str, str], list[Compared]] = defaultdict(list)
    for each in compared:
        families[each.chip, each.family].append(each)
    lines = [HEADER, "| - | - | -: | -: | -: | - | -: | -: |"]
    for (chip, family), members in sorted(families.items()):
        found = accuracy(members)
        worst = f"{found.worst.error:+.0%} ({found.worst.label})"
        cells = (
            chip,
            family,
            found.figures,
            f"{found.mean_error:.1%}",
            f"{found.bias:+.1%}",
            worst,
            found.pairs,
            found.share_ranked,
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines
