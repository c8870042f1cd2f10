"""The text of the runner: a module with functions that build a program's descriptors and enqueue it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from ttlang.analysis.locations import span_of
from ttlang.backends.cpp.printer import check_one_chip
from ttlang.backends.ttnn.runner_main import VALUES_FOLDER, setup_lines
from ttlang.backends.ttnn.tensor_uses import Shapes, tensor_uses, variable_names
from ttlang.dialects.shared_memory import by_memory
from ttlang.dialects.ttkernel import CircularBufferOp, KernelOp, ProgramOp, Thread

KERNEL_FOLDER = "kernels"
"""Where the C++ files lie, beside the runner."""
RUNNER_NAME = "run_kernel.py"

UNPACK_MODES = 64
"""Length of `unpack_to_dest_mode`: the host's API counts the buffers of the chip that has most."""
_CONFIGS = {Thread.READER: "ttnn.ReaderConfigDescriptor()", Thread.WRITER: "ttnn.WriterConfigDescriptor()"}
_TAKEN = """
accessor_args addresses buffers build_program check circular_buffer compute_config cores device device_tensor first
kernel_dir kernels last make_tensors math
on_shards per_core program random_values run semaphores sharded sharing_buffers str stored sys tensors
torch ttnn unpack_modes update_addresses words Path
"""
"""Names that the runner's functions use beside those of the tensors."""


def runner_source(
    program: ProgramOp,
    *,
    kernel_paths: Mapping[str, str] | None = None,
    shapes: Shapes = (),
    numbers: Sequence[int] = (),
    values: bool = False,
    setup: bool = True,
) -> str:
    """
    The text of a module with `build_program(tensors, kernel_dir)`, which makes a `ttnn.ProgramDescriptor`,
    `update_addresses(program, tensors)`, which makes it one for other tensors, and `run(tensors, program)`, which
    enqueues it and returns the last output. `tensors` are device tensors in the order of the kernel's parameters; a
    program's integers that are no constants are arguments of these functions, by keyword (`integer_names`).
    `kernel_paths`: the files of the threads, relative to `kernel_dir` (default: `<thread>.cpp`). `shapes`: those of the
    tensors, in elements. `numbers`: the integers of the call. `values`: the folder `values` beside the module holds
    those of a run in the simulator. `setup`: the module can also make such tensors, and is a script.
    """
    runner = _Runner(program, kernel_paths or {}, shapes, numbers, values)
    return "\n".join([*runner.lines(), *runner.setup_lines()] if setup else [*runner.lines(), ""])


class _Runner:
    def __init__(
        self, program: ProgramOp, kernel_paths: Mapping[str, str], shapes: Shapes, numbers: Sequence[int], values: bool
    ):
        self._program = program
        self._paths = kernel_paths
        check_one_chip(program)
        self._columns, self._rows = program.grid_sizes
        self._tensors = tensor_uses(program, shapes)
        self._names = variable_names([tensor.name for tensor in self._tensors], _TAKEN.split())
        self._integers = integer_names(program)
        self._numbers = numbers
        self._values = values

    def lines(self) -> Iterator[str]:
        yield from self._head()
        for kernel in self._program.kernels:
            if kernel.core_args.data:
                yield from self._core_args(kernel)
        yield from self._build_program()
        yield from self._update_addresses()
        yield from self._run()
        yield from self._helpers()

    def setup_lines(self) -> Iterator[str]:
        """What makes the module a script."""
        numbers = self._numbers or [0] * len(self._integers)
        integers = dict(zip(self._integers.values(), numbers, strict=True))
        return setup_lines(self._tensors, self._names, integers, values=self._values)

    def _head(self) -> Iterator[str]:
        span = span_of(self._program)
        source = f" of {Path(span.file).name}" if span else ""
        yield from (
            '"""',
            f"Runs the kernel `{self._program.sym_name.data}`{source} on a card, with nothing but ttnn and torch:",
            "",
        )
        if self._values:
            yield f"    python {RUNNER_NAME}            once, on the tensors in {VALUES_FOLDER}/"
            yield f"    python {RUNNER_NAME} --check    also compares the outputs with those of the simulator"
        else:
            yield f"    python {RUNNER_NAME}    once, on random tensors"
        given = self._given("=...")
        others = "other tensors of the same description" + (", other integers" if self._integers else "")
        yield from (
            "",
            f"`run(tensors{given})` runs it on tensors of your own. For many calls, build the program once:",
            "",
            f"    program = build_program(tensors{given})",
            "    run(tensors, program)",
            f"    update_addresses(program, others{given})  # {others}",
            "    run(others, program)",
            '"""',
            "",
            *(("import math", "import sys") if self._values else ()),
            "from pathlib import Path",
            "",
            "import ttnn",
            "",
            f'KERNEL_DIR = Path(__file__).resolve().parent / "{KERNEL_FOLDER}"',
        )
        if self._values:
            yield f'VALUES_DIR = Path(__file__).resolve().parent / "{VALUES_FOLDER}"'
        yield f"COLUMNS, ROWS = {self._columns}, {self._rows}  # of the grid of cores"

    def _core_args(self, kernel: KernelOp) -> Iterator[str]:
        yield ""
        yield f"{_args_name(kernel)} = (  # runtime arguments: a value for each core, by rows of the grid"
        for name, values in kernel.core_arguments:
            numbers = list(map(str, values))
            yield f"    [  # {name}"
            for row in range(0, len(numbers), self._columns):
                text = ", ".join(numbers[row : row + self._columns])
                yield from textwrap.wrap(f"{text},", 110, initial_indent=" " * 8, subsequent_indent=" " * 8)
            yield "    ],"
        yield ")"

    # ------------------------------------------------------------------------------------------------ descriptors

    def _build_program(self) -> Iterator[str]:
        yield from (
            "",
            "",
            f"def build_program(tensors, kernel_dir=KERNEL_DIR{self._by_keyword()}):",
            f'    """The descriptor of the program for device tensors: {self._parameters()}."""',
            *self._unpacked_tensors(),
            "    first, last = ttnn.CoreCoord(0, 0), ttnn.CoreCoord(COLUMNS - 1, ROWS - 1)",
            "    cores = ttnn.CoreRangeSet([ttnn.CoreRange(first, last)])",
            "    buffers = [",
        )
        for buffers in self._memories:
            names = ", ".join(buffer.sym_name.data for buffer in buffers)
            yield f"        {self._circular_buffers(buffers)},  # {names}"
        yield "    ]"
        if any(kernel.thread.data is Thread.COMPUTE for kernel in self._program.kernels):
            yield from self._compute_config()
        yield "    kernels = ["
        for kernel in self._program.kernels:
            yield from self._kernel(kernel)
        yield "    ]"
        yield from self._semaphores()
        held = "semaphores" if self._program.semaphores else "[]"
        yield f"    return ttnn.ProgramDescriptor(kernels=kernels, semaphores={held}, cbs=buffers)"

    def _circular_buffers(self, buffers: Sequence[CircularBufferOp], cores: str = "cores") -> str:
        """The call that makes the descriptor of a buffer, or of several in one place."""
        first, dtype = buffers[0], buffers[0].element.dtype
        indices = [buffer.index.value.data for buffer in buffers]
        if first.backing is not None:
            name, offset = first.backing
            return f"on_shards({cores}, {indices[0]}, {self._names[name]}, offset={offset}, size={first.total_bytes})"
        function, index = ("circular_buffer", indices[0]) if len(indices) == 1 else ("sharing_buffers", indices)
        return (
            f"{function}({cores}, {index}, ttnn.{dtype.ttnn}, "
            f"pages={first.pages.value.data}, page_size={first.page_bytes})"
        )

    @cached_property
    def _memories(self) -> list[list[CircularBufferOp]]:
        """The buffers of each descriptor."""
        return by_memory(self._program.circular_buffers)

    def _semaphores(self) -> Iterator[str]:
        semaphores = self._program.semaphores
        if not semaphores:
            return
        yield "    semaphores = ["
        for semaphore in semaphores:
            yield (
                f"        ttnn.SemaphoreDescriptor(id={semaphore.index.value.data}, core_ranges=cores, "
                f"initial_value={semaphore.initial.value.data}),  # {semaphore.sym_name.data}"
            )
        yield "    ]"

    def _compute_config(self) -> Iterator[str]:
        program = self._program
        yield from (
            "    compute_config = ttnn.ComputeConfigDescriptor(",
            f"        math_fidelity=ttnn.MathFidelity.{program.math_fidelity.data},",
            f"        math_approx_mode={bool(program.math_approx_mode)},",
            f"        fp32_dest_acc_en={bool(program.fp32_dest_acc_en)},",
            f"        dst_full_sync_en={bool(program.dst_full_sync_en)},",
            "    )",
        )
        whole = [buffer for buffer in program.circular_buffers if buffer.unpack_to_dest_fp32]
        if not whole:
            return
        yield f"    unpack_modes = [ttnn.UnpackToDestMode.Default] * {UNPACK_MODES}"
        for buffer in whole:
            mode = "ttnn.UnpackToDestMode.UnpackToDestFp32"
            yield f"    unpack_modes[{buffer.index.value.data}] = {mode}  # {buffer.sym_name.data}"
        yield "    compute_config.unpack_to_dest_mode = unpack_modes"

    def _kernel(self, kernel: KernelOp) -> Iterator[str]:
        thread = kernel.sym_name.data
        tensors = ", ".join(self._names[tensor] for tensor in kernel.tensor_names)
        yield from (
            "        ttnn.KernelDescriptor(",
            f'            kernel_source=str(Path(kernel_dir, "{self._paths.get(thread, f"{thread}.cpp")}")),',
            "            source_type=ttnn.KernelDescriptor.SourceType.FILE_PATH,",
            "            core_ranges=cores,",
        )
        if tensors:
            yield f"            compile_time_args=accessor_args({tensors}),"
        if kernel.core_args.data:
            yield f"            runtime_args=per_core({_args_name(kernel)}),"
        if common := self._common(kernel):
            yield f"            common_runtime_args={common},"
        yield f"            config={_CONFIGS.get(kernel.thread.data, 'compute_config')},"
        yield "        ),"

    def _update_addresses(self) -> Iterator[str]:
        if not (any(map(self._common, self._program.kernels)) or self._on_shards):
            return
        yield from (
            "",
            "",
            f"def update_addresses(program, tensors{self._by_keyword()}):",
            '    """Makes a built program one for other tensors of the same description: nothing is compiled anew."""',
            *self._unpacked_tensors(),
        )
        for i, kernel in enumerate(self._program.kernels):
            if common := self._common(kernel):
                yield f"    program.kernels[{i}].common_runtime_args = {common}  # {kernel.sym_name.data}"
        for i, buffer in self._on_shards:
            made = self._circular_buffers([buffer], f"program.cbs[{i}].core_ranges")
            yield f"    program.cbs[{i}].set_buffer_from_cb({made})  # {buffer.sym_name.data}"

    @property
    def _on_shards(self) -> list[tuple[int, CircularBufferOp]]:
        """The buffers that lie on tensors, and the places of their descriptors."""
        return [(i, each) for i, (each, *_) in enumerate(self._memories) if each.backing is not None]

    def _common(self, kernel: KernelOp) -> str:
        """The expression of a kernel's common runtime arguments; nothing if it has none."""
        tensors = ", ".join(self._names[tensor] for tensor in kernel.tensor_names)
        integers = ", ".join(self._integers[name] for name in kernel.runtime_names)
        parts = (f"addresses({tensors})" if tensors else "", f"words({integers})" if integers else "")
        return " + ".join(filter(None, parts))

    def _by_keyword(self, default: str = "") -> str:
        """The integers of the call as parameters."""
        return "".join((", *", *(f", {name}{default}" for name in self._integers.values()))) if self._integers else ""

    def _given(self, value: str = "") -> str:
        """The same as arguments: each its own value, or another."""
        return "".join(f", {name}{value or f'={name}'}" for name in self._integers.values())

    def _run(self) -> Iterator[str]:
        inputs = [self._names[tensor.name] for tensor in self._tensors if not tensor.is_written]
        outputs = [self._names[tensor.name] for tensor in self._tensors if tensor.is_written]
        tensors = [*inputs, *outputs]
        if len(tensors) == 1:
            tensors *= 2  # ttnn wants an input and an output
        yield from (
            "",
            "",
            f"def run(tensors, program=None{self._by_keyword('=None')}):",
            f'    """Enqueues the program, which writes {_listed(outputs)}. Device tensors: {self._parameters()}."""',
            *self._unpacked_tensors(),
            f"    return ttnn.generic_op([{', '.join(tensors)}], program or build_program(tensors{self._given()}))",
        )

    def _parameters(self) -> str:
        return _listed(list(self._names.values()))

    def _unpacked_tensors(self) -> Iterator[str]:
        names = list(self._names.values())
        if names:
            yield f"    {', '.join(names)}{',' if len(names) == 1 else ''} = tensors"

    def _helpers(self) -> Iterator[str]:
        kernels = self._program.kernels
        if any(len(buffers) == 1 and buffers[0].backing is None for buffers in self._memories):
            yield _CIRCULAR_BUFFER
        if any(len(buffers) > 1 for buffers in self._memories):
            yield _SHARING_BUFFERS
        if self._on_shards:
            yield _ON_SHARDS
        if any(kernel.tensor_names for kernel in kernels):
            yield _TENSOR_ARGS
        if any(kernel.runtime_names for kernel in kernels):
            yield _WORDS
        if any(kernel.core_args.data for kernel in kernels):
            yield _PER_CORE


_CIRCULAR_BUFFER = '''

def circular_buffer(cores, index, data_format, pages, page_size):
    """A circular buffer of so many pages on every core."""
    return ttnn.CBDescriptor(
        total_size=pages * page_size,
        core_ranges=cores,
        format_descriptors=[
            ttnn.CBFormatDescriptor(buffer_index=index, data_format=data_format, page_size=page_size)
        ],
    )'''

_SHARING_BUFFERS = '''

def sharing_buffers(cores, indices, data_format, pages, page_size):
    """Circular buffers that lie in one place, of so many pages each, on every core."""
    return ttnn.CBDescriptor(
        total_size=pages * page_size,
        core_ranges=cores,
        format_descriptors=[
            ttnn.CBFormatDescriptor(buffer_index=index, data_format=data_format, page_size=page_size)
            for index in indices
        ],
    )'''

_ON_SHARDS = '''

def on_shards(cores, index, tensor, offset, size):
    """A circular buffer that is a part of each core's shard of a tensor in L1."""
    return ttnn.cb_descriptor_from_sharded_tensor(
        index, tensor, address_offset=offset, total_size=size, core_ranges=cores
    )'''

_TENSOR_ARGS = '''

def accessor_args(*tensors):
    """The compile-time arguments by which a kernel finds the pages of its tensors."""
    return [word for tensor in tensors for word in ttnn.TensorAccessorArgs(tensor).get_compile_time_args()]


def addresses(*tensors):
    """Where the tensors lie. These are runtime arguments, so that other tensors don't need another compilation."""
    return [tensor.buffer_address() for tensor in tensors]'''

_WORDS = '''

def words(*integers):
    """Integers as words of 32 bits. They too are runtime arguments: others don't need another compilation."""
    return [int.from_bytes(value.to_bytes(4, "little", signed=True), "little") for value in integers]'''

_PER_CORE = '''

def per_core(arguments):
    """(core, its arguments) for each core of the grid; arguments are 32-bit words."""
    cores = [ttnn.CoreCoord(x, y) for y in range(ROWS) for x in range(COLUMNS)]
    return [
        (core, [value & 0xFFFFFFFF for value in values])
        for core, values in zip(cores, zip(*arguments, strict=True), strict=True)
    ]'''


def integer_names(program: ProgramOp) -> dict[str, str]:
    """The parameters of a runner's functions for the integers of a call that are no constants, by their names."""
    tensors = variable_names([tensor.name for tensor in tensor_uses(program)], _TAKEN.split())
    names = [argument.sym_name.data for argument in program.runtime_arguments]
    return variable_names(names, [*_TAKEN.split(), *tensors.values()])


def _args_name(kernel: KernelOp) -> str:
    return f"{kernel.sym_name.data.upper()}_ARGS"


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
