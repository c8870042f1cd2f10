"""
Programs as `ttnn.generic_op` takes them: kernels in C++, circular buffers, semaphores. The classes refuse what ttnn's
refuse, so that a script which runs here runs there (docs/hardware.md, "Host API").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import Field, dataclass, field
from enum import Enum
from typing import Any, ClassVar

from ttlang.host.cores import CoreCoord, CoreRangeSet
from ttlang.host.memory import BufferType
from ttlang.host.tensor import Tensor
from ttlang.host.types import DataType, NamedEnum
from ttlang.tables.chips import CHIPS

__all__ = [
    "NOC",
    "NOC_MODE",
    "CBDescriptor",
    "CBFormatDescriptor",
    "ComputeConfigDescriptor",
    "CoreType",
    "DataMovementConfigDescriptor",
    "DataMovementProcessor",
    "KernelDescriptor",
    "MathFidelity",
    "ProgramDescriptor",
    "ReaderConfigDescriptor",
    "RuntimeArgs",
    "SemaphoreDescriptor",
    "TensorAccessorArgs",
    "UnpackToDestMode",
    "WriterConfigDescriptor",
    "cb_descriptor_from_sharded_tensor",
]

WORD = 2**32


def check_type(value: object, *kinds: type) -> None:
    """Raises the TypeError of a binding for a value of another type; True is no number here."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"incompatible function arguments: {value!r} is no {names}")


def _check_words(values: Any) -> None:
    check_type(values, list, tuple)
    for value in values:
        check_type(value, int)
        if not 0 <= value < WORD:
            raise TypeError(f"incompatible function arguments: {value} is no unsigned 32-bit word")


class MathFidelity(NamedEnum):
    LoFi = 0
    HiFi2 = 2
    HiFi3 = 3
    HiFi4 = 4


class UnpackToDestMode(NamedEnum):
    UnpackToDestFp32 = 0
    Default = 1


class DataMovementProcessor(NamedEnum):
    RISCV_0 = 0
    RISCV_1 = 1


class NOC(Enum):
    """The two networks, and which one a processor takes by default."""

    NOC_0 = 0
    NOC_1 = 1
    RISCV_0_default = 0
    RISCV_1_default = 1


class NOC_MODE(NamedEnum):
    DM_DEDICATED_NOC = 0
    DM_DYNAMIC_NOC = 1


class CoreType(NamedEnum):
    WORKER = 0
    ETH = 1


class _Fixed:
    """A dataclass that takes no attributes beside its own: a mistyped one is an AttributeError."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __setattr__(self, name: str, value: object) -> None:
        if name not in self.__dataclass_fields__:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        super().__setattr__(name, value)


@dataclass
class CBFormatDescriptor(_Fixed):
    """What a circular buffer's pages are."""

    buffer_index: int
    data_format: DataType
    page_size: int
    tile: Any = None

    def __post_init__(self) -> None:
        check_type(self.buffer_index, int)
        check_type(self.data_format, DataType)
        check_type(self.page_size, int)
        if self.page_size <= 0:
            raise ValueError(f"a page of {self.page_size} bytes")


@dataclass
class CBDescriptor(_Fixed):
    """A circular buffer on some cores; several formats are several buffers in one piece of memory."""

    total_size: int = 0
    core_ranges: CoreRangeSet = field(default_factory=lambda: CoreRangeSet([]))
    format_descriptors: list[CBFormatDescriptor] = field(default_factory=list[CBFormatDescriptor])
    address_offset: int = field(default=0, init=False)
    """Bytes from the start of a tensor's shard, if it lies on one."""
    tensor: Tensor | None = field(default=None, init=False)
    """The tensor that it lies on. ttnn keeps that to itself."""

    def __post_init__(self) -> None:
        check_type(self.total_size, int)
        check_type(self.core_ranges, CoreRangeSet)
        for each in self.format_descriptors:
            check_type(each, CBFormatDescriptor)
            if self.total_size % each.page_size:
                raise ValueError(f"{self.total_size} bytes are no multiple of pages of {each.page_size}")

    def has_buffer(self) -> bool:
        """Whether it lies on a tensor."""
        return self.tensor is not None

    def set_buffer_from_cb(self, other: CBDescriptor) -> None:
        """Lets it lie where another one does."""
        check_type(other, CBDescriptor)
        self.tensor = other.tensor


def cb_descriptor_from_sharded_tensor(
    cb_index: int,
    tensor: Tensor,
    address_offset: int = 0,
    total_size: int = 0,
    core_ranges: CoreRangeSet | None = None,
) -> CBDescriptor:
    """
    A circular buffer that is a part of each core's shard of a tensor in L1: `total_size` bytes from `address_offset`
    on, the whole shard by default. A ValueError where it does not fit.
    """
    check_type(tensor, Tensor)
    spec = tensor.spec
    shard = spec.memory_config.shard_spec
    if shard is None or spec.memory_config.buffer_type is not BufferType.L1:
        raise ValueError("a circular buffer lies on a tensor that is sharded in L1")
    whole = tensor.placement().bytes_per_bank
    size = total_size or whole - address_offset
    if address_offset < 0 or address_offset + size > whole:
        raise ValueError(f"{size} bytes from byte {address_offset} on are more than a shard, which has {whole}")
    made = CBDescriptor(
        total_size=size,
        core_ranges=core_ranges or shard.grid,
        format_descriptors=[
            CBFormatDescriptor(buffer_index=cb_index, data_format=tensor.dtype, page_size=spec.page_bytes)
        ],
    )
    made.tensor, made.address_offset = tensor, address_offset
    return made


@dataclass
class ReaderConfigDescriptor(_Fixed):
    """RISCV_1, on NOC 0."""


@dataclass
class WriterConfigDescriptor(_Fixed):
    """RISCV_0, on NOC 1."""


@dataclass
class DataMovementConfigDescriptor(_Fixed):
    processor: DataMovementProcessor = DataMovementProcessor.RISCV_0
    noc: NOC = NOC.RISCV_0_default
    noc_mode: NOC_MODE = NOC_MODE.DM_DEDICATED_NOC

    def __post_init__(self) -> None:
        check_type(self.processor, DataMovementProcessor)
        check_type(self.noc, NOC)
        check_type(self.noc_mode, NOC_MODE)


@dataclass
class ComputeConfigDescriptor(_Fixed):
    math_fidelity: MathFidelity = MathFidelity.HiFi4
    math_approx_mode: bool = False
    fp32_dest_acc_en: bool = False
    dst_full_sync_en: bool = False
    bfp8_pack_precise: bool = False
    unpack_to_dest_mode: list[UnpackToDestMode] = field(default_factory=list[UnpackToDestMode], init=False)

    def __post_init__(self) -> None:
        check_type(self.math_fidelity, MathFidelity)
        for flag in (self.math_approx_mode, self.fp32_dest_acc_en, self.dst_full_sync_en, self.bfp8_pack_precise):
            check_type(flag, bool)


Config = ReaderConfigDescriptor | WriterConfigDescriptor | DataMovementConfigDescriptor | ComputeConfigDescriptor


class _Column:
    """The arguments of the cores of a column, by their rows."""

    def __init__(self, x: int, values: dict[CoreCoord, list[int]]) -> None:
        self._x, self._values = x, values

    def __getitem__(self, y: int) -> list[int]:
        return self._values.setdefault(CoreCoord(self._x, y), [])

    def __setitem__(self, y: int, values: Sequence[int]) -> None:
        _check_words(values)
        self._values[CoreCoord(self._x, y)] = list(values)


class RuntimeArgs:
    """Runtime arguments of cores: `args[x][y] = [...]`, or `args.append(core, [...])`."""

    def __init__(self, pairs: Iterable[tuple[CoreCoord, Sequence[int]]] = ()) -> None:
        self._values: dict[CoreCoord, list[int]] = {}
        for core, values in pairs:
            self.append(core, values)

    def append(self, core: CoreCoord, values: Sequence[int]) -> None:
        check_type(core, CoreCoord)
        _check_words(values)
        self._values[core] = list(values)

    def get(self, core: CoreCoord) -> list[int]:
        return self._values[core]

    def to_list(self) -> list[tuple[CoreCoord, list[int]]]:
        return list(self._values.items())

    def clear(self) -> None:
        self._values.clear()

    def __getitem__(self, x: int) -> _Column:
        return _Column(x, self._values)

    def __iter__(self) -> Iterator[tuple[CoreCoord, list[int]]]:
        return iter(self._values.items())

    def __len__(self) -> int:
        return len(self._values)


class _SourceType(NamedEnum):
    FILE_PATH = 0
    SOURCE_CODE = 1


@dataclass
class KernelDescriptor(_Fixed):
    """A kernel in C++ on some cores."""

    SourceType: ClassVar[type[_SourceType]] = _SourceType
    kernel_source: str
    source_type: _SourceType = _SourceType.FILE_PATH
    core_ranges: CoreRangeSet = field(kw_only=True)
    compile_time_args: Sequence[int] = field(default_factory=list[int])
    named_compile_time_args: Sequence[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    defines: Sequence[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    runtime_args: RuntimeArgs | Sequence[tuple[CoreCoord, Sequence[int]]] = field(default_factory=RuntimeArgs)
    common_runtime_args: Sequence[int] = field(default_factory=list[int])
    opt_level: Any = None
    config: Config = field(kw_only=True)

    def __post_init__(self) -> None:
        check_type(self.kernel_source, str)
        check_type(self.source_type, _SourceType)
        check_type(self.core_ranges, CoreRangeSet)
        _check_words(self.compile_time_args)
        _check_words(self.common_runtime_args)
        for name, text in self.defines:
            check_type(name, str)
            check_type(text, str)
        for name, word in self.named_compile_time_args:
            check_type(name, str)
            _check_words([word])
        if not isinstance(self.runtime_args, RuntimeArgs):
            self.runtime_args = RuntimeArgs(self.runtime_args)
        for core, _ in self.runtime_args:
            if not self.core_ranges.contains(core):
                raise ValueError(f"runtime arguments for {core!r}, which the kernel does not run on")
        kinds = (ReaderConfigDescriptor, WriterConfigDescriptor, DataMovementConfigDescriptor, ComputeConfigDescriptor)
        check_type(self.config, *kinds)


@dataclass
class SemaphoreDescriptor(_Fixed):
    """A word on some cores, which starts at a value."""

    id: int
    core_type: CoreType = CoreType.WORKER
    core_ranges: CoreRangeSet = field(kw_only=True)
    initial_value: int = field(kw_only=True)

    def __post_init__(self) -> None:
        _check_words([self.id, self.initial_value])
        check_type(self.core_ranges, CoreRangeSet)
        check_type(self.core_type, CoreType)
        if self.id >= max(chip.semaphores for chip in CHIPS.values()):
            raise TypeError(f"there is no semaphore {self.id}")


@dataclass
class ProgramDescriptor(_Fixed):
    kernels: list[KernelDescriptor] = field(default_factory=list[KernelDescriptor])
    semaphores: list[SemaphoreDescriptor] = field(default_factory=list[SemaphoreDescriptor])
    cbs: list[CBDescriptor] = field(default_factory=list[CBDescriptor])
    custom_program_hash: int | None = None

    def __post_init__(self) -> None:
        parts = (
            (self.kernels, KernelDescriptor),
            (self.semaphores, SemaphoreDescriptor),
            (self.cbs, CBDescriptor),
        )
        for each, kind in parts:
            for one in each:
                check_type(one, kind)


class TensorAccessorArgs:
    """What tells a kernel, when it is compiled, where the pages of a tensor lie (docs/hardware.md, "Pages")."""

    _SHARDED, _IN_DRAM = 1, 2

    def __init__(self, tensor: Tensor) -> None:
        check_type(tensor, Tensor)
        self._tensor = tensor

    def get_compile_time_args(self) -> list[int]:
        spec, placed = self._tensor.spec, self._tensor.placement()
        kind = self._IN_DRAM if spec.memory_config.buffer_type is BufferType.DRAM else 0
        shard = spec.memory_config.shard_spec
        if shard is None:
            return [kind, placed.aligned_page_bytes]
        high, wide = spec.page_shape
        shapes = [*spec.page_grid, shard.shape[0] // high, shard.shape[1] // max(wide, 1)]
        banks = [core.x << 8 | core.y for core in placed.cores]
        pairs = [low | upper << 16 for low, upper in zip(banks[::2], [*banks[1::2], 0], strict=False)]
        return [kind | self._SHARDED, placed.aligned_page_bytes, 2, len(banks), *shapes, *pairs]

    def get_common_runtime_args(self) -> list[int]:
        return []
