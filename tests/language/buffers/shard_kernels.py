"""Kernels with buffers on sharded tensors, as text, and the tensors that they are called with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ttlang import ttnn
from ttlang.host import Device, Tensor, from_numpy
from ttlang.tables.dtypes import BF16, DType

SCALED = """
from ttlang import ttl

@ttl.{decorator}(grid={grid})
def kernel(x, w, out):
    {x_made}
    w_dfb = ttl.make_tensor_backed_dfb(w, shape={shape}{w_more})
    out_dfb = ttl.make_tensor_backed_dfb(out, shape={shape}, block_count={blocks})

    @ttl.datamovement()
    def publish():
        {published}

    @ttl.compute()
    def compute():
        with w_dfb.wait() as wv:
            for _ in range({blocks}):
                with x_dfb.wait() as xv, out_dfb.reserve() as o:
                    o.store(xv * wv)
"""


def scaled(
    *,
    decorator: str = "operation",
    grid: tuple[int, int] = (2, 2),
    shape: tuple[int, int] = (1, 2),
    blocks: int = 2,
    w_more: str = "",
    x_made: str = "",
    published: str = "x_dfb.publish(); w_dfb.publish()",
) -> str:
    """Multiplies the blocks of x on each core by one block of w; all lie in the shards, as does the result."""
    x_made = x_made or f"x_dfb = ttl.make_tensor_backed_dfb(x, shape={shape}, block_count={blocks})"
    return SCALED.format(
        decorator=decorator,
        grid=grid,
        shape=shape,
        blocks=blocks,
        w_more=w_more,
        x_made=x_made,
        published=published,
    )


def sharded(
    device: Device,
    values: np.ndarray,
    shard: Sequence[int],
    *,
    sharding: str = "HEIGHT",
    last: tuple[int, int] = (1, 1),
    columns_first: bool = False,
    dtype: DType = BF16,
    buffer: str = "L1",
) -> Tensor:
    """A tiled tensor in shards of so many tiles, on the cores from (0, 0) to `last`."""
    cores = ttnn.CoreRangeSet([ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(*last))])
    orientation = ttnn.ShardOrientation.COL_MAJOR if columns_first else ttnn.ShardOrientation.ROW_MAJOR
    spec = ttnn.ShardSpec(cores, [32 * size for size in shard], orientation)
    layout = getattr(ttnn.TensorMemoryLayout, f"{sharding}_SHARDED")
    config = ttnn.MemoryConfig(layout, getattr(ttnn.BufferType, buffer), spec)
    return from_numpy(values, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device, memory_config=config)
