"""
A profile as a trace for Perfetto (https://ui.perfetto.dev), in its own protobuf: a process for each core of a kernel
with a thread for each of its lanes, and a counter for each of its buffers. Kernels follow each other.

It needs the package `perfetto`, which the extra `trace` installs.
"""

from __future__ import annotations

from importlib import import_module
from itertools import count
from typing import Any

from ttlang.profiler.document import BufferFill, Interval, Kernel, Lane, Profile
from ttlang.profiler.words import CAUSES, lane_name

_SEQUENCE = 1
"""All packets come from one writer."""


def perfetto_trace(profile: Profile) -> bytes:
    """The trace; its times are whole nanoseconds. Raises ModuleNotFoundError without the package."""
    trace = _Trace()
    start = 0.0
    for kernel in profile.kernels:
        trace.add(kernel, start)
        start += kernel.cycles * 1000 / kernel.megahertz
    return trace.builder.serialize()


class _Trace:
    """The packets so far."""

    def __init__(self) -> None:
        # The package says nothing of its types.
        self.builder: Any = import_module("perfetto.trace_builder.proto_builder").TraceProtoBuilder()
        events: Any = import_module("perfetto.protos.perfetto.trace.perfetto_trace_pb2").TrackEvent
        self._begin, self._end, self._counter = (
            events.TYPE_SLICE_BEGIN,
            events.TYPE_SLICE_END,
            events.TYPE_COUNTER,
        )
        self._tracks = count(1)

    def add(self, kernel: Kernel, start: float) -> None:
        """A kernel that starts at a time, in nanoseconds."""
        processes: dict[tuple[int, int], int] = {}
        for lane in kernel.lanes:
            if lane.core not in processes:
                processes[lane.core] = self._process(kernel, lane.core)
            self._lane(kernel, lane, processes[lane.core], start)
        for fill in kernel.fills:
            if fill.core in processes:
                self._fill(kernel, fill, processes[fill.core], start)
        self._path(kernel, start)

    def _track(self) -> Any:
        """The descriptor of a new one; its number serves as that of its process or thread, too."""
        descriptor = self.builder.add_packet().track_descriptor
        descriptor.uuid = next(self._tracks)
        return descriptor

    def _process(self, kernel: Kernel, core: tuple[int, int]) -> int:
        track = self._track()
        track.process.pid = track.uuid
        track.process.process_name = f"{kernel.kernel}, core {core[0]},{core[1]}"
        return track.uuid

    def _path(self, kernel: Kernel, start: float) -> None:
        """A process of its own, in which slices name their cores."""
        if not kernel.critical_path.intervals:
            return
        process, track = self._track(), self._track()
        process.process.pid = process.uuid
        process.process.process_name = f"{kernel.kernel}, critical path"
        track.parent_uuid = process.uuid
        track.thread.pid, track.thread.tid = process.uuid, track.uuid
        track.thread.thread_name = "critical path"
        for interval in kernel.critical_path.intervals:
            event = self._slice(kernel, track.uuid, Interval(*interval[:4]), start)
            _annotate(event, "core", f"{interval.core[0]},{interval.core[1]}")
            _annotate(event, "lane", interval.lane)

    def _event(self, track: int, type: int, at: float) -> Any:
        packet = self.builder.add_packet()
        packet.timestamp = round(at)
        packet.trusted_packet_sequence_id = _SEQUENCE
        packet.track_event.type = type
        packet.track_event.track_uuid = track
        return packet.track_event

    def _lane(self, kernel: Kernel, lane: Lane, process: int, start: float) -> None:
        track = self._track()
        track.parent_uuid = process
        track.thread.pid, track.thread.tid = process, track.uuid
        track.thread.thread_name = lane_name(lane.thread, lane.lane)
        for interval in lane.intervals:
            self._slice(kernel, track.uuid, interval, start)

    def _slice(self, kernel: Kernel, track: int, interval: Interval, start: float) -> Any:
        """Returns its first event, which can be told more."""
        begin, end, cause, number = interval
        nanoseconds = 1000 / kernel.megahertz
        line = kernel.lines[number] if number >= 0 else None
        event = self._event(track, self._begin, start + begin * nanoseconds)
        event.name = line.text if line and cause == "work" else CAUSES[cause]
        event.categories.append(cause)
        if line:
            event.source_location.file_name, event.source_location.line_number = line.file, line.line
            _annotate(event, "line", line.text)
        _annotate(event, "cycles", end - begin)
        self._event(track, self._end, start + end * nanoseconds)
        return event

    def _fill(self, kernel: Kernel, fill: BufferFill, process: int, start: float) -> None:
        track = self._track()
        track.parent_uuid = process
        track.name = f"{fill.buffer}: filled of {fill.pages} pages"
        track.counter.unit_name = "pages"
        nanoseconds = 1000 / kernel.megahertz
        for when, filled in ((0.0, 0), *fill.steps):
            self._event(track.uuid, self._counter, start + when * nanoseconds).counter_value = filled


def _annotate(event: Any, name: str, value: str | float) -> None:
    """Something that is shown of a slice when it is chosen."""
    annotation = event.debug_annotations.add()
    annotation.name = name
    if isinstance(value, str):
        annotation.string_value = value
    else:
        annotation.double_value = value
