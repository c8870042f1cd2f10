"""Kernels that compute something of each of two rows of two tiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from ttlang import ttl, ttnn


def row_kernel(expression: Callable[[Any], Any]) -> Any:
    """A kernel of an expression of a block of (1, 2) tiles; a row of the output has as many tiles as the tensor."""

    @ttl.kernel()
    def kernel(x, out):
        columns = out.shape[1] // 32
        x_cb = ttl.make_circular_buffer_like(x, shape=(1, 2))
        out_cb = ttl.make_circular_buffer_like(out, shape=(1, columns))

        @ttl.compute()
        def compute():
            for _ in range(2):
                with x_cb.wait() as xv, out_cb.reserve() as o:
                    o.store(expression(xv))

        @ttl.datamovement()
        def read():
            for row in range(2):
                with x_cb.reserve() as block:
                    ttl.copy(x[row : row + 1, 0:2], block).wait()

        @ttl.datamovement()
        def write():
            for row in range(2):
                with out_cb.wait() as block:
                    ttl.copy(block, out[row : row + 1, 0:columns]).wait()

    return kernel


sums_of_rows = row_kernel(lambda x: ttl.math.broadcast(ttl.math.exp(ttl.math.reduce_sum(x, dims=[0])), dims=[1]))


def row_tensors(x: torch.Tensor, columns: int, dtype: Any) -> list[Any]:
    """The rows (64x64) on a device, and a tensor of as many columns for what is made of them."""
    more = {"layout": ttnn.TILE_LAYOUT, "device": ttnn.open_device(device_id=0), "dtype": dtype}
    return [ttnn.from_torch(x, **more), ttnn.from_torch(torch.zeros(64, columns), **more)]


def sums_of_rows_tensors(dtype: Any) -> list[Any]:
    return row_tensors(torch.rand(64, 64) / 64, 32, dtype)
