"""
Storms through the real server, short ones. `benchmarks/editor/storm.py` has long ones, over all examples.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.support import storms
from tests.support.storms import EXAMPLES, Storm

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at in /proc")]


def found_in(folder: Path, play: Callable[[Storm], Awaitable[None]], seed: int = 0) -> storms.Outcome:
    """What a storm has found."""

    async def played() -> storms.Outcome:
        async with storms.storm(folder, seed) as storm:
            await play(storm)
        return storm.outcome

    outcome = asyncio.run(asyncio.wait_for(played(), 540))
    assert outcome.wrong == []
    return outcome


def test_random_edits_end_in_what_a_fresh_check_says(tmp_path: Path) -> None:
    outcome = found_in(tmp_path, lambda storm: storms.edits(storm, 60, 12))
    assert outcome.compared >= 5
    assert outcome.memory


def test_an_example_is_typed_from_its_first_character_to_its_last(tmp_path: Path) -> None:
    (example,) = [path for path in EXAMPLES if path.stem == "add"]
    outcome = found_in(tmp_path, lambda storm: storms.prefixes(storm, 23, 12, [example]))
    assert outcome.edits > len(example.read_text()) // 23


def test_scripts_that_no_server_likes(tmp_path: Path) -> None:
    found_in(tmp_path, lambda storm: storms.worst(storm, ("endless", "exits", "binary", "long", "closes"), 20))


def test_processes_that_die_at_random_are_replaced(tmp_path: Path) -> None:
    found_in(tmp_path, lambda storm: storms.killed(storm, 5))
