"""A profile in the file format of speedscope (https://www.speedscope.app): a profile of it for each lane of a core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ttlang import __version__
from ttlang.profiler.document import Interval, Kernel, Lane, Profile
from ttlang.profiler.words import CAUSES, lane_name

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def speedscope(profile: Profile) -> dict[str, Any]:
    """For `json.dumps`. Times are in nanoseconds; in a line's frame stands what is done with its time."""
    frames = _Frames()
    lanes = [(kernel, lane) for kernel in profile.kernels for lane in kernel.lanes]
    profiles = [_lane(kernel, lane, frames) for kernel, lane in lanes]
    return {
        "$schema": _SCHEMA,
        "shared": {"frames": frames.found},
        "profiles": profiles,
        "name": profile.script,
        "activeProfileIndex": 0,
        "exporter": f"ttlang {__version__}",
    }


class _Frames:
    """All frames, each once."""

    def __init__(self) -> None:
        self.found: list[dict[str, str | int]] = []
        self._places: dict[tuple[str | int, ...], int] = {}

    def place(self, name: str, file: str = "", line: int = 0) -> int:
        key = name, file, line
        if key not in self._places:
            self._places[key] = len(self.found)
            self.found.append({"name": name} | ({"file": file, "line": line} if file else {}))
        return self._places[key]

    def of(self, kernel: Kernel, interval: Interval) -> tuple[int, ...]:
        """The line, where it is known, and what is done."""
        cause = self.place(CAUSES[interval.cause])
        if interval.line < 0:
            return (cause,)
        line = kernel.lines[interval.line]
        return self.place(line.text or f"{line.thread}, line {line.line}", line.file, line.line), cause


def _lane(kernel: Kernel, lane: Lane, frames: _Frames) -> dict[str, Any]:
    x, y = lane.core
    return {
        "type": "evented",
        "name": f"{kernel.kernel}, core {x},{y}: {lane_name(lane.thread, lane.lane)}",
        "unit": "nanoseconds",
        "startValue": 0,
        "endValue": kernel.cycles * 1000 / kernel.megahertz,
        "events": list(_events(kernel, lane, frames)),
    }


def _events(kernel: Kernel, lane: Lane, frames: _Frames) -> Iterator[dict[str, Any]]:
    """A line's frame stays open from one interval to the next if nothing lies between them."""
    nanoseconds = 1000 / kernel.megahertz
    opened: tuple[int, ...] = ()
    end = 0.0

    def close(down_to: int) -> Iterator[dict[str, Any]]:
        return ({"type": "C", "frame": frame, "at": end} for frame in reversed(opened[down_to:]))

    for interval in lane.intervals:
        wanted, start = frames.of(kernel, interval), interval.start * nanoseconds
        common = 1 if opened and start == end and opened[0] == wanted[0] and len(wanted) > 1 else 0
        yield from close(common)
        yield from ({"type": "O", "frame": frame, "at": start} for frame in wanted[common:])
        opened, end = wanted, interval.end * nanoseconds
    yield from close(0)
