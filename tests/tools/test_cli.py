"""The commands, as a user meets them: in processes of their own where what they load matters, else in this one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ttlang.tools.cli import main

SCRIPT = """
import ttnn
import ttl

@ttl.kernel(grid=(1, 1))
def double(x, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        with x_cb.wait() as xv, out_cb.reserve() as o:
            o.store({expression})

    @ttl.datamovement()
    def read():
        with x_cb.reserve() as block:
            ttl.copy(x[0, 0], block).wait()

    @ttl.datamovement()
    def write():
        with out_cb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()

device = ttnn.open_device(device_id=0)
x = ttnn.full((32, 32), 3.0, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
out = ttnn.zeros((32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
double(x, out)
value = float(ttnn.to_torch(out)[5, 7])
print("value", value)
assert value == {value}
"""


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., str]:
    def write(expression: str = "xv * 2", value: float = 6.0) -> str:
        path = tmp_path / "script.py"
        path.write_text(SCRIPT.format(expression=expression, value=value))
        return str(path)

    return write


def test_run_gives_scripts_a_ttnn(script: Callable[..., str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "ttlang.tools.cli", "run", script()], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "value 6.0\n", "")


@pytest.mark.parametrize("arguments", [["--numerics", "fast"], ["--seed", "3"], ["--arch", "blackhole"]])
def test_run_takes_settings(
    script: Callable[..., str],
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("TTLANG_NUMERICS", "TTLANG_SEED", "TTLANG_ARCH"):
        monkeypatch.setenv(name, "")
    assert main(["run", *arguments, script()]) == 0
    assert capsys.readouterr().out == "value 6.0\n"


@pytest.mark.parametrize("form", ["table", "json"])
def test_run_counts(
    script: Callable[..., str], form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTLANG_STATS", "")
    assert main(["run", "--stats", *(["--json"] if form == "json" else []), script()]) == 0
    counts, value = capsys.readouterr().out.rstrip().rsplit("\n", 1)
    assert value == "value 6.0"
    if form == "json":
        assert json.loads(counts)["total"]["packs"] == 1
    else:
        assert counts.startswith("double on 1 core\n")


def test_run_reports_a_failing_script(script: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", script(value=7.0)]) == 3
    printed = capsys.readouterr().err
    assert "AssertionError" in printed
    assert "cli.py" not in printed


def test_run_reports_a_bad_kernel(script: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", script("xv + nothing")]) == 1
    printed = capsys.readouterr().err
    assert "script.py:13:26: error[TTL0103]: nothing is not defined" in printed
    assert "              o.store(xv + nothing)\n                           ^^^^^^^" in printed


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("cpp", "void kernel_main() {"),
        ("ttl", "ttl.kernel @double"),
        ("plan", "double on 1x1 cores of Wormhole B0; 8 tiles of 16 bits in a DST section"),
        ("ttkernel", "ttkernel.program @double"),
        ("runner", "ttnn.generic_op("),
    ],
)
def test_compile_prints(script: Callable[..., str], form: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "--print", form, script()]) == 0
    printed = capsys.readouterr()
    assert text in printed.out
    assert "note[TTL0004]: " in printed.err, "nothing ran, so the script ends where it would check its result"


def test_compile_for_another_generation(
    script: Callable[..., str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTLANG_METAL_API", "")
    main(["compile", "--metal-api", "0.69", script()])
    assert "copy_tile_init(x_cb);" in capsys.readouterr().out
    monkeypatch.setenv("TTLANG_METAL_API", "")
    main(["compile", script()])
    assert "copy_init(x_cb);" in capsys.readouterr().out


def test_compile_only_the_named_kernel(script: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "--kernel", "other", script()]) == 0
    assert "kernel_main" not in capsys.readouterr().out


def test_check_is_silent_about_good_kernels(script: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", script()]) == 0
    assert capsys.readouterr().out.endswith("no errors in double\n")


def test_check_prints_json_lines(script: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    path = script("xv + nothing")
    assert main(["check", "--json", path]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    finding, note, end = map(json.loads, lines)
    assert (finding["code"], finding["severity"], finding["file"]) == ("TTL0103", 1, path)
    assert finding["range"] == {"start": {"line": 12, "character": 25}, "end": {"line": 12, "character": 32}}
    assert (note["code"], note["severity"]) == ("TTL0004", 3)
    counts = {"errors": 1, "warnings": 0, "notes": 1}
    assert end == {"schema": 1, "kind": "summary", "command": "check", "kernels": [], **counts}


def test_a_script_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "nowhere.py"]) == 2
    assert "nowhere.py is not a file" in capsys.readouterr().err


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "ttl0504"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("TTL0504: release or use of a block with a transfer in flight\n\n# ")
    assert "```diff\n" in printed
    assert main(["explain", "all"]) == 0
    assert "\nTTL0504: release or use of a block" in capsys.readouterr().out
    assert main(["explain", "TTL9999"]) == 2


@pytest.mark.parametrize("side", ["wrong", "right"])
def test_explain_prints_a_script(side: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", f"--{side}", "TTL0504-released-before-wait"]) == 0
    printed = capsys.readouterr().out
    compile(printed, "kernel.py", "exec")
    assert ("block).wait()\n\n    @ttl.datamovement()\n    def write" in printed) == (side == "right")


@pytest.mark.parametrize("tool", ["ttlang-opt", "xdsl-opt"])
def test_both_drivers_know_our_dialects_and_passes(tool: str, tmp_path: Path) -> None:
    path = tmp_path / "k.mlir"
    cb = '%x = ttl.create_cb "x" {buffer_index = 0, address = 64} : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>'
    path.write_text(f'ttl.kernel @k grid [1, 1] on "blackhole" {{\n{cb}\n}}\n')
    command = [str(Path(sys.executable).parent / tool), str(path), "-p", "ttl-set-compute-config,ttl-expand-threads"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert 'ttkernel.program @k grid [1, 1] on "blackhole" {' in printed
