"""What calls of the compute processors work on: DST slots, tiles in L1, registers and their formats."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects.builtin import StringAttr, SymbolRefAttr
from xdsl.ir import Operation, SSAValue

from ttlang.dialects.ttkernel.facets.facet import Facet, buffer_in, operands_in, product_of


class ComputeOnly(Facet):
    """Only the compute kernel can make the call."""


class UsesDst(Facet):
    """The call works on DST slots, which are operands: the first `reads` of them it reads, the last it writes."""

    operands: tuple[str, ...]
    reads: int = 0
    writes: bool = True
    count: tuple[str, ...] = ()
    """An operand stands for as many slots, from its own on, as these properties make as a product."""
    accumulates: bool = False
    """What it writes goes on from what this section has written there: added to it, or the larger of both."""

    def slots(self, op: Operation) -> tuple[SSAValue, ...]:
        """The operands that are DST slots."""
        return tuple(value for field in self.operands for value in operands_in(op, field))

    def written(self, op: Operation) -> int:
        """How many slots it writes."""
        return product_of(op, self.count) if self.writes else 0


class WideDefine(Facet):
    """
    Where DST holds 32 bits the kernel defines this macro above its includes. Without it the call computes to the
    accuracy of bfloat16 (docs/numerics.md).
    """

    macro: str


@dataclass(frozen=True)
class Tiles:
    """
    Tiles of a buffer: from the operand `first` of its block on, or from the front (of what is reserved: from where the
    last pack ended). As many as the properties `count` make as a product.
    """

    buffer: str
    first: str | None = None
    count: tuple[str, ...] = ()

    def total(self, op: Operation) -> int:
        return product_of(op, self.count)

    def start(self, op: Operation) -> SSAValue | None:
        """The operand that says where they start; None for the front."""
        return next(iter(operands_in(op, self.first)), None) if self.first else None


class Unpacks(Facet):
    """The call reads tiles of blocks that were waited for."""

    tiles: tuple[Tiles, ...]

    def total(self, op: Operation) -> int:
        return sum(tiles.total(op) for tiles in self.tiles)


class Packs(Facet):
    """The call writes tiles to pages that were reserved."""

    tiles: Tiles


Sources = tuple[SymbolRefAttr | None, SymbolRefAttr | None]
"""The buffers whose tiles go to SrcA and to SrcB."""


class ReadsThrough(Facet):
    """The buffers that the source registers must have the formats of; the property for each of the registers."""

    a: str | None = None
    b: str | None = None
    moves: bool = False
    """The tiles only move on to DST, where float32 stays whole. Else the FPU reads them, float32 as tf32."""

    def sources(self, op: Operation) -> Sources:
        return buffer_in(op, self.a), buffer_in(op, self.b)


class ReadsBesideDst(ReadsThrough):
    """DST goes to the source register that the property `dest` names, "srca" or "srcb", and `buffer` to the other."""

    buffer: str = "cb"
    dest: str = "dest"

    def sources(self, op: Operation) -> Sources:
        other, dest = buffer_in(op, self.buffer), op.properties[self.dest]
        assert isinstance(dest, StringAttr)
        return (None, other) if dest.data == "srca" else (other, None)


class PackerFormat(Facet):
    """The packer must be set to the format of the buffer in a property, where it is given."""

    buffer: str

    def packed(self, op: Operation) -> SymbolRefAttr | None:
        return buffer_in(op, self.buffer)


class OpensSections(Facet):
    """The call begins DST sections: as many as the properties `count` make as a product."""

    count: tuple[str, ...] = ()

    def total(self, op: Operation) -> int:
        return product_of(op, self.count)
