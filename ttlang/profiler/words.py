"""What a profile's names mean, in the words of its pictures."""

from __future__ import annotations

CAUSES = {
    "work": "works",
    "pages": "waits for pages",
    "room": "waits for room",
    "semaphore": "waits for a semaphore",
    "dram": "waits for DRAM",
    "noc": "waits for the NOC",
    "sources": "waits for source registers",
    "dst": "waits for DST",
}
"""What a lane does, in the order in which causes are shown (`Cause` of the clock)."""

ON_PATH = CAUSES | {"start": "has not begun"}
"""The same of the critical path, which begins before the first of its threads does."""

PARTS = {
    "compute": "compute",
    "unpack": "unpack",
    "math": "math",
    "pack": "pack",
    "dram": "DRAM bandwidth",
    "noc": "NOC bandwidth",
    "latency": "latency",
    "issue": "issue of transfers",
    "skew": "later starts",
    "imbalance": "imbalance",
}
"""What may bound a kernel, or would help if it took no time."""


def lane_name(thread: str, lane: str) -> str:
    """A data movement thread has one lane, which needs no name of its own."""
    return thread if lane == "move" else f"{thread} · {lane}"
