"""The table of functions: its names, its parameters, and its references against torch."""

from __future__ import annotations

import math
import operator
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from ttlang.tables import dtypes
from ttlang.tables.functions import BY_NAME, FUNCTIONS, Encoding, Function
from ttlang.tables.kernel_api import GENERATIONS, OLDEST, TTNN_0_69, TTNN_0_81, find_generation

RANDOM = np.random.default_rng(7)
SIGNED = np.concatenate(
    [RANDOM.normal(0, 3, 400), RANDOM.uniform(-0.5, 0.5, 100), [0.0, 1.0, -1.0, 2.0, -2.0, 0.5, 30.0]]
)
POSITIVE = np.exp(RANDOM.normal(0, 2, 300))
UNIT = RANDOM.uniform(-1, 1, 300)
WHOLE = RANDOM.integers(-4, 5, 300).astype(np.float64)
"""Values with many ties and zeros."""
SPECIAL = np.array([math.inf, -math.inf, math.nan, 1.0, 0.0, -0.0])

RTOL = 1e-9


# The table


def test_names_and_aliases_are_unique() -> None:
    names = [name for row in FUNCTIONS for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names)) == len(BY_NAME)
    assert all(name.isidentifier() and name.islower() for name in names)


def test_the_language_is_complete() -> None:
    wanted = """
        add sub rsub mul div max min power pow abs neg exp exp2 expm1 log log1p logp1 log2 log10 sqrt rsqrt recip square
        floor ceil trunc round frac sign sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh relu relu_max
        relu_min leaky_relu elu celu selu prelu gelu silu sigmoid softplus softsign hardsigmoid hardtanh mish erf erfc
        erfinv clamp threshold eq ne lt le gt ge eqz nez ltz lez gtz gez logical_not isnan isinf isfinite isposinf
        isneginf where fill mask mask_posinf
    """
    assert {name for name in wanted.split() if name not in BY_NAME or not BY_NAME[name].public} == set()


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
def test_row_is_consistent(row: Function) -> None:
    assert row.doc.endswith(".")
    assert row.doc.count("\n") == 0
    assert row.since in GENERATIONS.values()
    assert row.arity in range(4)
    assert row.call or row.expansion, "a row without a call is made of others"
    assert row.call or not row.integer
    assert row.since == OLDEST or row.expansion, "the older generation has to do without the call"
    assert row.fpu in ("", "add", "sub", "mul")
    assert all(name in dtypes.BY_NAME and dtypes.BY_NAME[name].is_integer for name in row.integer_formats)
    assert row.tags <= {"beside_the_language", "bitwise_condition", "inp_float32", "selects"}
    for form in (row.call, row.integer):
        calls = form.history() if form else ()
        assert all(call.header.endswith(".h") for call in calls)
        assert all(newer.since > older.since for newer, older in pairwise(calls))
    names = [parameter.name for parameter in row.parameters]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("row", [r for r in FUNCTIONS if r.with_scalar or r.scalar_with], ids=lambda row: row.name)
def test_forms_with_numbers_agree_with_the_form_of_blocks(row: Function) -> None:
    assert row.arity == 2
    x, number = POSITIVE, 1.5
    for form, operands in ((row.with_scalar, (x, number)), (row.scalar_with, (number, x))):
        scalar = BY_NAME[form]
        assert scalar.arity == 1
        assert len(scalar.inputs) == 1
        expected = row.reference(np, *(np.broadcast_to(np.float64(operand), x.shape) for operand in operands))
        np.testing.assert_array_equal(scalar.reference(np, x, number), expected)


def test_swapped_comparisons_are_each_others_mirror() -> None:
    for row in FUNCTIONS:
        if row.predicate and row.arity == 2:
            swapped = BY_NAME[row.scalar_with.removeprefix("unary_")]
            np.testing.assert_array_equal(
                row.reference(np, WHOLE, WHOLE[::-1]), swapped.reference(np, WHOLE[::-1], WHOLE)
            )


def test_the_derived_parameters_of_calls() -> None:
    assert BY_NAME["celu"].call_values((4.0,)) == (4.0, 0.25)
    assert BY_NAME["softplus"].call_values((2.0, 20.0)) == (2.0, 0.5, 20.0)
    assert BY_NAME["log2"].call_values(()) == (pytest.approx(1.4426950408889634),)
    assert BY_NAME["log10"].call_values(()) == (pytest.approx(0.4342944819032518),)
    constants = tuple(p.default for p in BY_NAME["selu"].inputs)
    assert constants == (pytest.approx(1.0507009873554805), pytest.approx(1.6732632423543772))
    assert BY_NAME["div_unary"].call_values((8.0,)) == (8.0, 0.125)
    assert BY_NAME["div_unary"].parameters[0].encoding is Encoding.ABSENT
    assert BY_NAME["div_unary"].call_values((-0.0,))[1] == -math.inf
    assert BY_NAME["clamp"].call_values((-1.0, 2.0)) == (-1.0, 2.0)
    assert [p.name for p in BY_NAME["softplus"].inputs] == ["beta", "threshold"]


def test_calls_of_a_generation() -> None:
    mish, recip, lt, add = (BY_NAME[name] for name in ("mish", "recip", "lt", "add"))
    older, newer = TTNN_0_69, TTNN_0_81
    assert mish.call_in(older) is None
    assert mish.call_in(newer) == mish.call
    assert recip.call
    assert recip.call_in(older) == recip.call.before != recip.call
    assert recip.call_in(newer) == recip.call
    assert lt.integer
    assert lt.call_in(older, "si32") == lt.integer.before != lt.integer
    assert lt.call_in(newer, "si32") == lt.integer
    assert lt.call_in(newer, "u16") is None
    assert add.call_in(older, "u16") == add.integer
    assert BY_NAME["exp"].call_in(newer, "si32") is None
    with pytest.raises(ValueError, match=r"'0\.70' is not a generation of the kernel API; they are 0\.69, 0\.81"):
        find_generation("0.70")


def test_functions_that_share_an_init_share_it_in_every_form() -> None:
    """Init operations are made once for all functions of one init, so the other forms must not tell them apart."""
    shared: dict[tuple[str, str], list[Function]] = {}
    for row in FUNCTIONS:
        if row.call:
            shared.setdefault((row.call.init_name, row.call.init_template), []).append(row)
    for rows in shared.values():
        for generation in GENERATIONS.values():
            for format in ("", "si32", "u32", "u16"):
                calls = [call for row in rows if (call := row.call_in(generation, format))]
                assert len({(call.init_name, call.init_template, call.header) for call in calls}) <= 1


def test_importing_the_table_does_not_load_numpy() -> None:
    code = "import sys, ttlang.tables.functions; print(sorted({'numpy', 'torch', 'xdsl'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Expansions


class Rows:
    """What an expansion is given, here with the references: `f.exp(x)`. It records the names that are used."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        row = BY_NAME[name]
        self.used.add(name)

        def apply(*arguments: Any) -> Any:
            assert len(arguments) == row.arity + len(row.inputs)
            return row.reference(np, *map(np.asarray, arguments[: row.arity]), *arguments[row.arity :])

        return apply


def expand(row: Function, *arguments: Any) -> Any:
    assert row.expansion is not None
    rows = Rows()
    result = row.expansion(rows, *arguments)
    assert row.name not in rows.used
    return result


@pytest.mark.parametrize("row", [r for r in FUNCTIONS if r.expansion], ids=lambda row: row.name)
def test_expansion_computes_the_reference(row: Function) -> None:
    operands = (WHOLE, WHOLE[::-1])[: row.arity]
    for values in [tuple(3.0 for _ in row.inputs), tuple(0.0 for _ in row.inputs)]:
        with np.errstate(all="ignore"):
            expected = row.reference(np, *operands, *values)
            np.testing.assert_allclose(np.broadcast_to(expand(row, *operands, *values), 300), expected, rtol=RTOL)


@pytest.mark.parametrize(
    ("exponent", "used"),
    [
        (2, {"square"}),
        (3, {"power_iterative"}),
        (0, {"power_iterative"}),
        (1, set()),
        (-1, {"recip"}),
        (-3, {"recip", "power_iterative"}),
        (0.5, {"sqrt"}),
        (-0.5, {"rsqrt"}),
        (2.5, {"power_real"}),
        (-1.5, {"power_real"}),
    ],
)
def test_power_picks_the_most_exact_call(exponent: float, used: set[str]) -> None:
    rows = Rows()
    row = BY_NAME["power"]
    assert row.expansion is not None
    np.testing.assert_allclose(row.expansion(rows, POSITIVE, exponent), POSITIVE**exponent, rtol=RTOL)
    assert rows.used == used


@pytest.mark.parametrize("exponent", range(20))
def test_integer_powers_by_squaring(exponent: int) -> None:
    x = np.arange(-3, 4)
    result = expand(BY_NAME["power_iterative"], x, exponent)
    np.testing.assert_array_equal(np.broadcast_to(result, x.shape), x**exponent)


def test_mish_keeps_its_accuracy_in_the_tails() -> None:
    x = np.array([-60.0, -30.0, -8.0, -1e-12, 0.0, 1e-12, 8.0, 30.0, 1e4])
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(expand(BY_NAME["mish"], x), BY_NAME["mish"].reference(np, x), rtol=RTOL, atol=1e-300)


# References


F = torch.nn.functional
ORACLES: dict[str, Callable[..., torch.Tensor]] = {
    "add": torch.add,
    "sub": torch.sub,
    "rsub": lambda x, y: y - x,
    "mul": torch.mul,
    "div": torch.div,
    "floor_divide": lambda x, y: torch.where(y == 0, torch.nan, torch.floor_divide(x, y)),
    "max": torch.maximum,
    "min": torch.minimum,
    "exp_scaled": lambda x, s: torch.exp(x * s),
    "exp_approx": torch.exp,
    "exp_approx_scaled": lambda x, s: torch.exp(x * s),
    # Good up to 2, which is near e**0.7.
    "exp_unclamped": lambda x, s: torch.exp(x * s).clamp(max=2),
    "add_unary": torch.add,
    "sub_unary": torch.sub,
    "rsub_unary": lambda x, s: s - x,
    "mul_unary": torch.mul,
    "div_unary": torch.div,
    "rdiv": lambda x, s: s / x,
    "rpow": lambda x, s: s**x,
    "unary_max": lambda x, s: torch.clamp(x, min=s),
    "unary_min": lambda x, s: torch.clamp(x, max=s),
    "power": torch.pow,
    "power_iterative": torch.pow,
    "power_real": torch.pow,
    "power_binary": torch.pow,
    "neg": torch.neg,
    "log1p": torch.log1p,
    "recip": torch.reciprocal,
    "relu": F.relu,
    "relu_max": lambda x, t: torch.clamp(x, 0, max(t, 0)),
    "relu_min": lambda x, t: torch.clamp(x, min=t),
    "leaky_relu": F.leaky_relu,
    "prelu": lambda x, slope: F.prelu(x, torch.tensor([slope], dtype=torch.float64)),
    "elu": F.elu,
    "celu": F.celu,
    "selu": lambda x, scale, alpha: scale * F.elu(x, alpha),
    "gelu": F.gelu,
    "gelu_lut": F.gelu,
    "silu": F.silu,
    "softplus": F.softplus,
    "softsign": F.softsign,
    "hardsigmoid": F.hardsigmoid,
    "hardtanh": F.hardtanh,
    "mish": F.mish,
    "threshold": lambda x, t, value: torch.where(x > t, value, x),
    "threshold_below": F.threshold,
    "round": lambda x, decimals: torch.round(x, decimals=int(decimals)),
    "where": lambda c, x, y: torch.where(c != 0, x, y),
    "fill": lambda value: torch.full((), value, dtype=torch.float64),
    "mask": lambda x, m: torch.where(m == 1, 0.0, x),
    "mask_posinf": lambda x, m: torch.where(m == 1, math.inf, x),
    **{f"{name}z": lambda x, name=name: getattr(torch, name)(x, 0) for name in ("eq", "ne", "lt", "gt", "le", "ge")},
    **{f"unary_{name}": getattr(torch, name) for name in ("eq", "ne", "lt", "gt", "le", "ge")},
}
"""Where torch does not have the function under the row's name."""

INPUTS: dict[str, np.ndarray] = {
    **dict.fromkeys(("log", "log2", "log10", "sqrt", "rsqrt", "power_real", "power_binary"), POSITIVE),
    **dict.fromkeys(("asin", "acos", "atanh", "erfinv"), UNIT),
    "acosh": 1 + POSITIVE,
    "log1p": POSITIVE - 0.999 * POSITIVE.min(),
}
VALUES: dict[str, list[tuple[float, ...]]] = {
    "exp_scaled": [(0.5,), (-1.25,)],
    "exp_approx_scaled": [(0.5,), (1.25,)],
    "exp_unclamped": [(0.5,), (-1.25,)],
    "add_unary": [(1.5,)],
    "sub_unary": [(1.5,)],
    "rsub_unary": [(1.5,)],
    "mul_unary": [(-2.5,)],
    "div_unary": [(3.0,), (-0.7,)],
    "rdiv": [(3.0,)],
    "rpow": [(2.0,), (0.3,)],
    "power": [(2.0,), (3.0,), (0.0,), (-2.0,)],
    "power_iterative": [(0.0,), (1.0,), (5.0,)],
    "power_real": [(0.5,), (-1.7,)],
    "elu": [(1.0,), (0.4,)],
    "celu": [(1.0,), (0.4,)],
    "softplus": [(1.0, 20.0), (2.0, 3.0)],
    "hardtanh": [(-1.0, 1.0), (-2.0, 0.5)],
    "clamp": [(-2.0, 3.0), (-math.inf, 0.5)],
    "threshold": [(0.5, 2.0)],
    "threshold_below": [(0.5, 2.0)],
    "selu": [(1.0507009873554805, 1.6732632423543772), (2.0, 0.5)],
    "leaky_relu": [(0.01,), (0.3,)],
    "prelu": [(0.25,)],
    "relu_max": [(6.0,)],
    "relu_min": [(0.5,)],
    "round": [(0.0,), (2.0,), (-1.0,)],
    "fill": [(0.1,)],
    **{f"unary_{name}": [(1.0,), (-2.5,)] for name in ("eq", "ne", "lt", "gt", "le", "ge", "max", "min")},
}
ATOL = {
    # torch computes log(1 + exp(x)) and its erf directly; in the tails their last bits are absolute, not relative.
    "gelu": 1e-13,
    "gelu_lut": 1e-13,
    "mish": 1e-13,
    "softplus": 1e-13,
    # Zeros of these lie where no float64 is: there both are rounding errors of their argument.
    "sin": 1e-15,
    "cos": 1e-15,
    "tan": 1e-15,
}


def operands_of(row: Function) -> list[np.ndarray]:
    if row.predicate or row.name in ("where", "mask", "mask_posinf"):
        return [WHOLE, np.roll(WHOLE, 1), np.roll(WHOLE, 2)][: row.arity]
    x = INPUTS.get(row.name, SIGNED)
    return [x, np.roll(x, 1), np.roll(x, 2)][: row.arity]


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
def test_reference_agrees_with_torch(row: Function) -> None:
    oracle = ORACLES.get(row.name) or getattr(torch, row.name, None) or getattr(torch.special, row.name)
    operands = operands_of(row)
    for values in VALUES.get(row.name, [()]):
        assert len(values) == len(row.inputs)
        with np.errstate(all="ignore"):
            result = row.reference(np, *operands, *values)
        expected = oracle(*(torch.from_numpy(operand.copy()) for operand in operands), *values).numpy()
        assert result.dtype == np.float64
        np.testing.assert_allclose(result, expected.astype(np.float64), rtol=RTOL, atol=ATOL.get(row.name, 0))


LIKE_IEEE = """
    add sub mul div max min abs neg floor ceil trunc exp exp2 expm1 log log1p log2 log10 sqrt rsqrt recip square sin cos
    tan asin acos atan sinh cosh tanh asinh acosh atanh relu sigmoid erf erfc erfinv eq ne lt le gt ge eqz nez ltz lez
    gtz gez unary_lt isnan isinf isfinite isposinf isneginf logical_not softsign clamp
"""


@pytest.mark.parametrize("name", LIKE_IEEE.split())
def test_reference_of_special_values(name: str) -> None:
    row = BY_NAME[name]
    operands = [SPECIAL, np.roll(SPECIAL, 1)][: row.arity]
    values = VALUES.get(name, [()])[0]
    oracle = ORACLES.get(name) or getattr(torch, name, None) or getattr(torch.special, name)
    with np.errstate(all="ignore"):
        result = row.reference(np, *operands, *values)
    expected = oracle(*(torch.from_numpy(operand.copy()) for operand in operands), *values).numpy()
    np.testing.assert_allclose(result, expected.astype(np.float64), rtol=RTOL)


def test_erfinv_is_accurate_to_the_last_bits() -> None:
    near_one = 1 - np.exp2(-np.arange(1, 54, dtype=np.float64))
    near_zero = np.exp2(-np.arange(1, 200, dtype=np.float64))
    x = np.concatenate([near_one, -near_one, near_zero, UNIT, [0.5, -0.5]])
    y = BY_NAME["erfinv"].reference(np, x)
    # Against torch's own, which is a Newton iteration too; and going back, in the form that does not cancel.
    np.testing.assert_allclose(y, torch.erfinv(torch.from_numpy(x)).numpy(), rtol=2e-14)
    back = np.array([math.erfc(v) for v in np.abs(y)])
    tail = 1 - np.abs(x)
    steepness = 2 * np.abs(y) * np.maximum(np.abs(y), 1)  # erfc(y) magnifies a relative error of y by this
    assert np.all(np.abs(back - tail) <= 4e-16 * tail * (2 + steepness) + 1e-16)


def test_erfinv_at_the_ends_of_its_domain() -> None:
    with np.errstate(all="ignore"):
        y = BY_NAME["erfinv"].reference(np, np.array([1.0, -1.0, 1.5, -7.0, math.nan, 0.0, -0.0]))
    np.testing.assert_array_equal(y, [math.inf, -math.inf, math.nan, math.nan, math.nan, 0.0, -0.0])
    assert np.signbit(y[-1])


INTEGERS = RANDOM.integers(-9, 10, 200)


@pytest.mark.parametrize("row", [r for r in FUNCTIONS if r.integer and r.arity], ids=lambda row: row.name)
def test_reference_of_integers_is_exact(row: Function) -> None:
    """Integers of 31 bits come out exact: as float64s, or as the int64s that they went in."""
    operands = [INTEGERS + (1 << 30), INTEGERS, np.roll(INTEGERS, 1)][: row.arity]
    values = tuple(2.0 if p.default is None else p.default for p in row.inputs)
    with np.errstate(all="ignore"):
        result = row.reference(np, *operands, *values)
    if row.name in ("add", "sub", "mul"):
        pairs = zip(operands[0].tolist(), operands[1].tolist(), strict=True)
        assert result.tolist() == [getattr(operator, row.name)(x, y) for x, y in pairs]
    as_floats = row.reference(np, *(operand.astype(np.float64) for operand in operands), *values)
    np.testing.assert_array_equal(result, as_floats)
