"""
The way out to a card: a Python module that builds the program's descriptors and hands them to `ttnn.generic_op`. It
needs ttnn alone, and runs with the releases 0.69 and 0.81. `launch_program` runs the same text in this process.
"""

from __future__ import annotations

import hashlib
import keyword
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from weakref import WeakKeyDictionary

from xdsl.dialects.builtin import DenseArrayBase, IntegerType

from ttlang import dtypes, options
from ttlang.analysis.locations import span_of
from ttlang.analysis.tensors import accessed
from ttlang.backends.cpp import check_one_chip, print_program
from ttlang.dialects import ttkernel
from ttlang.dialects.ttcore import Memory, ShardsAttr, TensorType, TileType
from ttlang.dialects.ttkernel import KernelOp, ProgramOp, TensorOp, Thread
from ttlang.functions import GENERATIONS

KERNEL_FOLDER = "kernels"
"""Where the C++ files lie, beside the runner."""
RUNNER_NAME = "run_kernel.py"

_UNPACK_MODES = 64
"""Length of `unpack_to_dest_mode`: the host's API counts the buffers of the chip that has most."""
_CONFIGS = {Thread.READER: "ttnn.ReaderConfigDescriptor()", Thread.WRITER: "ttnn.WriterConfigDescriptor()"}
_RUNNER_NAMES = """
accessor_args addresses buffers build_program circular_buffer compute_config cores first kernel_dir kernels last
per_core semaphores sharded str tensors ttnn unpack_modes Path
"""
"""Names that the runner's functions use beside those of the tensors."""


def write_runner(
    program: ProgramOp, folder: str | Path, metal_api: str = GENERATIONS[-1], *, runner_name: str = RUNNER_NAME
) -> tuple[Path, ...]:
    """Writes a runner into a folder, and the kernels into its folder `kernels`; returns all files, the runner first."""
    folder = Path(folder)
    files = _write_kernels(program, folder / KERNEL_FOLDER, metal_api)
    runner = folder / runner_name
    runner.write_text(runner_source(program, kernel_paths=files))
    return runner, *(folder / KERNEL_FOLDER / file for file in files.values())


def launch_program(program: ProgramOp, tensors: Sequence[Any], *, metal_api: str = GENERATIONS[-1]) -> Any:
    """
    Runs a program on device tensors of ttnn, which stand in the order of the kernel's parameters, and returns the last
    output. It doesn't wait for the card: see `ttnn.synchronize_device`.
    """
    run = _launchers.setdefault(program, {}).get(metal_api)
    if run is None:
        run = _launchers[program][metal_api] = _load_runner(program, metal_api)
    return run(tensors)


_launchers: WeakKeyDictionary[ProgramOp, dict[str, Callable[[Sequence[Any]], Any]]] = WeakKeyDictionary()
"""`run` of the runners of programs that were launched, by generation."""


def _load_runner(program: ProgramOp, metal_api: str) -> Callable[[Sequence[Any]], Any]:
    # In the cache and not in a temporary folder: ttnn keeps its binaries by the paths of their sources.
    folder = options.cache_folder()
    files = _write_kernels(program, folder / KERNEL_FOLDER, metal_api)
    module = {"__name__": f"ttlang.runner.{program.sym_name.data}", "__file__": str(folder / RUNNER_NAME)}
    exec(compile(runner_source(program, kernel_paths=files), module["__file__"], "exec"), module)
    return cast("Callable[[Sequence[Any]], Any]", module["run"])


def _write_kernels(program: ProgramOp, folder: Path, metal_api: str) -> dict[str, str]:
    """
    Writes the C++ files and returns their names, by thread. A name holds a hash of the text, since ttnn takes two
    kernels for the same that have the same path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, str] = {}
    for thread, source in print_program(program, metal_api).items():
        files[thread] = f"{thread}_{hashlib.sha256(source.encode()).hexdigest()[:8]}.cpp"
        (folder / files[thread]).write_text(source)
    return files


def runner_source(program: ProgramOp, *, kernel_paths: Mapping[str, str] | None = None) -> str:
    """
    The text of a module with `build_program(tensors, kernel_dir)`, which makes a `ttnn.ProgramDescriptor`, and
    `run(tensors, kernel_dir)`, which enqueues it and returns the last output. `tensors` are device tensors in the
    order of the kernel's parameters. `kernel_paths`: the files of the threads, relative to `kernel_dir` (default:
    `<thread>.cpp`).
    """
    return "\n".join(_Runner(program, kernel_paths or {}).lines())


class _Runner:
    def __init__(self, program: ProgramOp, kernel_paths: Mapping[str, str]):
        self._program = program
        self._paths = kernel_paths
        check_one_chip(program)
        self._columns, self._rows = program.grid_sizes
        self._tensors = sorted(program.tensors, key=lambda tensor: tensor.index.value.data)
        self._names = _python_names(self._tensors)
        self._outputs = accessed(program, ttkernel.TENSOR_WRITES)

    def lines(self) -> Iterator[str]:
        yield from self._head()
        for kernel in self._program.kernels:
            if kernel.core_args.data:
                yield from self._core_args(kernel)
        yield from self._build_program()
        yield from self._run()
        yield from self._helpers()
        yield from self._main()

    def _head(self) -> Iterator[str]:
        span = span_of(self._program)
        source = f" of {Path(span.file).name}" if span else ""
        yield from (
            '"""',
            f"Runs the kernel `{self._program.sym_name.data}`{source} on a card, with nothing but ttnn.",
            "As a script it does so once, on random tensors.",
            '"""',
            "",
            "from pathlib import Path",
            "",
            "import ttnn",
            "",
            f'KERNEL_DIR = Path(__file__).resolve().parent / "{KERNEL_FOLDER}"',
            f"COLUMNS, ROWS = {self._columns}, {self._rows}  # of the grid of cores",
        )

    def _core_args(self, kernel: KernelOp) -> Iterator[str]:
        yield ""
        yield f"{_args_name(kernel)} = (  # runtime arguments: a value for each core, by rows of the grid"
        for name, values in zip(kernel.core_args, kernel.core_values, strict=True):
            numbers = [str(value) for value in cast("DenseArrayBase[IntegerType]", values).iter_values()]
            yield f"    [  # {name.data}"
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
            "def build_program(tensors, kernel_dir=KERNEL_DIR):",
            f'    """The descriptor of the program for device tensors: {self._parameters()}."""',
            *self._unpacked_tensors(),
            "    first, last = ttnn.CoreCoord(0, 0), ttnn.CoreCoord(COLUMNS - 1, ROWS - 1)",
            "    cores = ttnn.CoreRangeSet([ttnn.CoreRange(first, last)])",
            "    buffers = [",
        )
        for buffer in self._program.circular_buffers:
            dtype = buffer.element.dtype
            yield (
                f"        circular_buffer(cores, {buffer.index.value.data}, ttnn.{dtype.ttnn}, "
                f"pages={buffer.pages.value.data}, page_size={buffer.page_bytes}),  # {buffer.sym_name.data}"
            )
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
        yield f"    unpack_modes = [ttnn.UnpackToDestMode.Default] * {_UNPACK_MODES}"
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
        if tensors:
            yield f"            common_runtime_args=addresses({tensors}),"
        yield f"            config={_CONFIGS.get(kernel.thread.data, 'compute_config')},"
        yield "        ),"

    def _run(self) -> Iterator[str]:
        names = self._names
        inputs = [name for tensor, name in names.items() if tensor not in self._outputs]
        outputs = [name for tensor, name in names.items() if tensor in self._outputs]
        tensors = [*inputs, *outputs]
        if len(tensors) == 1:
            tensors *= 2  # ttnn wants an input and an output
        yield from (
            "",
            "",
            "def run(tensors, kernel_dir=KERNEL_DIR):",
            f'    """Enqueues the program, which writes {_listed(outputs)}. Device tensors: {self._parameters()}."""',
            *self._unpacked_tensors(),
            f"    return ttnn.generic_op([{', '.join(tensors)}], build_program(tensors, kernel_dir))",
        )

    def _parameters(self) -> str:
        return _listed(list(self._names.values()))

    def _unpacked_tensors(self) -> Iterator[str]:
        names = list(self._names.values())
        if names:
            yield f"    {', '.join(names)}{',' if len(names) == 1 else ''} = tensors"

    def _helpers(self) -> Iterator[str]:
        kernels = self._program.kernels
        if self._program.circular_buffers:
            yield _CIRCULAR_BUFFER
        if any(kernel.tensor_names for kernel in kernels):
            yield _TENSOR_ARGS
        if any(kernel.core_args.data for kernel in kernels):
            yield _PER_CORE

    # ------------------------------------------------------------------------------------------------------ example

    def _main(self) -> Iterator[str]:
        yield _DEVICE_TENSOR
        if any(isinstance(tensor.type.shards, ShardsAttr) for tensor in self._tensors):
            yield _SHARDED
        yield from ("", "", "def main():", "    import torch", "")
        yield from ("    device = ttnn.open_device(device_id=0)", "    try:", "        tensors = [")
        for tensor in self._tensors:
            name = tensor.sym_name.data
            yield from self._example(tensor, name in self._outputs)
        yield "        ]"
        yield "        run(tensors)"
        for i, tensor in enumerate(self._tensors):
            if tensor.sym_name.data in self._outputs:
                yield f'        print("{tensor.sym_name.data} =", ttnn.to_torch(tensors[{i}]))'
        yield from ("    finally:", "        ttnn.close_device(device)", "", "")
        yield from ('if __name__ == "__main__":', "    main()", "")

    def _example(self, tensor: TensorOp, is_output: bool) -> Iterator[str]:
        dtype = tensor.type.element.dtype
        memory = _memory_config(tensor.type)
        layout = "" if isinstance(tensor.type.element, TileType) else ", layout=ttnn.ROW_MAJOR_LAYOUT"
        values = _example_values(tensor.type, is_output)
        arguments = f"{values}, ttnn.{dtype.ttnn}, device{memory}{layout}"
        yield f"            device_tensor({arguments}),  # {tensor.sym_name.data}"


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

_TENSOR_ARGS = '''

def accessor_args(*tensors):
    """The compile-time arguments by which a kernel finds the pages of its tensors."""
    return [word for tensor in tensors for word in ttnn.TensorAccessorArgs(tensor).get_compile_time_args()]


def addresses(*tensors):
    """Where the tensors lie. These are runtime arguments, so that other tensors don't need another compilation."""
    return [tensor.buffer_address() for tensor in tensors]'''

_PER_CORE = '''

def per_core(arguments):
    """(core, its arguments) for each core of the grid; arguments are 32-bit words."""
    cores = [ttnn.CoreCoord(x, y) for y in range(ROWS) for x in range(COLUMNS)]
    return [
        (core, [value & 0xFFFFFFFF for value in values])
        for core, values in zip(cores, zip(*arguments, strict=True), strict=True)
    ]'''


_DEVICE_TENSOR = '''

def device_tensor(values, dtype, device, memory_config=ttnn.DRAM_MEMORY_CONFIG, layout=ttnn.TILE_LAYOUT):
    """A tensor on the device."""
    return ttnn.from_torch(values, dtype=dtype, layout=layout, device=device, memory_config=memory_config)'''


_SHARDED = '''

def sharded(layout, buffer_type, shard_shape, orientation, *ranges):
    """A memory configuration: shards of so many elements, on the cores of ranges (x, y, last x, last y)."""
    corners = [(ttnn.CoreCoord(x, y), ttnn.CoreCoord(last_x, last_y)) for x, y, last_x, last_y in ranges]
    cores = ttnn.CoreRangeSet([ttnn.CoreRange(start, end) for start, end in corners])
    return ttnn.MemoryConfig(layout, buffer_type, ttnn.ShardSpec(cores, shard_shape, orientation))'''


def _memory_config(tensor: TensorType) -> str:
    """The argument of `device_tensor` for a tensor's memory, with a comma before it; empty for the default."""
    shards = tensor.shards
    if not isinstance(shards, ShardsAttr):
        return ", ttnn.L1_MEMORY_CONFIG" if tensor.memory.data is Memory.L1 else ""
    height, width = _elements(tensor, shards.sizes)
    arguments = (
        f"ttnn.TensorMemoryLayout.{shards.sharding.data.upper()}_SHARDED",
        f"ttnn.BufferType.{tensor.memory.data.name}",
        f"[{height}, {width}]",
        f"ttnn.ShardOrientation.{shards.orientation.data.upper()}",
        *map(str, shards.core_ranges),
    )
    return f", sharded({', '.join(arguments)})"


def _elements(tensor: TensorType, sizes: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns in elements."""
    tile = (dtypes.TILE_HEIGHT, dtypes.TILE_WIDTH) if isinstance(tensor.element, TileType) else (1, 1)
    return sizes[0] * tile[0], sizes[1] * tile[1]


def _example_values(tensor: TensorType, is_output: bool) -> str:
    *outer, height, width = (1, *tensor.sizes) if len(tensor.sizes) == 1 else tensor.sizes
    shape = (*outer, *_elements(tensor, (height, width)))
    dtype = tensor.element.dtype
    if is_output:
        return f"torch.zeros({shape}, dtype=torch.{dtype.torch})"
    if dtype.is_integer:
        return f"torch.randint(0, 100, {shape}, dtype=torch.{dtype.torch})"
    return f"torch.rand({shape}, dtype=torch.{dtype.torch})"


def _args_name(kernel: KernelOp) -> str:
    return f"{kernel.sym_name.data.upper()}_ARGS"


def _python_names(tensors: Sequence[TensorOp]) -> dict[str, str]:
    """Names of variables for the tensors, by the tensors' names."""
    taken: set[str] = set(_RUNNER_NAMES.split())
    names: dict[str, str] = {}
    for tensor in tensors:
        name = tensor.sym_name.data
        while keyword.iskeyword(name) or name in taken:
            name += "_"
        taken.add(name)
        names[tensor.sym_name.data] = name
    return names


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
