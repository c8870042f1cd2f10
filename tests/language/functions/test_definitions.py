"""
Functions with parameters, compared with definitions that know nothing of the table: as the language's texts of 2025 and
of 2026 have them, in both editions, by position and by name, through compiler and simulator.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from tests.support.kernel_texts import load
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.settings import variables
from ttlang.tables.functions import FUNCTIONS

Definition = Callable[..., float]


def _elu(x: float, alpha: float) -> float:
    return x if x > 0 else alpha * math.expm1(x)


def _celu(x: float, alpha: float) -> float:
    return x if x > 0 else alpha * math.expm1(x / alpha)


def _softplus(x: float, beta: float, threshold: float) -> float:
    return x if beta * x > threshold else math.log1p(math.exp(beta * x)) / beta


def _clamp(x: float, low: float, high: float) -> float:
    return low if x < low else high if x > high else x


DEFINITIONS: dict[str, Definition] = {
    "power": lambda x, n: x**n,
    "round": lambda x, decimals: round(x * 10**decimals) / 10**decimals,
    "relu_max": lambda x, limit: min(max(x, 0.0), limit),
    "relu_min": lambda x, limit: max(x, limit),
    "leaky_relu": lambda x, slope: x if x >= 0 else slope * x,
    "prelu": lambda x, slope: x if x >= 0 else slope * x,
    "elu": _elu,
    "celu": _celu,
    "selu": lambda x, scale, alpha: scale * _elu(x, alpha),
    "softplus": _softplus,
    "hardtanh": _clamp,
    "clamp": _clamp,
    "threshold": lambda x, t, value: value if x > t else x,
    "mask": lambda x, m: 0.0 if m == 1 else x,
    "mask_posinf": lambda x, m: math.inf if m == 1 else x,
    "where": lambda m, x, y: y if m == 0 else x,
    "fill": lambda value: value,
    "rsub": lambda x, y: y - x,
    "logp1": math.log1p,
    "remainder": lambda x, y: x % y,
    "exp": lambda x, scale: math.exp(scale * x),
    "signbit": lambda x: float(math.copysign(1, x) < 0),
    "gt": lambda x, y: float(x > y),
    "lt": lambda x, y: float(x < y),
    "ge": lambda x, y: float(x >= y),
    "le": lambda x, y: float(x <= y),
    "eq": lambda x, y: float(x == y),
    "ne": lambda x, y: float(x != y),
}
"""Of a number for each block, then the parameters that decide."""

SELU = 1.0507009873554805, 1.6732632423543772
SPELLINGS: dict[str, tuple[tuple[str, tuple[float, ...]], ...]] = {
    "power": (("x, 3", (3,)), ("x, exponent=2", (2,))),
    "round": (("x, 1", (1,)), ("x", (0,)), ("x, decimals=0", (0,))),
    "relu_max": (("x, 1.5", (1.5,)), ("x, limit=2.0", (2.0,)), ("x, upper_limit=2.0", (2.0,))),
    "relu_min": (("x, 0.5", (0.5,)), ("x, limit=-1.0", (-1.0,)), ("x, lower_limit=-1.0", (-1.0,))),
    "leaky_relu": (("x, 0.25", (0.25,)), ("x, slope=2.0", (2.0,)), ("x", (0.01,))),
    "prelu": (("x, 0.5", (0.5,)), ("x, slope=0.5", (0.5,)), ("x, alpha=2.0", (2.0,))),
    "elu": (("x, 0.5", (0.5,)), ("x, alpha=2.0", (2.0,)), ("x, slope=2.0", (2.0,))),
    "celu": (("x, 0.5", (0.5,)), ("x, 0.5, 2.0", (0.5,)), ("x, alpha=3.0, alpha_recip=0.333", (3.0,))),
    "selu": (
        ("x", SELU),
        ("x, 2.0, 0.5", (2.0, 0.5)),
        ("x, alpha=0.5, scale=2", (2, 0.5)),
    ),
    "softplus": (
        ("x, 2.0, 0.5, 3.0", (2.0, 3.0)),
        ("x, 2.0, threshold=3.0", (2.0, 3.0)),
        ("x, 2.0, 0.5, threshold=3.0", (2.0, 3.0)),
        ("x, beta=4.0, beta_reciprocal=0.25, threshold=4.0", (4.0, 4.0)),
        ("x, beta=0.5", (0.5, 20.0)),
    ),
    "hardtanh": (("x, -0.5, 2.0", (-0.5, 2.0)), ("x, min=0.0", (0, 1)), ("x, min_val=-2.0, max_val=0.5", (-2.0, 0.5))),
    "clamp": (("x, -0.5, 2.0", (-0.5, 2.0)), ("x, max=0.5", (-math.inf, 0.5)), ("x, min=0.5", (0.5, math.inf))),
    "threshold": (("x, 0.5, 7.0", (0.5, 7.0)), ("x, value=-1.0, threshold=-0.5", (-0.5, -1.0))),
    "mask": (("x, y", ()), ("x, y == 1", ())),
    "mask_posinf": (("x, y", ()),),
    "where": (("y, x, -x", ()),),
    "fill": (("0.1", (0.1,)), ("value=-2.5", (-2.5,))),
    "rsub": (("x, 2.0", (2.0,)), ("x, y", ())),
    "logp1": (("ttl.math.abs(x)", ()),),
    "signbit": (("x", ()),),
    "remainder": (("x, y * y + 0.75", ()), ("x, 0.3125", (0.3125,)), ("x, -2", (-2,))),
    "exp": (
        ("x", (1,)),
        ("x, scale=0.5", (0.5,)),
        ("x, scale=-1.25", (-1.25,)),
        # No bfloat16.
        ("x, scale=0.3", (0.3,)),
        ("x, scale=None", (1,)),
        ("x, scale=1, skip_clamp_check=True, iterations=8, approx=False", (1,)),
    ),
    **dict.fromkeys(("gt", "lt", "ge", "le", "eq", "ne"), (("x, y", ()), ("x, 0.5", (0.5,)))),
}
OPERATORS = {"remainder": "%", "gt": ">", "lt": "<", "ge": ">=", "le": "<=", "eq": "==", "ne": "!="}
OPERANDS: dict[str, Callable[[float, float], tuple[float, ...]]] = {
    "mask": lambda x, y: (x, y),
    "mask_posinf": lambda x, y: (x, y),
    "where": lambda x, y: (y, x, -x),
    "fill": lambda x, y: (),
    "logp1": lambda x, y: (abs(x),),
}
BY_TEXT: dict[str, Callable[[float, float], tuple[float, ...]]] = {
    "x, y": lambda x, y: (x, y),
    "x, y * y + 0.75": lambda x, y: (x, y * y + 0.75),
}
"""Operands of functions that take a number as well."""
KERNEL = """
@ttl.DECORATOR(grid=(1, 1))
def kernel(x_in, y_in, out, read_out):
    x_b, y_b, out_b, read_b = (ttl.BUFFER(t, shape=(1, 1)) for t in (x_in, y_in, out, read_out))

    @ttl.compute()
    def compute():
        with x_b.wait() as x, y_b.wait() as y, read_b.reserve() as r:
            r.store(x + y)
            STORES

    @ttl.datamovement()
    def read():
        for t, b in ((x_in, x_b), (y_in, y_b)):
            with b.reserve() as block:
                ttl.copy(t[0, 0], block).wait()

    @ttl.datamovement()
    def write():
        for row in range(out.shape[0] // 32):
            with out_b.wait() as block:
                ttl.copy(block, out[row, 0]).wait()
        with read_b.wait() as block:
            ttl.copy(block, read_out[0, 0]).wait()
"""
EDITIONS = {
    "2025": ("kernel", "make_circular_buffer_like"),
    "2026": ("operation", "make_dataflow_buffer_like"),
}
X = np.linspace(-4, 3.9375, 1024, dtype=np.float32).reshape(32, 32)
"""Multiples of 2^-7: it has each threshold above."""
X[0, :8] = [0.5, -0.5, 0.0, -0.0, 1.0, -1.0, 2.0, -2.0]
Y = np.tile(np.array([0, 1, 1, 0, 0, 1, 2, -1], np.float32), 128).reshape(32, 32)


def computed(edition: str, *expressions: str) -> np.ndarray:
    """What a kernel stores of each expression, one below the other."""
    decorator, buffer = EDITIONS[edition]
    stores = (f"with out_b.reserve() as o: o.store({expression})" for expression in expressions)
    text = KERNEL.replace("STORES", "\n            ".join(stores))
    kernel = load(text.replace("DECORATOR", decorator).replace("BUFFER", buffer), ttl=ttl)
    device = ttnn.open_device(device_id=0)
    tensors = [
        ttnn.from_numpy(values, dtype=ttnn.float32, layout=ttnn.TILE_LAYOUT, device=device)
        for values in (X, Y, np.zeros((32 * len(expressions), 32), np.float32), np.zeros_like(X))
    ]
    kernel(*tensors)
    return ttnn.to_numpy(tensors[2]).reshape(-1, 32, 32)


def test_each_function_with_parameters_has_a_definition() -> None:
    assert {row.name for row in FUNCTIONS if row.public and row.inputs} <= DEFINITIONS.keys() == SPELLINGS.keys()


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_definition_in_both_editions(name: str, edition: str) -> None:
    home = "ttl.block" if edition == "2026" and name in ("mask", "mask_posinf", "where", "fill") else "ttl.math"
    found = computed(edition, *(f"{home}.{name}({arguments})" for arguments, _ in SPELLINGS[name]))
    for (arguments, values), result in zip(SPELLINGS[name], found, strict=True):
        operands = OPERANDS.get(name) or BY_TEXT.get(arguments, lambda x, y: (x,))
        pairs = zip(X.ravel().tolist(), Y.ravel().tolist(), strict=True)
        expected = np.array([DEFINITIONS[name](*operands(x, y), *values) for x, y in pairs]).reshape(X.shape)
        # The library's softplus is good to 0.02 absolutely (docs/numerics.md), the others to units of float32.
        absolute = 0.02 if name == "softplus" else 1e-6
        np.testing.assert_allclose(result, expected, rtol=1e-5, atol=absolute, err_msg=f"{name}({arguments})")


@pytest.mark.parametrize("edition", EDITIONS)
def test_functions_in_the_language_itself(edition: str) -> None:
    bare = {
        "ttl.max(ttl.relu(x), ttl.abs(y))": np.maximum(np.maximum(X, 0), np.abs(Y)),
        "ttl.signbit(ttl.sub(x, y))": np.signbit(X - Y),
        "ttl.mask(x, ttl.gt(x, y))": np.where(X > Y, 0, X),
        "ttl.math.typecast(x > y, 'bfloat16').transpose()": (X > Y).T,
    }
    for result, wanted in zip(computed(edition, *bare), bare.values(), strict=True):
        np.testing.assert_array_equal(result, wanted)


@pytest.mark.parametrize("edition", EDITIONS)
def test_operators_stand_for_functions(edition: str) -> None:
    others = ("(y * y + 0.75)", "0.5")
    calls = [f"x {symbol} {other}" for symbol in OPERATORS.values() for other in others]
    named = [f"ttl.math.{name}(x, {other})" for name in OPERATORS for other in others]
    np.testing.assert_array_equal(computed(edition, *calls), computed(edition, *named))


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_approximate_exponential_is_one(edition: str) -> None:
    """As the chip computes it, also where its argument is scaled; and no better than it says."""
    exact = X.astype(np.float64)
    calls = {
        "x, approx=True": exact,
        "x, approx=True, scale=-0.5": -0.5 * exact,
        "x - 4, approx=True, skip_clamp_check=True, scale=2": 2 * (exact - 4),
    }
    with variables.given({variables.NUMERICS_MODE: "chip"}):
        found = computed(edition, *(f"ttl.math.exp({arguments})" for arguments in calls))
    for result, exponent in zip(found, calls.values(), strict=True):
        assert 0.01 < np.abs(result / np.exp(exponent) - 1).max() < 1 / 25


def test_softplus_by_position_in_each_edition() -> None:
    """Three arguments are beta and threshold in 2025, beta and its reciprocal in 2026."""
    older = [_softplus(x, 2.0, 0.5) for x in X.ravel().tolist()]
    newer = [_softplus(x, 2.0, 20.0) for x in X.ravel().tolist()]
    assert np.abs(np.subtract(older, newer)).max() > 0.1
    np.testing.assert_allclose(computed("2025", "ttl.math.softplus(x, 2.0, 0.5)").ravel(), older, atol=0.02)
    np.testing.assert_allclose(computed("2026", "ttl.math.softplus(x, 2.0, 0.5)").ravel(), newer, atol=0.02)


@pytest.mark.parametrize(
    ("edition", "call", "code"),
    [
        ("2026", "softplus(x, 1.0, 20.0)", "TTL0107"),  # 2025's order
        ("2025", "softplus(x, 2.0, 2.0, 20.0)", "TTL0107"),
        ("2025", "celu(x, 2.0, alpha_recip=2.0)", "TTL0107"),
        ("2026", "celu(x, 2.0, 0.25)", "TTL0107"),
        ("2025", "softplus(ttl.block.transpose(x), 2.0, 0.5)", "TTL0211"),  # either
        ("2025", "hardtanh(x, 0.0, 1.0, 2.0)", "TTL0107"),
        ("2025", "hardtanh(x, min=0.0, min_val=0.0)", "TTL0107"),
        ("2026", "elu(x, 1.0, slope=1.0)", "TTL0107"),
        ("2026", "elu(x, beta=1.0)", "TTL0107"),
        ("2026", "exp(x, True)", "TTL0107"),
        ("2026", "exp(x, approx=1)", "TTL0107"),
        ("2026", "exp(x, scale=y)", "TTL0106"),
        ("2026", "exp(x, iterations=4)", "TTL0003"),
        ("2026", "exp2(x, approx=True)", "TTL0107"),
        ("2026", "exp(ttl.typecast(x, ttl.int32), scale=0.5)", "TTL0306"),
    ],
)
def test_calls_that_contradict_themselves(edition: str, call: str, code: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        computed(edition, f"ttl.math.{call}")
    assert raised.value.diagnostics[0].code == code


def test_a_mask_of_one_masks() -> None:
    masks = {"y": Y == 1, "y == 1": Y == 1, "ttl.math.nez(y)": Y != 0, "x > y": X > Y, "1.0": np.full(X.shape, True)}
    for name, filled in (("mask", 0.0), ("mask_posinf", np.inf)):
        found = computed("2026", *(f"ttl.block.{name}(x, {mask})" for mask in masks))
        for result, truth in zip(found, masks.values(), strict=True):
            np.testing.assert_array_equal(result, np.where(truth, np.float32(filled), X))
