"""Stores as `ttl.compute`: what each tile of a block is computed from, in DST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import ArrayAttr, DenseArrayBase, IntegerAttr, StringAttr, UnitAttr, i32, i64
from xdsl.dialects.utils import AbstractYieldOperation
from xdsl.ir import Attribute, BlockArgument, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    ParsePropInAttrDict,
    VarConstraint,
    base,
    lazy_traits_def,
    opt_prop_def,
    region_def,
    result_def,
    traits_def,
)
from xdsl.traits import HasParent, IsTerminator, MemoryReadEffect, MemoryWriteEffect, NoTerminator
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.guarantees import Guarantee, given
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.ttl.blocks import TileOp
from ttlang.dialects.ttl.effects import EffectOp
from ttlang.dialects.ttl.types import BlockType
from ttlang.dialects.typed_values import operand_of, opt_operand_of, var_operand_of


@irdl_op_definition
class CopyTileOp(TileOp):
    """Inside `ttl.compute`: a tile of a buffer, moved to DST; or a second copy of a DST tile, to be overwritten."""

    name = "ttl.copy_tile"
    T: ClassVar = VarConstraint("T", base(TileType))
    input = operand_of(T)
    result = result_def(T)
    assembly_format = "$input attr-dict `:` type($input)"

    def __init__(self, input: SSAValue):
        super().__init__(operands=[input], result_types=[input.type])


@irdl_op_definition
class YieldOp(AbstractYieldOperation[Attribute]):
    """The tiles of the outputs."""

    name = "ttl.yield"
    traits = lazy_traits_def(lambda: (IsTerminator(), HasParent(ComputeOp)))


MAPS: dict[str, str] = {
    "mn": "the tile at the output's place",
    "m1": "the tile of the output's row, in a block of one column",
    "1n": "the tile of the output's column, in a block of one row",
    "11": "the only tile",
    "nm": "the tile at the transposed place",
    "mk": "the tiles of the output's row",
    "kn": "the tiles of the output's column",
    "nk": "the tiles of the row that has the number of the output's column",
    "k": "all tiles",
}
"""Which tiles of an input a tile of the outputs, at row m and column n, is computed from; k runs over several."""


@irdl_op_definition
class ComputeOp(EffectOp):
    """
    One or more stores that share their DST sections: the body computes one tile of each output, for all places of the
    block, from tiles of the inputs. `maps` says for each input which ones (`MAPS`); without it, those at the same
    place.
    """

    name = "ttl.compute"
    inputs = var_operand_of(BlockType)
    outputs = var_operand_of(BlockType)
    accumulate = opt_operand_of(i32)
    """0 or 1 at run time: whether pack adds to what L1 holds. `ttl-place-accumulators` sets it."""
    maps = opt_prop_def(ArrayAttr[StringAttr])
    acc = opt_prop_def(UnitAttr)
    """Adds to what was stored in the acquisition; gone after `ttl-place-accumulators`."""
    in_dst = opt_prop_def(UnitAttr)
    """Adds to the section of the `ttl.accumulate` around it."""
    slots = opt_prop_def(IntegerAttr)
    """DST slots that one tile's computation takes."""
    subblock = opt_prop_def(DenseArrayBase.constr(i64))
    """Rows and columns of tiles computed in one DST section."""
    body = region_def("single_block")
    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        outputs: Sequence[SSAValue],
        body: Region,
        *,
        maps: Sequence[str] = (),
        acc: bool = False,
        accumulate: SSAValue | None = None,
    ):
        super().__init__(
            operands=[list(inputs), list(outputs), accumulate],
            regions=[body],
            properties={
                "maps": ArrayAttr(StringAttr(m) for m in maps) if any(m != "mn" for m in maps) else None,
                "acc": UnitAttr() if acc else None,
            },
        )

    assembly_format = (
        "`ins` `(` $inputs `:` type($inputs) `)` `outs` `(` $outputs `:` type($outputs) `)` "
        "(`accumulate` $accumulate^)? attr-dict-with-keyword $body"
    )

    @property
    def map_names(self) -> tuple[str, ...]:
        """The map of each input."""
        return tuple(m.data for m in self.maps) if self.maps else ("mn",) * len(self.inputs)

    @property
    def space(self) -> tuple[int, int]:
        """Rows and columns of tiles to go over. Where place alone matters, a block is one row of tiles."""
        if not self.maps:
            return 1, self.outputs[0].type.tiles
        rows, columns = self.outputs[0].type.sizes
        return rows, columns

    @property
    def end(self) -> YieldOp:
        """The end of the body, which has the tiles of the outputs."""
        end = self.body.block.last_op
        assert isinstance(end, YieldOp)
        return end

    def input_number(self, tile: SSAValue) -> int:
        """The number of the input that a tile, an argument of the body, is of."""
        assert isinstance(tile, BlockArgument)
        return tile.index

    @property
    def slot_count(self) -> int:
        """DST slots that one tile's computation takes."""
        return given(self.slots, Guarantee.DST_SLOTS).value.data

    @property
    def subblock_sizes(self) -> tuple[int, int]:
        subblock = given(self.subblock, Guarantee.DST_SLOTS)
        rows, columns = (int(size) for size in subblock.iter_values())
        return rows, columns

    def verify_(self) -> None:
        block = self.body.block
        if len({output.type.sizes for output in self.outputs}) > 1:
            raise VerifyException("outputs have one shape")
        if len(self.map_names) != len(self.inputs) or not set(self.map_names) <= MAPS.keys():
            raise VerifyException(f"each input has a map, of {', '.join(MAPS)}")
        for value, name in zip(self.inputs, self.map_names, strict=True):
            self._verify_sizes(value.type.sizes, name)
        if tuple(block.arg_types) != tuple(value.type.element for value in self.inputs):
            raise VerifyException("the body has an argument for the tile of each input")
        if not isinstance(last := block.last_op, YieldOp) or len(last.arguments) != len(self.outputs):
            raise VerifyException("the body yields a tile for each output")

    def _verify_sizes(self, sizes: tuple[int, ...], name: str) -> None:
        if not self.maps:
            if self.outputs and sizes != self.outputs[0].type.sizes:
                raise VerifyException("inputs and outputs have one shape, or maps")
            return
        letters = dict(zip("mn", self.outputs[0].type.sizes, strict=True)) | {"1": 1}
        if len(name) > 1 and any(letters.get(letter, size) != size for letter, size in zip(name, sizes, strict=True)):
            raise VerifyException(f"an input of {list(sizes)} tiles can't be mapped by {name}")


@irdl_op_definition
class AccumulateOp(EffectOp):
    """One DST section around loops, whose `ttl.compute` adds to it; packed to `output` when they are through."""

    name = "ttl.accumulate"
    output = operand_of(BlockType)
    body = region_def("single_block")
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect(), NoTerminator())
    assembly_format = "`to` $output `:` type($output) attr-dict-with-keyword $body"

    def __init__(self, output: SSAValue, body: Region):
        super().__init__(operands=[output], regions=[body])
