"""Programs of hand-written kernels, put together as scripts for ttnn do it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from ttlang.backends.native.generic_op import NativeRun, recording
from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.diagnostics import DiagnosticError

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


def timed(*arguments: Any) -> tuple[torch.Tensor, float]:
    """The result of a program, and the cycles that it takes."""
    runs: list[NativeRun] = []
    with recording(runs.append):
        result = run(*arguments)
    (made,) = runs
    return result, Prediction(made.simulation, made.recorder.finish()).cycles


COMPUTE = ttnn.ComputeConfigDescriptor
READER, WRITER = ttnn.ReaderConfigDescriptor, ttnn.WriterConfigDescriptor
DATA = '#include "api/dataflow/dataflow_api.h"\n'
MATH = "".join(f'#include "api/compute/{name}.h"\n' for name in ("common", "eltwise_binary", "eltwise_unary/exp"))
READ = """
void kernel_main() {
    constexpr auto x_args = TensorAccessorArgs<0>();
    const auto x = TensorAccessor(x_args, get_common_arg_val<uint32_t>(0));
    cb_reserve_back(0, 1);
    noc_async_read_page(0, x, get_write_ptr(0));
    noc_async_read_barrier();
    cb_push_back(0, 1);
}
"""
WRITE = (
    READ.replace("read", "write")
    .replace("cb_reserve_back(0", "cb_wait_front(1")
    .replace("get_write_ptr(0)", "get_read_ptr(1)")
    .replace("cb_push_back(0", "cb_pop_front(1")
)
COPY = """
#include "api/compute/tile_move_copy.h"
void kernel_main() {
    compute_kernel_hw_startup(0, 1);
    copy_tile_init(0);
    cb_wait_front(0, 1);
    cb_reserve_back(1, 1);
    tile_regs_acquire();
    copy_tile(0, 0, 0);
    tile_regs_commit();
    tile_regs_wait();
    pack_tile(0, 1);
    tile_regs_release();
    cb_push_back(1, 1);
    cb_pop_front(0, 1);
}
"""
TWOS = torch.full((32, 32), 2.0)


def parts(
    read: str, compute: str, write: str, device: Any, values: torch.Tensor = TWOS
) -> tuple[list[Any], list[Any], list[Any]]:
    """Tensors, kernels and buffers of a program that takes one tile, by buffer 0, to another, by buffer 1."""
    x, out = tensor(values, device), tensor(torch.zeros(32, 32), device)
    kernels = [
        kernel(DATA + read, READER(), compile_time_args=words(x), common_runtime_args=[x.buffer_address()]),
        kernel(MATH + compute, COMPUTE()),
        kernel(DATA + write, WRITER(), compile_time_args=words(out), common_runtime_args=[out.buffer_address()]),
    ]
    return [x, out], kernels, [buffer(0), buffer(1)]


def two_cores(
    texts: Sequence[str], device: Any, semaphores: int, buffers: Sequence[Any] = ()
) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """A data movement kernel for each of two cores, whose arguments are the virtual place of the other core."""
    both, out, chip = cores((0, 0, 1, 0)), tensor(torch.zeros(32, 32), device), device.chip
    places = [(chip.column_to_virtual[column], chip.row_to_virtual[0]) for column in (1, 0)]
    kernels = [
        kernel(
            text,
            READER(),
            cores((column, 0, column, 0)),
            runtime_args=[(ttnn.CoreCoord(column, 0), list(places[column]))],
        )
        for column, text in enumerate(texts)
    ]
    made = [ttnn.SemaphoreDescriptor(id=i, core_ranges=both, initial_value=0) for i in range(semaphores)]
    return [out, out], kernels, list(buffers), made


def failing(tensors: Sequence[Any], kernels: Sequence[Any], buffers: Sequence[Any], *more: Any) -> tuple[str, str, str]:
    """The code of a run's first finding, its line of C++, and its message."""
    with pytest.raises(DiagnosticError) as found:
        run(tensors, kernels, buffers, *more)
    (first, *_) = found.value.diagnostics
    assert first.span is not None
    return first.code, Path(first.span.file).read_text().split("\n")[first.span.line - 1].strip(), first.message
