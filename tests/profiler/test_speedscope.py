"""Profiles for speedscope: its format, and times that add up."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from tests.support.sample_profile import FILE, sample_profile
from ttlang.profiler.speedscope import speedscope


@pytest.mark.parametrize("megahertz", [1000, 1350])
def test_frames_nest_and_their_times_are_those_of_the_intervals(megahertz: float) -> None:
    profile = sample_profile(megahertz)
    made: dict[str, Any] = json.loads(json.dumps(speedscope(profile)))
    assert made["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    lanes = [(kernel, lane) for kernel in profile.kernels for lane in kernel.lanes]
    assert len(made["profiles"]) == len(lanes)
    frames = made["shared"]["frames"]
    for (kernel, lane), each in zip(lanes, made["profiles"], strict=True):
        assert (each["type"], each["unit"], each["startValue"]) == ("evented", "nanoseconds", 0)
        expected: defaultdict[str, float] = defaultdict(float)
        for interval in lane.intervals:
            name = kernel.lines[interval.line].text if interval.line >= 0 else ""
            expected[name] += (interval.end - interval.start) * 1000 / megahertz
        assert _times_of_lines(each, frames) == pytest.approx(dict(expected))


def _times_of_lines(profile: dict[str, Any], frames: list[dict[str, Any]]) -> dict[str, float]:
    """By their text; "" is what has no line. Checks that events nest, in the order of time."""
    opened: list[tuple[int, float]] = []
    found: defaultdict[str, float] = defaultdict(float)
    now = profile["startValue"]
    for event in profile["events"]:
        assert now <= event["at"] <= profile["endValue"]
        now = event["at"]
        if event["type"] == "O":
            opened.append((event["frame"], now))
            continue
        frame, start = opened.pop()
        assert frame == event["frame"]
        if not opened:
            found[frames[frame]["name"] if "file" in frames[frame] else ""] += now - start
    assert not opened
    return dict(found)


def test_a_line_stays_open_while_it_works_and_then_waits() -> None:
    made = speedscope(sample_profile())
    reader = made["profiles"][0]
    assert reader["name"] == "first, core 0,0: read"
    names = [made["shared"]["frames"][event["frame"]]["name"] for event in reader["events"]]
    kinds = [event["type"] for event in reader["events"]]
    line = "with x.reserve() as block:  # </script><b>"
    assert list(zip(kinds, names, strict=True))[:6] == [
        ("O", line),
        ("O", "works"),
        ("C", "works"),
        ("O", "waits for room"),
        ("C", "waits for room"),
        ("C", line),
    ]
    (frame,) = (each for each in made["shared"]["frames"] if each["name"] == line)
    assert (frame["file"], frame["line"]) == (FILE, 3)
