"""What kernels in C++ print and assert, in the spellings of both generations of the kernel API."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import kernel, run, tensor
from ttlang.diagnostics import DiagnosticError

HEAD = '#include "api/dataflow/dataflow_api.h"\n#include "api/debug/dprint.h"\n#include "api/debug/assert.h"\n'


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs statements of a kernel, and returns what they print, without the heads of the lines."""
    device = ttnn.open_device(device_id=0)

    def run_statements(statements: str) -> list[str]:
        out = tensor(torch.zeros(32, 32), device)
        text = f"{HEAD}void kernel_main() {{ {statements} }}\n"
        run([out, out], [kernel(text, ttnn.ReaderConfigDescriptor())], [])
        return [line.partition(": ")[2] for line in capsys.readouterr().out.splitlines()]

    return run_statements


@pytest.mark.parametrize(
    ("statements", "printed"),
    [
        (r'DPRINT("hello\n");', ["hello"]),
        (r'DPRINT("{} and {}\n", 3, -7);', ["3 and -7"]),
        (r'DPRINT("|{:5}|{:2}|\n", -42, 12345);', ["|  -42|12345|"]),
        (r'DPRINT("{{}} {}\n", true ? CTSTR("True") : CTSTR("False"));', ["{} True"]),
        (r'DPRINT << "x = " << SETW(4) << 17 << " of " << 20u << ENDL();', ["x =   17 of 20"]),
        (r'DPRINT << "no end";', ["no end"]),
        (r"DPRINT << (int32_t)-2147483648 << ' ' << 4294967295u << ENDL();", ["-2147483648 4294967295"]),
        (r'DPRINT("a"); DPRINT("b\n");', ["ab"]),
        ("ASSERT(1 + 1 == 2);", []),
    ],
)
def test_prints(say: Any, statements: str, printed: list[str]):
    assert say(statements) == printed


def test_an_assertion_that_fails(say: Any):
    with pytest.raises(DiagnosticError) as found:
        say("ASSERT(get_absolute_logical_x() == 1);")
    assert found.value.diagnostics[0].code == "TTL0814"
