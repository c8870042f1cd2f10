# Written by `make docs` from the table of functions: change that, not this file.

"""Functions of blocks. They work in compute threads."""

from typing import SupportsFloat, overload

from ttlang.language.blocks import Block, Operand
from ttlang.language.conversion import typecast as typecast
from ttlang.language.fills import fill as fill
from ttlang.language.matrices import broadcast as broadcast
from ttlang.language.matrices import matmul as matmul
from ttlang.language.matrices import reduce_max as reduce_max
from ttlang.language.matrices import reduce_sum as reduce_sum
from ttlang.language.matrices import transpose as transpose

__all__ = [
    "add",
    "sub",
    "rsub",
    "mul",
    "div",
    "remainder",
    "max",
    "min",
    "power",
    "pow",
    "square",
    "abs",
    "neg",
    "sign",
    "floor",
    "ceil",
    "trunc",
    "frac",
    "round",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "logp1",
    "log2",
    "log10",
    "sqrt",
    "rsqrt",
    "recip",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "relu",
    "relu_max",
    "relu_min",
    "leaky_relu",
    "prelu",
    "elu",
    "celu",
    "selu",
    "gelu",
    "gelu_lut",
    "silu",
    "sigmoid",
    "softplus",
    "softsign",
    "hardsigmoid",
    "hardtanh",
    "mish",
    "erf",
    "erfc",
    "erfinv",
    "clamp",
    "threshold",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "eqz",
    "nez",
    "ltz",
    "lez",
    "gtz",
    "gez",
    "logical_not",
    "signbit",
    "isnan",
    "isinf",
    "isposinf",
    "isneginf",
    "isfinite",
    "where",
    "mask",
    "mask_posinf",
    "fill",
    "broadcast",
    "matmul",
    "reduce_max",
    "reduce_sum",
    "transpose",
    "typecast",
]

@overload
def add(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """x + y."""

@overload
def add(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """x + y."""

@overload
def sub(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """x - y."""

@overload
def sub(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """x - y."""

@overload
def rsub(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """y - x."""

@overload
def rsub(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """y - x."""

@overload
def mul(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """x * y."""

@overload
def mul(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """x * y."""

@overload
def div(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """x / y."""

@overload
def div(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """x / y."""

@overload
def remainder(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """x % y: what is left of x by whole multiples of y, with the sign of y."""

@overload
def remainder(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """x % y: what is left of x by whole multiples of y, with the sign of y."""

@overload
def max(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """The larger of x and y."""

@overload
def max(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """The larger of x and y."""

@overload
def min(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """The smaller of x and y."""

@overload
def min(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """The smaller of x and y."""

@overload
def power(x: Operand, exponent: Block | SupportsFloat) -> Block:
    """x to the power exponent."""

@overload
def power(expr: Operand, exponent: Block | SupportsFloat) -> Block:
    """x to the power exponent."""

@overload
def pow(x: Operand, exponent: Block | SupportsFloat) -> Block:
    """x to the power exponent."""

@overload
def pow(expr: Operand, exponent: Block | SupportsFloat) -> Block:
    """x to the power exponent."""

@overload
def square(x: Operand) -> Block:
    """x * x."""

@overload
def square(expr: Operand) -> Block:
    """x * x."""

@overload
def abs(x: Operand) -> Block:
    """The absolute value of x."""

@overload
def abs(expr: Operand) -> Block:
    """The absolute value of x."""

@overload
def neg(x: Operand) -> Block:
    """-x."""

@overload
def neg(expr: Operand) -> Block:
    """-x."""

@overload
def sign(x: Operand) -> Block:
    """-1, 0 or 1, as x is negative, zero or positive."""

@overload
def sign(expr: Operand) -> Block:
    """-1, 0 or 1, as x is negative, zero or positive."""

@overload
def floor(x: Operand) -> Block:
    """The largest integer not above x."""

@overload
def floor(expr: Operand) -> Block:
    """The largest integer not above x."""

@overload
def ceil(x: Operand) -> Block:
    """The smallest integer not below x."""

@overload
def ceil(expr: Operand) -> Block:
    """The smallest integer not below x."""

@overload
def trunc(x: Operand) -> Block:
    """x without its fraction."""

@overload
def trunc(expr: Operand) -> Block:
    """x without its fraction."""

@overload
def frac(x: Operand) -> Block:
    """The fraction of x."""

@overload
def frac(expr: Operand) -> Block:
    """The fraction of x."""

@overload
def round(x: Operand, decimals: SupportsFloat = 0) -> Block:
    """x to the nearest number of that many decimals, half to even."""

@overload
def round(expr: Operand, decimals: SupportsFloat = 0) -> Block:
    """x to the nearest number of that many decimals, half to even."""

@overload
def exp(
    x: Operand,
    *,
    approx: bool = False,
    scale: SupportsFloat | None = None,
    skip_clamp_check: bool = False,
    iterations: int = 8,
) -> Block:
    """e to the power x."""

@overload
def exp(
    expr: Operand,
    *,
    approx: bool = False,
    scale: SupportsFloat | None = None,
    skip_clamp_check: bool = False,
    iterations: int = 8,
) -> Block:
    """e to the power x."""

@overload
def exp2(x: Operand) -> Block:
    """2 to the power x."""

@overload
def exp2(expr: Operand) -> Block:
    """2 to the power x."""

@overload
def expm1(x: Operand) -> Block:
    """exp(x) - 1, accurate near 0."""

@overload
def expm1(expr: Operand) -> Block:
    """exp(x) - 1, accurate near 0."""

@overload
def log(x: Operand) -> Block:
    """The natural logarithm of x."""

@overload
def log(expr: Operand) -> Block:
    """The natural logarithm of x."""

@overload
def log1p(x: Operand) -> Block:
    """log(1 + x), accurate near 0."""

@overload
def log1p(expr: Operand) -> Block:
    """log(1 + x), accurate near 0."""

@overload
def logp1(x: Operand) -> Block:
    """log(1 + x), accurate near 0."""

@overload
def logp1(expr: Operand) -> Block:
    """log(1 + x), accurate near 0."""

@overload
def log2(x: Operand) -> Block:
    """The logarithm of x to base 2."""

@overload
def log2(expr: Operand) -> Block:
    """The logarithm of x to base 2."""

@overload
def log10(x: Operand) -> Block:
    """The logarithm of x to base 10."""

@overload
def log10(expr: Operand) -> Block:
    """The logarithm of x to base 10."""

@overload
def sqrt(x: Operand) -> Block:
    """The square root of x."""

@overload
def sqrt(expr: Operand) -> Block:
    """The square root of x."""

@overload
def rsqrt(x: Operand) -> Block:
    """1 / sqrt(x)."""

@overload
def rsqrt(expr: Operand) -> Block:
    """1 / sqrt(x)."""

@overload
def recip(x: Operand) -> Block:
    """1 / x."""

@overload
def recip(expr: Operand) -> Block:
    """1 / x."""

@overload
def sin(x: Operand) -> Block:
    """The sine of x radians."""

@overload
def sin(expr: Operand) -> Block:
    """The sine of x radians."""

@overload
def cos(x: Operand) -> Block:
    """The cosine of x radians."""

@overload
def cos(expr: Operand) -> Block:
    """The cosine of x radians."""

@overload
def tan(x: Operand) -> Block:
    """The tangent of x radians."""

@overload
def tan(expr: Operand) -> Block:
    """The tangent of x radians."""

@overload
def asin(x: Operand) -> Block:
    """The arc sine of x, in radians."""

@overload
def asin(expr: Operand) -> Block:
    """The arc sine of x, in radians."""

@overload
def acos(x: Operand) -> Block:
    """The arc cosine of x, in radians."""

@overload
def acos(expr: Operand) -> Block:
    """The arc cosine of x, in radians."""

@overload
def atan(x: Operand) -> Block:
    """The arc tangent of x, in radians."""

@overload
def atan(expr: Operand) -> Block:
    """The arc tangent of x, in radians."""

@overload
def sinh(x: Operand) -> Block:
    """The hyperbolic sine of x."""

@overload
def sinh(expr: Operand) -> Block:
    """The hyperbolic sine of x."""

@overload
def cosh(x: Operand) -> Block:
    """The hyperbolic cosine of x."""

@overload
def cosh(expr: Operand) -> Block:
    """The hyperbolic cosine of x."""

@overload
def tanh(x: Operand) -> Block:
    """The hyperbolic tangent of x."""

@overload
def tanh(expr: Operand) -> Block:
    """The hyperbolic tangent of x."""

@overload
def asinh(x: Operand) -> Block:
    """The inverse hyperbolic sine of x."""

@overload
def asinh(expr: Operand) -> Block:
    """The inverse hyperbolic sine of x."""

@overload
def acosh(x: Operand) -> Block:
    """The inverse hyperbolic cosine of x."""

@overload
def acosh(expr: Operand) -> Block:
    """The inverse hyperbolic cosine of x."""

@overload
def atanh(x: Operand) -> Block:
    """The inverse hyperbolic tangent of x."""

@overload
def atanh(expr: Operand) -> Block:
    """The inverse hyperbolic tangent of x."""

@overload
def relu(x: Operand) -> Block:
    """max(x, 0)."""

@overload
def relu(expr: Operand) -> Block:
    """max(x, 0)."""

@overload
def relu_max(x: Operand, limit: SupportsFloat) -> Block:
    """max(min(x, limit), 0)."""

@overload
def relu_max(expr: Operand, upper_limit: SupportsFloat) -> Block:
    """max(min(x, limit), 0)."""

@overload
def relu_min(x: Operand, limit: SupportsFloat) -> Block:
    """max(x, limit)."""

@overload
def relu_min(expr: Operand, lower_limit: SupportsFloat) -> Block:
    """max(x, limit)."""

@overload
def leaky_relu(x: Operand, slope: SupportsFloat = 0.01) -> Block:
    """x where x >= 0, else slope * x."""

@overload
def leaky_relu(expr: Operand, slope: SupportsFloat = 0.01) -> Block:
    """x where x >= 0, else slope * x."""

@overload
def prelu(x: Operand, slope: SupportsFloat = 0.25) -> Block:
    """x where x >= 0, else slope * x."""

@overload
def prelu(expr: Operand, alpha: SupportsFloat = 0.25) -> Block:
    """x where x >= 0, else slope * x."""

@overload
def elu(x: Operand, alpha: SupportsFloat = 1.0) -> Block:
    """x where x > 0, else alpha * (exp(x) - 1)."""

@overload
def elu(expr: Operand, slope: SupportsFloat = 1.0) -> Block:
    """x where x > 0, else alpha * (exp(x) - 1)."""

@overload
def celu(x: Operand, alpha: SupportsFloat = 1.0) -> Block:
    """x where x > 0, else alpha * (exp(x / alpha) - 1)."""

@overload
def celu(expr: Operand, alpha: SupportsFloat = 1.0, alpha_recip: SupportsFloat = ...) -> Block:
    """x where x > 0, else alpha * (exp(x / alpha) - 1)."""

@overload
def selu(x: Operand, scale: SupportsFloat = ..., alpha: SupportsFloat = ...) -> Block:
    """scale * elu(x, alpha), by default with the constants that keep mean 0 and variance 1."""

@overload
def selu(expr: Operand, scale: SupportsFloat = ..., alpha: SupportsFloat = ...) -> Block:
    """scale * elu(x, alpha), by default with the constants that keep mean 0 and variance 1."""

@overload
def gelu(x: Operand) -> Block:
    """x times the probability that a normal variable is below x."""

@overload
def gelu(expr: Operand) -> Block:
    """x times the probability that a normal variable is below x."""

@overload
def gelu_lut(x: Operand) -> Block:
    """gelu(x) from a table of six segments: fast, off by up to 0.024."""

@overload
def gelu_lut(expr: Operand) -> Block:
    """gelu(x) from a table of six segments: fast, off by up to 0.024."""

@overload
def silu(x: Operand) -> Block:
    """x * sigmoid(x)."""

@overload
def silu(expr: Operand) -> Block:
    """x * sigmoid(x)."""

@overload
def sigmoid(x: Operand) -> Block:
    """1 / (1 + exp(-x))."""

@overload
def sigmoid(expr: Operand) -> Block:
    """1 / (1 + exp(-x))."""

@overload
def softplus(x: Operand, beta: SupportsFloat = 1.0, threshold: SupportsFloat = 20.0) -> Block:
    """log(1 + exp(beta * x)) / beta, and x itself where beta * x > threshold."""

@overload
def softplus(
    expr: Operand, beta: SupportsFloat = 1.0, beta_reciprocal: SupportsFloat = ..., threshold: SupportsFloat = 20.0
) -> Block:
    """log(1 + exp(beta * x)) / beta, and x itself where beta * x > threshold."""

@overload
def softsign(x: Operand) -> Block:
    """x / (1 + abs(x))."""

@overload
def softsign(expr: Operand) -> Block:
    """x / (1 + abs(x))."""

@overload
def hardsigmoid(x: Operand) -> Block:
    """x / 6 + 1/2, held between 0 and 1."""

@overload
def hardsigmoid(expr: Operand) -> Block:
    """x / 6 + 1/2, held between 0 and 1."""

@overload
def hardtanh(x: Operand, min: SupportsFloat = -1.0, max: SupportsFloat = 1.0) -> Block:
    """x, held between min and max."""

@overload
def hardtanh(expr: Operand, min_val: SupportsFloat = -1.0, max_val: SupportsFloat = 1.0) -> Block:
    """x, held between min and max."""

@overload
def mish(x: Operand) -> Block:
    """x * tanh(softplus(x))."""

@overload
def mish(expr: Operand) -> Block:
    """x * tanh(softplus(x))."""

@overload
def erf(x: Operand) -> Block:
    """The error function of x."""

@overload
def erf(expr: Operand) -> Block:
    """The error function of x."""

@overload
def erfc(x: Operand) -> Block:
    """1 - erf(x), accurate where it is small."""

@overload
def erfc(expr: Operand) -> Block:
    """1 - erf(x), accurate where it is small."""

@overload
def erfinv(x: Operand) -> Block:
    """The y whose erf(y) is x."""

@overload
def erfinv(expr: Operand) -> Block:
    """The y whose erf(y) is x."""

@overload
def clamp(x: Operand, min: SupportsFloat = ..., max: SupportsFloat = ...) -> Block:
    """x, held between min and max."""

@overload
def clamp(expr: Operand, min: SupportsFloat = ..., max: SupportsFloat = ...) -> Block:
    """x, held between min and max."""

@overload
def threshold(x: Operand, threshold: SupportsFloat, value: SupportsFloat) -> Block:
    """value where x > threshold, else x."""

@overload
def threshold(expr: Operand, threshold: SupportsFloat, value: SupportsFloat) -> Block:
    """value where x > threshold, else x."""

@overload
def eq(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """1 where x == y, else 0."""

@overload
def eq(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """1 where x == y, else 0."""

@overload
def ne(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """1 where x != y, else 0."""

@overload
def ne(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """1 where x != y, else 0."""

@overload
def lt(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """1 where x < y, else 0."""

@overload
def lt(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """1 where x < y, else 0."""

@overload
def le(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """1 where x <= y, else 0."""

@overload
def le(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """1 where x <= y, else 0."""

@overload
def gt(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """1 where x > y, else 0."""

@overload
def gt(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """1 where x > y, else 0."""

@overload
def ge(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """1 where x >= y, else 0."""

@overload
def ge(a: Operand | SupportsFloat, b: Operand | SupportsFloat) -> Block:
    """1 where x >= y, else 0."""

@overload
def eqz(x: Operand) -> Block:
    """1 where x == 0, else 0."""

@overload
def eqz(expr: Operand) -> Block:
    """1 where x == 0, else 0."""

@overload
def nez(x: Operand) -> Block:
    """1 where x != 0, else 0."""

@overload
def nez(expr: Operand) -> Block:
    """1 where x != 0, else 0."""

@overload
def ltz(x: Operand) -> Block:
    """1 where x < 0, else 0."""

@overload
def ltz(expr: Operand) -> Block:
    """1 where x < 0, else 0."""

@overload
def lez(x: Operand) -> Block:
    """1 where x <= 0, else 0."""

@overload
def lez(expr: Operand) -> Block:
    """1 where x <= 0, else 0."""

@overload
def gtz(x: Operand) -> Block:
    """1 where x > 0, else 0."""

@overload
def gtz(expr: Operand) -> Block:
    """1 where x > 0, else 0."""

@overload
def gez(x: Operand) -> Block:
    """1 where x >= 0, else 0."""

@overload
def gez(expr: Operand) -> Block:
    """1 where x >= 0, else 0."""

@overload
def logical_not(x: Operand) -> Block:
    """1 where x is 0, else 0."""

@overload
def logical_not(expr: Operand) -> Block:
    """1 where x is 0, else 0."""

@overload
def signbit(x: Operand) -> Block:
    """1 where x has the sign of a negative number, as -0 has, else 0."""

@overload
def signbit(expr: Operand) -> Block:
    """1 where x has the sign of a negative number, as -0 has, else 0."""

@overload
def isnan(x: Operand) -> Block:
    """1 where x is not a number, else 0."""

@overload
def isnan(expr: Operand) -> Block:
    """1 where x is not a number, else 0."""

@overload
def isinf(x: Operand) -> Block:
    """1 where x is infinite, else 0."""

@overload
def isinf(expr: Operand) -> Block:
    """1 where x is infinite, else 0."""

@overload
def isposinf(x: Operand) -> Block:
    """1 where x is plus infinity, else 0."""

@overload
def isposinf(expr: Operand) -> Block:
    """1 where x is plus infinity, else 0."""

@overload
def isneginf(x: Operand) -> Block:
    """1 where x is minus infinity, else 0."""

@overload
def isneginf(expr: Operand) -> Block:
    """1 where x is minus infinity, else 0."""

@overload
def isfinite(x: Operand) -> Block:
    """1 where x is a finite number, else 0."""

@overload
def isfinite(expr: Operand) -> Block:
    """1 where x is a finite number, else 0."""

@overload
def where(x: Operand | SupportsFloat, y: Operand | SupportsFloat, z: Operand | SupportsFloat) -> Block:
    """y where x is not 0, else z."""

@overload
def where(
    condition: Operand | SupportsFloat, true_value: Operand | SupportsFloat, false_value: Operand | SupportsFloat
) -> Block:
    """y where x is not 0, else z."""

@overload
def mask(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """0 where y is 1, else x."""

@overload
def mask(expr: Operand | SupportsFloat, mask_blk: Operand | SupportsFloat) -> Block:
    """0 where y is 1, else x."""

@overload
def mask_posinf(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """Plus infinity where y is 1, else x."""

@overload
def mask_posinf(expr: Operand | SupportsFloat, mask_blk: Operand | SupportsFloat) -> Block:
    """Plus infinity where y is 1, else x."""
