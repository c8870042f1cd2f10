"""What a function of tiles takes of the compute units on either engine, by the chip's costs (`ttlang.tables.chips`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from xdsl.ir import BlockArgument, Operation

from ttlang.analysis.dst import is_fpu, reuses_dst
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.typed_values import type_of
from ttlang.tables.chips.costs import ANY_INIT, Unit
from ttlang.tables.dtypes import DType
from ttlang.tables.kernel_api import NEWEST

_MOVE = "copy_tile"


class Load(NamedTuple):
    """Cycles of the units that work side by side."""

    unpack: float = 0.0
    math: float = 0.0
    pack: float = 0.0

    def beside(self, other: Load) -> Load:
        """Both, in one section."""
        return Load(self.unpack + other.unpack, self.math + other.math, self.pack + other.pack)

    def times(self, count: int) -> Load:
        """The same so many times, in one section."""
        return Load(count * self.unpack, count * self.math, count * self.pack)

    @property
    def busiest(self) -> float:
        """What a long row of tiles takes for each: the other units wait for this one."""
        return max(self)


@dataclass(frozen=True)
class EngineCosts:
    """Those of a kernel, for each tile."""

    kernel: ttl.KernelOp

    def fpu(self, kind: str, dtype: DType, dim: ttl.Dim | None = None) -> Load:
        """`kind` of two tiles in L1, the first of the format; `dim`: what is repeated of the second."""
        call = ttkernel.FPU_BROADCAST[kind, dim.value] if dim else ttkernel.FPU_BINARY[kind]
        return self._from_l1(call.name.removeprefix("ttkernel."), dtype)

    def reuse(self, kind: str, dtype: DType) -> Load:
        """`kind` of a tile in DST and one in L1."""
        return self._from_l1(f"binary_dest_reuse_tiles<{kind}>", dtype)

    def move(self, dtype: DType, *, whole: bool = False) -> Load:
        """A tile from L1 to DST; `whole`: all 32 bits of it, which go there without a source register."""
        return self._from_l1(f"{_MOVE}<dest>" if whole else _MOVE, dtype)

    def sfpu(self, op: ttl.ElementwiseOp) -> Load:
        """A function of floats that are in DST."""
        call = op.ROW.call_in(NEWEST)
        return Load(math=self._cycles(call.key if call else op.ROW.name, Unit.SFPU))

    def pack(self, dtype: DType, *, adds: bool = False) -> Load:
        """A tile from DST to L1; `adds`: to what that holds."""
        return Load(pack=self._cycles("pack_tile<accumulate>" if adds else "pack_tile", Unit.PACK, dtype))

    def of(self, compute: ttl.ComputeOp) -> Load:
        """What a tile of a computation takes, whose functions have their engines, until it is packed."""
        load = Load()
        for op in compute.body.block.ops:
            load = load.beside(self._of(op, compute))
        return load

    def _of(self, op: Operation, compute: ttl.ComputeOp) -> Load:
        match op:
            case ttl.ElementwiseOp() if reuses_dst(op):
                (read,) = (tile for tile in op.inputs if isinstance(tile, BlockArgument))
                return self.reuse(op.ROW.fpu, type_of(read, TileType).dtype)
            case ttl.ElementwiseOp() if is_fpu(op):
                dim = op.broadcast.data if op.broadcast else None
                return self.fpu(op.ROW.fpu, type_of(op.inputs[0], TileType).dtype, dim)
            case ttl.ElementwiseOp():
                return self.sfpu(op)
            case ttl.MulAddOp():
                dim = op.broadcast.data if op.broadcast else None
                return self.fpu("mul", type_of(op.lhs, TileType).dtype, dim)
            case ttl.MatmulOp():
                step = self._from_l1("matmul_block", type_of(op.lhs, TileType).dtype)
                return step.times(compute.steps(op.lhs))
            case ttl.ReduceOp():
                return self.reduce(op).times(compute.steps(op.input))
            case ttl.TransposeOp():
                return self._from_l1("transpose_wh_tile", type_of(op.input, TileType).dtype)
            case ttl.CopyTileOp() if isinstance(op.input, BlockArgument):
                return self.move(type_of(op.input, TileType).dtype)
            case ttl.CopyTileOp():
                return Load(math=self._cycles("copy_dest_values", Unit.SFPU))
            case ttl.TypecastOp():
                return Load(math=self._cycles("typecast_tile", Unit.SFPU))
            case _:
                return Load()

    def reduce(self, op: ttl.ReduceOp) -> Load:
        """A tile that is added to its reduction, or compared with it."""
        return self._from_l1(f"reduce_tile<{op.POOL}, {op.dim.data.value}>", type_of(op.input, TileType).dtype)

    @property
    def adding(self) -> float:
        """What the packer takes to be told that it adds, or that it replaces again."""
        return self._cycles("pack_reconfig_l1_acc", Unit.PACK)

    @property
    def inits(self) -> float:
        """What a computation costs to begin: an init of each unit."""
        return sum(self._cycles(ANY_INIT, unit) for unit in (Unit.UNPACK, Unit.FPU, Unit.PACK))

    def _from_l1(self, call: str, dtype: DType) -> Load:
        return Load(self._cycles(call, Unit.UNPACK, dtype), self._cycles(call, Unit.FPU))

    def _cycles(self, call: str, unit: Unit, dtype: DType | None = None) -> float:
        price = self.kernel.chip.costs.price
        format = {"format": dtype.name} if dtype else {}
        return price(call, unit, dst32=self.kernel.dst32, fidelity=self.kernel.fidelity, **format).cycles
