"""A chip whose NOC and DRAM serve everybody at once, for tests of what holds without contention alone."""

from __future__ import annotations

from typing import Any

from ttlang.tables.chips.timing import Timing

AT_ONCE = {
    **dict.fromkeys(("flit", "read_flit", "packet_gap", "request", "read_gap", "write_gap", "hop"), 0.0),
    "bytes_per_cycle": 1e30,
}
"""
What keeps a link or a bank busy, of which each record has some; and the way from link to link, as a packet that waits
for nobody has all of its links at once, and others come behind it there.
"""


def without_contention(timing: Timing) -> Timing:
    """Transfers take no time of links and banks, and all are as far away."""
    return timing._replace(noc=_at_once(timing.noc), dram=_at_once(timing.dram))


def _at_once(record: Any) -> Any:
    return record._replace(**{name: value for name, value in AT_ONCE.items() if name in record._fields})
