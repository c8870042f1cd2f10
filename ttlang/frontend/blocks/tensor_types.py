"""The types of tensors, from their descriptions."""

from __future__ import annotations

from ttlang.diagnostics import error
from ttlang.dialects import ttcore
from ttlang.dialects.ttcore import Memory, ScalarType, TensorType, tile_type
from ttlang.frontend.blocks.tensor_shards import read_shards
from ttlang.language.specs import MemorySpec, TensorSpec
from ttlang.language.tensors import FindSpan, bad_tensor, is_row_major, read_dtype
from ttlang.tables import dtypes


def tensor_type(name: str, spec: TensorSpec, span: FindSpan) -> TensorType:
    """
    The type of a tensor, its shape in tiles, or in elements if it is row-major. Raises a TTL0205 for one that no kernel
    can take, and a TTL0003 for one that kernels can't take yet. `span` finds the place to report.
    """
    dtype = read_dtype(name, spec, span)
    rows = is_row_major(name, spec, span)
    if not rows:
        _check_tile(name, spec, span)
    elif dtype.kind is dtypes.Kind.BLOCK_FLOAT:
        raise bad_tensor(name, f"{dtype} exists in tiles only, and it is row-major", span)
    if spec.memory is None:
        hint = "make it with ttnn.from_torch(..., device=device), or move it with ttnn.to_device"
        raise bad_tensor(name, "it has no memory configuration", span, hint)
    memory = _read_memory(name, spec.memory, span)
    shards = read_shards(name, spec.memory, span, row_major=rows)
    shape = _shape(name, spec, span)
    if rows:
        return ttcore.tensor_type(shape, ScalarType(dtype), memory, shards)
    return ttcore.tensor_type(_tiles(shape), tile_type(dtype), memory, shards)


def _shape(name: str, spec: TensorSpec, span: FindSpan) -> tuple[int, ...]:
    """Elements in each dimension. A single element is a row of one."""
    shape = tuple(int(size) for size in spec.shape) or (1,)
    if min(shape) < 1:
        raise bad_tensor(name, f"its shape {shape} has no elements", span)
    return shape


def _tiles(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with the last two dimensions, rows and columns, in tiles. A vector is a row."""
    *leading, rows, columns = shape if len(shape) > 1 else (1, *shape)
    return *leading, -(-rows // dtypes.TILE_HEIGHT), -(-columns // dtypes.TILE_WIDTH)


def _check_tile(name: str, spec: TensorSpec, span: FindSpan) -> None:
    if spec.tile not in (None, (dtypes.TILE_HEIGHT, dtypes.TILE_WIDTH)):
        shown = "x".join(map(str, spec.tile or ()))
        raise error("TTL0003", f"{name} has tiles of {shown}, which kernels can't take yet", span())


def _read_memory(name: str, spec: MemorySpec, span: FindSpan) -> Memory:
    buffer = str(getattr(spec.config, "buffer_type", "DRAM")).upper().rpartition(".")[2]
    for memory in Memory:
        if buffer == memory.value.upper():
            return memory
    raise bad_tensor(name, f"it lies in {buffer}, and kernels take tensors in DRAM or L1", span)
