"""`check` judges kernels that nothing calls, with tensors as they are declared or were last."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttlang.driver import remembered_calls
from ttlang.engine.compiled_script import CompiledScript, try_cpp
from ttlang.engine.script import Script

MOVE = """
@ttl.operation(grid=(1, 1))
def move(x{x}, out{out}):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)
    @ttl.datamovement()
    def read():
        with x_dfb.reserve() as block:
            ttl.copy(x[0, {column}], block).wait()
    @ttl.compute()
    def compute(): pass
    @ttl.datamovement()
    def write():
        with x_dfb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()
"""
IMPORTS = "from ttlang import ttl, ttnn\n"
DECLARED = ": ttl.Tensor[(32, 64), ttl.bfloat16]"


def told(path: Path, text: str) -> list[tuple[str, str, int]]:
    """Code, severity and line of what `check` tells."""
    path.write_text(text)
    script = CompiledScript(Script(str(path), ()), try_cpp, judges_uncalled=True)
    script.run(lambda: 0)
    found = script.told_by_check()
    return sorted((each.code, each.severity.value, each.span.line if each.span else 0) for each in found)


def move(column: int, declared: str = DECLARED) -> str:
    return MOVE.format(x=declared, out=declared, column=column)


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize("imports", [IMPORTS, f"from __future__ import annotations\n{IMPORTS}"])
def test_declared_tensors_do(tmp_path: Path, imports: str) -> None:
    assert told(tmp_path / "right.py", imports + move(1)) == []
    text = imports + move(2)
    assert told(tmp_path / "wrong.py", text) == [("TTL0302", "error", line_of(text, "x[0, 2]"))]


def test_without_them_it_is_a_note(tmp_path: Path) -> None:
    assert told(tmp_path / "script.py", IMPORTS + move(2, "")) == [
        ("TTL0005", "note", 0),
        ("TTL0005", "note", 3),
    ]


def test_a_call_may_bring_other_tensors(tmp_path: Path) -> None:
    call = "ttnn.zeros((32, 128), layout=ttnn.TILE_LAYOUT, device=ttnn.open_device(device_id=0))"
    assert told(tmp_path / "script.py", f"{IMPORTS}{move(3)}\nmove({call}, {call})\n") == []


@pytest.mark.parametrize("imports", [IMPORTS, f"from __future__ import annotations\n{IMPORTS}"])
def test_a_wrong_declaration_of_a_kernel_that_is_called(tmp_path: Path, imports: str) -> None:
    call = "ttnn.zeros((32, 64), layout=ttnn.TILE_LAYOUT, device=ttnn.open_device(device_id=0))"
    text = f"{imports}{move(1, ': ttl.Tensor[(32, 0), ttl.bfloat16]')}\nmove({call}, {call})\n"
    assert told(tmp_path / "script.py", text) == [("TTL0214", "error", line_of(text, "def move"))]


def test_parts_of_a_declaration_that_contradict_each_other(tmp_path: Path) -> None:
    text = IMPORTS + move(1, ": ttl.Tensor[(32, 64), ttl.bfloat8_b, ttnn.ROW_MAJOR_LAYOUT]")
    assert told(tmp_path / "script.py", text) == [
        ("TTL0005", "note", 0),
        ("TTL0005", "note", 3),
        ("TTL0214", "error", line_of(text, "def move")),
    ]


def test_the_rest_of_a_script_that_fails_stays(tmp_path: Path) -> None:
    text = f"{IMPORTS}{move(2)}\nraise ValueError\n"
    assert {code for code, _, _ in told(tmp_path / "script.py", text)} == {"TTL0302", "TTL0006"}


def test_what_it_was_last_called_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    remembered_calls._forget.cache_clear()  # pyright: ignore[reportPrivateUsage]
    file = tmp_path / "kernels.py"
    call = "ttnn.zeros((32, 64), layout=ttnn.TILE_LAYOUT, device=ttnn.open_device(device_id=0))"
    assert told(file, f"{IMPORTS}{move(1, '')}\nmove({call}, {call})\n") == []
    assert told(file, IMPORTS + move(1, "")) == []
    text = IMPORTS + move(2, "")
    assert told(file, text) == [("TTL0302", "error", line_of(text, "x[0, 2]"))]
    other = tmp_path / "other.py"
    assert [code for code, _, _ in told(other, text)] == ["TTL0005", "TTL0005"]
