"""
What of a tensor each chip of a mesh gets (mappers), and how what they have becomes one tensor again (composers). A
mapper has an entry for each dimension of the mesh: the tensor's dimension that is divided among the chips along it, or
None, where each gets the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ttlang.host.arithmetic import Values
from ttlang.host.device import Device
from ttlang.host.mesh_shape import MeshShape

__all__ = [
    "ConcatMesh2dToTensor",
    "ConcatMeshToTensor",
    "MeshComposerConfig",
    "MeshMapperConfig",
    "MeshToTensor",
    "PlacementReplicate",
    "PlacementShard",
    "ReplicateTensorToMesh",
    "ShardTensor2dMesh",
    "ShardTensorToMesh",
    "TensorToMesh",
    "concat_mesh_to_tensor_composer",
    "create_mesh_composer",
    "create_mesh_mapper",
    "replicate_tensor_to_mesh_mapper",
    "shard_tensor_to_mesh_mapper",
]


@dataclass(frozen=True)
class PlacementShard:
    """Along a dimension of the mesh, a tensor's dimension is divided."""

    dim: int


@dataclass(frozen=True)
class PlacementReplicate:
    """Along a dimension of the mesh, each chip gets the same."""


@dataclass(frozen=True)
class MeshMapperConfig:
    """A placement for each dimension of a mesh, and its shape where it is not the device's own."""

    placements: Sequence[PlacementShard | PlacementReplicate]
    mesh_shape_override: MeshShape | None = None


@dataclass(frozen=True)
class MeshComposerConfig:
    """For each dimension of a mesh the tensor's dimension to put parts together in, and its shape if not its own."""

    dims: Sequence[int]
    mesh_shape_override: MeshShape | None = None


@dataclass(frozen=True)
class TensorToMesh:
    """A mapper. A ValueError where the dimensions of the mesh are not the device's."""

    mesh_device: Device = field(repr=False)
    mesh_shape: MeshShape
    dims: tuple[int | None, ...]

    def __post_init__(self) -> None:
        _check(self.mesh_device, self.mesh_shape, self.dims)

    def divided(self, values: Values) -> list[Values]:
        """What each chip gets, in their order. A ValueError for a dimension that does not divide."""
        parts = [values]
        for chips, dim in zip(self.mesh_shape, self.dims, strict=True):
            parts = [piece for part in parts for piece in _pieces(part, chips, dim)]
        return parts


@dataclass(frozen=True)
class MeshToTensor:
    """A composer. A ValueError where the dimensions of the mesh are not the device's."""

    mesh_device: Device = field(repr=False)
    mesh_shape: MeshShape
    dims: tuple[int, ...]

    def __post_init__(self) -> None:
        _check(self.mesh_device, self.mesh_shape, self.dims)

    def joined(self, parts: Sequence[Values]) -> Values:
        """One array of what all chips have. A ValueError for another number of parts."""
        if len(parts) != self.mesh_shape.mesh_size():
            raise ValueError(f"the tensor is on {len(parts)} chips; this composer is for {self.mesh_shape.mesh_size()}")
        arrays = list(parts)
        for chips, dim in zip(reversed(self.mesh_shape), reversed(self.dims), strict=True):
            arrays = [np.concatenate(arrays[at : at + chips], dim) for at in range(0, len(arrays), chips)]
        return arrays[0]


def create_mesh_mapper(mesh_device: Device, config: MeshMapperConfig) -> TensorToMesh:
    """A mapper of the placements for each dimension of the mesh."""
    dims = tuple(each.dim if isinstance(each, PlacementShard) else None for each in config.placements)
    return TensorToMesh(mesh_device, config.mesh_shape_override or mesh_device.shape, dims)


def create_mesh_composer(mesh_device: Device, config: MeshComposerConfig) -> MeshToTensor:
    """A composer of the tensor's dimensions for each dimension of the mesh."""
    return MeshToTensor(mesh_device, config.mesh_shape_override or mesh_device.shape, tuple(config.dims))


def replicate_tensor_to_mesh_mapper(mesh_device: Device) -> TensorToMesh:
    """All of a tensor on each chip."""
    return TensorToMesh(mesh_device, MeshShape(mesh_device.num_chips), (None,))


def shard_tensor_to_mesh_mapper(mesh_device: Device, dim: int) -> TensorToMesh:
    """A dimension divided among all chips, in their order."""
    return TensorToMesh(mesh_device, MeshShape(mesh_device.num_chips), (dim,))


def concat_mesh_to_tensor_composer(mesh_device: Device, dim: int) -> MeshToTensor:
    """What all chips have, in their order, one behind the other in a dimension."""
    return MeshToTensor(mesh_device, MeshShape(mesh_device.num_chips), (dim,))


def ShardTensor2dMesh(
    mesh_device: Device, mesh_shape: Iterable[int], dims: tuple[int | None, int | None]
) -> TensorToMesh:
    """One dimension divided among the rows of a mesh, another among its columns; None: each gets the same."""
    return TensorToMesh(mesh_device, MeshShape(mesh_shape), tuple(dims))


def ConcatMesh2dToTensor(mesh_device: Device, mesh_shape: Iterable[int], dims: tuple[int, int]) -> MeshToTensor:
    """Rows of a mesh put together in one dimension, columns in another."""
    return MeshToTensor(mesh_device, MeshShape(mesh_shape), tuple(dims))


ReplicateTensorToMesh = replicate_tensor_to_mesh_mapper
ShardTensorToMesh = shard_tensor_to_mesh_mapper
ConcatMeshToTensor = concat_mesh_to_tensor_composer


def _check(device: Device, shape: MeshShape, dims: Sequence[int | None]) -> None:
    if shape.mesh_size() != device.num_chips or len(dims) != len(shape):
        raise ValueError(
            f"a mesh of {list(shape)} chips, with tensor dimensions {list(dims)}, is not that of {device!r}: it needs "
            "as many chips, and a dimension for each of the mesh's"
        )


def _pieces(values: Values, chips: int, dim: int | None) -> list[Values]:
    if dim is None:
        return [values] * chips
    if not -values.ndim <= dim < values.ndim or values.shape[dim] % chips:
        raise ValueError(f"dimension {dim} of {list(values.shape)} can't be divided among {chips} chips")
    return np.split(values, chips, dim)
