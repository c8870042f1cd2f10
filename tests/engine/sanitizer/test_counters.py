"""The first tier says of a call what a run would, without its data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.engine.sanitizer.scripts import HEAD
from tests.support.captured_calls import captured_calls
from ttlang.diagnostics import Diagnostic
from ttlang.engine.sanitizer.counters import CountersResult, find_by_counters

ROUNDS = (
    HEAD
    + """
@ttl.operation(grid=(1, 1))
def rounds(x, out, count: ttl.RuntimeInt):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)
    @ttl.datamovement()
    def read():
        for i in range(count):
            with x_dfb.reserve() as block:
                ttl.copy(x[0, 0], block).wait()
    @ttl.compute()
    def compute(): pass
    @ttl.datamovement()
    def write():
        for i in range(4):
            with x_dfb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()
"""
)


def results(tmp_path: Path, text: str, *, most_calls: int = 60_000) -> list[CountersResult]:
    return [find_by_counters(call, most_calls) for call in captured_calls(tmp_path / "script.py", text)]


def findings(results: Sequence[CountersResult]) -> list[Diagnostic]:
    return [found for each in results for found in each.tier.findings]


def test_a_deadlock_that_depends_on_a_number_of_the_call(tmp_path: Path) -> None:
    text = f"{ROUNDS}\nrounds(tensor(32, 32), tensor(32, 32), 3)\n"
    (found,) = findings(results(tmp_path, text))
    assert found.code == "TTL0801"
    assert found.span is not None
    assert text.splitlines()[found.span.line - 1].strip() == "with x_dfb.wait() as block:"
    assert "needs 1 filled page, 0 are" in found.message or any("0 are" in each.message for each in found.related)


def test_a_number_that_is_right(tmp_path: Path) -> None:
    (result,) = results(tmp_path, f"{ROUNDS}\nrounds(tensor(32, 32), tensor(32, 32), 4)\n")
    assert result.tier.findings == ()
    assert result.recorded is not None


def test_it_gives_up_behind_a_number_of_calls(tmp_path: Path) -> None:
    (result,) = results(tmp_path, f"{ROUNDS}\nrounds(tensor(32, 32), tensor(32, 32), 4)\n", most_calls=10)
    assert result.tier.left_out == "its threads make more than 10 calls"
    assert result.recorded is None


@pytest.mark.parametrize("name", ["embedding", "paged_kv_cache"])
def test_it_says_who_needs_data(name: str) -> None:
    example = Path(__file__).parents[3] / "examples" / f"{name}.py"
    assert all(find_by_counters(call).needs_data for call in captured_calls(example))
