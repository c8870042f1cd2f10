"""New tensors of given shapes. Without a device they are on the host."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ttlang.host.arithmetic import Values
from ttlang.host.codec import cast
from ttlang.host.device import Device
from ttlang.host.memory import DRAM_MEMORY_CONFIG, MemoryConfig
from ttlang.host.stored_tensor import Number
from ttlang.host.tensor import Tensor
from ttlang.host.types import AnyDataType, DataType, Layout, Shape, to_data_type

__all__ = [
    "arange",
    "empty",
    "empty_like",
    "full",
    "full_like",
    "ones",
    "ones_like",
    "rand",
    "randn",
    "zeros",
    "zeros_like",
]


def full(
    shape: Iterable[int],
    fill_value: Number,
    dtype: AnyDataType | None = None,
    layout: Layout | None = None,
    device: Device | None = None,
    memory_config: MemoryConfig | None = None,
) -> Tensor:
    """One value everywhere. By default bfloat16, in ROW_MAJOR_LAYOUT."""
    values = np.broadcast_to(np.array(fill_value), Shape(shape))
    dtype = DataType.BFLOAT16 if dtype is None else to_data_type(dtype)
    return Tensor.from_maker(values.shape, lambda: values, dtype, layout, device, memory_config)


def zeros(
    shape: Iterable[int],
    dtype: AnyDataType | None = None,
    layout: Layout | None = None,
    device: Device | None = None,
    memory_config: MemoryConfig | None = None,
) -> Tensor:
    """0 everywhere. By default bfloat16, in ROW_MAJOR_LAYOUT."""
    return full(shape, 0, dtype, layout, device, memory_config)


def ones(
    shape: Iterable[int],
    dtype: AnyDataType | None = None,
    layout: Layout | None = None,
    device: Device | None = None,
    memory_config: MemoryConfig | None = None,
) -> Tensor:
    """1 everywhere. By default bfloat16, in ROW_MAJOR_LAYOUT."""
    return full(shape, 1, dtype, layout, device, memory_config)


def empty(
    shape: Iterable[int],
    dtype: AnyDataType = DataType.BFLOAT16,
    layout: Layout | None = None,
    device: Device | None = None,
    memory_config: MemoryConfig = DRAM_MEMORY_CONFIG,
) -> Tensor:
    """Values that are not set; here they are 0. By default in ROW_MAJOR_LAYOUT."""
    return zeros(shape, dtype, layout, device, memory_config)


def full_like(
    tensor: Tensor,
    fill_value: Number,
    dtype: AnyDataType | None = None,
    layout: Layout | None = None,
    device: Device | None = None,
    memory_config: MemoryConfig | None = None,
) -> Tensor:
    """One value everywhere, in the shape of a tensor, and in its type, layout, memory and place unless given."""
    return full(
        tensor.shape,
        fill_value,
        dtype or tensor.dtype,
        layout or tensor.layout,
        device or tensor.device(),
        memory_config or tensor.memory_config(),
    )


def zeros_like(
    tensor: Tensor,
    dtype: AnyDataType | None = None,
    layout: Layout | None = None,
    device: Device | None = None,
    memory_config: MemoryConfig | None = None,
) -> Tensor:
    """`full_like` of 0."""
    return full_like(tensor, 0, dtype, layout, device, memory_config)


def ones_like(
    tensor: Tensor,
    dtype: AnyDataType | None = None,
    layout: Layout | None = None,
    device: Device | None = None,
    memory_config: MemoryConfig | None = None,
) -> Tensor:
    """`full_like` of 1."""
    return full_like(tensor, 1, dtype, layout, device, memory_config)


def empty_like(
    tensor: Tensor,
    *,
    dtype: AnyDataType | None = None,
    layout: Layout | None = None,
    device: Device | None = None,
    memory_config: MemoryConfig | None = None,
) -> Tensor:
    """`full_like` of values that are not set; here they are 0."""
    return full_like(tensor, 0, dtype, layout, device, memory_config)


def arange(
    start: int,
    end: int | None = None,
    step: int = 1,
    *,
    dtype: AnyDataType = DataType.BFLOAT16,
    device: Device | None = None,
    memory_config: MemoryConfig = DRAM_MEMORY_CONFIG,
    layout: Layout = Layout.ROW_MAJOR,
) -> Tensor:
    """start, start + step, ... below `end`; with one argument, 0 to it. A ValueError for a step of 0."""
    if step == 0:
        raise ValueError("arange needs a step other than 0")
    values = np.arange(0 if end is None else start, start if end is None else end, step)
    return Tensor.from_values(values, to_data_type(dtype), layout, device, memory_config)


def rand(
    shape: Iterable[int],
    device: Device | None = None,
    *,
    dtype: AnyDataType = DataType.BFLOAT16,
    layout: Layout = Layout.TILE,
    memory_config: MemoryConfig = DRAM_MEMORY_CONFIG,
    low: float = 0.0,
    high: float = 1.0,
    seed: int = 0,
) -> Tensor:
    """
    Values spread evenly from `low` up to below `high` (a block format may round them to it). A seed other than 0 gives
    the same values every time. A ValueError unless low < high.
    """
    if not low < high:
        raise ValueError(f"rand needs low < high; they are {low} and {high}")
    dtype = to_data_type(dtype)
    shape, start = Shape(shape), np.random.SeedSequence(seed or None)

    def make() -> Values:
        values = cast(np.random.default_rng(start).uniform(low, high, shape), dtype.value)
        return values if dtype.value.is_integer else np.minimum(values, _below(high, values.dtype))

    return Tensor.from_maker(shape, make, dtype, layout, device, memory_config)


def randn(
    shape: Iterable[int],
    device: Device | None = None,
    *,
    dtype: AnyDataType = DataType.BFLOAT16,
    layout: Layout = Layout.TILE,
    memory_config: MemoryConfig = DRAM_MEMORY_CONFIG,
    seed: int | None = None,
) -> Tensor:
    """Values of the normal distribution of mean 0 and variance 1. A seed gives the same values every time."""
    shape, start = Shape(shape), np.random.SeedSequence(seed)

    def make() -> Values:
        return np.random.default_rng(start).standard_normal(shape)

    return Tensor.from_maker(shape, make, to_data_type(dtype), layout, device, memory_config)


def _below(bound: float, dtype: np.dtype[np.generic]) -> Values:
    """The largest number of a type that is less than `bound`."""
    nearest = np.asarray(bound).astype(dtype)
    return nearest if float(nearest) < bound else np.nextafter(nearest, np.asarray(-np.inf).astype(dtype))
