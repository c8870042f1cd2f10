"""Calls of the kernel API as C++: one operation of `ttkernel` is one call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from xdsl.dialects.builtin import IntegerAttr, StringAttr, SymbolRefAttr
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.accessed_tensors import accessed_tensor
from ttlang.analysis.locations import span_of
from ttlang.backends.cpp.expressions import Expression
from ttlang.backends.cpp.prints import MACROS, assert_remark, assert_text, print_text
from ttlang.backends.cpp.sfpu_calls import init_text, tile_text
from ttlang.diagnostics import error
from ttlang.dialects import ttkernel
from ttlang.dialects.ttcore import TensorType
from ttlang.tables import dtypes
from ttlang.tables.dtypes import DType
from ttlang.tables.functions import FUNCTIONS, Call, Encoding, Function
from ttlang.tables.kernel_api import NEWEST, OLDEST, find_generation

COMMON_HEADER = "common.h"
_IN_COMMON_HEADER = frozenset(
    {"cb_api.h", "compute_kernel_hw_startup.h", "pack.h", "reconfig_data_format.h", "reg_api.h"}
)
"""Headers that `common.h` brings in every generation."""

VIRTUAL_COORDINATES: dict[type[Operation], str] = {
    ttkernel.ConvertLogicalXOp: "worker_logical_col_to_virtual_col",
    ttkernel.ConvertLogicalYOp: "worker_logical_row_to_virtual_row",
}
"""Tables of the firmware: NOC coordinates of columns and rows."""

_SUB_ROWS = ttkernel.FPU_BROADCAST["sub", "row"]
_NEWER_ONLY = (_SUB_ROWS, _SUB_ROWS.INIT)
"""Calls that the older generation lacks, beside those of `ttlang.tables.functions`."""


@dataclass(frozen=True)
class CallPrinter:
    """Prints the calls of one kernel."""

    kernel: ttkernel.KernelOp
    generation: str
    """One of `ttlang.tables.kernel_api.GENERATIONS`."""
    buffers: dict[str, str]
    """C++ names of the circular buffers."""
    expression: Callable[[SSAValue], Expression]

    def text(self, op: ttkernel.CallOp) -> str:
        """The call, without a semicolon. Raises a diagnostic if the generation has no such call."""
        match op:
            case ttkernel.NocAsyncReadRowOp() | ttkernel.NocAsyncWriteRowOp():
                return self._row(op)
            case ttkernel.NocAsyncReadShardOp() | ttkernel.NocAsyncWriteShardOp() if self.generation == OLDEST.name:
                return self._shard(op)
            case ttkernel.SFPUInitOp():
                return init_text(_sfpu_call(op, self.generation), self._format(op))
            case ttkernel.SFPUTileOp():
                return tile_text(
                    _sfpu_call(op, self.generation),
                    self._values(op.slots),
                    op.parameter_values,
                    op.ROW.parameters,
                    self._format(op),
                )
            case ttkernel.GetArgValOp():
                return f"{self._name(op)}<int32_t>({op.index.value.data})"
            case ttkernel.GetArgValAtOp():
                offset = self.expression(op.offset).text
                first = f"{op.index.value.data} + " if op.index.value.data else ""
                return f"{self._name(op)}<int32_t>({first}{offset})"
            case ttkernel.ConvertLogicalXOp() | ttkernel.ConvertLogicalYOp():
                return f"{VIRTUAL_COORDINATES[type(op)]}[{self.expression(op.coordinate).text}]"
            case ttkernel.GetCommonArgValOp():
                return f"{self._name(op)}<uint32_t>({op.index.value.data})"
            case ttkernel.GetTileSizeOp() if self.kernel.thread.data is ttkernel.Thread.COMPUTE:
                return str(self._buffer(op.cb).page_bytes)  # only data movement kernels have the function
            case ttkernel.ComputeKernelHWStartupOp(in0=in0, in1=in1) if in0 == in1:
                return f"{self._name(op)}({self._argument(in0)}, {self._argument(op.out)})"
            case ttkernel.CopyDestValuesOp():
                slots = ", ".join(self._values((op.source, op.destination)))
                return f"{self._name(op)}<{data_format(op.format)}>({slots})"
            case ttkernel.DPrintOp():
                compute = self.kernel.thread.data is ttkernel.Thread.COMPUTE
                return print_text(op, self.expression, compute=compute, newer=self.generation == NEWEST.name)
            case ttkernel.AssertOp():
                return assert_text(op, self.expression)
            case ttkernel.TypecastTileInitOp():
                return f"{self._name(op)}<{_typecast_formats(op)}>()"
            case ttkernel.TypecastTileOp():
                return f"{self._name(op)}<{_typecast_formats(op)}>({', '.join(self._values((op.dst,)))})"
            case _:
                arguments = (self._argument(argument) for argument in call_arguments(op))
                return f"{self._name(op)}({', '.join(arguments)})"

    def remark(self, op: ttkernel.CallOp) -> str:
        """What stands beside a call: what the numbers in it mean that nobody reads as they stand, or a message."""
        match op:
            case ttkernel.AssertOp():
                return assert_remark(op, self.expression)
            case ttkernel.SFPUTileOp(format=None):
                # Bit patterns of floats.
                values = zip(op.ROW.parameters, op.parameter_values, strict=True)
                return ", ".join(f"{p.name} = {value:g}" for p, value in values if p.encoding is Encoding.BITS)
            case _:
                return ""

    def _row(self, op: ttkernel.NocAsyncReadRowOp | ttkernel.NocAsyncWriteRowOp) -> str:
        page, offset = self._values((op.page, op.offset))
        place = page if offset == "0" else f"{page}, {offset}"
        # The function get_noc_addr takes no accessor of a sharded tensor; the method is there for each.
        ends = [f"{self.expression(op.accessor).text}.get_noc_addr({place})", self.expression(op.l1_address).text]
        if isinstance(op, ttkernel.NocAsyncWriteRowOp):
            ends.reverse()
        return f"{self._name(op)}({', '.join(ends)}, {op.size.value.data})"

    def _shard(self, op: ttkernel.NocAsyncReadShardOp | ttkernel.NocAsyncWriteShardOp) -> str:
        """
        What the call of 0.69 means: its own header hands the number of the NOC on where the shard's address takes an
        offset, so on NOC 1 it is off by a byte.
        """
        place = f"{self.expression(op.accessor).text}.get_shard_noc_addr({self.expression(op.shard).text})"
        address, size = self.expression(op.l1_address).text, self._tensor(op.accessor).shard_bytes
        if isinstance(op, ttkernel.NocAsyncReadShardOp):
            return f"noc_async_read({place}, {address}, {size})"
        return f"noc_async_write({address}, {place}, {size})"

    def _tensor(self, accessor: SSAValue) -> TensorType:
        name = accessed_tensor(accessor)
        return next(each.type for each in program_of(self.kernel).tensors if each.sym_name.data == name)

    def _name(self, op: ttkernel.CallOp) -> str:
        newer = self.generation == NEWEST.name
        if not newer and isinstance(op, _NEWER_ONLY):
            raise _lacking(op, op.callee, self.generation)
        template = ", ".join(op.template(newer=newer))
        return op.call_name(newer=newer) + (f"<{template}>" if template else "")

    def _argument(self, argument: object) -> str:
        match argument:
            case SymbolRefAttr():
                return self.buffers[argument.root_reference.data]
            case IntegerAttr():
                return str(argument.value.data)
            case SSAValue():
                return self.expression(argument).text
            case _:
                raise TypeError(f"{argument!r} can't be an argument of a call")

    def _values(self, values: Iterable[SSAValue]) -> list[str]:
        return [self.expression(value).text for value in values]

    def _format(self, op: ttkernel.SFPUInitOp | ttkernel.SFPUTileOp) -> DType:
        """What the datums in DST are."""
        if op.format:
            return dtypes.BY_NAME[op.format.data]
        return dtypes.F32 if program_of(self.kernel).dst32 else dtypes.BF16

    def _buffer(self, cb: SymbolRefAttr) -> ttkernel.CircularBufferOp:
        buffers = program_of(self.kernel).circular_buffers
        return next(buffer for buffer in buffers if buffer.sym_name == cb.root_reference)


def program_of(kernel: ttkernel.KernelOp) -> ttkernel.ProgramOp:
    program = kernel.parent_op()
    assert isinstance(program, ttkernel.ProgramOp), "a kernel belongs to a program"
    return program


def call_arguments(op: ttkernel.CallOp) -> list[object]:
    """Operands and properties of a call in the order of its arguments, which is that of its textual form."""
    arguments = (getattr(op, field) for field in argument_fields(type(op)))
    return [argument for argument in arguments if argument is not None]


@cache
def argument_fields(kind: type[ttkernel.CallOp]) -> tuple[str, ...]:
    text = str(getattr(kind, "assembly_format", ""))
    return tuple(re.findall(r"\$(\w+)", text[text.index("`(`") :] if "`(`" in text else ""))


def called_functions(op: ttkernel.CallOp, generation: str) -> tuple[str, ...]:
    """The functions of the kernel API that an operation names."""
    match op:
        case ttkernel.SFPUInitOp():
            return (_sfpu_call(op, generation).init_name,)
        case ttkernel.SFPUTileOp():
            return (_sfpu_call(op, generation).tile,)
        case ttkernel.ConvertLogicalXOp() | ttkernel.ConvertLogicalYOp():
            return (VIRTUAL_COORDINATES[type(op)],)
        case ttkernel.MessageOp():
            return MACROS
        case ttkernel.NocAsyncReadShardOp() if generation == OLDEST.name:
            return ("noc_async_read",)
        case ttkernel.NocAsyncWriteShardOp() if generation == OLDEST.name:
            return ("noc_async_write",)
        case _:
            return (op.call_name(newer=generation == NEWEST.name),)


def call_header(op: ttkernel.CallOp, generation: str) -> str:
    """The include below `api/compute/` that a compute kernel needs for the call beside `common.h`; "" if none."""
    if isinstance(op, ttkernel.SFPUInitOp | ttkernel.SFPUTileOp):
        return _sfpu_call(op, generation).header
    header = op.header(newer=generation == NEWEST.name)
    return "" if header in _IN_COMMON_HEADER else header


def data_format(name: StringAttr) -> str:
    """`DataFormat::Float16_b` for `bf16`."""
    return f"DataFormat::{dtypes.BY_NAME[name.data].data_format}"


def _typecast_formats(op: ttkernel.TypecastTileInitOp | ttkernel.TypecastTileOp) -> str:
    return ", ".join(f"(uint32_t){data_format(name)}" for name in (op.from_format, op.to_format))


def _sfpu_call(op: ttkernel.SFPUInitOp | ttkernel.SFPUTileOp, generation: str) -> Call:
    integer_format = op.format.data if op.format else ""
    # An init is shared: a row that has the form speaks for those that don't.
    rows = _rows_of_init(type(op)) if isinstance(op, ttkernel.SFPUInitOp) else (op.ROW,)
    for row in rows:
        if call := row.call_in(find_generation(generation), integer_format):
            return call
    form = f" for {dtypes.BY_NAME[integer_format]}" if integer_format else ""
    raise _lacking(op, op.ROW.name + form, generation)


@cache
def _rows_of_init(kind: type[ttkernel.SFPUInitOp]) -> tuple[Function, ...]:
    rows = (row for row in FUNCTIONS if row.call and ttkernel.sfpu_init_op(row) is kind)
    return (kind.ROW, *(row for row in rows if row is not kind.ROW))


def _lacking(op: Operation, what: str, generation: str) -> Exception:
    return error(
        "TTL0307",
        f"the kernel API of ttnn {generation} has no {what}",
        span_of(op),
        hint=f'compile with metal_api="{NEWEST.name}"' if generation != NEWEST.name else None,
    )
