"""Calls of the kernel API as C++: one operation of `ttkernel` is one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from xdsl.dialects.builtin import IntegerAttr, SymbolRefAttr
from xdsl.ir import BlockArgument, Operation, OpResult, SSAValue

from ttlang.analysis.accessed_tensors import accessed_tensor
from ttlang.analysis.locations import span_of
from ttlang.backends.cpp.expressions import Binding, Expression
from ttlang.backends.cpp.prints import MACROS, assert_remark, assert_text, print_elements, print_row, print_text
from ttlang.backends.cpp.sfpu_calls import init_text, tile_text
from ttlang.diagnostics import error
from ttlang.dialects import ttkernel
from ttlang.dialects.ttcore import TensorType
from ttlang.dialects.ttkernel.cpp_spelling import options_text
from ttlang.dialects.ttkernel.facets import ReadsTensor
from ttlang.tables import dtypes
from ttlang.tables.dtypes import DType
from ttlang.tables.functions import FUNCTIONS, Call, Encoding, Function
from ttlang.tables.kernel_api import NEWEST, Generation

COMMON_HEADER = "common.h"
_IN_COMMON_HEADER = frozenset(
    {"cb_api.h", "compute_kernel_hw_startup.h", "pack.h", "reconfig_data_format.h", "reg_api.h"}
)
"""Headers that `common.h` brings in every generation."""


@dataclass(frozen=True)
class CallPrinter:
    """Prints the calls of one kernel."""

    kernel: ttkernel.KernelOp
    generation: Generation
    buffers: dict[str, str]
    """C++ names of the circular buffers."""
    expression: Callable[[SSAValue], Expression]

    def text(self, op: ttkernel.CallOp) -> str:
        """The call, without a semicolon. Raises a diagnostic if the generation has no such call."""
        form = _form_of(type(op))
        return form(self, op) if form else self._plain(op)

    def _plain(self, op: ttkernel.CallOp) -> str:
        """A call whose arguments are as its class lists them."""
        given: list[tuple[str, object]] = [(field, getattr(op, field)) for field in op.ARGUMENTS]
        arguments = [self._added_up(value, op.addend(field)) for field, value in given if value is not None]
        return self._call(op, [*arguments, *options_text(op.OPTIONS, op)])

    def _sfpu_init(self, op: ttkernel.SFPUInitOp) -> str:
        values = op.parameter_values
        return init_text(_sfpu_call(op, self.generation), self._format(op), values, op.ROW.parameters if values else ())

    def _sfpu_tile(self, op: ttkernel.SFPUTileOp) -> str:
        return tile_text(
            _sfpu_call(op, self.generation),
            self._values(op.slots),
            op.parameter_values,
            op.ROW.parameters,
            self._format(op),
            op.vector_mode.data if op.vector_mode else "",
        )

    def _print(self, op: ttkernel.DPrintOp) -> str:
        return print_text(op, self.expression, self.generation.prints, compute=self._is_compute)

    def _print_row(self, op: ttkernel.DPrintRowOp) -> str:
        cb = self._argument(op.cb)
        return print_row(op, cb, self.expression, self.generation.prints, compute=self._is_compute)

    def _print_elements(self, op: ttkernel.DPrintElementsOp) -> str:
        cb = self._argument(op.cb)
        return print_elements(op, cb, self.expression, self.generation.prints, compute=self._is_compute)

    def _assert(self, op: ttkernel.AssertOp) -> str:
        return assert_text(op, self.expression)

    def _filled_pages(self, op: ttkernel.FilledPagesOp) -> str:
        cb = self._argument(op.cb)
        # The counters have 16 bits that count.
        return f"(uint16_t)(get_cb_tiles_received_ptr({cb})[0] - get_cb_tiles_acked_ptr({cb})[0])"

    def _tile_size(self, op: ttkernel.GetTileSizeOp) -> str:
        # Only data movement kernels have the function.
        return str(self.kernel.program.buffer(op.cb).page_bytes) if self._is_compute else self._plain(op)

    def _load_semaphore(self, op: ttkernel.LoadSemaphoreOp) -> str:
        return f"{self.expression(op.pointer).text}[0]"

    def _arg_val_at(self, op: ttkernel.GetArgValAtOp) -> str:
        first = f"{op.index.value.data} + " if op.index.value.data else ""
        return self._call(op, [first + self.expression(op.offset).text])

    def _startup(self, op: ttkernel.ComputeKernelHWStartupOp) -> str:
        if op.in0 != op.in1:
            return self._plain(op)
        return self._call(op, [self._argument(op.in0), self._argument(op.out)])

    def _store_element(self, op: ttkernel.StoreElementOp) -> str:
        return f"{self._element(op)} = {self.expression(op.value).text}"

    def _element(self, op: ttkernel.LoadElementOp | ttkernel.StoreElementOp) -> str:
        return f"{self.expression(op.pointer).text}[{self.expression(op.index).text}]"

    @property
    def _is_compute(self) -> bool:
        return self.kernel.thread.data is ttkernel.Thread.COMPUTE

    def _call(self, op: ttkernel.CallOp, arguments: list[str]) -> str:
        spelling = _spelling(op, self.generation)
        if spelling.finder:
            arguments = self._ends(op, spelling.finder)
        name = f"{spelling.name_of(op) or op.callee}{spelling.template_of(op)}"
        if spelling.is_table:
            return f"{name}[{arguments[0]}]"
        call = f"{name}({', '.join(arguments)})"
        return f"{spelling.processor}(({call}))" if spelling.processor else call

    def remark(self, op: ttkernel.CallOp) -> str:
        """What stands beside a call: what the numbers in it mean that nobody reads as they stand, or a message."""
        match op:
            case ttkernel.AssertOp():
                return assert_remark(op, self.expression)
            case ttkernel.SFPUTileOp(format=None):
                # Bit patterns of floats.
                values = zip(op.ROW.parameters, op.parameter_values, strict=True)
                patterns = (Encoding.BITS, Encoding.BF16)
                return ", ".join(f"{p.name} = {value:g}" for p, value in values if p.encoding in patterns)
            case _:
                return ""

    def _ends(self, op: ttkernel.CallOp, finder: str) -> list[str]:
        """The arguments of a transfer that takes the address of its place in the tensor: both ends, and the bytes."""
        match op:
            case ttkernel.NocAsyncReadRowOp() | ttkernel.NocAsyncWriteRowOp():
                page, offset = self._values((op.page, op.offset))
                place, size = page if offset == "0" else f"{page}, {offset}", op.size.value.data
            case ttkernel.NocAsyncReadRunOp() | ttkernel.NocAsyncWriteRunOp():
                place = self.expression(op.page).text
                size = op.pages.value.data * self._tensor(op.accessor).page_bytes
            case ttkernel.NocAsyncReadShardOp() | ttkernel.NocAsyncWriteShardOp():
                place, size = self.expression(op.shard).text, self._tensor(op.accessor).shard_bytes
            case _:
                raise TypeError(f"{op.name} moves no part of a tensor")
        # A method of the accessor, which each has: the function of the name takes no accessor of a sharded tensor.
        ends = [f"{self.expression(op.accessor).text}.{finder}({place})", self.expression(op.l1_address).text]
        return [*(ends if ReadsTensor.of(op) else reversed(ends)), str(size)]

    def _tensor(self, accessor: SSAValue) -> TensorType:
        name = accessed_tensor(accessor)
        return next(each.type for each in self.kernel.program.tensors if each.sym_name.data == name)

    def _argument(self, argument: object) -> str:
        # By the class itself: a test for one of xDSL's that it is not of takes longer than the rest.
        if type(argument) is SymbolRefAttr:
            return self.buffers[argument.root_reference.data]
        if type(argument) is OpResult or type(argument) is BlockArgument:
            return self.expression(argument).text
        if isinstance(argument, IntegerAttr):
            return str(argument.value.data)
        raise TypeError(f"{argument!r} can't be an argument of a call")

    def _added_up(self, argument: object, addend: SSAValue | None) -> str:
        text = self._argument(argument)
        return text if addend is None else f"{self.expression(addend).within(Binding.SUM)} + {text}"

    def _values(self, values: Iterable[SSAValue]) -> list[str]:
        return [self.expression(value).text for value in values]

    def _format(self, op: ttkernel.SFPUInitOp | ttkernel.SFPUTileOp) -> DType:
        """What the datums in DST are."""
        if op.format:
            return dtypes.BY_NAME[op.format.data]
        return dtypes.F32 if self.kernel.program.dst32 else dtypes.BF16


# pyright: reportPrivateUsage=false

_FORMS: Mapping[type[ttkernel.CallOp], Callable[[CallPrinter, Any], str]] = {
    ttkernel.SFPUInitOp: CallPrinter._sfpu_init,
    ttkernel.SFPUTileOp: CallPrinter._sfpu_tile,
    ttkernel.DPrintOp: CallPrinter._print,
    ttkernel.DPrintRowOp: CallPrinter._print_row,
    ttkernel.DPrintElementsOp: CallPrinter._print_elements,
    ttkernel.AssertOp: CallPrinter._assert,
    ttkernel.FilledPagesOp: CallPrinter._filled_pages,
    ttkernel.GetTileSizeOp: CallPrinter._tile_size,
    ttkernel.LoadElementOp: CallPrinter._element,
    ttkernel.StoreElementOp: CallPrinter._store_element,
    ttkernel.LoadSemaphoreOp: CallPrinter._load_semaphore,
    ttkernel.GetArgValAtOp: CallPrinter._arg_val_at,
    ttkernel.ComputeKernelHWStartupOp: CallPrinter._startup,
}
"""The calls that are written otherwise than as a name and the arguments that their class lists."""


@cache
def _form_of(kind: type[ttkernel.CallOp]) -> Callable[[CallPrinter, Any], str] | None:
    return next((form for family, form in _FORMS.items() if issubclass(kind, family)), None)


def called_functions(op: ttkernel.CallOp, generation: Generation) -> tuple[str, ...]:
    """The functions of the kernel API that an operation names."""
    match op:
        case ttkernel.SFPUInitOp():
            return (_sfpu_call(op, generation).init_name,)
        case ttkernel.SFPUTileOp():
            return (_sfpu_call(op, generation).tile,)
        case ttkernel.DebugOp():
            return MACROS
        case ttkernel.FilledPagesOp():
            return "get_cb_tiles_received_ptr", "get_cb_tiles_acked_ptr"
        case _:
            return (_spelling(op, generation).name_of(op) or op.callee,)


def call_header(op: ttkernel.CallOp, generation: Generation) -> str:
    """The include below `api/compute/` that a compute kernel needs for the call beside `common.h`; "" if none."""
    if isinstance(op, ttkernel.SFPUInitOp | ttkernel.SFPUTileOp):
        return _sfpu_call(op, generation).header
    header = _spelling(op, generation).header or op.HEADER
    return "" if header in _IN_COMMON_HEADER else header


def lines_above_includes(calls: Iterable[ttkernel.CallOp], generation: Generation) -> list[str]:
    """What headers of these calls want to find above them."""
    lines = (line for call in calls for line in _spelling(call, generation).above_include)
    return list(dict.fromkeys(lines))


def firmware_tables(calls: Iterable[ttkernel.CallOp], generation: Generation) -> list[str]:
    """The tables of the firmware that calls look up."""
    spelled = ((call, _spelling(call, generation)) for call in calls)
    return sorted({spelling.name_of(call) for call, spelling in spelled if spelling.is_table})


def _spelling(op: ttkernel.CallOp, generation: Generation) -> ttkernel.Spelling:
    if (found := op.SPELLING.at(generation)) is None:
        raise _lacking(op, op.callee, generation)
    return found


def _sfpu_call(op: ttkernel.SFPUInitOp | ttkernel.SFPUTileOp, generation: Generation) -> Call:
    integer_format = op.format.data if op.format else ""
    # An init is shared: a row that has the form speaks for those that don't.
    rows = _rows_of_init(type(op)) if isinstance(op, ttkernel.SFPUInitOp) else (op.ROW,)
    for row in rows:
        if call := row.call_in(generation, integer_format):
            return call
    form = f" for {dtypes.BY_NAME[integer_format]}" if integer_format else ""
    raise _lacking(op, op.ROW.name + form, generation)


@cache
def _rows_of_init(kind: type[ttkernel.SFPUInitOp]) -> tuple[Function, ...]:
    rows = (row for row in FUNCTIONS if row.call and ttkernel.sfpu_init_op(row) is kind)
    return (kind.ROW, *(row for row in rows if row is not kind.ROW))


def _lacking(op: Operation, what: str, generation: Generation) -> Exception:
    return error(
        "TTL0307",
        f"the kernel API of ttnn {generation} has no {what}",
        span_of(op),
        hint=f'compile with metal_api="{NEWEST}"' if generation < NEWEST else None,
    )
