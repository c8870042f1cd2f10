"""Traces for Perfetto, read by the classes of its own package."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from tests.support.sample_profile import sample_profile
from ttlang.profiler.document import Profile
from ttlang.profiler.perfetto_trace import perfetto_trace
from ttlang.profiler.words import lane_name

trace_pb2: Any = pytest.importorskip(
    "perfetto.protos.perfetto.trace.perfetto_trace_pb2", reason="`make setup` installs it"
)


def _packets(profile: Profile) -> Any:
    trace = trace_pb2.Trace()
    trace.ParseFromString(perfetto_trace(profile))
    return trace.packet


def _tracks(packets: Any) -> dict[int, Any]:
    return {each.track_descriptor.uuid: each.track_descriptor for each in packets if each.HasField("track_descriptor")}


def _name(tracks: dict[int, Any], number: int) -> tuple[str, str]:
    """Of a thread, with its process."""
    return tracks[tracks[number].parent_uuid].process.process_name, tracks[number].thread.thread_name


@pytest.mark.parametrize("megahertz", [1000, 1350])
def test_slices_follow_each_other_and_last_as_long_as_the_intervals(megahertz: float) -> None:
    profile = sample_profile(megahertz)
    packets = _packets(profile)
    tracks = _tracks(packets)
    expected: dict[tuple[str, str], list[float]] = {}
    for kernel in profile.kernels:
        for lane in kernel.lanes:
            name = f"{kernel.kernel}, core {lane.core[0]},{lane.core[1]}", lane_name(lane.thread, lane.lane)
            expected[name] = [(each.end - each.start) * 1000 / megahertz for each in lane.intervals]
        path = kernel.critical_path.intervals
        name = f"{kernel.kernel}, critical path", "critical path"
        expected[name] = [(each.end - each.start) * 1000 / megahertz for each in path]
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    opened: dict[tuple[str, str], int] = {}
    ended: defaultdict[tuple[str, str], int] = defaultdict(int)
    for packet in packets:
        event = packet.track_event
        if event.type == trace_pb2.TrackEvent.TYPE_SLICE_BEGIN:
            name = _name(tracks, event.track_uuid)
            assert name not in opened
            assert packet.timestamp >= ended[name]
            opened[name] = packet.timestamp
        elif event.type == trace_pb2.TrackEvent.TYPE_SLICE_END:
            name = _name(tracks, event.track_uuid)
            found[name].append(packet.timestamp - opened.pop(name))
            ended[name] = packet.timestamp
    assert not opened
    assert found.keys() == expected.keys()
    for name, durations in found.items():
        # Both ends are rounded to whole nanoseconds.
        assert durations == pytest.approx(expected[name], abs=1)
        assert sum(durations) == pytest.approx(sum(expected[name]), abs=1 * len(durations))


def test_slices_name_their_line_and_buffers_are_counters() -> None:
    packets = _packets(sample_profile())
    tracks = _tracks(packets)
    begun = [each.track_event for each in packets if each.track_event.type == trace_pb2.TrackEvent.TYPE_SLICE_BEGIN]
    assert (begun[0].name, begun[1].name) == ("with x.reserve() as block:  # </script><b>", "waits for room")
    assert begun[1].source_location.line_number == 3
    assert list(begun[1].categories) == ["room"]
    fills: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for packet in packets:
        if packet.track_event.type == trace_pb2.TrackEvent.TYPE_COUNTER:
            fills[packet.track_event.track_uuid].append((packet.timestamp, packet.track_event.counter_value))
    assert [tracks[number].name for number in fills] == ["x: filled of 4 pages"] * 4
    starts = [0, 0, 1000, 1000]
    for start, steps in zip(starts, fills.values(), strict=True):
        assert steps == [(start + when, pages) for when, pages in ((0, 0), (200, 2), (400, 4), (800, 0))]
