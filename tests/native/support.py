"""Programs of hand-written kernels, put together as scripts for ttnn do it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

import ttlang.host as ttnn

KERNELS = Path(__file__).parent / "kernels"
DATA_MOVEMENT = (ttnn.ReaderConfigDescriptor, ttnn.WriterConfigDescriptor)


def cores(*ranges: tuple[int, int, int, int]) -> Any:
    """Ranges of (first column, first row, last column, last row)."""
    return ttnn.CoreRangeSet([ttnn.CoreRange(ttnn.CoreCoord(a, b), ttnn.CoreCoord(c, d)) for a, b, c, d in ranges])


ONE = cores((0, 0, 0, 0))


def buffer(index: int, pages: int = 2, dtype: Any = ttnn.bfloat16, where: Any = ONE, page: int = 2048) -> Any:
    form = ttnn.CBFormatDescriptor(buffer_index=index, data_format=dtype, page_size=page)
    return ttnn.CBDescriptor(total_size=pages * page, core_ranges=where, format_descriptors=[form])


def kernel(source: str | Path, config: Any, where: Any = ONE, **more: Any) -> Any:
    """A kernel: a file of `kernels/`, or a text."""
    if isinstance(source, str) and source.endswith(".cpp"):
        source = KERNELS / source
    text = isinstance(source, str)
    kind = ttnn.KernelDescriptor.SourceType
    return ttnn.KernelDescriptor(
        kernel_source=str(source),
        source_type=kind.SOURCE_CODE if text else kind.FILE_PATH,
        core_ranges=where,
        config=config,
        **more,
    )


def tensor(values: torch.Tensor, device: Any, dtype: Any = ttnn.bfloat16, **more: Any) -> Any:
    return ttnn.from_torch(values, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device, **more)


def words(*tensors: Any) -> list[int]:
    return [word for each in tensors for word in ttnn.TensorAccessorArgs(each).get_compile_time_args()]


def run(tensors: Sequence[Any], kernels: Sequence[Any], buffers: Sequence[Any], semaphores: Sequence[Any] = ()) -> Any:
    program = ttnn.ProgramDescriptor(kernels=list(kernels), cbs=list(buffers), semaphores=list(semaphores))
    return ttnn.to_torch(ttnn.generic_op(list(tensors), program))
