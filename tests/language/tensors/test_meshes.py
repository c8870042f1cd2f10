"""Kernels on tensors of a mesh: they run once on each chip, with what the tensors are there."""

import numpy as np
import pytest
import torch

from tests.support.both_ways import both_ways
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.launch import run_for_values
from ttlang.settings import variables as env

CHIPS = 4


@pytest.fixture
def mesh():
    with ttnn.create_mesh_device(ttnn.MeshShape(1, CHIPS)) as opened:
        yield opened


@ttl.operation(grid=(2, 1))
def add(a, b, out):
    rows = a.shape[0] // 32 // 2
    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(rows, 1), block_count=2)
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(rows, 1), block_count=2)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(rows, 1), block_count=2)

    @ttl.compute()
    def compute():
        with a_dfb.wait() as x, b_dfb.wait() as y, out_dfb.reserve() as o:
            o.store(x + y)

    @ttl.datamovement()
    def read():
        column, _ = ttl.node(dims=2)
        first = column * rows
        with a_dfb.reserve() as x, b_dfb.reserve() as y:
            ttl.copy(a[first : first + rows, 0:1], x).wait()
            ttl.copy(b[first : first + rows, 0:1], y).wait()

    @ttl.datamovement()
    def write():
        column, _ = ttl.node(dims=2)
        first = column * rows
        with out_dfb.wait() as o:
            ttl.copy(o, out[first : first + rows, 0:1]).wait()


def values_of(rows, seed):
    return torch.randint(-64, 64, (rows, 32), generator=torch.Generator().manual_seed(seed)).bfloat16()


def on(device, values, **more):
    return ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT, device=device, **more)


@pytest.mark.parametrize("numerics", env.NUMERICS)
def test_once_on_each_chip(mesh, numerics, monkeypatch):
    monkeypatch.setenv("TTLANG_NUMERICS", numerics)
    a, b = values_of(64 * CHIPS, 0), values_of(64, 1)
    rows = ttnn.ShardTensorToMesh(mesh, dim=0)
    out = on(mesh, torch.zeros_like(a), mesh_mapper=rows)
    with both_ways() as done:
        add(on(mesh, a, mesh_mapper=rows), on(mesh, b), out)
    assert set(done.values()) == {CHIPS}
    result = ttnn.to_torch(out, mesh_composer=ttnn.ConcatMeshToTensor(mesh, dim=0))
    assert torch.equal(result, a + b.repeat(CHIPS, 1))


def test_one_program_for_all_chips_and_for_one(mesh):
    a = values_of(64 * CHIPS, 0)
    rows = ttnn.ShardTensorToMesh(mesh, dim=0)
    there = on(mesh, a, mesh_mapper=rows)
    compiled = add.compile(there, there, there)
    with ttnn.manage_device() as one:
        tensor = on(one, a[:64])
        assert add.compile(tensor, tensor, tensor) is compiled


def test_what_is_only_compiled_is_not_read(mesh, monkeypatch):
    monkeypatch.setenv("TTLANG_COMPILE_ONLY", "1")
    rows = ttnn.ShardTensorToMesh(mesh, dim=0)
    a, b = (on(mesh, values_of(64 * CHIPS, seed), mesh_mapper=rows) for seed in range(2))
    out = ttnn.zeros_like(a)
    add(a, b, out)
    total = ttnn.relu(ttnn.all_reduce(out))
    assert total.shape == [64, 32]
    with pytest.raises(DiagnosticError, match="TTL0004"):
        ttnn.to_torch(total, mesh_composer=ttnn.ConcatMeshToTensor(mesh, dim=0))


def test_tensors_of_meshes_that_differ(mesh):
    with ttnn.create_mesh_device(ttnn.MeshShape(1, 2)) as smaller:
        a, b = on(mesh, values_of(64, 0)), on(smaller, values_of(64, 1))
        with pytest.raises(DiagnosticError, match="a is on 4 chips, and b on 2"):
            add(a, b, ttnn.zeros_like(a))


def test_what_the_first_chip_has_is_exported_with_a_kernel(mesh):
    rows = ttnn.ShardTensorToMesh(mesh, dim=0)
    values = values_of(64 * CHIPS, 0)
    a, out = on(mesh, values, mesh_mapper=rows), on(mesh, torch.zeros_like(values), mesh_mapper=rows)
    found = run_for_values(add.compile(a, a, out), [a, a, out])
    after = [np.frombuffer(data, np.float32) for name, data in found.items() if "after" in name or "expected" in name]
    assert any(np.array_equal(data, 2 * values[:64].float().numpy().reshape(-1)) for data in after), list(found)
