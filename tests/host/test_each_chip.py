"""Operations on tensors on several chips: each chip on its own part."""

import pytest
import torch

from ttlang import host as ttnn


@pytest.fixture
def mesh():
    with ttnn.create_mesh_device(ttnn.MeshShape(1, 2)) as opened:
        yield opened


@pytest.fixture
def values():
    return torch.randn((64, 64), generator=torch.Generator().manual_seed(0))


def divided(mesh, values, dim=0, **more):
    return ttnn.from_torch(values, device=mesh, mesh_mapper=ttnn.ShardTensorToMesh(mesh, dim=dim), **more)


def whole(mesh, tensor, dim=0):
    return ttnn.to_torch(tensor, mesh_composer=ttnn.ConcatMeshToTensor(mesh, dim=dim))


def test_each_on_its_part(mesh, values):
    tensor = divided(mesh, values)
    once = ttnn.from_torch(values[:32])
    assert torch.equal(whole(mesh, ttnn.relu(tensor)), values.relu())
    assert torch.equal(whole(mesh, tensor + 1), values + 1)
    # A tensor that is on one chip alone, or on the host, is used on each.
    assert torch.equal(whole(mesh, ttnn.add(tensor, once)), values + torch.cat([values[:32]] * 2))
    assert torch.equal(whole(mesh, ttnn.concat([tensor, once], 1), 0)[32:, :64], values[32:])
    transposed = ttnn.transpose(tensor, 0, 1)
    assert transposed.shape == [64, 32]
    assert torch.equal(whole(mesh, transposed, 1), values.T)
    first, second = ttnn.split(tensor, 32, 1)
    assert torch.equal(whole(mesh, second), values[:, 32:])
    assert first.device() is mesh
    left, right = values[:32], values[32:]
    product = whole(mesh, ttnn.matmul(tensor, ttnn.transpose(tensor, 0, 1)))
    assert torch.allclose(product, torch.cat([left @ left.T, right @ right.T]), atol=1e-4)


def test_what_changes_nothing_is_the_tensor_itself(mesh, values):
    tensor = divided(mesh, values)
    assert ttnn.to_layout(tensor, ttnn.ROW_MAJOR_LAYOUT) is tensor
    assert ttnn.to_device(tensor, mesh) is tensor
    out = ttnn.zeros_like(tensor)
    assert ttnn.multiply(tensor, 2, output_tensor=out) is out
    assert torch.equal(whole(mesh, out), 2 * values)


def test_to_and_from_the_host(mesh, values):
    tensor = divided(mesh, values, layout=ttnn.TILE_LAYOUT)
    there = ttnn.from_device(tensor)
    assert there.device() is None
    assert there.num_chips == 2
    assert torch.equal(whole(mesh, ttnn.to_device(there, mesh)), values)
    sharded = ttnn.to_memory_config(tensor, ttnn.L1_MEMORY_CONFIG)
    assert sharded.device() is mesh
    assert sharded.memory_config() == ttnn.L1_MEMORY_CONFIG
    assert torch.equal(whole(mesh, sharded), values)


def test_copies_in_place(mesh, values):
    source, target = divided(mesh, values), divided(mesh, torch.zeros_like(values), dtype=ttnn.bfloat16)
    assert ttnn.copy(source, target) is target
    assert torch.equal(whole(mesh, target), values.bfloat16())
    on_host = ttnn.from_device(divided(mesh, torch.zeros_like(values)))
    ttnn.copy_device_to_host_tensor(source, on_host)
    assert torch.equal(whole(mesh, on_host), values)
    with pytest.raises(ValueError, match="the same shape"):
        ttnn.copy(source, ttnn.transpose(target, 0, 1))


def test_one_chip_does_not_hold_what_several_have(mesh, values):
    source, one = divided(mesh, values), ttnn.from_torch(torch.zeros(32, 64))
    for fill in (
        lambda: ttnn.copy(source, one),
        lambda: ttnn.copy_device_to_host_tensor(source, one),
        lambda: ttnn.add(source, 1, output_tensor=one),
    ):
        with pytest.raises(ValueError, match="each of 2 chips has values of its own"):
            fill()
    assert not ttnn.to_torch(one).any()
    ttnn.copy(ttnn.from_torch(values[:32]), source)
    assert torch.equal(whole(mesh, source), torch.cat([values[:32]] * 2))


def test_meshes_of_different_sizes_do_not_mix(mesh, values):
    with (
        ttnn.create_mesh_device(ttnn.MeshShape(1, 4)) as larger,
        pytest.raises(ValueError, match="on 2 and on 4 chips"),
    ):
        ttnn.add(divided(mesh, values), divided(larger, values))


def test_memory_is_given_back(mesh, values):
    first = divided(mesh, values)
    address = first.buffer_address()
    ttnn.deallocate(first)
    assert divided(mesh, values).buffer_address() == address
    with pytest.raises(RuntimeError, match="deallocated"):
        whole(mesh, first)
