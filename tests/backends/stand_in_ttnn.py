"""
A stand-in for ttnn: the classes that a runner uses, with the signatures that the releases 0.69 and 0.81 share, which
refuse what the real ones refuse (docs/hardware.md, "Host API").
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from enum import Enum
from types import ModuleType
from typing import Any, ClassVar


def _check(value: object, kind: type | tuple[type, ...]) -> None:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise TypeError(f"incompatible function arguments: {value!r} is no {kind}")


def _check_words(values: object) -> None:
    _check(values, list)
    assert isinstance(values, list)
    for value in values:
        _check(value, int)
        if not 0 <= value < 2**32:
            raise TypeError(f"incompatible function arguments: {value} is no unsigned 32-bit word")


class DataType(Enum):
    bfloat16 = 5
    float32 = 0
    bfloat8_b = 6
    bfloat4_b = 7
    int32 = 8
    uint32 = 24
    uint16 = 9
    uint8 = 30


class MathFidelity(Enum):
    LoFi = 0
    HiFi2 = 2
    HiFi3 = 3
    HiFi4 = 4


class UnpackToDestMode(Enum):
    UnpackToDestFp32 = 0
    Default = 1


@dataclass(frozen=True)
class CoreCoord:
    x: int
    y: int

    def __post_init__(self) -> None:
        _check(self.x, int)
        _check(self.y, int)


@dataclass(frozen=True)
class CoreRange:
    start: CoreCoord
    end: CoreCoord

    def __post_init__(self) -> None:
        _check(self.start, CoreCoord)
        _check(self.end, CoreCoord)


@dataclass(frozen=True)
class CoreRangeSet:
    ranges: list[CoreRange]

    def __post_init__(self) -> None:
        for each in self.ranges:
            _check(each, CoreRange)

    def cores(self) -> list[tuple[int, int]]:
        return [
            (x, y)
            for each in self.ranges
            for y in range(each.start.y, each.end.y + 1)
            for x in range(each.start.x, each.end.x + 1)
        ]


class TensorMemoryLayout(Enum):
    INTERLEAVED = 0
    HEIGHT_SHARDED = 2
    WIDTH_SHARDED = 3
    BLOCK_SHARDED = 4


class BufferType(Enum):
    DRAM = 0
    L1 = 1


class ShardOrientation(Enum):
    ROW_MAJOR = 0
    COL_MAJOR = 1


class Layout(Enum):
    ROW_MAJOR = 0
    TILE = 1


@dataclass(frozen=True)
class ShardSpec:
    grid: CoreRangeSet
    shape: list[int]
    orientation: ShardOrientation

    def __post_init__(self) -> None:
        _check(self.grid, CoreRangeSet)
        _check_words(self.shape)
        assert len(self.shape) == 2
        _check(self.orientation, ShardOrientation)


@dataclass(frozen=True)
class MemoryConfig:
    memory_layout: TensorMemoryLayout = TensorMemoryLayout.INTERLEAVED
    buffer_type: BufferType = BufferType.DRAM
    shard_spec: ShardSpec | None = None

    def __post_init__(self) -> None:
        _check(self.memory_layout, TensorMemoryLayout)
        _check(self.buffer_type, BufferType)
        assert (self.shard_spec is None) == (self.memory_layout is TensorMemoryLayout.INTERLEAVED)


@dataclass
class CBFormatDescriptor:
    buffer_index: int
    data_format: DataType
    page_size: int

    def __post_init__(self) -> None:
        _check(self.buffer_index, int)
        _check(self.data_format, DataType)
        _check(self.page_size, int)


@dataclass
class CBDescriptor:
    total_size: int
    core_ranges: CoreRangeSet
    format_descriptors: list[CBFormatDescriptor]

    def __post_init__(self) -> None:
        _check(self.total_size, int)
        _check(self.core_ranges, CoreRangeSet)
        for each in self.format_descriptors:
            _check(each, CBFormatDescriptor)
            if self.total_size % each.page_size:
                raise ValueError("the total size is no multiple of the page size")


@dataclass
class ReaderConfigDescriptor:
    pass


@dataclass
class WriterConfigDescriptor:
    pass


@dataclass
class ComputeConfigDescriptor:
    math_fidelity: MathFidelity = MathFidelity.HiFi4
    math_approx_mode: bool = False
    fp32_dest_acc_en: bool = False
    dst_full_sync_en: bool = False
    bfp8_pack_precise: bool = False
    unpack_to_dest_mode: list[UnpackToDestMode] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        _check(self.math_fidelity, MathFidelity)
        for flag in (self.math_approx_mode, self.fp32_dest_acc_en, self.dst_full_sync_en, self.bfp8_pack_precise):
            _check(flag, bool)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in self.__dataclass_fields__:
            raise AttributeError(name)
        super().__setattr__(name, value)


class SourceType(Enum):
    FILE_PATH = 0
    SOURCE_CODE = 1


@dataclass
class KernelDescriptor:
    SourceType: ClassVar[type[Enum]] = SourceType
    kernel_source: str
    source_type: Enum = SourceType.FILE_PATH
    core_ranges: CoreRangeSet = field(kw_only=True)
    compile_time_args: list[int] = field(default_factory=list)
    named_compile_time_args: list[tuple[str, int]] = field(default_factory=list)
    defines: list[tuple[str, str]] = field(default_factory=list)
    runtime_args: list[tuple[CoreCoord, list[int]]] = field(default_factory=list)
    common_runtime_args: list[int] = field(default_factory=list)
    opt_level: None = None
    config: ReaderConfigDescriptor | WriterConfigDescriptor | ComputeConfigDescriptor = field(kw_only=True)

    def __post_init__(self) -> None:
        _check(self.kernel_source, str)
        _check(self.source_type, SourceType)
        _check(self.core_ranges, CoreRangeSet)
        _check_words(self.compile_time_args)
        _check_words(self.common_runtime_args)
        for core, words in self.runtime_args:
            _check(core, CoreCoord)
            _check_words(words)
        _check(self.config, (ReaderConfigDescriptor, WriterConfigDescriptor, ComputeConfigDescriptor))

    def __setattr__(self, name: str, value: object) -> None:
        if name not in self.__dataclass_fields__:
            raise AttributeError(name)
        if name == "common_runtime_args":
            _check_words(value)
        super().__setattr__(name, value)


@dataclass
class SemaphoreDescriptor:
    id: int
    core_ranges: CoreRangeSet
    initial_value: int

    def __post_init__(self) -> None:
        _check_words([self.id, self.initial_value])
        _check(self.core_ranges, CoreRangeSet)
        if self.id >= 16:
            raise TypeError(f"there is no semaphore {self.id}")


@dataclass
class ProgramDescriptor:
    kernels: list[KernelDescriptor] = field(default_factory=list)
    semaphores: list[SemaphoreDescriptor] = field(default_factory=list)
    cbs: list[CBDescriptor] = field(default_factory=list)

    def __post_init__(self) -> None:
        parts = (
            (self.kernels, KernelDescriptor),
            (self.semaphores, SemaphoreDescriptor),
            (self.cbs, CBDescriptor),
        )
        for each, kind in parts:
            for one in each:
                _check(one, kind)


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
        _check(self.tensor, Tensor)

    def get_compile_time_args(self) -> list[int]:
        return [2 if self.tensor.in_dram else 0, self.tensor.page_bytes]


def make_module() -> ModuleType:
    """The module `ttnn`; what `generic_op` was given stands in its `calls`, tensors from torch in `made`."""
    module: Any = ModuleType("ttnn")
    for kind in (
        *(CoreCoord, CoreRange, CoreRangeSet, CBFormatDescriptor, CBDescriptor, ReaderConfigDescriptor),
        *(WriterConfigDescriptor, ComputeConfigDescriptor, KernelDescriptor, ProgramDescriptor, TensorAccessorArgs),
        *(MathFidelity, SemaphoreDescriptor, UnpackToDestMode, Tensor, TensorMemoryLayout, BufferType),
        *(ShardOrientation, ShardSpec, MemoryConfig),
    ):
        setattr(module, kind.__name__, kind)
    for dtype in DataType:
        setattr(module, dtype.name, dtype)
    module.calls, module.made = [], []
    module.TILE_LAYOUT, module.ROW_MAJOR_LAYOUT = Layout.TILE, Layout.ROW_MAJOR
    module.DRAM_MEMORY_CONFIG, module.L1_MEMORY_CONFIG = MemoryConfig(), MemoryConfig(buffer_type=BufferType.L1)
    device = Device()

    def generic_op(io_tensors: list[Tensor], program_descriptor: ProgramDescriptor) -> Tensor:
        if len(io_tensors) < 2:
            raise RuntimeError("generic_op takes an input and an output tensor at least")
        for tensor in io_tensors:
            _check(tensor, Tensor)
        _check(program_descriptor, ProgramDescriptor)
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
        values: Any, *, dtype: DataType, layout: Layout, device: Device, memory_config: MemoryConfig
    ) -> Tensor:
        _check(dtype, DataType)
        _check(layout, Layout)
        _check(memory_config, MemoryConfig)
        assert device.is_open
        module.made.append((tuple(values.shape), str(values.dtype), dtype, memory_config))
        return Tensor(f"made{len(module.made)}", 4096 * len(module.made), on=device)

    def to_torch(tensor: Tensor) -> str:
        return f"<{tensor.name}>"

    for function in (generic_op, open_device, close_device, from_torch, to_torch):
        setattr(module, function.__name__, function)
    module.device = device
    return module
