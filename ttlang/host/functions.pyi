# Written by `make docs` from the table of functions: change that, not this file.

"""ttnn's elementwise operations."""

from ttlang.host.memory import MemoryConfig
from ttlang.host.tensor import Tensor
from ttlang.host.types import AnyDataType

def add(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x + y. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def sub(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x - y. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def rsub(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """y - x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def mul(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x * y. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def div(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x / y. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def remainder(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    x % y: what is left of x by whole multiples of y, with the sign of y. Computed in float32 and rounded to the
    type of the first tensor, or to `dtype`.
    """

def square(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x * x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def abs(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The absolute value of x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def neg(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """-x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def sign(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    -1, 0 or 1, as x is negative, zero or positive. Computed in float32 and rounded to the type of the first
    tensor, or to `dtype`.
    """

def floor(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    The largest integer not above x. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def ceil(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    The smallest integer not below x. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def trunc(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x without its fraction. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def frac(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The fraction of x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def round(
    input_tensor: Tensor,
    decimals: float | None = 0,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    x to the nearest number of that many decimals, half to even. Computed in float32 and rounded to the type of
    the first tensor, or to `dtype`.
    """

def exp(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """e to the power x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def exp2(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """2 to the power x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def expm1(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """exp(x) - 1, accurate near 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def log(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The natural logarithm of x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def log1p(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """log(1 + x), accurate near 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def log2(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The logarithm of x to base 2. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def log10(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The logarithm of x to base 10. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def sqrt(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The square root of x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def rsqrt(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 / sqrt(x). Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def sin(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The sine of x radians. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def cos(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The cosine of x radians. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def tan(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The tangent of x radians. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def asin(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The arc sine of x, in radians. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def acos(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    The arc cosine of x, in radians. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def atan(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    The arc tangent of x, in radians. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def sinh(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The hyperbolic sine of x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def cosh(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The hyperbolic cosine of x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def tanh(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The hyperbolic tangent of x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def asinh(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    The inverse hyperbolic sine of x. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def acosh(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    The inverse hyperbolic cosine of x. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def atanh(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    The inverse hyperbolic tangent of x. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def relu(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """max(x, 0). Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def relu_max(
    input_tensor: Tensor,
    upper_limit: float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """max(min(x, limit), 0). Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def relu_min(
    input_tensor: Tensor,
    lower_limit: float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """max(x, limit). Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def leaky_relu(
    input_tensor: Tensor,
    negative_slope: float | None = 0.01,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    x where x >= 0, else slope * x. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def prelu(
    input_tensor_a: Tensor,
    weight: float | None = 0.25,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    x where x >= 0, else slope * x. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def elu(
    input_tensor: Tensor,
    alpha: float | None = 1.0,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    x where x > 0, else alpha * (exp(x) - 1). Computed in float32 and rounded to the type of the first tensor, or
    to `dtype`.
    """

def celu(
    input_tensor: Tensor,
    alpha: float | None = 1.0,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    x where x > 0, else alpha * (exp(x / alpha) - 1). Computed in float32 and rounded to the type of the first
    tensor, or to `dtype`.
    """

def selu(
    input_tensor: Tensor,
    scale: float | None = ...,
    alpha: float | None = ...,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    scale * elu(x, alpha), by default with the constants that keep mean 0 and variance 1. Computed in float32 and
    rounded to the type of the first tensor, or to `dtype`.
    """

def gelu(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    x times the probability that a normal variable is below x. Computed in float32 and rounded to the type of the
    first tensor, or to `dtype`.
    """

def silu(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x * sigmoid(x). Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def sigmoid(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 / (1 + exp(-x)). Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def softplus(
    input_tensor: Tensor,
    beta: float | None = 1.0,
    threshold: float | None = 20.0,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    log(1 + exp(beta * x)) / beta, and x itself where beta * x > threshold. Computed in float32 and rounded to the
    type of the first tensor, or to `dtype`.
    """

def softsign(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x / (1 + abs(x)). Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def hardsigmoid(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    x / 6 + 1/2, held between 0 and 1. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def hardtanh(
    input_tensor: Tensor,
    min_val: float | None = -1.0,
    max_val: float | None = 1.0,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x, held between min and max. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def mish(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x * tanh(softplus(x)). Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def erf(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The error function of x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def erfc(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    1 - erf(x), accurate where it is small. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def erfinv(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The y whose erf(y) is x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def clamp(
    input_tensor: Tensor,
    min: float | None = ...,
    max: float | None = ...,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x, held between min and max. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def threshold(
    input_tensor: Tensor,
    threshold: float,
    value: float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    x where x > threshold, else value: the other way round than `threshold`, as the kernel and torch have it.
    Computed in float32 and rounded to the type of the first tensor, or to `dtype`.
    """

def eq(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x == y, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def ne(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x != y, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def lt(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x < y, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def le(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x <= y, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def gt(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x > y, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def ge(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x >= y, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def eqz(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x == 0, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def nez(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x != 0, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def ltz(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x < 0, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def lez(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x <= 0, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def gtz(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x > 0, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def gez(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x >= 0, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def logical_not(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x is 0, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def signbit(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    1 where x has the sign of a negative number, as -0 has, else 0. Computed in float32 and rounded to the type of
    the first tensor, or to `dtype`.
    """

def isnan(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    1 where x is not a number, else 0. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def isinf(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 where x is infinite, else 0. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def isposinf(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    1 where x is plus infinity, else 0. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def isneginf(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    1 where x is minus infinity, else 0. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def isfinite(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """
    1 where x is a finite number, else 0. Computed in float32 and rounded to the type of the first tensor, or to
    `dtype`.
    """

def where(
    predicate: Tensor | float,
    true_value: Tensor | float,
    false_value: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """y where x is not 0, else z. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def subtract(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x - y. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def multiply(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x * y. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def divide(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x / y. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def maximum(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The larger of x and y. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def minimum(
    input_tensor_a: Tensor | float,
    input_tensor_b: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """The smaller of x and y. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def pow(
    input_tensor: Tensor | float,
    exponent: Tensor | float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x to the power y. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def reciprocal(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """1 / x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def rdiv(
    input_tensor: Tensor,
    value: float,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """value / x. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def swish(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x * sigmoid(x). Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""

def clip(
    input_tensor: Tensor,
    min: float | None = ...,
    max: float | None = ...,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
    dtype: AnyDataType | None = None,
    fast_and_approximate_mode: object = None,
    variant: object = None,
    mode: object = None,
    vector_mode: object = None,
    sub_core_grids: object = None,
    use_legacy: object = None,
) -> Tensor:
    """x, held between min and max. Computed in float32 and rounded to the type of the first tensor, or to `dtype`."""
