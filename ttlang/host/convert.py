"""Tensors from and to torch and numpy, and from one type, layout, memory or device to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ttlang.host.device import Device
from ttlang.host.each_chip import by_chip, check_room, chips_of, tensor_operation
from ttlang.host.memory import MemoryConfig
from ttlang.host.mesh_mappers import MeshToTensor, TensorToMesh
from ttlang.host.page_memory import PageMemory
from ttlang.host.spec import TensorSpec
from ttlang.host.tensor import Tensor
from ttlang.host.torch_bridge import import_torch, is_torch_tensor, numpy_to_torch, torch_to_numpy
from ttlang.host.types import AnyDataType, DataType, Layout, Shape, Tile, to_data_type
from ttlang.host.withheld_values import passing_on

if TYPE_CHECKING:
    import torch

__all__ = [
    "aggregate_tensor",
    "allocate_tensor_on_device",
    "clone",
    "copy",
    "copy_device_to_host_tensor",
    "copy_host_to_device_tensor",
    "deallocate",
    "distribute_tensor",
    "from_device",
    "from_numpy",
    "from_torch",
    "get_device_tensors",
    "get_memory_config",
    "interleaved_to_sharded",
    "is_sharded",
    "sharded_to_interleaved",
    "tilize",
    "tilize_with_zero_padding",
    "to_device",
    "to_dtype",
    "to_layout",
    "to_memory_config",
    "to_numpy",
    "to_torch",
    "typecast",
    "untilize",
]


_DEFAULT_TYPES = {
    "bfloat16": DataType.BFLOAT16,
    "float16": DataType.BFLOAT16,
    "float32": DataType.FLOAT32,
    "float64": DataType.FLOAT32,
    "bool": DataType.UINT8,
    "uint8": DataType.UINT8,
    "int16": DataType.UINT16,
    "uint16": DataType.UINT16,
    "int32": DataType.INT32,
    "uint32": DataType.UINT32,
    "int64": DataType.UINT32,
}
"""The type that a tensor gets from the numpy or torch type of its values, unless one is asked for."""


def from_torch(
    tensor: Any,
    dtype: AnyDataType | None = None,
    *,
    spec: TensorSpec | None = None,
    tile: Tile | None = None,
    pad_value: float | None = None,
    layout: Layout | None = None,
    device: Device | None = None,
    memory_config: MemoryConfig | None = None,
    mesh_mapper: TensorToMesh | None = None,
    cq_id: int | None = None,
) -> Tensor:
    """
    A tensor of the values of a torch tensor, a numpy array or nested lists.

    dtype: by default the type of the values, with bfloat16 for float16, float32 for float64, and the unsigned types
    for bool, int16 and int64. Floats round to nearest even; a float given for an integer loses its fraction.
    layout: by default ROW_MAJOR_LAYOUT, TILE_LAYOUT for the block formats. pad_value: what the padding to whole tiles
    holds, by default 0. device: where to place it; by default it stays on the host. mesh_mapper: what of it each chip
    of a mesh gets; by default all.
    A TypeError for values that are no numbers, a ValueError for a layout or memory that does not suit.
    """
    if is_torch_tensor(tensor):
        values = torch_to_numpy(tensor)
    elif isinstance(tensor, Tensor):
        raise TypeError("the tensor is a ttnn tensor already; use to_layout, typecast or to_device")
    else:
        values = np.asarray(tensor)
    if spec is not None:
        dtype, layout, memory_config = spec.dtype, spec.layout, spec.memory_config
    dtype = _type_for(values) if dtype is None else to_data_type(dtype)
    if tile is not None:
        layout = layout or Layout.TILE
    if mesh_mapper is None:
        return Tensor.from_values(values, dtype, layout, device, memory_config, pad_value or 0.0)
    parts = [
        Tensor.from_values(part, dtype, layout, None, memory_config, pad_value or 0.0)
        for part in mesh_mapper.divided(values)
    ]
    return Tensor.of_parts(parts, device)


def from_numpy(
    array: NDArray[Any],
    dtype: AnyDataType | None = None,
    *,
    layout: Layout | None = None,
    device: Device | None = None,
    memory_config: MemoryConfig | None = None,
) -> Tensor:
    """`from_torch` for a numpy array. This one is an addition to ttnn."""
    return from_torch(array, dtype, layout=layout, device=device, memory_config=memory_config)


def to_torch(
    tensor: Tensor,
    dtype: Any = None,
    *,
    torch_rank: int | None = None,
    mesh_composer: MeshToTensor | None = None,
    device: Device | None = None,
    cq_id: int | None = None,
) -> torch.Tensor:
    """
    A torch tensor of a tensor's values: in the type of the same name, float32 for the block formats, or in the torch
    `dtype` given. torch_rank: leading dimensions of 1 are dropped down to this rank; a ValueError for others.
    mesh_composer: how what the chips of a mesh have becomes one tensor; a ValueError without it, if they are several.
    """
    import_torch()
    if mesh_composer is None:
        values = tensor.to_numpy()
    else:
        values = mesh_composer.joined([part.to_numpy() for part in tensor.parts])
    result = numpy_to_torch(values)
    if torch_rank is not None and result.ndim > torch_rank:
        result = result.reshape(tuple(tensor.shape.to_rank(torch_rank)))
    return result if dtype is None else result.to(dtype)


def to_numpy(tensor: Tensor) -> NDArray[Any]:
    """
    An array of a tensor's values, in the numpy type of the same name (`ml_dtypes.bfloat16` for bfloat16), float32 for
    the block formats. This one is an addition to ttnn.
    """
    return tensor.to_numpy()


@tensor_operation
def to_layout(
    tensor: Tensor, layout: Layout, dtype: DataType | None = None, memory_config: MemoryConfig | None = None
) -> Tensor:
    """The tensor in a layout; itself if that changes nothing. A block format becomes bfloat16 in ROW_MAJOR_LAYOUT."""
    same_type = dtype is None or dtype is tensor.dtype
    if layout is tensor.layout and same_type and memory_config in (None, tensor.memory_config()):
        return tensor
    return tensor.with_layout(layout, dtype, memory_config)


@tensor_operation
def tilize(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    dtype: DataType | None = None,
    use_multicore: bool = True,
) -> Tensor:
    """The tensor in TILE_LAYOUT. A ValueError unless its last two dimensions are multiples of 32."""
    result = input_tensor.with_layout(Layout.TILE, dtype, memory_config)
    if result.padded_shape != result.shape:
        raise ValueError(
            f"tilize needs multiples of 32 in the last two dimensions of {list(input_tensor.shape)}; "
            "tilize_with_zero_padding or to_layout pad them"
        )
    return result


@tensor_operation
def tilize_with_zero_padding(
    input_tensor: Tensor,
    *,
    memory_config: MemoryConfig | None = None,
    dtype: DataType | None = None,
    use_multicore: bool = True,
) -> Tensor:
    """The tensor in TILE_LAYOUT, its last tiles filled up with zeros."""
    return input_tensor.with_layout(Layout.TILE, dtype, memory_config)


@tensor_operation
def untilize(input_tensor: Tensor, *, memory_config: MemoryConfig | None = None, use_multicore: bool = True) -> Tensor:
    """The tensor in ROW_MAJOR_LAYOUT; a block format becomes bfloat16."""
    return input_tensor.with_layout(Layout.ROW_MAJOR, None, memory_config)


@tensor_operation
def typecast(
    input_tensor: Tensor,
    dtype: AnyDataType,
    output_dtype: AnyDataType | None = None,
    *,
    memory_config: MemoryConfig | None = None,
    output_tensor: Tensor | None = None,
) -> Tensor:
    """
    The tensor in another type: `dtype`, or `output_dtype` where `dtype` names the present one. Floats round to nearest
    even; to an integer they lose their fraction.
    """
    if output_tensor is not None:
        output_tensor.write(input_tensor.values)
        return output_tensor
    target = to_data_type(dtype if output_dtype is None else output_dtype)
    return input_tensor.with_values(input_tensor.values, dtype=target, memory_config=memory_config)


@tensor_operation
def to_dtype(tensor: Tensor, dtype: AnyDataType) -> Tensor:
    """`typecast`."""
    return typecast(tensor, dtype)


@tensor_operation
def to_memory_config(tensor: Tensor, memory_config: MemoryConfig, dtype: AnyDataType | None = None) -> Tensor:
    """The tensor in a memory configuration; itself if that changes nothing."""
    if dtype is not None and dtype is not tensor.dtype:
        return typecast(tensor, dtype, memory_config=memory_config)
    return tensor if memory_config == tensor.memory_config() else tensor.copy_to(tensor.device(), memory_config)


@tensor_operation
def interleaved_to_sharded(
    input_tensor: Tensor, sharded_memory_config: MemoryConfig, output_dtype: AnyDataType | None = None
) -> Tensor:
    """`to_memory_config` to a sharded one. A ValueError for an interleaved one."""
    if not sharded_memory_config.is_sharded():
        raise ValueError("interleaved_to_sharded needs a sharded memory configuration")
    return to_memory_config(input_tensor, sharded_memory_config, output_dtype)


@tensor_operation
def sharded_to_interleaved(
    input_tensor: Tensor, memory_config: MemoryConfig | None = None, output_dtype: AnyDataType | None = None
) -> Tensor:
    """`to_memory_config` to an interleaved one, DRAM by default. A ValueError for a sharded one."""
    target = memory_config or MemoryConfig()
    if target.is_sharded():
        raise ValueError("sharded_to_interleaved needs an interleaved memory configuration")
    return to_memory_config(input_tensor, target, output_dtype)


@passing_on
def to_device(
    tensor: Tensor, device: Device, memory_config: MemoryConfig | None = None, *, cq_id: int | None = None
) -> Tensor:
    """The tensor on a device; itself if it is there."""
    if tensor.device() is device and memory_config in (None, tensor.memory_config()):
        return tensor
    return tensor.copy_to(device, memory_config)


@passing_on
def from_device(tensor: Tensor, blocking: bool = True, *, cq_id: int | None = None) -> Tensor:
    """The tensor on the host; itself if it is there."""
    return tensor if tensor.device() is None else tensor.cpu()


@tensor_operation
def clone(input: Tensor, *, dtype: DataType | None = None, memory_config: MemoryConfig | None = None) -> Tensor:
    """A copy, in another type or memory where asked for."""
    return input.with_values(input.values, dtype=dtype, memory_config=memory_config)


def deallocate(tensor: Tensor, force: bool = True) -> None:
    """Gives up the memory of a tensor, which can no longer be read."""
    tensor.deallocate(force)


def allocate_tensor_on_device(
    shape: Shape | TensorSpec | list[int] | tuple[int, ...],
    dtype: DataType | Device | None = None,
    layout: Layout | None = None,
    device: Device | None = None,
    memory_config: MemoryConfig | None = None,
) -> Tensor:
    """
    A tensor whose values are not set, as (shape, dtype, layout, device, memory_config) or as (spec, device).
    """
    if isinstance(shape, TensorSpec):
        spec, device = shape, dtype if isinstance(dtype, Device) else device
    else:
        if dtype is None or isinstance(dtype, Device) or layout is None:
            raise TypeError("allocate_tensor_on_device takes (shape, dtype, layout, device) or (spec, device)")
        spec = TensorSpec(Shape(shape), to_data_type(dtype), layout, memory_config=memory_config or MemoryConfig())
    if device is None:
        raise TypeError("allocate_tensor_on_device needs a device")
    return Tensor(spec, PageMemory(lambda: np.zeros((spec.num_pages, spec.page_bytes), np.uint8)), device)


def copy(input_a: Tensor, input_b: Tensor) -> Tensor:
    """
    Overwrites the second tensor by the first, in the second's type and layout, and returns it. A ValueError unless they
    have one shape.
    """
    if input_a.shape != input_b.shape:
        raise ValueError(f"a copy needs the same shape: {list(input_a.shape)} is not {list(input_b.shape)}")
    _fill(input_b, input_a, lambda there, here: there.write(here.values))
    return input_b


def get_memory_config(tensor: Tensor) -> MemoryConfig:
    """`tensor.memory_config()`."""
    return tensor.memory_config()


def is_sharded(tensor: Tensor) -> bool:
    """`tensor.is_sharded()`."""
    return tensor.is_sharded()


def get_device_tensors(tensor: Tensor) -> list[Tensor]:
    """For each chip that a tensor is on, what it is there: tensors on the host that share its memory."""
    return tensor.parts


def distribute_tensor(tensor: Tensor, mapper: TensorToMesh, mesh_device: Device | None = None) -> Tensor:
    """What of a tensor on the host each chip of a mesh gets, and there if `mesh_device` is given."""
    return Tensor.of_parts([tensor.with_values(part) for part in mapper.divided(tensor.values)], mesh_device)


def aggregate_tensor(tensor: Tensor, composer: MeshToTensor) -> Tensor:
    """One tensor on the host of what the chips of a mesh have."""
    parts = tensor.parts
    return parts[0].with_values(composer.joined([part.values for part in parts]))


def copy_host_to_device_tensor(host_tensor: Tensor, device_tensor: Tensor, *, cq_id: int | None = None) -> None:
    """Overwrites a tensor on a device. A ValueError unless shape, type and layout are the same."""
    _copy_pages(host_tensor, device_tensor)


def copy_device_to_host_tensor(
    device_tensor: Tensor, host_tensor: Tensor, blocking: bool = True, *, cq_id: int | None = None
) -> None:
    """Overwrites a tensor on the host. A ValueError unless shape, type and layout are the same."""
    _copy_pages(device_tensor, host_tensor)


def _copy_pages(source: Tensor, target: Tensor) -> None:
    one, other = source.spec, target.spec
    if (one.shape, one.dtype, one.layout) != (other.shape, other.dtype, other.layout):
        raise ValueError(f"a copy needs the same shape, type and layout: {one!r} is not {other!r}")
    _fill(target, source, lambda there, here: there.overwrite(here.pages))


def _fill(target: Tensor, source: Tensor, fill: Callable[[Tensor, Tensor], None]) -> None:
    """Replaces the values of a tensor, on each of its chips. A ValueError if the source has more chips."""
    check_room(target, chips_of([source, target]))
    if source.withheld is not None:
        target.withhold(source.withheld)
        return
    for there, here in by_chip([target, source]):
        fill(there, here)


def _type_for(values: NDArray[Any]) -> DataType:
    dtype = _DEFAULT_TYPES.get(values.dtype.name)
    if dtype is None:
        raise TypeError(f"no data type of ttnn is like {values.dtype}; give dtype=, or convert the values before")
    return dtype
