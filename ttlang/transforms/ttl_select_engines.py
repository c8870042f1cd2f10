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

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import BlockArgument, Operation
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.dialects import ttl


def _fits_fpu(op: Operation, *, exact: bool) -> bool:
    if not isinstance(op, ttl.ElementwiseOp) or not op.ROW.fpu or exact:
        return False
    tiles = [tile for tile in op.inputs if isinstance(tile, BlockArgument) and tile.has_one_use()]
    if len(tiles) < 2:
        return False
    return not any(tile.type.dtype.is_integer or tile.type.dtype.needs_dst32 for tile in tiles)


def _select(compute: ttl.ComputeOp, *, dst32: bool) -> None:
    body = compute.body.block
    exact = dst32 and any(block.type.element.dtype.needs_dst32 for block in compute.outputs)
    for op in body.ops:
        if _fits_fpu(op, exact=exact):
            op.properties["engine"] = ttl.EngineAttr(ttl.Engine.FPU)
    for argument in body.args:
        _load(argument)


def _load(argument: BlockArgument) -> None:
    """Moves the tile of an input to DST for all its users but the FPU."""
    uses = [use for use in argument.uses if "engine" not in use.operation.properties]
    if not uses:
        return
    copy = ttl.CopyTileOp(argument)
    first = argument.block.first_op
    assert first is not None
    copy.location = uses[0].operation.location
    copy.result.name_hint = argument.name_hint
    Rewriter.insert_op(copy, InsertPoint.before(first))
    for use in uses:
        use.operation.operands[use.index] = copy.result


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
