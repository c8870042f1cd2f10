"""The runner for ttnn: what it hands to `generic_op`, for programs of every kind."""

from __future__ import annotations

import runpy
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.backends.cpp.programs import NAMES, parse_program, read_program
from tests.backends.ttnn.stand_in_ttnn import Device, Tensor, make_module
from ttlang.backends.cpp.printer import print_program
from ttlang.backends.folder.export import export_program
from ttlang.backends.ttnn import launch_program, runner_source
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects.ttkernel import ProgramOp
from ttlang.host import DataType, UnpackToDestMode, corerange_to_cores


@pytest.fixture
def ttnn(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = make_module()
    monkeypatch.setitem(sys.modules, "ttnn", module)
    return module


def load(program: ProgramOp, file: str = "run_kernel.py", **paths: str) -> dict[str, Any]:
    """The runner as a module's names."""
    names: dict[str, Any] = {"__name__": "runner", "__file__": file}
    exec(compile(runner_source(program, kernel_paths=paths or None), file, "exec"), names)
    return names


def tensors_of(program: ProgramOp) -> list[Tensor]:
    return [
        Tensor(tensor.sym_name.data, 4096 * (i + 1), tensor.type.element.dtype.tile_bytes)
        for i, tensor in enumerate(sorted(program.tensors, key=lambda tensor: tensor.index.value.data))
    ]


@pytest.mark.parametrize("name", NAMES)
def test_golden(name: str, golden: Callable[..., None]):
    golden(runner_source(read_program(name)), f"{name}.py.txt")


@pytest.mark.parametrize("name", NAMES)
def test_every_program_gets_a_descriptor(name: str, ttnn: ModuleType):
    program = read_program(name)
    built = load(program)["build_program"](tensors_of(program), "folder")
    columns, rows = program.grid_sizes
    cores = [(x, y) for y in range(rows) for x in range(columns)]
    assert [Path(kernel.kernel_source).stem for kernel in built.kernels] == [k.sym_name.data for k in program.kernels]
    assert all(corerange_to_cores(each.core_ranges, row_wise=True) == cores for each in [*built.kernels, *built.cbs])
    for kernel, op in zip(built.kernels, program.kernels, strict=True):
        assert len(kernel.compile_time_args) == 2 * len(op.tensor_names)
        assert len(kernel.common_runtime_args) == len(op.tensor_names)
        assert all(len(words) == len(op.core_args) for _, words in kernel.runtime_args)
    for descriptor, buffer in zip(built.cbs, program.circular_buffers, strict=True):
        (form,) = descriptor.format_descriptors
        assert descriptor.total_size == buffer.total_bytes
        assert form.page_size == buffer.page_bytes
        assert form.buffer_index == buffer.index.value.data
        assert form.data_format is DataType(buffer.element.dtype)


def test_arguments_of_tensors(ttnn: ModuleType):
    program = read_program("core_args")
    table, cores, lambda_ = tensors = tensors_of(program)
    built = load(program, read="read_1.cpp")["build_program"](tensors, "/kernels")
    read, write = built.kernels
    assert read.kernel_source == "/kernels/read_1.cpp"
    assert read.common_runtime_args == [lambda_.address, table.address]
    assert read.compile_time_args == [2, 2048, 2, 4096]
    assert write.kernel_source == "/kernels/write.cpp"
    assert write.common_runtime_args == [lambda_.address, cores.address]
    assert type(read.config).__name__ == "ReaderConfigDescriptor"
    assert type(write.config).__name__ == "WriterConfigDescriptor"


def test_arguments_of_cores_stand_by_rows_as_words(ttnn: ModuleType):
    program = read_program("core_args")
    read, write = load(program)["build_program"](tensors_of(program)).kernels
    by_core = {(core.x, core.y): words for core, words in read.runtime_args}
    minus_one, minus_three = 2**32 - 1, 2**32 - 3
    assert by_core == {
        (0, 0): [0, 2],
        (1, 0): [2, minus_one],
        (2, 0): [4, 2],
        (0, 1): [6, 2],
        (1, 1): [8, 2],
        (2, 1): [10, minus_three],
    }
    assert [words for _, words in write.runtime_args] == [[5], [4], [3], [2], [1], [0]]


def test_kernels_without_arguments(ttnn: ModuleType):
    (kernel,) = load(read_program("chain"))["build_program"]([]).kernels
    assert (kernel.compile_time_args, kernel.common_runtime_args, list(kernel.runtime_args)) == ([], [], [])


def test_compute_configuration(ttnn: ModuleType):
    config = load(read_program("formats"))["build_program"]([]).kernels[0].config
    assert config.math_fidelity.name == "HiFi2"
    assert config.math_approx_mode is True
    assert config.fp32_dest_acc_en is True
    assert config.dst_full_sync_en is False
    assert config.unpack_to_dest_mode == [UnpackToDestMode.UnpackToDestFp32] + [UnpackToDestMode.Default] * 63
    plain = load(read_program("chain"))["build_program"]([]).kernels[0].config
    assert plain.fp32_dest_acc_en is False
    assert plain.unpack_to_dest_mode == []


def test_outputs_come_last_in_the_call(ttnn: ModuleType):
    """The second and the third parameter are written: ttnn takes outputs last."""
    program = read_program("core_args")
    table, cores, lambda_ = tensors = tensors_of(program)
    assert load(program)["run"](tensors) is lambda_
    ((given, _),) = ttnn.calls
    assert given == [table, cores, lambda_]
    program = read_program("add")
    for i, tensor in enumerate(program.tensors):
        tensor.properties["index"] = type(tensor.index)((i + 1) % 3, tensor.index.type)
    out, x, y = tensors = tensors_of(program)
    assert load(program)["run"](tensors) is out
    assert ttnn.calls[-1][0] == [x, y, out]


def test_a_single_tensor_is_given_twice(ttnn: ModuleType):
    program = read_program("control")
    (x,) = tensors = tensors_of(program)
    assert load(program)["run"](tensors) is x
    assert ttnn.calls[0][0] == [x, x]


def test_a_tensor_too_many_is_refused(ttnn: ModuleType):
    program = read_program("control")
    with pytest.raises(ValueError, match="too many values"):
        load(program)["run"](tensors_of(program) * 2)


def empty_program(grid: str):
    return parse_program(
        f"""
        ttkernel.program @p grid {grid} on "wormhole_b0" {{
          ttkernel.circular_buffer @x_cb 0 pages 1 of <32x32, bf16> at 0
        }}
        """
    )


def test_a_grid_of_one_dimension(ttnn: ModuleType):
    (buffer,) = load(empty_program("[5]"))["build_program"]([]).cbs
    assert corerange_to_cores(buffer.core_ranges)[-1] == (4, 0)


def test_several_chips_have_no_runner_yet():
    with pytest.raises(DiagnosticError, match=r"TTL0003.*4 chips"):
        runner_source(empty_program("[2, 3, 4]"))


def test_semaphores(ttnn: ModuleType):
    program = parse_program(
        """
        ttkernel.program @p grid [2, 3] on "wormhole_b0" {
          ttkernel.semaphore @room 0 = 0
          ttkernel.semaphore @data 1 = 7
        }
        """
    )
    first, second = load(program)["build_program"]([]).semaphores
    assert (first.id, first.initial_value) == (0, 0)
    assert (second.id, second.initial_value) == (1, 7)
    assert corerange_to_cores(second.core_ranges)[-1] == (1, 2)


def test_the_runner_is_a_script(
    ttnn: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    pytest.importorskip("torch", reason="the script makes tensors with torch")
    program = read_program("core_args")
    runner, *_ = [path for path in export_program(program, tmp_path, metal_api="0.69") if path.suffix == ".py"]
    kernels = {path: tmp_path / "kernels" / f"{path}.cpp" for path in ("read", "write")}
    for name, source in print_program(program, "0.69").items():
        assert kernels[name].read_text() == source
    monkeypatch.chdir("/")
    runpy.run_path(str(runner), run_name="__main__")
    assert ttnn.made == [
        ((128, 128), "torch.float32", DataType.FLOAT32, ttnn.L1_MEMORY_CONFIG),
        ((2, 128, 128), "torch.int32", DataType.INT32, ttnn.DRAM_MEMORY_CONFIG),
        ((128, 128), "torch.bfloat16", DataType.BFLOAT16, ttnn.DRAM_MEMORY_CONFIG),
    ]
    ((_, built),) = ttnn.calls
    assert [kernel.kernel_source for kernel in built.kernels] == list(map(str, kernels.values()))
    assert capsys.readouterr().out == "cores = <made2>\nlambda = <made3>\n"
    assert not ttnn.device.is_open


def test_launch_in_this_process(ttnn: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTLANG_CACHE", str(tmp_path))
    program = read_program("add")
    *_, out = tensors = tensors_of(program)
    assert launch_program(program, tensors, metal_api="0.69") is out
    others = [Tensor(tensor.name, tensor.address + 2**20) for tensor in tensors]
    assert launch_program(program, others, metal_api="0.69") is others[-1]
    (_, first), (_, second) = ttnn.calls
    assert first.kernels[1].common_runtime_args == [4096, 8192]
    assert second.kernels[1].common_runtime_args == [4096 + 2**20, 8192 + 2**20]
    assert first.kernels[0].kernel_source == second.kernels[0].kernel_source
    assert Path(first.kernels[0].kernel_source).read_text() == print_program(program, "0.69")["compute"]
    launch_program(program, tensors)
    assert ttnn.calls[-1][1].kernels[0].kernel_source != first.kernels[0].kernel_source


def counted(module: ModuleType, monkeypatch: pytest.MonkeyPatch, *names: str) -> Counter[str]:
    """How often the module's classes are called from now on."""
    calls: Counter[str] = Counter()

    def counting(name: str, kind: Any) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            calls[name] += 1
            return kind(*args, **kwargs)

        return call

    for name in names:
        monkeypatch.setattr(module, name, counting(name, getattr(module, name)))
    return calls


def test_a_second_launch_sends_addresses_only(ttnn: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTLANG_CACHE", str(tmp_path))
    program = read_program("core_args")
    tensors = tensors_of(program)
    launch_program(program, tensors)
    calls = counted(ttnn, monkeypatch, "TensorAccessorArgs", "CBDescriptor", "CoreCoord", "ProgramDescriptor")
    for kernel in (tmp_path / "kernels").iterdir():
        kernel.unlink()
    others = [Tensor(tensor.name, tensor.address + 2**20, tensor.page_bytes) for tensor in tensors]
    launch_program(program, others)
    assert calls == {}
    assert not list((tmp_path / "kernels").iterdir()), "files are written once"
    (_, first), (_, second) = ttnn.calls
    for before, after in zip(first.kernels, second.kernels, strict=True):
        assert after.common_runtime_args == [address + 2**20 for address in before.common_runtime_args]
        assert list(after.runtime_args) == list(before.runtime_args)
        before.common_runtime_args, before.runtime_args = after.common_runtime_args, after.runtime_args
    assert first == second, "all that ttnn hashes is the same"


def test_another_device_gets_descriptors_of_its_own(ttnn: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTLANG_CACHE", str(tmp_path))
    program = read_program("add")
    tensors = tensors_of(program)
    launch_program(program, tensors)
    for tensor in tensors:
        tensor.on = Device(1)
    calls = counted(ttnn, monkeypatch, "ProgramDescriptor")
    launch_program(program, tensors)
    launch_program(program, tensors)
    assert calls == {"ProgramDescriptor": 1}


def test_names_of_tensors_that_python_or_the_runner_has_taken():
    source = runner_source(read_program("core_args"))
    assert "table, cores_, lambda_ = tensors" in source
    assert "accessor_args(lambda_, cores_)" in source
