"""A kernel whose reader does what a test wants, on a core (x0, _)."""

from __future__ import annotations

READER_KERNEL = """
import math
import numpy as np
from ttlang import ttl, ttnn
{before}
@ttl.kernel(grid=({columns}, 1))
def kernel(x, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def read():
        x0, _ = ttl.core()
{body}
        with x_cb.reserve() as blk:
            ttl.copy(x[0, 0], blk).wait()

    @ttl.datamovement()
    def write():
        with x_cb.wait() as blk:
            ttl.copy(blk, out[0, ttl.core()[0]]).wait()


def run():
    device = ttnn.open_device(device_id=0)
    x, out = (
        ttnn.from_torch(np.ones((32, 64), np.float32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for _ in range(2)
    )
    kernel(x, out)
    ttnn.close_device(device)
"""
"""`columns` cores, statements `before` the kernel, and the `body` of its reader before it reads; `run()` calls it."""
