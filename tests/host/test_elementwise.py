"""Elementwise operations against torch in float64, and how they treat types, shapes and options."""

import inspect
import operator

import pytest
import torch
import torch.nn.functional as F

from ttlang import host as ttnn
from ttlang.host.elementwise import OPERATIONS
from ttlang.tables.functions import FUNCTIONS

ROUNDING = {ttnn.bfloat16: 2.0**-8, ttnn.float32: 2.0**-23}
"""The largest relative error of rounding to nearest: half of the last significant bit, and a bit more."""
FLOAT32_STEPS = 2.0**-19
"""What the float32 steps of a function add: a few roundings, some of them of an argument of up to 8."""

DOMAINS = {
    "acos": (-0.99, 0.99),
    "asin": (-0.99, 0.99),
    "atanh": (-0.95, 0.95),
    "erfinv": (-0.95, 0.95),
    "acosh": (1.1, 5),
    "log": (1.5, 9),
    "log2": (1.5, 9),
    "log10": (1.5, 9),
    "log1p": (0.5, 9),
    "sqrt": (0.01, 9),
    "rsqrt": (0.01, 9),
    "reciprocal": (0.1, 9),
    "tan": (-1.4, 1.4),
}
IN_TORCH = (
    "abs acos acosh asin asinh atan atanh ceil cos cosh erf erfc erfinv exp exp2 expm1 floor frac isfinite isinf isnan "
    "isneginf isposinf log log10 log1p log2 logical_not neg reciprocal relu round rsqrt sigmoid sign signbit sin sinh "
    "sqrt square tan tanh trunc"
)
IN_FUNCTIONAL = "celu elu gelu hardsigmoid hardtanh mish selu silu softplus softsign"
BINARY_IN_TORCH = "add sub subtract mul multiply div divide remainder maximum minimum eq ne lt le gt ge"
UNARY = {
    **{name: getattr(torch, name) for name in IN_TORCH.split()},
    **{name: getattr(F, name) for name in IN_FUNCTIONAL.split()},
    "swish": F.silu,
    "eqz": lambda x: x == 0,
    "nez": lambda x: x != 0,
    "ltz": lambda x: x < 0,
    "lez": lambda x: x <= 0,
    "gtz": lambda x: x > 0,
    "gez": lambda x: x >= 0,
}
BINARY = {
    **{name: getattr(torch, name) for name in BINARY_IN_TORCH.split()},
    "rsub": lambda x, y: y - x,
}
WITH_NUMBERS = {
    "leaky_relu": (F.leaky_relu, (0.2,)),
    "prelu": (lambda x, w: torch.where(x < 0, x * w, x), (0.3,)),
    "elu": (F.elu, (0.7,)),
    "celu": (F.celu, (1.5,)),
    "relu_max": (lambda x, limit: x.clamp(0, limit), (1.5,)),
    "relu_min": (lambda x, limit: x.clamp(min=limit), (0.25,)),
    "hardtanh": (F.hardtanh, (-0.5, 2.0)),
    "clamp": (torch.clamp, (-0.5, 2.0)),
    "clip": (torch.clamp, (-0.5, 2.0)),
    "threshold": (F.threshold, (0.5, 7.0)),
    "softplus": (F.softplus, (2.0, 3.0)),
    "pow": (torch.pow, (3,)),
    "rdiv": (lambda x, value: value / x, (2.0,)),
    "round": (lambda x, decimals: torch.round(x, decimals=decimals), (1,)),
}


def draw(name, dtype, shape=(40, 50), seed=0):
    low, high = DOMAINS.get(name, (-4.0, 4.0))
    values = torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * (high - low) + low
    tensor = ttnn.from_torch(values, dtype, layout=ttnn.TILE_LAYOUT)
    return tensor, ttnn.to_torch(tensor).double()


def assert_rounded(result, expected, dtype):
    """Each value within the rounding of its type, after a float32 computation of values of size 1."""
    assert result.dtype is dtype
    expected = expected.double()
    bound = ROUNDING[dtype] * expected.abs() + FLOAT32_STEPS * expected.abs().clamp(min=1)
    error = (ttnn.to_torch(result).double() - expected).abs()
    assert bool((error <= bound).all()), f"largest error is {(error / bound).max():.2f} times the bound"


def test_every_operation_is_compared():
    tested = {*UNARY, *BINARY, *WITH_NUMBERS, "where"}
    assert tested == set(OPERATIONS)
    rows = {row.name for row in FUNCTIONS if row.public}
    assert rows - set(OPERATIONS) == {"max", "min", "fill", "power", "recip", "gelu_lut", "mask", "mask_posinf"}


@pytest.mark.parametrize("dtype", list(ROUNDING), ids=str)
@pytest.mark.parametrize("name", UNARY)
def test_unary(name, dtype):
    tensor, values = draw(name, dtype)
    assert_rounded(getattr(ttnn, name)(tensor), UNARY[name](values), dtype)


@pytest.mark.parametrize("dtype", list(ROUNDING), ids=str)
@pytest.mark.parametrize("name", BINARY)
def test_binary(name, dtype):
    (a, x), (b, y) = draw("reciprocal", dtype), draw("reciprocal", dtype, seed=1)
    assert_rounded(getattr(ttnn, name)(a, b), BINARY[name](x, y), dtype)
    assert_rounded(getattr(ttnn, name)(a, 2.5), BINARY[name](x, torch.tensor(2.5, dtype=torch.float64)), dtype)
    assert_rounded(getattr(ttnn, name)(2.5, b), BINARY[name](torch.tensor(2.5, dtype=torch.float64), y), dtype)


@pytest.mark.parametrize("dtype", list(ROUNDING), ids=str)
@pytest.mark.parametrize("name", WITH_NUMBERS)
def test_with_numbers(name, dtype):
    tensor, values = draw("reciprocal" if name == "rdiv" else name, dtype)
    reference, numbers = WITH_NUMBERS[name]
    assert_rounded(getattr(ttnn, name)(tensor, *numbers), reference(values, *numbers), dtype)


@pytest.mark.parametrize("dtype", list(ROUNDING), ids=str)
def test_where(dtype):
    (mask, m), (a, x), (b, y) = (draw("where", dtype, seed=seed) for seed in range(3))
    assert_rounded(ttnn.where(ttnn.gtz(mask), a, b), torch.where(m > 0, x, y), dtype)
    assert_rounded(ttnn.where(mask > 0, 1.5, b), torch.where(m > 0, 1.5, y), dtype)
    assert_rounded(ttnn.where(predicate=mask > 0, true_value=a, false_value=0), torch.where(m > 0, x, 0), dtype)
    whole = ttnn.typecast(mask > 0, ttnn.int32)
    assert_rounded(ttnn.where(whole, a, b), torch.where(m > 0, x, y), dtype)


OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("symbol", OPERATORS + COMPARISONS, ids=lambda f: f.__name__)
def test_operators(symbol):
    (a, x), (b, y) = draw("reciprocal", ttnn.float32), draw("acosh", ttnn.float32, seed=1)
    small = {operator.pow: 2.0**-14}.get(symbol, 1)  # x**y of up to 9**5: only its relative error is of size 1
    for result, expected in (
        (symbol(a, b), symbol(x, y)),
        (symbol(a, 2), symbol(x, 2)),
        (symbol(1.5, b), symbol(1.5, y)),
    ):
        scaled = ttnn.multiply(result, small) if small != 1 else result
        assert_rounded(scaled, expected.double() * small, ttnn.float32)


def test_other_operators():
    a, x = draw("abs", ttnn.float32)
    assert_rounded(-a, -x, ttnn.float32)
    assert_rounded(abs(a), x.abs(), ttnn.float32)
    assert (a == None) is False  # noqa: E711
    assert (a != "x") is True
    assert len({a, a}) == 1
    with pytest.raises(TypeError, match="unsupported operand"):
        a + "x"


@pytest.mark.parametrize(
    ("left", "right"), [((40, 50), (50,)), ((40, 50), (40, 1)), ((3, 1, 50), (40, 1)), ((1,), (2, 3)), ((), (33,))]
)
def test_broadcast(left, right):
    (a, x), (b, y) = draw("add", ttnn.float32, left), draw("add", ttnn.float32, right, seed=1)
    result = ttnn.add(a, b)
    assert result.shape == tuple((x + y).shape)
    assert_rounded(result, x + y, ttnn.float32)


def test_shapes_that_do_not_broadcast():
    with pytest.raises(ValueError, match=r"ttnn.add: the shapes \[2, 3\] and \[2, 4\] do not broadcast"):
        ttnn.add(ttnn.zeros((2, 3)), ttnn.zeros((2, 4)))
    with pytest.raises(ValueError, match="do not broadcast"):
        ttnn.zeros((2, 3)) * ttnn.zeros((4,))


@pytest.mark.parametrize("dtype", [ttnn.int32, ttnn.uint32, ttnn.uint16, ttnn.uint8], ids=str)
def test_integers_wrap(dtype):
    bits = torch.iinfo(getattr(torch, dtype.value.numpy)).bits
    top = 2**bits - 1 if dtype is not ttnn.int32 else 2**31 - 1
    a, b = (ttnn.full((2, 3), value, dtype, ttnn.TILE_LAYOUT) for value in (top, 3))
    wrapped = {"add": top + 3, "sub": top - 3, "mul": top * 3}
    for name, value in wrapped.items():
        result = getattr(ttnn, name)(a, b)
        assert result.dtype is dtype
        least = -(2**31) if dtype is ttnn.int32 else 0
        assert result.to_list() == [[(value - least) % 2**bits + least] * 3] * 2
    assert ttnn.maximum(a, b).to_list()[0][0] == top
    assert ttnn.eq(a, a).to_list()[0][0] == 1
    assert ttnn.clamp(b, max=2).to_list()[0][0] == 2
    assert ttnn.clamp(b, None, 2).to_list()[0][0] == 2
    assert ttnn.clamp(b, 5, None).to_list()[0][0] == 5
    assert ttnn.relu(b).to_list()[0][0] == 3
    assert ttnn.gt(b, 2.5).to_list()[0][0] == 1
    chosen = ttnn.where(ttnn.full((2, 3), 0.5), a, b)
    assert chosen.dtype is dtype
    assert chosen.to_list()[0][0] == top


def test_integers_do_not_hold_fractions():
    tensor = ttnn.ones((2, 2), ttnn.int32)
    for compute in (lambda: ttnn.exp(tensor), lambda: tensor / 2, lambda: tensor * 0.5, lambda: tensor + float("inf")):
        with pytest.raises(TypeError, match=r"of int32 gives floats.*typecast"):
            compute()
    assert ttnn.divide(tensor, 2, dtype=ttnn.float32).to_list() == [[0.5, 0.5], [0.5, 0.5]]


def test_mixed_types_take_the_first():
    f, b = ttnn.full((2,), 1.0, ttnn.float32), ttnn.full((2,), 1.0)
    i = ttnn.ones((2,), ttnn.int32)
    assert ttnn.add(f, b).dtype is ttnn.float32
    assert ttnn.add(b, f).dtype is ttnn.bfloat16
    assert ttnn.add(b, i).dtype is ttnn.bfloat16
    assert ttnn.add(2, i).dtype is ttnn.int32
    assert ttnn.add(b, f, dtype=ttnn.float32).dtype is ttnn.float32


def test_block_formats_are_rounded_once():
    values = torch.rand(32, 32, generator=torch.Generator().manual_seed(0)) + 1
    tensor = ttnn.from_torch(values, ttnn.bfloat8_b)
    result = ttnn.square(tensor)
    exact = ttnn.to_torch(tensor).square()
    assert result.dtype is ttnn.bfloat8_b
    assert bool(((ttnn.to_torch(result) - exact).abs() <= 2.0 ** (1 - 6) / 2).all())


def test_options_of_an_operation():
    with ttnn.manage_device() as device:
        a = ttnn.full((32, 32), 2.0, layout=ttnn.TILE_LAYOUT, device=device)
        result = ttnn.exp(a, fast_and_approximate_mode=True, memory_config=ttnn.L1_MEMORY_CONFIG)
        assert result.device() is device
        assert result.memory_config() == ttnn.L1_MEMORY_CONFIG
        out = ttnn.zeros((32, 32), ttnn.float32, ttnn.TILE_LAYOUT, device)
        assert ttnn.add(a, a, output_tensor=out) is out
        assert out.to_list()[31][31] == 4
        with pytest.raises(ValueError, match="do not fill"):
            ttnn.add(a, a, output_tensor=ttnn.zeros((32,)))


def test_arguments_that_are_refused():
    a = ttnn.zeros((2, 2))
    with pytest.raises(TypeError, match=r"ttnn.add\(input_tensor_a, input_tensor_b\).*: missing a required"):
        ttnn.add(a)
    with pytest.raises(TypeError, match="unexpected keyword argument 'activations'"):
        ttnn.add(a, a, activations=[])
    with pytest.raises(TypeError, match="got int, float"):
        ttnn.add(1, 2.0)
    with pytest.raises(TypeError, match="got Tensor, NoneType"):
        ttnn.add(a, None)
    with pytest.raises(TypeError, match="got Tensor, ndarray"):
        ttnn.add(a, a.values)
    assert ttnn.leaky_relu(a - 1, negative_slope=0.5).to_list() == [[-0.5, -0.5]] * 2


def test_operations_describe_themselves():
    assert ttnn.leaky_relu.__name__ == "leaky_relu"
    assert "slope * x" in ttnn.leaky_relu.__doc__
    assert list(inspect.signature(ttnn.clamp).parameters)[:3] == ["input_tensor", "min", "max"]
