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
    outcome = found_in(tmp_path, lambda storm: storms.edits(storm, 36, 12))
    assert outcome.compared >= 3
    assert outcome.memory


def test_an_example_is_typed_from_its_first_character_to_its_last(tmp_path: Path) -> None:
    (example,) = [path for path in EXAMPLES if path.stem == "add"]
    outcome = found_in(tmp_path, lambda storm: storms.prefixes(storm, 41, 12, [example]))
    assert outcome.edits > len(example.read_text()) // 41


def test_scripts_that_no_server_likes(tmp_path: Path) -> None:
    found_in(tmp_path, lambda storm: storms.worst(storm, ("exits", "binary", "long", "closes"), 8))


def test_processes_that_die_at_random_are_replaced(tmp_path: Path) -> None:
    found_in(tmp_path, lambda storm: storms.killed(storm, 3))
