"""A DST section: acquire, the functions, each for the whole subblock, commit, wait, packs, release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from xdsl.builder import Builder
from xdsl.dialects import arith, scf
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.subblock import packs_in_order, spans
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.walking import operations_in
from ttlang.transforms.compute.calls import Build, matmul_call, reduce_call, tile_call
from ttlang.transforms.compute.partial_sums import PartialSums
from ttlang.transforms.compute.subblocks import Place, Subblock
from ttlang.transforms.loops import nest, stepped_nest
from ttlang.transforms.partial_waits import wait_behind
from ttlang.transforms.rewriting import Ints, entry_block, insert_at, set_location


@dataclass(frozen=True)
class _Along:
    """The steps along k, and the tile of an input that they go along, which may come in parts."""

    steps: int
    tile: SSAValue
    part: int

    @property
    def waits(self) -> bool:
        """Whether there are parts to wait for."""
        return 0 < self.part < self.steps


@dataclass(frozen=True)
class Section:
    """Lowers the body of a `ttl.compute` for a subblock."""

    subblock: Subblock
    builder: Builder
    _there: set[SSAValue] = field(default_factory=set[SSAValue])
    """Tiles of the body that were waited for."""

    @cached_property
    def _entry(self) -> Block:
        return entry_block(self.subblock.compute)

    def _ints(self, builder: Builder, source: Operation) -> Ints:
        """As `Ints.at`, for what stands in this thread."""
        return Ints(self._entry, partial(insert_at, builder), source)

    def emit(self) -> None:
        compute = self.subblock.compute
        self._insert(ttkernel.TileRegsAcquireOp())
        self.emit_body()
        self._insert(ttkernel.TileRegsCommitOp())
        self._insert(ttkernel.TileRegsWaitOp())
        for value, output in zip(compute.end.arguments, compute.described_outputs, strict=True):
            if output.map == "mn":
                self._pack(self.subblock.first_dst(value), output.block)
            else:
                PartialSums(self.subblock, self.builder, output).emit(self.subblock.first_dst(value))
        self._insert(ttkernel.TileRegsReleaseOp())
        self._push()

    def _push(self) -> None:
        """Hands on the tiles, of a sum in its last turn."""
        compute = self.subblock.compute
        pushes = [
            ttkernel.CBPushBackOp(ttl.buffer_name(compute.outputs[number]), self.subblock.tiles)
            for number in (compute.pushed.iter_values() if compute.pushed else ())
        ]
        if compute.last is None:
            for push in pushes:
                self._insert(push)
            return
        self._insert(branch := scf.IfOp(compute.last, [], Region(Block([*pushes, scf.YieldOp()]))))
        for op in branch.walk():
            set_location(op, compute)

    def emit_body(self) -> None:
        """The functions alone, in a section that is there."""
        *body, _ = operations_in(self.subblock.compute.body.block)
        for op in body:
            self._lower(op)

    def _lower(self, op: Operation) -> None:
        if isinstance(op, ttl.MatmulOp):
            self._matmul(op)
            return
        maps = [self.subblock.input_of(value).map for value in op.operands if isinstance(value, BlockArgument)]
        if isinstance(op, ttl.ReduceSumOp | ttl.ReduceMaxOp):
            along = self._along(op.input)
            self._wait_for(op, along)
            self._each(op, maps, reduce_call(op, self.subblock), along)
        else:
            self._wait_for(op)
            self._each(op, maps, tile_call(op, self.subblock))

    def _matmul(self, op: ttl.MatmulOp) -> None:
        # One call takes all rows at a step: where there are several, their last one is waited for before.
        along = self._along(op.lhs, in_parts=self.subblock.rows == 1)
        self._wait_for(op, along)
        zero = self._ints(self.builder, op).constant(0)
        for builder, k in self._steps(self.builder, op, along, zero, zero):
            place = Place(self._ints(builder, op), self.subblock.origin, zero, zero, zero, k)
            _insert(builder, matmul_call(op, self.subblock, place, along.steps), op)

    # ------------------------------------------------------------------------------------- blocks that come in parts

    def _part(self, tile: SSAValue) -> int:
        """In parts of how many tiles an input is waited for, whose tile is an argument of the body; 0 if not at all."""
        awaited = self.subblock.compute.awaited
        return int(tuple(awaited.iter_values())[self.subblock.compute.input_number(tile)]) if awaited else 0

    def _along(self, tile: SSAValue, *, in_parts: bool = True) -> _Along:
        """The steps along k. `in_parts`: each step takes the tiles of one row, which may be waited for on the way."""
        follow = in_parts and self.subblock.input_of(tile).map in ("mk", "k")
        return _Along(self.subblock.compute.steps(tile), tile, self._part(tile) if follow else 0)

    def _wait_for(self, op: Operation, along: _Along | None = None) -> None:
        """Waits for what an operation reads for the subblock, but for what it waits for on its way along k."""
        for tile in dict.fromkeys(value for value in op.operands if isinstance(value, BlockArgument)):
            if tile in self._there or not self._part(tile) or (along and along.waits and along.tile is tile):
                continue
            self._there.add(tile)
            ints = self._ints(self.builder, op)
            (r, c, k), tiles = self.subblock.last_part(self.subblock.input_of(tile))
            first = Place(ints, self.subblock.origin, *map(ints.constant, (r, c, 0, k)))
            _insert(self.builder, self._wait(tile, first, tiles), op)

    def _wait(self, tile: SSAValue, first: Place, tiles: int) -> Operation:
        """Waits for so many tiles of an input, from that for a place on."""
        return wait_behind(self.subblock.buffer(tile), self.subblock.tile(tile, first), tiles)

    def _steps(
        self, builder: Builder, op: Operation, along: _Along, r: SSAValue, c: SSAValue
    ) -> Iterator[tuple[Builder, SSAValue]]:
        """Where to build for each of the steps along k for the tile at a place, and which step that is."""
        if not along.waits:
            inner, (k,) = nest(builder, op, [("k", along.steps)])
            yield inner, k
            return
        for first, end, size in spans(along.steps, along.part):
            inner, (part,) = stepped_nest(builder, op, [("part", range(first, end, size))])
            ints = self._ints(inner, op)
            place = Place(ints, self.subblock.origin, r, c, ints.constant(0), part)
            _insert(inner, self._wait(along.tile, place, size), op)
            inner, (k,) = nest(inner, op, [("k", size)])
            yield inner, self._ints(inner, op).add(part, k)

    def _pack(self, first: int, output: SSAValue) -> None:
        """`first`: where in DST the output's tiles begin."""
        compute, cb = self.subblock.compute, ttl.buffer_name(output)
        ints = self._ints(self.builder, compute)
        if compute.accumulate is not None or not packs_in_order(compute.space, compute.subblock_sizes):
            base = self._behind_pushed(output) if compute.last is not None else None

            def pack(place: Place) -> Operation:
                number = place.number
                index = self.subblock.index(ttl.Input(output), place) if base is None else place.ints.add(base, number)
                return ttkernel.PackTileOp(place.ints.add(place.number, place.ints.constant(first)), cb, index)

            self._each(compute, ["mn"], pack)
        elif self.subblock.tiles == 1:
            self._insert(ttkernel.PackTileOp(ints.constant(first), cb))
        else:
            self._insert(ttkernel.PackTileBlockOp(ints.constant(first), cb, self.subblock.tiles))

    def _behind_pushed(self, output: SSAValue) -> SSAValue:
        """
        The place of the section's first tile in what is reserved of a sum's block: in the last turn the first one, as
        the sections before have pushed theirs.
        """
        compute, ints = self.subblock.compute, Ints.at(self.builder, self.subblock.compute)
        zero = ints.constant(0)
        first = self.subblock.index(ttl.Input(output), Place(ints, self.subblock.origin, zero, zero, zero, zero))
        assert compute.last is not None
        if constant_value(first) == 0:
            return first
        place = ints.emit(arith.SelectOp(compute.last, zero, first))
        place.name_hint = "place"
        return place

    # -------------------------------------------------------------------------------------------------------- places

    def _each(self, op: Operation, maps: Sequence[str], build: Build, along: _Along | None = None) -> None:
        """Builds a call for each tile of the subblock, and for each of the steps along k."""
        rows, columns = self.subblock.rows, self.subblock.columns
        flat = rows == 1 or columns == 1 or not maps
        along_rows = columns == self.subblock.compute.space[1] and set(maps) <= {"mn", "11"}
        tiles = [("i", self.subblock.tiles)] if flat or along_rows else [("r", rows), ("c", columns)]
        builder, tile = nest(self.builder, op, tiles)
        ints = self._ints(builder, op)
        if len(tile) == 2:
            r, c = tile
            number = ints.add(ints.mul(r, ints.constant(columns)), c)
        else:
            (number,) = tile
            r, c = (number, ints.constant(0)) if columns == 1 and rows > 1 else (ints.constant(0), number)
        steps = self._steps(builder, op, along, r, c) if along else [(builder, ints.constant(0))]
        for inner, k in steps:
            _insert(inner, build(Place(self._ints(inner, op), self.subblock.origin, r, c, number, k)), op)

    def _insert(self, op: Operation) -> None:
        _insert(self.builder, op, self.subblock.compute)


def _insert(builder: Builder, op: Operation, source: Operation) -> None:
    set_location(op, source)
    insert_at(builder, op)
