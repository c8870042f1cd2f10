"""Blocks between rows and tiles."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from xdsl.ir import Operation, SSAValue
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttcore import ScalarType, TileType
from ttlang.dialects.ttl.buffers import CBPopOp, CBPushOp, CBReserveOp, CBWaitOp
from ttlang.dialects.ttl.effects import EffectOp, ThreadKind
from ttlang.dialects.ttl.resources import CreateCBOp, KernelOp
from ttlang.dialects.ttl.types import BlockType
from ttlang.dialects.ttl.views import MATRIX
from ttlang.dialects.typed_values import operand_of, owner_of
from ttlang.tables.dtypes import TILE_ELEMENTS, TILE_HEIGHT, TILE_WIDTH


def _tile_sizes(rank: int) -> tuple[int, ...]:
    """The elements of a tile along each dimension. Of the one dimension of a block, 1024 are a tile, 32 rows of it."""
    return (TILE_ELEMENTS,) if rank == 1 else (*(1,) * (rank - MATRIX), TILE_HEIGHT, TILE_WIDTH)


def sizes_in_tiles(sizes: Sequence[int]) -> tuple[int, ...] | None:
    """
    The shape in tiles of a row-major block of so many elements, whose order in L1 changes of layout keep; None where
    they are no whole tiles.
    """
    unit = _tile_sizes(len(sizes))
    if any(size % edge for size, edge in zip(sizes, unit, strict=True)):
        return None
    return tuple(size // edge for size, edge in zip(sizes, unit, strict=True))


def sizes_in_elements(sizes: Sequence[int]) -> tuple[int, ...]:
    """The shape in elements of a block of so many tiles."""
    return tuple(size * edge for size, edge in zip(sizes, _tile_sizes(len(sizes)), strict=True))


def rows_of_tiles(tiles: BlockType) -> tuple[int, int]:
    """How many rows of tiles lie one after the other among the elements of a row-major block, and their width."""
    return (tiles.tiles, 1) if len(tiles.sizes) == 1 else tiles.matrix


class _LayoutOp(EffectOp, ABC):
    THREAD: ClassVar[ThreadKind | None] = ThreadKind.COMPUTE
    source = operand_of(BlockType)
    target = operand_of(BlockType)
    assembly_format = "$source `to` $target attr-dict `:` type($source) `to` type($target)"

    def __init__(self, source: SSAValue, target: SSAValue):
        super().__init__(operands=[source, target])

    def _check(self, rows: BlockType, tiles: BlockType) -> None:
        if not isinstance(rows.element, ScalarType) or not isinstance(tiles.element, TileType):
            raise VerifyException("a change of layout joins a row-major and a tiled block")
        if rows.element.dtype is not tiles.element.dtype or sizes_in_tiles(rows.sizes) != tiles.sizes:
            raise VerifyException("both blocks have the same elements")


@irdl_op_definition
class TilizeOp(_LayoutOp):
    """Writes a row-major block as tiles. Acquisitions before it and releases after it are lowered with it."""

    name = "ttl.tilize"

    def verify_(self) -> None:
        self._check(self.source.type, self.target.type)


@irdl_op_definition
class UntilizeOp(_LayoutOp):
    """Writes a block of tiles as rows, likewise."""

    name = "ttl.untilize"

    def verify_(self) -> None:
        self._check(self.target.type, self.source.type)


# ------------------------------------------------------------------------------------------------- the core


def move(kind: type[TilizeOp | UntilizeOp], source: SSAValue, target: SSAValue) -> tuple[Operation, ...]:
    """What moves the next block of a buffer into one of another layout."""
    taken, given = CBWaitOp(source), CBReserveOp(target)
    return taken, given, kind(taken.block, given.block), CBPushOp(target), CBPopOp(source)


def push(cb: SSAValue) -> tuple[Operation, ...]:
    """What hands a block on: one of tiles that is due as rows moves to the buffer of these."""
    made = owner_of(cb, CreateCBOp)
    if not made.fills_rows:
        return (CBPushOp(cb),)
    kernel = made.parent_op()
    assert isinstance(kernel, KernelOp)
    rows = next(other.result for other in kernel.circular_buffers if other.name_ == made.rows)
    return (CBPushOp(cb), *move(UntilizeOp, cb, rows))
