"""The tensor: its pages as a kernel reads and writes them, and how scripts look at it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from ttlang.host.arithmetic import Operand, Scalar, Values, evaluate, matmul
from ttlang.host.codec import Pages, decode_pages, encode_pages
from ttlang.host.device import Device
from ttlang.host.each_chip import tensor_operation
from ttlang.host.memory import MemoryConfig
from ttlang.host.page_banks import Placement
from ttlang.host.spec import TensorSpec
from ttlang.host.torch_bridge import numpy_to_torch
from ttlang.host.types import DataType, Layout, Shape, StorageType, Tile
from ttlang.host.withheld_values import Reading, passed_on, passing_on
from ttlang.tables.dtypes import DType, Kind
from ttlang.tables.functions import BY_NAME

if TYPE_CHECKING:
    import torch

__all__ = [
    "Tensor",
]


Number = float | int
_DEALLOCATED = "the tensor has been deallocated"
_ON_SEVERAL = (
    "the tensor is on {0} chips, and each has values of its own: ttnn.to_torch(tensor, mesh_composer=...) puts them "
    "together, ttnn.get_device_tensors(tensor) gives what each has"
)


def _operator(function: str) -> Callable[[Tensor, Tensor | Scalar], Tensor]:
    """The operator that applies a row of `ttlang.tables.functions` to a tensor and a tensor or number."""

    def operator(self: Tensor, other: Tensor | Scalar) -> Tensor:
        return self.combine(function, self, other) if is_operand(other) else NotImplemented

    return operator


def _reflected(function: str) -> Callable[[Tensor, Tensor | Scalar], Tensor]:
    """The operator for a number on the left."""

    def operator(self: Tensor, other: Tensor | Scalar) -> Tensor:
        return self.combine(function, other, self) if is_operand(other) else NotImplemented

    return operator


_equal, _unequal = _operator("eq"), _operator("ne")


def is_operand(value: object) -> bool:
    """Whether it can stand in an elementwise operation: a tensor or a number."""
    return isinstance(value, (Tensor, int, float, np.number))


class Tensor:
    """
    A tensor on the host, or on a device once it has a place there. `from_torch`, `from_numpy` and the creation
    functions make them.

    `pages` is its memory, an array uint8 (num_pages, page_bytes) that a kernel reads and writes in place: one page for
    each tile, or for each row of a row-major tensor (docs/hardware.md, "Pages").

    On a mesh of several chips it has such a memory on each, at the same address; shape, and all else that is asked of
    it, is that of one chip. Operations compute on each chip by itself.
    """

    def __init__(self, spec: TensorSpec, pages: Pages, device: Device | None = None, pad_value: Number = 0.0) -> None:
        if not isinstance(spec, TensorSpec):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("make tensors with ttnn.from_torch, ttnn.from_numpy, ttnn.zeros or another such function")
        self._spec = spec
        self._pad_value = float(pad_value)
        self._memories: list[Pages] | None = [np.ascontiguousarray(pages)]
        """For each chip."""
        self._layout_is_open = False
        self._whole: Tensor | None = None
        """The tensor that this one is the part of on a chip."""
        self._withheld = passed_on()
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
    ) -> Tensor:
        """
        A tensor of an array's shape and values, rounded to `dtype` (see `codec.cast`). Whoever makes it need not say a
        layout: it is row-major then, until it is known better (`lay_out`); a block format exists in tiles alone.
        """
        usual = Layout.TILE if dtype.value.kind is Kind.BLOCK_FLOAT else Layout.ROW_MAJOR
        spec = TensorSpec(Shape(values.shape), dtype, layout or usual, memory_config=memory_config or MemoryConfig())
        tensor = cls(spec, encode_pages(values, spec, pad_value), device, pad_value)
        tensor._layout_is_open = layout is None
        return tensor

    @classmethod
    def of_parts(cls, parts: Sequence[Tensor]) -> Tensor:
        """
        A tensor on the host for a mesh of several chips: what it is on each, whose memory it shares. A ValueError
        unless they have one shape, type, layout and memory.
        """
        first = parts[0]
        for part in parts:
            if part.spec != first.spec:
                raise ValueError(
                    f"the parts of a tensor on several chips are alike; {part.spec!r} is not {first.spec!r}"
                )
        tensor = cls(first.spec, first._memory, pad_value=first.pad_value)
        tensor._memories = [part._memory for part in parts]
        tensor._withheld = next((part._withheld for part in parts if part._withheld is not None), None)
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
        self._memories = [part._copy_as(spec)._memory for part in self.parts]
        self._spec = spec

    @property
    def pages(self) -> Pages:
        """
        The tensor's memory. A RuntimeError once the tensor is deallocated or its device closed; see `withhold`, too.
        """
        if self._withheld is not None and passed_on() is None:
            self._withheld()
        return self._memory

    @property
    def _memory(self) -> Pages:
        memories = self._all_memories
        if len(memories) > 1:
            raise ValueError(_ON_SEVERAL.format(len(memories)))
        return memories[0]

    @property
    def _all_memories(self) -> list[Pages]:
        if self._memories is None:
            raise RuntimeError(_DEALLOCATED)
        if self._device is not None:
            self._device.check_open()
        return self._memories

    def _memories_for(self, chips: int) -> list[Pages]:
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
    def parts(self) -> list[Tensor]:
        """For each chip what the tensor is on it: a tensor on the host that shares its memory."""
        parts = [Tensor(self._spec, memory, pad_value=self._pad_value) for memory in self._all_memories]
        for part in parts:
            part._whole, part._withheld = self, self._withheld
        return parts

    def gathered(self, parts: Sequence[Tensor]) -> Tensor:
        """The tensor that has these parts, where this one is; the very tensor if they are all the parts of one."""
        whole = parts[0]._whole
        if whole is not None and all(part._whole is whole for part in parts):
            return whole
        tensor = Tensor.of_parts(parts)
        if self._device is not None:
            tensor.attach(self._device)
        return tensor

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

    @property
    def withheld(self) -> Reading | None:
        """What reading it calls, if its values are yet to be computed."""
        return self._withheld

    def overwrite(self, pages: Pages) -> None:
        """Replaces its memory by the same number of bytes."""
        self._memory.reshape(-1)[:] = pages.reshape(-1)
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

    # What it is

    @property
    def spec(self) -> TensorSpec:
        return self._spec

    @property
    def shape(self) -> Shape:
        """Extents in elements."""
        return self._spec.shape

    @property
    def pad_value(self) -> float:
        """What it was padded with to whole tiles when it was made. What kernels write there, it does not know."""
        return self._pad_value

    @property
    def padded_shape(self) -> Shape:
        """Extents with the padding to whole tiles."""
        return self._spec.padded_shape

    @property
    def dtype(self) -> DataType:
        return self._spec.dtype

    @property
    def row(self) -> DType:
        """The row of its data type in the table of formats."""
        return self._spec.row

    @property
    def layout(self) -> Layout:
        return self._spec.layout

    @property
    def tile(self) -> Tile:
        return Tile()

    def get_dtype(self) -> DataType:
        return self.dtype

    def get_layout(self) -> Layout:
        return self.layout

    def get_tile(self) -> Tile:
        return self.tile

    def memory_config(self) -> MemoryConfig:
        return self._spec.memory_config

    def is_sharded(self) -> bool:
        return self._spec.memory_config.is_sharded()

    def volume(self) -> int:
        """Number of elements, padding not counted."""
        return self.shape.volume

    def logical_volume(self) -> int:
        return self.shape.volume

    def element_size(self) -> int:
        """Bytes of an element. A ValueError for the block formats."""
        return self._spec.row.element_bytes

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

    def buffer_num_pages(self) -> int:
        return self._spec.num_pages

    def buffer_page_size(self) -> int:
        """Bytes of a page, without the padding between pages."""
        return self._spec.page_bytes

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

    # Conversions

    @passing_on
    def copy_to(self, device: Device | None, memory_config: MemoryConfig | None = None) -> Tensor:
        """A copy on a device, or on the host, with the memory configuration of this one unless another is given."""
        spec = TensorSpec(self.shape, self.dtype, self.layout, memory_config=memory_config or self.memory_config())
        copy = Tensor.of_parts([part._copy_as(spec) for part in self.parts])
        if device is not None:
            copy.attach(device)
        return copy

    def _copy_as(self, spec: TensorSpec) -> Tensor:
        same = spec.page_shape == self._spec.page_shape
        pages = self.pages.copy() if same else encode_pages(self.values, spec, self._pad_value)
        return Tensor(spec, pages, pad_value=self._pad_value)

    def cpu(self, blocking: bool = True) -> Tensor:
        """A copy on the host."""
        return self.copy_to(None)

    def to(self, target: Device | Layout, mem_config: MemoryConfig | None = None) -> Tensor:
        """A copy on a device, or in a layout."""
        return self.with_layout(target) if isinstance(target, Layout) else self.copy_to(target, mem_config)

    @tensor_operation
    def with_layout(
        self, layout: Layout, dtype: DataType | None = None, memory_config: MemoryConfig | None = None
    ) -> Tensor:
        """A copy in a layout. A block format becomes bfloat16, which holds all of its values, in ROW_MAJOR_LAYOUT."""
        if dtype is None and layout is Layout.ROW_MAJOR and self.row.kind is Kind.BLOCK_FLOAT:
            dtype = DataType.BFLOAT16
        return self.with_values(self.values, dtype=dtype, layout=layout, memory_config=memory_config)

    def with_values(
        self,
        values: Values,
        *,
        dtype: DataType | None = None,
        layout: Layout | None = None,
        memory_config: MemoryConfig | None = None,
        pad_value: Number = 0.0,
    ) -> Tensor:
        """
        A tensor of other values beside this one: same device, and same type, layout and memory unless given. Where its
        shards do not suit the new shape, the new tensor is interleaved in the same memory.
        """
        dtype, layout = dtype or self.dtype, layout or self.layout
        if memory_config is None:
            same = tuple(values.shape) == tuple(self.shape) and layout is self.layout
            mine = self.memory_config()
            memory_config = mine if same or not mine.is_sharded() else MemoryConfig(buffer_type=mine.buffer_type)
        return Tensor.from_values(values, dtype, layout, self._device, memory_config, pad_value)

    def to_numpy(self) -> Values:
        """Its values in the numpy type of its format (`ml_dtypes.bfloat16` for bfloat16)."""
        return self.values.astype(self._spec.row.numpy_dtype(), copy=False)

    def to_torch(self) -> torch.Tensor:
        """Its values as a torch tensor; `ttnn.to_torch` has more to choose from."""
        return numpy_to_torch(self.to_numpy())

    def to_list(self) -> Any:
        """Its values as nested lists."""
        return self.values.tolist()

    def item(self) -> Number:
        """The value of a tensor of one element. A ValueError for others."""
        if self.volume() != 1:
            raise ValueError(f"item() is for tensors of one element; this one has {self.volume()}")
        return self.values.item()

    @tensor_operation
    def reshape(self, *shape: Any) -> Tensor:
        """The same values in another shape, given as one sequence or as extents; -1 stands for what is left."""
        extents: list[int] = list(shape if len(shape) != 1 or isinstance(shape[0], int) else shape[0])
        try:
            values = self.values.reshape(extents)
        except ValueError:
            raise ValueError(f"a tensor of shape {list(self.shape)} cannot have the shape {extents}") from None
        return self.with_values(values)

    @tensor_operation
    def __getitem__(self, index: Any) -> Tensor:
        """Ints, slices and `...` as in numpy; no other index."""
        entries: list[object] = list(index) if isinstance(index, tuple) else [index]  # pyright: ignore[reportUnknownArgumentType]
        for entry in entries:
            if not isinstance(entry, (int, np.integer, slice, type(...))):
                raise TypeError(f"a tensor is indexed by ints, slices and ..., not by {entry!r}")
        return self.with_values(np.asarray(self.values[index]))

    def __repr__(self) -> str:
        if not self.is_allocated():
            return f"ttnn.Tensor(<deallocated>, shape={self.shape})"
        if self.num_chips > 1:
            what = f"<on {self.num_chips} chips>, shape={self.shape}, dtype={self.dtype}, layout={self.layout}"
            return f"ttnn.Tensor({what})"
        prefix = "ttnn.Tensor("
        text = np.array2string(
            self.values, separator=", ", prefix=prefix, precision=4, floatmode="fixed", threshold=256
        )
        return f"{prefix}{text}, shape={self.shape}, dtype={self.dtype}, layout={self.layout})"

    # Operators: elementwise, but for @. The result has the type, layout and place of the first tensor.

    @tensor_operation
    def combine(self, function: str, *operands: Operand | Tensor) -> Tensor:
        """A row of `ttlang.tables.functions` applied to tensors and numbers, this one's type for the result."""
        arrays = tuple(operand.values if isinstance(operand, Tensor) else operand for operand in operands)
        return self.with_result(evaluate(BY_NAME[function], arrays), function)

    def with_result(self, values: Values, what: str, **more: Any) -> Tensor:
        """`with_values` for the result of an operation. A TypeError for floats in a tensor of integers."""
        dtype: DataType = more.get("dtype") or self.dtype
        if dtype.value.is_integer and values.dtype.kind not in "iub":
            raise TypeError(
                f"{what} of {self.dtype.value} gives floats, which {dtype.value} does not hold; typecast the tensor to "
                "float32 first"
            )
        return self.with_values(values, **more)

    __add__ = _operator("add")
    __radd__ = _reflected("add")
    __sub__ = _operator("sub")
    __rsub__ = _reflected("sub")
    __mul__ = _operator("mul")
    __rmul__ = _reflected("mul")
    __truediv__ = _operator("div")
    __rtruediv__ = _reflected("div")
    __pow__ = _operator("power_binary")
    __rpow__ = _reflected("power_binary")
    __lt__ = _operator("lt")
    __le__ = _operator("le")
    __gt__ = _operator("gt")
    __ge__ = _operator("ge")
    __hash__ = object.__hash__

    # Not assigned: type checkers would have them return bool, as those of `object` do.

    def __eq__(self, other: Tensor | Scalar, /) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _equal(self, other)

    def __ne__(self, other: Tensor | Scalar, /) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _unequal(self, other)

    def __neg__(self) -> Tensor:
        return self.combine("neg", self)

    def __abs__(self) -> Tensor:
        return self.combine("abs", self)

    @tensor_operation
    def __matmul__(self, other: Tensor) -> Tensor:
        return self.with_result(matmul(self.values, other.values), "matmul")
