"""The page that an exported folder has: its files, how to run them, and what the kernel takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ttlang.analysis.locations import span_of
from ttlang.backends.cpp.identifiers import identifier
from ttlang.backends.folder.manifest import MANIFEST
from ttlang.backends.ttnn.tensor_uses import Shapes, tensor_uses
from ttlang.dialects.ttkernel import KernelOp, ProgramOp, Thread
from ttlang.tables.chips import find_chip

_PROCESSORS = {
    Thread.COMPUTE: "compute: the three TRISC processors",
    Thread.READER: "data movement: NCRISC, NOC 0",
    Thread.WRITER: "data movement: BRISC, NOC 1",
}


def describe_folder(program: ProgramOp, metal_api: str, shapes: Shapes, *, with_values: bool) -> str:
    """`README.md`."""
    parts = (
        _head(program, metal_api),
        _run(program, with_values=with_values),
        _tensors(program, shapes),
        _program(program),
    )
    return "\n".join(line for part in parts for line in part)


def _head(program: ProgramOp, metal_api: str) -> Iterator[str]:
    span = span_of(program)
    source = f" of `{Path(span.file).name}`" if span else ""
    columns, rows = program.grid_sizes
    chip = find_chip(program.arch.data)
    yield from (
        f"# {program.sym_name.data}",
        "",
        f"The kernel `{program.sym_name.data}`{source}, compiled by ttlang for {chip.title} and the kernel API of ttnn "
        f"{metal_api}. It runs on {columns} x {rows} cores (columns x rows). Nothing here needs ttlang.",
        "",
        "| file | what it is |",
        "| --- | --- |",
    )
    for kernel in program.kernels:
        yield f"| `kernels/{kernel.sym_name.data}.cpp` | {_PROCESSORS[kernel.thread.data]} |"
    yield from (
        "| `run_kernel.py` | runs the kernels through `ttnn.generic_op` |",
        *_HOST_FILES,
        f"| `{MANIFEST}` | what was exported: a later export spares files that were edited |",
        "",
    )


_HOST_FILES = (
    "| `host/main.cpp` | runs them with TT-Metalium, without Python |",
    "| `host/tiles.hpp` | values to pages of a tensor and back, for `main.cpp` |",
    "| `host/CMakeLists.txt` | builds `main.cpp` |",
)


def _run(program: ProgramOp, *, with_values: bool) -> Iterator[str]:
    yield from ("## Running it", "", "With ttnn and torch installed:", "", "```sh", "python run_kernel.py")
    if with_values:
        yield "python run_kernel.py --check   # compares with what the simulator computed (values/)"
    yield from ("```", "", *_host_run(program))
    yield from (
        "Both find the kernels by their paths. "
        "A kernel that you change is compiled anew by the next process; within "
        "one process, give its file another name, because ttnn takes two kernels of the same path for the same.",
        "",
    )


def _host_run(program: ProgramOp) -> Iterator[str]:
    yield from (
        "With TT-Metalium installed (or built: add `-DCMAKE_PREFIX_PATH=<tt-metal>/build` to the first command):",
        "",
        "```sh",
        f"cmake -S host -B build && cmake --build build && ./build/{identifier(program.sym_name.data)}",
        "```",
        "",
    )


def _tensors(program: ProgramOp, shapes: Shapes) -> Iterator[str]:
    yield from ("## Tensors", "", "In the order of the kernel's parameters.", "", "| tensor | | what it is |")
    yield "| --- | --- | --- |"
    for tensor in tensor_uses(program, shapes):
        yield f"| `{tensor.name}` | {tensor.role} | {tensor.describe()} |"
    yield ""
    if program.runtime_arguments:
        names = ", ".join(f"`{argument.sym_name.data}`" for argument in program.runtime_arguments)
        yield from (f"Integers that may differ from call to call, and need no other compilation: {names}.", "")


def _program(program: ProgramOp) -> Iterator[str]:
    chip = find_chip(program.arch.data)
    taken = program.buffer_bytes
    yield from (
        "## Buffers",
        "",
        f"{taken / 1024:g} KiB of each core's L1, of {chip.l1_budget / 1024:g} KiB for buffers and tensors in L1.",
        "",
        "| index | buffer | pages | bytes a page | format | KiB |",
        "| --- | --- | --- | --- | --- | --- |",
    )
    for buffer in program.circular_buffers:
        yield (
            f"| {buffer.index.value.data} | `{buffer.sym_name.data}` | {buffer.pages.value.data} | "
            f"{buffer.page_bytes} | {buffer.element.dtype} | {buffer.total_bytes / 1024:g} |"
        )
    yield ""
    if program.semaphores:
        names = (f"{op.index.value.data} `{op.sym_name.data}`" for op in program.semaphores)
        yield from (f"Semaphores: {', '.join(names)}.", "")
    if program.words:
        yield from (_words(program), "")
    yield from ("## Arguments", "", "| kernel | compile-time, by `TensorAccessorArgs` | common | of each core |")
    yield "| --- | --- | --- | --- |"
    for kernel in program.kernels:
        yield _arguments(kernel)
    yield from ("", f"Compute: {_configuration(program)}.", "")


def _words(program: ProgramOp) -> str:
    """What a buffer is for whose words are semaphores."""
    first, *_ = program.words
    assert first.buffer is not None
    apart = find_chip(program.arch.data).l1_alignment
    return (
        f"The buffer `{first.buffer.root_reference.data}` holds {len(program.words)} more, {apart} bytes apart, since "
        "a program has too few. The kernels set them at their start; the semaphore counts the cores that have."
    )


def _arguments(kernel: KernelOp) -> str:
    tensors = ", ".join(f"`{name}`" for name in kernel.tensor_names) or "none"
    addresses = [f"address of `{name}`" for name in kernel.tensor_names]
    common = ", ".join((*addresses, *(f"`{name}`" for name in kernel.runtime_names))) or "none"
    own = ", ".join(f"`{name.data}`" for name in kernel.core_args) or "none"
    return f"| `{kernel.sym_name.data}` | {tensors} | {common} | {own} |"


def _configuration(program: ProgramOp) -> str:
    bits = 32 if program.dst32 else 16
    approximate = "approximate" if program.math_approx_mode else "accurate"
    section = "all" if program.dst_full_sync_en else "half"
    parts = (program.math_fidelity.data, f"{bits} bits a datum in DST", f"{section} of DST a section", approximate)
    return f"{', '.join(parts)} functions"
