"""Slices of tensors, in tiles, or in elements of a row-major tensor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ttlang.dialects import ttl
from ttlang.dialects.ttcore import Element, ShardsAttr
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import Value, Window
from ttlang.language.tensors import TensorParameter


def take_slice(c: ThreadBuilder, tensor: TensorParameter, offsets: Sequence[Value], sizes: Sequence[int]) -> Window:
    """A slice of a tensor, by its first place and its size in each dimension. It has to lie in the tensor."""
    result_type = _slice_type(tuple(sizes), c.kernel.tensor_type(tensor).element)
    operands = [c.kernel.tensors[tensor], *map(c.integer, offsets)]
    return Window(c.emit(ttl.TensorSliceOp.create(operands=operands, result_types=[result_type])).result)


def take_shard(c: ThreadBuilder, tensor: TensorParameter, number: Value) -> Window:
    """A shard of a sharded tensor, by its number."""
    type_ = c.kernel.tensor_type(tensor)
    assert isinstance(type_.shards, ShardsAttr)
    operands = [c.kernel.tensors[tensor], c.integer(number)]
    result_type = _slice_type(type_.shards.sizes, type_.element)
    return Window(c.emit(ttl.TensorShardOp.create(operands=operands, result_types=[result_type])).result)


@lru_cache(maxsize=256)
def _slice_type(sizes: tuple[int, ...], element: Element) -> ttl.SliceType:
    return ttl.SliceType(sizes, element)
