"""A chip whose NOC and DRAM serve everybody at once, for tests of what holds without contention alone."""

from __future__ import annotations

from typing import Any

from ttlang.tables.chips.timing import Timing

AT_ONCE = {
    **dict.fromkeys(("flit", "read_flit", "request", "read_gap", "write_gap"), 0.0),
    "bytes_per_cycle": 1e30,
}
"""What keeps a link or a bank busy, of which each record has some."""


def without_contention(timing: Timing) -> Timing:
    """Transfers take no time of links and banks; what is far away is as far as it was."""
    return timing._replace(noc=_at_once(timing.noc), dram=_at_once(timing.dram))


def _at_once(record: Any) -> Any:
    return record._replace(**{name: value for name, value in AT_ONCE.items() if name in record._fields})
