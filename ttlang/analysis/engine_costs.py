"""What a function of tiles takes of the compute units on either engine, by the chip's costs (`ttlang.tables.chips`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ttlang.dialects import ttkernel, ttl
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

    def move(self, dtype: DType) -> Load:
        """A tile from L1 to DST."""
        return self._from_l1(_MOVE, dtype)

    def sfpu(self, op: ttl.ElementwiseOp) -> Load:
        """A function of floats that are in DST."""
        call = op.ROW.call_in(NEWEST)
        return Load(math=self._cycles(call.key if call else op.ROW.name, Unit.SFPU))

    def pack(self, dtype: DType) -> Load:
        """A tile from DST to L1."""
        return Load(pack=self._cycles("pack_tile", Unit.PACK, dtype))

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
