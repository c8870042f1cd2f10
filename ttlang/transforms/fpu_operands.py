"""
Which computed operands the FPU is to read from L1, where it would do without: a value whose square is taken, and one
that is added to, subtracted from or multiplied by a broadcast.

In DST such a broadcast is the sum of zeros and the tile, in a slot of its own, and the SFPU computes: some 210 cycles a
tile, half as many tiles in a section. Through L1 the value is packed and read with the other tile, which the FPU
repeats on the way: 130 cycles of the unit that is busiest, or less. It pays where that saves more, over the tiles of
the block, than a computation of its own costs for inits. Nothing may be lost: the FPU reads float32 as tf32, so whoever
reads the value must keep no more (docs/numerics.md), unless `allow_tf32` lets it lose that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xdsl.ir import SSAValue, Use

from ttlang.analysis.engine_costs import EngineCosts
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.typed_values import type_of
from ttlang.tables.dtypes import F32, DType
from ttlang.tables.kernel_api import Generation
from ttlang.transforms.compiler_buffers import kept_format


@dataclass(frozen=True)
class FPUOperands:
    """Decides for the expressions of a kernel."""

    kernel: ttl.KernelOp
    generation: Generation

    def wanted(self, op: ttl.ElementwiseOp, tf32: Iterable[SSAValue]) -> SSAValue | None:
        """The operand of a function that is to be in L1. `tf32`: float32 blocks of which the FPU reads all there is."""
        value = self._candidate(op)
        if value is None or not self._pays(op, value) or self._keeps_float32(op.result, tf32):
            return None
        if self._format(value) is F32 and self._keeps_float32(value, tf32):
            return None
        return value

    def _candidate(self, op: ttl.ElementwiseOp) -> SSAValue | None:
        if not op.ROW.fpu or any(map(self._is_for_sfpu, (*op.inputs, op.result))):
            return None
        first, second = op.inputs
        if first is second:
            return first if _is_computed(first) else None
        if _is_broadcast(second) and not _is_broadcast(first):
            value, repeated = first, second
        elif _is_broadcast(first) and not _is_broadcast(second) and op.ROW.fpu != "sub":
            value, repeated = second, first
        else:
            return None
        # A product of matrices starts from what is added to it.
        added = op.ROW.fpu == "add" and isinstance(value.owner, ttl.MatmulOp)
        call = ttkernel.FPU_BROADCAST[op.ROW.fpu, _broadcast(repeated).dim.data.value]
        return value if _is_computed(value) and not added and call.SPELLING.at(self.generation) is not None else None

    def _is_for_sfpu(self, value: SSAValue) -> bool:
        dtype = _dtype(value)
        return dtype.is_integer or (dtype is F32 and self.kernel.allow_tf32 is None)

    def _pays(self, op: ttl.ElementwiseOp, value: SSAValue) -> bool:
        costs, format = EngineCosts(self.kernel), self._format(value)
        in_dst, dim = costs.sfpu(op), None
        if other := next(filter(_is_broadcast, op.inputs), None):
            dim = _broadcast(other).dim.data
            in_dst = in_dst.beside(costs.fpu("add", _dtype(_broadcast(other).input), dim))
        through_l1 = costs.fpu(op.ROW.fpu, format, dim).beside(costs.pack(format))
        tiles = type_of(value, ttl.BlockType).tiles
        return tiles * (in_dst.busiest - through_l1.busiest) > costs.inits

    def _format(self, value: SSAValue) -> DType:
        return kept_format(self.kernel, value)

    def _keeps_float32(self, value: SSAValue, tf32: Iterable[SSAValue]) -> bool:
        """Whether someone keeps all bits that a 32-bit DST has of a value."""
        return self.kernel.keeps_float32 and any(self._is_read_whole(use, tf32) for use in value.uses)

    def _is_read_whole(self, use: Use, tf32: Iterable[SSAValue]) -> bool:
        match reader := use.operation:
            case ttl.StoreOp():
                return _dtype(reader.block) is F32 and reader.block not in tf32
            case ttl.ElementwiseOp() | ttl.TypecastOp() | ttl.BroadcastOp():
                return _dtype(reader.result) is F32 or self._keeps_float32(reader.result, tf32)
            case _:
                return True


def _is_computed(value: SSAValue) -> bool:
    return isinstance(value.owner, ttl.EXPRESSION) and not isinstance(value.owner, ttl.ViewOp)


def _is_broadcast(value: SSAValue) -> bool:
    return isinstance(value.owner, ttl.BroadcastOp) and value.owner.dim.data is not ttl.Dim.NONE


def _broadcast(value: SSAValue) -> ttl.BroadcastOp:
    assert isinstance(value.owner, ttl.BroadcastOp)
    return value.owner


def _dtype(value: SSAValue) -> DType:
    return type_of(value, ttl.BlockType).element.dtype
