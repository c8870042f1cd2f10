"""
`ttl.wait_any`: the run tells which of several receives has come first. What it has waited for may be waited for again,
by itself or among others.
"""

from __future__ import annotations

from ttlang.dialects import ttl
from ttlang.frontend.blocks import copies, i32_arithmetic
from ttlang.frontend.blocks.call_arguments import Arguments
from ttlang.frontend.blocks.sequences import as_items
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import Host, Int, SelectedReceive, TransferValue, Value, describe


def wait_any(c: ThreadBuilder, arguments: Arguments) -> Value:
    c.need_data_movement("ttl.wait_any is called")
    receives = _receives(c, arguments["receives"])
    start = i32_arithmetic.modulo(c, _start(c, arguments["start"]), Host(len(receives)))
    if len(receives) > 1:
        return SelectedReceive(Int(c.emit(ttl.WaitAnyOp([each.ssa for each in receives], c.integer(start))).index))
    if not c.has_come(receives[0].ssa):
        copies.wait(c, receives[0])
        c.selected[receives[0].ssa] = c.block
    return SelectedReceive(Host(0))


def index(c: ThreadBuilder, arguments: Arguments) -> Value:
    selected = arguments["self"]
    assert isinstance(selected, SelectedReceive)
    return selected.index


def _receives(c: ThreadBuilder, value: Value) -> list[TransferValue]:
    """Raises a TTL0106 unless it is a tuple of receives, each once."""
    items = as_items(value)
    if items is None or not items[0]:
        raise c.error("TTL0106", f"ttl.wait_any takes a tuple of receives, not {describe(value)}", hint=_AS_IN)
    found: list[TransferValue] = []
    for item in items[0]:
        if not isinstance(item, TransferValue):
            raise c.error("TTL0106", f"ttl.wait_any takes receives, and is given {describe(item)}", hint=_AS_IN)
        if item.direction is not ttl.Direction.RECEIVE:
            given = f"ttl.wait_any takes receives from pipes, and is given a {item.direction}"
            raise c.error("TTL0106", given, hint=_AS_IN)
        if any(item.ssa is other.ssa for other in found):
            raise c.error("TTL0106", "ttl.wait_any is given one receive twice", hint="name each once")
        found.append(item)
    return found


_AS_IN = "as in ttl.wait_any((ttl.copy(one, block), ttl.copy(other, landing)))"


def _start(c: ThreadBuilder, value: Value) -> Int | Host:
    """Raises a TTL0107 for what is no integer."""
    if isinstance(value, Int):
        return value
    if isinstance(value, Host) and isinstance(value.value, int) and not isinstance(value.value, bool):
        return value
    hint = "it is the place in the tuple where the search begins"
    raise c.error("TTL0107", f"ttl.wait_any: start is {describe(value)}, and no integer", hint=hint)
