"""The arithmetic of a run is that of the generation that its program was lowered for."""

from __future__ import annotations

import numpy as np
import pytest

import ttl
from tests.support.both_ways import both_ways
from ttlang import host as ttnn
from ttlang.driver.launch import simulate
from ttlang.tables.kernel_api import GENERATIONS

EDGE = {"0.69": 1 - 2.0**-8, "0.81": 1.0}
"""erf(100): held to 1 in the newer generation, and just below it in the older."""


@ttl.kernel(grid=(1, 1))
def erf(x, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        with x_cb.wait() as xv, out_cb.reserve() as o:
            o.store(ttl.math.erf(xv))

    @ttl.datamovement()
    def read():
        with x_cb.reserve() as block:
            ttl.copy(x[0, 0], block).wait()

    @ttl.datamovement()
    def write():
        with out_cb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()


def _tensor(value: float) -> ttnn.Tensor:
    array, device = np.full((32, 32), value, np.float32), ttnn.open_device(device_id=0)
    return ttnn.from_numpy(array, ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_ir_and_cpp_follow_the_generation(generation: str):
    x, out = (_tensor(value) for value in (100.0, 0.0))
    compiled = erf.compile(x, out, metal_api=generation)
    assert compiled.program.metal_api.data == generation
    with both_ways() as done:
        simulate(compiled, [x, out], numerics="chip")
    assert dict(done) == dict.fromkeys(GENERATIONS, 1)
    assert (ttnn.to_numpy(out) == EDGE[generation]).all()
