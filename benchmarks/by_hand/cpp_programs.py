"""Programs of kernels in C++, put together as scripts for ttnn do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ttlang import ttnn

KERNELS = Path(__file__).parent / "kernels"
SIZES = {ttnn.bfloat16: 2048, ttnn.float32: 4096}
"""Bytes of a tile."""

Arguments = Callable[[int, int], Sequence[int]]
"""The runtime arguments of a core, by its column and row."""
Defines = Mapping[str, int]
NO_DEFINES: Defines = {}


class Program:
    """A program that grows; everything is on all of its cores but where a range of them is named."""

    def __init__(self, grid: tuple[int, int], **compute: Any):
        """`compute`: the fields of the compute configuration."""
        self.columns, self.rows = grid
        self.compute_config = ttnn.ComputeConfigDescriptor(**compute)
        self._buffers: list[Any] = []
        self._kernels: list[Any] = []
        self._semaphores: list[Any] = []

    def buffer(self, index: int, tiles: int, dtype: Any = ttnn.bfloat16) -> None:
        """`tiles`: its pages, all together."""
        form = ttnn.CBFormatDescriptor(buffer_index=index, data_format=dtype, page_size=SIZES[dtype])
        made = ttnn.CBDescriptor(
            total_size=tiles * SIZES[dtype], core_ranges=self._cores(None), format_descriptors=[form]
        )
        self._buffers.append(made)

    def semaphore(self, initial: int = 0) -> int:
        """Its number."""
        number = len(self._semaphores)
        made = ttnn.SemaphoreDescriptor(id=number, core_ranges=self._cores(None), initial_value=initial)
        self._semaphores.append(made)
        return number

    def compute(self, file: str, constants: Sequence[int] = (), defines: Defines = NO_DEFINES) -> None:
        self._add(file, self.compute_config, None, constants, (), None, defines)

    def mover(
        self,
        file: str,
        thread: int,
        tensors: Sequence[Any],
        constants: Sequence[int] = (),
        arguments: Arguments | None = None,
        *,
        noc: int | None = None,
        cores: tuple[int, int, int, int] | None = None,
        defines: Defines = NO_DEFINES,
    ) -> None:
        """
        A data movement kernel: `thread` 0 is the reader's processor, which has NOC 0 by default, 1 the writer's. The
        tensors' accessors follow the constants; their addresses are common runtime arguments. `cores`: the first
        column and row, and the last ones.
        """
        processors = ttnn.DataMovementProcessor.RISCV_1, ttnn.DataMovementProcessor.RISCV_0
        nocs = ttnn.NOC.NOC_0, ttnn.NOC.NOC_1
        config = ttnn.DataMovementConfigDescriptor(
            processor=processors[thread], noc=nocs[thread if noc is None else noc]
        )
        self._add(file, config, arguments, constants, tensors, cores, defines)

    def descriptor(self) -> Any:
        return ttnn.ProgramDescriptor(kernels=self._kernels, cbs=self._buffers, semaphores=self._semaphores)

    def _add(
        self,
        file: str,
        config: Any,
        arguments: Arguments | None,
        constants: Sequence[int],
        tensors: Sequence[Any],
        cores: tuple[int, int, int, int] | None,
        defines: Defines,
    ) -> None:
        words = [word for each in tensors for word in ttnn.TensorAccessorArgs(each).get_compile_time_args()]
        first_x, first_y, last_x, last_y = cores or (0, 0, self.columns - 1, self.rows - 1)
        own = ttnn.RuntimeArgs()
        if arguments:
            for y in range(first_y, last_y + 1):
                for x in range(first_x, last_x + 1):
                    own[x][y] = list(arguments(x, y))
        made = ttnn.KernelDescriptor(
            kernel_source=str(KERNELS / file),
            source_type=ttnn.KernelDescriptor.SourceType.FILE_PATH,
            core_ranges=self._cores(cores),
            config=config,
            compile_time_args=[*constants, *words],
            common_runtime_args=[each.buffer_address() for each in tensors],
            runtime_args=own,
            defines=[(name, str(value)) for name, value in defines.items()],
        )
        self._kernels.append(made)

    def _cores(self, cores: tuple[int, int, int, int] | None) -> Any:
        first_x, first_y, last_x, last_y = cores or (0, 0, self.columns - 1, self.rows - 1)
        first, last = ttnn.CoreCoord(first_x, first_y), ttnn.CoreCoord(last_x, last_y)
        return ttnn.CoreRangeSet([ttnn.CoreRange(first, last)])
