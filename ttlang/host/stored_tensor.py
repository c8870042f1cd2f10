"""The memory of a tensor: its pages on each chip that it is on, and where they lie."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self, SupportsIndex

from ttlang.host.arithmetic import Values
from ttlang.host.codec import Pages, decode_pages, encode_pages
from ttlang.host.device import Device
from ttlang.host.memory import MemoryConfig
from ttlang.host.page_banks import Placement
from ttlang.host.page_memory import PageMemory
from ttlang.host.spec import TensorSpec
from ttlang.host.tensor_description import TensorDescription
from ttlang.host.types import DataType, Layout, Shape, StorageType
from ttlang.host.withheld_values import Reading, passed_on
from ttlang.tables.dtypes import Kind

Number = float | int
_DEALLOCATED = "the tensor has been deallocated"
_ON_SEVERAL = (
    "the tensor is on {0} chips, and each has values of its own: ttnn.to_torch(tensor, mesh_composer=...) puts them "
    "together, ttnn.get_device_tensors(tensor) gives what each has"
)


class StoredTensor(TensorDescription):
    """
    A tensor as what it keeps: on the host, or on a device once it has a place there.

    `pages` is its memory, an array uint8 (num_pages, page_bytes) that a kernel reads and writes in place: one page for
    each tile, or for each row of a row-major tensor (docs/hardware.md, "Pages").

    On a mesh of several chips it has such a memory on each, at the same address; its specification is that of one chip.
    """

    def __init__(
        self, spec: TensorSpec, pages: Pages | PageMemory, device: Device | None = None, pad_value: Number = 0.0
    ) -> None:
        if not isinstance(spec, TensorSpec):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("make tensors with ttnn.from_torch, ttnn.from_numpy, ttnn.zeros or another such function")
        self._spec = spec
        self._pad_value = float(pad_value)
        memory = pages if isinstance(pages, PageMemory) else PageMemory.of(pages)
        self._memories: list[PageMemory] | None = [memory]
        """For each chip."""
        self._layout_is_open = False
        self._whole: Self | None = None
        """The tensor that this one is the part of on a chip."""
        self._withheld = passed_on()
        self._used: Callable[[], object] | None = None
        self._device: Device | None = None
        self._address = 0
        self._release: Callable[[], object] | None = None
        if device is not None:
            self.attach(device)

    @classmethod
    def from_values(
        cls,
        values: Values,
        dtype: DataType,
        layout: Layout | None,
        device: Device | None = None,
        memory_config: MemoryConfig | None = None,
        pad_value: Number = 0.0,
    ) -> Self:
        """
        A tensor of an array's shape and values, rounded to `dtype` (see `codec.cast`). Whoever makes it need not say a
        layout: it is row-major then, until it is known better (`lay_out`); a block format exists in tiles alone.
        """
        spec = _spec_of(values.shape, dtype, layout, memory_config)
        tensor = cls(spec, encode_pages(values, spec, pad_value), device, pad_value)
        tensor._layout_is_open = layout is None
        return tensor

    @classmethod
    def from_maker(
        cls,
        shape: Iterable[int],
        make: Callable[[], Values],
        dtype: DataType,
        layout: Layout | None,
        device: Device | None = None,
        memory_config: MemoryConfig | None = None,
    ) -> Self:
        """
        The same of the values that `make` returns, of that shape and the same whenever it is called: it is called when
        somebody reads the tensor.
        """
        spec = _spec_of(shape, dtype, layout, memory_config)
        tensor = cls(spec, PageMemory(lambda: encode_pages(make(), spec)), device)
        tensor._layout_is_open = layout is None
        return tensor

    @classmethod
    def of_parts(cls, parts: Sequence[Self], device: Device | None = None) -> Self:
        """
        A tensor for a mesh of several chips, on the host unless the mesh is given: what it is on each, whose memory it
        shares. A ValueError unless the parts have one shape, type, layout and memory.
        """
        first = parts[0]
        for part in parts:
            if part.spec != first.spec:
                raise ValueError(
                    f"the parts of a tensor on several chips are alike; {part.spec!r} is not {first.spec!r}"
                )
        tensor = cls(first.spec, first._memory, pad_value=first.pad_value)
        tensor._memories = [part._memory for part in parts]
        tensor._layout_is_open = first._layout_is_open
        tensor._withheld = next((part._withheld for part in parts if part._withheld is not None), None)
        if device is not None:
            tensor.attach(device)
        return tensor

    def attach(self, device: Device) -> None:
        """
        Gives this very tensor a place on a device, without a copy; on a mesh, each chip gets what is its own, or a copy
        of a tensor that has no parts. Nothing happens if it is there already.
        """
        if self._device is device:
            return
        if self._device is not None:
            raise ValueError(f"the tensor is on {self._device!r}; to_device copies it to another")
        if not isinstance(device, Device):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a device is what ttnn.open_device gives, not {device!r}")
        self._memories = self._memories_for(device.num_chips)
        address = device.allocate(self._spec)
        self._device, self._address = device, address
        release = weakref.finalize(self, device.free, address, self._spec.memory_config.buffer_type)
        release.atexit = False
        self._release = release

    def lay_out(self) -> None:
        """
        Puts a tensor on the host into tiles, if its maker has not said its layout: for a kernel that takes such
        tensors, which computes in tiles. Nothing happens to others.
        """
        if not self._layout_is_open or self._device is not None or self.layout is Layout.TILE:
            return
        spec = TensorSpec(self.shape, self.dtype, Layout.TILE, memory_config=self.memory_config())
        self._memories = [part.copy_as(spec)._memory for part in self.parts]
        self._spec = spec

    @property
    def pages(self) -> Pages:
        """
        The tensor's memory. A RuntimeError once the tensor is deallocated or its device closed; see `withhold`, too.
        """
        self._check_computed()
        return self._memory.pages

    @property
    def memory(self) -> PageMemory:
        """Of its first chip; it holds whatever stands in for values that are yet to be computed."""
        return self._all_memories[0]

    def _check_computed(self) -> None:
        self.tell_use()
        if self._withheld is not None and passed_on() is None:
            self._withheld()

    @property
    def _memory(self) -> PageMemory:
        memories = self._all_memories
        if len(memories) > 1:
            raise ValueError(_ON_SEVERAL.format(len(memories)))
        return memories[0]

    @property
    def _all_memories(self) -> list[PageMemory]:
        if self._memories is None:
            raise RuntimeError(_DEALLOCATED)
        if self._device is not None:
            self._device.check_open()
        return self._memories

    def _memories_for(self, chips: int) -> list[PageMemory]:
        memories = self._all_memories
        if len(memories) == chips:
            return memories
        if len(memories) > 1:
            raise ValueError(f"the tensor has parts for {len(memories)} chips, and the device has {chips}")
        return [memories[0], *(memories[0].copy() for _ in range(chips - 1))]

    @property
    def num_chips(self) -> int:
        """On how many chips it is, or is to be."""
        return 1 if self._memories is None else len(self._memories)

    @property
    def parts(self) -> list[Self]:
        """For each chip what the tensor is on it: a tensor on the host that shares its memory."""
        parts = [type(self)(self._spec, memory, pad_value=self._pad_value) for memory in self._all_memories]
        for part in parts:
            part._whole, part._withheld, part._used = self, self._withheld, self._used
        return parts

    def gathered(self, parts: Sequence[Self]) -> Self:
        """The tensor that has these parts, where this one is; the very tensor if they are all the parts of one."""
        whole = parts[0]._whole
        if whole is not None and all(part._whole is whole for part in parts):
            return whole
        return self.of_parts(parts, self._device)

    @property
    def values(self) -> Values:
        """
        A copy of its values, in its shape: float32 for float and block formats, else the format's own integer type.
        """
        return decode_pages(self.pages, self._spec)

    def withhold(self, reading: Reading) -> None:
        """
        Says that its values are yet to be computed: whoever reads them calls `reading`, until all are replaced by
        `write` or `overwrite`. So kernels that are only compiled leave nothing behind that looks like a result.
        Operations pass this on to what they make of it (`passing_on`).
        """
        self._withheld = reading

    def stand_in(self) -> Self:
        """Another one of the same description and memory, which holds no place on the device: this one may leave it."""
        other = object.__new__(type(self))
        vars(other).update(vars(self), _release=None, _used=None)
        return other

    def watch(self, used: Callable[[], object]) -> None:
        """From now on `used` is called when its values, or whether they are there, make a difference to the host."""
        self._used = used

    def tell_use(self) -> None:
        """Values are about to be read, or to be computed from it."""
        if self._used is not None:
            self._used()

    @property
    def withheld(self) -> Reading | None:
        """What reading it calls, if its values are yet to be computed."""
        return self._withheld

    def overwrite(self, pages: Pages) -> None:
        """Replaces its memory by the same number of bytes."""
        self._memory.pages.reshape(-1)[:] = pages.reshape(-1)
        self._withheld = passed_on()
        if self._whole is not None:
            self._whole._withheld = self._withheld

    def write(self, values: Values) -> None:
        """Replaces all values; the array has the tensor's shape."""
        if values.shape != tuple(self.shape):
            raise ValueError(f"values of shape {list(values.shape)} do not fill a tensor of shape {list(self.shape)}")
        self.overwrite(encode_pages(values, self._spec, self._pad_value))

    def __bool__(self) -> bool:
        """True, as of any object. Of one that is yet to be computed, it is asked in the hope of its values."""
        if self._withheld is not None:
            self._withheld()
        return True

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        """As of any object. A copy of one that is yet to be computed, or its bytes in a file, would have values."""
        if self._withheld is not None:
            self._withheld()
        return super().__reduce_ex__(protocol)

    @property
    def pad_value(self) -> float:
        """What it was padded with to whole tiles when it was made. What kernels write there, it does not know."""
        return self._pad_value

    def copy_as(self, spec: TensorSpec) -> Self:
        """A copy on the host, in the layout and memory of a specification of the same shape and type."""
        self._check_computed()
        memory = self._memory.encoded_as(self._spec, spec, self._pad_value)
        return type(self)(spec, memory, pad_value=self._pad_value)

    # Where it is

    def device(self) -> Device | None:
        return self._device

    def storage_type(self) -> StorageType:
        return StorageType.HOST if self._device is None else StorageType.DEVICE

    def is_allocated(self) -> bool:
        return self._memories is not None and (self._device is None or self._device.is_open)

    def buffer_address(self) -> int:
        """The address that its buffer has in every bank. A RuntimeError for a tensor on the host."""
        self._on_device()
        return self._address

    def placement(self) -> Placement:
        """Bank and offset of each page. A RuntimeError for a tensor on the host."""
        return self._on_device().place(self._spec)

    def buffer_aligned_page_size(self) -> int:
        """Bytes from one page of a bank to the next. A RuntimeError for a tensor on the host."""
        return self.placement().aligned_page_bytes

    def deallocate(self, force: bool = True) -> None:
        """Gives up its memory; the tensor can no longer be read. Doing so again does nothing."""
        self._memories = None
        if self._release:
            self._release()

    def _on_device(self) -> Device:
        if self._device is None:
            raise RuntimeError("the tensor is on the host and has no address; to_device(tensor, device) places it")
        if self._memories is None:
            raise RuntimeError(_DEALLOCATED)
        self._device.check_open()
        return self._device


def _spec_of(
    shape: Iterable[int], dtype: DataType, layout: Layout | None, memory_config: MemoryConfig | None
) -> TensorSpec:
    usual = Layout.TILE if dtype.value.kind is Kind.BLOCK_FLOAT else Layout.ROW_MAJOR
    return TensorSpec(Shape(shape), dtype, layout or usual, memory_config=memory_config or MemoryConfig())
