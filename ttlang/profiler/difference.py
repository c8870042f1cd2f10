"""Two profiles side by side: what a change has brought, by kernel and by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_LEAST = 0.005
"""The share of a kernel below which the change of a line is not told."""


class Side(NamedTuple):
    """A kernel of one of the profiles."""

    name: str
    cycles: float
    bound: str
    lines: Mapping[tuple[str, str], float]
    """Cycles by thread and text: numbers of lines change with what stands before them."""


def sides_of(profile: Mapping[str, Any]) -> list[Side]:
    """The kernels of a profile, as `document.to_data` has it."""
    found: list[Side] = []
    for kernel in profile["kernels"]:
        lines: defaultdict[tuple[str, str], float] = defaultdict(float)
        for line in kernel["lines"]:
            lines[line["thread"], line["text"]] += line["cycles"]
        found.append(Side(kernel["kernel"], kernel["cycles"], kernel["bound"]["by"], lines))
    return found


def difference(before: Sequence[Side], after: Sequence[Side]) -> Iterator[str]:
    """Kernels by their names, those of one name by their order; one that has no other is set beside what is left."""
    left = list(before)
    for side in after:
        old = next((each for each in left if each.name == side.name), None) or (left[0] if len(left) == 1 else None)
        if old is None:
            yield f"{side.name}: {side.cycles:.0f} cycles, in the second alone"
            continue
        left.remove(old)
        yield from _kernel(old, side)
    for old in left:
        yield f"{old.name}: {old.cycles:.0f} cycles, in the first alone"


def _kernel(old: Side, new: Side) -> Iterator[str]:
    name = new.name if new.name == old.name else f"{old.name} -> {new.name}"
    change = 100 * (new.cycles / old.cycles - 1) if old.cycles else 0.0
    bound = new.bound if new.bound == old.bound else f"{old.bound}, then {new.bound}"
    yield f"{name}: {old.cycles:.0f} -> {new.cycles:.0f} cycles ({change:+.1f} %); bound by {bound}"
    least = _LEAST * max(old.cycles, new.cycles)
    keys = dict.fromkeys([*old.lines, *new.lines])
    changes = {key: new.lines.get(key, 0.0) - old.lines.get(key, 0.0) for key in keys}
    for key in sorted(keys, key=lambda each: -abs(changes[each])):
        if abs(changes[key]) >= least:
            was, now = (side.lines.get(key) for side in (old, new))
            figures = f"{_figure(was):>8} -> {_figure(now):>8}  {changes[key]:>+9.0f}"
            yield f"  {figures}  {key[0]}: {key[1]}"


def _figure(cycles: float | None) -> str:
    return "-" if cycles is None else f"{cycles:.0f}"
