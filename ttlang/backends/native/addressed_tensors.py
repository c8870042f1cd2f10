"""The tensors of a call, as kernels in C++ know them: by their addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ttlang.backends.native.host_objects import DeviceTensor, TensorSpec
from ttlang.diagnostics import error
from ttlang.dialects.ttcore import Memory, Orientation, ScalarType, Sharding, ShardsAttr, TensorType, TileType
from ttlang.tables import dtypes


def bad_descriptor(message: str, hint: str | None = None) -> Exception:
    return error("TTL0221", message, hint=hint)


@dataclass(frozen=True, eq=False)
class NativeTensor:
    """A tensor of the call, as kernels name it: by its address."""

    name: str
    number: int
    address: int
    in_dram: bool
    type: TensorType
    aligned_page_bytes: int
    words: tuple[int, ...]
    """The compile-time arguments that describe it to a kernel."""

    @property
    def is_row_major(self) -> bool:
        return isinstance(self.type.element, ScalarType)

    @property
    def page_bytes(self) -> int:
        return self.type.page_bytes

    @property
    def row_bytes(self) -> int:
        return self.type.page_bytes


def read_tensor(number: int, tensor: DeviceTensor, words: Sequence[int]) -> NativeTensor:
    """The description of a device tensor of the host library."""
    spec = tensor.spec
    dtype = spec.row
    tiled = spec.page_shape == (dtypes.TILE_HEIGHT, dtypes.TILE_WIDTH) and spec.layout.name == "TILE"
    in_dram = spec.memory_config.buffer_type.name == "DRAM"
    shape = [int(size) for size in spec.padded_shape] or [1]
    if min(shape) < 1:
        raise bad_descriptor(f"tensor {number} of the call has the shape {shape}, with no elements")
    if tiled:
        *lead, height, width = shape
        shape = [*lead, height // dtypes.TILE_HEIGHT, width // dtypes.TILE_WIDTH]
    element = TileType(dtype) if tiled else ScalarType(dtype)
    shards = _shards(spec, tiled=tiled)
    type_ = TensorType(shape, element, Memory.DRAM if in_dram else Memory.L1, shards)
    if (type_.pages, type_.page_bytes) != tuple(tensor.pages.shape):
        raise bad_descriptor(f"tensor {number} of the call is sharded in a way that the simulator does not model")
    aligned = int(tensor.buffer_aligned_page_size())
    return NativeTensor(f"tensor_{number}", number, tensor.buffer_address(), in_dram, type_, aligned, tuple(words))


def _shards(spec: TensorSpec, *, tiled: bool) -> ShardsAttr | None:
    shard = spec.memory_config.shard_spec
    if shard is None:
        return None
    sharding = next(s for s in Sharding if s.value.upper() in spec.memory_config.memory_layout.name)
    height, width = shard.shape
    unit = (dtypes.TILE_HEIGHT, dtypes.TILE_WIDTH) if tiled else (1, 1)
    orientation = Orientation.COL_MAJOR if "COL" in shard.orientation.name else Orientation.ROW_MAJOR
    ranges = [(r.start.x, r.start.y, r.end.x, r.end.y) for r in shard.grid.ranges()]
    return ShardsAttr(sharding, (height // unit[0], width // unit[1]), orientation, ranges)
