"""Kernels of sharded tensors of tiles, and how they are run."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

import torch

from ttlang import ttnn

Load = Callable[[str], Any]

TEXT = """
from ttlang import ttl

@ttl.kernel(grid={grid})
def kernel(x, out):
    x_cb = ttl.make_circular_buffer_like(x, shape={block})
    out_cb = ttl.make_circular_buffer_like(out, shape={block})

    @ttl.compute()
    def compute():
        for _ in range({turns}):
            with x_cb.wait() as xv, out_cb.reserve() as o:
                o.store(xv + 1)

    @ttl.datamovement()
    def read():
        for i in range({turns}):
            with x_cb.reserve() as block:
                ttl.copy(x[{source}], block).wait()

    @ttl.datamovement()
    def write():
        for i in range({turns}):
            with out_cb.wait() as block:
                ttl.copy(block, out[{target}]).wait()
"""


def config(
    sharding: str,
    shard: tuple[int, int],
    last: tuple[int, int],
    *,
    columns_first: bool = False,
    buffer: str = "L1",
) -> ttnn.MemoryConfig:
    """Shards of so many tiles on the cores from (0, 0) to `last`."""
    cores = ttnn.CoreRangeSet([ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(*last))])
    orientation = ttnn.ShardOrientation.COL_MAJOR if columns_first else ttnn.ShardOrientation.ROW_MAJOR
    spec = ttnn.ShardSpec(cores, [shard[0] * 32, shard[1] * 32], orientation)
    return ttnn.MemoryConfig(
        getattr(ttnn.TensorMemoryLayout, f"{sharding}_SHARDED"), getattr(ttnn.BufferType, buffer), spec
    )


def run(
    load: Load,
    memory: ttnn.MemoryConfig,
    *,
    shape: tuple[int, ...] = (128, 128),
    block: tuple[int, int] = (2, 2),
    grid: tuple[int, int] = (2, 2),
    source: str = "ttl.core_linear()",
    target: str = "ttl.core_linear()",
    turns: int = 1,
    dtype: Any = ttnn.bfloat16,
    out_memory: ttnn.MemoryConfig | None = None,
) -> tuple[Any, torch.Tensor, torch.Tensor]:
    """The kernel, its input and its output."""
    device = ttnn.open_device(device_id=0)
    torch.manual_seed(0)
    x = torch.randint(-60, 60, shape).float()
    tensors = [
        ttnn.from_torch(values, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device, memory_config=place)
        for values, place in ((x, memory), (torch.zeros(shape), out_memory or memory))
    ]
    kernel = load(TEXT.format(grid=grid, block=block, turns=turns, source=source, target=target)).kernel
    kernel(*tensors)
    return Namespace(kernel=kernel, tensors=tensors), x, ttnn.to_torch(tensors[1]).float()
