"""What the chips of a mesh exchange."""

import pytest
import torch

from ttlang import host as ttnn

SHAPE = (2, 2)


@pytest.fixture
def mesh():
    with ttnn.create_mesh_device(ttnn.MeshShape(SHAPE)) as opened:
        yield opened


@pytest.fixture
def parts():
    generator = torch.Generator().manual_seed(0)
    return [torch.randint(-8, 8, (4, 8), generator=generator).float() for _ in range(4)]


def on(mesh, parts):
    return ttnn.from_torch(torch.cat(parts), device=mesh, mesh_mapper=ttnn.ShardTensorToMesh(mesh, dim=0))


def of(tensor):
    return [ttnn.to_torch(part) for part in ttnn.get_device_tensors(tensor)]


GROUPS = {None: [[0, 1, 2, 3]], 0: [[0, 2], [1, 3]], 1: [[0, 1], [2, 3]]}
"""The chips that exchange, along each dimension of the mesh."""


@pytest.mark.parametrize("axis", GROUPS)
def test_sums(mesh, parts, axis):
    reduced = of(ttnn.all_reduce(on(mesh, parts), cluster_axis=axis))
    scattered = of(ttnn.reduce_scatter(on(mesh, parts), dim=1, cluster_axis=axis))
    for group in GROUPS[axis]:
        total = sum(parts[chip] for chip in group)
        for chip, piece in zip(group, total.chunk(len(group), 1), strict=True):
            assert torch.equal(reduced[chip], total)
            assert torch.equal(scattered[chip], piece)


@pytest.mark.parametrize("axis", GROUPS)
@pytest.mark.parametrize("dim", [0, -1])
def test_gathered(mesh, parts, axis, dim):
    gathered = of(ttnn.all_gather(on(mesh, parts), dim, cluster_axis=axis))
    for group in GROUPS[axis]:
        for chip in group:
            assert torch.equal(gathered[chip], torch.cat([parts[each] for each in group], dim))


def test_a_sum_is_rounded_once(mesh):
    # In bfloat16, 256 + 1 is 256 each time.
    values = torch.tensor([[256.0], [1.0], [1.0], [1.0]], dtype=torch.bfloat16)
    tensor = ttnn.from_torch(values, device=mesh, mesh_mapper=ttnn.ShardTensorToMesh(mesh, dim=0))
    assert [part.item() for part in ttnn.get_device_tensors(ttnn.all_reduce(tensor))] == [260.0] * 4


def test_one_chip_exchanges_with_none():
    with ttnn.manage_device() as device:
        tensor = ttnn.from_torch(torch.ones(2, 2), device=device)
        assert torch.equal(ttnn.to_torch(ttnn.all_reduce(tensor)), torch.ones(2, 2))


def test_what_cant_be_exchanged(mesh, parts):
    with pytest.raises(ValueError, match="on no mesh"):
        ttnn.all_reduce(ttnn.from_torch(parts[0]))
    with pytest.raises(ValueError, match=r"cluster_axis 2 is no dimension of a mesh of \[2, 2\]"):
        ttnn.all_reduce(on(mesh, parts), cluster_axis=2)
    odd = [part[:, :6] for part in parts]
    with pytest.raises(ValueError, match="can't be divided among 4"):
        ttnn.reduce_scatter(on(mesh, odd), dim=1)
