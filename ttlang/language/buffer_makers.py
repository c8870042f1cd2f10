"""What makes circular buffers: like a tensor, of a format, or on a tensor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ttlang.diagnostics import error
from ttlang.language.buffer_memory import Backing, DFBAddressScope, DFBAllocationGroup, check_address_scope, check_group
from ttlang.language.buffers import CircularBuffer
from ttlang.language.call_sites import caller, caller_span
from ttlang.language.kernel_run import Run, current_run
from ttlang.language.named_formats import NamedFormat
from ttlang.language.python_objects import as_index, is_sequence
from ttlang.language.tensors import (
    TensorLike,
    TensorParameter,
    is_row_major,
    is_tensor,
    parameter_name,
    read_dtype,
    spec_of,
)
from ttlang.tables.dtypes import TILE_HEIGHT, TILE_WIDTH, DType, find_dtype

if TYPE_CHECKING:
    import torch


def make_circular_buffer_like(
    tensor: TensorLike, shape: Sequence[int], buffer_factor: int | None = None, *, block_count: int | None = None
) -> CircularBuffer:
    """
    Makes a circular buffer for blocks of `shape`, of the format of `tensor`, with room for `buffer_factor` of them, or
    `block_count`, which is the same; 2 if neither is said. The last two sizes, rows and columns, count tiles, those
    before them elements. If the tensor is row-major, so are the blocks, and all sizes count elements. Raises a TTL0304
    for a shape of anything but positive integers, or of less than two (one, if row-major), and for two counts.
    """
    counts = {"buffer_factor": buffer_factor, "block_count": block_count}
    return _like("make_circular_buffer_like", tensor, shape, counts)


def make_dataflow_buffer_like(
    tensor: TensorLike,
    shape: Sequence[int],
    block_count: int | None = None,
    *,
    buffer_factor: int | None = None,
    allocation_group: DFBAllocationGroup | None = None,
    address_scope: DFBAddressScope | str | None = None,
) -> CircularBuffer:
    """
    `make_circular_buffer_like` as the edition of 2026 spells it. `allocation_group`: of buffers that share memory;
    `address_scope`: which cores need one address for it. Raises a TTL0706 for what these can't be.
    """
    counts = {"block_count": block_count, "buffer_factor": buffer_factor}
    return _like("make_dataflow_buffer_like", tensor, shape, counts, allocation_group, address_scope)


def make_dfb(
    dtype: NamedFormat | torch.dtype | str,
    shape: Sequence[int],
    block_count: int | None = None,
    tile: Sequence[int] = (TILE_HEIGHT, TILE_WIDTH),
    *,
    allocation_group: DFBAllocationGroup | None = None,
    address_scope: DFBAddressScope | str | None = None,
) -> CircularBuffer:
    """
    Makes a buffer that is like no tensor: of tiles in a format, which is named ("bf16", "float32", "bfp8") or a type of
    ttl, ttnn or torch. All else is as in `make_dataflow_buffer_like`. Raises a TTL0107 for no format, a TTL0304 for no
    shape, a TTL0003 for tiles of other than 32x32 elements.
    """
    run = current_run("ttl.make_dfb")
    try:
        found = find_dtype(dtype)
    except ValueError as cause:
        hint = 'as in ttl.make_dfb("bf16", shape=(1, 1))'
        raise error("TTL0107", f"ttl.make_dfb: {cause}", caller_span(), hint=hint) from None
    _check_tile(tile)
    sizes = _block_shape(shape, tiled=True)
    buffer = CircularBuffer(found, sizes, _block_count({"block_count": block_count}), caller())
    return _kept(run, buffer, allocation_group, address_scope)


def make_tensor_backed_dfb(
    tensor: TensorLike,
    shape: Sequence[int],
    *,
    block_count: int | None = None,
    byte_offset: int = 0,
    allocation_group: DFBAllocationGroup | None = None,
    address_scope: DFBAddressScope | str | None = None,
) -> CircularBuffer:
    """
    Makes a buffer that lies on a tensor: `block_count` blocks (1 if it is not said) of `shape` tiles, from
    `byte_offset` of each core's own shard on. `publish` hands on what the shard holds; what is stored in reserved
    blocks is in the tensor, without a copy. Raises a TTL0706 where such a buffer can't lie on the tensor.
    """
    run = current_run("ttl.make_tensor_backed_dfb")
    if not isinstance(tensor, TensorParameter) or all(tensor is not each for each in run.tensors):
        message = f"a buffer lies on a tensor that the kernel is called with, and is given {_short(tensor)}"
        raise error("TTL0706", message, caller_span(), hint=_tensors_of(run))
    name, spec = parameter_name(tensor), spec_of(tensor)
    dtype = read_dtype(name, spec, caller_span)
    if is_row_major(name, spec, caller_span):
        hint = f"convert it with ttnn.to_layout({name}, ttnn.TILE_LAYOUT)"
        raise error("TTL0706", f"a buffer lies on tiles, and {name} is row-major", caller_span(), hint=hint)
    sizes = _block_shape(shape, tiled=True)
    count = _block_count({"block_count": 1 if block_count is None else block_count})
    buffer = CircularBuffer(dtype, sizes, count, caller())
    buffer.backing = Backing(tensor, _byte_offset(byte_offset, dtype))
    return _kept(run, buffer, allocation_group, address_scope)


def _byte_offset(value: object, dtype: DType) -> int:
    """Where in a shard a buffer starts: at a tile. Raises a TTL0706 for anything else."""
    try:
        offset = as_index(value)
    except TypeError:
        offset = -1
    if offset < 0 or offset % dtype.tile_bytes:
        hint = f"a multiple of {dtype.tile_bytes}, the bytes of a tile of {dtype}"
        raise error("TTL0706", f"byte_offset={value!r} is not where a tile starts", caller_span(), hint=hint)
    return offset


def _check_tile(tile: object) -> None:
    sizes = _positive_integers(tile)
    if sizes == (TILE_HEIGHT, TILE_WIDTH):
        return
    if sizes is None or len(sizes) != 2 or sizes[0] not in _TILE_HEIGHTS or sizes[1] not in _TILE_WIDTHS:
        hint = f"leave it out: a tile has {TILE_HEIGHT}x{TILE_WIDTH} elements"
        raise error("TTL0304", f"tile={tile!r} is no size of a tile", caller_span(), hint=hint)
    message = f"tiles of {sizes[0]}x{sizes[1]} elements, which kernels can't take yet"
    raise error("TTL0003", message, caller_span(), hint="leave tile out, and use whole tiles")


_TILE_HEIGHTS, _TILE_WIDTHS = (1, 2, 4, 8, 16, 32), (16, 32)
"""Sizes of tiles that the language has."""


_DEFAULT_COUNT = 2
"""Blocks: one is filled while the other is read."""


def _like(
    function: str,
    tensor: object,
    shape: object,
    counts: Mapping[str, object],
    group: object = None,
    scope: object = None,
) -> CircularBuffer:
    """`counts`: how many blocks, under each name that this has, the function's own first."""
    run = current_run(f"ttl.{function}")
    run.spelled(f"ttl.{function}")
    if not is_tensor(tensor):
        message = f"ttl.{function} takes a tensor, whose format the buffer has, and is given {_short(tensor)}"
        raise error("TTL0205", message, caller_span(), hint=_tensors_of(run))
    name = parameter_name(tensor) if isinstance(tensor, TensorParameter) else f"the argument of ttl.{function}"
    spec = spec_of(tensor)
    dtype = read_dtype(name, spec, caller_span)
    tiled = not is_row_major(name, spec, caller_span)
    sizes = _block_shape(shape, tiled=tiled)
    return _kept(run, CircularBuffer(dtype, sizes, _block_count(counts), caller(), tiled=tiled), group, scope)


def _kept(run: Run, buffer: CircularBuffer, group: object, scope: object) -> CircularBuffer:
    """The buffer, as one that the kernel function has made, with what its author asks of its memory."""
    check_address_scope(scope)
    buffer.group = check_group(group)
    if buffer.group is not None:
        can_share = buffer.tiled and buffer.backing is None
        ring = (math.prod(buffer.shape), buffer.block_count) if can_share else None
        buffer.group.admit(buffer.dtype, tiled=buffer.tiled, ring=ring)
    run.keep(buffer)
    return buffer


def _tensors_of(run: Run) -> str | None:
    """A hint that names the tensors that there are."""
    return f"the kernel's tensors are {', '.join(map(parameter_name, run.tensors))}" if run.tensors else None


def _block_shape(shape: object, *, tiled: bool) -> tuple[int, ...]:
    """The sizes of a block. Raises a TTL0304 for what is no shape of one."""
    sizes = _positive_integers(shape)
    if sizes is None or len(sizes) < (2 if tiled else 1):
        raise error(
            "TTL0304",
            f"shape={shape!r} is no shape of a block",
            caller_span(),
            hint=_shape_hint(shape, tiled=tiled),
        )
    return sizes


def _block_count(counts: Mapping[str, object]) -> int:
    given = {name: count for name, count in counts.items() if count is not None}
    found = {name: numbers[0] for name, count in given.items() if (numbers := _positive_integers((count,)))}
    for name in given.keys() - found.keys():
        hint = f"{_DEFAULT_COUNT} blocks: one is filled while the other is read"
        raise error("TTL0304", f"{name}={given[name]!r} is no positive number of blocks", caller_span(), hint=hint)
    if len(set(found.values())) > 1:
        said = " and ".join(f"{name}={count}" for name, count in found.items())
        message = f"{said} are two names of one number, how many blocks the buffer has room for"
        raise error("TTL0304", message, caller_span(), hint="leave one of them out")
    return next(iter(found.values()), _DEFAULT_COUNT)


def _shape_hint(shape: object, *, tiled: bool) -> str:
    if is_sequence(shape) and any(isinstance(size, float) for size in shape):
        return "// divides to an integer"
    if tiled:
        return "a block has (rows, columns) of tiles, both at least 1, behind any number of leading dimensions"
    return "a block has one or more dimensions of elements, all at least 1"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"a {type(value).__name__}"


def _positive_integers(values: Any) -> tuple[int, ...] | None:
    try:
        numbers = tuple(as_index(value) for value in values)
    except TypeError:
        return None
    return numbers if all(number > 0 for number in numbers) else None
