"""Exported folders: what is in them, the type check of their kernels, and their runners on a stand-in for ttnn."""

from __future__ import annotations

import contextlib
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.backends.ttnn.stand_in_ttnn import make_module
from tests.support.accessor_words import accessor_words
from tests.support.exported_folders import SCRIPTS, export, files_of
from tests.support.needs import need_headers
from ttlang.backends.metalium import tiles_header
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects.ttkernel import KernelOp, Thread
from ttlang.driver.call_observers import observe
from ttlang.driver.compiler import CompiledKernel
from ttlang.host import corerange_to_cores
from ttlang.tables.chips import CHIPS, find_chip
from ttlang.tables.kernel_api import GENERATIONS, NEWEST
from ttlang.testing import compare
from ttlang.tools.cli import main
from ttlang.tools.headers import VERSIONS
from ttlang.tools.typecheck import Kernel, typecheck_many

pytest.importorskip("torch", reason="the examples make their tensors with torch")


@pytest.mark.parametrize("name", SCRIPTS)
def test_golden(name: str, golden: Callable[..., None], tmp_path: Path) -> None:
    files = files_of(export(SCRIPTS[name], tmp_path))
    assert files.pop("host/tiles.hpp") == tiles_header()
    for file, text in files.items():
        golden(text, f"{name}/{file}{'.txt' if file.endswith('.py') else ''}")


def compiled_kernels(script: Path, arch: str, api: str, monkeypatch: pytest.MonkeyPatch) -> list[CompiledKernel]:
    monkeypatch.setenv("TTLANG_ARCH", arch)
    monkeypatch.setenv("TTLANG_METAL_API", api)
    found: list[CompiledKernel] = []

    def keep(outcome: CompiledKernel | DiagnosticError) -> None:
        assert isinstance(outcome, CompiledKernel)
        found.append(outcome)

    with observe(keep), contextlib.suppress(DiagnosticError):  # it looks at results, and nothing was computed
        runpy.run_path(str(script), run_name="__main__")
    return found


def as_unit(compiled: CompiledKernel, kernel: KernelOp, source: str) -> Kernel:
    if kernel.thread.data is Thread.COMPUTE:
        return Kernel(source, "compute", dst32=compiled.program.dst32)
    words = accessor_words(compiled.program, kernel, compiled.target.chip)
    return Kernel(source, "datamovement", words, "reader" if kernel.thread.data is Thread.READER else "writer")


@pytest.mark.headers
@pytest.mark.parametrize(("api", "version", "arch"), list(zip(GENERATIONS, VERSIONS, CHIPS, strict=True)))
def test_kernels_pass_the_type_check(
    api: str, version: str, arch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_headers(version)
    units: dict[str, Kernel] = {}
    for name, script in SCRIPTS.items():
        (compiled,) = compiled_kernels(script, arch, api, monkeypatch)
        files = files_of(export(script, tmp_path / name, "--arch", arch, "--metal-api", api))
        for kernel in compiled.program.kernels:
            thread = kernel.sym_name.data
            units[f"{name}/{thread}"] = as_unit(compiled, kernel, files[f"kernels/{thread}.cpp"])
    errors = typecheck_many(units, version=version, arch=arch)
    assert {name: found for name, found in errors.items() if found} == {}


MANY_PIPES = """
import torch

from tests.language.channels.channel_kernels import CASES
from ttlang import ttnn

device = ttnn.open_device(device_id=0)
zeros = torch.zeros(6 * 32, 7 * 32).bfloat16()
x, out = (ttnn.from_torch(zeros, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
CASES["gather_all"].kernel(x, out)
"""


@pytest.mark.headers
@pytest.mark.parametrize(("api", "version"), list(zip(GENERATIONS, VERSIONS, strict=True)))
@pytest.mark.parametrize("arch", CHIPS)
def test_semaphores_that_are_words_of_a_buffer(
    arch: str, api: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_headers(version)
    script = tmp_path / "gather.py"
    script.write_text(MANY_PIPES)
    (compiled,) = compiled_kernels(script, arch, api, monkeypatch)
    files = files_of(export(script, tmp_path / "exported", "--arch", arch, "--metal-api", api))
    assert "The buffer `words` holds 43 more, 16 bytes apart" in files["README.md"]
    assert files["run_kernel.py"].count("ttnn.SemaphoreDescriptor(") == 1
    assert files["host/main.cpp"].count("CreateSemaphore(") == 1
    kernels = {each.sym_name.data: each for each in compiled.program.kernels}
    units = {name: as_unit(compiled, each, files[f"kernels/{name}.cpp"]) for name, each in kernels.items()}
    assert typecheck_many(units, version=version, arch=arch) == {name: [] for name in units}


# The runner


@pytest.fixture
def ttnn(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return make_module()


def run_script(folder: Path, ttnn: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> dict[str, Any]:
    """Runs a folder's `run_kernel.py` with a module for ttnn, and without ttlang."""
    monkeypatch.setitem(sys.modules, "ttnn", ttnn)
    monkeypatch.setitem(sys.modules, "ttlang", None)
    monkeypatch.setattr(sys, "argv", ["run_kernel.py", *arguments])
    return runpy.run_path(str(folder / "run_kernel.py"), run_name="__main__")


@pytest.mark.parametrize("arch", CHIPS)
@pytest.mark.parametrize("name", SCRIPTS)
def test_the_runner_makes_the_tensors_of_the_script(
    name: str, arch: str, ttnn: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in checks the type and the range of every argument."""
    folder = export(SCRIPTS[name], tmp_path, "--arch", arch)
    (compiled,) = compiled_kernels(SCRIPTS[name], arch, NEWEST.name, monkeypatch)
    run_script(folder, ttnn, monkeypatch)
    ((tensors, built),) = ttnn.calls
    assert len(tensors) == len(compiled.program.tensors)
    assert [Path(kernel.kernel_source).is_file() for kernel in built.kernels] == [True] * len(built.kernels)
    assert len(built.cbs) == len(compiled.program.circular_buffers)
    assert len(built.semaphores) == len(compiled.program.semaphores)
    assert [dtype.value for _, _, dtype, _ in ttnn.made] == [op.type.element.dtype for op in compiled.program.tensors]
    columns, rows = find_chip(arch).grid
    last_x, last_y = corerange_to_cores(built.cbs[0].core_ranges)[-1]
    assert last_x < columns
    assert last_y < rows


# The command

TWO_KERNELS = """
    import torch
    from ttlang import ttl, ttnn

    def copy(x, out):
        cb = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=2)

        @ttl.datamovement()
        def read():
            with cb.reserve() as block:
                ttl.copy(x[0, 0], block).wait()

        @ttl.datamovement()
        def write():
            with cb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()

    first = ttl.kernel(copy)

    @ttl.kernel
    def second(x, out):
        copy(x, out)

    device = ttnn.open_device(device_id=0)

    def tensor(values):
        return ttnn.from_torch(values, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

    for height in (20, 20, 40):
        x, out = tensor(torch.rand(height, 30)), tensor(torch.zeros(height, 30))
        first(x, out)
    second(x, out)
"""


@pytest.fixture
def two_kernels(tmp_path: Path) -> Path:
    import textwrap

    path = tmp_path / "two_kernels.py"
    path.write_text(textwrap.dedent(TWO_KERNELS))
    return path


def test_a_folder_for_each_of_several_kernels(two_kernels: Path, tmp_path: Path) -> None:
    folder = export(two_kernels, tmp_path / "out")
    assert sorted(path.name for path in folder.iterdir()) == ["copy", "copy_2", "exported.json", "second"]
    assert "torch.rand((20, 30)" in (folder / "copy" / "run_kernel.py").read_text()
    assert "torch.rand((40, 30)" in (folder / "copy_2" / "run_kernel.py").read_text()
    assert (export(two_kernels, tmp_path / "one", "--kernel", "second") / "run_kernel.py").is_file()


def test_a_kernel_that_the_script_does_not_call(
    two_kernels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "-o", str(tmp_path / "out"), "--kernel", "third", str(two_kernels)]) == 2
    assert "calls no kernel third" in capsys.readouterr().err


def test_values_are_those_of_the_simulator(
    two_kernels: Path, ttnn: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    import torch

    folder = export(two_kernels, tmp_path / "out", "--values", "--kernel", "second")
    files = folder.glob("values/*")
    values = {path.name: torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.float32) for path in files}
    assert sorted(values) == ["out.bin", "out.expected.bin", "x.bin"]
    assert compare(values["out.expected.bin"].reshape(40, 30)[:32], values["x.bin"].reshape(40, 30)[:32]).ok
    ttnn.to_torch = lambda _: values["out.expected.bin"].reshape(40, 30)
    run_script(folder, ttnn, monkeypatch, "--check")
    assert "out: 0 of 1200 values differ, by up to 0 ULP" in capsys.readouterr().out
    near = values["out.expected.bin"].reshape(40, 30).clone()
    near[0, 0] = torch.nextafter(near[0, 0], torch.tensor(torch.inf))
    ttnn.to_torch = lambda _: near
    run_script(folder, ttnn, monkeypatch, "--check")
    assert "out: 1 of 1200 values differ, by up to " in capsys.readouterr().out
    ttnn.to_torch = lambda _: torch.zeros(40, 30)
    with pytest.raises(SystemExit, match="this is not what the simulator computed"):
        run_script(folder, ttnn, monkeypatch, "--check")
    (folder / "values" / "x.bin").unlink()
    with pytest.raises(SystemExit, match=r"x\.bin is missing: ttlang export --values writes it"):
        run_script(folder, ttnn, monkeypatch, "--check")


def test_a_kernel_with_an_error_is_not_exported(tmp_path: Path) -> None:
    script = tmp_path / "wrong.py"
    script.write_text("from ttlang import ttl\n\n@ttl.kernel\ndef wrong(x):\n    pass\n\nwrong(3)\n")
    assert main(["export", "-o", str(tmp_path / "out"), str(script)]) == 1
    assert not (tmp_path / "out").exists()
