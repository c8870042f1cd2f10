"""What each chip of a mesh gets of a tensor, and how it becomes one again."""

import numpy as np
import pytest
import torch

from ttlang import host as ttnn

ROWS, COLUMNS = 2, 2
VALUES = torch.arange(8 * 8, dtype=torch.float32).reshape(8, 8)


@pytest.fixture
def mesh():
    with ttnn.create_mesh_device(ttnn.MeshShape(ROWS, COLUMNS)) as opened:
        yield opened


def quarters():
    """Of VALUES, row by row."""
    return [VALUES[r : r + 4, c : c + 4] for r in (0, 4) for c in (0, 4)]


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_divided_among_all_chips(mesh, dim):
    tensor = ttnn.from_torch(VALUES, device=mesh, mesh_mapper=ttnn.ShardTensorToMesh(mesh, dim=dim))
    assert tensor.num_chips == 4
    assert tensor.shape == list(VALUES.chunk(4, dim)[0].shape)
    for part, expected in zip(ttnn.get_device_tensors(tensor), VALUES.chunk(4, dim), strict=True):
        assert torch.equal(ttnn.to_torch(part), expected)
    assert torch.equal(ttnn.to_torch(tensor, mesh_composer=ttnn.ConcatMeshToTensor(mesh, dim=dim)), VALUES)


def test_the_same_on_all_chips(mesh):
    replicated = ttnn.from_torch(VALUES, device=mesh, mesh_mapper=ttnn.ReplicateTensorToMesh(mesh))
    # A tensor that no mapper divides is on each chip as well, and each has memory of its own.
    for tensor in (replicated, ttnn.from_torch(VALUES, device=mesh), ttnn.to_device(ttnn.from_torch(VALUES), mesh)):
        assert tensor.shape == [8, 8]
        parts = ttnn.get_device_tensors(tensor)
        assert len(parts) == 4
        parts[1].write(np.zeros((8, 8), np.float32))
        values = ttnn.to_torch(tensor, mesh_composer=ttnn.ConcatMeshToTensor(mesh, dim=0))
        assert torch.equal(values, torch.cat([VALUES, 0 * VALUES, VALUES, VALUES]))


def test_two_dimensions_of_a_mesh(mesh):
    shape = tuple(mesh.shape)
    tensor = ttnn.from_torch(VALUES, device=mesh, mesh_mapper=ttnn.ShardTensor2dMesh(mesh, shape, dims=(0, 1)))
    for part, expected in zip(ttnn.get_device_tensors(tensor), quarters(), strict=True):
        assert torch.equal(ttnn.to_torch(part), expected)
    assert torch.equal(ttnn.to_torch(tensor, mesh_composer=ttnn.ConcatMesh2dToTensor(mesh, shape, (0, 1))), VALUES)
    config = ttnn.MeshMapperConfig([ttnn.PlacementReplicate(), ttnn.PlacementShard(1)])
    halves = ttnn.distribute_tensor(ttnn.from_torch(VALUES), ttnn.create_mesh_mapper(mesh, config), mesh)
    left, right = VALUES.chunk(2, 1)
    for part, expected in zip(ttnn.get_device_tensors(halves), (left, right, left, right), strict=True):
        assert torch.equal(ttnn.to_torch(part), expected)
    composer = ttnn.create_mesh_composer(mesh, ttnn.MeshComposerConfig([0, 1]))
    assert torch.equal(ttnn.to_torch(ttnn.aggregate_tensor(halves, composer)), torch.cat([VALUES, VALUES]))


def test_what_does_not_divide(mesh):
    with pytest.raises(ValueError, match=r"dimension 0 of \[6, 8\] can't be divided among 4 chips"):
        ttnn.from_torch(VALUES[:6], mesh_mapper=ttnn.ShardTensorToMesh(mesh, dim=0))
    with pytest.raises(ValueError, match="dimension 2 of"):
        ttnn.from_torch(VALUES, mesh_mapper=ttnn.ShardTensorToMesh(mesh, dim=2))
    with pytest.raises(ValueError, match="as many chips"):
        ttnn.ShardTensor2dMesh(mesh, (2, 4), dims=(0, 1))
    with pytest.raises(ValueError, match="a dimension for each"):
        ttnn.create_mesh_mapper(mesh, ttnn.MeshMapperConfig([ttnn.PlacementShard(0)]))
    on_host = ttnn.from_torch(VALUES)
    with pytest.raises(ValueError, match="this composer is for 4"):
        ttnn.to_torch(on_host, mesh_composer=ttnn.ConcatMeshToTensor(mesh, dim=0))


def test_values_of_several_chips_are_not_those_of_one(mesh):
    tensor = ttnn.from_torch(VALUES, device=mesh, mesh_mapper=ttnn.ShardTensorToMesh(mesh, dim=0))
    for read in (ttnn.to_torch, ttnn.to_numpy, lambda t: t.pages, lambda t: t.to_list()):
        with pytest.raises(ValueError, match="mesh_composer"):
            read(tensor)
    assert "on 4 chips" in repr(tensor)
    with ttnn.create_mesh_device(ttnn.MeshShape(1, 2)) as smaller, pytest.raises(ValueError, match="parts for 4 chips"):
        ttnn.to_device(tensor, smaller)
