"""The text of the host program: what `ttnn`'s runner says in Python, in the words of TT-Metalium."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

from ttlang.analysis.locations import span_of
from ttlang.backends.cpp.identifiers import identifier, identifiers
from ttlang.backends.cpp.printer import check_one_chip
from ttlang.backends.metalium import host_helpers as helpers
from ttlang.backends.ttnn.runner import KERNEL_FOLDER
from ttlang.backends.ttnn.runner_main import VALUES_FOLDER, value_files
from ttlang.backends.ttnn.tensor_uses import Shapes, TensorUse, tensor_uses
from ttlang.dialects.shared_memory import by_memory
from ttlang.dialects.ttkernel import CircularBufferOp, KernelOp, ProgramOp, Thread

_PROCESSORS = {
    Thread.READER: ("RISCV_1", "NOC_0", "NCRISC and NOC 0"),
    Thread.WRITER: ("RISCV_0", "NOC_1", "BRISC and NOC 1"),
}


def host_source(program: ProgramOp, *, shapes: Shapes = (), numbers: Sequence[int] = ()) -> str:
    """
    `host/main.cpp`. `shapes`: those of the tensors, in elements. `numbers`: the call's integers that are no constants,
    0 if they are not told.
    """
    return "\n".join(_Host(program, shapes, numbers or [0] * len(program.runtime_arguments)).lines())


def tiles_header() -> str:
    """`host/tiles.hpp`, the same for every kernel."""
    return files("ttlang.backends.metalium").joinpath("tiles.hpp").read_text(encoding="utf-8")


def cmake_source(name: str) -> str:
    """`host/CMakeLists.txt`."""
    return helpers.CMAKE.format(name=identifier(name), folder=KERNEL_FOLDER, values=VALUES_FOLDER)


class _Host:
    def __init__(self, program: ProgramOp, shapes: Shapes, numbers: Sequence[int]):
        check_one_chip(program)
        self._program = program
        self._columns, self._rows = program.grid_sizes
        self._tensors = tensor_uses(program, shapes)
        self._by_name = {tensor.name: tensor for tensor in self._tensors}
        self._tensor_stems = identifiers(self._by_name)
        self._numbers = numbers
        self._integer_stems = identifiers(argument.sym_name.data for argument in program.runtime_arguments)
        self._kernel_stems = identifiers(kernel.sym_name.data for kernel in program.kernels)

    def lines(self) -> Iterator[str]:
        yield from self._head()
        yield from self._core_args()
        yield from self._helpers()
        yield from self._build_program()
        yield from ("", "}  // namespace", "")
        yield from self._main()

    def _head(self) -> Iterator[str]:
        span = span_of(self._program)
        source = f" of {Path(span.file).name}" if span else ""
        yield from (
            f"// Runs the kernel `{self._program.sym_name.data}`{source} once, with TT-Metalium alone.",
            "",
            "#include <array>",
            "#include <cstdint>",
            *(["#include <map>"] if self._shares else []),
            "#include <memory>",
            "#include <string>",
            "#include <utility>",
            "#include <vector>",
            "",
            "#include <tt-metalium/distributed.hpp>",
            "#include <tt-metalium/host_api.hpp>",
            "#include <tt-metalium/tensor_accessor_args.hpp>",
            "",
            '#include "tiles.hpp"',
            "",
            "using namespace tt::tt_metal;",
            "",
            "namespace {",
            "",
            "// Where the kernels and the values are: CMakeLists.txt says so.",
            "const std::string KERNELS = KERNEL_FOLDER, VALUES = VALUES_FOLDER;",
            f"constexpr uint32_t COLUMNS = {self._columns}, ROWS = {self._rows};  // of the grid of cores",
        )

    def _core_args(self) -> Iterator[str]:
        for kernel in self._program.kernels:
            if not kernel.core_args.data:
                continue
            arguments = kernel.core_arguments
            names = ", ".join(name for name, _ in arguments)
            yield ""
            yield f"// Runtime arguments of {kernel.sym_name.data}: {names}. A row for each core, by rows of the grid."
            yield f"constexpr int32_t {self._args_name(kernel)}[ROWS * COLUMNS][{len(arguments)}] = {{"
            columns = (values for _, values in arguments)
            cores = [f"{{{', '.join(map(str, values))}}}" for values in zip(*columns, strict=True)]
            for row in range(0, len(cores), self._columns):
                text = f"{', '.join(cores[row : row + self._columns])},"
                yield from textwrap.wrap(text, 110, initial_indent=" " * 4, subsequent_indent=" " * 4)
            yield "};"

    def _helpers(self) -> Iterator[str]:
        yield helpers.TYPES
        if any(not tensor.shards for tensor in self._tensors):
            yield helpers.INTERLEAVED
        if any(tensor.shards for tensor in self._tensors):
            yield helpers.SHARDED
        memories = by_memory(self._program.circular_buffers)
        if any(len(buffers) == 1 and buffers[0].backing is None for buffers in memories):
            yield helpers.CIRCULAR_BUFFER
        if self._program.own_buffers != self._program.circular_buffers:
            yield helpers.ON_SHARDS
        if self._shares:
            yield helpers.SHARING_BUFFERS
        if any(kernel.tensor_names for kernel in self._program.kernels):
            yield helpers.TENSOR_ARGS
        if any(kernel.runtime_names for kernel in self._program.kernels):
            yield helpers.WITH_INTEGERS
        if any(kernel.core_args.data for kernel in self._program.kernels):
            yield helpers.PER_CORE

    # --------------------------------------------------------------------------------------------------- the program

    def _build_program(self) -> Iterator[str]:
        buffers = (f"const TensorMemory& {self._buffer(tensor)}" for tensor in self._tensors)
        integers = (f"int32_t {self._integer(name)}" for name in self._integer_stems)
        yield from ("", f"Program build_program({', '.join((*buffers, *integers))}) {{")
        yield "    const CoreRange cores({0, 0}, {COLUMNS - 1, ROWS - 1});"
        yield "    Program program = CreateProgram();"
        if self._program.circular_buffers:
            yield ""
        for buffers in by_memory(self._program.circular_buffers):
            yield self._circular_buffers(buffers)
        yield from self._semaphores()
        for kernel in self._program.kernels:
            yield ""
            yield from self._compute(kernel) if kernel.thread.data is Thread.COMPUTE else self._movement(kernel)
        yield from ("    return program;", "}")

    @property
    def _shares(self) -> bool:
        """Whether buffers lie in one place."""
        return any(buffer.group is not None for buffer in self._program.circular_buffers)

    def _circular_buffers(self, buffers: Sequence[CircularBufferOp]) -> str:
        """The call that makes a buffer, or several in one place."""
        first, several = buffers[0], len(buffers) > 1
        if first.backing is not None:
            tensor, offset = first.backing
            return (
                f"    add_buffer_on_shards(program, cores, {first.index.value.data}, {_format(first)}, "
                f"{first.pages.value.data}, {first.page_bytes}, {self._buffer(self._by_name[tensor])}, {offset});"
                f"  // {first.sym_name.data}"
            )
        indices = ", ".join(str(buffer.index.value.data) for buffer in buffers)
        names = ", ".join(buffer.sym_name.data for buffer in buffers)
        return (
            f"    add_{'sharing_buffers' if several else 'circular_buffer'}(program, cores, "
            f"{f'{{{indices}}}' if several else indices}, {_format(first)}, "
            f"{first.pages.value.data}, {first.page_bytes});  // {names}"
        )

    def _semaphores(self) -> Iterator[str]:
        if not self._program.semaphores:
            return
        yield from ("", "    // They are numbered in the order in which they are made: kernels know the numbers.")
        for semaphore in sorted(self._program.semaphores, key=lambda op: op.index.value.data):
            name, index = semaphore.sym_name.data, semaphore.index.value.data
            yield f"    CreateSemaphore(program, cores, {semaphore.initial.value.data});  // {index}: {name}"

    def _compute(self, kernel: KernelOp) -> Iterator[str]:
        program, name = self._program, self._config(kernel)
        yield from (
            f"    ComputeConfig {name};",
            f"    {name}.math_fidelity = MathFidelity::{program.math_fidelity.data};",
            f"    {name}.math_approx_mode = {_flag(program.math_approx_mode)};",
            f"    {name}.fp32_dest_acc_en = {_flag(program.fp32_dest_acc_en)};",
            f"    {name}.dst_full_sync_en = {_flag(program.dst_full_sync_en)};",
        )
        whole = [buffer for buffer in program.circular_buffers if buffer.unpack_to_dest_fp32]
        if whole:
            yield f"    {name}.unpack_to_dest_mode.assign(NUM_CIRCULAR_BUFFERS, UnpackToDestMode::Default);"
        for buffer in whole:
            mode = "UnpackToDestMode::UnpackToDestFp32"
            yield f"    {name}.unpack_to_dest_mode[{buffer.index.value.data}] = {mode};  // {buffer.sym_name.data}"
        yield from self._create(kernel)

    def _movement(self, kernel: KernelOp) -> Iterator[str]:
        processor, noc, comment = _PROCESSORS[kernel.thread.data]
        name = self._config(kernel)
        yield f"    DataMovementConfig {name};  // on {comment}"
        yield f"    {name}.processor = DataMovementProcessor::{processor};"
        yield f"    {name}.noc = NOC::{noc};"
        yield from self._create(kernel)

    def _create(self, kernel: KernelOp) -> Iterator[str]:
        handle = f"{self._kernel_stems[kernel.sym_name.data]}_kernel"
        name, file = self._config(kernel), f'KERNELS + "/{kernel.sym_name.data}.cpp"'
        tensors = ", ".join(self._buffer(self._by_name[tensor]) for tensor in kernel.tensor_names)
        if tensors:
            yield f"    {name}.compile_args = accessor_args({{{tensors}}});"
        call = f"CreateKernel(program, {file}, cores, {name});"
        common = self._common(tensors, ", ".join(map(self._integer, kernel.runtime_names)))
        if not common and not kernel.core_args.data:
            yield f"    {call}"
            return
        yield f"    const KernelHandle {handle} = {call}"
        if common:
            yield f"    SetCommonRuntimeArgs(program, {handle}, {common});"
        if kernel.core_args.data:
            yield f"    set_core_args(program, {handle}, {self._args_name(kernel)});"

    @staticmethod
    def _common(tensors: str, integers: str) -> str:
        """The expression of common runtime arguments; nothing if there are none."""
        addresses = f"addresses({{{tensors}}})" if tensors else ""
        return f"with_integers({addresses or '{}'}, {{{integers}}})" if integers else addresses

    # -------------------------------------------------------------------------------------------------------- the run

    def _main(self) -> Iterator[str]:
        yield from (
            "int main() {",
            "    const std::shared_ptr<distributed::MeshDevice> device = distributed::MeshDevice::create_unit_mesh(0);",
            "    distributed::MeshCommandQueue& queue = device->mesh_command_queue();",
            "    const distributed::MeshCoordinate here(0, 0);  // the only device of the mesh",
            "",
        )
        for tensor in self._tensors:
            matrix, data, buffer = self._matrix(tensor), self._data(tensor), self._buffer(tensor)
            file, random = f'VALUES + "/{value_files(tensor)[0]}"', _flag(not tensor.is_written)
            yield f"    // {tensor.describe()}; {tensor.role}"
            yield f"    const tiles::Matrix {matrix}{{{_sizes(tensor)}}};"
            yield f"    const TensorMemory {buffer} = {self._make(tensor)};"
            yield f"    std::vector<uint32_t> {data} = tiles::load({matrix}, {file}, {random});"
            yield f"    distributed::WriteShard(queue, {buffer}, {data}, here);"
            yield ""
        buffers = (self._buffer(tensor) for tensor in self._tensors)
        integers = (f"/*{name}=*/{value}" for name, value in zip(self._integer_stems, self._numbers, strict=True))
        given = ", ".join((*buffers, *integers))
        yield from (
            "    distributed::MeshWorkload workload;",
            f"    workload.add_program(distributed::MeshCoordinateRange(device->shape()), build_program({given}));",
            "    distributed::EnqueueMeshWorkload(queue, workload, /*blocking=*/false);",
            "    distributed::Finish(queue);",
            "",
        )
        for tensor in self._tensors:
            if tensor.is_written:
                matrix, data = self._matrix(tensor), self._data(tensor)
                yield f"    distributed::ReadShard(queue, {data}, {self._buffer(tensor)}, here);"
                yield f'    tiles::report("{tensor.name}", {matrix}, {data}, VALUES + "/{value_files(tensor)[1]}");'
        yield from ("    device->close();", "    return 0;", "}", "")

    def _make(self, tensor: TensorUse) -> str:
        """The call that makes a tensor's buffer."""
        memory = f"BufferType::{tensor.type.memory.data.name}"
        if not tensor.shards:
            return f"make_buffer(*device, {memory}, {self._matrix(tensor)})"
        shards, (height, width) = tensor.shards, tensor.shard_shape
        ranges = ", ".join(f"CoreRange({{{x}, {y}}}, {{{u}, {v}}})" for x, y, u, v in shards.core_ranges)
        layout = f"TensorMemoryLayout::{shards.sharding.data.upper()}_SHARDED"
        orientation = f"ShardOrientation::{shards.orientation.data.upper()}"
        head = f"make_sharded_buffer(*device, {memory}, {self._matrix(tensor)}, {layout}"
        return f"{head},\n        {{{height}, {width}}}, {orientation}, std::vector<CoreRange>{{{ranges}}})"

    # ---------------------------------------------------------------------------------------------------------- names

    def _matrix(self, tensor: TensorUse) -> str:
        return f"{self._tensor_stems[tensor.name]}_matrix"

    def _data(self, tensor: TensorUse) -> str:
        return f"{self._tensor_stems[tensor.name]}_data"

    def _buffer(self, tensor: TensorUse) -> str:
        return f"{self._tensor_stems[tensor.name]}_buffer"

    def _integer(self, name: str) -> str:
        return f"{self._integer_stems[name]}_argument"

    def _config(self, kernel: KernelOp) -> str:
        return f"{self._kernel_stems[kernel.sym_name.data]}_config"

    def _args_name(self, kernel: KernelOp) -> str:
        return f"{self._kernel_stems[kernel.sym_name.data].upper()}_ARGS"


def _sizes(tensor: TensorUse) -> str:
    """The fields of `tiles::Matrix`. What has fewer than two dimensions is one row."""
    *leading, rows, columns = (1,) * (2 - len(tensor.shape)) + tensor.shape
    layout = "true" if tensor.is_tiled else "false"
    sizes = f"{math.prod(leading) * rows}, {columns}, {rows}"
    return f"{sizes}, tiles::Format::{tensor.dtype.data_format}, {layout}"


def _format(buffer: CircularBufferOp) -> str:
    return f"tt::DataFormat::{buffer.element.dtype.data_format}"


def _flag(value: object) -> str:
    return "true" if value else "false"
