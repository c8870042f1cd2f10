"""
Random kernels of all float functions, end to end: expressions over every row of the table, in all formats, of which the
simulator's results must be as near to float64 as the formats allow.
"""

from __future__ import annotations

import runpy
import warnings
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.function_operands import parameters_of, values_for
from tests.support.random_functions import Bounded, Case, Input, Step
from ttlang.diagnostics import TTLangWarning
from ttlang.frontend.python.operators import OPERATORS, SYMBOLS
from ttlang.tables.dtypes import BF16, BFP8, F32
from ttlang.tables.functions import BY_NAME, FUNCTIONS, Encoding, Function
from ttlang.tables.kernel_api import GENERATIONS

SEEDS = range(120)
MOST_OUTPUTS = 3

# ------------------------------------------------------------------------------------------------------------ drawing

_SYMBOLS = {name: SYMBOLS[kind] for kind, name in OPERATORS.items()}
_UNARY_FORMS = {"neg": "(-{0})", "abs": "abs({0})"}
_BY_OPTIONS = {
    "exp_scaled": "ttl.math.exp({{0}}, scale={0!r})",
    "exp_approx": "ttl.math.exp({{0}}, approx=True)",
    "exp_approx_scaled": "ttl.math.exp({{0}}, approx=True, scale={0!r})",
    "exp_unclamped": "ttl.math.exp({{0}}, approx=True, skip_clamp_check=True, scale={0!r})",
}
"""Rows that options of another row choose, and how they are written with their numbers."""
ROWS = [row for row in FUNCTIONS if "beside_the_language" not in row.tags]
_WRITABLE = [row for row in ROWS if row.arity and (row.public or row.name in {*_SYMBOLS, *_BY_OPTIONS})]
"""Rows that can be named; the others are reached by way of these."""
_TELLING = [row for row in ROWS if not row.predicate]
BLOCKS = [(1, 1), (1, 1), (2, 2), (1, 3), (2, 1), (3, 1), (2, 3)]
EXPONENTS = (0, 1, 2, 3, 5, 0.5, -0.5, -1, -2, 2.5)
"""Powers that are computed in different ways."""


def _takes_numbers(row: Function) -> list[int]:
    """Positions of operands that may be numbers although there is no form for a number: not those of conditions."""
    if row.arity < 2 or row.with_scalar:
        return []
    return [1, 2] if row.arity == 3 else [0]


def _ways_to(target: Function) -> list[tuple[Function, int | None]]:
    """Rows that may stand in the kernel for a row to be reached, and the position of a number that they need for it."""
    if target in _WRITABLE:
        return [(target, None)]
    ways: list[tuple[Function, int | None]] = [(row, 1) for row in _WRITABLE if row.with_scalar == target.name]
    ways += [(row, 0) for row in _WRITABLE if row.scalar_with == target.name]
    if ways:
        return ways
    if target.arity == 0:
        return [(row, position) for row in _WRITABLE for position in _takes_numbers(row)]
    return [(row, None) for row in _WRITABLE if row.call is None and row.arity == target.arity]


class Drawer:
    """Draws one case. `first` is the row of its first function."""

    def __init__(self, rng: np.random.Generator, first: Function):
        self._rng = rng
        self._first = first
        self._formats = self._one_of([[BF16], [BF16], [F32], [F32], [BF16, F32], [BF16, F32, BFP8], [BF16, BFP8]])
        self._most_inputs = self._one_of([1, 2, 2, 3, 3])
        self._inputs: dict[str, Input] = {}
        self._steps: list[Step] = []

    def _one_of(self, choices: Sequence[Any]) -> Any:
        return choices[int(self._rng.integers(len(choices)))]

    def _happens(self, probability: float) -> bool:
        return bool(self._rng.random() < probability)

    def draw(self) -> Case:
        others = (self._one_of(_TELLING if self._happens(0.8) else ROWS) for _ in range(self._rng.integers(1, 5)))
        for row in (self._first, *others):
            self._step(*self._one_of(_ways_to(row)))
        # Whatever a value goes into but predicates, which tell little of it, shows in an output.
        telling = {name for step in self._steps if not step.row.predicate for name in step.names}
        ends = [step.name for step in self._steps if step.name not in telling]
        if self._happens(0.2):
            ends.append(self._one_of(self._steps).name)
        formats = [dtype for dtype in self._formats if dtype is not BFP8]
        options: dict[str, Any] = {
            "arch": self._one_of(["wormhole_b0", "blackhole"]),
            "metal_api": self._one_of(tuple(GENERATIONS)),
            "dst_full_sync_en": self._happens(0.3),
        }
        if F32 not in self._formats and self._happens(0.4):
            options["fp32_dest_acc_en"] = self._happens(0.7)
        return Case(
            inputs=self._inputs,
            steps=tuple(self._steps),
            outputs=tuple((name, self._one_of(formats)) for name in ends),
            block=self._one_of(BLOCKS),
            grid=self._one_of([(1, 1), (2, 2)]),
            blocks=int(self._rng.integers(1, 3)),
            options=options,
        )

    def _step(self, row: Function, number_at: int | None) -> None:
        parameters = self._parameters(row)
        operands: list[str | float] = []
        for position in range(row.arity):
            free = position in _takes_numbers(row) and self._happens(0.2)
            if position == number_at or free:
                operands.append(self._number(row))
            else:
                operands.append(self._operand(row, parameters, position, operands))
        name = f"v{len(self._steps)}"
        text = self._text(row, parameters)
        self._steps.append(Step(name, row, text, tuple(operands), parameters, kept=self._happens(0.15)))

    def _number(self, row: Function) -> float:
        if row.name == "power_binary" and self._happens(0.7):
            return self._one_of(EXPONENTS)
        if self._happens(0.4):
            return self._one_of([-2.0, -1.0, -0.75, 0.25, 0.5, 1.0, 2.0, 3.0])
        return float(np.float32(self._rng.uniform(-2, 3)))

    def _parameters(self, row: Function) -> tuple[float, ...]:
        """Those that the row is tested with, or others like them."""
        values = list(parameters_of(row))
        for index, parameter in enumerate(row.inputs):
            if parameter.name == "exponent":
                values[index] = self._one_of(EXPONENTS)
            elif parameter.encoding is Encoding.INTEGER:
                values[index] = self._one_of([0, 1, 2])
            elif parameter.encoding is Encoding.BF16:
                values[index] = self._one_of([-1.5, -0.5, 0.25, 0.75, 1.25])
            elif self._happens(0.5):
                values[index] = float(np.float32(values[index] * self._rng.uniform(0.5, 1.5)))
            else:
                values[index] = float(np.float32(values[index]))
        return tuple(values)

    def _text(self, row: Function, parameters: tuple[float, ...]) -> str:
        if row.name in _BY_OPTIONS:
            return _BY_OPTIONS[row.name].format(*parameters)
        operator = _SYMBOLS.get(row.name)
        if operator and (not row.public or self._happens(0.6)):
            return f"({{0}} {operator} {{1}})"
        if row.name in _UNARY_FORMS and self._happens(0.5):
            return _UNARY_FORMS[row.name]
        arguments = [f"{{{position}}}" for position in range(row.arity)]
        by_name = self._happens(0.3)
        for parameter, value in zip(row.inputs, parameters, strict=True):
            arguments.append(f"{parameter.name}={value!r}" if by_name else repr(value))
        return f"ttl.math.{self._one_of((row.name, *row.aliases))}({', '.join(arguments)})"

    def _operand(
        self, row: Function, parameters: tuple[float, ...], position: int, before: Sequence[str | float]
    ) -> str:
        known = [*self._inputs, *(step.name for step in self._steps)]
        if self._steps and position == 0 and self._happens(0.6):
            return known[-1]
        if not known or (len(self._inputs) < self._most_inputs and self._happens(0.6)):
            return self._input(row, parameters, position, before)
        return self._one_of(known)

    def _input(self, row: Function, parameters: tuple[float, ...], position: int, before: Sequence[str | float]) -> str:
        """A new tensor, of numbers that the row is tested with."""
        samples = values_for(row, F32, seed=5)
        low, high = (round(float(end(samples[position])), 1) for end in (np.min, np.max))
        with np.errstate(all="ignore"):
            results = row.reference(np, *(s.astype(np.float64) for s in samples), *parameters)
        if np.isfinite(results).mean() < 0.4:
            low = 0.1
        twin = before[0] if row.predicate and position == 1 and before else ""
        name = "abc"[len(self._inputs)]
        self._inputs[name] = Input(
            dtype=self._one_of(self._formats),
            low=low,
            high=high,
            zeros=bool((samples[position] == 0).mean() > 0.3),
            twin=twin if isinstance(twin, str) and twin in self._inputs else "",
            seed=int(self._rng.integers(1 << 16)),
        )
        return name


def wrong_references(case: Case, seed: int) -> dict[str, Callable[..., Any]]:
    """Another function in the place of the case's first one."""

    def wrong(row: Function) -> Callable[..., Any]:
        return lambda np, *arguments: 1.5 * row.reference(np, *arguments) + 0.25

    rows = (case.steps[0].row, ROWS[seed % len(ROWS)])
    return {row.name: wrong(row) for row in rows}


def _differ(one: Bounded, other: Bounded) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        apart = ~(np.abs(one.exact - other.exact) <= one.error + other.error) & (one.exact != other.exact)
    return one.known & other.known & apart


@cache
def draw_case(seed: int) -> Case:
    """
    The case of a seed: the first that reaches its row, of whose outputs at least half can be compared, and which would
    show if that row were another function. Rows take turns.
    """
    target = ROWS[seed % len(ROWS)]
    rng = np.random.default_rng(seed)
    while True:
        case = Drawer(rng, target).draw()
        if len(case.outputs) > MOST_OUTPUTS:
            continue
        outputs, applied = case.follow()
        if target.name not in applied or any(output.known.mean() < 0.5 for output in outputs):
            continue
        others, _ = case.follow(wrong_references(case, seed))
        if any(_differ(*pair).mean() > 0.01 for pair in zip(outputs, others, strict=True)):
            return case


# ----------------------------------------------------------------------------------------------------------- checking

References = Mapping[str, Callable[..., Any]]


def run(load: Any, case: Case) -> list[np.ndarray]:
    module = load(case.script())
    with warnings.catch_warnings():
        # What shrinking leaves may hold a block that nothing uses.
        warnings.simplefilter("ignore", TTLangWarning)
        return [values.astype(np.float64) for values in module.run()]


def fault_of(load: Any, case: Case, references: References | None = None) -> tuple[str, str] | None:
    """What is wrong with a kernel, as its kind and in words; None if nothing is."""
    try:
        results = run(load, case)
    except Exception as raised:
        return type(raised).__name__, str(raised)
    expected, _ = case.follow(references)
    for number, (got, want) in enumerate(zip(results, expected, strict=True)):
        with np.errstate(invalid="ignore"):
            right = (got == want.exact) | (np.abs(got - want.exact) <= want.error)
        wrong = np.argwhere(want.known & ~right)
        if wrong.size:
            at = tuple(wrong[0].tolist())
            count = f"{len(wrong)} of {np.count_nonzero(want.known)} values of out{number} are wrong"
            return "values", f"{count}, the first at {at}: {got[at]} is not {want.exact[at]} +- {want.error[at]:.3g}"
    return None


def shrunk(case: Case, fails: Callable[[Case], bool]) -> Case:
    """A case that fails, as small as it gets by taking one thing after another away."""
    while smaller := next((other for other in case.smaller() if other != case and fails(other)), None):
        case = smaller
    return case


def check(load: Any, case: Case, references: References | None = None) -> None:
    """Fails with the smallest script that shows the same kind of fault."""
    fault = fault_of(load, case, references)
    if fault is None:
        return

    def fails_alike(other: Case) -> bool:
        found = fault_of(load, other, references)
        return found is not None and found[0] == fault[0]

    small = shrunk(case, fails_alike)
    found = fault_of(load, small, references)
    assert found is not None
    pytest.fail(f"{found[1]}\n\n{small.script()}", pytrace=False)


@pytest.mark.parametrize("seed", SEEDS)
def test_results_are_as_near_as_formats_allow(load: Any, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if seed % 4:
        # Most of the time of these kernels would go into verification between passes.
        monkeypatch.setenv("TTLANG_VERIFY", "0")
    check(load, draw_case(seed))


def test_every_function_is_drawn_and_half_of_all_elements_are_compared() -> None:
    drawn: set[str] = set()
    for seed in SEEDS:
        outputs, applied = draw_case(seed).follow()
        drawn |= applied
        assert all(np.count_nonzero(output.known) * 2 >= output.known.size for output in outputs), seed
    assert drawn == {row.name for row in ROWS}


# ------------------------------------------------------------------------------------------------ the check can fail


@pytest.mark.parametrize("seed", range(0, len(ROWS), 9))
def test_a_wrong_function_is_noticed(load: Any, seed: int) -> None:
    case = draw_case(seed)
    kind, message = fault_of(load, case, wrong_references(case, seed)) or ("", "nothing is wrong")
    assert kind == "values", message


def test_one_wrong_element_is_noticed(load: Any) -> None:
    """One hundredth beyond its bound."""
    case = draw_case(ROWS.index(BY_NAME["exp"]))
    results = run(load, case)
    as_they_are = Namespace(run=lambda: results)
    assert fault_of(lambda _: as_they_are, case) is None
    want = case.follow()[0][0]
    at = tuple(np.argwhere(want.known & (want.error > 0))[-1].tolist())
    results[0][at] = want.exact[at] + 1.01 * want.error[at]
    kind, message = fault_of(lambda _: as_they_are, case) or ("", "nothing is wrong")
    assert kind == "values", message
    assert message.startswith("1 of")
    assert f"the first at {at}" in message


def test_a_failure_shows_a_small_script_that_runs(load: Any, tmp_path: Path) -> None:
    case = draw_case(ROWS.index(BY_NAME["sin"]))
    assert len(case.steps) > 1
    with pytest.raises(pytest.fail.Exception) as failure:
        check(load, case, {"sin": BY_NAME["cos"].reference})
    message, _, script = str(failure.value).partition("\n\n")
    assert "are wrong" in message
    assert script.count("ttl.math.") == script.count("ttl.math.sin(a)") == 1
    assert "range(1)" in script
    path = tmp_path / "script.py"
    path.write_text(script)
    module = runpy.run_path(str(path), run_name="__main__")
    (result,), (given,) = module["run"](), module["make_inputs"]()
    assert result.shape == (32, 32)
    np.testing.assert_allclose(result, np.sin(given), atol=0.05)
