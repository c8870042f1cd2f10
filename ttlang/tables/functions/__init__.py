"""
THE table of elementwise functions. One row makes a function known to every layer: the language (`ttl.math.<name>`),
the `ttl` and `ttkernel` dialects, the lowering, the C++ printer, the simulator and the docs.

A row says how the kernel API spells the function in its newest generation; what another generation spells otherwise
stands `before` it. Nothing here imports numpy: a reference receives it as its first argument.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any, TypedDict, Unpack

from ttlang.tables.kernel_api import OLDEST, TTNN_0_81, Dated, Generation

Reference = Callable[..., Any]
"""`reference(np, *operands, *parameters)`: exact values, in the precision of the operands (float64 or int64)."""


class Encoding(StrEnum):
    """How a parameter stands in the kernel call. In the call of an integer form all are `INTEGER`."""

    BITS = auto()
    """The bit pattern of the float32, as a uint32_t."""
    INTEGER = auto()
    FLOAT = auto()
    ABSENT = auto()
    """Not at all: other parameters are derived from it."""


class Rounding(StrEnum):
    """How the kernel brings its float32 result into a 16-bit DST (docs/numerics.md)."""

    TRUNCATE = auto()
    NEAREST_EVEN = auto()
    NEAREST_AWAY = auto()


@dataclass(frozen=True)
class Parameter:
    """A number that a function takes beside its blocks: a constant of the kernel."""

    name: str
    default: float | None = None
    encoding: Encoding = Encoding.BITS
    derive: Callable[..., float] | None = None
    """Computes this parameter from those that the user gives, which then can't give this one."""
    newer: str = ""
    """
    Its name in the edition of 2026, where that is another. A parameter with `derive` has one where users of 2026 give
    it, in its place among the others: it must then be what is derived.
    """


@dataclass(frozen=True)
class Call(Dated):
    """The kernel call of a function: `init_tile<init_template>(); tile<template>(operands..., out, parameters...)`."""

    tile: str
    header: str
    """The include that declares it, below `api/compute/`."""
    init: str = ""
    """Default: `<tile>_init`."""
    template: str = ""
    """`{format}` in it stands for the `DataFormat::...` of the datums in DST."""
    init_template: str = ""

    @property
    def init_name(self) -> str:
        return self.init or f"{self.tile}_init"


@dataclass(frozen=True)
class Function:
    """An elementwise function of `arity` blocks."""

    name: str
    arity: int
    call: Call | None
    """None: the function is made of others, see `expansion`."""
    reference: Reference
    doc: str
    """One sentence, in terms of x (and y, z, and the parameters)."""
    parameters: tuple[Parameter, ...] = ()
    """In the order of the kernel call, and of the user's call."""
    aliases: tuple[str, ...] = ()
    """Further public names."""
    public: bool = True
    """Whether users can name it; the scalar forms below are reached through operators and their block form."""
    integer: Call | None = None
    """The form for int32 tiles, where the API has one (with `{format}`, for the other integer formats too)."""
    integer_formats: tuple[str, ...] = ("si32",)
    """IR names of the formats that `integer` takes."""
    fpu: str = ""
    """`add`, `sub` or `mul`: the FPU form that reads two buffers straight from L1."""
    with_scalar: str = ""
    """The row for (block, number)."""
    scalar_with: str = ""
    """The row for (number, block)."""
    expansion: Callable[..., Any] | None = None
    """
    `expansion(f, *operands, *parameters)`, where `f.<name>(...)` applies another row; operands may be numbers. It takes
    the place of the call wherever `call_in` has none: in a generation, or for an integer format.
    """
    rounding: Rounding = Rounding.NEAREST_AWAY
    predicate: bool = False
    """The result is 1.0 or 0.0."""
    tags: frozenset[str] = field(default_factory=frozenset[str])
    """
    `bitwise_condition`: the call takes its first operand for true unless all bits are 0, so that -0 and NaN are true;
    the condition has to be a predicate. `inp_float32`: with `#define INP_FLOAT32` before its include the call computes
    to float32 accuracy, without it to that of bfloat16. `selects`: the result is one of the operands and numbers, or
    what is left of one, so that it has no more bits than they have. `beside_the_language`: nothing in a kernel in
    Python comes to it; ttnn's operations and kernels in C++ do.
    """

    @property
    def inputs(self) -> tuple[Parameter, ...]:
        """The parameters that a user gives."""
        return tuple(p for p in self.parameters if p.derive is None)

    @property
    def newer_inputs(self) -> tuple[Parameter, ...]:
        """The parameters that a user of the edition of 2026 gives."""
        return tuple(p for p in self.parameters if p.derive is None or p.newer)

    def call_values(self, values: tuple[float, ...]) -> tuple[float, ...]:
        """A value for each of `parameters`, from those that the user gave."""
        given = iter(values)
        return tuple(p.derive(*values) if p.derive else next(given) for p in self.parameters)

    @property
    def since(self) -> Generation:
        """The first generation that has a call for it."""
        return self.call.first if self.call else OLDEST

    def call_in(self, generation: Generation, integer_format: str = "") -> Call | None:
        """
        The kernel call in a generation, for floats or for the integer format of that IR name. None where there is none.
        """
        call = self.call
        if integer_format:
            call = self.integer if integer_format in self.integer_formats else None
        return call.at(generation) if call else None


# How rows are written. `_Lambda` is what a reference, an expansion or a derivation may be: a function of a few numbers.

_Lambda = (
    Callable[[], Any]
    | Callable[[Any], Any]
    | Callable[[Any, Any], Any]
    | Callable[[Any, Any, Any], Any]
    | Callable[[Any, Any, Any, Any], Any]
)
_COMMON = "compute_kernel_api.h"
_BINARY = "eltwise_binary_sfpu.h"
_SCALAR_INIT = "binop_with_scalar_tile_init"
_ROUNDING_INIT = "rounding_op_tile_init"
_TRUNCATE = Rounding.TRUNCATE
_NEAREST_EVEN = Rounding.NEAREST_EVEN
_SELECTS = frozenset({"selects"})
_ALL_INTEGERS = ("si32", "u32", "u16")


def _call(
    tile: str,
    header: str,
    init: str = "",
    template: str = "",
    init_template: str = "",
    *,
    since: Generation = OLDEST,
    before: Call | None = None,
) -> Call:
    """`header` without `.h` is a file of `eltwise_unary`."""
    header = header if header.endswith(".h") else f"eltwise_unary/{header}.h"
    return Call(tile, header, init, template, init_template, since=since, before=before)


class _Fields(TypedDict, total=False):
    """Fields of a row by name."""

    parameters: tuple[Parameter, ...]
    aliases: tuple[str, ...]
    public: bool
    integer: Call
    integer_formats: tuple[str, ...]
    fpu: str
    with_scalar: str
    scalar_with: str
    expansion: _Lambda
    rounding: Rounding
    predicate: bool
    tags: frozenset[str]


def _unary(name: str, call: str | Call, reference: _Lambda, doc: str, **more: Unpack[_Fields]) -> Function:
    """`call`: the header alone will do where the call is `<name>_tile`."""
    call = call if isinstance(call, Call) else _call(f"{name}_tile", call)
    return Function(name, 1, call, reference, doc, **more)


def _binary(name: str, call: str | Call, reference: _Lambda, doc: str, **more: Unpack[_Fields]) -> Function:
    """`call`: the header alone will do where the call is `<name>_binary_tile`."""
    call = call if isinstance(call, Call) else _call(f"{name}_binary_tile", call)
    return Function(name, 2, call, reference, doc, **more)


def _scalar(name: str, call: str | Call, reference: _Lambda, doc: str, **more: Unpack[_Fields]) -> Function:
    """A row that users reach by an operator with a number."""
    more.setdefault("parameters", (Parameter("value"),))
    more["public"] = False
    return _unary(name, call, reference, doc, **more)


def _made_of(name: str, arity: int, reference: _Lambda, doc: str, **more: Unpack[_Fields]) -> Function:
    """A row without a kernel call."""
    return Function(name, arity, None, reference, doc, **more)


def _compare(name: str, mirror: str, numpy_name: str, sign: str, **more: Unpack[_Fields]) -> Function:
    """A comparison of two blocks; `mirror` is the one with the operands swapped."""
    more.update(predicate=True, with_scalar=f"unary_{name}", scalar_with=f"unary_{mirror}")
    return _binary(
        name,
        _BINARY,
        lambda np, x, y: getattr(np, numpy_name)(x, y).astype(x.dtype),
        f"1 where x {sign} y, else 0.",
        **more,
    )


def _order(name: str, mirror: str, numpy_name: str, sign: str) -> Function:
    """A comparison that has an integer form."""
    integer = _call(
        f"{name}_int_tile",
        "binary_comp.h",
        template="{format}",
        init_template="{format}",
        since=TTNN_0_81,
        before=_call(f"{name}_int32_tile", "binary_comp.h"),
    )
    return _compare(name, mirror, numpy_name, sign, integer=integer)


def _compare_scalar(name: str, numpy_name: str, sign: str) -> Function:
    return _scalar(
        f"unary_{name}",
        "comp",
        lambda np, x, value: getattr(np, numpy_name)(x, value).astype(x.dtype),
        f"1 where x {sign} value, else 0.",
        integer=_call(f"unary_{name}_tile_int32", "comp", f"unary_{name}_tile_init"),
        predicate=True,
    )


def _compare_zero(name: str, numpy_name: str, sign: str) -> Function:
    return _unary(
        name,
        "comp",
        lambda np, x: getattr(np, numpy_name)(x, 0).astype(x.dtype),
        f"1 where x {sign} 0, else 0.",
        integer=_call(f"{name}_tile_int32", "comp", f"{name}_tile_init"),
        predicate=True,
    )


def _class_test(name: str, doc: str) -> Function:
    """A test by the numpy function of that name."""
    return _unary(
        name,
        "isinf_isnan",
        lambda np, x: getattr(np, name)(x).astype(x.dtype),
        f"1 where x is {doc}, else 0.",
        predicate=True,
    )


def _derived(name: str, derive: _Lambda, newer: str = "") -> Parameter:
    return Parameter(name, derive=derive, newer=newer)


def _reciprocal(value: float) -> float:
    """1 / value as IEEE has it: infinite for zeros."""
    return math.copysign(math.inf, value) if value == 0 else 1 / value


_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_ALPHA = 1.6732632423543772848170429916717


# Numerics of the references that are more than one numpy function.


def _erf(np: Any, x: Any) -> Any:
    return np.vectorize(math.erf, otypes=[np.float64])(x)


def _erfc(np: Any, x: Any) -> Any:
    return np.vectorize(math.erfc, otypes=[np.float64])(x)


def _erfinv(np: Any, x: Any) -> Any:
    """
    Winitzki's approximation (relative error 2e-3), refined by three steps of Halley's method on erf. Beyond 1/2 the
    steps solve erfc(y) = 1 - |x| instead, whose right side is exact.
    """
    tail = 1 - np.abs(x)
    log = np.log1p(-x * x)
    half = 2 / (math.pi * 0.147) + log / 2
    y = np.sqrt(np.maximum(np.sqrt(half * half - log / 0.147) - half, 0))
    for _ in range(3):
        excess = np.where(tail < 0.5, tail - _erfc(np, y), _erf(np, y) - np.abs(x))
        step = excess * np.exp(y * y) * (math.sqrt(math.pi) / 2)
        y = y - step / (1 + y * step)
    y = np.where(tail == 0, math.inf, np.where(tail < 0, math.nan, y))
    return np.copysign(y, x)


def _power(np: Any, x: Any, exponent: float) -> Any:
    return np.power(x, int(exponent) if float(exponent).is_integer() else exponent)


def _softplus(np: Any, x: Any, beta: float, threshold: float) -> Any:
    return np.where(x * beta > threshold, x, np.logaddexp(0, x * beta) / beta)


def _where(np: Any, x: Any, y: Any, z: Any) -> Any:
    return np.where(x != 0, y, z)


def _fill(np: Any, value: float) -> Any:
    return np.asarray(value)


# Expansions that are more than one expression.


def _expand_power(f: Any, x: Any, exponent: float) -> Any:
    """By repeated multiplication for an integer, which is exact up to rounding; a power of 1/2 by a root."""
    if exponent in (0.5, -0.5):
        return f.sqrt(x) if exponent > 0 else f.rsqrt(x)
    if not float(exponent).is_integer():
        return f.power_real(x, exponent)
    if exponent < 0:
        return f.recip(_expand_power(f, x, -exponent))
    if exponent == 1:
        return x
    return f.square(x) if exponent == 2 else f.power_iterative(x, exponent)


def _expand_power_iterative(f: Any, x: Any, exponent: float) -> Any:
    """By squaring: x**13 = x * x**4 * x**8."""
    remaining, result = int(exponent), None
    while remaining:
        if remaining & 1:
            result = x if result is None else f.mul(result, x)
        remaining >>= 1
        if remaining:
            x = f.mul(x, x)
    return f.fill(1) if result is None else result


def _expand_mish(f: Any, x: Any) -> Any:
    """With u = exp(x): tanh(log(1 + u)) = n / (n + 2), n = u * (u + 2). It is 1 well before u * u could overflow."""
    u = f.exp(f.min(x, 20.0))
    n = f.mul(u, f.add(u, 2.0))
    return f.mul(x, f.div(n, f.add(n, 2.0)))


FUNCTIONS: tuple[Function, ...] = (
    # Arithmetic of two blocks
    _binary(
        "add",
        _BINARY,
        lambda np, x, y: x + y,
        "x + y.",
        integer=_call("add_int_tile", "add_int_sfpu.h", template="{format}"),
        integer_formats=_ALL_INTEGERS,
        fpu="add",
        with_scalar="add_unary",
        scalar_with="add_unary",
        rounding=_TRUNCATE,
    ),
    _binary(
        "sub",
        _BINARY,
        lambda np, x, y: x - y,
        "x - y.",
        integer=_call("sub_int_tile", "sub_int_sfpu.h", template="{format}"),
        integer_formats=_ALL_INTEGERS,
        fpu="sub",
        with_scalar="sub_unary",
        scalar_with="rsub_unary",
        rounding=_TRUNCATE,
    ),
    _binary(
        "rsub",
        _BINARY,
        lambda np, x, y: y - x,
        "y - x.",
        integer=_call("rsub_int_tile", "sub_int_sfpu.h", template="{format}"),
        integer_formats=_ALL_INTEGERS,
        with_scalar="rsub_unary",
        scalar_with="sub_unary",
        rounding=_TRUNCATE,
    ),
    _binary(
        "mul",
        _BINARY,
        lambda np, x, y: x * y,
        "x * y.",
        integer=_call("mul_int_tile", "mul_int_sfpu.h", template="{format}", init_template="{format}"),
        integer_formats=_ALL_INTEGERS,
        fpu="mul",
        with_scalar="mul_unary",
        scalar_with="mul_unary",
        rounding=_NEAREST_EVEN,
    ),
    _binary(
        "div",
        _BINARY,
        lambda np, x, y: x / y,
        "x / y.",
        with_scalar="div_unary",
        scalar_with="rdiv",
        rounding=_NEAREST_EVEN,
    ),
    _binary(
        "max",
        _call("binary_max_tile", "binary_max_min.h"),
        lambda np, x, y: np.maximum(x, y),
        "The larger of x and y.",
        integer=_call("binary_max_int32_tile", "binary_max_min.h"),
        with_scalar="unary_max",
        scalar_with="unary_max",
        rounding=_TRUNCATE,
        tags=_SELECTS,
    ),
    _binary(
        "min",
        _call("binary_min_tile", "binary_max_min.h"),
        lambda np, x, y: np.minimum(x, y),
        "The smaller of x and y.",
        integer=_call("binary_min_int32_tile", "binary_max_min.h"),
        with_scalar="unary_min",
        scalar_with="unary_min",
        rounding=_TRUNCATE,
        tags=_SELECTS,
    ),
    # Arithmetic of a block and a number
    _scalar(
        "add_unary",
        _call("add_unary_tile", "binop_with_scalar", _SCALAR_INIT),
        lambda np, x, value: x + value,
        "x + value.",
        integer=_call("add_unary_tile_int32", "binop_with_scalar", _SCALAR_INIT),
        rounding=_TRUNCATE,
    ),
    _scalar(
        "sub_unary",
        _call("sub_unary_tile", "binop_with_scalar", _SCALAR_INIT),
        lambda np, x, value: x - value,
        "x - value.",
        integer=_call("sub_unary_tile_int32", "binop_with_scalar", _SCALAR_INIT),
        rounding=_TRUNCATE,
    ),
    _scalar(
        "rsub_unary",
        _call("rsub_tile", "rsub"),
        lambda np, x, value: value - x,
        "value - x.",
        integer=_call("rsub_unary_int32_tile", "rsub"),
        rounding=_NEAREST_EVEN,
    ),
    _scalar(
        "mul_unary",
        _call("mul_unary_tile", "binop_with_scalar", _SCALAR_INIT),
        lambda np, x, value: x * value,
        "x * value.",
        expansion=lambda f, x, value: f.mul(x, f.fill(value)),
        rounding=_TRUNCATE,
    ),
    _scalar(
        "div_unary",
        _call("div_unary_tile", "binop_with_scalar", _SCALAR_INIT),
        lambda np, x, value: x / value,
        "x / value.",
        # The kernel multiplies by what it is given.
        parameters=(Parameter("value", encoding=Encoding.ABSENT), _derived("reciprocal", _reciprocal)),
        rounding=_TRUNCATE,
    ),
    # With a 16-bit DST the kernel rounds 1 / x before it multiplies.
    _scalar("rdiv", "rdiv", lambda np, x, value: value / x, "value / x.", rounding=_TRUNCATE),
    _scalar("rpow", "rpow", lambda np, x, value: np.power(value, x), "value to the power x."),
    _scalar(
        "unary_max",
        _COMMON,
        lambda np, x, value: np.maximum(x, value),
        "The larger of x and value.",
        integer=_call("unary_max_int32_tile", _COMMON),
        rounding=_TRUNCATE,
        tags=_SELECTS,
    ),
    _scalar(
        "unary_min",
        _COMMON,
        lambda np, x, value: np.minimum(x, value),
        "The smaller of x and value.",
        integer=_call("unary_min_int32_tile", _COMMON),
        rounding=_TRUNCATE,
        tags=_SELECTS,
    ),
    # Powers
    _made_of(
        "power",
        1,
        _power,
        "x to the power exponent.",
        parameters=(Parameter("exponent"),),
        aliases=("pow",),
        expansion=_expand_power,
    ),
    _scalar(
        "power_iterative",
        _COMMON,
        _power,
        "x to the power exponent, an integer that is not negative.",
        parameters=(Parameter("exponent", encoding=Encoding.INTEGER),),
        expansion=_expand_power_iterative,
        rounding=_TRUNCATE,
    ),
    _scalar(
        "power_real",
        _call("power_tile", _COMMON),
        _power,
        "x to the power exponent, by a logarithm.",
        parameters=(Parameter("exponent"),),
    ),
    _binary(
        "power_binary",
        _call("power_binary_tile", _BINARY),
        lambda np, x, y: np.power(x, y),
        "x to the power y.",
        public=False,
        with_scalar="power",
        scalar_with="rpow",
    ),
    _unary(
        "square", _COMMON, lambda np, x: x * x, "x * x.", expansion=lambda f, x: f.mul(x, x), rounding=_NEAREST_EVEN
    ),
    # Sign and integral part
    _unary(
        "abs",
        _COMMON,
        lambda np, x: np.abs(x),
        "The absolute value of x.",
        integer=_call("abs_tile_int32", _COMMON, "abs_tile_init"),
        tags=_SELECTS,
    ),
    _unary(
        "neg",
        _call("negative_tile", "negative"),
        lambda np, x: -x,
        "-x.",
        integer=_call("negative_tile_int32", "negative", "negative_tile_init"),
        tags=_SELECTS,
    ),
    _unary("sign", _COMMON, lambda np, x: np.sign(x), "-1, 0 or 1, as x is negative, zero or positive.", tags=_SELECTS),
    _unary(
        "floor",
        _call("floor_tile", "rounding", _ROUNDING_INIT),
        lambda np, x: np.floor(x),
        "The largest integer not above x.",
        tags=_SELECTS,
    ),
    _unary(
        "ceil",
        _call("ceil_tile", "rounding", _ROUNDING_INIT),
        lambda np, x: np.ceil(x),
        "The smallest integer not below x.",
        tags=_SELECTS,
    ),
    _unary(
        "trunc",
        _call("trunc_tile", "rounding", _ROUNDING_INIT),
        lambda np, x: np.trunc(x),
        "x without its fraction.",
        tags=_SELECTS,
    ),
    _unary(
        "frac",
        _call("frac_tile", "rounding", _ROUNDING_INIT),
        lambda np, x: x - np.trunc(x),
        "The fraction of x.",
    ),
    _unary(
        "round",
        _call("round_tile", "rounding", _ROUNDING_INIT),
        lambda np, x, decimals: np.round(x, int(decimals)),
        "x to the nearest number of that many decimals, half to even.",
        parameters=(Parameter("decimals", 0, Encoding.INTEGER),),
        rounding=_TRUNCATE,
    ),
    # Exponentials, logarithms and roots
    _unary("exp", "exp", lambda np, x: np.exp(x), "e to the power x."),
    _unary("exp2", _COMMON, lambda np, x: np.exp2(x), "2 to the power x."),
    _unary("expm1", _COMMON, lambda np, x: np.expm1(x), "exp(x) - 1, accurate near 0."),
    _unary("log", _COMMON, lambda np, x: np.log(x), "The natural logarithm of x."),
    _unary("log1p", "log1p", lambda np, x: np.log1p(x), "log(1 + x), accurate near 0.", aliases=("logp1",)),
    _unary(
        "log2",
        _call(
            "log_with_base_tile",
            _COMMON,
            template="false, true",
            since=TTNN_0_81,
            before=_call("log_with_base_tile", _COMMON),
        ),
        lambda np, x: np.log2(x),
        "The logarithm of x to base 2.",
        parameters=(_derived("scale", lambda: 1 / math.log(2)),),
    ),
    _unary(
        "log10",
        _call("log_with_base_tile", _COMMON),
        lambda np, x: np.log10(x),
        "The logarithm of x to base 10.",
        parameters=(_derived("scale", lambda: 1 / math.log(10)),),
    ),
    _unary("sqrt", "sqrt", lambda np, x: np.sqrt(x), "The square root of x."),
    _unary("rsqrt", "rsqrt", lambda np, x: 1 / np.sqrt(x), "1 / sqrt(x)."),
    _unary(
        "recip",
        _call(
            "recip_tile",
            "recip",
            since=TTNN_0_81,
            # Its default was an algorithm that was dropped then.
            before=_call("recip_tile", "recip", template="false", init_template="false"),
        ),
        lambda np, x: 1 / x,
        "1 / x.",
    ),
    # Trigonometric and hyperbolic functions
    _unary("sin", "trigonometry", lambda np, x: np.sin(x), "The sine of x radians."),
    _unary("cos", "trigonometry", lambda np, x: np.cos(x), "The cosine of x radians."),
    _unary("tan", "trigonometry", lambda np, x: np.tan(x), "The tangent of x radians."),
    _unary("asin", "trigonometry", lambda np, x: np.arcsin(x), "The arc sine of x, in radians."),
    _unary("acos", "trigonometry", lambda np, x: np.arccos(x), "The arc cosine of x, in radians."),
    _unary("atan", "trigonometry", lambda np, x: np.arctan(x), "The arc tangent of x, in radians."),
    _unary("sinh", "trigonometry", lambda np, x: np.sinh(x), "The hyperbolic sine of x."),
    _unary("cosh", "trigonometry", lambda np, x: np.cosh(x), "The hyperbolic cosine of x."),
    _unary("tanh", _COMMON, lambda np, x: np.tanh(x), "The hyperbolic tangent of x."),
    _unary("asinh", "trigonometry", lambda np, x: np.arcsinh(x), "The inverse hyperbolic sine of x."),
    _unary("acosh", "trigonometry", lambda np, x: np.arccosh(x), "The inverse hyperbolic cosine of x."),
    _unary("atanh", "trigonometry", lambda np, x: np.arctanh(x), "The inverse hyperbolic tangent of x."),
    # Activations
    _unary(
        "relu",
        "relu",
        lambda np, x: np.maximum(x, 0),
        "max(x, 0).",
        integer=_call("relu_tile_int32", "relu", "relu_tile_init"),
        tags=_SELECTS,
    ),
    _unary(
        "relu_max",
        "relu",
        lambda np, x, limit: np.maximum(np.minimum(x, limit), 0),
        "max(min(x, limit), 0).",
        parameters=(Parameter("limit", newer="upper_limit"),),
        expansion=lambda f, x, limit: f.relu(f.min(x, limit)),
        rounding=_TRUNCATE,
        tags=_SELECTS,
    ),
    _unary(
        "relu_min",
        "relu",
        lambda np, x, limit: np.maximum(x, limit),
        "max(x, limit).",
        parameters=(Parameter("limit", newer="lower_limit"),),
        expansion=lambda f, x, limit: f.max(x, limit),
        rounding=_TRUNCATE,
        tags=_SELECTS,
    ),
    _unary(
        "leaky_relu",
        "relu",
        lambda np, x, slope: np.where(x < 0, x * slope, x),
        "x where x >= 0, else slope * x.",
        parameters=(Parameter("slope", 0.01),),
        rounding=_TRUNCATE,
    ),
    _unary(
        "prelu",
        "prelu",
        lambda np, x, slope: np.where(x < 0, x * slope, x),
        "x where x >= 0, else slope * x.",
        parameters=(Parameter("slope", 0.25, newer="alpha"),),
        rounding=_TRUNCATE,
    ),
    _unary(
        "elu",
        "elu",
        lambda np, x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
        "x where x > 0, else alpha * (exp(x) - 1).",
        parameters=(Parameter("alpha", 1.0, newer="slope"),),
    ),
    _unary(
        "celu",
        "activations",
        lambda np, x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha)),
        "x where x > 0, else alpha * (exp(x / alpha) - 1).",
        parameters=(Parameter("alpha", 1.0), _derived("reciprocal", _reciprocal, "alpha_recip")),
    ),
    _unary(
        "selu",
        "selu",
        lambda np, x, scale, alpha: scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
        "scale * elu(x, alpha), by default with the constants that keep mean 0 and variance 1.",
        parameters=(Parameter("scale", _SELU_SCALE), Parameter("alpha", _SELU_ALPHA)),
    ),
    _unary(
        "gelu",
        _call("gelu_tile", "gelu", template="false", init_template="false"),
        lambda np, x: 0.5 * x * _erfc(np, -x * math.sqrt(0.5)),
        "x times the probability that a normal variable is below x.",
        tags=frozenset({"inp_float32"}),
    ),
    _unary(
        "gelu_lut",
        _call("gelu_tile", "gelu", template="true", init_template="true"),
        lambda np, x: 0.5 * x * _erfc(np, -x * math.sqrt(0.5)),
        "gelu(x) from a table of six segments: fast, off by up to 0.024.",
        rounding=_TRUNCATE,
    ),
    _unary("silu", _COMMON, lambda np, x: x / (1 + np.exp(-x)), "x * sigmoid(x)."),
    _unary("sigmoid", _COMMON, lambda np, x: 1 / (1 + np.exp(-x)), "1 / (1 + exp(-x))."),
    _unary(
        "softplus",
        "softplus",
        _softplus,
        "log(1 + exp(beta * x)) / beta, and x itself where beta * x > threshold.",
        parameters=(
            Parameter("beta", 1.0),
            _derived("reciprocal", lambda beta, threshold: _reciprocal(beta), "beta_reciprocal"),
            Parameter("threshold", 20.0),
        ),
        tags=frozenset({"inp_float32"}),
    ),
    _unary("softsign", "activations", lambda np, x: x / (1 + np.abs(x)), "x / (1 + abs(x)).", rounding=_TRUNCATE),
    _unary(
        "hardsigmoid",
        "activations",
        lambda np, x: np.clip(x / 6 + 0.5, 0, 1),
        "x / 6 + 1/2, held between 0 and 1.",
        rounding=_TRUNCATE,
    ),
    _unary(
        "hardtanh",
        "hardtanh",
        lambda np, x, min, max: np.minimum(np.maximum(x, min), max),
        "x, held between min and max.",
        parameters=(Parameter("min", -1.0, newer="min_val"), Parameter("max", 1.0, newer="max_val")),
        rounding=_TRUNCATE,
        tags=_SELECTS,
    ),
    _unary(
        "mish",
        _call("mish_tile", "mish", template="false", init_template="false", since=TTNN_0_81),
        lambda np, x: x * np.tanh(np.logaddexp(0, x)),
        "x * tanh(softplus(x)).",
        expansion=_expand_mish,
    ),
    # Error functions
    _unary(
        "erf",
        _call("erf_tile", "erf_erfc", template="false", init_template="false"),
        _erf,
        "The error function of x.",
        rounding=_TRUNCATE,
        tags=frozenset({"inp_float32"}),
    ),
    _unary("erfc", "erf_erfc", _erfc, "1 - erf(x), accurate where it is small.", rounding=_TRUNCATE),
    _unary("erfinv", "erfinv", _erfinv, "The y whose erf(y) is x.", rounding=_TRUNCATE),
    # Bounds
    _unary(
        "clamp",
        "clamp",
        lambda np, x, min, max: np.minimum(np.maximum(x, min), max),
        "x, held between min and max.",
        integer=_call("clamp_tile_int32", "clamp", "clamp_tile_init"),
        parameters=(Parameter("min", -math.inf), Parameter("max", math.inf)),
        rounding=_TRUNCATE,
        tags=_SELECTS,
    ),
    _made_of(
        "threshold",
        1,
        lambda np, x, threshold, value: np.where(x > threshold, value, x),
        "value where x > threshold, else x.",
        parameters=(Parameter("threshold"), Parameter("value")),
        expansion=lambda f, x, threshold, value: f.where(f.gt(x, threshold), value, x),
        tags=_SELECTS,
    ),
    _scalar(
        "threshold_below",
        _call("threshold_tile", "threshold"),
        lambda np, x, threshold, value: np.where(x <= threshold, value, x),
        "x where x > threshold, else value: the other way round than `threshold`, as the kernel and torch have it.",
        parameters=(Parameter("threshold"), Parameter("value")),
        rounding=_TRUNCATE,
        tags=_SELECTS | {"beside_the_language"},
    ),
    # Comparisons of two blocks
    _compare("eq", "eq", "equal", "==", expansion=lambda f, x, y: f.eqz(f.sub(x, y))),
    _compare("ne", "ne", "not_equal", "!=", expansion=lambda f, x, y: f.nez(f.sub(x, y))),
    _order("lt", "gt", "less", "<"),
    _order("le", "ge", "less_equal", "<="),
    _order("gt", "lt", "greater", ">"),
    _order("ge", "le", "greater_equal", ">="),
    # Comparisons of a block and a number
    _compare_scalar("eq", "equal", "=="),
    _compare_scalar("ne", "not_equal", "!="),
    _compare_scalar("lt", "less", "<"),
    _compare_scalar("le", "less_equal", "<="),
    _compare_scalar("gt", "greater", ">"),
    _compare_scalar("ge", "greater_equal", ">="),
    # Comparisons with zero
    _compare_zero("eqz", "equal", "=="),
    _compare_zero("nez", "not_equal", "!="),
    _compare_zero("ltz", "less", "<"),
    _compare_zero("lez", "less_equal", "<="),
    _compare_zero("gtz", "greater", ">"),
    _compare_zero("gez", "greater_equal", ">="),
    # Tests of what a number is
    _unary(
        "logical_not",
        _call("eqz_tile", "comp"),
        lambda np, x: np.equal(x, 0).astype(x.dtype),
        "1 where x is 0, else 0.",
        # logical_not_tile tests bits in ttnn 0.69: -0 would count as true.
        integer=_call("eqz_tile_int32", "comp", "eqz_tile_init"),
        predicate=True,
    ),
    _class_test("isnan", "not a number"),
    _class_test("isinf", "infinite"),
    _class_test("isposinf", "plus infinity"),
    _class_test("isneginf", "minus infinity"),
    _class_test("isfinite", "a finite number"),
    # Selection and constants
    Function(
        "where",
        3,
        _call("where_tile", "where", template="{format}"),
        _where,
        "y where x is not 0, else z.",
        integer=_call("where_tile", "where", template="{format}"),
        integer_formats=("si32", "u32"),
        rounding=_TRUNCATE,
        tags=frozenset({"bitwise_condition", "selects"}),
    ),
    _made_of(
        "mask",
        2,
        lambda np, x, y: np.where(y == 1, 0, x),
        "0 where y is 1, else x.",
        expansion=lambda f, x, y: f.where(f.eq(y, 1.0), 0.0, x),
        tags=_SELECTS,
    ),
    _made_of(
        "mask_posinf",
        2,
        lambda np, x, y: np.where(y == 1, math.inf, x),
        "Plus infinity where y is 1, else x.",
        expansion=lambda f, x, y: f.where(f.eq(y, 1.0), math.inf, x),
        tags=_SELECTS,
    ),
    Function(
        "fill",
        0,
        _call("fill_tile", "fill"),
        _fill,
        "value everywhere.",
        parameters=(Parameter("value", encoding=Encoding.FLOAT),),
        integer=_call("fill_tile_int", "fill", "fill_tile_init", "{format}"),
        integer_formats=_ALL_INTEGERS,
        rounding=_TRUNCATE,
        tags=_SELECTS,
    ),
)

BY_NAME: dict[str, Function] = {name: row for row in FUNCTIONS for name in (row.name, *row.aliases)}
"""Rows by their name and their aliases."""
