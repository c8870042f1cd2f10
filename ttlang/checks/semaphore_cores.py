"""TTL0505: a semaphore is changed on a core outside the grid."""

from __future__ import annotations

from collections.abc import Iterator

from ttlang.analysis.event_traces import EventKind, KernelTrace
from ttlang.analysis.locations import diagnostic_at
from ttlang.diagnostics import Diagnostic


def check_semaphore_cores(trace: KernelTrace) -> Iterator[Diagnostic]:
    """Semaphores are changed on cores of the grid."""
    columns, rows = trace.kernel.grid_sizes
    told: set[tuple[int, int]] = set()
    for core, thread, event in trace.events_of((EventKind.SEMAPHORE_SET, EventKind.SEMAPHORE_INC)):
        corners = zip(event.values[1::2], event.values[2::2], strict=True)
        outside = next(((x, y) for x, y in corners if not (0 <= x < columns and 0 <= y < rows)), None)
        if outside is None or (thread, event.op) in told:
            continue
        told.add((thread, event.op))
        semaphore = trace.semaphores[event.subject]
        yield diagnostic_at(
            "TTL0505",
            f"core {core} changes {semaphore.name_.data} on core {outside}: the grid has {columns} x {rows} cores",
            trace.op(thread, event),
            "cores are (column, row), and count from 0; in a ring, (x + 1) % columns follows on x",
            [(semaphore, "the semaphore")],
        )
