"""
The way out to TT-Metal C++: kernels as a person would write them. There is no policy here: what is a statement and what
a part of one is decided before (`ttlang.analysis.kernel_arrangement`), and the generations of the kernel API differ
only in how calls are spelt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, ClassVar

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr
from xdsl.ir import Operation
from xdsl.utils.target import Target

from ttlang.analysis.kernel_arrangement import Arrangement
from ttlang.analysis.locations import span_of
from ttlang.backends.cpp.calls import (
    COMMON_HEADER,
    call_header,
    called_functions,
    firmware_tables,
    lines_above_includes,
)
from ttlang.backends.cpp.identifiers import Names
from ttlang.backends.cpp.prints import ZONE
from ttlang.backends.cpp.statements import StatementPrinter
from ttlang.backends.cpp.wrapping_arithmetic import helpers
from ttlang.diagnostics import error
from ttlang.diagnostics.plurals import count_of
from ttlang.dialects import ttkernel
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.ttkernel import KernelOp, ProgramOp, Thread
from ttlang.dialects.walking import operations
from ttlang.tables.kernel_api import GENERATIONS, NEWEST, Generation

_DEFINE_REMARKS = {"INP_FLOAT32": "  // DST holds 32 bits: erf and its kin compute to the accuracy of float32"}


def print_kernel(kernel: KernelOp, *, metal_api: str = NEWEST.name) -> str:
    """
    The C++ source of a kernel for the generation of the kernel API of that name. Raises a diagnostic at the
    operation that the generation has no call for.
    """
    if (generation := GENERATIONS.get(metal_api)) is None:
        raise error("TTL0002", f"metal_api is {metal_api!r}, not one of {', '.join(GENERATIONS)}")
    check_one_chip(kernel.program)
    ops = operations(kernel)
    calls = [op for op in ops if isinstance(op, ttkernel.CallOp)]
    profiled = any(isinstance(op, ttkernel.SignpostBeginOp) for op in ops)
    functions = (function for call in calls for function in called_functions(call, generation))
    names = Names((*functions, *ZONE) if profiled else functions)
    buffers = _buffers(kernel, calls)
    buffers |= _semaphores(kernel, calls)
    buffer_names = {name: names.declare(name) for name in buffers}
    tensors = _tensors(kernel, calls)
    args_names = {tensor: names.declare(f"{tensor}_args") for tensor in tensors}
    remarks = _remarks(kernel.program)
    constants = [
        f"constexpr uint32_t {buffer_names[name]} = {index};  // {remarks[name]}" for name, index in buffers.items()
    ]
    constants += _accessor_args({args_names[tensor]: remarks[tensor] for tensor in tensors})
    arrangement = Arrangement(kernel, kernel.program)
    body = StatementPrinter(kernel, arrangement, generation, names, buffer_names, args_names).print_body()
    separator = [""] if constants and body else []
    function = ["void kernel_main() {", *_indented([*constants, *separator, *body]), "}"]
    profiler = [generation.profiler_header] if profiled else []
    includes = [f'#include "{header}"' for header in sorted({*profiler, *_debug_headers(calls)})]
    return "\n".join([*_preamble(kernel, ops, calls, includes, generation), "", *function, ""])


def check_one_chip(program: ProgramOp) -> None:
    """Raises a TTL0003 for a program on several chips, which is simulated alone."""
    if len(program.dimensions) > 2:
        chips = prod(program.dimensions[2:])
        raise error(
            "TTL0003",
            f"{program.sym_name.data} runs on {chips} chips: that is simulated, and not emitted yet",
            span_of(program),
            hint="give each chip a program of its own, with a grid of (columns, rows)",
        )


def print_program(program: ProgramOp, metal_api: str = NEWEST.name) -> dict[str, str]:
    """The source of each kernel, by the name of its thread."""
    return {kernel.sym_name.data: print_kernel(kernel, metal_api=metal_api) for kernel in program.kernels}


@dataclass(frozen=True)
class TTMetalTarget(Target):
    """Prints all kernels of a module's programs: `ttlang-opt -t 'tt-metal{metal_api="0.69"}'`."""

    name: ClassVar[str] = "tt-metal"
    metal_api: str = ""
    """Empty: the generation that the program was lowered for."""

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        """Raises a TTL0231 for a module without a program, which there is nothing to print of."""
        programs = [op for op in module.walk() if isinstance(op, ProgramOp)]
        if not programs:
            hint = "lower a ttl.kernel first: ttlang-opt kernel.mlir -p ttl-lower-to-ttkernel -t tt-metal"
            raise error(
                "TTL0231", "the module has no ttkernel.program to print", span_of(module.body.block.first_op), hint=hint
            )
        for program in programs:
            for kernel in program.kernels:
                output.write(f"// ---- {program.sym_name.data}: {kernel.sym_name.data}\n")
                output.write(print_kernel(kernel, metal_api=self.metal_api or program.metal_api.data))


def _buffers(kernel: KernelOp, calls: Iterable[ttkernel.CallOp]) -> dict[str, int]:
    """Indices of the circular buffers that a kernel uses, in their order."""
    used = {
        argument.root_reference.data
        for call in calls
        if not isinstance(call, ttkernel.TensorAccessorArgsOp)
        for argument in call.arguments
        if type(argument) is SymbolRefAttr
    }
    buffers = sorted(kernel.program.circular_buffers, key=lambda buffer: buffer.index.value.data)
    return {buffer.sym_name.data: buffer.index.value.data for buffer in buffers if buffer.sym_name.data in used}


def _semaphores(kernel: KernelOp, calls: Iterable[ttkernel.CallOp]) -> dict[str, int]:
    """Numbers of the semaphores that a kernel uses, in their order."""
    used = {
        call.semaphore.root_reference.data
        for call in calls
        if isinstance(call, ttkernel.GetSemaphoreOp) and call.semaphore is not None
    }
    semaphores = kernel.program.semaphores
    return {op.sym_name.data: op.index.value.data for op in semaphores if op.sym_name.data in used}


def _tensors(kernel: KernelOp, calls: Iterable[ttkernel.CallOp]) -> tuple[str, ...]:
    """The tensors to describe: those that are accessed, and those before them, whose descriptions take up words too."""
    accessed = {call.tensor.root_reference.data for call in calls if isinstance(call, ttkernel.TensorAccessorArgsOp)}
    count = max((1 + kernel.tensor_names.index(tensor) for tensor in accessed), default=0)
    return kernel.tensor_names[:count]


def _remarks(program: ProgramOp) -> dict[str, str]:
    """What a person wants to know of buffers, semaphores and tensors where they are named."""
    remarks = {op.sym_name.data: f"semaphore, from {op.initial.value.data}" for op in program.semaphores}
    for op in program.circular_buffers:
        page, content = ("row", f"{op.page_bytes} bytes") if op.row_bytes else ("tile", op.element.dtype)
        remarks[op.sym_name.data] = f"{count_of(op.pages.value.data, page)} of {content}"
    for op in program.tensors:
        unit = "tiles of " if isinstance(op.type.element, TileType) else ""
        sizes = "x".join(map(str, op.type.sizes))
        remarks[op.sym_name.data] = f"{sizes} {unit}{op.type.element.dtype} in {op.type.memory.data.name}"
    return remarks


def _accessor_args(remarks: Mapping[str, str]) -> Iterator[str]:
    """Declarations of constants by these names, with remarks."""
    offset = "0"
    for name, remark in remarks.items():
        yield f"constexpr auto {name} = TensorAccessorArgs<{offset}>();  // {remark}"
        offset = f"{name}.next_compile_time_args_offset()"


def _preamble(
    kernel: KernelOp,
    ops: Iterable[Operation],
    calls: Sequence[ttkernel.CallOp],
    debug_includes: Iterable[str],
    generation: Generation,
) -> list[str]:
    """All that stands above the function of these operations."""
    lines = [_head_comment(kernel, generation), ""]
    used = [op for op in ops if _is_used(op)]
    if any(isinstance(op, arith.MinSIOp | arith.MaxSIOp) for op in used):
        lines.append("#include <algorithm>")
    lines += ["#include <cstdint>", ""]
    if kernel.defines.data:
        lines += [*(f"#define {macro.data}{_DEFINE_REMARKS.get(macro.data, '')}" for macro in kernel.defines), ""]
    if kernel.thread.data is Thread.COMPUTE:
        headers = sorted({call_header(call, generation) for call in calls} - {"", COMMON_HEADER})
        if above := lines_above_includes(calls, generation):
            lines += [*above, ""]
        lines += [f'#include "api/compute/{header}"' for header in (COMMON_HEADER, *headers)]
        lines += debug_includes
    else:
        lines.append('#include "api/dataflow/dataflow_api.h"')
        lines += debug_includes
        lines += _coordinate_tables(calls, generation)
    definitions = dict.fromkeys(call.DEFINITION for call in calls if call.DEFINITION)
    return [*lines, *helpers(used), *(line for text in definitions for line in text.rstrip().split("\n"))]


def _debug_headers(calls: Iterable[ttkernel.CallOp]) -> set[str]:
    return {f"api/debug/{call.DEBUG_HEADER}" for call in calls if isinstance(call, ttkernel.DebugOp)}


def _coordinate_tables(calls: Iterable[ttkernel.CallOp], generation: Generation) -> list[str]:
    used = firmware_tables(calls, generation)
    if not used:
        return []
    return ["", "// Of the firmware: the NOC coordinates of the grid.", *(f"extern uint8_t {name}[];" for name in used)]


def _head_comment(kernel: KernelOp, generation: Generation) -> str:
    span, thread = span_of(kernel), kernel.thread.data
    source = f" ({Path(span.file).name}:{span.line})" if span else ""
    program = kernel.program.sym_name.data
    if thread is Thread.COMPUTE:
        return (
            f"// {kernel.sym_name.data}{source}: compute kernel of {program}, for the kernel API of ttnn {generation}"
        )
    return f"// {kernel.sym_name.data}{source}: data movement kernel of {program}, on NOC {thread.noc}"


def _is_used(op: Operation) -> bool:
    return any(result.first_use is not None for result in op.results)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" if line else "" for line in lines)
