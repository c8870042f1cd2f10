"""How reports name cores, pipes and how often something happens."""

from __future__ import annotations

from collections.abc import Sequence

from ttlang.analysis.event_traces import KernelTrace
from ttlang.dialects.ttl import Core


def cores_text(cores: Sequence[Core]) -> str:
    """`core (0, 1)`; of several, the first four."""
    if len(cores) == 1:
        return f"core {cores[0]}"
    shown = ", ".join(map(str, cores[:4]))
    return f"cores {shown}{f' and {len(cores) - 4} more' if len(cores) > 4 else ''}"


def pipe_text(trace: KernelTrace, number: int) -> str:
    """`the pipe down_0`."""
    return f"the pipe {trace.pipes[number].name_.data}"


def times(count: int) -> str:
    """How often: `never`, `once`, `3 times`."""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")
