"""
Packs of a section's tiles that the packer adds up: to one tile for each row of the block, for each column, or for all.

The first tile that goes to a place replaces what lies there, all others are added to it. So the packer is told to add
behind the first tiles of the section; before them, too, where an earlier section has packed to their places. It is told
to replace again behind all of them: what else is packed does.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.builder import Builder
from xdsl.dialects import arith
from xdsl.dialects.builtin import i32
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.arithmetic import constant_value
from ttlang.dialects import ttkernel, ttl
from ttlang.transforms.compute.subblocks import Place, Subblock
from ttlang.transforms.loops import stepped_nest
from ttlang.transforms.rewriting import Ints, set_location

_Part = tuple[range, range]
"""Rows and columns of a section's subblock."""


@dataclass(frozen=True)
class PartialSums:
    """Packs the tiles of a subblock to an output with sums of them."""

    subblock: Subblock
    builder: Builder
    output: ttl.Input

    def emit(self, first: int) -> None:
        """`first`: where in DST the tiles begin."""
        cb, begun = ttl.buffer_name(self.output.block), self._begun()
        firsts, later = self._parts()
        if constant_value(begun) != 0:
            self._add(begun, cb)
        self._pack(firsts, first)
        if later and constant_value(begun) != 1:
            self._add(self._ints.constant(1), cb)
        for part in later:
            self._pack(part, first)
        if later or constant_value(begun) != 0:
            self._add(self._ints.constant(0))

    def _parts(self) -> tuple[_Part, list[_Part]]:
        """The tiles that are the section's first at their places, and all others."""
        rows, columns = range(self.subblock.rows), range(self.subblock.columns)
        match self.output.map:
            case "m1":
                firsts, later = (rows, columns[:1]), [(rows, columns[1:])]
            case "1n":
                firsts, later = (rows[:1], columns), [(rows[1:], columns)]
            case _:
                firsts, later = (rows[:1], columns[:1]), [(rows[:1], columns[1:]), (rows[1:], columns)]
        return firsts, [part for part in later if all(part)]

    @property
    def _ints(self) -> Ints:
        return Ints.at(self.builder, self.subblock.compute)

    def _begun(self) -> SSAValue:
        """1 where an earlier section has packed to the places that this one packs to, else 0."""
        row, column = self.subblock.origin
        before = {"m1": (column,), "1n": (row,), "11": (row, column)}[self.output.map]
        known = [constant_value(origin) for origin in before]
        if any(known):
            return self._ints.constant(1)
        flags = [self._is_not_first(origin) for origin, value in zip(before, known, strict=True) if value is None]
        if not flags:
            return self._ints.constant(0)
        flag = flags[0] if len(flags) == 1 else self._ints.emit(arith.OrIOp(flags[0], flags[1]))
        begun = self._ints.emit(arith.ExtUIOp(flag, i32))
        begun.name_hint = "accumulate"
        return begun

    def _is_not_first(self, origin: SSAValue) -> SSAValue:
        return self._ints.emit(arith.CmpiOp(origin, self._ints.constant(0), "ne"))

    def _add(self, enable: SSAValue, cb: str | None = None) -> None:
        self._insert(self.builder, ttkernel.PackReconfigL1AccOp(enable, cb))

    def _pack(self, part: _Part, first: int) -> None:
        builder, (r, c) = stepped_nest(self.builder, self.subblock.compute, list(zip("rc", part, strict=True)))
        ints = Ints.at(builder, self.subblock.compute)
        number = ints.add(ints.mul(r, ints.constant(self.subblock.columns)), c)
        place = Place(ints, self.subblock.origin, r, c, number, ints.constant(0))
        slot = ints.add(number, ints.constant(first))
        tile = self.subblock.index(self.output, place)
        self._insert(builder, ttkernel.PackTileOp(slot, ttl.buffer_name(self.output.block), tile))

    def _insert(self, builder: Builder, *ops: Operation) -> None:
        for op in ops:
            set_location(op, self.subblock.compute)
            builder.insert(op)
