"""A kernel's IR says all of it: the commands take it in place of the script, and it runs to the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ttlang import ttl, ttnn
from ttlang.tools.cli import main

MODULE = 'builtin.module {\n  ttl.kernel @k grid [1, 1] on "wormhole_b0" {\n  }\n}\n'


@ttl.kernel
def rounded(x, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        for _ in range(2):
            with x_cb.wait() as xv, out_cb.reserve() as o:
                o.store(ttl.math.exp(xv * 0.3) * xv + 0.1)

    @ttl.datamovement()
    def read():
        for i in range(2):
            with x_cb.reserve() as block:
                ttl.copy(x[0, i], block).wait()

    @ttl.datamovement()
    def write():
        for i in range(2):
            with out_cb.wait() as block:
                ttl.copy(block, out[0, i]).wait()


def kernel(**options: Any) -> Any:
    return ttl.kernel(**options)(rounded.function)


def tensor(values: Any, **more: Any) -> Any:
    device = ttnn.open_device(device_id=0)
    return ttnn.from_torch(values, **{"dtype": ttnn.bfloat16, "layout": ttnn.TILE_LAYOUT, "device": device, **more})


SHARDED = ttnn.create_sharded_memory_config(
    (32, 64), core_grid=ttnn.CoreGrid(y=1, x=2), strategy=ttnn.ShardStrategy.WIDTH
)
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}),
    "options": ({"fp32_dest_acc_en": True, "math_fidelity": "LoFi", "math_approx_mode": True}, {}),
    "half": ({"dst_full_sync_en": True, "metal_api": "0.81"}, {}),
    "float32": ({}, {"dtype": ttnn.float32}),
    "tf32": ({"allow_tf32": True}, {"dtype": ttnn.float32}),
    "sharded": ({}, {"memory_config": SHARDED}),
    "L1": ({}, {"memory_config": ttnn.L1_MEMORY_CONFIG, "dtype": ttnn.bfloat8_b}),
}

Ran = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str]) -> Ran:
    def run(*arguments: str, code: int = 0) -> list[dict[str, Any]]:
        assert main(arguments) == code
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


@pytest.mark.parametrize("mode", ["fast", "chip"])
@pytest.mark.parametrize("case", CASES)
def test_its_dumps_run_to_the_same_bytes(
    case: str, mode: str, ran: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, place = CASES[case]
    values = np.random.default_rng(5).standard_normal((32, 64)).astype(np.float32)
    x, out = tensor(values, **place), tensor(np.zeros_like(values), **place)
    np.savez(tmp_path / "values.npz", x=ttnn.to_numpy(x).astype(np.float32))
    for variable in ("INITIAL_MLIR", "FINAL_MLIR", "DUMP"):
        monkeypatch.setenv(f"TTLANG_{variable}", str(tmp_path / variable))
    monkeypatch.setenv("TTLANG_NUMERICS", mode)
    kernel(**options)(x, out)
    for variable in ("INITIAL_MLIR", "FINAL_MLIR", "DUMP"):
        monkeypatch.delenv(f"TTLANG_{variable}")
    monkeypatch.delenv("TTLANG_NUMERICS")

    stages = sorted((tmp_path / "DUMP" / "rounded").glob("*.mlir"))
    files = [tmp_path / "INITIAL_MLIR", tmp_path / "FINAL_MLIR", stages[0], stages[-1]]
    for file in files:
        ir = file.with_suffix(".mlir")
        ir.write_bytes(file.read_bytes())
        [result] = ran("run", "--json", "--numerics", mode, "--values", str(tmp_path / "values.npz"), str(ir))
        [written] = result["tensors"]
        assert (written["name"], written["shape"]) == ("out", [32, 64])
        assert written["sha256"] == hashlib.sha256(out.pages.tobytes()).hexdigest()


def ir_of(tmp_path: Path, form: str = "ttl") -> str:
    from ttlang.driver.compiler import print_ir

    x = tensor(np.ones((32, 64), np.float32))
    compiled = rounded.compile(x, x)
    path = tmp_path / f"{form}.mlir"
    path.write_text(print_ir(compiled.initial if form == "ttl" else compiled.module))
    return str(path)


@pytest.mark.parametrize("form", ["ttl", "ttkernel"])
def test_each_command_takes_it(form: str, ran: Ran, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = ir_of(tmp_path, form)
    [first], [again] = ran("run", "--json", path), ran("run", "--json", "--seed", "3", path)
    assert first == again
    [summary] = ran("check", "--json", path)
    assert (summary["kernels"], summary["errors"]) == (["rounded"], 0)
    for printed, text in (("cpp", "void kernel_main()"), ("runner", "def main()"), ("ttkernel", "ttkernel.program")):
        assert main(["compile", "--print", printed, path]) == 0
        assert text in capsys.readouterr().out
    assert main(["run", "--stats", path]) == 0
    assert "out: 32x64, bfloat16" in capsys.readouterr().out
    assert main(["export", "--values", path, "-o", str(tmp_path / "folder")]) == 0
    assert (tmp_path / "folder" / "run_kernel.py").is_file()
    assert (tmp_path / "folder" / "values" / "out.expected.bin").stat().st_size == 32 * 64 * 4


@pytest.mark.parametrize("stage", ["ttl", "ttkernel"])
def test_lines_as_zones(stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of either stage; a program that has them already has them once."""
    monkeypatch.delenv("TTLANG_AUTO_PROFILE", raising=False)
    command, printed = ["compile", "--print", "ttkernel", "--line-zones", "--locations"], tmp_path / "printed"
    assert main([*command, ir_of(tmp_path, stage), "-o", str(printed)]) == 0
    once = printed.read_text()
    assert once.count("ttkernel.signpost_begin") == once.count("ttkernel.signpost_end") > 0
    again = tmp_path / "again.mlir"
    again.write_text(once)
    assert main([*command, str(again), "-o", str(printed)]) == 0
    assert printed.read_text() == once


@pytest.mark.parametrize("printed", ["ttl", "plan"])
def test_what_a_program_does_not_tell(printed: str, ran: Ran, tmp_path: Path) -> None:
    assert main(["compile", "--print", printed, ir_of(tmp_path), "-o", str(tmp_path / "printed")]) == 0
    found = ran("compile", "--json", "--print", printed, ir_of(tmp_path, "ttkernel"), code=1)[-1]
    assert (found["code"], found["range"]["start"]["line"]) == ("TTL0232", 1)


def test_several_kernels(ran: Ran, tmp_path: Path) -> None:
    text = Path(ir_of(tmp_path)).read_text()
    other = text.replace("@rounded", "@other").split("\n", 1)[1].rsplit("}", 1)[0]
    both = tmp_path / "both.mlir"
    both.write_text(text.rstrip().removesuffix("}") + other + "}\n")
    assert [result["kernel"] for result in ran("run", "--json", str(both))] == ["rounded", "other"]
    assert ran("check", "--json", str(both))[-1]["kernels"] == ["rounded", "other"]
    # A mistake in one: the other is checked all the same.
    both.write_text(both.read_text().replace("ttl.cb_wait %x_cb", "ttl.cb_wait %out_cb", 1))
    *_, summary = ran("check", "--json", str(both), code=1)
    assert summary["kernels"] == ["other"]


WRONG = {
    "nothing": ("", "TTL0230"),
    "no kernel": ("builtin.module {\n}\n", "TTL0231"),
    "no IR": ("not IR\n", "TTL0230"),
    "no text": ("\udcff", "TTL0230"),
    "not verified": (MODULE.replace("[1, 1]", "[0, 1]"), "TTL0230"),
    "no body": (MODULE, "TTL0230"),
}


@pytest.mark.parametrize("command", ["run", "check", "compile"])
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_file(name: str, command: str, ran: Ran, tmp_path: Path) -> None:
    text, code = WRONG[name]
    path = tmp_path / "k.mlir"
    path.write_bytes(text.encode(errors="surrogateescape"))
    found = ran(command, "--json", str(path), code=1)
    assert found[0]["code"] == code


def test_a_symbol_of_nothing(ran: Ran, tmp_path: Path) -> None:
    path = Path(ir_of(tmp_path, "ttkernel"))
    path.write_text(path.read_text().replace("ttkernel.circular_buffer @x_cb", "ttkernel.circular_buffer @other"))
    for command in ("run", "check", "compile"):
        found = ran(command, "--json", str(path), code=1)[0]
        assert found["code"] == "TTL0230"
        assert "@x_cb is no tensor, buffer, semaphore or argument" in found["message"]


def test_a_kernel_on_its_way(ran: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_DUMP", str(tmp_path))
    x = tensor(np.ones((32, 64), np.float32))
    kernel()(x, tensor(np.ones((32, 64), np.float32)))
    monkeypatch.delenv("TTLANG_DUMP")
    stages = sorted((tmp_path / "rounded").glob("*.mlir"))
    first, end = (
        next(i for i, s in enumerate(stages) if name in s.stem)
        for name in ("ttl-insert-synchronization", "ttl-expand-threads")
    )
    assert end - first > 10
    for stage in stages[first:end]:
        assert ran("check", "--json", str(stage), code=1)[0]["code"] == "TTL0231", stage


def test_the_target_is_that_of_the_ir(ran: Ran, tmp_path: Path) -> None:
    for form in ("ttl", "ttkernel"):
        path = ir_of(tmp_path, form)
        assert ran("check", "--json", "--arch", "blackhole", path, code=1)[0]["code"] == "TTL0002"
        assert ran("check", "--json", "--arch", "wormhole_b0", path)[0]["errors"] == 0
    assert ran("check", "--json", "--metal-api", "0.69", ir_of(tmp_path, "ttkernel"), code=1)[0]["code"] == "TTL0002"
    assert ran("check", "--json", "--metal-api", "0.69", ir_of(tmp_path))[0]["errors"] == 0


def test_values_that_do_not_fit(ran: Ran, tmp_path: Path) -> None:
    path, values = ir_of(tmp_path), tmp_path / "values.npz"
    for arrays in ({"y": np.zeros(4)}, {"x": np.zeros(4)}, {"x": np.array([object()])}):
        np.savez(values, **arrays)
        assert ran("run", "--json", "--values", str(values), path, code=1)[0]["code"] == "TTL0205"
    values.write_text("no archive")
    assert ran("run", "--json", "--values", str(values), path, code=1)[0]["code"] == "TTL0205"
    for arguments in (["run", "--values", str(values), __file__], ["run", path, "more"], ["check", "--fix", path]):
        assert main(arguments) == 2


@pytest.mark.parametrize("on", [False, True])
def test_locations_on_request(on: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("INITIAL_MLIR", "FINAL_MLIR"):
        monkeypatch.setenv(f"TTLANG_{variable}", str(tmp_path / variable))
    monkeypatch.setenv("TTLANG_DEBUG_LOCATIONS", "1" if on else "0")
    x = tensor(np.ones((32, 64), np.float32))
    kernel().compile(x, x)
    for variable in ("INITIAL_MLIR", "FINAL_MLIR"):
        assert (Path(__file__).name in (tmp_path / variable).read_text()) is on
