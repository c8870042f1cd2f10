"""Buffers that lie on tensors: which tensors can have one, and where."""

from __future__ import annotations

from collections.abc import Iterable

from ttlang.diagnostics import DiagnosticError, Related, Span, error
from ttlang.dialects.ttcore import Memory, ShardsAttr, TensorType
from ttlang.language.buffer_memory import CODE, Backing
from ttlang.language.buffers import CircularBuffer
from ttlang.language.tensors import parameter_name


def bytes_of(buffer: CircularBuffer) -> int:
    """Bytes of all blocks of a buffer of tiles."""
    tiles = buffer.block_count
    for size in buffer.shape:
        tiles *= size
    return tiles * buffer.dtype.tile_bytes


def check_backing(
    buffer: CircularBuffer,
    backing: Backing,
    type_: TensorType,
    cores: Iterable[tuple[int, int]],
    others: Iterable[tuple[CircularBuffer, Span]],
    span: Span,
) -> None:
    """
    Raises a TTL0706 unless a buffer can lie on a tensor of this type: each core has its own shard in L1, with room for
    the buffer, where no other one lies. `cores`: of the grid; `others`: buffers that are made, and where.
    """
    name, offset, size = parameter_name(backing.tensor), backing.byte_offset, bytes_of(buffer)
    if type_.memory.data is not Memory.L1 or not isinstance(type_.shards, ShardsAttr):
        where = f"interleaved in {type_.memory.data.upper()}" if type_.memory.data is Memory.L1 else "in DRAM"
        hint = "shard it over the cores of the grid, as ttnn.create_sharded_memory_config does, or copy it to a buffer"
        raise error(CODE, f"a buffer lies on a shard in each core's L1, and {name} is {where}", span, hint=hint)
    if offset + size > type_.shard_bytes:
        start = f" from byte {offset} on" if offset else ""
        raise error(
            CODE,
            f"the buffer takes {size} bytes{start}, and a shard of {name} has {type_.shard_bytes}",
            span,
            hint=f"a shard has {' x '.join(map(str, type_.shards.sizes))} tiles: all blocks together must fit in it",
        )
    shards = type_.shard_of_core
    if (bare := next((core for core in cores if core not in shards), None)) is not None:
        hint = "give the kernel the grid of the shards, or spread them over its cores"
        raise error(CODE, f"core {bare} of the grid has no shard of {name}, which a buffer lies on", span, hint=hint)
    for other, place in others:
        if other.backing is None or other.backing.tensor is not backing.tensor:
            continue
        start = other.backing.byte_offset
        if start < offset + size and offset < start + bytes_of(other):
            raise _overlap(buffer, other, name, span, place)


def _overlap(buffer: CircularBuffer, other: CircularBuffer, name: str, span: Span, place: Span) -> DiagnosticError:
    hint = "use one buffer for both, or give them ranges of their own with byte_offset"
    related = [Related(place, f"{other.name} lies there")]
    message = f"{buffer.name} and {other.name} lie on the same bytes of {name}"
    return error(CODE, message, span, hint=hint, related=related)
