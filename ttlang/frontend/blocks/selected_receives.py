"""
`ttl.wait_any`: one of several receives is waited for, and its place is known when the thread is compiled. Whichever
receive a program is told of, it must be right: so this tells of one that has been waited for, else of the first from
`start` on, and waits for that. Where the senders keep another order, threads wait for each other, which is reported
like any other such circle.
"""

from __future__ import annotations

from ttlang.diagnostics import Diagnostic, Severity
from ttlang.dialects import ttl
from ttlang.dialects.typed_values import type_of
from ttlang.frontend.blocks import copies
from ttlang.frontend.blocks.call_arguments import Arguments
from ttlang.frontend.blocks.sequences import as_items
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import Host, SelectedReceive, TransferValue, Value, describe


def wait_any(c: ThreadBuilder, arguments: Arguments) -> Value:
    c.need_data_movement("ttl.wait_any is called")
    receives = _receives(c, arguments["receives"])
    start = _start(c, arguments["start"])
    places = [(start + step) % len(receives) for step in range(len(receives))]
    here = next((place for place in places if c.has_come(receives[place].ssa)), None)
    if here is None:
        here = places[0]
        copies.wait(c, receives[here])
        c.selected[receives[here].ssa] = c.block
    if len(receives) > 1:
        message = (
            f"ttl.wait_any waits for the receive at {here}, and does not ask which comes first: the order from start "
            "on is one that may happen"
        )
        c.diagnostics.append(Diagnostic("TTL0003", message, c.span(), severity=Severity.NOTE))
    return SelectedReceive(here)


def index(c: ThreadBuilder, arguments: Arguments) -> Value:
    selected = arguments["self"]
    assert isinstance(selected, SelectedReceive)
    return Host(selected.index)


def _receives(c: ThreadBuilder, value: Value) -> list[TransferValue]:
    """Raises a TTL0106 unless it is a tuple of receives, each once."""
    items = as_items(value)
    if items is None or not items[0]:
        raise c.error("TTL0106", f"ttl.wait_any takes a tuple of receives, not {describe(value)}", hint=_AS_IN)
    found: list[TransferValue] = []
    for item in items[0]:
        if not isinstance(item, TransferValue):
            raise c.error("TTL0106", f"ttl.wait_any takes receives, and is given {describe(item)}", hint=_AS_IN)
        direction = type_of(item.ssa, ttl.TransferHandleType).direction.data
        if direction is not ttl.Direction.RECEIVE:
            raise c.error("TTL0106", f"ttl.wait_any takes receives from pipes, and is given a {direction}", hint=_AS_IN)
        if any(item.ssa is other.ssa for other in found):
            raise c.error("TTL0106", "ttl.wait_any is given one receive twice", hint="name each once")
        found.append(item)
    return found


_AS_IN = "as in ttl.wait_any((ttl.copy(one, block), ttl.copy(other, landing)))"


def _start(c: ThreadBuilder, value: Value) -> int:
    """Raises a TTL0003 for a number of the run, and a TTL0107 for what is no integer."""
    if isinstance(value, Host) and isinstance(value.value, int) and not isinstance(value.value, bool):
        return value.value
    if isinstance(value, Host):
        hint = "it is the place in the tuple where the search begins"
        raise c.error("TTL0107", f"ttl.wait_any: start is {describe(value)}, and no integer", hint=hint)
    hint = "give a constant, and wait for each of the others with wait()"
    raise c.error("TTL0003", "ttl.wait_any with a start that only the run knows is not compiled yet", hint=hint)
