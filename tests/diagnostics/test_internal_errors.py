"""Errors of ttlang itself: they name the part that failed, and write one file that fails again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.expression_kernels import elementwise_source
from ttlang import ttnn
from ttlang.diagnostics import Diagnostic, DiagnosticError
from ttlang.tools.cli import main
from ttlang.tools.opt import TTLangOptMain


def breaks(*_: Any, **__: Any) -> Any:
    raise KeyError("a bug")


@pytest.fixture
def call(elementwise: Callable[..., Any]) -> Callable[[], Diagnostic]:
    """Calls a kernel, and returns the one diagnostic that comes out."""

    def run() -> Diagnostic:
        kernel = elementwise("x * 2")
        device = ttnn.open_device(device_id=0)
        x, out = (ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
        with pytest.raises(DiagnosticError) as caught:
            kernel(x, out)
        (found,) = caught.value.diagnostics
        assert found.code == "TTL0001"
        return found

    return run


def reproducer(found: Diagnostic) -> tuple[str, list[str]]:
    """The text of the file, and the command."""
    path, command = re.search(r"please report it with (\S+);.*\n    (.*)", found.hint or "").groups()
    text = Path(path).read_text()
    assert text.splitlines()[0][2:].strip() == command
    return text, shlex.split(command)


@pytest.mark.parametrize("name", ["ttl_validate.TTLValidatePass", "ttl_lower_compute.TTLLowerComputePass"])
@pytest.mark.parametrize("verify", ["0", "1"])
def test_a_pass(call: Callable[[], Diagnostic], name: str, verify: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_VERIFY", verify)
    monkeypatch.setattr(f"ttlang.transforms.{name}.apply", breaks)
    found = call()
    pass_name = name.split(".")[0].replace("_", "-")
    assert found.message == f"{pass_name} failed on kernel: KeyError: 'a bug'"
    text, (program, *arguments) = reproducer(found)
    assert program == "ttlang-opt"
    assert text.count("ttl.kernel @kernel") == 1
    assert 'raise KeyError("a bug")' in text
    with pytest.raises(DiagnosticError, match="a bug") as again:
        TTLangOptMain(arguments).run()
    assert isinstance(again.value.__cause__, KeyError)
    monkeypatch.undo()
    TTLangOptMain(arguments).run()


def test_what_a_pass_has_spoilt(call: Callable[[], Diagnostic], monkeypatch: pytest.MonkeyPatch) -> None:
    """The file holds the kernel as it was before the pass, not what it left behind."""
    from ttlang.transforms.ttl_form_compute import TTLFormComputePass

    def spoil(self: Any, ctx: Any, module: Any) -> None:
        for op in list(module.body.block.ops):
            op.detach()
        raise RuntimeError("nothing left")

    monkeypatch.setattr(TTLFormComputePass, "apply", spoil)
    text, _ = reproducer(call())
    assert "ttl.kernel @kernel" in text
    assert "ttl.store" in text


@pytest.mark.parametrize(
    ("what", "part"),
    [
        ("ttlang.frontend.elaboration.kernel_to_ttl.build_module", "the front end"),
        ("ttlang.backends.simulator.generated_program.generate_kernel", "the simulator"),
        ("ttlang.machine.simulation.Scheduler.run", "the simulator"),
    ],
)
def test_other_parts(call: Callable[[], Diagnostic], what: str, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what, breaks)
    found = call()
    assert found.message == f"{part} failed on kernel: KeyError: 'a bug'"
    text, _ = reproducer(found)
    assert ("ttkernel.program @kernel" if part == "the simulator" else "def kernel(x_in, out):") in text


def test_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("ttlang.backends.cpp.printer.print_program", breaks)
    script = tmp_path / "kernel.py"
    script.write_text(
        elementwise_source("x * 2")
        + "from ttlang import ttnn\ndevice = ttnn.open_device(device_id=0)\n"
        + "kernel(*(ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2)))\n"
    )
    assert main(["check", str(script)]) == 4
    assert "the C++ printer failed on kernel" in capsys.readouterr().err
