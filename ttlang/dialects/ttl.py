"""
The `ttl` dialect: kernels as their authors think of them, in blocks of tiles.

A `ttl.kernel` holds its resources and then its threads. A block is a view of its circular buffer; the elementwise
functions, one operation each (made from the rows of `ttlang.tables.functions`), work on blocks and, inside
`ttl.compute`, on tiles.
"""

from __future__ import annotations

import math
from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any, ClassVar, cast, get_args

from xdsl.dialects.builtin import (
    ArrayAttr,
    BoolAttr,
    DenseArrayBase,
    FloatAttr,
    IntAttr,
    IntegerAttr,
    StringAttr,
    SymbolNameConstraint,
    UnitAttr,
    f64,
    i32,
    i64,
)
from xdsl.dialects.utils import AbstractYieldOperation, EnumAttribute
from xdsl.ir import (
    Attribute,
    Block,
    Dialect,
    Operation,
    ParametrizedAttribute,
    Region,
    SpacedOpaqueSyntaxAttribute,
    SSAValue,
    TypeAttribute,
)
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    ParsePropInAttrDict,
    VarConstraint,
    base,
    irdl_attr_definition,
    irdl_op_definition,
    lazy_traits_def,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.traits import (
    HasParent,
    IsolatedFromAbove,
    IsTerminator,
    MemoryReadEffect,
    MemoryWriteEffect,
    NoTerminator,
    Pure,
    SymbolOpInterface,
)
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum

from ttlang.diagnostics.spelling import OLDEST
from ttlang.dialects.ttcore import (
    ROW_ALIGNMENT,
    ChipConstraint,
    EditionConstraint,
    Element,
    ScalarType,
    ShardsAttr,
    TensorType,
    TileType,
    pages_of,
    parse_shape,
    shape_attr,
    shape_text,
)
from ttlang.tables.chips import Architecture, find_architecture
from ttlang.tables.dtypes import TILE_ELEMENTS, TILE_HEIGHT, TILE_WIDTH
from ttlang.tables.functions import FUNCTIONS, Function

# ---------------------------------------------------------------------------------------------------- types


@dataclass(frozen=True, init=False)  # without it, its fields would take no part in comparisons
class _ShapedType(ParametrizedAttribute, TypeAttribute, ABC):
    """A type with a shape in tiles, or in row-major elements: `<[2, 2], !ttcore.tile<32x32, bf16>>`."""

    shape: ArrayAttr[IntAttr]
    element: TileType | ScalarType

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(size.data for size in self.shape)

    @property
    def tiles(self) -> int:
        return prod(self.sizes)

    def verify(self) -> None:
        if not self.shape.data or any(size.data < 1 for size in self.shape):
            raise VerifyException("a shape has one or more positive sizes")


def _parse_shaped(parser: AttrParser) -> list[Attribute]:
    shape = parse_shape(parser)
    parser.parse_punctuation(",")
    return [shape, parser.parse_attribute()]


class _WindowType(_ShapedType, ABC):
    """A shape and an element, and no more."""

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return _parse_shaped(parser)

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{shape_text(self.shape)}, ")
        printer.print_attribute(self.element)
        printer.print_string(">")


@irdl_attr_definition
class BlockType(_WindowType):
    """`!ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>`: the tiles of a block, in a buffer or computed."""

    name = "ttl.block"

    def __init__(self, shape: Sequence[int], element: Element):
        super().__init__(shape_attr(shape), element)


@irdl_attr_definition
class SliceType(_WindowType):
    """`!ttl.slice<[2, 2], !ttcore.tile<32x32, bf16>>`: a window of a tensor, as large as a block."""

    name = "ttl.slice"

    def __init__(self, shape: Sequence[int], element: Element):
        super().__init__(shape_attr(shape), element)


@irdl_attr_definition
class CircularBufferType(_ShapedType):
    """`!ttl.cb<[2, 2], !ttcore.tile<32x32, bf16>, 2>`: a ring of two blocks of 2x2 tiles."""

    name = "ttl.cb"
    block_count: IntAttr

    def __init__(self, shape: Sequence[int], element: Element, block_count: int):
        super().__init__(shape_attr(shape), element, IntAttr(block_count))

    def verify(self) -> None:
        super().verify()
        if self.block_count.data < 1:
            raise VerifyException("a circular buffer holds at least one block")

    @property
    def block(self) -> BlockType:
        return BlockType(self.sizes, self.element)

    @property
    def block_pages(self) -> int:
        """Pages of a block: its tiles, or its rows."""
        return pages_of(self.sizes, self.element)

    @property
    def pages(self) -> int:
        return self.block_pages * self.block_count.data

    @property
    def page_bytes(self) -> int:
        """Those of a tile, or of a row with its padding."""
        dtype = self.element.dtype
        if isinstance(self.element, TileType):
            return dtype.tile_bytes
        return -(-self.sizes[-1] * dtype.element_bytes // ROW_ALIGNMENT) * ROW_ALIGNMENT

    @property
    def total_bytes(self) -> int:
        return self.pages * self.page_bytes

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            parameters = _parse_shaped(parser)
            parser.parse_punctuation(",")
            return (*parameters, IntAttr(parser.parse_integer(allow_boolean=False, allow_negative=False)))

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{shape_text(self.shape)}, ")
        printer.print_attribute(self.element)
        printer.print_string(f", {self.block_count.data}>")


class Direction(StrEnum):
    READ = "read"
    WRITE = "write"
    SEND = "send"
    RECEIVE = "receive"


@irdl_attr_definition
class PipeType(ParametrizedAttribute, TypeAttribute):
    """`!ttl.pipe`: a channel from one core to one or more."""

    name = "ttl.pipe"


@irdl_attr_definition
class CoreTableType(ParametrizedAttribute, TypeAttribute):
    """`!ttl.core_table`: integers that each core has of its own."""

    name = "ttl.core_table"


@irdl_attr_definition
class SemaphoreType(ParametrizedAttribute, TypeAttribute):
    """`!ttl.semaphore`: a counter on every core."""

    name = "ttl.semaphore"


@irdl_attr_definition
class DirectionAttr(EnumAttribute[Direction], SpacedOpaqueSyntaxAttribute):
    name = "ttl.direction"


@irdl_attr_definition
class TransferHandleType(ParametrizedAttribute, TypeAttribute):
    """`!ttl.transfer_handle<read>`: a transfer under way, to be waited for once on every path."""

    name = "ttl.transfer_handle"
    direction: DirectionAttr

    def __init__(self, direction: Direction):
        super().__init__(DirectionAttr(direction))

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return (DirectionAttr(parser.parse_str_enum(Direction)),)

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{self.direction.data}>")


# ------------------------------------------------------------------------------------- kernels and resources


Core = tuple[int, int]
"""(column, row)."""


@irdl_op_definition
class KernelOp(IRDLOperation):
    """A kernel: its resources, then its threads, which see them."""

    name = "ttl.kernel"
    sym_name = prop_def(SymbolNameConstraint())
    grid = prop_def(DenseArrayBase.constr(i64))
    """Cores as (columns, rows)."""
    arch = prop_def(ChipConstraint())
    edition = opt_prop_def(EditionConstraint())
    """Of the language that its author writes, which hints speak; where there is none, the oldest."""
    fp32_dest_acc_en = opt_prop_def(BoolAttr)
    """
    DST holds 32 bits a datum. This and the three below are there from the start where the kernel's author has
    said them; `ttl-set-compute-config` sets the others.
    """
    dst_full_sync_en = opt_prop_def(BoolAttr)
    math_fidelity = opt_prop_def(StringAttr)
    math_approx_mode = opt_prop_def(BoolAttr)
    body = region_def("single_block")
    traits = traits_def(IsolatedFromAbove(), NoTerminator(), SymbolOpInterface())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$sym_name `grid` $grid `on` $arch attr-dict-with-keyword $body"

    def __init__(self, name: str, grid: Sequence[int], arch: str, body: Region | None = None):
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "grid": DenseArrayBase.from_list(i64, list(grid)),
                "arch": StringAttr(arch),
            },
            regions=[body if body is not None else Region(Block())],
        )

    @property
    def spoken(self) -> str:
        """The name of the edition that hints about it speak."""
        return OLDEST if self.edition is None else self.edition.data

    @property
    def dimensions(self) -> tuple[int, ...]:
        """The grid as the kernel has it: columns, rows, and chips if there are several."""
        return tuple(int(size) for size in self.grid.iter_values())

    @property
    def grid_sizes(self) -> tuple[int, int]:
        """Columns, and rows of all chips, one below the other."""
        columns, *rows = self.dimensions
        return columns, math.prod(rows)

    @property
    def cores(self) -> list[Core]:
        """All cores of the grid, by rows."""
        columns, rows = self.grid_sizes
        return [(x, y) for y in range(rows) for x in range(columns)]

    @property
    def chip(self) -> Architecture:
        return find_architecture(self.arch.data)

    @property
    def dst32(self) -> bool:
        assert self.fp32_dest_acc_en is not None, "ttl-set-compute-config comes first"
        return bool(self.fp32_dest_acc_en)

    @property
    def dst_capacity(self) -> int:
        """Tiles that one DST section holds."""
        return self.chip.dst_tiles(dst32=self.dst32, full_sync=bool(self.dst_full_sync_en))

    @property
    def tensors(self) -> tuple[TensorAccessorOp, ...]:
        return tuple(op for op in self.body.block.ops if isinstance(op, TensorAccessorOp))

    @property
    def circular_buffers(self) -> tuple[CreateCBOp, ...]:
        return tuple(op for op in self.body.block.ops if isinstance(op, CreateCBOp))

    @property
    def threads(self) -> tuple[ThreadOp, ...]:
        return tuple(op for op in self.body.block.ops if isinstance(op, ThreadOp))

    def verify_(self) -> None:
        if not self.dimensions or any(size < 1 for size in self.dimensions):
            raise VerifyException("a grid has one or more positive sizes")


@irdl_op_definition
class TensorAccessorOp(IRDLOperation):
    """A tensor that the kernel is called with: the one at `index`, of its arguments that are tensors."""

    name = "ttl.tensor_accessor"
    name_ = prop_def(StringAttr, prop_name="name")
    index = prop_def(IntegerAttr.constr(i64))
    elements = opt_prop_def(DenseArrayBase.constr(i64))
    """Its rows and columns, where they do not fill its tiles."""
    padding = opt_prop_def(FloatAttr)
    """What fills them up; 0 by default."""
    result = result_def(TensorType)
    traits = traits_def(HasParent(KernelOp))
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$name `at` $index attr-dict `:` type($result)"

    def __init__(
        self, name: str, index: int, type: TensorType, elements: Sequence[int] | None = None, padding: float = 0
    ):
        """`elements`: its last two extents."""
        properties: dict[str, Attribute] = {"name": StringAttr(name), "index": IntegerAttr(index, i64)}
        super().__init__(properties=properties, result_types=[type])
        if elements is None or tuple(elements) == self.extents:
            return
        self.elements = DenseArrayBase.from_list(i64, list(elements))
        if padding:
            self.padding = FloatAttr(padding, f64)

    @property
    def extents(self) -> tuple[int, int]:
        """Rows and columns in elements: the last two extents of the shape."""
        if self.elements is not None:
            rows, columns = (int(size) for size in self.elements.iter_values())
            return rows, columns
        rows, columns = (1, *self.result.type.sizes)[-2:]
        if isinstance(self.result.type.element, ScalarType):
            return rows, columns
        return rows * TILE_HEIGHT, columns * TILE_WIDTH

    @property
    def padding_value(self) -> float:
        """What its last tiles are filled up with."""
        return self.padding.value.data if self.padding is not None else 0.0


@irdl_op_definition
class CreateCBOp(IRDLOperation):
    """A circular buffer."""

    name = "ttl.create_cb"
    name_ = prop_def(StringAttr, prop_name="name")
    buffer_index = opt_prop_def(IntegerAttr)
    """The hardware's number of the buffer: `ttl-allocate-circular-buffers` sets it."""
    address = opt_prop_def(IntegerAttr)
    """Its place in L1, the same on every core."""
    compiler_made = opt_prop_def(BoolAttr)
    narrowed = opt_prop_def(BoolAttr)
    """What it is made for has 32 bits, for which L1 has no room."""
    landing = opt_prop_def(BoolAttr)
    """Other cores write into its blocks. It is no ring: nothing is pushed or popped."""
    in_tiles = opt_prop_def(BoolAttr)
    """Of a row-major buffer: the compute thread takes 32 rows at a time, so its pages are as large as tiles."""
    result = result_def(CircularBufferType)
    traits = traits_def(HasParent(KernelOp))
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$name attr-dict `:` type($result)"

    def __init__(self, name: str, type: CircularBufferType, *, compiler_made: bool = False):
        super().__init__(
            properties={
                "name": StringAttr(name),
                **({"compiler_made": BoolAttr.from_bool(True)} if compiler_made else {}),
            },
            result_types=[type],
        )

    @property
    def has_rows(self) -> bool:
        """Whether its pages are rows, and no tiles."""
        return isinstance(self.result.type.element, ScalarType) and not self.in_tiles

    @property
    def block_pages(self) -> int:
        """Pages of a block."""
        type_ = self.result.type
        if not self.in_tiles:
            return type_.block_pages
        return type_.tiles // TILE_ELEMENTS


@irdl_op_definition
class CoreArgumentOp(IRDLOperation):
    """An integer that the kernel function computed for each core; `values` are in the order of `core_linear`."""

    name = "ttl.core_argument"
    name_ = prop_def(StringAttr, prop_name="name")
    values = prop_def(DenseArrayBase.constr(i32))
    result = result_def(i32)
    traits = traits_def(HasParent(KernelOp))
    assembly_format = "$name $values attr-dict"

    def __init__(self, name: str, values: Sequence[int]):
        super().__init__(
            properties={"name": StringAttr(name), "values": DenseArrayBase.from_list(i32, list(values))},
            result_types=[i32],
        )


@irdl_op_definition
class CoreTableOp(IRDLOperation):
    """`entries` integers for each core; `values` has them core by core, in the order of `core_linear`."""

    name = "ttl.core_table"
    name_ = prop_def(StringAttr, prop_name="name")
    entries = prop_def(IntegerAttr.constr(i64))
    values = prop_def(DenseArrayBase.constr(i32))
    result = result_def(CoreTableType)
    traits = traits_def(HasParent(KernelOp))
    assembly_format = "$name $entries $values attr-dict"

    def __init__(self, name: str, rows: Sequence[Sequence[int]]):
        super().__init__(
            properties={
                "name": StringAttr(name),
                "entries": IntegerAttr(len(rows[0]), i64),
                "values": DenseArrayBase.from_list(i32, [value for row in rows for value in row]),
            },
            result_types=[CoreTableType()],
        )

    @property
    def columns(self) -> list[list[int]]:
        """For each entry, the values of all cores."""
        values, entries = [int(v) for v in self.values.iter_values()], self.entries.value.data
        return [values[entry::entries] for entry in range(entries)]


@irdl_op_definition
class CoreTableEntryOp(IRDLOperation):
    """This core's entry at `index`."""

    name = "ttl.core_table_entry"
    table = operand_def(CoreTableType)
    index = operand_def(i32)
    result = result_def(i32)
    traits = traits_def(Pure())
    assembly_format = "$table `[` $index `]` attr-dict"

    def __init__(self, table: SSAValue, index: SSAValue):
        super().__init__(operands=[table, index], result_types=[i32])


class ThreadOp(IRDLOperation, ABC):
    """A thread of a kernel."""

    sym_name = prop_def(SymbolNameConstraint())
    body = region_def("single_block")
    traits = traits_def(HasParent(KernelOp), NoTerminator())
    assembly_format = "$sym_name attr-dict-with-keyword $body"

    def __init__(self, name: str, body: Region | None = None):
        super().__init__(
            properties={"sym_name": StringAttr(name)},
            regions=[body if body is not None else Region(Block())],
        )


@irdl_op_definition
class ComputeThreadOp(ThreadOp):
    name = "ttl.compute_thread"


@irdl_op_definition
class DataMovementThreadOp(ThreadOp):
    name = "ttl.datamovement_thread"


# --------------------------------------------------------------------------------- circular buffers and copies


class EffectOp(IRDLOperation, ABC):
    """Touches the machine's state: never deleted, never merged, never moved over another."""

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())


class AcquireOp(EffectOp, ABC):
    cb = operand_def(CircularBufferType)
    block = result_def(BlockType)
    assembly_format = "$cb attr-dict `:` type($cb) `->` type($block)"

    def __init__(self, cb: SSAValue):
        type_ = cast(CircularBufferType, cb.type)
        super().__init__(operands=[cb], result_types=[type_.block])

    def verify_(self) -> None:
        if cast(CircularBufferType, self.cb.type).block != self.block.type:
            raise VerifyException("the block has the buffer's shape and element")


@irdl_op_definition
class CBWaitOp(AcquireOp):
    """Blocks until the buffer's oldest block is filled, and returns it."""

    name = "ttl.cb_wait"


@irdl_op_definition
class CBReserveOp(AcquireOp):
    """Blocks until the buffer has a free block, and returns it."""

    name = "ttl.cb_reserve"


class ReleaseOp(EffectOp, ABC):
    cb = operand_def(CircularBufferType)
    assembly_format = "$cb attr-dict `:` type($cb)"

    def __init__(self, cb: SSAValue):
        super().__init__(operands=[cb])


@irdl_op_definition
class CBPopOp(ReleaseOp):
    """Frees the block that was waited for."""

    name = "ttl.cb_pop"


@irdl_op_definition
class CBPushOp(ReleaseOp):
    """Hands the reserved block to the consumer."""

    name = "ttl.cb_push"


@irdl_op_definition
class TensorSliceOp(IRDLOperation):
    """A window of a tensor, from the tile at `offsets`. Of its leading dimensions, those of size 1 are left out."""

    name = "ttl.tensor_slice"
    tensor = operand_def(TensorType)
    offsets = var_operand_def(i32)
    result = result_def(SliceType)
    traits = traits_def(Pure())
    assembly_format = "$tensor `[` $offsets `]` attr-dict `:` type($tensor) `->` type($result)"

    def __init__(self, tensor: SSAValue, offsets: Sequence[SSAValue], sizes: Sequence[int]):
        element = cast(TensorType, tensor.type).element
        super().__init__(operands=[tensor, list(offsets)], result_types=[SliceType(sizes, element)])

    def verify_(self) -> None:
        tensor, window = cast(TensorType, self.tensor.type), self.result.type
        if not len(tensor.sizes) == len(self.offsets) >= len(window.sizes):
            raise VerifyException("a slice has an offset for each dimension of its tensor, and no more sizes")
        if tensor.element != window.element:
            raise VerifyException("a slice has the element of its tensor")


@irdl_op_definition
class TensorShardOp(IRDLOperation):
    """The shard of a sharded tensor at `index`: shards count row by row over the tensor."""

    name = "ttl.tensor_shard"
    tensor = operand_def(TensorType)
    index = operand_def(i32)
    result = result_def(SliceType)
    traits = traits_def(Pure())
    assembly_format = "$tensor `[` $index `]` attr-dict `:` type($tensor) `->` type($result)"

    def __init__(self, tensor: SSAValue, index: SSAValue):
        type_ = cast(TensorType, tensor.type)
        assert isinstance(type_.shards, ShardsAttr)
        super().__init__(operands=[tensor, index], result_types=[SliceType(type_.shards.sizes, type_.element)])

    def verify_(self) -> None:
        tensor, window = cast(TensorType, self.tensor.type), self.result.type
        if not isinstance(tensor.shards, ShardsAttr):
            raise VerifyException("only a sharded tensor has shards")
        if (tensor.shards.sizes, tensor.element) != (window.sizes, window.element):
            raise VerifyException("a shard has the shard shape and the element of its tensor")


_END_OF_COPY = base(SliceType) | base(BlockType) | base(PipeType)


@irdl_op_definition
class CopyOp(EffectOp):
    """Starts a transfer between a block and a slice or a pipe. Its handle tells when it has landed."""

    name = "ttl.copy"
    source = operand_def(_END_OF_COPY)
    destination = operand_def(_END_OF_COPY)
    handle = result_def(TransferHandleType)
    assembly_format = "$source `to` $destination attr-dict `:` type($source) `to` type($destination) `->` type($handle)"

    def __init__(self, source: SSAValue, destination: SSAValue):
        direction = copy_direction(source.type, destination.type)
        super().__init__(operands=[source, destination], result_types=[TransferHandleType(direction)])

    @property
    def direction(self) -> Direction:
        return self.handle.type.direction.data

    def verify_(self) -> None:
        source, destination = self.source.type, self.destination.type
        if sum(isinstance(end, BlockType) for end in (source, destination)) != 1:
            raise VerifyException("a copy joins a block and a slice or a pipe")
        shaped = [(end.sizes, end.element) for end in (source, destination) if isinstance(end, _ShapedType)]
        if any(one != shaped[0] for one in shaped):
            raise VerifyException("source and destination have one shape and one element")
        expected = copy_direction(source, destination)
        if self.direction is not expected:
            raise VerifyException(f"this copy is a {expected}")

    @property
    def block(self) -> SSAValue:
        """The end that is a block."""
        return self.source if isinstance(self.source.type, BlockType) else self.destination

    @property
    def pipe(self) -> SSAValue | None:
        """The end that is a pipe, if there is one."""
        return next((end for end in (self.source, self.destination) if isinstance(end.type, PipeType)), None)


def copy_direction(source: Attribute, destination: Attribute) -> Direction:
    """What a copy between two ends is, one of which is a block."""
    match source, destination:
        case SliceType(), _:
            return Direction.READ
        case PipeType(), _:
            return Direction.RECEIVE
        case _, PipeType():
            return Direction.SEND
        case _:
            return Direction.WRITE


@irdl_op_definition
class WaitOp(EffectOp):
    """Blocks until a transfer has landed."""

    name = "ttl.wait"
    handle = operand_def(TransferHandleType)
    assembly_format = "$handle attr-dict `:` type($handle)"

    def __init__(self, handle: SSAValue):
        super().__init__(operands=[handle])


@irdl_op_definition
class DMABarrierOp(EffectOp):
    """Blocks until every transfer of the thread in this direction has landed."""

    name = "ttl.dma_barrier"
    direction = prop_def(DirectionAttr)
    assembly_format = "$direction attr-dict"

    def __init__(self, direction: Direction):
        super().__init__(properties={"direction": DirectionAttr(direction)})


class _LayoutOp(IRDLOperation, ABC):
    source = operand_def(BlockType)
    target = operand_def(BlockType)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$source `to` $target attr-dict `:` type($source) `to` type($target)"

    def __init__(self, source: SSAValue, target: SSAValue):
        super().__init__(operands=[source, target])

    def _check(self, rows: BlockType, tiles: BlockType) -> None:
        if not isinstance(rows.element, ScalarType) or not isinstance(tiles.element, TileType):
            raise VerifyException("a change of layout joins a row-major and a tiled block")
        height, width = tiles.element.height.data, tiles.element.width.data
        if rows.element.dtype is not tiles.element.dtype or rows.sizes != (
            tiles.sizes[0] * height,
            tiles.sizes[1] * width,
        ):
            raise VerifyException("both blocks have the same elements")


@irdl_op_definition
class TilizeOp(_LayoutOp):
    """Writes a row-major block as tiles. Acquisitions before it and releases after it are lowered with it."""

    name = "ttl.tilize"

    def verify_(self) -> None:
        self._check(cast(BlockType, self.source.type), cast(BlockType, self.target.type))


@irdl_op_definition
class UntilizeOp(_LayoutOp):
    """Writes a block of tiles as rows, likewise."""

    name = "ttl.untilize"

    def verify_(self) -> None:
        self._check(cast(BlockType, self.target.type), cast(BlockType, self.source.type))


# ------------------------------------------------------------------------------------------------- the core


class _CoreCoordinateOp(IRDLOperation, ABC):
    result = result_def(i32)
    traits = traits_def(Pure())
    assembly_format = "attr-dict"

    def __init__(self) -> None:
        super().__init__(result_types=[i32])


@irdl_op_definition
class CoreXOp(_CoreCoordinateOp):
    """The column of this core."""

    name = "ttl.core_x"


@irdl_op_definition
class CoreYOp(_CoreCoordinateOp):
    """The row of this core."""

    name = "ttl.core_y"


# ------------------------------------------------------------------------------------------------ computation


class Engine(StrEnum):
    """The unit that computes a function of tiles."""

    FPU = "fpu"
    SFPU = "sfpu"


@irdl_attr_definition
class EngineAttr(EnumAttribute[Engine], SpacedOpaqueSyntaxAttribute):
    name = "ttl.engine"


class Dim(StrEnum):
    """
    What a reduction leaves, and what a broadcast repeats: the hardware's words (docs/hardware.md, "Reduce").

    A reduction leaves one result a `row` (in column 0), a `col` (in row 0), or one (`scalar`, at [0, 0]). A broadcast
    copies row 0 to all rows (`row`), column 0 to all columns (`col`), the element [0, 0] (`scalar`), or repeats whole
    tiles (`none`).
    """

    ROW = "row"
    COL = "col"
    SCALAR = "scalar"
    NONE = "none"


@irdl_attr_definition
class DimAttr(EnumAttribute[Dim], SpacedOpaqueSyntaxAttribute):
    name = "ttl.dim"


class ElementwiseOp(IRDLOperation, ABC):
    """A function of `ttlang.tables.functions`, on blocks or on tiles of one shape."""

    ROW: ClassVar[Function]
    inputs = var_operand_def(base(BlockType) | base(TileType))
    result = result_def(base(BlockType) | base(TileType))
    parameters = opt_prop_def(DenseArrayBase.constr(f64))
    """The numbers that the function takes, in the order of its row."""
    engine = opt_prop_def(EngineAttr)
    broadcast = opt_prop_def(DimAttr)
    """What the FPU repeats of the second tile."""
    dst = opt_prop_def(IntegerAttr)
    """The DST slot of the result, within the slots of its tile: `ttl-assign-dst-registers` sets it."""
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$inputs ($parameters^)? attr-dict `:` functional-type($inputs, $result)"

    def __init__(self, inputs: Sequence[SSAValue], result_type: Attribute, parameters: Sequence[float] = ()):
        properties: dict[str, Attribute] = {}
        if parameters:
            properties["parameters"] = DenseArrayBase.from_list(f64, list(parameters))
        super().__init__(operands=[list(inputs)], result_types=[result_type], properties=properties)

    @property
    def parameter_values(self) -> tuple[float, ...]:
        return tuple(float(v) for v in self.parameters.iter_values()) if self.parameters else ()

    def verify_(self) -> None:
        if len(self.inputs) != self.ROW.arity:
            raise VerifyException(f"takes {self.ROW.arity} operands")
        if len(self.parameter_values) != len(self.ROW.inputs):
            raise VerifyException(f"takes {len(self.ROW.inputs)} parameters")
        _verify_alike(self.inputs, self.result.type)


def _verify_alike(inputs: Sequence[SSAValue], result: Attribute) -> None:
    for value in inputs:
        if type(value.type) is not type(result):
            raise VerifyException("operands and result are all blocks or all tiles")
        if isinstance(value.type, BlockType) and value.type.sizes != cast(BlockType, result).sizes:
            raise VerifyException("operands and result have one shape")


@cache
def elementwise_op(row: Function) -> type[ElementwiseOp]:
    """The operation of a row: `ttl.exp`."""
    fields: dict[str, Any] = {
        "name": f"ttl.{row.name}",
        "ROW": row,
        "__annotations__": {"ROW": ClassVar[Function]},
        "__module__": __name__,
        "__doc__": row.doc,
    }
    return irdl_op_definition(type(f"{row.name.title().replace('_', '')}Op", (ElementwiseOp,), fields))


@irdl_op_definition
class TypecastOp(IRDLOperation):
    """The values of a block (or tile) in another format."""

    name = "ttl.typecast"
    input = operand_def(base(BlockType) | base(TileType))
    result = result_def(base(BlockType) | base(TileType))
    dst = opt_prop_def(IntegerAttr)
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"

    def __init__(self, input: SSAValue, result_type: Attribute):
        super().__init__(operands=[input], result_types=[result_type])

    def verify_(self) -> None:
        _verify_alike((self.input,), self.result.type)


@irdl_op_definition
class CopyTileOp(IRDLOperation):
    """Inside `ttl.compute`: a tile of a buffer, moved to DST; or a second copy of a DST tile, to be overwritten."""

    name = "ttl.copy_tile"
    T: ClassVar = VarConstraint("T", base(TileType))
    input = operand_def(T)
    result = result_def(T)
    dst = opt_prop_def(IntegerAttr)
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$input attr-dict `:` type($input)"

    def __init__(self, input: SSAValue):
        super().__init__(operands=[input], result_types=[input.type])


_BLOCK_OR_TILE = base(BlockType) | base(TileType)


def _sizes(value: SSAValue) -> tuple[int, ...]:
    return cast(BlockType, value.type).sizes


def _verify_level(values: Sequence[SSAValue]) -> bool:
    """Checks that values are all blocks or all tiles. Whether they are blocks."""
    kinds = {type(value.type) for value in values}
    if len(kinds) != 1:
        raise VerifyException("operands and result are all blocks or all tiles")
    return BlockType in kinds


class FromL1Op(IRDLOperation, ABC):
    """A function that the hardware reads its operands for from L1: within `ttl.compute` they are tiles of inputs."""

    dst = opt_prop_def(IntegerAttr)
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)


@irdl_op_definition
class MatmulOp(FromL1Op):
    """
    The matrix product: (M, K) by (K, N) is (M, N). With `transpose`, the second is (N, K). Inside `ttl.compute`, the
    sum over K of the tiles' products, added to the tile `addend` if there is one.
    """

    name = "ttl.matmul"
    lhs = operand_def(_BLOCK_OR_TILE)
    rhs = operand_def(_BLOCK_OR_TILE)
    addend = opt_operand_def(TileType)
    result = result_def(_BLOCK_OR_TILE)
    transpose = opt_prop_def(UnitAttr)
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$lhs `,` $rhs (`,` $addend^)? attr-dict `:` type($lhs) `,` type($rhs) (`,` type($addend)^)? `->` type($result)"
    )

    def __init__(
        self,
        lhs: SSAValue,
        rhs: SSAValue,
        result_type: Attribute,
        *,
        addend: SSAValue | None = None,
        transpose: bool = False,
    ):
        super().__init__(
            operands=[lhs, rhs, addend],
            result_types=[result_type],
            properties={"transpose": UnitAttr() if transpose else None},
        )

    def verify_(self) -> None:
        if not _verify_level((self.lhs, self.rhs, self.result)):
            return
        (m, inner), rhs = _sizes(self.lhs), _sizes(self.rhs)
        outer, n = reversed(rhs) if self.transpose else rhs
        if inner != outer or _sizes(self.result) != (m, n):
            raise VerifyException("(M, K) by (K, N) is (M, N)")


class ReduceOp(FromL1Op, ABC):
    """
    Over a whole block, from (M, N): `row` is (M, 1), `col` is (1, N), `scalar` is (1, 1). `scaler` is a uniform tile
    (1, 1) that a sum is multiplied by; without it, the compiler's tile of ones is used. Elements of the result's tiles
    outside the result are not defined.
    """

    POOL: ClassVar[str]
    input = operand_def(_BLOCK_OR_TILE)
    scaler = opt_operand_def(_BLOCK_OR_TILE)
    dim = prop_def(DimAttr)
    result = result_def(_BLOCK_OR_TILE)
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$dim $input (`,` $scaler^)? attr-dict `:` type($input) (`,` type($scaler)^)? `->` type($result)"

    def __init__(self, dim: Dim, input: SSAValue, result_type: Attribute, scaler: SSAValue | None = None):
        super().__init__(operands=[input, scaler], result_types=[result_type], properties={"dim": DimAttr(dim)})

    def verify_(self) -> None:
        if self.dim.data is Dim.NONE:
            raise VerifyException("reduces a row, a col or to a scalar")
        if not _verify_level((self.input, self.result)):
            return
        if _sizes(self.result) != reduced_sizes(_sizes(self.input), self.dim.data):
            raise VerifyException(f"the result of {self.dim.data} has the size 1 where it was reduced")
        if self.scaler and _sizes(self.scaler) != (1, 1):
            raise VerifyException("the scaler is one tile")


def reduced_sizes(sizes: tuple[int, ...], dim: Dim) -> tuple[int, ...]:
    """The tiles of a block (M, N) reduced."""
    rows, cols = sizes
    return (rows if dim is Dim.ROW else 1, cols if dim is Dim.COL else 1)


@irdl_op_definition
class ReduceSumOp(ReduceOp):
    name = "ttl.reduce_sum"
    POOL: ClassVar[str] = "sum"


@irdl_op_definition
class ReduceMaxOp(ReduceOp):
    name = "ttl.reduce_max"
    POOL: ClassVar[str] = "max"

    def verify_(self) -> None:
        super().verify_()
        if self.scaler and isinstance(self.scaler.type, BlockType):
            raise VerifyException("the hardware has no scaled maximum: multiply the result")


@irdl_op_definition
class BroadcastOp(FromL1Op):
    """A row, a column or an element repeated, from a block of size 1 along each repetition."""

    name = "ttl.broadcast"
    dim = prop_def(DimAttr)
    input = operand_def(_BLOCK_OR_TILE)
    result = result_def(_BLOCK_OR_TILE)
    assembly_format = "$dim $input attr-dict `:` type($input) `->` type($result)"

    def __init__(self, dim: Dim, input: SSAValue, result_type: Attribute):
        super().__init__(operands=[input], result_types=[result_type], properties={"dim": DimAttr(dim)})

    def verify_(self) -> None:
        if not _verify_level((self.input, self.result)):
            return
        repeated = {Dim.ROW: (True, False), Dim.COL: (False, True)}.get(self.dim.data, (True, True))
        for source, size, may in zip(_sizes(self.input), _sizes(self.result), repeated, strict=True):
            if source != size and not (may and source == 1):
                raise VerifyException("repeats along sizes of 1, and keeps the other sizes")


@irdl_op_definition
class TransposeOp(FromL1Op):
    """The transpose: (M, N) becomes (N, M)."""

    name = "ttl.transpose"
    input = operand_def(_BLOCK_OR_TILE)
    result = result_def(_BLOCK_OR_TILE)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(self, input: SSAValue, result_type: Attribute):
        super().__init__(operands=[input], result_types=[result_type])

    def verify_(self) -> None:
        if _verify_level((self.input, self.result)) and _sizes(self.input)[::-1] != _sizes(self.result):
            raise VerifyException("(M, N) becomes (N, M)")


EXPRESSION = ElementwiseOp | TypecastOp | FromL1Op
"""The operations that expressions of blocks are made of."""
EXPRESSIONS: tuple[type[EXPRESSION], ...] = get_args(EXPRESSION)


@irdl_op_definition
class StoreOp(EffectOp):
    """
    Computes a block and stores it in a reserved one. With `acc`, adds it to what was stored in this acquisition; the
    first such store of an acquisition adds to zero.
    """

    name = "ttl.store"
    value = operand_def(BlockType)
    block = operand_def(BlockType)
    acc = opt_prop_def(UnitAttr)
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$value `,` $block attr-dict `:` type($value) `,` type($block)"

    def __init__(self, value: SSAValue, block: SSAValue, *, acc: bool = False):
        super().__init__(operands=[value, block], properties={"acc": UnitAttr() if acc else None})

    def verify_(self) -> None:
        if cast(BlockType, self.value.type).sizes != cast(BlockType, self.block.type).sizes:
            raise VerifyException("the value has the shape of the block it is stored in")


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
    inputs = var_operand_def(BlockType)
    outputs = var_operand_def(BlockType)
    accumulate = opt_operand_def(i32)
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
            return 1, cast(BlockType, self.outputs[0].type).tiles
        rows, columns = _sizes(self.outputs[0])
        return rows, columns

    @property
    def subblock_sizes(self) -> tuple[int, int]:
        assert self.subblock is not None, "ttl-assign-dst-registers comes first"
        rows, columns = (int(size) for size in self.subblock.iter_values())
        return rows, columns

    def verify_(self) -> None:
        block = self.body.block
        if len({_sizes(output) for output in self.outputs}) > 1:
            raise VerifyException("outputs have one shape")
        if len(self.map_names) != len(self.inputs) or not set(self.map_names) <= MAPS.keys():
            raise VerifyException(f"each input has a map, of {', '.join(MAPS)}")
        for value, name in zip(self.inputs, self.map_names, strict=True):
            self._verify_sizes(_sizes(value), name)
        if tuple(block.arg_types) != tuple(cast(BlockType, value.type).element for value in self.inputs):
            raise VerifyException("the body has an argument for the tile of each input")
        if not isinstance(last := block.last_op, YieldOp) or len(last.arguments) != len(self.outputs):
            raise VerifyException("the body yields a tile for each output")

    def _verify_sizes(self, sizes: tuple[int, ...], name: str) -> None:
        if not self.maps:
            if self.outputs and sizes != _sizes(self.outputs[0]):
                raise VerifyException("inputs and outputs have one shape, or maps")
            return
        letters = dict(zip("mn", _sizes(self.outputs[0]), strict=True)) | {"1": 1}
        if len(name) > 1 and any(letters.get(letter, size) != size for letter, size in zip(name, sizes, strict=True)):
            raise VerifyException(f"an input of {list(sizes)} tiles can't be mapped by {name}")


@irdl_op_definition
class AccumulateOp(EffectOp):
    """One DST section around loops, whose `ttl.compute` adds to it; packed to `output` when they are through."""

    name = "ttl.accumulate"
    output = operand_def(BlockType)
    body = region_def("single_block")
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect(), NoTerminator())
    assembly_format = "`to` $output `:` type($output) attr-dict-with-keyword $body"

    def __init__(self, output: SSAValue, body: Region):
        super().__init__(operands=[output], regions=[body])


_OPS: tuple[type[Operation], ...] = (
    KernelOp,
    TensorAccessorOp,
    CreateCBOp,
    CoreArgumentOp,
    CoreTableOp,
    CoreTableEntryOp,
    ComputeThreadOp,
    DataMovementThreadOp,
    CBWaitOp,
    CBReserveOp,
    CBPopOp,
    CBPushOp,
    TensorSliceOp,
    TensorShardOp,
    CopyOp,
    WaitOp,
    DMABarrierOp,
    TilizeOp,
    UntilizeOp,
    CoreXOp,
    CoreYOp,
    TypecastOp,
    CopyTileOp,
    MatmulOp,
    ReduceSumOp,
    ReduceMaxOp,
    BroadcastOp,
    TransposeOp,
    StoreOp,
    YieldOp,
    ComputeOp,
    AccumulateOp,
)


@cache
def ttl_dialect() -> Dialect:
    """The dialect with an operation for each row of the table; made on demand, since only parsers need all of them."""
    from ttlang.dialects import ttl_messages, ttl_pipes

    return Dialect(
        "ttl",
        [*_OPS, *ttl_pipes.OPS, *ttl_messages.OPS, *(elementwise_op(row) for row in FUNCTIONS)],
        [
            BlockType,
            SliceType,
            CircularBufferType,
            PipeType,
            CoreTableType,
            SemaphoreType,
            TransferHandleType,
            DirectionAttr,
            EngineAttr,
            DimAttr,
            *ttl_pipes.ATTRIBUTES,
        ],
    )
