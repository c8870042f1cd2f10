"""
A stand-in for ttnn that keeps what it is asked for: the host library's own descriptors, which refuse what the real ones
refuse (docs/hardware.md, "Host API"), with tensors that have no more than an address.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import ttlang.host as host


@dataclass(eq=False)
class Device:
    number: int = 0
    is_open: bool = True

    def id(self) -> int:
        return self.number


@dataclass(eq=False)
class Tensor:
    """A tensor on the device, interleaved."""

    name: str
    address: int
    page_bytes: int = 2048
    in_dram: bool = True
    on: Device | None = None

    def buffer_address(self) -> int:
        return self.address

    def device(self) -> Device | None:
        return self.on


@dataclass
class TensorAccessorArgs:
    tensor: Tensor

    def __post_init__(self) -> None:
        assert isinstance(self.tensor, Tensor)

    def get_compile_time_args(self) -> list[int]:
        return [2 if self.tensor.in_dram else 0, self.tensor.page_bytes]


def make_module() -> ModuleType:
    """The module `ttnn`; what `generic_op` was given stands in its `calls`, tensors from torch in `made`."""
    module: Any = ModuleType("ttnn")
    vars(module).update({name: value for name, value in vars(host).items() if not name.startswith("_")})
    module.calls, module.made = [], []
    device = Device()

    def generic_op(io_tensors: list[Tensor], program_descriptor: host.ProgramDescriptor) -> Tensor:
        assert len(io_tensors) >= 2
        assert all(isinstance(tensor, Tensor) for tensor in io_tensors)
        assert isinstance(program_descriptor, host.ProgramDescriptor)
        module.calls.append((io_tensors, copy.deepcopy(program_descriptor)))
        return io_tensors[-1]

    def open_device(*, device_id: int) -> Device:
        assert device_id == 0
        device.is_open = True
        return device

    def close_device(closed: Device) -> None:
        assert closed is device
        device.is_open = False

    def from_torch(
        values: Any, *, dtype: host.DataType, layout: host.Layout, device: Device, memory_config: host.MemoryConfig
    ) -> Tensor:
        assert isinstance(dtype, host.DataType)
        assert isinstance(layout, host.Layout)
        assert isinstance(memory_config, host.MemoryConfig)
        assert device.is_open
        module.made.append((tuple(values.shape), str(values.dtype), dtype, memory_config))
        return Tensor(f"made{len(module.made)}", 4096 * len(module.made), on=device)

    def to_torch(tensor: Tensor) -> str:
        return f"<{tensor.name}>"

    for replacement in (Tensor, TensorAccessorArgs, generic_op, open_device, close_device, from_torch, to_torch):
        setattr(module, replacement.__name__, replacement)
    module.device = device
    return module
