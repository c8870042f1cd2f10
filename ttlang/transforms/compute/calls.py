"""The kernel call of each operation in the body of a `ttl.compute`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.ir import BlockArgument, Operation, SSAValue

from ttlang.analysis.dst import is_fpu, reuses_dst
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.guarantees import Guarantee, given
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.typed_values import type_of
from ttlang.dialects.walking import enclosing
from ttlang.tables import vector_modes
from ttlang.transforms.compute.subblocks import Place, Subblock

Build = Callable[[Place], Operation]
_VECTOR_MODES = {ttl.Dim.ROW: vector_modes.ROW.name, ttl.Dim.COL: vector_modes.COLUMN.name}


def matmul_call(op: ttl.MatmulOp, subblock: Subblock, place: Place, steps: int) -> Operation:
    """The product of the whole subblock, for one of the `steps` along k."""
    return ttkernel.MatmulBlockOp(
        subblock.buffer(op.lhs),
        subblock.buffer(op.rhs),
        subblock.tile(op.lhs, place),
        subblock.tile(op.rhs, place),
        place.ints.constant(subblock.first_dst(op.result)),
        transpose=op.transpose is not None,
        ct=subblock.columns,
        rt=subblock.rows,
        kt=steps,
    )


def reduce_call(op: ttl.ReduceSumOp | ttl.ReduceMaxOp, subblock: Subblock) -> Build:
    """What builds the call that adds a tile to its reduction."""
    data, scaler = op.input, given(op.scaler, Guarantee.ENGINES)
    out = ttl.buffer_name(subblock.compute.outputs[0])
    # A sum that the author wants in 32 bits stays so on its way from a row to a column.
    kernel = enclosing(op, ttl.KernelOp)
    full_fp32 = kernel is not None and kernel.dst32 and op.POOL == "sum" and op.dim.data.value == "row"
    return lambda place: ttkernel.ReduceTileOp(
        op.POOL,
        op.dim.data.value,
        subblock.buffer(data),
        subblock.buffer(scaler),
        subblock.tile(data, place),
        subblock.tile(scaler, place),
        subblock.dst(op.result, place),
        out,
        full_fp32=full_fp32,
    )


def tile_call(op: Operation, subblock: Subblock) -> Build:
    """What builds the call of an operation that goes through the subblock tile by tile."""
    buffer, tile, dst = subblock.buffer, subblock.tile, subblock.dst
    result = op.results[0]
    match op:
        case ttl.ElementwiseOp() if reuses_dst(op):
            first, second = op.inputs
            read, dest = (second, "srca") if isinstance(second, BlockArgument) else (first, "srcb")
            return lambda p: ttkernel.BinaryDestReuseTilesOp(
                op.ROW.fpu, dest, buffer(read), tile(read, p), dst(result, p)
            )
        case ttl.ElementwiseOp() if is_fpu(op):
            return _fpu_call(op.ROW.fpu, op.broadcast, op.inputs[0], op.inputs[1], result, subblock)
        case ttl.MulAddOp():
            return _fpu_call("mul", op.broadcast, op.lhs, op.rhs, result, subblock)
        case ttl.ElementwiseOp():
            return lambda p: _sfpu_call(op, [dst(v, p) for v in (*op.inputs, result)])
        case ttl.TransposeOp():
            return lambda p: ttkernel.TransposeTileOp(buffer(op.input), tile(op.input, p), dst(result, p))
        case ttl.CopyTileOp() if isinstance(op.input, BlockArgument):
            return lambda p: ttkernel.CopyTileOp(buffer(op.input), tile(op.input, p), dst(result, p))
        case ttl.CopyTileOp():
            name = op.input.type.format.data
            return lambda p: ttkernel.CopyDestValuesOp(dst(op.input, p), dst(result, p), name)
        case ttl.TypecastOp():
            formats = [type_of(value, TileType).format.data for value in (op.input, op.result)]
            return lambda p: ttkernel.TypecastTileOp(dst(result, p), *formats)
        case _:
            raise AssertionError(f"no kernel call for {op.name}")


def _fpu_call(
    kind: str, broadcast: ttl.DimAttr | None, left: SSAValue, right: SSAValue, result: SSAValue, subblock: Subblock
) -> Build:
    """A function of two tiles in L1. A product is added to what the slot of the result holds."""
    buffer, tile, dst = subblock.buffer, subblock.tile, subblock.dst
    call = ttkernel.FPU_BROADCAST[kind, broadcast.data.value] if broadcast else ttkernel.FPU_BINARY[kind]
    return lambda p: call(buffer(left), buffer(right), tile(left, p), tile(right, p), dst(result, p))


def _sfpu_call(op: ttl.ElementwiseOp, slots: Sequence[SSAValue]) -> Operation:
    row = op.ROW
    tile = type_of(op.inputs[0] if op.inputs else op.result, TileType)
    return ttkernel.sfpu_tile_op(row)(
        slots[-ttkernel.slot_count(row) :],
        row.call_values(op.parameter_values),
        tile.dtype.name if tile.dtype.is_integer else None,
        _VECTOR_MODES[op.part.data] if op.part else None,
    )
