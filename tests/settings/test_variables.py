"""The environment: read and checked together, and kept with what was compiled."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.one_tile_kernels import one_tile_kernel
from ttlang.diagnostics import DiagnosticError, TTLangWarning
from ttlang.host import TILE_LAYOUT, from_numpy, open_device, to_numpy, zeros
from ttlang.settings import variables
from ttlang.tables.dtypes import BF16
from ttlang.tools.cli import main

TEXT = "from ttlang import ttl, ttnn\n\n" + one_tile_kernel("xv + 1")
CALL = """
device = ttnn.open_device(device_id=0)
x, out = (ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
kernel(x, out)
print("result", ttnn.to_torch(out)[0, 0].item())
"""


@pytest.fixture
def kernel(load: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in [name for name in os.environ if name.startswith("TTLANG_") and name != "TTLANG_CACHE"]:
        monkeypatch.delenv(name)
    return load(TEXT).kernel


def tensors() -> list[Any]:
    device = open_device(device_id=0)
    return [
        from_numpy(np.ones((32, 32), np.float32), dtype=BF16, layout=TILE_LAYOUT, device=device),
        zeros((32, 32), dtype=BF16, layout=TILE_LAYOUT, device=device),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEED", "abc"),
        ("SEED", "1.5"),
        ("STATS", "xml"),
        ("NUMERICS", "exact"),
        ("ARCH", "grayskull"),
        ("METAL_API", "0.5"),
        ("COMPILE_ONLY", "maybe"),
        ("VERIFY", "2"),
        ("VERBOSE_ERRORS", "-"),
        ("EMIT_RUNNER", "{file}"),
        ("DUMP", "{file}"),
        ("HEADERS", "{file}"),
        ("INITIAL_MLIR", "{folder}"),
        ("FINAL_MLIR", "{folder}"),
    ],
)
def test_wrong_values(name: str, value: str, kernel: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv(f"TTLANG_{name}", value.format(file=file, folder=tmp_path))
    with pytest.raises(DiagnosticError) as raised:
        kernel(*tensors())
    (found,) = raised.value.diagnostics
    assert found.code == "TTL0009"
    assert f"TTLANG_{name}" in found.message


def test_all_wrong_values_are_said_at_once(kernel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_SEED", "abc")
    monkeypatch.setenv("TTLANG_STATS", "xml")
    with pytest.raises(DiagnosticError) as raised:
        variables.SEED.get()
    assert len(raised.value.diagnostics) == 2


@pytest.mark.parametrize("name", ["DUMP", "INITIAL_MLIR", "FINAL_MLIR", "EMIT_RUNNER"])
def test_what_cannot_be_written(name: str, kernel: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also for a user who may write everywhere: a file has no files in it."""
    (tmp_path / "file").touch()
    monkeypatch.setenv(f"TTLANG_{name}", str(tmp_path / "file" / "inside"))
    with pytest.raises(DiagnosticError) as raised:
        kernel(*tensors())
    (found,) = raised.value.diagnostics
    assert found.code == "TTL0009"
    assert f"TTLANG_{name}" in found.message


@pytest.mark.parametrize("value", ["0", "false", "No", "off", "", " "])
def test_a_no_is_no(value: str, kernel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COMPILE_ONLY", "EMIT_RUNNER", "STATS", "VERIFY"):
        monkeypatch.setenv(f"TTLANG_{name}", value)
    x, out = tensors()
    kernel(x, out)
    assert to_numpy(out)[0, 0] == 2


@pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
def test_a_yes_is_yes(value: str, kernel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_COMPILE_ONLY", value)
    x, out = tensors()
    kernel(x, out)
    with pytest.raises(DiagnosticError, match="TTL0004"):
        to_numpy(out)


@pytest.mark.parametrize("name", ["TTLANG_NUMERIC", "ttlang_numerics", "TTLang_Numerics"])
def test_a_name_that_is_not_known_is_warned_of_once(name: str, kernel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variables, "_warned", set())
    monkeypatch.setenv(name, "chip")
    with pytest.warns(TTLangWarning, match=f"{name} is no(.|\n)*TTLANG_NUMERICS"):
        kernel(*tensors())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kernel(*tensors())


@pytest.mark.parametrize("name", variables.OF_OTHER_COMPILERS)
def test_what_stands_in_place_of_another_compilers_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variables, "_warned", set[str]())
    monkeypatch.setenv(name, "1")
    with pytest.warns(TTLangWarning, match=re.escape(variables.OF_OTHER_COMPILERS[name])):
        variables.check_environment()


def test_a_kernel_keeps_what_it_was_compiled_for(kernel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tensors()
    monkeypatch.setenv("TTLANG_METAL_API", "0.69")
    monkeypatch.setenv("TTLANG_ARCH", "wormhole")
    old = kernel.compile(*given)
    text = old.cpp()["compute"]
    monkeypatch.setenv("TTLANG_METAL_API", "0.81")
    monkeypatch.setenv("TTLANG_ARCH", "blackhole")
    assert old.cpp()["compute"] == text
    assert "0.69" in text.splitlines()[0]
    assert (old.options.arch, old.options.metal_api) == ("wormhole_b0", "0.69")
    assert (old.target.chip.name, old.target.generation.name) == ("wormhole_b0", "0.69")
    new = kernel.compile(*given)
    assert (new.target.chip.name, new.target.generation.name) == ("blackhole", "0.81")
    monkeypatch.setenv("TTLANG_METAL_API", "0.69")
    monkeypatch.setenv("TTLANG_ARCH", "wormhole_b0")
    assert kernel.compile(*given) is old


def test_the_environment_may_be_set_after_the_import(kernel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernel.compile(*tensors()).target.generation.name == "0.81"
    monkeypatch.setenv("TTLANG_METAL_API", "0.69")
    assert kernel.compile(*tensors()).target.generation.name == "0.69"
    assert kernel.compile(*tensors(), metal_api="0.81").target.generation.name == "0.81"


def test_commands_set_no_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TTLANG_ARCH", raising=False)
    monkeypatch.setenv("TTLANG_METAL_API", "0.81")
    script = tmp_path / "script.py"
    script.write_text(TEXT + CALL)
    before = dict(os.environ)
    assert main(["compile", "--arch", "blackhole", "--metal-api", "0.69", "--print", "ttkernel", str(script)]) == 0
    printed = capfd.readouterr().out
    assert "blackhole" in printed
    assert "0.69" in printed
    assert dict(os.environ) == before
    assert variables.METAL_API.get() == "0.81"


def test_a_command_says_what_is_wrong_with_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.py"
    script.write_text("print('run')")
    monkeypatch.setenv("TTLANG_SEED", "abc")
    assert main(["run", str(script)]) == 2
    printed = capfd.readouterr()
    assert "error[TTL0009]: TTLANG_SEED is 'abc'" in printed.err
    assert not printed.out
    assert main(["run", "--seed", "3", str(script)]) == 0, "the argument stands in its place"
    assert main(["explain", "TTL0009"]) == 0


def test_another_table_of_the_environment_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"TTLANG_SEED": "7"})
    assert variables.SEED.get() == "7"


def test_a_script_of_its_own_says_it_too(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(TEXT + CALL)
    environment = {**os.environ, "TTLANG_SEED": "abc"}
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "TTL0009" in done.stderr
    assert "TTL0001" not in done.stderr
