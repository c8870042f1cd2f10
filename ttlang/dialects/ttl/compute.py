"""Stores as `ttl.compute`: what each tile of a block is computed from, in DST."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap
from math import prod
from typing import ClassVar

from xdsl.dialects.builtin import ArrayAttr, DenseArrayBase, IntegerAttr, StringAttr, UnitAttr, i1, i32, i64
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

from ttlang.dialects.attributes import UNIT, i64_array, string_attr
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.guarantees import Guarantee, given
from ttlang.dialects.ttcore import TileType, matrix_of
from ttlang.dialects.ttl.blocks import TileOp
from ttlang.dialects.ttl.effects import EffectOp
from ttlang.dialects.ttl.types import BlockType, DimAttr
from ttlang.dialects.ttl.views import MATRIX, ViewAttr, whole
from ttlang.dialects.typed_values import operand_of, opt_operand_of, type_of, var_operand_of


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
class MulAddOp(TileOp):
    """
    Inside `ttl.compute`: the FPU's product of two tiles in L1, added to the tile `addend` in DST. `broadcast`: what it
    repeats of the second.
    """

    name = "ttl.mul_add"
    lhs = operand_of(TileType)
    rhs = operand_of(TileType)
    addend = operand_of(TileType)
    result = result_def(TileType)
    broadcast = opt_prop_def(DimAttr)
    assembly_format = (
        "$lhs `,` $rhs `,` $addend attr-dict `:` type($lhs) `,` type($rhs) `,` type($addend) `->` type($result)"
    )

    def __init__(
        self, lhs: SSAValue, rhs: SSAValue, addend: SSAValue, result_type: Attribute, broadcast: DimAttr | None = None
    ):
        super().__init__(operands=[lhs, rhs, addend], result_types=[result_type], properties={"broadcast": broadcast})


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
"""
Which tiles of an input a tile of the outputs, at row m and column n, is computed from; k runs over several. In blocks
of more dimensions, row and column are those of a matrix, and the input has one for each of the outputs'.
"""

OUTPUT_MAPS = ("mn", "m1", "1n", "11")
"""Of `MAPS`, those of outputs."""

_OF_ROWS, _OF_COLUMNS = ("mn", "mk", "m1"), ("kn", "nk", "1n", "11")
"""Maps that keep to the output's row, and those that its row is nothing to."""


@dataclass(frozen=True)
class Input:
    """An input of a `ttl.compute`."""

    block: SSAValue
    map: str = "mn"
    """One of `MAPS`."""
    view: ViewAttr | None = None
    """The shape that it is taken in, if not its own."""

    @property
    def shape(self) -> ViewAttr:
        """Its tiles in the shape that it is taken in."""
        return self.view or whole(type_of(self.block, BlockType).sizes)


@irdl_op_definition
class ComputeOp(EffectOp):
    """
    One or more stores that share their DST sections: the body computes one tile of each output, for all places of the
    block, from tiles of the inputs. `maps` says for each input which ones (`MAPS`); without it, those at the same
    place. `views` says in which shape each input is taken, if not all in their own.
    """

    name = "ttl.compute"
    inputs = var_operand_of(BlockType)
    outputs = var_operand_of(BlockType)
    accumulate = opt_operand_of(i32)
    """0 or 1 at run time: whether pack adds to what L1 holds. `ttl-place-accumulators` sets it."""
    last = opt_operand_of(i1)
    """Of one that adds to L1 in the turns of loops: whether it is in the last, whose sections hand on their tiles."""
    maps = opt_prop_def(ArrayAttr[StringAttr])
    views = opt_prop_def(ArrayAttr[ViewAttr])
    acc = opt_prop_def(UnitAttr)
    """Adds to what was stored in the acquisition; gone after `ttl-place-accumulators`."""
    in_dst = opt_prop_def(UnitAttr)
    """Adds to the section of the `ttl.accumulate` around it."""
    slots = opt_prop_def(IntegerAttr)
    """DST slots that one tile's computation takes."""
    subblock = opt_prop_def(DenseArrayBase.constr(i64))
    """Rows and columns of tiles computed in one DST section."""
    pushed = opt_prop_def(DenseArrayBase.constr(i64))
    """The numbers of the outputs whose tiles each section hands on; `ttl-hand-over-sections` sets it."""
    awaited = opt_prop_def(DenseArrayBase.constr(i64))
    """For each input, in parts of how many tiles it is waited for; 0 where nothing is left to wait for."""
    output_maps = opt_prop_def(ArrayAttr[StringAttr])
    """
    Where each output's tile goes (`OUTPUT_MAPS`), if not all to their own place. The packer adds up those that go to
    one place. `ttl-pack-partial-sums` sets it.
    """
    sizes = opt_prop_def(DenseArrayBase.constr(i64))
    """The shape of the block that is computed, where no output has a tile for each place of it."""
    body = region_def("single_block")
    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())

    def __init__(
        self,
        inputs: Sequence[Input],
        outputs: Sequence[SSAValue],
        body: Region,
        *,
        acc: bool = False,
        accumulate: SSAValue | None = None,
        last: SSAValue | None = None,
    ):
        in_place = all(one.map == "mn" and one.shape.in_order for one in inputs)
        views = any(one.view is not None for one in inputs)
        super().__init__(
            operands=[[one.block for one in inputs], list(outputs), accumulate, last],
            regions=[body],
            properties={
                "maps": None if in_place else ArrayAttr(string_attr(one.map) for one in inputs),
                "views": ArrayAttr(one.shape for one in inputs) if views else None,
                "acc": UNIT if acc else None,
            },
        )

    assembly_format = (
        "`ins` `(` $inputs `:` type($inputs) `)` `outs` `(` $outputs `:` type($outputs) `)` "
        "(`accumulate` $accumulate^)? (`last` $last^)? attr-dict-with-keyword $body"
    )

    @property
    def described_inputs(self) -> tuple[Input, ...]:
        """Each input, with its map and its shape."""
        maps = [m.data for m in self.maps] if self.maps else ["mn"] * len(self.inputs)
        own = [whole(block.type.sizes) for block in self.inputs] if self.views else ()
        views = [None if one == plain else one for one, plain in zip(self.views or (), own, strict=True)]
        return tuple(starmap(Input, zip(self.inputs, maps, views or [None] * len(maps), strict=True)))

    def set_inputs(self, inputs: Sequence[Input]) -> None:
        """Gives it other inputs."""
        replacement = ComputeOp(inputs, self.outputs, Region(), accumulate=self.accumulate, last=self.last)
        for name in ("maps", "views"):
            self.properties.pop(name, None)
        self.operands = replacement.operands
        self.properties |= replacement.properties
        replacement.erase()

    def set_outputs(self, outputs: Sequence[tuple[Input, SSAValue]]) -> None:
        """Gives it other outputs, each with its map and with its tile in the body."""
        sizes = self.computed_sizes
        self._set_operands([one.block for one, _ in outputs], self.accumulate, self.last)
        self.end.operands = [tile for _, tile in outputs]
        for name in ("output_maps", "sizes"):
            self.properties.pop(name, None)
        if all(one.map == "mn" for one, _ in outputs):
            return
        self.maps = ArrayAttr(StringAttr(one.map) for one in self.described_inputs)
        self.output_maps = ArrayAttr(StringAttr(one.map) for one, _ in outputs)
        if self.outputs[0].type.sizes != sizes:
            self.sizes = i64_array(sizes)

    def set_accumulate(self, accumulate: SSAValue) -> None:
        self._set_operands(self.outputs, accumulate, self.last)

    def set_last(self, last: SSAValue) -> None:
        self._set_operands(self.outputs, self.accumulate, last)

    def _set_operands(self, outputs: Sequence[SSAValue], accumulate: SSAValue | None, last: SSAValue | None) -> None:
        """All but its inputs."""
        replacement = ComputeOp(self.described_inputs, outputs, Region(), accumulate=accumulate, last=last)
        self.operands = replacement.operands
        self.properties["operandSegmentSizes"] = replacement.properties["operandSegmentSizes"]
        replacement.erase()

    @property
    def computed_sizes(self) -> tuple[int, ...]:
        """The shape of the block that is computed: that of the outputs, but for sums of its tiles."""
        if self.sizes is not None:
            return tuple(int(size) for size in self.sizes.iter_values())
        return self.outputs[0].type.sizes

    @property
    def described_outputs(self) -> tuple[Input, ...]:
        """Each output, with its map."""
        maps = [m.data for m in self.output_maps] if self.output_maps else ["mn"] * len(self.outputs)
        return tuple(map(Input, self.outputs, maps))

    def sums_to(self, output: SSAValue) -> bool:
        """Whether the packer adds up tiles in an output."""
        return any(one.block is output and one.map != "mn" for one in self.described_outputs)

    @property
    def shape(self) -> ViewAttr:
        """The matrices that are computed."""
        return whole(self.computed_sizes)

    @property
    def is_stacked(self) -> bool:
        """
        Whether the maps hold for all matrices at once, one below the other: where a row of the outputs is computed from
        the same row of an input, or from a matrix that is the same for all.
        """
        if len(self.computed_sizes) <= MATRIX or prod(leading := self.shape.leading) == 1:
            return True
        return all(
            one.shape.is_one_matrix
            if one.map in _OF_COLUMNS
            else one.map in _OF_ROWS and one.shape.leading == leading and one.shape.in_order
            for one in self.described_inputs
        )

    @property
    def matrices(self) -> tuple[int, ...]:
        """The dimensions before rows and columns, gone through one matrix at a time; none where that is not needed."""
        return () if not self.maps or self.is_stacked else self.shape.leading

    @property
    def space(self) -> tuple[int, int]:
        """
        Rows and columns of tiles to go over, for each of `matrices`. Where place alone matters, a block is one row of
        tiles.
        """
        if not self.maps:
            return 1, prod(self.computed_sizes)
        return matrix_of(self.computed_sizes) if self.is_stacked else self.shape.matrix

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

    def steps(self, tile: SSAValue) -> int:
        """Tiles along k of an input, whose tile is an argument of the body."""
        one = self.described_inputs[self.input_number(tile)]
        return one.shape.matrix[one.map.index("k")] if len(one.map) > 1 else prod(one.shape.matrix)

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
        self._verify_outputs()
        if self.maps and (len(self.maps) != len(self.inputs) or not {m.data for m in self.maps} <= MAPS.keys()):
            raise VerifyException(f"each input has a map, of {', '.join(MAPS)}")
        if self.views and len(self.views) != len(self.inputs):
            raise VerifyException("each input has a view")
        for one in self.described_inputs:
            self._verify_input(one)
        if tuple(block.arg_types) != tuple(value.type.element for value in self.inputs):
            raise VerifyException("the body has an argument for the tile of each input")
        if not isinstance(last := block.last_op, YieldOp) or len(last.arguments) != len(self.outputs):
            raise VerifyException("the body yields a tile for each output")

    def _verify_outputs(self) -> None:
        if self.output_maps is None:
            if len({output.type.sizes for output in self.outputs}) > 1:
                raise VerifyException("outputs have one shape")
            return
        maps = [m.data for m in self.output_maps]
        if not self.maps or len(maps) != len(self.outputs) or not set(maps) <= set(OUTPUT_MAPS):
            raise VerifyException(f"each output has a map, of {', '.join(OUTPUT_MAPS)}, as each input has one")
        *leading, rows, columns = self.computed_sizes
        letters = {"m": rows, "n": columns, "1": 1}
        if any(one.shape.sizes != (*leading, *(letters[each] for each in one.map)) for one in self.described_outputs):
            raise VerifyException("outputs have the shape that is computed, with one row or column for sums")

    def _verify_input(self, one: Input) -> None:
        block = type_of(one.block, BlockType)
        if not self.maps:
            if self.outputs and one.shape.sizes != self.shape.sizes:
                raise VerifyException("inputs and outputs have one shape, or maps")
            return
        if one.shape.end > block.tiles:
            raise VerifyException("a view ends with its block")
        if one.shape.leading and one.shape.leading != self.shape.leading:
            raise VerifyException("an input has as many matrices as the outputs, or one")
        rows, columns = self.shape.matrix
        letters = {"m": rows, "n": columns, "1": 1}
        sizes = zip(one.map, one.shape.matrix, strict=True) if len(one.map) > 1 else ()
        if any(letters.get(letter, size) != size for letter, size in sizes):
            raise VerifyException(f"an input of {list(one.shape.sizes)} tiles can't be mapped by {one.map}")


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
