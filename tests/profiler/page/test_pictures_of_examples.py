"""Pictures of kernels that are profiled: their times are those of the profile."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.profiler.page.profiled_examples import profiled
from ttlang.profiler.document import Kernel
from ttlang.profiler.page.html_page import page
from ttlang.profiler.speedscope import speedscope
from ttlang.profiler.table import BOUNDS
from ttlang.profiler.what_if import TIMINGS, UNITS
from ttlang.profiler.words import CAUSES, PARTS

NAMED = pytest.mark.parametrize("name", ["softmax", "core_pipeline"])


class _Data(HTMLParser):
    """The JSON in a page."""

    def __init__(self, text: str):
        super().__init__()
        self.text = ""
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = ("type", "application/json") in attrs

    def handle_data(self, data: str) -> None:
        self.text += data if self._inside else ""


@NAMED
def test_lanes_in_the_page_last_as_long_as_threads_work_and_wait(name: str) -> None:
    data: dict[str, Any] = json.loads(_Data(page(profiled(name))).text)
    (kernel,) = data["kernels"]
    for core in kernel["cores"]:
        lanes = [lane for lane in kernel["lanes"] if lane["core"] == core["core"] and lane["grain"] == 0]
        assert lanes
        worked = sum(end - start for lane in lanes for start, end, cause, _ in lane["intervals"] if cause == "work")
        waited = sum(end - start for lane in lanes for start, end, cause, _ in lane["intervals"] if cause != "work")
        assert worked == pytest.approx(sum(core["work"].values()))
        assert waited == pytest.approx(sum(core["waits"].values()))


@NAMED
def test_time_by_line_is_the_same_in_speedscope(name: str) -> None:
    profile = profiled(name)
    (kernel,) = profile.kernels
    made = speedscope(profile)
    opened: dict[int, float] = {}
    found = dict.fromkeys(range(len(made["shared"]["frames"])), 0.0)
    for each in made["profiles"]:
        for event in each["events"]:
            if event["type"] == "O":
                opened[event["frame"]] = event["at"]
            else:
                found[event["frame"]] += event["at"] - opened.pop(event["frame"])
    by_line = {
        (frame["file"], frame["line"]): found[number]
        for number, frame in enumerate(made["shared"]["frames"])
        if "file" in frame
    }
    assert by_line == pytest.approx(_times(kernel))


def _times(kernel: Kernel) -> dict[tuple[str, int], float]:
    """Of all lanes, by file and line, in nanoseconds."""
    found: dict[tuple[str, int], float] = {}
    for lane in kernel.lanes:
        for start, end, _, number in lane.intervals:
            if number >= 0:
                place = kernel.lines[number].file, kernel.lines[number].line
                found[place] = found.get(place, 0.0) + (end - start) * 1000 / kernel.megahertz
    return found


def test_each_name_of_a_profile_has_its_words() -> None:
    assert {*BOUNDS, *UNITS, *TIMINGS} <= PARTS.keys()
    kernels = [profiled(name).kernels[0] for name in ("softmax", "core_pipeline")]
    causes = {interval.cause for kernel in kernels for lane in kernel.lanes for interval in lane.intervals}
    assert {"work", "pages", "semaphore", "dst"} <= causes <= CAUSES.keys()
