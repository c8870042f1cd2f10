"""Runs a compiled kernel on the tensors of a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from ttlang.analysis.locations import span_of
from ttlang.diagnostics import error
from ttlang.diagnostics.system_errors import say
from ttlang.driver.compiler import CompiledKernel
from ttlang.driver.loading import load_simulator
from ttlang.language.tensors import TensorLike
from ttlang.settings import variables as env
from ttlang.settings.variables import make_folder

if TYPE_CHECKING:
    from ttlang.backends.simulator import Recorder, RunResult
    from ttlang.host.tensor import Tensor


def launch(compiled: CompiledKernel, tensors: Sequence[TensorLike], numbers: Sequence[int] = ()) -> None:
    """
    In the simulator where the tensors are of the host library, once for each chip that they are on, each with its own
    part of them; else on their device, through ttnn. `numbers`: the integers of the call that are no constants.
    """
    if are_on_host(tensors):
        from ttlang.host.each_chip import by_chip

        check_placement(compiled, tensors)
        for there in by_chip(tensors):
            result = simulate(compiled, there, numbers, statistics=env.STATS.is_set())
            result.show(json=env.STATS.get() == "json")
        return
    if all(type(tensor).__module__.split(".")[0] in ("ttnn", "_ttnn") for tensor in tensors):
        from ttlang.backends.ttnn import launch_program

        _check_shards(compiled, tensors)
        launch_program(compiled.program, tensors, numbers, metal_api=compiled.target.generation.name)
        return
    raise error(
        "TTL0205",
        f"{compiled.name} is called with tensors that are neither all ttnn's nor all the host library's",
        hint="make them with ttnn.from_torch(..., device=device)",
    )


def are_on_host(tensors: Sequence[TensorLike]) -> TypeGuard[Sequence[Tensor]]:
    return all(hasattr(type(tensor), "pages") for tensor in tensors)


def check_placement(compiled: CompiledKernel, tensors: Sequence[Tensor]) -> None:
    """Whether tensors of the host library lie where the program can use them, and leave it room."""
    _check_shards(compiled, tensors)
    _check_l1(compiled, tensors)


def _check_shards(compiled: CompiledKernel, tensors: Sequence[TensorLike]) -> None:
    """Shards that pages of DRAM are read onto must lie where the NOC can write such pages."""
    alignment, title = compiled.target.chip.dram_alignment, compiled.target.chip.title
    for op, read in compiled.reads_onto_shards.items():
        tensor: Any = tensors[op.index.value.data]
        address: int = tensor.buffer_address()
        if address % alignment:
            raise error(
                "TTL0706",
                f"this reads from DRAM onto a shard of {op.sym_name.data}, which lies at {address} in L1, "
                f"where {title} wants a multiple of {alignment}",
                span_of(read),
                hint="read into a buffer with memory of its own, or make that tensor before others in L1",
            )


def _check_l1(compiled: CompiledKernel, tensors: Sequence[Tensor]) -> None:
    """The buffers must fit beside all tensors that the device has in L1, not the kernel's alone."""
    chip = compiled.target.chip
    buffers = compiled.program.buffer_bytes
    for device in {id(device): device for tensor in tensors if (device := tensor.device()) is not None}.values():
        taken = device.l1_bytes_in_use()
        if buffers + taken > chip.l1_budget:
            raise error(
                "TTL0701",
                f"the circular buffers of {compiled.name} take {buffers / 1024:.1f} KiB of L1, and tensors take "
                f"{taken / 1024:.1f} KiB of each core; {chip.title} has {chip.l1_budget / 1024:.0f} KiB for both",
                hint="deallocate tensors that are in L1, or make the blocks smaller",
            )


def simulate(
    compiled: CompiledKernel,
    tensors: Sequence[Tensor],
    numbers: Sequence[int] = (),
    *,
    numerics: str | None = None,
    seed: int | None = None,
    statistics: bool = False,
    recorder: Recorder | None = None,
) -> RunResult:
    """
    Runs in the simulator and returns its RunResult, with `statistics` if asked for. `numerics` ("chip" or "fast") and
    `seed` default to `TTLANG_NUMERICS` and `TTLANG_SEED`. `recorder` keeps the calls of threads.
    """
    mode = numerics or env.NUMERICS_MODE.get(env.NUMERICS[0])
    if mode not in env.NUMERICS:
        raise error("TTL0002", f"numerics is {mode!r}, not one of {', '.join(env.NUMERICS)}")
    chosen = env.SEED.get() if seed is None else str(seed)
    load_simulator()
    simulation = compiled.counting_simulation if statistics else compiled.simulation
    with compiled.simulating():
        number = int(chosen) if chosen else None
        return simulation.run(tensors, numbers, numerics=mode, seed=number, recorder=recorder)


def emit_runner(compiled: CompiledKernel, tensors: Sequence[TensorLike], numbers: Sequence[int] = ()) -> Path:
    """Exports the kernel, as `TTLANG_EMIT_RUNNER` asks; returns the folder."""
    value = env.EMIT_RUNNER.get()
    folder = Path("ttlang_out" if value == "1" else value) / compiled.name
    make_folder(env.EMIT_RUNNER, folder.parent)
    for path in export(compiled, tensors, folder, numbers=numbers):
        say(f"written: {path}")
    return folder


def export(
    compiled: CompiledKernel,
    tensors: Sequence[TensorLike],
    folder: Path,
    values: Mapping[str, bytes] | None = None,
    *,
    numbers: Sequence[int] = (),
    force: bool = False,
) -> list[Path]:
    """
    Writes the folder of a kernel for tensors and numbers of a call, with the values of `run_for_values`; returns its
    files. Raises a TTL0012 for a folder that no export has made, or whose files were edited, unless it is to be
    overwritten by force.
    """
    from ttlang.backends.folder.export import export_program

    used = (tensors[op.index.value.data] for op in compiled.program.tensors)
    shapes = [tuple(int(size) for size in tensor.shape) for tensor in used]
    with compiled.printing():
        return export_program(
            compiled.program,
            folder,
            metal_api=compiled.target.generation.name,
            shapes=shapes,
            values=values,
            numbers=numbers,
            force=force,
        )


def run_for_values(
    compiled: CompiledKernel, tensors: Sequence[Tensor], numbers: Sequence[int] = ()
) -> dict[str, bytes]:
    """
    Runs in the simulator, with the arithmetic of the chip, and returns the values of the tensors before, and of those
    that are written, after. Of tensors on several chips: what the first has.
    """
    from ttlang.backends.ttnn.runner_main import value_files
    from ttlang.backends.ttnn.tensor_uses import tensor_uses
    from ttlang.host.each_chip import by_chip

    tensors, *_ = by_chip(tensors)
    by_name = {op.sym_name.data: tensors[op.index.value.data] for op in compiled.program.tensors}
    uses = tensor_uses(compiled.program)
    values = {value_files(use)[0]: _bytes(by_name[use.name]) for use in uses}
    simulate(compiled, tensors, numbers, numerics="chip")
    return values | {value_files(use)[1]: _bytes(by_name[use.name]) for use in uses if use.is_written}


def _bytes(tensor: Tensor) -> bytes:
    """Rows of float32, or of int32 for the formats of integers."""
    import numpy as np

    from ttlang.host import to_numpy

    array = to_numpy(tensor)
    return array.astype(np.int32 if array.dtype.kind in "iu" else np.float32).tobytes()
