"""
The descriptors of every example, made of the real classes of ttnn, where an interpreter has it. Where ttnn can open the
mock devices of `real/`, tensors and accessors are its own, too.
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.accessor_words import accessor_words
from ttlang.backends.folder.export import export_program
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects.ttcore import ShardsAttr
from ttlang.dialects.ttkernel import ProgramOp
from ttlang.driver.call_observers import observe
from ttlang.driver.compiler import CompiledKernel
from ttlang.tables.chips import CHIPS
from ttlang.tables.kernel_api import GENERATIONS, NEWEST

FOLDER = Path(__file__).parent / "real"
EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.py"))
MOST_WORDS = 8
"""Words of an accessor before the coordinates of its banks: the card knows those."""


COMPILING = ("tt_metal/jit_build/", "tt_metal/llrt/tt_elffile.cpp")
"""Where ttnn fails that lacks Tenstorrent's compiler. What fails elsewhere is a failure."""

PYTHON = os.environ.get("TTNN_PYTHON", sys.executable)
"""An interpreter that has ttnn: its wheels are for Python 3.10 and 3.12, ttlang is for 3.11 to 3.13."""
_RELEASE = "import importlib.metadata; print(importlib.metadata.version('ttnn'))"


@cache
def release() -> str:
    result = subprocess.run([PYTHON, "-c", _RELEASE], capture_output=True, text=True, check=False)
    return result.stdout.strip()


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not release(), reason=f"{PYTHON} has no ttnn: set TTNN_PYTHON to an interpreter (3.10 or 3.12) that has it"
    ),
]


def generation() -> str:
    return next((each for each in GENERATIONS if release().startswith(each)), NEWEST.name)


@pytest.fixture(scope="module", params=CHIPS)
def exported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[Path, ProgramOp]]:
    """The chip, and the programs of all examples by the folders that they were exported to."""
    found: dict[Path, ProgramOp] = {}
    root = tmp_path_factory.mktemp("exported")

    def export(outcome: Any) -> None:
        if isinstance(outcome, CompiledKernel):
            folder = root / str(len(found))
            export_program(outcome.program, folder, metal_api=generation())
            found[folder] = outcome.program

    with pytest.MonkeyPatch.context() as patch, observe(export):
        patch.setenv("TTLANG_ARCH", request.param)
        for example in EXAMPLES:
            with contextlib.suppress(DiagnosticError):  # nothing was computed
                runpy.run_path(str(example), run_name="__main__")
    assert len(found) >= len(EXAMPLES)
    return request.param, found


def drive(mode: str, folders: dict[Path, ProgramOp], cache: Path, **environment: str) -> list[Any]:
    command = [PYTHON, str(FOLDER / "driver.py"), mode, *(str(folder / "run_kernel.py") for folder in folders)]
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    settings = {**inherited, "TT_METAL_CACHE": str(cache), **environment}
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env=settings, cwd=cache
    )  # it writes files
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith('{"kernels"')]
    if not lines and mode != "classes" and any(place in result.stderr for place in COMPILING):
        pytest.skip(f"ttnn {release()} compiles or links kernels for a mock device, and has no RISC-V compiler here")
    assert result.returncode == 0, result.stderr[-3000:]
    assert len(lines) == len(folders)
    return lines


def check(found: Any, program: ProgramOp) -> None:
    assert [Path(kernel["source"]).stem for kernel in found["kernels"]] == [op.sym_name.data for op in program.kernels]
    assert found["buffers"] == [
        [op.total_bytes, [op.index.value.data, op.page_bytes]] for op in program.circular_buffers
    ]
    assert found["semaphores"] == [[op.index.value.data, op.initial.value.data] for op in program.semaphores]
    for kernel, op in zip(found["kernels"], program.kernels, strict=True):
        assert len(kernel["common_runtime_args"]) == len(op.tensor_names)


def test_classes(exported: tuple[str, dict[Path, ProgramOp]], tmp_path: Path) -> None:
    for found, program in zip(drive("classes", exported[1], tmp_path), exported[1].values(), strict=True):
        check(found, program)


def mock_device(arch: str) -> dict[str, str]:
    return {"TT_METAL_MOCK_CLUSTER_DESC_PATH": str(FOLDER / f"{arch}.yaml"), "TT_METAL_SLOW_DISPATCH_MODE": "1"}


def test_enqueued_on_a_mock_device(exported: tuple[str, dict[Path, ProgramOp]], tmp_path: Path) -> None:
    """`generic_op` takes the programs, and finds each in its cache the second time."""
    arch, programs = exported
    assert [found["compiled_again"] for found in drive("run", programs, tmp_path, **mock_device(arch))] == [
        0 for _ in programs
    ]


def test_tensors_of_a_mock_device(exported: tuple[str, dict[Path, ProgramOp]], tmp_path: Path) -> None:
    arch, programs = exported
    for found, program in zip(drive("device", programs, tmp_path, **mock_device(arch)), programs.values(), strict=True):
        check(found, program)
        sharded = any(isinstance(tensor.type.shards, ShardsAttr) for tensor in program.tensors)
        for kernel, op in zip(found["kernels"], program.kernels, strict=True):
            words = accessor_words(program, op, CHIPS[arch])
            count = MOST_WORDS if sharded else len(words)
            assert tuple(kernel["compile_time_args"][:count]) == words[:count]
