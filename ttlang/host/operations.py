"""
Products, reductions and normalizations, in float32 and rounded to the type of the tensor. The chip rounds in other
places: where the last bit matters, write a kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ttlang.host import arithmetic
from ttlang.host.arithmetic import Values, as_float
from ttlang.host.each_chip import tensor_operation
from ttlang.host.elementwise import apply_activation, store
from ttlang.host.memory import MemoryConfig
from ttlang.host.movement import axis_of
from ttlang.host.tensor import Tensor
from ttlang.host.types import AnyDataType, DataType, Layout, to_data_type

__all__ = [
    "argmax",
    "layer_norm",
    "linear",
    "matmul",
    "max",
    "mean",
    "min",
    "rms_norm",
    "softmax",
    "std",
    "sum",
    "var",
]


@tensor_operation
def matmul(
    input_tensor_a: Tensor,
    input_tensor_b: Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    memory_config: MemoryConfig | None = None,
    dtype: AnyDataType | None = None,
    program_config: object = None,
    activation: str | None = None,
    compute_kernel_config: object = None,
    core_grid: object = None,
    optional_output_tensor: Tensor | None = None,
) -> Tensor:
    """
    The matrix product over the last two dimensions, the leading ones broadcast, in the type of the first tensor or in
    `dtype`. `program_config`, `compute_kernel_config` and `core_grid` have no effect. A ValueError where the shapes do
    not match.
    """
    return linear(
        input_tensor_a,
        input_tensor_b,
        transpose_a=transpose_a,
        transpose_b=transpose_b,
        memory_config=memory_config,
        dtype=dtype,
        activation=activation,
        optional_output_tensor=optional_output_tensor,
    )


@tensor_operation
def linear(
    input_tensor_a: Tensor,
    input_tensor_b: Tensor,
    *,
    bias: Tensor | None = None,
    transpose_a: bool = False,
    transpose_b: bool = False,
    memory_config: MemoryConfig | None = None,
    dtype: AnyDataType | None = None,
    program_config: object = None,
    activation: str | None = None,
    compute_kernel_config: object = None,
    core_grid: object = None,
    optional_output_tensor: Tensor | None = None,
) -> Tensor:
    """`matmul`, plus a bias, and then the elementwise operation that `activation` names."""
    left, right = _matrix(input_tensor_a, transpose_a), _matrix(input_tensor_b, transpose_b)
    product = arithmetic.matmul(left, right)
    if bias is not None:
        product = product + as_float(bias.values)
    result = input_tensor_a.with_result(product, "matmul", dtype=_type(dtype), memory_config=memory_config)
    if activation is not None:
        result = apply_activation(activation, result)
    return store(result, optional_output_tensor)


@tensor_operation
def softmax(
    input_tensor: Tensor,
    dim: int = -1,
    *,
    memory_config: MemoryConfig | None = None,
    compute_kernel_config: object = None,
    numeric_stable: bool = True,
) -> Tensor:
    """exp(x) divided by its sum along a dimension."""
    values, axis = as_float(input_tensor.values), axis_of(input_tensor, dim)
    with np.errstate(all="ignore"):
        powers = np.exp(values - values.max(axis, keepdims=True, initial=-np.inf))
        shares = powers / powers.sum(axis, keepdims=True)
    return input_tensor.with_result(shares, "softmax", memory_config=memory_config)


@tensor_operation
def layer_norm(
    input_tensor: Tensor,
    *,
    epsilon: float = 1e-12,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    residual_input_tensor: Tensor | None = None,
    memory_config: MemoryConfig | None = None,
    program_config: object = None,
    compute_kernel_config: object = None,
) -> Tensor:
    """
    (x - mean) / sqrt(variance + epsilon) along the last dimension, times `weight`, plus `bias`. The residual is added
    to x first.
    """
    values = _with_residual(input_tensor, residual_input_tensor)
    centred = values - values.mean(-1, keepdims=True)
    normal = centred / np.sqrt(np.square(centred).mean(-1, keepdims=True) + np.float32(epsilon))
    return _scaled(input_tensor, normal, weight, bias, "layer_norm", memory_config)


@tensor_operation
def rms_norm(
    input_tensor: Tensor,
    *,
    epsilon: float = 1e-12,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    residual_input_tensor: Tensor | None = None,
    memory_config: MemoryConfig | None = None,
    program_config: object = None,
    compute_kernel_config: object = None,
) -> Tensor:
    """
    x / sqrt(mean of x squared + epsilon) along the last dimension, times `weight`, plus `bias`. The residual is added
    to x first.
    """
    values = _with_residual(input_tensor, residual_input_tensor)
    normal = values / np.sqrt(np.square(values).mean(-1, keepdims=True) + np.float32(epsilon))
    return _scaled(input_tensor, normal, weight, bias, "rms_norm", memory_config)


@tensor_operation
def sum(
    input_tensor: Tensor,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    memory_config: MemoryConfig | None = None,
    compute_kernel_config: object = None,
    scalar: float = 1.0,
) -> Tensor:
    """`scalar` times the sum along the dimensions named, or of all."""
    return _reduce(np.sum, "sum", input_tensor, dim, keepdim, scalar, memory_config)


@tensor_operation
def mean(
    input_tensor: Tensor,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    memory_config: MemoryConfig | None = None,
    compute_kernel_config: object = None,
    scalar: float = 1.0,
) -> Tensor:
    """`scalar` times the mean along the dimensions named, or of all."""
    return _reduce(np.mean, "mean", input_tensor, dim, keepdim, scalar, memory_config)


@tensor_operation
def max(
    input_tensor: Tensor,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    memory_config: MemoryConfig | None = None,
    compute_kernel_config: object = None,
    scalar: float = 1.0,
) -> Tensor:
    """`scalar` times the largest value along the dimensions named, or of all."""
    return _reduce(np.max, "max", input_tensor, dim, keepdim, scalar, memory_config)


@tensor_operation
def min(
    input_tensor: Tensor,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    memory_config: MemoryConfig | None = None,
    compute_kernel_config: object = None,
    scalar: float = 1.0,
) -> Tensor:
    """`scalar` times the smallest value along the dimensions named, or of all."""
    return _reduce(np.min, "min", input_tensor, dim, keepdim, scalar, memory_config)


@tensor_operation
def var(
    input_tensor: Tensor,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    memory_config: MemoryConfig | None = None,
    compute_kernel_config: object = None,
    scalar: float = 1.0,
    correction: bool = True,
) -> Tensor:
    """`scalar` times the variance along the dimensions named, or of all; `correction` divides by one less than n."""

    def variance(values: Values, **where: Any) -> Any:
        return np.var(values, ddof=int(correction), **where)

    return _reduce(variance, "var", input_tensor, dim, keepdim, scalar, memory_config)


@tensor_operation
def std(
    input_tensor: Tensor,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    memory_config: MemoryConfig | None = None,
    compute_kernel_config: object = None,
    scalar: float = 1.0,
    correction: bool = True,
) -> Tensor:
    """`scalar` times the square root of `var`."""

    def deviation(values: Values, **where: Any) -> Any:
        return np.std(values, ddof=int(correction), **where)

    return _reduce(deviation, "std", input_tensor, dim, keepdim, scalar, memory_config)


@tensor_operation
def argmax(
    input_tensor: Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
) -> Tensor:
    """Where the largest value along a dimension is, or in the flattened tensor: uint32, in ROW_MAJOR_LAYOUT."""
    axis = None if dim is None else axis_of(input_tensor, dim)
    places = np.asarray(np.argmax(input_tensor.values, axis, keepdims=keepdim))
    result = input_tensor.with_values(
        places, dtype=DataType.UINT32, layout=Layout.ROW_MAJOR, memory_config=memory_config
    )
    return store(result, output_tensor)


def _matrix(tensor: Tensor, transposed: bool) -> Values:
    values = tensor.values
    return values.swapaxes(-1, -2) if transposed and values.ndim > 1 else values


def _with_residual(tensor: Tensor, residual: Tensor | None) -> NDArray[np.float32]:
    values = as_float(tensor.values)
    return values if residual is None else values + as_float(residual.values)


def _scaled(
    tensor: Tensor,
    normal: Values,
    weight: Tensor | None,
    bias: Tensor | None,
    what: str,
    memory_config: MemoryConfig | None,
) -> Tensor:
    if weight is not None:
        normal = normal * _along_last(weight, normal)
    if bias is not None:
        normal = normal + _along_last(bias, normal)
    return tensor.with_result(normal, what, memory_config=memory_config)


def _along_last(parameter: Tensor, values: Values) -> Values:
    """A weight or bias: one number for each element of the last dimension, whatever shape they are stored in."""
    if parameter.volume() != values.shape[-1]:
        raise ValueError(f"{list(parameter.shape)} has not one number for each of {values.shape[-1]} elements")
    return as_float(parameter.values).reshape(-1)


def _reduce(
    function: Callable[..., Any],
    what: str,
    tensor: Tensor,
    dim: int | Sequence[int] | None,
    keepdim: bool,
    scalar: float,
    memory_config: MemoryConfig | None,
) -> Tensor:
    named = range(len(tensor.shape)) if dim is None else [dim] if isinstance(dim, int) else dim
    axes = tuple(axis_of(tensor, entry) for entry in named)
    values = tensor.values
    integers = values.dtype.kind in "iu"
    if not integers:
        values = as_float(values)
    with np.errstate(all="ignore"):
        result = np.asarray(function(values, axis=axes, keepdims=keepdim))
    if scalar != 1.0:
        result = result * (int(scalar) if integers and float(scalar).is_integer() else np.float32(scalar))
    return tensor.with_result(np.asarray(result), what, memory_config=memory_config)


def _type(dtype: AnyDataType | None) -> DataType | None:
    return None if dtype is None else to_data_type(dtype)
