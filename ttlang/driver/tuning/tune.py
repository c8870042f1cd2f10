"""`kernel.tune` and `ttlang tune`: the best configuration of a call, found and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ttlang.diagnostics import error
from ttlang.driver.compiler import CompiledKernel
from ttlang.driver.configurations import Configuration
from ttlang.driver.launch import are_on_host
from ttlang.driver.loading import load_simulator
from ttlang.driver.open_call import OpenCall
from ttlang.driver.predicted_calls import with_values
from ttlang.driver.tuning.candidates import Candidates
from ttlang.driver.tuning.optuna_search import optuna_search
from ttlang.driver.tuning.problems import problem_of
from ttlang.driver.tuning.reference import CODE as NO_COMPARISON
from ttlang.driver.tuning.reference import Checker
from ttlang.driver.tuning.search import Step, search
from ttlang.driver.tuning.store import own_store
from ttlang.driver.tuning.tuned import Tuned
from ttlang.driver.tuning.tuner import Check, Judges, Tuner
from ttlang.driver.tuning.wishes import OPTUNA, Wishes, checked_time
from ttlang.driver.tuning.workers import Workers
from ttlang.host.tensor import Tensor
from ttlang.language.call_sites import caller_span
from ttlang.language.spaces import Space
from ttlang.language.specs import read_spec
from ttlang.language.tensors import TensorLike, is_tensor
from ttlang.tables.dtypes import find_dtype

NONE_IS_GOOD = "TTL0711"


def tune(
    call: OpenCall,
    tensors: Sequence[TensorLike],
    numbers: Sequence[int],
    run: Callable[[Configuration], None],
    wishes: Wishes,
) -> Tuned:
    """
    The best configuration of a call on these tensors, or on what describes them. `run` calls the kernel with one.
    Raises a TTL0711 where none compiles, or none is right; a TTL0713 for wishes that can't be fulfilled.
    """
    wishes.check()
    load_simulator()
    problem, store = problem_of(call), own_store(locks=True)
    candidates = Candidates(call.space, problem, store)
    judges, steps = _judges(call, tensors, numbers, run, candidates, wishes), _steps(call, candidates, wishes)
    with Workers(wishes.executor, wishes.workers) as workers:
        tuner = Tuner(
            call,
            tuple(numbers),
            candidates,
            problem,
            store,
            workers,
            judges,
            wishes.progress,
            wishes.predicts_all,
        )
        tuner.run(steps)
    if (winner := candidates.winner) is None:
        raise _none_is_good(call, candidates)
    chip = call.options.target().chip
    given = {name: value for name, value in call.compiler.named(call.arguments).items() if not isinstance(value, Space)}
    told = tuple(f"{name} {_told(value)}" for name, value in given.items())
    megahertz, count = chip.timing().megahertz, call.space.count
    return Tuned(call.compiler.name, chip.title, megahertz, told, count, tuple(candidates), winner, problem)


def _steps(call: OpenCall, candidates: Candidates, wishes: Wishes) -> Iterator[Step]:
    if wishes.sampler is None:
        return search(call.space, candidates)
    sampler = None if wishes.sampler == OPTUNA else wishes.sampler
    return optuna_search(call.space, candidates, sampler, wishes.trials)


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
        return checked_time(measure(lambda: run(configuration)))

    has_values = bool(tensors) and are_on_host(tensors)
    host: list[Any] = [*tensors]

    def reference() -> Check:
        first = next(each for each in candidates if each.lowered is not None)
        checker = Checker(host, numbers, wishes.reference, compiled(first.configuration))
        return lambda configuration: checker.check(compiled(configuration))

    values = has_values and all(isinstance(tensor, Tensor) for tensor in host)
    if wishes.reference is not None and not values:
        hint = "call it with tensors that have values, or without reference="
        raise error(
            NO_COMPARISON, "there is nothing to compare with the reference: nothing is run", caller_span(), hint=hint
        )
    return Judges(
        predict if values else None,
        reference if values else None,
        measured if measure is not None else None,
        compares_anew=wishes.reference is not None,
    )


def _none_is_good(call: OpenCall, candidates: Candidates) -> Exception:
    from ttlang.driver.tuning.tuned import why_not

    reasons = dict.fromkeys(why_not(candidate) for candidate in candidates)
    message = f"no configuration of {call.compiler.name} compiles and is right, of {len(list(candidates))}"
    return error(NONE_IS_GOOD, message, call.compiler.place, hint="; ".join([*reasons][:3]) or None)
