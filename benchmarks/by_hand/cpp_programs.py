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
Defines = Mapping[str, int | str]
NO_DEFINES: Defines = {}
NO_NUMBERS: Mapping[str, int] = {}
Range = tuple[int, int, int, int]
"""Cores: the first column and row, and the last ones."""


class Program:
    """A program that grows; everything is on all of its cores but where a range of them is named."""

    def __init__(self, grid: tuple[int, int], **compute: Any):
        """`compute`: the fields of the compute configuration."""
        self.columns, self.rows = grid
        self.compute_config = ttnn.ComputeConfigDescriptor(**compute)
        self._buffers: list[Any] = []
        self._kernels: list[Any] = []
        self._semaphores: list[Any] = []

    def buffer(self, index: int, tiles: int, dtype: Any = ttnn.bfloat16, also: Sequence[int] = ()) -> None:
        """`tiles`: its pages, all together; `also`: others in the same place."""
        forms = [
            ttnn.CBFormatDescriptor(buffer_index=each, data_format=dtype, page_size=SIZES[dtype])
            for each in (index, *also)
        ]
        made = ttnn.CBDescriptor(
            total_size=tiles * SIZES[dtype], core_ranges=self._cores(None), format_descriptors=forms
        )
        self._buffers.append(made)

    def semaphore(self, initial: int = 0) -> int:
        """Its number."""
        number = len(self._semaphores)
        made = ttnn.SemaphoreDescriptor(id=number, core_ranges=self._cores(None), initial_value=initial)
        self._semaphores.append(made)
        return number

    def compute(
        self,
        file: str | Path,
        constants: Sequence[int] = (),
        defines: Defines = NO_DEFINES,
        *,
        arguments: Arguments | None = None,
        named: Mapping[str, int] = NO_NUMBERS,
    ) -> None:
        """`named`: constants that have names."""
        self._add(_in_file(file), self.compute_config, arguments, constants, (), None, defines, named)

    def mover(
        self,
        file: str | Path,
        thread: int,
        tensors: Sequence[Any],
        constants: Sequence[int] = (),
        arguments: Arguments | None = None,
        *,
        noc: int | None = None,
        cores: Range | None = None,
        defines: Defines = NO_DEFINES,
        named: Mapping[str, int] = NO_NUMBERS,
    ) -> None:
        """
        A data movement kernel: `thread` 0 is the reader's processor, which has NOC 0 by default, 1 the writer's. The
        tensors' accessors follow the constants; their addresses are common runtime arguments.
        """
        config = mover_config(thread, noc)
        self._add(_in_file(file), config, arguments, constants, tensors, cores, defines, named)

    def descriptor(self) -> Any:
        return ttnn.ProgramDescriptor(kernels=self._kernels, cbs=self._buffers, semaphores=self._semaphores)

    def _add(
        self,
        source: Mapping[str, Any],
        config: Any,
        arguments: Arguments | None,
        constants: Sequence[int],
        tensors: Sequence[Any],
        cores: Range | None,
        defines: Defines,
        named: Mapping[str, int] = NO_NUMBERS,
    ) -> None:
        words = [word for each in tensors for word in accessor_words(each)]
        first_x, first_y, last_x, last_y = cores or (0, 0, self.columns - 1, self.rows - 1)
        own = ttnn.RuntimeArgs()
        if arguments:
            for y in range(first_y, last_y + 1):
                for x in range(first_x, last_x + 1):
                    own[x][y] = list(arguments(x, y))
        made = ttnn.KernelDescriptor(
            **source,
            core_ranges=self._cores(cores),
            config=config,
            compile_time_args=[*constants, *words],
            named_compile_time_args=list(named.items()),
            common_runtime_args=[each.buffer_address() for each in tensors],
            runtime_args=own,
            defines=[(name, str(value)) for name, value in defines.items()],
        )
        self._kernels.append(made)

    def _cores(self, cores: Range | None) -> Any:
        first_x, first_y, last_x, last_y = cores or (0, 0, self.columns - 1, self.rows - 1)
        first, last = ttnn.CoreCoord(first_x, first_y), ttnn.CoreCoord(last_x, last_y)
        return ttnn.CoreRangeSet([ttnn.CoreRange(first, last)])


def mover_config(thread: int, noc: int | None = None) -> Any:
    processors = ttnn.DataMovementProcessor.RISCV_1, ttnn.DataMovementProcessor.RISCV_0
    nocs = ttnn.NOC.NOC_0, ttnn.NOC.NOC_1
    return ttnn.DataMovementConfigDescriptor(processor=processors[thread], noc=nocs[thread if noc is None else noc])


def accessor_words(tensor: Any) -> list[int]:
    """The constants that describe a tensor to a kernel."""
    return ttnn.TensorAccessorArgs(tensor).get_compile_time_args()


def _in_file(file: str | Path) -> Mapping[str, Any]:
    """One of `KERNELS`, or any by its whole path."""
    return {"kernel_source": str(KERNELS / file), "source_type": ttnn.KernelDescriptor.SourceType.FILE_PATH}
