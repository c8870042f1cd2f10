# Written by `make docs` from the table of functions: change that, not this file.

"""Functions of blocks. They work in compute threads."""

from typing import SupportsFloat, overload

from ttlang.language.buffers import Block, Operand
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

def add(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """x + y."""

def sub(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """x - y."""

def rsub(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """y - x."""

def mul(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """x * y."""

def div(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """x / y."""

def remainder(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """x % y: what is left of x by whole multiples of y, with the sign of y."""

def max(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """The larger of x and y."""

def min(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """The smaller of x and y."""

def power(x: Operand, exponent: Block | SupportsFloat) -> Block:
    """x to the power exponent."""

def pow(x: Operand, exponent: Block | SupportsFloat) -> Block:
    """x to the power exponent."""

def square(x: Operand) -> Block:
    """x * x."""

def abs(x: Operand) -> Block:
    """The absolute value of x."""

def neg(x: Operand) -> Block:
    """-x."""

def sign(x: Operand) -> Block:
    """-1, 0 or 1, as x is negative, zero or positive."""

def floor(x: Operand) -> Block:
    """The largest integer not above x."""

def ceil(x: Operand) -> Block:
    """The smallest integer not below x."""

def trunc(x: Operand) -> Block:
    """x without its fraction."""

def frac(x: Operand) -> Block:
    """The fraction of x."""

def round(x: Operand, decimals: SupportsFloat = 0) -> Block:
    """x to the nearest number of that many decimals, half to even."""

def exp(
    x: Operand,
    *,
    approx: bool = False,
    scale: SupportsFloat | None = None,
    skip_clamp_check: bool = False,
    iterations: int = 8,
) -> Block:
    """e to the power x."""

def exp2(x: Operand) -> Block:
    """2 to the power x."""

def expm1(x: Operand) -> Block:
    """exp(x) - 1, accurate near 0."""

def log(x: Operand) -> Block:
    """The natural logarithm of x."""

def log1p(x: Operand) -> Block:
    """log(1 + x), accurate near 0."""

def logp1(x: Operand) -> Block:
    """log(1 + x), accurate near 0."""

def log2(x: Operand) -> Block:
    """The logarithm of x to base 2."""

def log10(x: Operand) -> Block:
    """The logarithm of x to base 10."""

def sqrt(x: Operand) -> Block:
    """The square root of x."""

def rsqrt(x: Operand) -> Block:
    """1 / sqrt(x)."""

def recip(x: Operand) -> Block:
    """1 / x."""

def sin(x: Operand) -> Block:
    """The sine of x radians."""

def cos(x: Operand) -> Block:
    """The cosine of x radians."""

def tan(x: Operand) -> Block:
    """The tangent of x radians."""

def asin(x: Operand) -> Block:
    """The arc sine of x, in radians."""

def acos(x: Operand) -> Block:
    """The arc cosine of x, in radians."""

def atan(x: Operand) -> Block:
    """The arc tangent of x, in radians."""

def sinh(x: Operand) -> Block:
    """The hyperbolic sine of x."""

def cosh(x: Operand) -> Block:
    """The hyperbolic cosine of x."""

def tanh(x: Operand) -> Block:
    """The hyperbolic tangent of x."""

def asinh(x: Operand) -> Block:
    """The inverse hyperbolic sine of x."""

def acosh(x: Operand) -> Block:
    """The inverse hyperbolic cosine of x."""

def atanh(x: Operand) -> Block:
    """The inverse hyperbolic tangent of x."""

def relu(x: Operand) -> Block:
    """max(x, 0)."""

@overload
def relu_max(x: Operand, limit: SupportsFloat) -> Block:
    """max(min(x, limit), 0)."""

@overload
def relu_max(x: Operand, upper_limit: SupportsFloat) -> Block:
    """max(min(x, limit), 0)."""

@overload
def relu_min(x: Operand, limit: SupportsFloat) -> Block:
    """max(x, limit)."""

@overload
def relu_min(x: Operand, lower_limit: SupportsFloat) -> Block:
    """max(x, limit)."""

def leaky_relu(x: Operand, slope: SupportsFloat = 0.01) -> Block:
    """x where x >= 0, else slope * x."""

@overload
def prelu(x: Operand, slope: SupportsFloat = 0.25) -> Block:
    """x where x >= 0, else slope * x."""

@overload
def prelu(x: Operand, alpha: SupportsFloat = 0.25) -> Block:
    """x where x >= 0, else slope * x."""

@overload
def elu(x: Operand, alpha: SupportsFloat = 1.0) -> Block:
    """x where x > 0, else alpha * (exp(x) - 1)."""

@overload
def elu(x: Operand, slope: SupportsFloat = 1.0) -> Block:
    """x where x > 0, else alpha * (exp(x) - 1)."""

@overload
def celu(x: Operand, alpha: SupportsFloat = 1.0) -> Block:
    """x where x > 0, else alpha * (exp(x / alpha) - 1)."""

@overload
def celu(x: Operand, alpha: SupportsFloat = 1.0, alpha_recip: SupportsFloat = ...) -> Block:
    """x where x > 0, else alpha * (exp(x / alpha) - 1)."""

def selu(x: Operand, scale: SupportsFloat = ..., alpha: SupportsFloat = ...) -> Block:
    """scale * elu(x, alpha), by default with the constants that keep mean 0 and variance 1."""

def gelu(x: Operand) -> Block:
    """x times the probability that a normal variable is below x."""

def gelu_lut(x: Operand) -> Block:
    """gelu(x) from a table of six segments: fast, off by up to 0.024."""

def silu(x: Operand) -> Block:
    """x * sigmoid(x)."""

def sigmoid(x: Operand) -> Block:
    """1 / (1 + exp(-x))."""

@overload
def softplus(x: Operand, beta: SupportsFloat = 1.0, threshold: SupportsFloat = 20.0) -> Block:
    """log(1 + exp(beta * x)) / beta, and x itself where beta * x > threshold."""

@overload
def softplus(
    x: Operand, beta: SupportsFloat = 1.0, beta_reciprocal: SupportsFloat = ..., threshold: SupportsFloat = 20.0
) -> Block:
    """log(1 + exp(beta * x)) / beta, and x itself where beta * x > threshold."""

def softsign(x: Operand) -> Block:
    """x / (1 + abs(x))."""

def hardsigmoid(x: Operand) -> Block:
    """x / 6 + 1/2, held between 0 and 1."""

@overload
def hardtanh(x: Operand, min: SupportsFloat = -1.0, max: SupportsFloat = 1.0) -> Block:
    """x, held between min and max."""

@overload
def hardtanh(x: Operand, min_val: SupportsFloat = -1.0, max_val: SupportsFloat = 1.0) -> Block:
    """x, held between min and max."""

def mish(x: Operand) -> Block:
    """x * tanh(softplus(x))."""

def erf(x: Operand) -> Block:
    """The error function of x."""

def erfc(x: Operand) -> Block:
    """1 - erf(x), accurate where it is small."""

def erfinv(x: Operand) -> Block:
    """The y whose erf(y) is x."""

def clamp(x: Operand, min: SupportsFloat = ..., max: SupportsFloat = ...) -> Block:
    """x, held between min and max."""

def threshold(x: Operand, threshold: SupportsFloat, value: SupportsFloat) -> Block:
    """value where x > threshold, else x."""

def eq(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """1 where x == y, else 0."""

def ne(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """1 where x != y, else 0."""

def lt(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """1 where x < y, else 0."""

def le(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """1 where x <= y, else 0."""

def gt(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """1 where x > y, else 0."""

def ge(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """1 where x >= y, else 0."""

def eqz(x: Operand) -> Block:
    """1 where x == 0, else 0."""

def nez(x: Operand) -> Block:
    """1 where x != 0, else 0."""

def ltz(x: Operand) -> Block:
    """1 where x < 0, else 0."""

def lez(x: Operand) -> Block:
    """1 where x <= 0, else 0."""

def gtz(x: Operand) -> Block:
    """1 where x > 0, else 0."""

def gez(x: Operand) -> Block:
    """1 where x >= 0, else 0."""

def logical_not(x: Operand) -> Block:
    """1 where x is 0, else 0."""

def signbit(x: Operand) -> Block:
    """1 where x has the sign of a negative number, as -0 has, else 0."""

def isnan(x: Operand) -> Block:
    """1 where x is not a number, else 0."""

def isinf(x: Operand) -> Block:
    """1 where x is infinite, else 0."""

def isposinf(x: Operand) -> Block:
    """1 where x is plus infinity, else 0."""

def isneginf(x: Operand) -> Block:
    """1 where x is minus infinity, else 0."""

def isfinite(x: Operand) -> Block:
    """1 where x is a finite number, else 0."""

def where(x: Operand | SupportsFloat, y: Operand | SupportsFloat, z: Operand | SupportsFloat) -> Block:
    """y where x is not 0, else z."""

def mask(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """0 where y is 1, else x."""

def mask_posinf(x: Operand | SupportsFloat, y: Operand | SupportsFloat) -> Block:
    """Plus infinity where y is 1, else x."""
