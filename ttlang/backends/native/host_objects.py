"""What this folder reads of the objects that `ttnn.generic_op` is given: descriptors, cores and tensors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Protocol, runtime_checkable

from ttlang.machine.tensor_pages import HasPages
from ttlang.tables.dtypes import DType


class Named(Protocol):
    """A member of an enumeration."""

    @property
    def name(self) -> str: ...


class Core(Protocol):
    """A core by its column and row."""

    @property
    def x(self) -> int: ...
    @property
    def y(self) -> int: ...


class CoreRange(Protocol):
    """A rectangle of cores, both corners included."""

    @property
    def start(self) -> Core: ...
    @property
    def end(self) -> Core: ...
    def cores(self) -> Sequence[Core]: ...


class CoreRangeSet(Protocol):
    def ranges(self) -> Sequence[CoreRange]: ...


class OnCores(Protocol):
    """A part of a program."""

    @property
    def core_ranges(self) -> CoreRangeSet: ...


# -------------------------------------------------------------------------------------------------------- programs


class AddressedTensor(Protocol):
    def buffer_address(self) -> int: ...


class CBFormatDescriptor(Protocol):
    @property
    def buffer_index(self) -> int: ...
    @property
    def data_format(self) -> object: ...
    @property
    def page_size(self) -> int: ...


class CBDescriptor(OnCores, Protocol):
    @property
    def total_size(self) -> int: ...
    @property
    def format_descriptors(self) -> Sequence[CBFormatDescriptor]: ...
    @property
    def tensor(self) -> AddressedTensor | None: ...
    @property
    def address_offset(self) -> int: ...


class SemaphoreDescriptor(OnCores, Protocol):
    @property
    def id(self) -> int: ...
    @property
    def initial_value(self) -> int: ...


class NumberedNoc(Protocol):
    @property
    def value(self) -> int: ...


@runtime_checkable
class DataMovementConfig(Protocol):
    @property
    def processor(self) -> Named: ...
    @property
    def noc(self) -> NumberedNoc: ...


class ComputeConfig(Protocol):
    @property
    def math_fidelity(self) -> Named: ...
    @property
    def math_approx_mode(self) -> bool: ...
    @property
    def fp32_dest_acc_en(self) -> bool: ...
    @property
    def dst_full_sync_en(self) -> bool: ...
    @property
    def bfp8_pack_precise(self) -> bool: ...
    @property
    def unpack_to_dest_mode(self) -> Sequence[Named]: ...


class KernelDescriptor(OnCores, Protocol):
    @property
    def kernel_source(self) -> str: ...
    @property
    def source_type(self) -> Named: ...
    @property
    def compile_time_args(self) -> Sequence[int]: ...
    @property
    def named_compile_time_args(self) -> Sequence[tuple[str, int]]: ...
    @property
    def defines(self) -> Sequence[tuple[str, str]]: ...
    @property
    def runtime_args(self) -> Iterable[tuple[Core, Sequence[int]]]: ...
    @property
    def common_runtime_args(self) -> Sequence[int]: ...
    @property
    def config(self) -> object: ...


class ProgramDescriptor(Protocol):
    @property
    def kernels(self) -> Sequence[KernelDescriptor]: ...
    @property
    def semaphores(self) -> Sequence[SemaphoreDescriptor]: ...
    @property
    def cbs(self) -> Sequence[CBDescriptor]: ...


# --------------------------------------------------------------------------------------------------------- tensors


class ShardSpec(Protocol):
    @property
    def grid(self) -> CoreRangeSet: ...
    @property
    def shape(self) -> Sequence[int]: ...
    @property
    def orientation(self) -> Named: ...


class MemoryConfig(Protocol):
    @property
    def buffer_type(self) -> Named: ...
    @property
    def memory_layout(self) -> Named: ...
    @property
    def shard_spec(self) -> ShardSpec | None: ...


class TensorSpec(Protocol):
    @property
    def row(self) -> DType: ...
    @cached_property
    def page_shape(self) -> tuple[int, int]: ...
    @cached_property
    def padded_shape(self) -> Sequence[int]: ...
    @property
    def layout(self) -> Named: ...
    @property
    def memory_config(self) -> MemoryConfig: ...


class DeviceTensor(HasPages, Protocol):
    @property
    def spec(self) -> TensorSpec: ...
    def buffer_address(self) -> int: ...
    def buffer_aligned_page_size(self) -> int: ...
