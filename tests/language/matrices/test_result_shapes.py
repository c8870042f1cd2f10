"""Reductions and broadcasts that name the shape of their result, from the kernel to its numbers, also in C++."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.both_ways import both_ways
from tests.support.kernel_texts import load
from ttlang import ttl, ttnn

SOFTMAX = """
@ttl.DECORATOR(grid=(1, 1))
def softmax(x, out):
    x_b, out_b = (ttl.BUFFER(t, shape=(2, 3)) for t in (x, out))

    @ttl.compute()
    def compute():
        with x_b.wait() as block, out_b.reserve() as o:
            m = ttl.reduce_max(block, LEFT)
            e = ttl.math.exp(block - ttl.broadcast(m, REPEATED))
            o.store(e * ttl.broadcast(ttl.math.recip(ttl.reduce_sum(e, LEFT)), REPEATED))

    @ttl.datamovement()
    def read():
        with x_b.reserve() as block:
            ttl.copy(x[0:2, 0:3], block).wait()

    @ttl.datamovement()
    def write():
        with out_b.wait() as block:
            ttl.copy(block, out[0:2, 0:3]).wait()
"""
ROWS, COLUMNS = 1, 0
"""The dimension that a softmax over rows, or over columns, adds up."""
CALLS = {
    "by name": (ROWS, "dims=[1], shape=(2, 1)", "dims=[1], shape=(2, 3)"),
    "by position": (ROWS, "[1], (2, 1)", "[1], (2, 3)"),
    "from the inside": (ROWS, "dims=[-1], shape=[2, 1]", "dims=[-1], shape=o.shape"),
    "columns": (COLUMNS, "dims=[0], shape=(1, 3)", "dims=[0], shape=(2, 3)"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("decorator", "buffer"),
    [
        ("kernel", "make_circular_buffer_like"),
        ("operation", "make_dataflow_buffer_like"),
        # A shape leaves nothing open in a kernel with names of both editions.
        ("kernel", "make_dataflow_buffer_like"),
    ],
)
def test_softmax(call: str, decorator: str, buffer: str) -> None:
    axis, left, repeated = CALLS[call]
    text = SOFTMAX.replace("DECORATOR", decorator).replace("BUFFER", buffer)
    kernel = load(text.replace("LEFT", left).replace("REPEATED", repeated), "softmax", ttl=ttl)
    values = np.random.default_rng(0).normal(size=(64, 96)).astype(np.float32)
    device = ttnn.open_device(device_id=0)
    x, out = (
        ttnn.from_numpy(v, dtype=ttnn.float32, layout=ttnn.TILE_LAYOUT, device=device)
        for v in (values, np.zeros_like(values))
    )
    with both_ways() as done:
        kernel(x, out)
    assert set(done) == {"0.69", "0.81"}
    exact = np.exp(values) / np.exp(values).sum(axis=axis, keepdims=True)
    np.testing.assert_allclose(ttnn.to_numpy(out), exact, rtol=2**-7)
