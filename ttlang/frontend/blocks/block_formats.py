"""The formats of blocks in an expression: what they have in common, and what an integer format takes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ttlang.dialects import ttl
from ttlang.dialects.ttcore import tile_type
from ttlang.frontend.blocks.shape_errors import made_here
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue
from ttlang.tables import dtypes
from ttlang.tables.dtypes import DType, Kind
from ttlang.tables.functions import Function


@lru_cache(maxsize=1024)
def block_type(sizes: tuple[int, ...], dtype: DType) -> ttl.BlockType:
    return ttl.BlockType(sizes, tile_type(dtype))


def dtype_of(block: BlockValue) -> DType:
    return block.type.element.dtype


def common_dtype(c: ThreadBuilder, name: str, found: Sequence[BlockValue]) -> DType:
    """The format of a result: the widest among those of floats; integers all have the same."""
    formats = list(dict.fromkeys(dtype_of(block) for block in found))
    if len(formats) == 1:
        return formats[0]
    if any(dtype.is_integer for dtype in formats):
        raise c.error(
            "TTL0305",
            f"{name} is given blocks of {formats[0]} and of {formats[1]}",
            hint=_conversion(formats),
            related=made_here(*found),
        )
    return widest(formats)


def widest(formats: Sequence[DType]) -> DType:
    """The format that holds what an expression over blocks of these formats computes (none of them an integer)."""
    if dtypes.F32 in formats:
        return dtypes.F32
    if any(dtype.kind is Kind.FLOAT for dtype in formats):
        return dtypes.BF16
    return max(formats, key=lambda dtype: dtype.tile_bytes)


def _conversion(formats: Sequence[DType]) -> str:
    """How integers are brought to the format of what they stand beside: floats stay, and the wider integers."""
    floats = [dtype for dtype in formats if not dtype.is_integer]
    of_floats = dtypes.F32 if dtypes.F32 in floats else dtypes.BF16
    goal = of_floats if floats else dtypes.INT32
    converted = [str(dtype) for dtype in formats if dtype.is_integer and dtype is not goal]
    return f"convert the blocks of {' and of '.join(converted)}: ⟦typecast⟧(x, ttl.{goal})"


def has_integer_form(row: Function, dtype: DType) -> bool:
    """Whether a function works on an integer format: by a kernel call, or made of others (`ttl-expand-functions`)."""
    return row.expansion is not None or (row.integer is not None and dtype.name in row.integer_formats)


def fit_number(c: ThreadBuilder, number: float, dtype: DType) -> float:
    """A number in an expression of integers has to be one."""
    if dtype.is_integer and not c.as_float(number).is_integer():
        raise c.error(
            "TTL0305",
            f"{number} goes into an expression over blocks of {dtype}",
            hint="use an integer, or convert the blocks with ⟦typecast⟧(x, ttl.float32)",
        )
    return number
