"""
`ttl.compute` becomes DST sections: acquire, the functions, commit, wait, packs, release. A section computes a subblock
of tiles, one function after the other, so that each init serves the whole subblock; what remains at the right and at
the bottom has sections of its own. A matmul takes the whole subblock in one call for each step along K.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp, i32
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern
from xdsl.rewriter import InsertPoint

from ttlang.analysis.dst import is_fpu, reuses_dst
from ttlang.analysis.subblock import packs_in_order, spans
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.guarantees import Guarantee, given
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import Ints, convert, entry_block, rewrites, set_location


@dataclass(frozen=True)
class _Place:
    """
    Where a call is built, and the tile it is for: the origin of the subblock, the tile's row and column and number in
    it, and its step k.
    """

    ints: Ints
    origin: tuple[SSAValue, SSAValue]
    r: SSAValue
    c: SSAValue
    number: SSAValue
    k: SSAValue

    @property
    def row(self) -> SSAValue:
        return self.ints.add(self.origin[0], self.r)

    @property
    def column(self) -> SSAValue:
        return self.ints.add(self.origin[1], self.c)


Build = Callable[[_Place], Operation]


@dataclass
class _Section:
    """Lowers the body of a `ttl.compute` for a subblock of a matrix that begins at (row, column)."""

    compute: ttl.ComputeOp
    matrix: Sequence[SSAValue]
    """The place of the matrix, along each of the dimensions of `ComputeOp.matrices`."""
    row: SSAValue
    column: SSAValue
    rows: int
    columns: int
    builder: Builder

    @property
    def tiles(self) -> int:
        return self.rows * self.columns

    @cached_property
    def _inputs(self) -> tuple[ttl.Input, ...]:
        return self.compute.described_inputs

    def emit(self) -> None:
        self._insert(ttkernel.TileRegsAcquireOp())
        self.emit_body()
        self._insert(ttkernel.TileRegsCommitOp())
        self._insert(ttkernel.TileRegsWaitOp())
        for value, output in zip(self.compute.end.arguments, self.compute.outputs, strict=True):
            self._pack(_slot(value) * self.tiles, output)
        self._insert(ttkernel.TileRegsReleaseOp())

    def emit_body(self) -> None:
        *body, _ = self.compute.body.block.ops
        for op in body:
            self._lower(op)

    def _pack(self, slot: int, output: SSAValue) -> None:
        cb, ints = ttl.buffer_name(output), self._ints(self.builder, self.compute)
        subblock = self.compute.subblock_sizes
        if self.compute.accumulate is not None or not packs_in_order(self.compute.space, subblock):

            def pack(place: _Place) -> Operation:
                index = self._index(ttl.Input(output), place)
                return ttkernel.PackTileOp(place.ints.add(place.number, place.ints.constant(slot)), cb, index)

            self._each(self.compute, ["mn"], pack)
        elif self.tiles == 1:
            self._insert(ttkernel.PackTileOp(ints.constant(slot), cb))
        else:
            self._insert(ttkernel.PackTileBlockOp(ints.constant(slot), cb, self.tiles))

    # ---------------------------------------------------------------------------------------------- loops

    def _each(self, op: Operation, maps: Sequence[str], build: Build, steps: int = 1) -> None:
        """Builds a call for each tile of the subblock, and for each of the steps along k."""
        flat = self.rows == 1 or self.columns == 1 or not maps
        along_rows = self.columns == self.compute.space[1] and set(maps) <= {"mn", "11"}
        if flat or along_rows:
            loops = [("i", self.tiles), ("k", steps)]
        else:
            loops = [("r", self.rows), ("c", self.columns), ("k", steps)]
        builder, counters = self._nest(op, loops)
        ints = self._ints(builder, op)
        *tile, k = counters
        if len(tile) == 2:
            r, c = tile
            number = ints.add(ints.mul(r, ints.constant(self.columns)), c)
        else:
            (number,) = tile
            r, c = (number, ints.constant(0)) if self.columns == 1 and self.rows > 1 else (ints.constant(0), number)
        new = build(_Place(ints, (self.row, self.column), r, c, number, k))
        set_location(new, op)
        builder.insert(new)

    def _nest(self, op: Operation, loops: Sequence[tuple[str, int]]) -> tuple[Builder, list[SSAValue]]:
        """Loops of these names and sizes, none for a size of 1; where to build in them, and their counters."""
        builder, counters = self.builder, list[SSAValue]()
        for name, size in loops:
            ints = self._ints(builder, op)
            if size == 1:
                counters.append(ints.constant(0))
                continue
            builder, counter = _loop(builder, ints, op, name, 0, size, 1)
            counters.append(counter)
        return builder, counters

    def _index(self, one: ttl.Input, place: _Place) -> SSAValue:
        """The tile of an input or output, by its map (`ttl.MAPS`), in the matrix that is computed."""
        ints, shape = place.ints, one.shape
        index = self._index_in_matrix(one.map, shape.matrix[1], place)
        if not self.matrix and not shape.first.data:
            return index
        first = ints.constant(shape.first.data)
        for number, size, stride in zip(self.matrix, shape.leading, shape.strides, strict=False):
            if size > 1:
                first = ints.add(first, ints.mul(number, ints.constant(stride)))
        return ints.add(first, index)

    def _index_in_matrix(self, name: str, columns: int, place: _Place) -> SSAValue:
        """`columns`: of the input's matrix."""
        ints, width = place.ints, place.ints.constant(columns)
        match name:
            case "mn" if not self.compute.maps:
                return place.column
            case "mn":
                return ints.add(ints.mul(place.row, width), place.column)
            case "m1":
                return place.row
            case "1n":
                return place.column
            case "nm":
                return ints.add(ints.mul(place.column, width), place.row)
            case "mk":
                return ints.add(ints.mul(place.row, width), place.k)
            case "kn":
                return ints.add(ints.mul(place.k, width), place.column)
            case "nk":
                return ints.add(ints.mul(place.column, width), place.k)
            case "k":
                return place.k
            case _:
                return ints.constant(0)

    # ---------------------------------------------------------------------------------------------- calls

    def _lower(self, op: Operation) -> None:
        arguments = [value for value in op.operands if isinstance(value, BlockArgument)]
        maps = [self._inputs[argument.index].map for argument in arguments]
        if isinstance(op, ttl.MatmulOp):
            self._matmul(op)
        elif isinstance(op, ttl.ReduceSumOp | ttl.ReduceMaxOp):
            self._each(op, maps, self._reduce(op), self.compute.steps(op.input))
        else:
            self._each(op, maps, self._call(op))

    def _matmul(self, op: ttl.MatmulOp) -> None:
        steps = self.compute.steps(op.lhs)
        builder, (k,) = self._nest(op, [("k", steps)])
        ints = self._ints(builder, op)
        zero = ints.constant(0)
        place = _Place(ints, (self.row, self.column), zero, zero, zero, k)
        call = ttkernel.MatmulBlockOp(
            self._buffer(op.lhs),
            self._buffer(op.rhs),
            self._tile(op.lhs, place),
            self._tile(op.rhs, place),
            ints.constant(_slot(op.result) * self.tiles),
            transpose=op.transpose is not None,
            ct=self.columns,
            rt=self.rows,
            kt=steps,
        )
        set_location(call, op)
        builder.insert(call)

    def _reduce(self, op: ttl.ReduceSumOp | ttl.ReduceMaxOp) -> Build:
        data, scaler = op.input, given(op.scaler, Guarantee.ENGINES)
        out = ttl.buffer_name(self.compute.outputs[0])
        # A sum that the author wants in 32 bits stays so on its way from a row to a column.
        full_fp32 = _has_dst32(self.compute) and op.POOL == "sum" and op.dim.data.value == "row"
        return lambda place: ttkernel.ReduceTileOp(
            op.POOL,
            op.dim.data.value,
            self._buffer(data),
            self._buffer(scaler),
            self._tile(data, place),
            self._tile(scaler, place),
            self._dst(op.result, place),
            out,
            full_fp32=full_fp32,
        )

    def _call(self, op: Operation) -> Build:
        """What builds the kernel call of an operation."""
        result = op.results[0]
        match op:
            case ttl.ElementwiseOp() if reuses_dst(op):
                return self._reuse(op)
            case ttl.ElementwiseOp() if is_fpu(op):
                kind = op.ROW.fpu
                call = ttkernel.FPU_BROADCAST[kind, op.broadcast.data.value] if op.broadcast else None
                binary = call or ttkernel.FPU_BINARY[kind]
                left, right = op.inputs
                return lambda p: binary(
                    self._buffer(left),
                    self._buffer(right),
                    self._tile(left, p),
                    self._tile(right, p),
                    self._dst(result, p),
                )
            case ttl.ElementwiseOp():
                return lambda p: self._sfpu(op, [self._dst(v, p) for v in (*op.inputs, result)])
            case ttl.TransposeOp():
                return lambda p: ttkernel.TransposeTileOp(
                    self._buffer(op.input), self._tile(op.input, p), self._dst(result, p)
                )
            case ttl.CopyTileOp() if isinstance(op.input, BlockArgument):
                return lambda p: ttkernel.CopyTileOp(
                    self._buffer(op.input), self._tile(op.input, p), self._dst(result, p)
                )
            case ttl.CopyTileOp():
                name = op.input.type.format.data
                return lambda p: ttkernel.CopyDestValuesOp(self._dst(op.input, p), self._dst(result, p), name)
            case ttl.TypecastOp():
                formats = [type_of(value, TileType).format.data for value in (op.input, op.result)]
                return lambda p: ttkernel.TypecastTileOp(self._dst(result, p), *formats)
            case _:
                raise AssertionError(f"no kernel call for {op.name}")

    def _reuse(self, op: ttl.ElementwiseOp) -> Build:
        first, second = op.inputs
        tile, dest = (second, "srca") if isinstance(second, BlockArgument) else (first, "srcb")
        return lambda p: ttkernel.BinaryDestReuseTilesOp(
            op.ROW.fpu, dest, self._buffer(tile), self._tile(tile, p), self._dst(op.result, p)
        )

    def _sfpu(self, op: ttl.ElementwiseOp, slots: Sequence[SSAValue]) -> Operation:
        row = op.ROW
        tile = type_of(op.inputs[0] if op.inputs else op.result, TileType)
        return ttkernel.sfpu_tile_op(row)(
            slots[-ttkernel.slot_count(row) :],
            row.call_values(op.parameter_values),
            tile.dtype.name if tile.dtype.is_integer else None,
        )

    # ------------------------------------------------------------------------------------------- operands

    def _input(self, tile: SSAValue) -> SSAValue:
        return self.compute.inputs[self.compute.input_number(tile)]

    def _buffer(self, tile: SSAValue) -> str:
        return ttl.buffer_name(self._input(tile))

    def _tile(self, tile: SSAValue, place: _Place) -> SSAValue:
        return self._index(self._inputs[self.compute.input_number(tile)], place)

    def _dst(self, value: SSAValue, place: _Place) -> SSAValue:
        return place.ints.add(place.number, place.ints.constant(_slot(value) * self.tiles))

    def _ints(self, builder: Builder, source: Operation) -> Ints:
        return Ints(entry_block(self.compute), builder.insert, source)

    def _insert(self, op: Operation) -> None:
        set_location(op, self.compute)
        self.builder.insert(op)


def _slot(value: SSAValue) -> int:
    return owner_of(value, ttl.TileOp).slot


def _loop(
    builder: Builder, ints: Ints, source: Operation, name: str, first: int, end: int, step: int
) -> tuple[Builder, SSAValue]:
    """A loop; where to build in it, and its counter."""
    body = Block(arg_types=[i32])
    body.args[0].name_hint = name
    loop = scf.ForOp(ints.constant(first), ints.constant(end), ints.constant(step), [], Region(body))
    builder.insert(loop)
    yielded = scf.YieldOp()
    body.add_op(yielded)
    set_location(loop, source)
    return Builder(InsertPoint.before(yielded)), body.args[0]


def _places(
    builder: Builder, op: ttl.ComputeOp, name: str, total: int, step: int
) -> Iterator[tuple[Builder, SSAValue, int]]:
    """Where to build for each span of rows or columns, its start, and its size."""
    for first, end, size in spans(total, step):
        ints = Ints(entry_block(op), builder.insert, op)
        if end - first == size:
            yield builder, ints.constant(first), size
        else:
            yield *_loop(builder, ints, op, name, first, end, size), size


def _matrices(builder: Builder, op: ttl.ComputeOp) -> tuple[Builder, list[SSAValue]]:
    """Where to build for each matrix that is gone through by itself, and its place."""
    places: list[SSAValue] = []
    for axis, size in enumerate(op.matrices):
        ints = Ints(entry_block(op), builder.insert, op)
        if size == 1:
            places.append(ints.constant(0))
            continue
        builder, place = _loop(builder, ints, op, f"d{axis}", 0, size, 1)
        places.append(place)
    return builder, places


def _has_dst32(op: Operation) -> bool:
    """Whether the DST of its kernel holds 32 bits a datum."""
    while (around := op.parent_op()) is not None:
        if isinstance(around, ttl.KernelOp):
            return around.dst32
        op = around
    return False


@dataclass(frozen=True)
class LowerComputeOp(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.ComputeOp, rewriter: PatternRewriter, /) -> None:
        builder = Builder(InsertPoint.before(op))
        ints = Ints.at(builder, op)
        if op.in_dst:
            zero = ints.constant(0)
            _Section(op, (), zero, zero, *op.subblock_sizes, builder).emit_body()
            rewriter.erase(op)
            return
        if op.accumulate is not None:
            self._set_l1_acc(builder, op, op.accumulate, ttl.buffer_name(op.outputs[0]))
        (rows, columns), (r, c) = op.space, op.subblock_sizes
        column_name = "col" if op.maps else "tile"
        inside, matrix = _matrices(builder, op)
        for outer, row, height in _places(inside, op, "row", rows, r):
            for inner, column, width in _places(outer, op, column_name, columns, c):
                _Section(op, matrix, row, column, height, width, inner).emit()
        if op.accumulate is not None:
            self._set_l1_acc(builder, op, ints.constant(0))
        rewriter.erase(op)

    def _set_l1_acc(self, builder: Builder, op: ttl.ComputeOp, enable: SSAValue, cb: str | None = None) -> None:
        config = ttkernel.PackReconfigL1AccOp(enable, cb)
        set_location(config, op)
        builder.insert(config)


@dataclass(frozen=True)
class LowerAccumulateOp(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.AccumulateOp, rewriter: PatternRewriter, /) -> None:
        cb, tiles = ttl.buffer_name(op.output), op.output.type.tiles
        zero = Ints.before(op, rewriter).constant(0)
        pack = ttkernel.PackTileOp(zero, cb) if tiles == 1 else ttkernel.PackTileBlockOp(zero, cb, tiles)
        rewriter.insert(ttkernel.TileRegsAcquireOp())
        rewriter.inline_block(op.body.block, InsertPoint.before(op))
        rewriter.insert([ttkernel.TileRegsCommitOp(), ttkernel.TileRegsWaitOp(), pack, ttkernel.TileRegsReleaseOp()])
        rewriter.erase(op)


@dataclass(frozen=True)
class TTLLowerComputePass(OrderedPass):
    """`ttl.compute` and `ttl.accumulate` become kernel calls on DST. Inits come later (`ttkernel-insert-inits`)."""

    name = "ttl-lower-compute"
    needs = frozenset({Guarantee.DST_SLOTS, Guarantee.SUMS_PLACED, Guarantee.ACQUIRED_BLOCKS})
    gives = frozenset({Guarantee.COMPUTE_CALLS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        convert(op, LowerComputeOp())
        convert(op, LowerAccumulateOp())
