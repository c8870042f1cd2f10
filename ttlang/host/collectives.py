"""
Operations between the chips of a mesh. Without `cluster_axis` all chips take part; with it, those that lie along that
dimension of the mesh (0: along its rows' numbers, 1: along its columns'). Sums are in float32, rounded once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ttlang.host.arithmetic import Values, as_float
from ttlang.host.device import Device
from ttlang.host.memory import MemoryConfig
from ttlang.host.movement import axis_of
from ttlang.host.tensor import Tensor
from ttlang.host.withheld_values import passing_on

__all__ = [
    "all_gather",
    "all_reduce",
    "reduce_scatter",
]


@passing_on
def all_reduce(
    input_tensor: Tensor,
    *,
    cluster_axis: int | None = None,
    mesh_device: Device | None = None,
    memory_config: MemoryConfig | None = None,
    num_links: object = None,
    topology: object = None,
) -> Tensor:
    """On each chip, the sum of what they all have. A ValueError for a tensor that is not on a device."""

    def reduce(parts: list[Values]) -> list[Values]:
        return [_sum(parts)] * len(parts)

    return _exchange(input_tensor, cluster_axis, reduce, memory_config)


@passing_on
def all_gather(
    input_tensor: Tensor,
    dim: int,
    *,
    cluster_axis: int | None = None,
    mesh_device: Device | None = None,
    memory_config: MemoryConfig | None = None,
    num_links: object = None,
    topology: object = None,
) -> Tensor:
    """On each chip, what they all have, one behind the other in `dim`. A ValueError if it is not on a device."""
    axis = axis_of(input_tensor, dim)

    def gather(parts: list[Values]) -> list[Values]:
        return [np.concatenate(parts, axis)] * len(parts)

    return _exchange(input_tensor, cluster_axis, gather, memory_config)


@passing_on
def reduce_scatter(
    input_tensor: Tensor,
    dim: int,
    *,
    cluster_axis: int | None = None,
    mesh_device: Device | None = None,
    memory_config: MemoryConfig | None = None,
    num_links: object = None,
    topology: object = None,
) -> Tensor:
    """
    The sum of what chips have, divided among them in `dim`. A ValueError if it is not on a device or does not divide.
    """
    axis = axis_of(input_tensor, dim)

    def scatter(parts: list[Values]) -> list[Values]:
        if input_tensor.shape[axis] % len(parts):
            raise ValueError(f"dimension {dim} of {list(input_tensor.shape)} can't be divided among {len(parts)} chips")
        return np.split(_sum(parts), len(parts), axis)

    return _exchange(input_tensor, cluster_axis, scatter, memory_config)


def _sum(parts: list[Values]) -> Values:
    total = as_float(parts[0]) if parts[0].dtype.kind == "f" else parts[0].astype(np.int64)
    for part in parts[1:]:
        total = total + part
    return total


def _exchange(
    tensor: Tensor,
    cluster_axis: int | None,
    exchanged: Callable[[list[Values]], list[Values]],
    memory_config: MemoryConfig | None,
) -> Tensor:
    """A tensor of what each group of chips makes of what its chips have."""
    device = tensor.device()
    if device is None:
        raise ValueError("chips exchange what they have: the tensor is on the host, and on no mesh")
    parts = tensor.parts
    values = [part.values for part in parts]
    results: list[Values] = list(values)
    for group in _groups(device, cluster_axis):
        for chip, result in zip(group, exchanged([values[chip] for chip in group]), strict=True):
            results[chip] = result
    return tensor.gathered(
        [part.with_values(result, memory_config=memory_config) for part, result in zip(parts, results, strict=True)]
    )


def _groups(device: Device, cluster_axis: int | None) -> Sequence[list[int]]:
    """The chips that exchange, by their numbers."""
    chips = np.arange(device.num_chips)
    if cluster_axis is None:
        return [chips.tolist()]
    if not 0 <= cluster_axis < len(device.shape):
        raise ValueError(f"cluster_axis {cluster_axis} is no dimension of a mesh of {list(device.shape)} chips")
    along = np.moveaxis(chips.reshape(device.shape), cluster_axis, -1)
    return along.reshape(-1, device.shape[cluster_axis]).tolist()
