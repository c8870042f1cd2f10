"""
`ttl.compute` becomes DST sections: acquire, the functions, commit, wait, packs, release. A section computes a batch of
tiles, one function after the other, so that each init serves the whole batch; the remainder is a section of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, i32
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint

from ttlang.analysis.dst import is_fpu, loads
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.ttcore import TileType
from ttlang.transforms.rewriting import Ints, convert, entry_block, set_location


def buffer_name(block: SSAValue) -> str:
    """The symbol of the buffer that an acquired block belongs to."""
    acquire = cast(ttl.AcquireOp, block.owner)
    return cast(ttl.CreateCBOp, acquire.cb.owner).name_.data


@dataclass
class _Section:
    """Lowers the body of a `ttl.compute` for `tiles` tiles from `start` on."""

    compute: ttl.ComputeOp
    start: SSAValue
    tiles: int
    builder: Builder

    def emit(self) -> None:
        self._insert(ttkernel.TileRegsAcquireOp())
        body = tuple(self.compute.body.block.ops)
        for op in body[:-1]:
            self._lower(op)
        self._insert(ttkernel.TileRegsCommitOp(), self.compute)
        self._insert(ttkernel.TileRegsWaitOp(), self.compute)
        for value, output in zip(cast(ttl.YieldOp, body[-1]).arguments, self.compute.outputs, strict=True):
            slot = self._ints(self.builder, self.compute).constant(self._slot(value) * self.tiles)
            cb = buffer_name(output)
            pack = ttkernel.PackTileOp(slot, cb) if self.tiles == 1 else ttkernel.PackTileBlockOp(slot, cb, self.tiles)
            self._insert(pack, self.compute)
        self._insert(ttkernel.TileRegsReleaseOp(), self.compute)

    def _lower(self, op: Operation) -> None:
        call = self._call(op)
        if self.tiles == 1:
            self._insert(call(self.builder, self._ints(self.builder, op).constant(0)), op)
            return
        ints = self._ints(self.builder, op)
        body = Block(arg_types=[i32])
        loop = scf.ForOp(ints.constant(0), ints.constant(self.tiles), ints.constant(1), [], Region(body))
        body.args[0].name_hint = "i"
        self._insert(loop, op)
        inner = Builder(InsertPoint.at_end(body))
        inner.insert(call(inner, body.args[0]))
        inner.insert(scf.YieldOp())
        set_location(loop, op)

    def _call(self, op: Operation) -> Callable[[Builder, SSAValue], Operation]:
        """What builds the kernel call of an operation, for the tile at an index of the batch."""

        def dst(builder: Builder, value: SSAValue, index: SSAValue) -> SSAValue:
            ints = self._ints(builder, op)
            return ints.add(index, ints.constant(self._slot(value) * self.tiles))

        def tile(builder: Builder, index: SSAValue) -> SSAValue:
            return self._ints(builder, op).add(self.start, index)

        result = op.results[0]
        if is_fpu(op):
            kind = ttkernel.FPU_BINARY[cast(ttl.ElementwiseOp, op).ROW.fpu]
            left, right = (self._buffer(operand) for operand in op.operands)
            return lambda b, i: kind(left, right, tile(b, i), tile(b, i), dst(b, result, i))
        if loads(op):
            source = self._buffer(op.operands[0])
            return lambda b, i: ttkernel.CopyTileOp(source, tile(b, i), dst(b, result, i))
        if isinstance(op, ttl.CopyTileOp):
            name = cast(TileType, op.input.type).format.data
            return lambda b, i: ttkernel.CopyDestValuesOp(dst(b, op.input, i), dst(b, result, i), name)
        if isinstance(op, ttl.TypecastOp):
            formats = [cast(TileType, value.type).format.data for value in (op.input, op.result)]
            return lambda b, i: ttkernel.TypecastTileOp(dst(b, result, i), *formats)
        assert isinstance(op, ttl.ElementwiseOp)
        return lambda b, i: self._sfpu(op, [dst(b, v, i) for v in (*op.inputs, result)])

    def _sfpu(self, op: ttl.ElementwiseOp, slots: Sequence[SSAValue]) -> Operation:
        row = op.ROW
        tile = cast(TileType, op.inputs[0].type if op.inputs else op.result.type)
        return ttkernel.sfpu_tile_op(row)(
            slots[-ttkernel.slot_count(row) :],
            row.call_values(op.parameter_values),
            tile.dtype.name if tile.dtype.is_integer else None,
        )

    def _slot(self, value: SSAValue) -> int:
        slot = cast(Operation, value.owner).properties["dst"]
        return cast(IntegerAttr, slot).value.data

    def _buffer(self, tile: SSAValue) -> str:
        return buffer_name(self.compute.inputs[cast(BlockArgument, tile).index])

    def _ints(self, builder: Builder, source: Operation) -> Ints:
        return Ints(entry_block(self.compute), builder.insert, source)

    def _insert(self, op: Operation, source: Operation | None = None) -> None:
        set_location(op, source or self.compute)
        self.builder.insert(op)


@dataclass(frozen=True)
class LowerComputeOp(RewritePattern):
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ttl.ComputeOp, rewriter: PatternRewriter, /) -> None:
        assert op.batch is not None
        tiles, batch = cast(ttl.BlockType, op.outputs[0].type).tiles, op.batch.value.data
        full = tiles // batch * batch
        builder = Builder(InsertPoint.before(op))
        ints = Ints.at(builder, op)
        if full == batch:
            _Section(op, ints.constant(0), batch, builder).emit()
        else:
            body = Block(arg_types=[i32])
            body.args[0].name_hint = "tile"
            loop = scf.ForOp(ints.constant(0), ints.constant(full), ints.constant(batch), [], Region(body))
            builder.insert(loop)
            inner = Builder(InsertPoint.at_end(body))
            _Section(op, body.args[0], batch, inner).emit()
            inner.insert(scf.YieldOp())
            set_location(loop, op)
        if tiles > full:
            _Section(op, ints.constant(full), tiles - full, builder).emit()
        rewriter.erase(op)


@dataclass(frozen=True)
class TTLLowerComputePass(ModulePass):
    """`ttl.compute` becomes kernel calls on DST. Inits come later (`ttkernel-insert-inits`)."""

    name = "ttl-lower-compute"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        convert(op, LowerComputeOp())
