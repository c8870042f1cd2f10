"""A DST section: acquire, the functions, each for the whole subblock, commit, wait, packs, release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.builder import Builder
from xdsl.ir import BlockArgument, Operation, SSAValue

from ttlang.analysis.subblock import packs_in_order
from ttlang.dialects import ttkernel, ttl
from ttlang.transforms.compute.calls import Build, matmul_call, reduce_call, tile_call
from ttlang.transforms.compute.subblocks import Place, Subblock
from ttlang.transforms.loops import nest
from ttlang.transforms.rewriting import Ints, set_location


@dataclass(frozen=True)
class Section:
    """Lowers the body of a `ttl.compute` for a subblock."""

    subblock: Subblock
    builder: Builder

    def emit(self) -> None:
        compute = self.subblock.compute
        self._insert(ttkernel.TileRegsAcquireOp())
        self.emit_body()
        self._insert(ttkernel.TileRegsCommitOp())
        self._insert(ttkernel.TileRegsWaitOp())
        for value, output in zip(compute.end.arguments, compute.outputs, strict=True):
            self._pack(self.subblock.first_dst(value), output)
        self._insert(ttkernel.TileRegsReleaseOp())

    def emit_body(self) -> None:
        """The functions alone, in a section that is there."""
        *body, _ = self.subblock.compute.body.block.ops
        for op in body:
            self._lower(op)

    def _lower(self, op: Operation) -> None:
        if isinstance(op, ttl.MatmulOp):
            self._matmul(op)
            return
        maps = [self.subblock.input_of(value).map for value in op.operands if isinstance(value, BlockArgument)]
        if isinstance(op, ttl.ReduceSumOp | ttl.ReduceMaxOp):
            self._each(op, maps, reduce_call(op, self.subblock), self.subblock.compute.steps(op.input))
        else:
            self._each(op, maps, tile_call(op, self.subblock))

    def _matmul(self, op: ttl.MatmulOp) -> None:
        steps = self.subblock.compute.steps(op.lhs)
        builder, (k,) = nest(self.builder, op, [("k", steps)])
        ints = Ints.at(builder, op)
        zero = ints.constant(0)
        place = Place(ints, self.subblock.origin, zero, zero, zero, k)
        _insert(builder, matmul_call(op, self.subblock, place, steps), op)

    def _pack(self, first: int, output: SSAValue) -> None:
        """`first`: where in DST the output's tiles begin."""
        compute, cb, ints = self.subblock.compute, ttl.buffer_name(output), Ints.at(self.builder, self.subblock.compute)
        if compute.accumulate is not None or not packs_in_order(compute.space, compute.subblock_sizes):

            def pack(place: Place) -> Operation:
                index = self.subblock.index(ttl.Input(output), place)
                return ttkernel.PackTileOp(place.ints.add(place.number, place.ints.constant(first)), cb, index)

            self._each(compute, ["mn"], pack)
        elif self.subblock.tiles == 1:
            self._insert(ttkernel.PackTileOp(ints.constant(first), cb))
        else:
            self._insert(ttkernel.PackTileBlockOp(ints.constant(first), cb, self.subblock.tiles))

    def _each(self, op: Operation, maps: Sequence[str], build: Build, steps: int = 1) -> None:
        """Builds a call for each tile of the subblock, and for each of the steps along k."""
        rows, columns = self.subblock.rows, self.subblock.columns
        flat = rows == 1 or columns == 1 or not maps
        along_rows = columns == self.subblock.compute.space[1] and set(maps) <= {"mn", "11"}
        tiles = [("i", self.subblock.tiles)] if flat or along_rows else [("r", rows), ("c", columns)]
        builder, (*tile, k) = nest(self.builder, op, [*tiles, ("k", steps)])
        ints = Ints.at(builder, op)
        if len(tile) == 2:
            r, c = tile
            number = ints.add(ints.mul(r, ints.constant(columns)), c)
        else:
            (number,) = tile
            r, c = (number, ints.constant(0)) if columns == 1 and rows > 1 else (ints.constant(0), number)
        _insert(builder, build(Place(ints, self.subblock.origin, r, c, number, k)), op)

    def _insert(self, op: Operation) -> None:
        _insert(self.builder, op, self.subblock.compute)


def _insert(builder: Builder, op: Operation, source: Operation) -> None:
    set_location(op, source)
    builder.insert(op)
