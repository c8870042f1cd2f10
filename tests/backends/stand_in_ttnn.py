"""
A stand-in for ttnn on a machine with a card, that notes what `generic_op` is given. The descriptors are the host
library's, which refuse what ttnn's refuse; its tensors are no more than an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import ttlang.host as host
from ttlang.host.types import DataType

_SHARED = (
    *("CoreCoord", "CoreRange", "CoreRangeSet", "CBFormatDescriptor", "CBDescriptor", "ReaderConfigDescriptor"),
    *("WriterConfigDescriptor", "ComputeConfigDescriptor", "KernelDescriptor", "ProgramDescriptor", "MathFidelity"),
    *("SemaphoreDescriptor", "UnpackToDestMode"),
)


@dataclass(eq=False)
class Tensor:
    """A tensor on the device, interleaved."""

    name: str
    address: int
    page_bytes: int = 2048
    in_dram: bool = True

    def buffer_address(self) -> int:
        return self.address


@dataclass
class TensorAccessorArgs:
    tensor: Tensor

    def __post_init__(self) -> None:
        assert isinstance(self.tensor, Tensor)

    def get_compile_time_args(self) -> list[int]:
        return [2 if self.tensor.in_dram else 0, self.tensor.page_bytes]


class Device:
    is_open = True


def make_module() -> ModuleType:
    """The module `ttnn`; what `generic_op` was given stands in its `calls`, tensors from torch in `made`."""
    module: Any = ModuleType("ttnn")
    for name in _SHARED:
        setattr(module, name, getattr(host, name))
    module.Tensor, module.TensorAccessorArgs = Tensor, TensorAccessorArgs
    for dtype in DataType:
        setattr(module, dtype.value.ttnn, dtype)
    module.calls, module.made = [], []
    module.TILE_LAYOUT, module.DRAM_MEMORY_CONFIG, module.L1_MEMORY_CONFIG = "tile", "dram", "l1"
    device = Device()

    def generic_op(io_tensors: list[Tensor], program_descriptor: host.ProgramDescriptor) -> Tensor:
        if len(io_tensors) < 2:
            raise RuntimeError("generic_op takes an input and an output tensor at least")
        for tensor in io_tensors:
            assert isinstance(tensor, Tensor)
        assert isinstance(program_descriptor, host.ProgramDescriptor)
        module.calls.append((io_tensors, program_descriptor))
        return io_tensors[-1]

    def open_device(*, device_id: int) -> Device:
        assert device_id == 0
        return device

    def close_device(closed: Device) -> None:
        assert closed is device
        device.is_open = False

    def from_torch(values: Any, *, dtype: DataType, layout: str, device: Device, memory_config: str) -> Tensor:
        assert isinstance(dtype, DataType)
        assert device.is_open
        assert layout == "tile"
        module.made.append((tuple(values.shape), str(values.dtype), dtype, memory_config))
        return Tensor(f"made{len(module.made)}", 4096 * len(module.made))

    def to_torch(tensor: Tensor) -> str:
        return f"<{tensor.name}>"

    for function in (generic_op, open_device, close_device, from_torch, to_torch):
        setattr(module, function.__name__, function)
    module.device = device
    return module
