"""How a call is to be tuned, as the caller says it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from math import isfinite
from typing import Any

from ttlang.diagnostics import DiagnosticError, error
from ttlang.driver.tuning.optuna_search import TRIALS
from ttlang.driver.tuning.progress import no_progress
from ttlang.driver.tuning.reference import Reference
from ttlang.driver.tuning.tuner import Progress
from ttlang.language.call_sites import caller_span

CODE = "TTL0713"
OPTUNA = "optuna"


@dataclass(frozen=True)
class Wishes:
    """How a call is to be tuned."""

    reference: Reference = None
    """What the results should be; None: those of the first configuration that compiles."""
    measure: Callable[[Callable[[], None]], float] | None = None
    """Is given what runs the kernel once, and returns the microseconds that it takes on the card."""
    executor: Executor | None = None
    """Who works; None: processes of ours."""
    workers: int | None = None
    """How many at a time; None: as many as there are."""
    predicts_all: bool = False
    """Whether those are predicted, too, that surely take longer than the best."""
    progress: Progress = no_progress
    sampler: Any = None
    """`"optuna"`, or a sampler of Optuna, which proposes configurations; None: our own search."""
    trials: int = TRIALS
    """How many it proposes."""

    @staticmethod
    def check_names(names: Iterable[str]) -> None:
        """Raises a TTL0713 for a parameter of a kernel that `tune` would take for a wish."""
        for name in names:
            if name in Wishes.__dataclass_fields__:
                message = f"{name} is a parameter of the kernel, and of tune, which would keep it for itself"
                raise error(CODE, message, caller_span(), hint="give the kernel's parameter another name")

    def check(self) -> None:
        """Raises a TTL0713 for the first that can't be fulfilled. What comes from Python has any type."""
        for name, is_possible, wanted in self._rules():
            if not is_possible:
                raise _impossible(f"{name}={getattr(self, name)!r} can't be tuned with", f"{name} is {wanted}")

    def _rules(self) -> Iterator[tuple[str, bool, str]]:
        values: dict[str, Any] = vars(self)
        executor, sampler = values["executor"], values["sampler"]
        function = "a function"
        for name in ("workers", "trials"):
            count = values[name]
            is_count = type(count) is int and count > 0
            yield name, is_count or (name == "workers" and count is None), "a whole number, at least 1"
        yield "executor", executor is None or isinstance(executor, Executor), "an executor of concurrent.futures"
        yield "measure", self.measure is None or callable(self.measure), f"{function} of what runs the kernel once"
        yield "progress", callable(self.progress), f"{function} of a step, what is done, and of how many"
        can_propose = (
            sampler in (None, OPTUNA) if isinstance(sampler, str | None) else hasattr(sampler, "sample_relative")
        )
        yield "sampler", can_propose, f'"{OPTUNA}", or a sampler of Optuna'


def checked_time(microseconds: object) -> float:
    """What a measurement has returned. Raises a TTL0713 for what is no time."""
    if isinstance(microseconds, int | float) and isfinite(microseconds) and microseconds > 0:
        return float(microseconds)
    raise _impossible(f"measure= returns {microseconds!r}, which is no time", "return microseconds, more than 0")


def _impossible(message: str, hint: str) -> DiagnosticError:
    return error(CODE, message, caller_span(), hint=hint)
