"""A script with three kernels, one of them wrong, and tensors to call them with."""

from __future__ import annotations

KERNELS = """
from ttlang import ttl, ttnn
from pathlib import Path

def copy(x, out, change):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        with x_cb.wait() as xv, out_cb.reserve() as o:
            o.store(change(xv))

    @ttl.datamovement()
    def read():
        with x_cb.reserve() as block:
            ttl.copy(x[0, 0], block).wait()

    @ttl.datamovement()
    def write():
        with out_cb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()

@ttl.kernel
def first(x, out):
    copy(x, out, lambda v: v + 1)

@ttl.kernel
def second(x, out):
    copy(x, out, lambda v: v * 2)

@ttl.kernel
def wrong(x, out):
    copy(x, out, lambda v: v * nothing)

device = ttnn.open_device(device_id=0)
x, y, z = (ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(3))

def keep(name):
    (Path(__file__).parent / name).write_text("kept")

"""
