"""What the host configures before the kernels run: a program with its tensors, buffers, semaphores and kernels."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    BoolAttr,
    DenseArrayBase,
    IntegerAttr,
    IntegerType,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    UnitAttr,
    i64,
)
from xdsl.ir import (
    Attribute,
    Block,
    Region,
)
from xdsl.irdl import ParsePropInAttrDict, opt_prop_def, prop_def, region_def, traits_def
from xdsl.traits import (
    HasParent,
    NoTerminator,
    SymbolOpInterface,
    SymbolTable,
)
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.attributes import bool_attr, i32_array, i64_array, i64_attr, string_attr, symbol_attr
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.grids import OnGrid
from ttlang.dialects.isolation import Isolated
from ttlang.dialects.operation import DialectOperation
from ttlang.dialects.shared_memory import by_memory
from ttlang.dialects.ttcore import ChipConstraint, TensorType, TileType
from ttlang.dialects.ttkernel.threads import Thread, ThreadAttr
from ttlang.dialects.walking import operations, operations_in
from ttlang.tables.dtypes import F32
from ttlang.tables.kernel_api import NEWEST, Generation, find_generation


@irdl_op_definition
class ProgramOp(OnGrid):
    """All that the host enqueues: tensors, buffers, the compute configuration, and a kernel for each thread."""

    name = "ttkernel.program"
    sym_name = prop_def(SymbolNameConstraint())
    arch = prop_def(ChipConstraint())
    fp32_dest_acc_en = prop_def(BoolAttr, default_value=bool_attr(False))
    dst_full_sync_en = prop_def(BoolAttr, default_value=bool_attr(False))
    math_fidelity = prop_def(StringAttr, default_value=StringAttr("HiFi4"))
    math_approx_mode = prop_def(BoolAttr, default_value=bool_attr(False))
    metal_api = prop_def(StringAttr, default_value=StringAttr(NEWEST.name))
    """The generation of the kernel API that it was lowered for."""
    body = region_def("single_block")
    traits = traits_def(Isolated(), NoTerminator(), SymbolTable(), SymbolOpInterface())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$sym_name `grid` $grid `on` $arch attr-dict-with-keyword $body"

    def __init__(self, name: str, grid: Sequence[int], arch: str, **config: Attribute):
        super().__init__(
            properties={
                "sym_name": string_attr(name),
                "grid": i64_array(grid),
                "arch": string_attr(arch),
                **config,
            },
            regions=[Region(Block())],
        )

    @property
    def generation(self) -> Generation:
        """The generation of the kernel API that it was lowered for. Raises a ValueError for a name of none."""
        return find_generation(self.metal_api.data)

    @property
    def dst32(self) -> bool:
        """DST holds 32 bits a datum."""
        return bool(self.fp32_dest_acc_en)

    @property
    def tensors(self) -> tuple[TensorOp, ...]:
        return tuple([op for op in operations_in(self.body.block) if isinstance(op, TensorOp)])

    @property
    def runtime_arguments(self) -> tuple[RuntimeArgumentOp, ...]:
        """In the order of the call."""
        found = (op for op in operations_in(self.body.block) if isinstance(op, RuntimeArgumentOp))
        return tuple(sorted(found, key=lambda op: op.index.value.data))

    @property
    def circular_buffers(self) -> tuple[CircularBufferOp, ...]:
        return tuple([op for op in operations_in(self.body.block) if isinstance(op, CircularBufferOp)])

    @property
    def own_buffers(self) -> tuple[CircularBufferOp, ...]:
        """Buffers that have memory of their own, and lie on no tensor."""
        return tuple(buffer for buffer in self.circular_buffers if buffer.tensor is None)

    @property
    def buffer_bytes(self) -> int:
        """Bytes of L1 that the buffers take of each core."""
        return sum(first.total_bytes for first, *_ in by_memory(self.own_buffers))

    def buffer(self, cb: SymbolRefAttr) -> CircularBufferOp:
        """The buffer that a call names."""
        return next(op for op in self.circular_buffers if op.sym_name == cb.root_reference)

    @property
    def semaphores(self) -> tuple[SemaphoreOp, ...]:
        """Those that the host sets."""
        return tuple([op for op in operations_in(self.body.block) if isinstance(op, SemaphoreOp) and op.buffer is None])

    @property
    def words(self) -> tuple[SemaphoreOp, ...]:
        """Those that are words of buffers."""
        return tuple(
            [op for op in operations_in(self.body.block) if isinstance(op, SemaphoreOp) and op.buffer is not None]
        )

    @property
    def kernels(self) -> tuple[KernelOp, ...]:
        return tuple([op for op in operations_in(self.body.block) if isinstance(op, KernelOp)])

    def verify_(self) -> None:
        known = {op.sym_name.data for op in operations_in(self.body.block) if isinstance(op, _RESOURCES)}
        for op in operations(self):
            for attribute in op.properties.values():
                if type(attribute) is SymbolRefAttr and (name := attribute.root_reference.data) not in known:
                    raise VerifyException(
                        f"{op.name}: @{name} is no tensor, buffer, semaphore or argument of the program"
                    )


@irdl_op_definition
class TensorOp(DialectOperation):
    """A tensor of the program: the call's at `index`, of its arguments that are tensors."""

    name = "ttkernel.tensor"
    sym_name = prop_def(SymbolNameConstraint())
    index = prop_def(IntegerAttr.constr(i64))
    type = prop_def(TensorType)
    traits = traits_def(HasParent(ProgramOp), SymbolOpInterface())
    assembly_format = "$sym_name `at` $index `:` $type attr-dict"

    def __init__(self, name: str, index: int, type: TensorType):
        super().__init__(properties={"sym_name": string_attr(name), "index": i64_attr(index), "type": type})


@irdl_op_definition
class RuntimeArgumentOp(DialectOperation):
    """An integer of the call: the one at `index`, of its integers that are no constants."""

    name = "ttkernel.runtime_argument"
    sym_name = prop_def(SymbolNameConstraint())
    index = prop_def(IntegerAttr.constr(i64))
    traits = traits_def(HasParent(ProgramOp), SymbolOpInterface())
    assembly_format = "$sym_name `at` $index attr-dict"

    def __init__(self, name: str, index: int):
        super().__init__(properties={"sym_name": string_attr(name), "index": i64_attr(index)})


@irdl_op_definition
class CircularBufferOp(DialectOperation):
    """A circular buffer: `pages` tiles in L1 from `address`, on every core; or as many rows."""

    name = "ttkernel.circular_buffer"
    sym_name = prop_def(SymbolNameConstraint())
    index = prop_def(IntegerAttr.constr(i64))
    """The hardware's number of the buffer."""
    pages = prop_def(IntegerAttr.constr(i64))
    element = prop_def(TileType)
    address = prop_def(IntegerAttr.constr(i64))
    """Byte address in L1. The host's allocator gives the same one to each core; nothing but the simulator reads it."""
    landing = opt_prop_def(BoolAttr)
    """Other cores write into it. It is no ring: nothing is pushed or popped."""
    group = opt_prop_def(IntegerAttr)
    """Of buffers of one size that lie in one place: no two of a group hold pages at the same time."""
    tensor = opt_prop_def(SymbolRefAttr)
    """The tensor that it lies on, with each core's own shard, whose address is its own then."""
    byte_offset = opt_prop_def(IntegerAttr)
    """From the start of the shard."""
    published = opt_prop_def(UnitAttr)
    """It lies on a tensor that fills it; without this, kernels do, and so write the tensor."""
    row_bytes = opt_prop_def(IntegerAttr.constr(i64))
    """Set where a page is a row of elements in the format of `element`, and no tile: its bytes, padding included."""
    unpack_to_dest_fp32 = prop_def(BoolAttr, default_value=bool_attr(False))
    """The unpacker moves 32-bit data to DST unshortened; the FPU can't read the buffer then."""
    traits = traits_def(HasParent(ProgramOp), SymbolOpInterface())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$sym_name $index `pages` $pages `of` $element `at` $address attr-dict"

    def __init__(
        self,
        name: str,
        index: int,
        pages: int,
        element: TileType,
        address: int,
        *,
        row_bytes: int | None = None,
        unpack_to_dest_fp32: bool = False,
    ):
        super().__init__(
            properties={
                "sym_name": string_attr(name),
                "index": i64_attr(index),
                "pages": i64_attr(pages),
                "element": element,
                "address": i64_attr(address),
                "unpack_to_dest_fp32": bool_attr(unpack_to_dest_fp32),
                **({} if row_bytes is None else {"row_bytes": i64_attr(row_bytes)}),
            }
        )

    def verify_(self) -> None:
        if self.unpack_to_dest_fp32 and self.element.dtype is not F32:
            raise VerifyException(
                "only float32 is unpacked to DST unshortened: the mode means nothing for other formats"
            )

    @property
    def page_bytes(self) -> int:
        return self.row_bytes.value.data if self.row_bytes else self.element.dtype.tile_bytes

    @property
    def total_bytes(self) -> int:
        return self.pages.value.data * self.page_bytes

    @property
    def backing(self) -> tuple[str, int] | None:
        """The name of the tensor that it lies on, and the byte of the shard where it starts."""
        if self.tensor is None or self.byte_offset is None:
            return None
        return self.tensor.root_reference.data, self.byte_offset.value.data


@irdl_op_definition
class SemaphoreOp(DialectOperation):
    """A semaphore: a word on every core, which starts at `initial`."""

    name = "ttkernel.semaphore"
    sym_name = prop_def(SymbolNameConstraint())
    index = prop_def(IntegerAttr.constr(i64))
    """The hardware's number of the semaphore, or which word of the buffer it is."""
    initial = prop_def(IntegerAttr.constr(i64))
    buffer = opt_prop_def(SymbolRefAttr)
    """The buffer that it is a word of, which kernels set; without it, it is the program's, which the host sets."""
    traits = traits_def(HasParent(ProgramOp), SymbolOpInterface())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$sym_name $index `=` $initial attr-dict"

    def __init__(self, name: str, index: int, initial: int, buffer: str | None = None):
        super().__init__(
            properties={
                "sym_name": string_attr(name),
                "index": i64_attr(index),
                "initial": i64_attr(initial),
                "buffer": None if buffer is None else symbol_attr(buffer),
            }
        )


@irdl_op_definition
class KernelOp(DialectOperation):
    """
    The program of one thread. Its runtime arguments: common to all cores, the addresses of `tensors` in order, then the
    program's arguments `runtime_args`; of each core, the integers `core_args`, whose `core_values` stand in the order
    of `core_linear`.
    """

    name = "ttkernel.kernel"
    sym_name = prop_def(SymbolNameConstraint())
    thread = prop_def(ThreadAttr)
    tensors = prop_def(ArrayAttr[SymbolRefAttr], default_value=ArrayAttr(()))
    runtime_args = prop_def(ArrayAttr[SymbolRefAttr], default_value=ArrayAttr(()))
    core_args = prop_def(ArrayAttr[StringAttr], default_value=ArrayAttr(()))
    core_values = prop_def(ArrayAttr[DenseArrayBase[IntegerType]], default_value=ArrayAttr(()))
    defines = prop_def(ArrayAttr[StringAttr], default_value=ArrayAttr(()))
    """Macros that its text defines above the includes of the API: what calls compute depends on them."""
    body = region_def("single_block")
    traits = traits_def(HasParent(ProgramOp), Isolated(), NoTerminator(), SymbolOpInterface())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$sym_name `on` $thread attr-dict-with-keyword $body"

    def __init__(
        self,
        name: str,
        thread: Thread,
        body: Region,
        *,
        tensors: Sequence[str] = (),
        runtime_args: Sequence[str] = (),
        core_args: Sequence[tuple[str, Sequence[int]]] = (),
        defines: Sequence[str] = (),
    ):
        super().__init__(
            properties={
                "sym_name": string_attr(name),
                "thread": ThreadAttr(thread),
                "tensors": ArrayAttr(symbol_attr(tensor) for tensor in tensors),
                "runtime_args": ArrayAttr(map(SymbolRefAttr, runtime_args)),
                "core_args": ArrayAttr(string_attr(arg) for arg, _ in core_args),
                "core_values": ArrayAttr(i32_array(values) for _, values in core_args),
                "defines": ArrayAttr(map(StringAttr, defines)),
            },
            regions=[body],
        )

    @property
    def program(self) -> ProgramOp:
        program = self.parent_op()
        assert isinstance(program, ProgramOp), "a kernel belongs to a program"
        return program

    @property
    def core_arguments(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The names of its own runtime arguments on a core, each with its value for each core."""
        names = (name.data for name in self.core_args)
        values = (tuple(int(value) for value in row.iter_values()) for row in self.core_values)
        return tuple(zip(names, values, strict=True))

    @property
    def tensor_names(self) -> tuple[str, ...]:
        return tuple(ref.root_reference.data for ref in self.tensors)

    @property
    def runtime_names(self) -> tuple[str, ...]:
        """The program's arguments that it is given, in order."""
        return tuple(ref.root_reference.data for ref in self.runtime_args)

    def verify_(self) -> None:
        if len(self.core_args) != len(self.core_values):
            raise VerifyException("every per-core argument has values")


_RESOURCES = TensorOp, RuntimeArgumentOp, CircularBufferOp, SemaphoreOp
