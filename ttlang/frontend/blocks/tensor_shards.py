"""How a tensor is cut into shards, read from its memory configuration."""

from __future__ import annotations

from typing import Any

from ttlang.diagnostics import error
from ttlang.dialects.ttcore import Orientation, Sharding, ShardsAttr
from ttlang.language.specs import MemorySpec
from ttlang.language.tensors import FindSpan, bad_tensor
from ttlang.tables import dtypes


def read_shards(name: str, memory: MemorySpec, span: FindSpan, *, row_major: bool) -> ShardsAttr | None:
    """
    The shards of a tensor, in tiles, or in elements if it is row-major; None for one that is not sharded. Raises a
    TTL0205 for a configuration that lacks its shards, and a TTL0003 for a kind of them that kernels can't take yet.
    `span` finds the place to report.
    """
    config = memory.config
    layout = str(getattr(config, "memory_layout", "INTERLEAVED")).upper()
    if "SHARDED" not in layout:
        return None
    sharding = next((one for one in Sharding if f"{one.value.upper()}_SHARDED" in layout), None)
    if sharding is None:
        raise error(
            "TTL0003",
            f"{name} is {layout.rpartition('.')[2]}, which kernels can't take yet",
            span(),
            hint="shard it by height, by width or in blocks",
        )
    spec = getattr(config, "shard_spec", None)
    if spec is None:
        raise bad_tensor(name, "it is sharded and has no shard specification", span)
    height, width = (int(size) for size in spec.shape)
    if row_major:
        if sharding is not Sharding.HEIGHT:
            raise error(
                "TTL0003",
                f"{name} is row-major and sharded by other than its height, which kernels can't take yet",
                span(),
                hint="shard it by height, or convert it with ttnn.to_layout(tensor, ttnn.TILE_LAYOUT)",
            )
        return _shards(sharding, (height, width), spec)
    if height % dtypes.TILE_HEIGHT or width % dtypes.TILE_WIDTH:
        raise bad_tensor(name, f"a shard of {height}x{width} does not consist of whole 32x32 tiles", span)
    return _shards(sharding, (height // dtypes.TILE_HEIGHT, width // dtypes.TILE_WIDTH), spec)


def _shards(sharding: Sharding, shape: tuple[int, int], spec: Any) -> ShardsAttr:
    columns_first = "COL_MAJOR" in str(spec.orientation).upper()
    orientation = Orientation.COL_MAJOR if columns_first else Orientation.ROW_MAJOR
    ranges = [(one.start.x, one.start.y, one.end.x, one.end.y) for one in spec.grid.ranges()]
    return ShardsAttr(sharding, shape, orientation, ranges)
