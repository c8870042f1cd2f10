"""A `ttl.kernel` and what it holds: tensors, integers of the call, circular buffers, threads."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import (
    ArrayAttr,
    BoolAttr,
    DenseArrayBase,
    FloatAttr,
    IntegerAttr,
    StringAttr,
    SymbolNameConstraint,
    UnitAttr,
    f64,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Region
from xdsl.irdl import ParsePropInAttrDict, opt_prop_def, prop_def, region_def, result_def, traits_def
from xdsl.traits import HasParent, NoTerminator, SymbolOpInterface
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.attributes import bool_attr, i64_array, i64_attr, string_attr
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.grids import OnGrid
from ttlang.dialects.guarantees import Guarantee, given
from ttlang.dialects.isolation import Isolated
from ttlang.dialects.operation import DialectOperation
from ttlang.dialects.shared_memory import by_memory
from ttlang.dialects.ttcore import ChipConstraint, EditionConstraint, ScalarType, TensorType
from ttlang.dialects.ttl.effects import ThreadKind
from ttlang.dialects.ttl.types import CircularBufferType
from ttlang.dialects.walking import operations_in
from ttlang.tables.chips import Chip, find_chip
from ttlang.tables.dtypes import TILE_ELEMENTS, TILE_HEIGHT, TILE_WIDTH
from ttlang.tables.editions import DEFAULT, EDITIONS, Edition
from ttlang.tables.fidelities import FIDELITIES

Core = tuple[int, int]
"""(column, row)."""


@irdl_op_definition
class KernelOp(OnGrid):
    """A kernel: its resources, then its threads, which see them."""

    name = "ttl.kernel"
    sym_name = prop_def(SymbolNameConstraint())
    arch = prop_def(ChipConstraint())
    edition = opt_prop_def(EditionConstraint())
    """Of the language that its author writes; where there is none, the oldest."""
    pad = opt_prop_def(UnitAttr)
    """Windows of tiled tensors may pass the end: there they read 0, and leave out what is written."""
    fp32_dest_acc_en = opt_prop_def(BoolAttr)
    """
    DST holds 32 bits a datum. This and the last four below are there from the start where the kernel's author has
    said them; `ttl-set-compute-config` sets the others.
    """
    wide_for_sums = opt_prop_def(UnitAttr)
    """DST has 32 bits for no other reason than that its edition has sums as wide: `ttl-set-compute-config` sets it."""
    narrow_sums = opt_prop_def(ArrayAttr[StringAttr])
    """Operations that add up and, as its author says, ask for no wider DST than other ones."""
    dst_full_sync_en = opt_prop_def(BoolAttr)
    math_fidelity = opt_prop_def(StringAttr)
    math_approx_mode = opt_prop_def(BoolAttr)
    allow_tf32 = opt_prop_def(UnitAttr)
    """What computes with float32 blocks may take tf32 of them."""
    body = region_def("single_block")
    traits = traits_def(Isolated(), NoTerminator(), SymbolOpInterface())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$sym_name `grid` $grid `on` $arch attr-dict-with-keyword $body"

    def __init__(self, name: str, grid: Sequence[int], arch: str, body: Region | None = None):
        super().__init__(
            properties={
                "sym_name": string_attr(name),
                "grid": i64_array(grid),
                "arch": string_attr(arch),
            },
            regions=[body if body is not None else Region(Block())],
        )

    @property
    def spoken(self) -> Edition:
        """The edition that it is written in: what hints about it speak, and what it leaves to the compiler."""
        return DEFAULT if self.edition is None else EDITIONS[self.edition.data]

    @property
    def cores(self) -> list[Core]:
        """All cores of the grid, by rows."""
        columns, rows = self.grid_sizes
        return [(x, y) for y in range(rows) for x in range(columns)]

    @property
    def chip(self) -> Chip:
        return find_chip(self.arch.data)

    @property
    def dst32(self) -> bool:
        return bool(given(self.fp32_dest_acc_en, Guarantee.DST_WIDTH))

    @property
    def keeps_float32(self) -> bool:
        """Whether functions of float32 blocks are computed in float32: DST holds it, and tf32 is not enough."""
        return self.dst32 and self.allow_tf32 is None

    @property
    def fidelity(self) -> str:
        """That of the matrix unit, as `PHASES` names it: all its phases, unless the kernel says otherwise."""
        return self.math_fidelity.data if self.math_fidelity else FIDELITIES[-1]

    @property
    def dst_capacity(self) -> int:
        """Tiles that one DST section holds."""
        return self.chip.dst_tiles(dst32=self.dst32, full_sync=bool(self.dst_full_sync_en))

    @property
    def tensors(self) -> tuple[TensorAccessorOp, ...]:
        return tuple([op for op in operations_in(self.body.block) if isinstance(op, TensorAccessorOp)])

    @property
    def runtime_arguments(self) -> tuple[RuntimeArgumentOp, ...]:
        return tuple([op for op in operations_in(self.body.block) if isinstance(op, RuntimeArgumentOp)])

    @property
    def circular_buffers(self) -> tuple[CreateCBOp, ...]:
        return tuple([op for op in operations_in(self.body.block) if isinstance(op, CreateCBOp)])

    @property
    def own_buffers(self) -> tuple[CreateCBOp, ...]:
        """Buffers that have memory of their own, and lie on no tensor."""
        return tuple(cb for cb in self.circular_buffers if cb.tensor is None)

    @property
    def buffer_bytes(self) -> int:
        """Bytes of L1 that the buffers take of each core."""
        return sum(first.result.type.total_bytes for first, *_ in by_memory(self.own_buffers))

    @property
    def threads(self) -> tuple[ThreadOp, ...]:
        return tuple([op for op in operations_in(self.body.block) if isinstance(op, ThreadOp)])

    def verify_(self) -> None:
        if not self.dimensions or any(size < 1 for size in self.dimensions):
            raise VerifyException("a grid has one or more positive sizes")


@irdl_op_definition
class TensorAccessorOp(DialectOperation):
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
        properties: dict[str, Attribute] = {"name": string_attr(name), "index": i64_attr(index)}
        super().__init__(properties=properties, result_types=[type])
        if elements is None or tuple(elements) == self.extents:
            return
        self.elements = i64_array(elements)
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
class RuntimeArgumentOp(DialectOperation):
    """An integer that may differ from call to call: the one at `index`, of the call's integers of this kind."""

    name = "ttl.runtime_argument"
    name_ = prop_def(StringAttr, prop_name="name")
    index = prop_def(IntegerAttr.constr(i64))
    result = result_def(i32)
    traits = traits_def(HasParent(KernelOp))
    assembly_format = "$name `at` $index attr-dict"

    def __init__(self, name: str, index: int):
        super().__init__(
            properties={"name": string_attr(name), "index": i64_attr(index)},
            result_types=[i32],
        )


@irdl_op_definition
class CreateCBOp(DialectOperation):
    """A circular buffer."""

    name = "ttl.create_cb"
    name_ = prop_def(StringAttr, prop_name="name")
    buffer_index = opt_prop_def(IntegerAttr)
    """The hardware's number of the buffer: `ttl-allocate-circular-buffers` sets it."""
    address = opt_prop_def(IntegerAttr)
    """Its place in L1, the same on every core."""
    compiler_made = opt_prop_def(BoolAttr)
    purpose = opt_prop_def(StringAttr)
    """What the compiler keeps in it, where that is no operand of an expression."""
    widened = opt_prop_def(BoolAttr)
    """It has a `purpose`, and more bits than the format of its values: what DST has of them."""
    narrowed = opt_prop_def(BoolAttr)
    """What it is made for has 32 bits, for which L1 has no room."""
    tf32 = opt_prop_def(UnitAttr)
    """Of float32, which the FPU reads: nobody takes more of its values, of a narrower format, than tf32 has."""
    landing = opt_prop_def(BoolAttr)
    """Other cores write into its blocks. It is no ring: nothing is pushed or popped."""
    in_tiles = opt_prop_def(BoolAttr)
    """Of a row-major buffer: the compute thread takes 32 rows at a time, so its pages are as large as tiles."""
    rows = opt_prop_def(StringAttr)
    """The name of the row-major buffer whose blocks it has as tiles."""
    fills_rows = opt_prop_def(UnitAttr)
    """It has those that are filled: they move on to the row-major buffer when they are pushed."""
    group = opt_prop_def(IntegerAttr)
    """
    The number of its allocation group: buffers of one size that lie in one place, since by their author they need no
    memory at the same time.
    """
    tensor = opt_prop_def(StringAttr)
    """The name of the tensor that it lies on, with each core's own shard."""
    byte_offset = opt_prop_def(IntegerAttr)
    """From the start of the shard, where it lies on one."""
    published = opt_prop_def(UnitAttr)
    """It lies on a tensor, and what that holds is handed on."""
    result = result_def(CircularBufferType)
    traits = traits_def(HasParent(KernelOp))
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$name attr-dict `:` type($result)"

    def __init__(self, name: str, type: CircularBufferType, *, compiler_made: bool = False):
        super().__init__(
            properties={
                "name": string_attr(name),
                **({"compiler_made": bool_attr(True)} if compiler_made else {}),
            },
            result_types=[type],
        )

    @property
    def author_name(self) -> str:
        """What messages call it: the compiler's tiles of a row-major buffer are that buffer to its author."""
        return (self.rows or self.name_).data

    @property
    def number(self) -> int:
        """The hardware's number of the buffer."""
        return given(self.buffer_index, Guarantee.BUFFERS_ALLOCATED).value.data

    @property
    def l1_address(self) -> int:
        """Its place in L1."""
        return given(self.address, Guarantee.BUFFERS_ALLOCATED).value.data

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


class ThreadOp(DialectOperation, ABC):
    """A thread of a kernel."""

    KINDS: ClassVar[frozenset[ThreadKind]]
    """What it can do."""
    sym_name = prop_def(SymbolNameConstraint())
    unified = opt_prop_def(StringAttr)
    """The unified thread that it is a part of."""
    body = region_def("single_block")
    traits = traits_def(HasParent(KernelOp), NoTerminator())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$sym_name attr-dict-with-keyword $body"

    def __init__(self, name: str, body: Region | None = None):
        super().__init__(
            properties={"sym_name": string_attr(name)},
            regions=[body if body is not None else Region(Block())],
        )


@irdl_op_definition
class ComputeThreadOp(ThreadOp):
    name = "ttl.compute_thread"
    KINDS: ClassVar[frozenset[ThreadKind]] = frozenset({ThreadKind.COMPUTE})


@irdl_op_definition
class DataMovementThreadOp(ThreadOp):
    name = "ttl.datamovement_thread"
    KINDS: ClassVar[frozenset[ThreadKind]] = frozenset({ThreadKind.DATA_MOVEMENT})


@irdl_op_definition
class UnifiedThreadOp(ThreadOp):
    """The whole work of a kernel in one text: `ttl-split-threads` makes a thread for each processor of it."""

    name = "ttl.unified_thread"
    KINDS: ClassVar[frozenset[ThreadKind]] = frozenset(ThreadKind)
