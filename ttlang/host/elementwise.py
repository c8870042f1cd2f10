"""
ttnn's elementwise operations, made from the rows of `ttlang.tables.functions`: the reference of a row, in float32,
rounded to the type of the tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

import numpy as np

from ttlang.host.arithmetic import evaluate
from ttlang.host.each_chip import tensor_operation
from ttlang.host.tensor import Tensor, is_operand
from ttlang.host.types import to_data_type
from ttlang.tables.functions import BY_NAME, FUNCTIONS, Function

_OTHERWISE_IN_TTNN = {"max", "min", "fill", "power", "recip", "gelu_lut", "mask", "mask_posinf"}
"""Rows whose name means something else in ttnn, or nothing."""

_RENAMED = {
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "maximum": "max",
    "minimum": "min",
    "pow": "power_binary",
    "reciprocal": "recip",
    "rdiv": "rdiv",
    "swish": "silu",
    "clip": "clamp",
    "threshold": "threshold_below",
}
"""The row of a ttnn operation of another name."""

_OPERANDS = {1: ("input_tensor",), 2: ("input_tensor_a", "input_tensor_b")}
"""ttnn's names for as many operands."""

_ARGUMENTS = {
    "where": ("predicate", "true_value", "false_value"),
    "pow": ("input_tensor", "exponent"),
    "leaky_relu": ("input_tensor", "negative_slope"),
    "relu_max": ("input_tensor", "upper_limit"),
    "relu_min": ("input_tensor", "lower_limit"),
    "prelu": ("input_tensor_a", "weight"),
    "hardtanh": ("input_tensor", "min_val", "max_val"),
}
"""ttnn's names for operands and parameters where they are not `_OPERANDS` and the row's own."""

_OPTIONS = ("memory_config", "output_tensor", "dtype")
_WITHOUT_EFFECT = ("fast_and_approximate_mode", "variant", "mode", "vector_mode", "sub_core_grids", "use_legacy")
"""Options of ttnn that choose among ways to compute the same."""


def store(result: Tensor, output_tensor: Tensor | None) -> Tensor:
    """The result of an operation, or the preallocated tensor that has received it."""
    if output_tensor is None:
        return result
    output_tensor.write(result.values)
    return output_tensor


def apply_activation(name: str, tensor: Tensor) -> Tensor:
    """An operation by its name, as `activation=` gives it. A ValueError for a name that is none of one tensor."""
    row = BY_NAME.get(_RENAMED.get(name, name))
    if row is None or row.arity != 1 or name not in OPERATIONS:
        raise ValueError(f"activation {name!r} is not an elementwise operation of one tensor")
    return OPERATIONS[name](tensor)


def _make(name: str, row: Function) -> Callable[..., Tensor]:
    names = _ARGUMENTS.get(name, (*_OPERANDS.get(row.arity, ()), *(p.name for p in row.inputs)))
    defaults = [Parameter.empty] * row.arity + [Parameter.empty if p.default is None else p.default for p in row.inputs]
    positional = [
        Parameter(argument, Parameter.POSITIONAL_OR_KEYWORD, default=default)
        for argument, default in zip(names, defaults, strict=True)
    ]
    options = [Parameter(option, Parameter.KEYWORD_ONLY, default=None) for option in _OPTIONS + _WITHOUT_EFFECT]
    signature = Signature([*positional, *options], return_annotation=Tensor)

    def operation(*args: Any, **kwargs: Any) -> Tensor:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise TypeError(f"ttnn.{name}{signature.replace(parameters=positional)}: {error}") from None
        # As in ttnn, None leaves a parameter at its default.
        given = {p.name: p.default for p in positional if p.default is not Parameter.empty} | {
            argument: value for argument, value in given.items() if value is not None
        }
        return _apply(name, row, [given.get(p.name) for p in positional], given)

    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = f"{row.doc} Computed in float32 and rounded to the type of the first tensor, or to `dtype`."
    operation.__signature__ = signature  # pyright: ignore[reportFunctionMemberAccess]
    return tensor_operation(operation)


def _apply(name: str, row: Function, arguments: list[Any], options: dict[str, Any]) -> Tensor:
    first = next((argument for argument in arguments if isinstance(argument, Tensor)), None)
    if first is None or not all(is_operand(argument) for argument in arguments):
        kinds = ", ".join(type(argument).__name__ for argument in arguments)
        raise TypeError(f"ttnn.{name} takes tensors and numbers, one tensor at least; got {kinds}")
    operands = tuple(argument.values if isinstance(argument, Tensor) else argument for argument in arguments)
    if row.name == "where":
        # Only what it chooses between decides on the type.
        operands = (np.asarray(operands[0] != 0), *operands[1:])
        first = next((argument for argument in arguments[1:] if isinstance(argument, Tensor)), first)
    dtype, memory_config = options.get("dtype"), options.get("memory_config")
    result = first.with_result(
        evaluate(row, operands, f"ttnn.{name}"),
        f"ttnn.{name}",
        dtype=None if dtype is None else to_data_type(dtype),
        memory_config=memory_config,
    )
    return store(result, options.get("output_tensor"))


def row_of(name: str) -> Function:
    """The row that an operation is made of."""
    return BY_NAME[_RENAMED.get(name, name)]


_NAMES = [row.name for row in FUNCTIONS if row.public and row.name not in _OTHERWISE_IN_TTNN]

OPERATIONS: dict[str, Callable[..., Tensor]] = {
    name: _make(name, row_of(name)) for name in dict.fromkeys([*_NAMES, *_RENAMED])
}
"""The operations by their name in ttnn."""
