"""Takes each row of the table of functions through every layer: language, IR, lowering, C++, simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.support.function_operands import SHAPE, parameters_of, values_for
from ttlang import ttl
from ttlang.backends.simulator import Mode
from ttlang.driver.compiler import print_ir
from ttlang.driver.launch import simulate
from ttlang.host import from_numpy, open_device, to_numpy, zeros
from ttlang.tables.dtypes import BF16, F32, INT32, DType
from ttlang.tables.functions import FUNCTIONS, Function
from ttlang.tables.kernel_api import GENERATIONS

PUBLIC = [row for row in FUNCTIONS if row.public and row.arity > 0]


def expression_of(row: Function, dtype: DType = F32) -> str:
    arguments = [*"xyz"[: row.arity], *map(repr, parameters_of(row, dtype))]
    return f"ttl.math.{row.name}({', '.join(arguments)})"


def run(kernel: Any, operands: list[np.ndarray], dtype: DType, *modes: Mode) -> Iterator[np.ndarray]:
    """The result in each arithmetic."""
    device = open_device(device_id=0)
    inputs = [from_numpy(v, dtype=dtype, layout=ttl_layout(), device=device) for v in operands]
    outputs = [zeros(SHAPE, dtype=dtype, layout=ttl_layout(), device=device) for _ in modes]
    compiled = kernel.compile(*inputs, outputs[0])
    for mode, output in zip(modes, outputs, strict=True):
        simulate(compiled, [*inputs, output], numerics=mode)
        yield to_numpy(output)


def ttl_layout() -> Any:
    from ttlang.host import TILE_LAYOUT

    return TILE_LAYOUT


def rounded(values: np.ndarray, dtype: DType) -> np.ndarray:
    """Operands as the device holds them."""
    return values if dtype.is_integer else values.astype(dtype.numpy_dtype()).astype(np.float64)


def reference(row: Function, operands: list[np.ndarray], dtype: DType) -> np.ndarray:
    exact = [rounded(v, dtype).astype(np.int64 if dtype.is_integer else np.float64) for v in operands]
    with np.errstate(all="ignore"):
        return np.asarray(row.reference(np, *exact, *parameters_of(row, dtype)))


def assert_close(row: Function, actual: np.ndarray, expected: np.ndarray, dtype: DType) -> None:
    """Two units in the last place, plus the accuracy that the kernel library records for the function."""
    expected = expected.astype(np.float64)
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(actual[~finite], expected[~finite])
    actual, expected = actual[finite].astype(np.float64), expected[finite]
    bits = {BF16: 7, F32: 23}[dtype]
    absolute, relative = LIBRARY_ACCURACY.get(row.name, (0.0, 0.0))
    if dtype is F32:
        # The kernel library's transcendental functions are good to a few units of float32 (docs/numerics.md).
        relative = max(relative, 16 * 2.0**-23)
    tolerance = 2 * 2.0**-bits * np.abs(expected) + relative * np.abs(expected) + absolute + 2.0 ** -(bits + 3)
    worst = np.max(np.abs(actual - expected) / tolerance, initial=0.0)
    assert worst <= 1, f"{row.name}: {worst:.2f} times the tolerance"


LIBRARY_ACCURACY: dict[str, tuple[float, float]] = {
    "gelu_lut": (0.025, 0.0),
    "erf": (0.0, 0.005),
    "erfc": (0.004, 0.02),
    "erfinv": (0.001, 0.005),
    "hardsigmoid": (2.0**-24, 0.0),
    "gelu": (3e-6, 0.0),
    "softplus": (0.02, 0.0),
}
"""Absolute and relative error that the library's own kernels have, beyond rounding (docs/numerics.md)."""


@pytest.mark.parametrize("row", PUBLIC, ids=lambda row: row.name)
class TestEveryFunction:
    def test_is_in_the_language(self, row: Function) -> None:
        for name in (row.name, *row.aliases):
            function = getattr(ttl.math, name)
            assert function.__name__ == name
            assert row.doc in (function.__doc__ or "")

    def test_lowers_to_its_kernel_call(self, row: Function, elementwise: Callable[..., Any]) -> None:
        kernel = elementwise(expression_of(row), row.arity, block=(2, 3))
        device = open_device(device_id=0)
        tensors = [zeros(SHAPE, dtype=BF16, layout=ttl_layout(), device=device) for _ in range(row.arity + 1)]
        assert f"ttl.{row.name}" in print_ir(kernel.to_ttl(*tensors)) or row.call is None
        for metal_api in GENERATIONS:
            source = kernel.compile(*tensors, metal_api=metal_api).cpp()["compute"]
            call = row.call_in(GENERATIONS[metal_api])
            if call is None:
                assert row.expansion is not None
                continue
            form = f"{row.fpu}_tiles" if row.fpu else call.tile
            assert f"{form}(" in source or f"{form}<" in source
            if not row.fpu:
                assert f'#include "api/compute/{call.header}"' in source
                assert f"{call.init_name}(" in source or f"{call.init_name}<" in source

    @pytest.mark.parametrize("dtype", [BF16, F32], ids=str)
    def test_computes_what_its_reference_does(
        self, row: Function, elementwise: Callable[..., Any], dtype: DType
    ) -> None:
        kernel = elementwise(expression_of(row), row.arity, block=(1, 3))
        operands = values_for(row, dtype, seed=1)
        for found in run(kernel, operands, dtype, "chip", "fast"):
            assert_close(row, found, reference(row, operands, dtype), dtype)


@pytest.mark.parametrize("row", [row for row in PUBLIC if row.integer is not None], ids=lambda row: row.name)
def test_integers(row: Function, elementwise: Callable[..., Any]) -> None:
    kernel = elementwise(expression_of(row, INT32), row.arity, block=(2, 1))
    operands = values_for(row, INT32, seed=2)
    for found in run(kernel, operands, INT32, "chip", "fast"):
        np.testing.assert_array_equal(found, reference(row, operands, INT32))
