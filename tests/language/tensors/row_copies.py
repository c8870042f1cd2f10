"""Kernels that copy parts of row-major tensors, and how they are run."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

import torch

from ttlang import ttnn

Load = Callable[[str], Any]

COPY = """
from ttlang import ttl

@ttl.kernel(grid={grid})
def kernel(x, out):
    cb = ttl.make_circular_buffer_like(x, shape={block}, buffer_factor={blocks})

    @ttl.datamovement()
    def read():
        {before}
        for {loop}:
            with cb.reserve() as block:
                ttl.copy(x[{source}], block).wait()

    @ttl.datamovement()
    def write():
        {before}
        for {loop}:
            with cb.wait() as block:
                ttl.copy(block, out[{target}]).wait()
"""

CAST: dict[Any, Any] = {ttnn.bfloat16: torch.bfloat16, ttnn.float32: torch.float32, ttnn.int32: torch.int32}
CAST |= {ttnn.uint16: torch.int32, ttnn.uint8: torch.uint8, ttnn.uint32: torch.int64}


def values_of(shape: tuple[int, ...], dtype: Any) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randint(0, 200, shape).to(CAST[dtype])


def tensor(values: torch.Tensor, dtype: Any, memory: Any = ttnn.DRAM_MEMORY_CONFIG, layout: Any = None) -> Any:
    device = ttnn.open_device(device_id=0)
    return ttnn.from_torch(
        values, dtype=dtype, layout=layout or ttnn.ROW_MAJOR_LAYOUT, device=device, memory_config=memory
    )


def run(
    load: Load,
    shape: tuple[int, ...],
    block: tuple[int, ...],
    loop: str,
    source: str,
    target: str,
    *,
    out_shape: tuple[int, ...] = (),
    before: str = "",
    dtype: Any = ttnn.bfloat16,
    grid: tuple[int, int] = (1, 1),
    blocks: int = 2,
    memory: Any = ttnn.DRAM_MEMORY_CONFIG,
    out_memory: Any = None,
) -> tuple[Any, torch.Tensor, torch.Tensor]:
    """The kernel with its tensors, the input and the output."""
    x = values_of(shape, dtype)
    tensors = [
        tensor(x, dtype, memory),
        tensor(torch.zeros(out_shape or shape, dtype=x.dtype), dtype, out_memory or memory),
    ]
    text = COPY.format(block=block, grid=grid, blocks=blocks, loop=loop, source=source, target=target, before=before)
    kernel = load(text).kernel
    kernel(*tensors)
    return Namespace(kernel=kernel, tensors=tensors), x, ttnn.to_torch(tensors[1]).to(x.dtype)


def height_sharded(rows: int, width: int, cores: int) -> Any:
    grid = ttnn.CoreRangeSet([ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(cores - 1, 0))])
    spec = ttnn.ShardSpec(grid, [rows, width], ttnn.ShardOrientation.ROW_MAJOR)
    return ttnn.MemoryConfig(ttnn.TensorMemoryLayout.HEIGHT_SHARDED, ttnn.BufferType.L1, spec)
