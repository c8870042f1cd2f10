"""The second tier runs calls with data, and says what a run would say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.sanitizer.scripts import HEAD
from tests.support.captured_calls import captured_calls
from ttlang.diagnostics import Diagnostic
from ttlang.engine.later_tiers import with_data
from ttlang.engine.sanitizer import data
from ttlang.engine.sanitizer.counters import find_by_counters

COPY = """
@ttl.operation(grid=({columns}, 1))
def move(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)
    @ttl.datamovement()
    def read():
        column, row = ttl.node()
        with x_dfb.reserve() as block:
            ttl.copy(x[0, column], block).wait()
    @ttl.compute()
    def compute(): pass
    @ttl.datamovement()
    def write():
        column, row = ttl.node()
        with x_dfb.wait() as block:
            ttl.copy(block, out[0, {target}]).wait()
"""


def found_in(path: Path, text: str | None = None) -> list[Diagnostic]:
    calls = captured_calls(path, text)
    return with_data(calls, [find_by_counters(call) for call in calls])


def test_two_cores_write_one_place(tmp_path: Path) -> None:
    text = HEAD + COPY.format(columns=2, target="0") + "move(ttnn.rand((32, 64), device), tensor(32, 32))\n"
    (found,) = found_in(tmp_path / "script.py", text)
    assert found.code == "TTL0810"
    assert found.span is not None
    assert text.splitlines()[found.span.line - 1].strip() == "ttl.copy(block, out[0, 0]).wait()"


def test_each_core_writes_its_own(tmp_path: Path) -> None:
    text = HEAD + COPY.format(columns=2, target="column") + "move(ttnn.rand((32, 64), device), tensor(32, 64))\n"
    assert found_in(tmp_path / "script.py", text) == []


GATHER = """
@ttl.operation(grid=(1, 1))
def gather(index, x, out):
    index_dfb = ttl.make_dataflow_buffer_like(index, shape=(1, 32), block_count=2)
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)
    @ttl.datamovement()
    def read():
        with index_dfb.reserve() as block:
            ttl.copy(index[0:1, 0:32], block).wait()
            place = ttl.read_index(block, 0, 0)
        with x_dfb.reserve() as tile:
            ttl.copy(x[0, place], tile).wait()
    @ttl.compute()
    def compute(): pass
    @ttl.datamovement()
    def write():
        with x_dfb.wait() as tile:
            ttl.copy(tile, out[0, 0]).wait()
"""


@pytest.mark.parametrize(("index", "code"), [(1, None), (7, "TTL0807")])
def test_an_index_from_memory_that_lies_outside(tmp_path: Path, index: int, code: str | None) -> None:
    places = f"ttnn.full((1, 32), {index}, dtype=ttnn.int32, layout=ttnn.ROW_MAJOR_LAYOUT, device=device)"
    text = f"{HEAD}{GATHER}gather({places}, tensor(32, 64), tensor(32, 32))\n"
    assert [found.code for found in found_in(tmp_path / "script.py", text)] == ([code] if code else [])


def test_an_index_that_a_kernel_has_computed(tmp_path: Path) -> None:
    """Calls run one after the other: the second finds what the first has written."""
    one = "ttnn.full((1, 32), 7, dtype=ttnn.int32, layout=ttnn.ROW_MAJOR_LAYOUT, device=device)"
    text = f"{HEAD}{GATHER}{ROWS}index = {one}\nother = ttnn.zeros_like(index)\nrows(index, other)\n"
    text += "gather(other, tensor(32, 64), tensor(32, 32))\n"
    assert [found.code for found in found_in(tmp_path / "script.py", text)] == ["TTL0807"]


ROWS = """
@ttl.operation(grid=(1, 1))
def rows(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 32), block_count=2)
    @ttl.datamovement()
    def read():
        with x_dfb.reserve() as block:
            ttl.copy(x[0:1, 0:32], block).wait()
    @ttl.compute()
    def compute(): pass
    @ttl.datamovement()
    def write():
        with x_dfb.wait() as block:
            ttl.copy(block, out[0:1, 0:32]).wait()
"""


def test_what_nobody_knows_is_left_out(tmp_path: Path) -> None:
    """Of an index that host operations have made of what a kernel would have computed."""
    one = "ttnn.full((1, 32), 1, dtype=ttnn.int32, layout=ttnn.ROW_MAJOR_LAYOUT, device=device)"
    text = f"{HEAD}{GATHER}{ROWS}index = {one}\nother = ttnn.zeros_like(index)\nrows(index, other)\n"
    text += "gather(other + other, tensor(32, 64), tensor(32, 32))\n"
    (found,) = found_in(tmp_path / "script.py", text)
    assert (found.code, found.severity.value) == ("TTL0822", "note")


def test_a_call_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD + COPY.format(columns=2, target="0") + "move(ttnn.rand((32, 64), device), tensor(32, 32))\n"
    monkeypatch.setattr(data, "MOST_CALLS", 3)
    (found,) = found_in(tmp_path / "script.py", text)
    assert (found.code, found.severity.value) == ("TTL0822", "note")
    assert found.span is not None


def test_the_tensors_of_the_call_keep_their_values(tmp_path: Path) -> None:
    (call,) = captured_calls(
        tmp_path / "script.py",
        HEAD + COPY.format(columns=2, target="column") + "move(ttnn.rand((32, 64), device), tensor(32, 64))\n",
    )
    with_data([call], [find_by_counters(call)])
    memory = call.tensors[1].memory
    assert memory is not None
    assert not memory.pages.any()
