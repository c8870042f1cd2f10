"""Methods of a dict of which not all values are known at compile time."""

from __future__ import annotations

from collections.abc import Mapping

from ttlang.frontend.blocks.call_arguments import Call
from ttlang.frontend.blocks.sequences import group
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import NONE, Group, Host, Table, Value, describe


def items(c: ThreadBuilder, table: Value, call: Call) -> Value:
    return Group(tuple(group([Host(key), value], tuple) for key, value in _items_of(table).items()))


def keys(c: ThreadBuilder, table: Value, call: Call) -> Value:
    return Host(tuple(_items_of(table)))


def values(c: ThreadBuilder, table: Value, call: Call) -> Value:
    return Group(tuple(_items_of(table).values()))


def get(c: ThreadBuilder, table: Value, call: Call) -> Value:
    key, *rest = call.args or [NONE]
    if not isinstance(key, Host):
        raise c.error("TTL0108", f"a dict is indexed with {describe(key)}")
    found = c.on_host(lambda: _items_of(table).get(key.value)).value
    return found if isinstance(found, Value) else (rest[0] if rest else NONE)


def _items_of(table: Value) -> Mapping[object, Value]:
    assert isinstance(table, Table)
    return table.items
