"""What the plan says of sizes that were chosen: what each could be, and why it is not the next larger one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ttlang.driver.configurations import Configuration
from ttlang.driver.size_choice import Choice


@dataclass(frozen=True, eq=False)
class SizeReport:
    """Of one choice. Configurations that nobody has tried are tried when it is asked for."""

    choice: Choice

    @property
    def values(self) -> Mapping[str, object]:
        return dict(self.choice.configuration.values)

    def report(self) -> list[str]:
        """The lines, with an empty one before them; none where nothing was to be chosen."""
        if not self.values:
            return []
        tried, count = len(list(self.choice.trials)), self.choice.trials.call.space.count
        return ["", f"sizes, chosen of {count} configurations, {tried} of which were tried:", *self._lines()]

    def _lines(self) -> Iterator[str]:
        space = self.choice.trials.call.space
        for name, value in self.choice.configuration.values:
            values = space.values[name]
            yield f"  {name}={value}, of {_listed(values)}; {self._why(name, value, values)}"

    def _why(self, name: str, value: object, values: Sequence[object]) -> str:
        larger = _next(value, values)
        if larger is None:
            return "none is larger"
        changed = [(each, larger if each == name else old) for each, old in self.choice.configuration.values]
        configuration = Configuration(tuple(changed))
        return f"{larger}: {self._reason(configuration)}"

    def _reason(self, configuration: Configuration) -> str:
        if not self.choice.trials.call.space.has(configuration):
            return "where= leaves it out"
        trial = self.choice.trials.of(configuration)
        if trial.refused is not None:
            return f"{trial.refused.code}, {trial.refused.message}"
        mine, other = self.choice.trial.least_cycles, trial.least_cycles
        return f"takes {other:,.0f} cycles at least, this {mine:,.0f}"


_MOST = 12
"""Values that are listed."""


def _listed(values: Sequence[object]) -> str:
    numbers = [value for value in values if isinstance(value, int)]
    ordered = sorted(numbers) if len(numbers) == len(values) else values
    return ", ".join([*map(str, ordered[:_MOST]), *(["…"] if len(values) > _MOST else [])])


def _next(value: object, values: Sequence[object]) -> object | None:
    """The next larger number; of other values, the next in order."""
    if all(isinstance(each, int) for each in values) and isinstance(value, int):
        larger = [each for each in values if isinstance(each, int) and each > value]
        return min(larger, default=None)
    at = values.index(value) + 1
    return values[at] if at < len(values) else None
