"""
The `ttkernel` dialect: programs as the hardware runs them. An operation is one call of the kernel API, under the name
that tt-mlir's dialect of this name has for it; `ttkernel.program` holds what the host configures.

Buffers, tensors and counts that never change are properties; indices (tiles, DST slots, pages, addresses) are `i32`
values, since loops compute them.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

from xdsl.dialects.builtin import (
    ArrayAttr,
    BoolAttr,
    DenseArrayBase,
    IntegerAttr,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    f64,
    i32,
    i64,
)
from xdsl.dialects.utils import EnumAttribute
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
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.traits import (
    HasParent,
    IsolatedFromAbove,
    MemoryReadEffect,
    MemoryWriteEffect,
    NoTerminator,
    Pure,
    SymbolOpInterface,
    SymbolTable,
)
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum

from ttlang.dialects.ttcore import TensorType, TileType
from ttlang.functions import FUNCTIONS, Function

# -------------------------------------------------------------------------------------------- the host's side


class Thread(StrEnum):
    """Which processor runs a kernel, on which NOC."""

    COMPUTE = "compute"
    """The three TRISC processors."""
    READER = "reader"
    """NCRISC (RISCV_1), NOC 0."""
    WRITER = "writer"
    """BRISC (RISCV_0), NOC 1."""

    @property
    def noc(self) -> int:
        """The NOC of a data movement kernel."""
        assert self is not Thread.COMPUTE
        return 0 if self is Thread.READER else 1


@irdl_attr_definition
class ThreadAttr(EnumAttribute[Thread], SpacedOpaqueSyntaxAttribute):
    name = "ttkernel.thread"


@irdl_op_definition
class ProgramOp(IRDLOperation):
    """All that the host enqueues: tensors, buffers, the compute configuration, and a kernel for each thread."""

    name = "ttkernel.program"
    sym_name = prop_def(SymbolNameConstraint())
    grid = prop_def(DenseArrayBase.constr(i64))
    arch = prop_def(StringAttr)
    fp32_dest_acc_en = prop_def(BoolAttr, default_value=BoolAttr.from_bool(False))
    dst_full_sync_en = prop_def(BoolAttr, default_value=BoolAttr.from_bool(False))
    math_fidelity = prop_def(StringAttr, default_value=StringAttr("HiFi4"))
    math_approx_mode = prop_def(BoolAttr, default_value=BoolAttr.from_bool(False))
    body = region_def("single_block")
    traits = traits_def(IsolatedFromAbove(), NoTerminator(), SymbolTable(), SymbolOpInterface())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$sym_name `grid` $grid `on` $arch attr-dict-with-keyword $body"

    def __init__(self, name: str, grid: Sequence[int], arch: str, **config: Attribute):
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "grid": DenseArrayBase.from_list(i64, list(grid)),
                "arch": StringAttr(arch),
                **config,
            },
            regions=[Region(Block())],
        )

    @property
    def grid_sizes(self) -> tuple[int, ...]:
        return tuple(int(size) for size in self.grid.iter_values())

    @property
    def dst32(self) -> bool:
        """DST holds 32 bits a datum."""
        return bool(self.fp32_dest_acc_en)

    @property
    def tensors(self) -> tuple[TensorOp, ...]:
        return tuple(op for op in self.body.block.ops if isinstance(op, TensorOp))

    @property
    def circular_buffers(self) -> tuple[CircularBufferOp, ...]:
        return tuple(op for op in self.body.block.ops if isinstance(op, CircularBufferOp))

    @property
    def kernels(self) -> tuple[KernelOp, ...]:
        return tuple(op for op in self.body.block.ops if isinstance(op, KernelOp))


@irdl_op_definition
class TensorOp(IRDLOperation):
    """A tensor of the program: the call's argument at `index`."""

    name = "ttkernel.tensor"
    sym_name = prop_def(SymbolNameConstraint())
    index = prop_def(IntegerAttr.constr(i64))
    type = prop_def(TensorType)
    traits = traits_def(HasParent(ProgramOp), SymbolOpInterface())
    assembly_format = "$sym_name `at` $index `:` $type attr-dict"

    def __init__(self, name: str, index: int, type: TensorType):
        super().__init__(properties={"sym_name": StringAttr(name), "index": IntegerAttr(index, i64), "type": type})


@irdl_op_definition
class CircularBufferOp(IRDLOperation):
    """A circular buffer: `pages` tiles in L1 from `address`, on every core."""

    name = "ttkernel.circular_buffer"
    sym_name = prop_def(SymbolNameConstraint())
    index = prop_def(IntegerAttr.constr(i64))
    """The hardware's number of the buffer."""
    pages = prop_def(IntegerAttr.constr(i64))
    element = prop_def(TileType)
    address = prop_def(IntegerAttr.constr(i64))
    """Byte address in L1. The host's allocator gives the same one to each core; nothing but the simulator reads it."""
    unpack_to_dest_fp32 = prop_def(BoolAttr, default_value=BoolAttr.from_bool(False))
    """The unpacker moves 32-bit data to DST unshortened; the FPU can't read the buffer then."""
    traits = traits_def(HasParent(ProgramOp), SymbolOpInterface())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$sym_name $index `pages` $pages `of` $element `at` $address attr-dict"

    def __init__(
        self, name: str, index: int, pages: int, element: TileType, address: int, *, unpack_to_dest_fp32: bool = False
    ):
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "index": IntegerAttr(index, i64),
                "pages": IntegerAttr(pages, i64),
                "element": element,
                "address": IntegerAttr(address, i64),
                "unpack_to_dest_fp32": BoolAttr.from_bool(unpack_to_dest_fp32),
            }
        )

    @property
    def page_bytes(self) -> int:
        return self.element.dtype.tile_bytes

    @property
    def total_bytes(self) -> int:
        return self.pages.value.data * self.page_bytes


@irdl_op_definition
class KernelOp(IRDLOperation):
    """
    The program of one thread. Its runtime arguments: common to all cores, the addresses of `tensors` in order; of
    each core, the integers `core_args`, whose `core_values` stand in the order of `core_linear`.
    """

    name = "ttkernel.kernel"
    sym_name = prop_def(SymbolNameConstraint())
    thread = prop_def(ThreadAttr)
    tensors = prop_def(ArrayAttr[SymbolRefAttr], default_value=ArrayAttr(()))
    core_args = prop_def(ArrayAttr[StringAttr], default_value=ArrayAttr(()))
    core_values = prop_def(ArrayAttr[DenseArrayBase], default_value=ArrayAttr(()))
    body = region_def("single_block")
    traits = traits_def(HasParent(ProgramOp), IsolatedFromAbove(), NoTerminator(), SymbolOpInterface())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$sym_name `on` $thread attr-dict-with-keyword $body"

    def __init__(
        self,
        name: str,
        thread: Thread,
        body: Region,
        *,
        tensors: Sequence[str] = (),
        core_args: Sequence[tuple[str, Sequence[int]]] = (),
    ):
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "thread": ThreadAttr(thread),
                "tensors": ArrayAttr(SymbolRefAttr(tensor) for tensor in tensors),
                "core_args": ArrayAttr(StringAttr(arg) for arg, _ in core_args),
                "core_values": ArrayAttr(DenseArrayBase.from_list(i32, list(values)) for _, values in core_args),
            },
            regions=[body],
        )

    @property
    def tensor_names(self) -> tuple[str, ...]:
        return tuple(ref.root_reference.data for ref in self.tensors)

    def verify_(self) -> None:
        if len(self.core_args) != len(self.core_values):
            raise VerifyException("every per-core argument has values")


# -------------------------------------------------------------------------------------------- families of calls


class CallOp(IRDLOperation, ABC):
    """A call of the kernel API. `OLDER` and `NEWER` are its names in the two generations, where not that of tt-mlir."""

    OLDER: ClassVar[str] = ""
    NEWER: ClassVar[str] = ""
    HEADER: ClassVar[str] = ""
    """The include that declares it, below `api/compute/` (data movement kernels have one include for all)."""
    irdl_options = (ParsePropInAttrDict(),)

    @property
    def callee(self) -> str:
        return self.name.removeprefix("ttkernel.")

    def call_name(self, *, newer: bool) -> str:
        """The function's name in a generation of the kernel API."""
        return (self.NEWER if newer else self.OLDER) or self.callee


class EffectOp(CallOp, ABC):
    """A call that touches the machine: never deleted, merged or moved."""

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())


class PureValueOp(CallOp, ABC):
    """A number that is the same whenever a thread asks for it."""

    result = result_def(i32)
    traits = traits_def(Pure())


def symbol(name: str | SymbolRefAttr) -> SymbolRefAttr:
    return SymbolRefAttr(name) if isinstance(name, str) else name


def number(value: int | IntegerAttr) -> IntegerAttr:
    return IntegerAttr(value, i64) if isinstance(value, int) else value


# ------------------------------------------------------------------------------------------ arguments and places


class _ArgumentOp(PureValueOp, ABC):
    index = prop_def(IntegerAttr.constr(i64))
    assembly_format = "`(` $index `)` attr-dict"

    def __init__(self, index: int):
        super().__init__(properties={"index": number(index)}, result_types=[i32])


@irdl_op_definition
class GetArgValOp(_ArgumentOp):
    """The runtime argument of this core at `index`."""

    name = "ttkernel.get_arg_val"


@irdl_op_definition
class GetCommonArgValOp(_ArgumentOp):
    """The runtime argument common to all cores at `index`: the address of the kernel's tensor at that index."""

    name = "ttkernel.get_common_arg_val"


class _PlaceOp(PureValueOp, ABC):
    assembly_format = "attr-dict"

    def __init__(self) -> None:
        super().__init__(result_types=[i32])


@irdl_op_definition
class MyLogicalXOp(_PlaceOp):
    """The column of this core in the program's grid."""

    name = "ttkernel.my_logical_x_"
    OLDER: ClassVar[str] = "get_absolute_logical_x"
    NEWER: ClassVar[str] = "get_absolute_logical_x"


@irdl_op_definition
class MyLogicalYOp(_PlaceOp):
    """The row of this core in the program's grid."""

    name = "ttkernel.my_logical_y_"
    OLDER: ClassVar[str] = "get_absolute_logical_y"
    NEWER: ClassVar[str] = "get_absolute_logical_y"


@irdl_attr_definition
class TensorAccessorArgsType(ParametrizedAttribute, TypeAttribute):
    """The compile-time description of a tensor's pages."""

    name = "ttkernel.TensorAccessorArgs"


@irdl_attr_definition
class TensorAccessorType(ParametrizedAttribute, TypeAttribute):
    """What finds the pages of a tensor."""

    name = "ttkernel.TensorAccessor"


@irdl_op_definition
class TensorAccessorArgsOp(CallOp):
    """The description of a tensor. Its compile-time arguments follow those of the tensor before it in the kernel."""

    name = "ttkernel.TensorAccessorArgs"
    tensor = prop_def(SymbolRefAttr)
    result = result_def(TensorAccessorArgsType)
    traits = traits_def(Pure())
    assembly_format = "`(` $tensor `)` attr-dict"

    def __init__(self, tensor: str | SymbolRefAttr):
        super().__init__(properties={"tensor": symbol(tensor)}, result_types=[TensorAccessorArgsType()])


@irdl_op_definition
class TensorAccessorOp(CallOp):
    """An accessor of the tensor that `args` describes, whose pages start at `address`."""

    name = "ttkernel.TensorAccessor"
    args = operand_def(TensorAccessorArgsType)
    address = operand_def(i32)
    result = result_def(TensorAccessorType)
    traits = traits_def(Pure())
    assembly_format = "`(` $args `,` $address `)` attr-dict"

    def __init__(self, args: SSAValue, address: SSAValue):
        super().__init__(operands=[args, address], result_types=[TensorAccessorType()])


# ------------------------------------------------------------------------------------------------ circular buffers


class _BufferCountOp(EffectOp, ABC):
    cb = prop_def(SymbolRefAttr)
    pages = prop_def(IntegerAttr.constr(i64))
    assembly_format = "`(` $cb `,` $pages `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr, pages: int):
        super().__init__(properties={"cb": symbol(cb), "pages": number(pages)})


@irdl_op_definition
class CBReserveBackOp(_BufferCountOp):
    """Blocks until `pages` pages are free."""

    name = "ttkernel.cb_reserve_back"


@irdl_op_definition
class CBPushBackOp(_BufferCountOp):
    """Hands `pages` pages to the consumer."""

    name = "ttkernel.cb_push_back"


@irdl_op_definition
class CBWaitFrontOp(_BufferCountOp):
    """Blocks until `pages` pages are filled."""

    name = "ttkernel.cb_wait_front"


@irdl_op_definition
class CBPopFrontOp(_BufferCountOp):
    """Frees the `pages` oldest pages."""

    name = "ttkernel.cb_pop_front"


class _BufferValueOp(CallOp, ABC):
    cb = prop_def(SymbolRefAttr)
    result = result_def(i32)
    assembly_format = "`(` $cb `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr):
        super().__init__(properties={"cb": symbol(cb)}, result_types=[i32])


@irdl_op_definition
class GetWritePtrOp(_BufferValueOp):
    """L1 address of the first reserved page."""

    name = "ttkernel.get_write_ptr"
    traits = traits_def(MemoryReadEffect())


@irdl_op_definition
class GetReadPtrOp(_BufferValueOp):
    """L1 address of the oldest filled page."""

    name = "ttkernel.get_read_ptr"
    traits = traits_def(MemoryReadEffect())


@irdl_op_definition
class GetTileSizeOp(_BufferValueOp):
    """Bytes of a page."""

    name = "ttkernel.get_tile_size"
    traits = traits_def(Pure())


# --------------------------------------------------------------------------------------------------- data movement


class _PageOp(EffectOp, ABC):
    page = operand_def(i32)
    accessor = operand_def(TensorAccessorType)
    l1_address = operand_def(i32)
    assembly_format = "`(` $page `,` $accessor `,` $l1_address `)` attr-dict"

    def __init__(self, page: SSAValue, accessor: SSAValue, l1_address: SSAValue):
        super().__init__(operands=[page, accessor, l1_address])


@irdl_op_definition
class NocAsyncReadPageOp(_PageOp):
    """Starts to read a page of a tensor into L1."""

    name = "ttkernel.noc_async_read_page"


@irdl_op_definition
class NocAsyncWritePageOp(_PageOp):
    """Starts to write a page of a tensor from L1."""

    name = "ttkernel.noc_async_write_page"


class _BareOp(EffectOp, ABC):
    assembly_format = "`(` `)` attr-dict"

    def __init__(self) -> None:
        super().__init__()


@irdl_op_definition
class NocAsyncReadBarrierOp(_BareOp):
    """Blocks until all reads of this thread have landed."""

    name = "ttkernel.noc_async_read_barrier"


@irdl_op_definition
class NocAsyncWriteBarrierOp(_BareOp):
    """Blocks until all writes of this thread have landed."""

    name = "ttkernel.noc_async_write_barrier"


# ------------------------------------------------------------------------------------------ DST and configuration


class _DstOp(_BareOp, ABC):
    HEADER: ClassVar[str] = "reg_api.h"


@irdl_op_definition
class TileRegsAcquireOp(_DstOp):
    """Math waits for a free DST section."""

    name = "ttkernel.tile_regs_acquire"


@irdl_op_definition
class TileRegsCommitOp(_DstOp):
    """Math hands its section to pack."""

    name = "ttkernel.tile_regs_commit"


@irdl_op_definition
class TileRegsWaitOp(_DstOp):
    """Pack waits for a section."""

    name = "ttkernel.tile_regs_wait"


@irdl_op_definition
class TileRegsReleaseOp(_DstOp):
    """Pack frees its section, whose contents are lost."""

    name = "ttkernel.tile_regs_release"


@irdl_op_definition
class ComputeKernelHWStartupOp(EffectOp):
    """Configures unpack, math and pack for these buffers' formats: once, before all else."""

    name = "ttkernel.compute_kernel_hw_startup"
    HEADER: ClassVar[str] = "compute_kernel_hw_startup.h"
    in0 = prop_def(SymbolRefAttr)
    in1 = prop_def(SymbolRefAttr)
    out = prop_def(SymbolRefAttr)
    assembly_format = "`(` $in0 `,` $in1 `,` $out `)` attr-dict"

    def __init__(self, in0: str | SymbolRefAttr, in1: str | SymbolRefAttr, out: str | SymbolRefAttr):
        super().__init__(properties={"in0": symbol(in0), "in1": symbol(in1), "out": symbol(out)})


class _OneBufferOp(EffectOp, ABC):
    cb = prop_def(SymbolRefAttr)
    assembly_format = "`(` $cb `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr):
        super().__init__(properties={"cb": symbol(cb)})


@irdl_op_definition
class ReconfigDataFormatSrcAOp(_OneBufferOp):
    """Sets the format that SrcA (and a copy) unpacks from to that of the buffer."""

    name = "ttkernel.reconfig_data_format_srca"
    HEADER: ClassVar[str] = "reconfig_data_format.h"


@irdl_op_definition
class ReconfigDataFormatSrcBOp(_OneBufferOp):
    """Sets the format that SrcB unpacks from to that of the buffer."""

    name = "ttkernel.reconfig_data_format_srcb"
    HEADER: ClassVar[str] = "reconfig_data_format.h"


@irdl_op_definition
class ReconfigDataFormatOp(EffectOp):
    """Sets the formats of both source registers."""

    name = "ttkernel.reconfig_data_format"
    HEADER: ClassVar[str] = "reconfig_data_format.h"
    in0 = prop_def(SymbolRefAttr)
    in1 = prop_def(SymbolRefAttr)
    assembly_format = "`(` $in0 `,` $in1 `)` attr-dict"

    def __init__(self, in0: str | SymbolRefAttr, in1: str | SymbolRefAttr):
        super().__init__(properties={"in0": symbol(in0), "in1": symbol(in1)})


@irdl_op_definition
class PackReconfigDataFormatOp(_OneBufferOp):
    """Sets the format that pack writes to that of the buffer."""

    name = "ttkernel.pack_reconfig_data_format"
    HEADER: ClassVar[str] = "pack.h"
    """Declared in `reconfig_data_format.h` in the newer generation."""


# ------------------------------------------------------------------------------------------------------ move, pack


@irdl_op_definition
class CopyTileInitOp(_OneBufferOp):
    """Prepares unpack and math to move tiles of a buffer to DST."""

    name = "ttkernel.copy_tile_init"
    NEWER: ClassVar[str] = "copy_init"
    HEADER: ClassVar[str] = "tile_move_copy.h"


@irdl_op_definition
class CopyTileOp(EffectOp):
    """Moves the tile at `tile` of the waited block to DST slot `dst`."""

    name = "ttkernel.copy_tile"
    HEADER: ClassVar[str] = "tile_move_copy.h"
    cb = prop_def(SymbolRefAttr)
    tile = operand_def(i32)
    dst = operand_def(i32)
    assembly_format = "`(` $cb `,` $tile `,` $dst `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr, tile: SSAValue, dst: SSAValue):
        super().__init__(operands=[tile, dst], properties={"cb": symbol(cb)})


@irdl_op_definition
class CopyDestValuesInitOp(_BareOp):
    name = "ttkernel.copy_dest_values_init"
    HEADER: ClassVar[str] = "copy_dest_values.h"


@irdl_op_definition
class CopyDestValuesOp(EffectOp):
    """Copies DST slot `source` to slot `destination`; `format` is that of the data."""

    name = "ttkernel.copy_dest_values"
    HEADER: ClassVar[str] = "copy_dest_values.h"
    source = operand_def(i32)
    destination = operand_def(i32)
    format = prop_def(StringAttr)
    assembly_format = "`(` $source `,` $destination `,` $format `)` attr-dict"

    def __init__(self, source: SSAValue, destination: SSAValue, format: str):
        super().__init__(operands=[source, destination], properties={"format": StringAttr(format)})


@irdl_op_definition
class PackTileOp(EffectOp):
    """Packs DST slot `dst` to the next page of the reserved block."""

    name = "ttkernel.pack_tile"
    HEADER: ClassVar[str] = "pack.h"
    dst = operand_def(i32)
    cb = prop_def(SymbolRefAttr)
    assembly_format = "`(` $dst `,` $cb `)` attr-dict"

    def __init__(self, dst: SSAValue, cb: str | SymbolRefAttr):
        super().__init__(operands=[dst], properties={"cb": symbol(cb)})


@irdl_op_definition
class PackTileBlockOp(EffectOp):
    """Packs `tiles` DST slots from `dst` on to the next pages of the reserved block."""

    name = "ttkernel.pack_tile_block"
    NEWER: ClassVar[str] = "pack_block"
    HEADER: ClassVar[str] = "pack.h"
    dst = operand_def(i32)
    cb = prop_def(SymbolRefAttr)
    tiles = prop_def(IntegerAttr.constr(i64))
    assembly_format = "`(` $dst `,` $cb `,` $tiles `)` attr-dict"

    def __init__(self, dst: SSAValue, cb: str | SymbolRefAttr, tiles: int):
        super().__init__(operands=[dst], properties={"cb": symbol(cb), "tiles": number(tiles)})


# ---------------------------------------------------------------------------------------------------- FPU binary


class FPUBinaryInitOp(EffectOp, ABC):
    """Prepares unpack and math for a function of tiles of two buffers."""

    HEADER: ClassVar[str] = "eltwise_binary.h"
    in0 = prop_def(SymbolRefAttr)
    in1 = prop_def(SymbolRefAttr)
    assembly_format = "`(` $in0 `,` $in1 `)` attr-dict"

    def __init__(self, in0: str | SymbolRefAttr, in1: str | SymbolRefAttr):
        super().__init__(properties={"in0": symbol(in0), "in1": symbol(in1)})


class FPUBinaryOp(EffectOp, ABC):
    """A function of two tiles in L1, to DST slot `dst`. `mul_tiles` adds to what the slot holds."""

    HEADER: ClassVar[str] = "eltwise_binary.h"
    KIND: ClassVar[str]
    INIT: ClassVar[type[FPUBinaryInitOp]]
    in0 = prop_def(SymbolRefAttr)
    in1 = prop_def(SymbolRefAttr)
    tile0 = operand_def(i32)
    tile1 = operand_def(i32)
    dst = operand_def(i32)
    assembly_format = "`(` $in0 `,` $in1 `,` $tile0 `,` $tile1 `,` $dst `)` attr-dict"

    def __init__(
        self, in0: str | SymbolRefAttr, in1: str | SymbolRefAttr, tile0: SSAValue, tile1: SSAValue, dst: SSAValue
    ):
        super().__init__(operands=[tile0, tile1, dst], properties={"in0": symbol(in0), "in1": symbol(in1)})


@irdl_op_definition
class AddTilesInitOp(FPUBinaryInitOp):
    name = "ttkernel.add_tiles_init"
    NEWER: ClassVar[str] = "add_init"


@irdl_op_definition
class SubTilesInitOp(FPUBinaryInitOp):
    name = "ttkernel.sub_tiles_init"
    NEWER: ClassVar[str] = "sub_init"


@irdl_op_definition
class MulTilesInitOp(FPUBinaryInitOp):
    name = "ttkernel.mul_tiles_init"
    NEWER: ClassVar[str] = "mul_init"


@irdl_op_definition
class AddTilesOp(FPUBinaryOp):
    name = "ttkernel.add_tiles"
    KIND: ClassVar[str] = "add"
    INIT: ClassVar[type[FPUBinaryInitOp]] = AddTilesInitOp


@irdl_op_definition
class SubTilesOp(FPUBinaryOp):
    name = "ttkernel.sub_tiles"
    KIND: ClassVar[str] = "sub"
    INIT: ClassVar[type[FPUBinaryInitOp]] = SubTilesInitOp


@irdl_op_definition
class MulTilesOp(FPUBinaryOp):
    name = "ttkernel.mul_tiles"
    KIND: ClassVar[str] = "mul"
    INIT: ClassVar[type[FPUBinaryInitOp]] = MulTilesInitOp


FPU_BINARY: dict[str, type[FPUBinaryOp]] = {op.KIND: op for op in (AddTilesOp, SubTilesOp, MulTilesOp)}
"""The FPU forms, by `Function.fpu`."""


# ---------------------------------------------------------------------------------------------------------- SFPU


class SFPUInitOp(EffectOp, ABC):
    """Prepares the SFPU for the functions that share this init."""

    ROW: ClassVar[Function]
    """A row of the functions that share it."""
    format = opt_prop_def(StringAttr)
    """The integer format that the function's integer form works on."""
    assembly_format = "`(` `)` attr-dict"

    def __init__(self, format: str | None = None):
        super().__init__(properties={"format": StringAttr(format)} if format else {})


class SFPUTileOp(EffectOp, ABC):
    """
    A function of `ttlang.functions` on DST slots: the operands, then, unless it works in place, the result.
    `parameters` are those of the row's kernel call.
    """

    ROW: ClassVar[Function]
    slots = var_operand_def(i32)
    parameters = opt_prop_def(DenseArrayBase.constr(f64))
    format = opt_prop_def(StringAttr)
    """The integer format, for the function's integer form."""
    assembly_format = "`(` $slots `)` ($parameters^)? attr-dict"

    def __init__(self, slots: Sequence[SSAValue], parameters: Sequence[float] = (), format: str | None = None):
        properties: dict[str, Attribute] = {}
        if parameters:
            properties["parameters"] = DenseArrayBase.from_list(f64, list(parameters))
        if format:
            properties["format"] = StringAttr(format)
        super().__init__(operands=[list(slots)], properties=properties)

    @property
    def parameter_values(self) -> tuple[float, ...]:
        return tuple(float(v) for v in self.parameters.iter_values()) if self.parameters else ()

    @property
    def inputs(self) -> tuple[SSAValue, ...]:
        """The slots that it reads."""
        return tuple(self.slots)[: self.ROW.arity]

    @property
    def output(self) -> SSAValue:
        """The slot that it writes."""
        return tuple(self.slots)[-1]

    def verify_(self) -> None:
        if len(self.slots) != slot_count(self.ROW):
            raise VerifyException(f"takes {slot_count(self.ROW)} DST slots")
        if len(self.parameter_values) != len(self.ROW.parameters):
            raise VerifyException(f"takes {len(self.ROW.parameters)} parameters")


def slot_count(row: Function) -> int:
    """DST slots that the kernel call of a row names: one for a function in place, else the operands and the result."""
    return 1 if row.arity <= 1 else row.arity + 1


def _class_name(name: str, suffix: str) -> str:
    return "".join(part.title() for part in name.split("_")) + suffix


def _row_class(kind: type[IRDLOperation], name: str, row: Function, suffix: str) -> type[Any]:
    fields: dict[str, Any] = {
        "name": f"ttkernel.{name}",
        "ROW": row,
        "__annotations__": {"ROW": ClassVar[Function]},
        "__module__": __name__,
        "__doc__": row.doc,
    }
    return irdl_op_definition(type(_class_name(name, suffix), (kind,), fields))


_Spelling = tuple[str, str]
"""The name of an init, and its template arguments."""


def _init_spellings(row: Function) -> tuple[_Spelling | None, ...]:
    """How the forms of a row's init are spelled: for floats and integers, in each generation. None: no such form."""
    calls = (row.call, row.older or row.call, row.integer, row.older_integer or row.integer)
    return tuple((call.init_name, call.init_template) if call else None for call in calls)


@cache
def _op_names() -> tuple[dict[str, str], dict[str, str]]:
    """The operations' names for each row: (tile, init). Two rows that spell a form differently have two names."""
    tiles: dict[str, str] = {}
    inits: dict[str, str] = {}
    taken_tiles: set[str] = set()
    taken_inits: dict[str, tuple[_Spelling | None, ...]] = {}
    for row in FUNCTIONS:
        if row.call is None:
            continue
        tile = row.call.tile if row.call.tile not in taken_tiles else f"{row.name}_tile"
        taken_tiles.add(tile)
        tiles[row.name] = tile
        init, spelled = row.call.init_name, _init_spellings(row)
        pairs = list(zip(taken_inits.get(init, spelled), spelled, strict=True))
        if any(a and b and a != b for a, b in pairs):
            init, pairs = f"{row.name}_tile_init", list(zip(spelled, spelled, strict=True))
        taken_inits[init] = tuple(a or b for a, b in pairs)
        inits[row.name] = init
    return tiles, inits


@cache
def sfpu_tile_op(row: Function) -> type[SFPUTileOp]:
    """The operation of a row's kernel call: `ttkernel.exp_tile`."""
    return _row_class(SFPUTileOp, _op_names()[0][row.name], row, "Op")


@cache
def _init_op(name: str) -> type[SFPUInitOp]:
    inits = _op_names()[1]
    row = next(row for row in FUNCTIONS if inits.get(row.name) == name)
    return _row_class(SFPUInitOp, name, row, "Op")


def sfpu_init_op(row: Function) -> type[SFPUInitOp]:
    """The operation of a row's init: `ttkernel.exp_tile_init`. Rows that share an init share the operation."""
    return _init_op(_op_names()[1][row.name])


@irdl_op_definition
class TypecastTileInitOp(EffectOp):
    name = "ttkernel.typecast_tile_init"
    HEADER: ClassVar[str] = "eltwise_unary/typecast.h"
    from_format = prop_def(StringAttr)
    to_format = prop_def(StringAttr)
    assembly_format = "`(` $from_format `,` $to_format `)` attr-dict"

    def __init__(self, from_format: str, to_format: str):
        super().__init__(properties={"from_format": StringAttr(from_format), "to_format": StringAttr(to_format)})


@irdl_op_definition
class TypecastTileOp(EffectOp):
    """Converts DST slot `dst` in place."""

    name = "ttkernel.typecast_tile"
    HEADER: ClassVar[str] = "eltwise_unary/typecast.h"
    dst = operand_def(i32)
    from_format = prop_def(StringAttr)
    to_format = prop_def(StringAttr)
    assembly_format = "`(` $dst `,` $from_format `,` $to_format `)` attr-dict"

    def __init__(self, dst: SSAValue, from_format: str, to_format: str):
        super().__init__(
            operands=[dst],
            properties={"from_format": StringAttr(from_format), "to_format": StringAttr(to_format)},
        )


_OPS: tuple[type[Operation], ...] = (
    ProgramOp,
    TensorOp,
    CircularBufferOp,
    KernelOp,
    GetArgValOp,
    GetCommonArgValOp,
    MyLogicalXOp,
    MyLogicalYOp,
    TensorAccessorArgsOp,
    TensorAccessorOp,
    CBReserveBackOp,
    CBPushBackOp,
    CBWaitFrontOp,
    CBPopFrontOp,
    GetWritePtrOp,
    GetReadPtrOp,
    GetTileSizeOp,
    NocAsyncReadPageOp,
    NocAsyncWritePageOp,
    NocAsyncReadBarrierOp,
    NocAsyncWriteBarrierOp,
    TileRegsAcquireOp,
    TileRegsCommitOp,
    TileRegsWaitOp,
    TileRegsReleaseOp,
    ComputeKernelHWStartupOp,
    ReconfigDataFormatOp,
    ReconfigDataFormatSrcAOp,
    ReconfigDataFormatSrcBOp,
    PackReconfigDataFormatOp,
    CopyTileInitOp,
    CopyTileOp,
    CopyDestValuesInitOp,
    CopyDestValuesOp,
    PackTileOp,
    PackTileBlockOp,
    AddTilesInitOp,
    SubTilesInitOp,
    MulTilesInitOp,
    AddTilesOp,
    SubTilesOp,
    MulTilesOp,
    TypecastTileInitOp,
    TypecastTileOp,
)


@cache
def ttkernel_dialect() -> Dialect:
    """The dialect with the operations of every row of the table; made on demand: only parsers need all of them."""
    tiles, inits = _op_names()
    rows = [row for row in FUNCTIONS if row.name in tiles]
    return Dialect(
        "ttkernel",
        [*_OPS, *(_init_op(name) for name in dict.fromkeys(inits.values())), *(sfpu_tile_op(row) for row in rows)],
        [ThreadAttr, TensorAccessorArgsType, TensorAccessorType],
    )
