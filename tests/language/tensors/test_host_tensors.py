"""Tensors in the memory of the host as arguments of kernels: the edition of 2026 takes them, in the simulator."""

import pytest
import torch

from tests.support.both_ways import both_ways
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError


def doubled(decorator):
    @decorator(grid=(2, 1))
    def double(x, out):
        x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))

        @ttl.compute()
        def compute():
            with x_dfb.wait() as block, out_dfb.reserve() as o:
                o.store(block + block)

        @ttl.datamovement()
        def read():
            column, _ = ttl.node()
            with x_dfb.reserve() as block:
                ttl.copy(x[0, column], block).wait()

        @ttl.datamovement()
        def write():
            column, _ = ttl.node()
            with out_dfb.wait() as block:
                ttl.copy(block, out[0, column]).wait()

    return double


VALUES = torch.arange(32 * 64).reshape(32, 64).remainder(64).float()


def test_the_edition_of_2026_takes_them():
    x = ttnn.from_torch(VALUES, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT)
    out = ttnn.zeros(x.shape, layout=ttnn.TILE_LAYOUT)
    with both_ways() as done:
        doubled(ttl.operation)(x, out)
    assert set(done.values()) == {1}
    assert torch.equal(ttnn.to_torch(out).float(), 2 * VALUES)
    assert out.device() is None


def test_a_layout_that_nobody_has_said_is_that_of_tiles():
    x, out = ttnn.from_torch(VALUES), ttnn.empty((32, 64), dtype=ttnn.float32)
    assert x.layout is out.layout is ttnn.ROW_MAJOR_LAYOUT
    doubled(ttl.operation)(x, out)
    assert x.layout is out.layout is ttnn.TILE_LAYOUT
    assert torch.equal(ttnn.to_torch(x), VALUES)
    assert torch.equal(ttnn.to_torch(out), 2 * VALUES)


def test_a_layout_that_was_said_stays():
    x = ttnn.from_torch(VALUES, layout=ttnn.ROW_MAJOR_LAYOUT)
    with ttnn.manage_device() as device:
        there = ttnn.from_torch(VALUES, device=device)
        for tensor in (x, there):
            with pytest.raises(DiagnosticError):  # Its blocks are of 1x1 elements.
                doubled(ttl.operation)(tensor, ttnn.empty_like(tensor))
            assert tensor.layout is ttnn.ROW_MAJOR_LAYOUT


def test_the_edition_of_2025_does_not():
    x = ttnn.from_torch(VALUES, layout=ttnn.TILE_LAYOUT)
    with pytest.raises(DiagnosticError, match=r"TTL0205.*in the memory of the host"):
        doubled(ttl.kernel)(x, ttnn.zeros_like(x))
