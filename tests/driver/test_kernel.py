"""The decorator: what is compiled again and what is not, the environment variables, and calls that are wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.one_tile_kernels import one_tile_kernel
from ttlang import ttl
from ttlang.diagnostics import DiagnosticError
from ttlang.host import (
    ROW_MAJOR_LAYOUT,
    TILE_LAYOUT,
    copy_host_to_device_tensor,
    from_device,
    from_numpy,
    open_device,
    to_numpy,
    zeros,
)
from ttlang.tables.dtypes import BF16, F32, INT32

SETUP = """
from ttlang import ttl

FACTOR = 2
SETTINGS = {"shift": 1}

"""
KERNEL = SETUP + one_tile_kernel('xv * FACTOR + (SETTINGS["shift"] + extra)', parameters=", extra=0")


def tensors(dtype: Any = BF16, shape: tuple[int, int] = (32, 32)) -> list[Any]:
    device = open_device(device_id=0)
    values = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape) % 16
    return [
        from_numpy(values, dtype=dtype, layout=TILE_LAYOUT, device=device),
        zeros(shape, dtype=dtype, layout=TILE_LAYOUT, device=device),
    ]


@pytest.fixture
def module(load: Callable[[str], Any]) -> Any:
    return load(KERNEL)


def test_a_call_runs_the_kernel(module: Any) -> None:
    x, out = tensors()
    assert module.kernel(x, out) is None
    np.testing.assert_array_equal(to_numpy(out), to_numpy(x) * 2 + 1)


def test_a_kernel_may_end_with_a_program(load: Callable[[str], Any]) -> None:
    x, out = tensors()
    load(KERNEL + "    return ttl.Program(compute, read, write)(x, out)\n").kernel(x, out)
    np.testing.assert_array_equal(to_numpy(out), to_numpy(x) * 2 + 1)


def test_numbers_may_stand_before_tensors(load: Callable[[str], Any]) -> None:
    text = KERNEL.replace("(x, out, extra=0)", "(extra, x, unused, out)")
    x, out = tensors()
    kernel = load(text).kernel
    kernel(5, x, x, out)
    assert (to_numpy(out) == to_numpy(x) * 2 + 6).all()
    assert [op.index.value.data for op in kernel.compile(5, x, x, out).program.tensors] == [0, 1, 2]


def test_equal_calls_share_what_is_compiled(module: Any) -> None:
    first = module.kernel.compile(*tensors())
    assert module.kernel.compile(*tensors()) is first
    assert module.kernel.compile(*tensors(F32)) is not first
    assert module.kernel.compile(*tensors(), extra=3) is not first
    assert module.kernel.compile(*tensors(), arch="blackhole") is not first


def test_what_a_kernel_closes_over_may_change(module: Any) -> None:
    names = module.kernel.function.__globals__
    x, out = tensors()
    module.kernel(x, out)
    names["FACTOR"] = 3
    module.kernel(x, out)
    np.testing.assert_array_equal(to_numpy(out), to_numpy(x) * 3 + 1)
    names["SETTINGS"]["shift"] = -4
    module.kernel(x, out, extra=1)
    np.testing.assert_array_equal(to_numpy(out), to_numpy(x) * 3 - 3)


def test_compile_only(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_COMPILE_ONLY", "1")
    x, out = tensors()
    module.kernel(x, out)
    with pytest.raises(DiagnosticError, match="TTL0004"):
        to_numpy(out)
    assert to_numpy(x).any(), "what it reads is there"
    module.kernel(out, x)
    copy_host_to_device_tensor(from_device(tensors()[0]), out)
    assert to_numpy(out).any(), "written anew"


def test_ir_and_dumps_are_written(module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TTLANG_INITIAL_MLIR", str(tmp_path / "initial.mlir"))
    monkeypatch.setenv("TTLANG_FINAL_MLIR", str(tmp_path / "final.mlir"))
    monkeypatch.setenv("TTLANG_DUMP", str(tmp_path / "dump"))
    module.kernel(*tensors())
    assert "ttl.kernel @kernel" in (tmp_path / "initial.mlir").read_text()
    assert "ttkernel.program @kernel" in (tmp_path / "final.mlir").read_text()
    dumped = sorted(path.name for path in (tmp_path / "dump" / "kernel").iterdir())
    assert dumped[0] == "00-ttl.mlir"
    assert [name.partition("-")[2] for name in dumped[1:3]] == ["ttl-split-threads.mlir", "ttl-keep-held-blocks.mlir"]
    assert {"compute.cpp", "read.cpp", "write.cpp"} <= set(dumped)
    (barriers,) = (tmp_path / "dump" / "kernel").glob("*-ttl-insert-synchronization.mlir")
    assert 'loc("' in barriers.read_text()


def test_a_dump_can_be_taken_further(module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from xdsl.parser import Parser

    from ttlang.driver.compiler import print_ir
    from ttlang.driver.pipeline import make_pipeline
    from ttlang.driver.universe import make_context

    monkeypatch.setenv("TTLANG_DUMP", str(tmp_path))
    monkeypatch.setenv("TTLANG_FINAL_MLIR", str(tmp_path / "final.mlir"))
    compiled = module.kernel.compile(*tensors())
    context = make_context()
    stages = make_pipeline(compiled.options)
    for path in sorted((tmp_path / "kernel").glob("*.mlir")):
        rest = stages[int(path.name[:2]) :]
        parsed = Parser(context, path.read_text()).parse_module()
        for stage in rest:
            stage.apply(context, parsed)
        assert print_ir(parsed) == (tmp_path / "final.mlir").read_text(), path.name


def test_loops_that_wait_for_a_condition_can_be_dumped(load: Callable[[str], Any], tmp_path: Path) -> None:
    from xdsl.parser import Parser

    from ttlang.driver.compiler import print_ir
    from ttlang.driver.universe import make_context

    text = KERNEL.replace(
        "        with x_cb.reserve",
        "        n = 0\n        while n < 3:\n            n += 1\n        with x_cb.reserve",
    )
    module = load(text.replace("x[0, 0]", "x[0, n - 3]")).kernel.to_ttl(*tensors())
    printed = print_ir(module, locations=True)
    assert "scf.while" in printed
    assert print_ir(Parser(make_context(), printed).parse_module(), locations=True) == printed


@pytest.mark.parametrize("dtype", [INT32, F32])
def test_32_bits_need_a_wide_dst(module: Any, dtype: Any) -> None:
    with pytest.raises(DiagnosticError) as raised:
        module.kernel.compile(*tensors(dtype), fp32_dest_acc_en=False)
    assert raised.value.diagnostics[0].code == "TTL0305"


def test_the_runner_is_written(module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TTLANG_EMIT_RUNNER", str(tmp_path))
    module.kernel(*tensors())
    written = [path for path in (tmp_path / "kernel").rglob("*") if path.is_file()]
    assert sorted(path.name for path in written if path.parent.name == "kernels") == [
        "compute.cpp",
        "read.cpp",
        "write.cpp",
    ]
    runner = next(path for path in written if path.suffix == ".py").read_text()
    compile(runner, "runner.py", "exec")
    assert re.search(r"ttnn\.generic_op\(", runner)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (lambda x, out: (x,), "TTL0204"),
        (lambda x, out: (x, out, 1, 2), "TTL0204"),
        (lambda x, out: (x, 3), "TTL0205"),
        (lambda x, out: (np.zeros((32, 32)), out), "TTL0205"),
        (lambda x, out: (x, zeros((32, 32), dtype=BF16, layout=TILE_LAYOUT)), "TTL0205"),
        (lambda x, out: (x, zeros((32, 32), dtype=BF16, layout=ROW_MAJOR_LAYOUT, device=x.device())), "TTL0003"),
    ],
)
def test_wrong_calls(module: Any, arguments: Callable[..., Any], code: str) -> None:
    x, out = tensors()
    with pytest.raises(DiagnosticError) as raised:
        module.kernel(*arguments(x, out))
    assert code in [d.code for d in raised.value.diagnostics]
    assert not to_numpy(out).any()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"grid": (0, 1)}, "TTL0703"),
        ({"grid": "automatic"}, "TTL0703"),
        ({"grid": (2, 2, 2, 0)}, "TTL0703"),
        ({"arch": "grayskull"}, "TTL0002"),
        ({"metal_api": "0.5"}, "TTL0002"),
        ({"math_fidelity": "best"}, "TTL0002"),
        ({"fidelity": "HiFi4"}, "TTL0002"),
    ],
)
def test_wrong_options(options: dict[str, Any], code: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        ttl.kernel(**options)
    assert raised.value.diagnostics[0].code == code


def test_a_grid_larger_than_the_chip(load: Callable[[str], Any]) -> None:
    text = KERNEL.replace("grid=(1, 1)", "grid=(9, 1)")
    with pytest.raises(DiagnosticError) as raised:
        load(text).kernel(*tensors())
    assert raised.value.diagnostics[0].code == "TTL0703"
    load(text.replace("grid=(9, 1)", "grid=(9, 1), arch='blackhole'")).kernel.compile(*tensors())


def test_buffers_and_other_tensors_share_l1(module: Any) -> None:
    from ttlang.host import L1_MEMORY_CONFIG

    x, out = tensors()
    device = open_device(device_id=0)
    # 64 cores hold 1355 KiB each: the kernel's two buffers of 4 KiB don't fit beside them.
    taken = zeros((32 * 64, 32 * 677), dtype=BF16, layout=TILE_LAYOUT, device=device, memory_config=L1_MEMORY_CONFIG)
    with pytest.raises(DiagnosticError) as raised:
        module.kernel(x, out)
    assert raised.value.diagnostics[0].code == "TTL0701"
    taken.deallocate()
    module.kernel(x, out)


@pytest.mark.parametrize("memory", ["DRAM_MEMORY_CONFIG", "L1_MEMORY_CONFIG"])
def test_tensors_in_either_memory(module: Any, memory: str) -> None:
    from ttlang import host

    x, out = (host.to_memory_config(tensor, getattr(host, memory)) for tensor in tensors())
    module.kernel(x, out)
    np.testing.assert_array_equal(to_numpy(out), to_numpy(x) * 2 + 1)
    place = memory.split("_")[0].lower()
    compiled = module.kernel.compile(x, out)
    assert {op.type.memory.data.value for op in compiled.program.tensors} == {place}
