"""What is told of a document behind its compile tier."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.captured_calls import captured_calls
from ttlang.engine.later_tiers import run_later_tiers, with_data
from ttlang.engine.protocol import Event, Facts, Findings
from ttlang.engine.sanitizer.counters import find_by_counters
from ttlang.settings import variables as env
from ttlang.tables.chips import CHIPS

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_nothing_is_found_in_an_example_and_nothing_left_out(path: Path, chip: str) -> None:
    with env.given({env.ARCH: chip}):
        calls = captured_calls(path)
        counted = [find_by_counters(call) for call in calls]
        assert [found for each in counted for found in each.tier.findings] == []
        assert with_data(calls, counted) == []


def test_the_order(tmp_path: Path) -> None:
    """The sanitizer is told before the clock runs, and cycles before what lines would gain."""
    told: list[Event] = []
    run_later_tiers("file:///add.py", 3, captured_calls(EXAMPLES[0]), told.append)
    first, second, *rest = told
    assert first == Findings("file:///add.py", 3, "counters", [])
    assert second == Findings("file:///add.py", 3, "data", [])
    facts = [each.kernels[0] for each in rest if isinstance(each, Facts)]
    assert len(facts) == len(rest) == 2
    assert all(each["costs"]["cycles"] > 0 for each in facts)
    gains = [[line.get("gain") for line in each["costs"]["lines"]] for each in facts]
    assert not any(gains[0])
    assert any(gains[1])
