"""`kernel.tune` and `ttlang tune`: the best configuration of a call, found and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from ttlang.diagnostics import error
from ttlang.driver.compiler import CompiledKernel
from ttlang.driver.configurations import Configuration
from ttlang.driver.launch import are_on_host
from ttlang.driver.loading import load_simulator
from ttlang.driver.open_call import OpenCall
from ttlang.driver.predicted_calls import with_values
from ttlang.driver.tuning.candidates import Candidates
from ttlang.driver.tuning.problems import problem_of
from ttlang.driver.tuning.progress import no_progress
from ttlang.driver.tuning.reference import Checker, Reference
from ttlang.driver.tuning.search import search
from ttlang.driver.tuning.store import own_store
from ttlang.driver.tuning.tuned import Tuned
from ttlang.driver.tuning.tuner import Check, Judges, Progress, Tuner
from ttlang.driver.tuning.workers import Workers
from ttlang.host.tensor import Tensor
from ttlang.language.spaces import Space
from ttlang.language.specs import read_spec
from ttlang.language.tensors import TensorLike, is_tensor
from ttlang.tables.dtypes import find_dtype

NONE_IS_GOOD = "TTL0711"


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


def tune(
    call: OpenCall,
    tensors: Sequence[TensorLike],
    numbers: Sequence[int],
    run: Callable[[Configuration], None],
    wishes: Wishes,
) -> Tuned:
    """
    The best configuration of a call on these tensors, or on what describes them. `run` calls the kernel with one.
    Raises a TTL0711 where none compiles, or none is right.
    """
    load_simulator()
    problem, store = problem_of(call), own_store(locks=True)
    candidates = Candidates(call.space, problem, store)
    with Workers(wishes.executor, wishes.workers) as workers:
        tuner = Tuner(
            call,
            tuple(numbers),
            candidates,
            problem,
            store,
            workers,
            _judges(call, tensors, numbers, run, candidates, wishes),
            wishes.progress,
            wishes.predicts_all,
        )
        tuner.run(search(call.space, candidates))
    if (winner := candidates.winner) is None:
        raise _none_is_good(call, candidates)
    chip = call.options.target().chip
    given = {name: value for name, value in call.compiler.named(call.arguments).items() if not isinstance(value, Space)}
    told = tuple(f"{name} {_told(value)}" for name, value in given.items())
    megahertz, count = chip.timing().megahertz, call.space.count
    return Tuned(call.compiler.name, chip.title, megahertz, told, count, tuple(candidates), winner, problem)


def _told(value: object) -> str:
    """An argument, for people."""
    if not is_tensor(value):
        return repr(value)
    spec = read_spec(value)
    return f"{'x'.join(map(str, spec.shape))} {find_dtype(spec.dtype)}"


def _judges(
    call: OpenCall,
    tensors: Sequence[TensorLike],
    numbers: Sequence[int],
    run: Callable[[Configuration], None],
    candidates: Candidates,
    wishes: Wishes,
) -> Judges:
    measure = wishes.measure

    def compiled(configuration: Configuration) -> CompiledKernel:
        return call.lowered(call.front_end(configuration))

    def predict(configuration: Configuration) -> float:
        return compiled(configuration).predict(numbers, with_values(tensors)).cycles

    def measured(configuration: Configuration) -> float:
        assert measure is not None
        return measure(lambda: run(configuration))

    has_values = bool(tensors) and are_on_host(tensors)
    host: list[Any] = [*tensors]

    def reference() -> Check:
        first = next(each for each in candidates if each.lowered is not None)
        checker = Checker(host, numbers, wishes.reference, compiled(first.configuration))
        return lambda configuration: checker.check(compiled(configuration))

    values = has_values and all(isinstance(tensor, Tensor) for tensor in host)
    return Judges(predict if values else None, reference if values else None, measured if measure is not None else None)


def _none_is_good(call: OpenCall, candidates: Candidates) -> Exception:
    from ttlang.driver.tuning.tuned import why_not

    reasons = dict.fromkeys(why_not(candidate) for candidate in candidates)
    message = f"no configuration of {call.compiler.name} compiles and is right, of {len(list(candidates))}"
    return error(NONE_IS_GOOD, message, call.compiler.place, hint="; ".join([*reasons][:3]) or None)
