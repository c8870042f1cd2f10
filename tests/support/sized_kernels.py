"""Kernels that leave sizes to be chosen, as text."""

from __future__ import annotations


def rows_kernel(
    parameters: str,
    *,
    decorator: str = "grid=(1, 1)",
    size: str = "bm",
    blocks: str = "2",
    setup: str = "",
    early: str = "pass",
    value: str = "block * 2",
) -> str:
    """A kernel `scale(x, out)` that goes over whole rows of tiles, `size` at a time, with keyword-only parameters."""
    return f"""
from ttlang import ttl
{setup}

@ttl.operation({decorator})
def scale(x, out, *, {parameters}):
    {early}
    rows, columns = x.shape[0] // 32, x.shape[1] // 32
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=({size}, columns), block_count={blocks})
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=({size}, columns), block_count={blocks})

    @ttl.compute()
    def compute():
        for _ in range(rows // {size}):
            with x_dfb.wait() as block, out_dfb.reserve() as o:
                o.store({value})

    @ttl.datamovement()
    def read():
        for row in range(0, rows, {size}):
            with x_dfb.reserve() as block:
                ttl.copy(x[row : row + {size}, :], block).wait()

    @ttl.datamovement()
    def write():
        for row in range(0, rows, {size}):
            with out_dfb.wait() as block:
                ttl.copy(block, out[row : row + {size}, :]).wait()
"""
