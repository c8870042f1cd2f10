"""
Chooses the unit for each function of a `ttl.compute`, and moves to DST what the SFPU needs there.

The rule for add, sub and mul of two tiles in L1: the FPU takes both straight from L1 (64 cycles to unpack a pair, and 8
to 32 to compute) where the SFPU needs two moves (64) and about 180 cycles. Not so where

- a tile is used a second time: it comes to DST anyway, and unpacking it twice costs more than it saves;
- DST holds 32 bits and a result keeps them: the FPU adds with 11 bits of significand and reads 32-bit buffers as
  tf32, the SFPU computes in float32;
- the tiles are integers, which the FPU's binary forms don't take.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import BlockArgument, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.dst import is_fpu
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import TileType
from ttlang.dtypes import DType


def _fits_fpu(op: Operation, *, exact: bool) -> bool:
    if not isinstance(op, ttl.ElementwiseOp) or not op.ROW.fpu or exact:
        return False
    tiles = [tile for tile in op.inputs if isinstance(tile, BlockArgument) and tile.has_one_use()]
    if len(tiles) < 2:
        return False
    return not any(dtype.is_integer or dtype.needs_dst32 for dtype in map(_dtype, tiles))


def _dtype(tile: SSAValue) -> DType:
    return cast(TileType, tile.type).dtype


def _select(compute: ttl.ComputeOp, *, dst32: bool) -> None:
    body = compute.body.block
    exact = dst32 and any(cast(ttl.BlockType, block.type).element.dtype.needs_dst32 for block in compute.outputs)
    for op in body.ops:
        if _fits_fpu(op, exact=exact):
            op.properties["engine"] = ttl.EngineAttr(ttl.Engine.FPU)
    for argument in body.args:
        _load(argument)


def _load(argument: BlockArgument) -> None:
    """Moves the tile of an input to DST for all its users but the FPU."""
    users = [op for op in argument.block.ops if argument in op.operands and not is_fpu(op)]
    if not users:
        return
    copy = ttl.CopyTileOp(argument)
    copy.location = users[0].location
    copy.result.name_hint = argument.name_hint
    Rewriter.insert_op(copy, InsertPoint.at_start(argument.block))
    for op in users:
        op.operands = [copy.result if operand is argument else operand for operand in op.operands]


@dataclass(frozen=True)
class TTLSelectEnginesPass(ModulePass):
    """Sets `engine` on functions for the FPU, and inserts `ttl.copy_tile`."""

    name = "ttl-select-engines"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            for compute in kernel.walk():
                if isinstance(compute, ttl.ComputeOp):
                    _select(compute, dst32=kernel.dst32)
