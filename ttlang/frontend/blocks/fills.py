"""Calls of `fill`, and what becomes of a filled block where a block is wanted."""

from __future__ import annotations

from dataclasses import replace

from ttlang.frontend.blocks.block_dims import read_shape
from ttlang.frontend.blocks.block_formats import fit_number
from ttlang.frontend.blocks.call_arguments import Arguments, is_none
from ttlang.frontend.blocks.known_values import host_integer
from ttlang.frontend.blocks.row_major_blocks import in_tiles
from ttlang.frontend.blocks.sequences import as_items
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue, Bool, Fill, Host, Int, Ratio, Value, describe
from ttlang.tables.dtypes import TILE_HEIGHT, TILE_WIDTH, DType, find_dtype


def fill(c: ThreadBuilder, arguments: Arguments) -> Value:
    """`fill(value, shape, layout, dtype, tile)`, or `fill(block, value)`."""
    value, shape = arguments["value"], arguments["shape"]
    if isinstance(value, BlockValue):
        return Fill(_number(c, shape), value.type.sizes)
    _check_tile(c, arguments["tile"])
    made, row_major = Fill(_number(c, value)), _is_row_major(c, arguments["layout"])
    if not is_none(shape):
        sizes = read_shape(c, shape)
        made = replace(made, shape=in_tiles(c, sizes) if row_major else sizes)
    dtype = arguments["dtype"]
    return made if is_none(dtype) else in_format(c, made, _format(c, dtype))


def in_format(c: ThreadBuilder, value: Fill, dtype: DType) -> Fill:
    """A filled block of a format: its number is rounded to that."""
    number = fit_number(c, value.number, dtype)
    if not dtype.is_integer:
        number = float(c.on_host(dtype.numpy_dtype().type, number).value)
    return replace(value, number=number, dtype=dtype)


def _number(c: ThreadBuilder, value: Value) -> float:
    number = c.number(value)
    if number is not None:
        return number
    code = "TTL0108" if isinstance(value, Int | Bool | Ratio) else "TTL0106"
    raise c.error(code, f"value of fill is {describe(value)}, where a number known at compile time is needed")


def _is_row_major(c: ThreadBuilder, layout: Value) -> bool:
    """Whether a shape counts elements, and not tiles."""
    if is_none(layout):
        return False
    name = str(getattr(layout.value, "name", layout.value)) if isinstance(layout, Host) else ""
    found = {"TILE": False, "ROW_MAJOR": True}.get(name.removesuffix("_LAYOUT"))
    if found is None:
        raise c.error(
            "TTL0107", f"fill: layout is {describe(layout)}", hint="it is ttnn.TILE_LAYOUT or ttnn.ROW_MAJOR_LAYOUT"
        )
    return found


def _check_tile(c: ThreadBuilder, tile: Value) -> None:
    items = as_items(tile)
    sizes = tuple(host_integer(item) for item in items[0]) if items is not None else ()
    if sizes == (TILE_HEIGHT, TILE_WIDTH):
        return
    if sizes and all(size in (1, 2, 4, 8, 16, 32) for size in sizes) and len(sizes) == 2:
        raise c.error("TTL0003", f"tiles of {sizes[0]}x{sizes[1]} are not built yet: a tile is 32x32")
    raise c.error("TTL0107", f"fill: tile is {describe(tile)}", hint="a tile is (32, 32)")


def _format(c: ThreadBuilder, dtype: Value) -> DType:
    if not isinstance(dtype, Host):
        raise c.error("TTL0108", f"fill: dtype is {describe(dtype)}, where a constant is needed")
    try:
        return find_dtype(dtype.value)
    except ValueError as cause:
        raise c.error("TTL0107", f"fill: {cause}", hint="as in ⟦fill⟧(0, dtype=ttl.float32)") from None
