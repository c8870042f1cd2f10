"""Descriptions of tensors that stand in a call for tensors: of declarations, and as JSON."""

from __future__ import annotations

from typing import Any, cast

from ttlang.diagnostics import error
from ttlang.host.cores import CoreCoord, CoreRange, CoreRangeSet
from ttlang.host.memory import (
    L1_MEMORY_CONFIG,
    BufferType,
    MemoryConfig,
    ShardOrientation,
    ShardSpec,
    TensorMemoryLayout,
)
from ttlang.host.spec import TensorSpec
from ttlang.host.types import Layout, to_data_type
from ttlang.language.declared_tensors import CODE, DeclaredTensor
from ttlang.tables.dtypes import find_dtype

Json = dict[str, Any]


def spec_of_declared(declared: DeclaredTensor) -> TensorSpec:
    """What a declaration describes. Raises a TTL0214 where its parts contradict each other."""
    row_major = "ROW_MAJOR" in str(getattr(declared.layout, "name", "")).upper()
    layout = Layout.ROW_MAJOR if row_major else Layout.TILE
    try:
        memory = _memory_of(declared.memory_config)
        return TensorSpec(declared.shape, to_data_type(declared.dtype), layout, memory_config=memory)
    except (TypeError, ValueError) as cause:
        raise error(CODE, f"there is no tensor as it is declared: {cause}") from None


def _memory_of(given: Any) -> MemoryConfig:
    """Of the host library, of any library's."""
    if isinstance(given, MemoryConfig):
        return given
    return L1_MEMORY_CONFIG if "L1" in str(getattr(given, "buffer_type", "")) else MemoryConfig()


def spec_from_json(data: Json) -> TensorSpec:
    """What `remembered_calls` writes of a tensor. Raises a KeyError, a TypeError or a ValueError for anything else."""
    layout = {"tile": Layout.TILE, "row_major": Layout.ROW_MAJOR}[data["layout"]]
    memory: Json = data["memory"]
    config = MemoryConfig(buffer_type=BufferType[memory["type"]])
    if "layout" in memory:
        corners = cast("list[list[int]]", memory["cores"])
        cores = [CoreRange(CoreCoord(left, top), CoreCoord(right, low)) for left, top, right, low in corners]
        shard = ShardSpec(CoreRangeSet(cores), memory["shard"], ShardOrientation[memory["order"]])
        config = MemoryConfig(TensorMemoryLayout[memory["layout"]], BufferType[memory["type"]], shard)
    return TensorSpec(data["shape"], to_data_type(find_dtype(data["format"])), layout, memory_config=config)
