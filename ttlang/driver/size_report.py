"""What the plan says of sizes that were chosen: what each could be, and why it is not the next larger one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ttlang.diagnostics.plurals import count_of
from ttlang.driver.configurations import Configuration
from ttlang.driver.open_call import OpenCall
from ttlang.driver.size_trials import Trials


@dataclass(frozen=True, eq=False)
class SizeReport:
    """Of one choice. What else there was is tried when it is asked for."""

    call: OpenCall
    configuration: Configuration
    origin: str
    """Who has chosen it."""

    @cached_property
    def _trials(self) -> Trials:
        return Trials(self.call, lambda _: None)

    @property
    def values(self) -> Mapping[str, object]:
        return dict(self.configuration.values)

    def report(self) -> list[str]:
        """The lines, with an empty one before them; none where nothing was to be chosen."""
        if not self.values:
            return []
        head = f"sizes, of {count_of(self.call.space.count, 'configuration')}, {self.origin}:"
        return ["", head, *self._lines()]

    def reasons(self) -> dict[str, str]:
        """By name, what the size could be, and why it is not the next larger one, which is tried for that."""
        return {name: self._reason_of(name, value) for name, value in self.configuration.values}

    def _lines(self) -> Iterator[str]:
        reasons = self.reasons()
        for name, value in self.configuration.values:
            yield f"  {name}={value}, {reasons[name]}"

    def _reason_of(self, name: str, value: object) -> str:
        values = self.call.space.values[name]
        return f"of {_listed(values)}; {self._why(name, value, values)}"

    def _why(self, name: str, value: object, values: Sequence[object]) -> str:
        larger = _next(value, values)
        if larger is None:
            return "none is larger"
        changed = [(each, larger if each == name else old) for each, old in self.configuration.values]
        configuration = Configuration(tuple(changed))
        return f"{larger}: {self._reason(configuration)}"

    def _reason(self, configuration: Configuration) -> str:
        if not self.call.space.has(configuration):
            return "where= leaves it out"
        trial = self._trials.of(configuration)
        if trial.refused is not None:
            return f"{trial.refused.code}, {trial.refused.message}"
        mine, other = self._trials.of(self.configuration).least_cycles, trial.least_cycles
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
