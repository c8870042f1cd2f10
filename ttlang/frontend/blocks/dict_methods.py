"""Methods of a dict of which not all values are known at compile time."""

from __future__ import annotations

from typing import cast

from ttlang.frontend.blocks.call_arguments import Call
from ttlang.frontend.blocks.sequences import group
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import NONE, Group, Host, Table, Value, describe


def items(c: ThreadBuilder, table: Value, call: Call) -> Value:
    return Group(tuple(group([Host(key), value], tuple) for key, value in cast(Table, table).items.items()))


def keys(c: ThreadBuilder, table: Value, call: Call) -> Value:
    return Host(tuple(cast(Table, table).items))


def values(c: ThreadBuilder, table: Value, call: Call) -> Value:
    return Group(tuple(cast(Table, table).items.values()))


def get(c: ThreadBuilder, table: Value, call: Call) -> Value:
    key, *rest = call.args or [NONE]
    if not isinstance(key, Host):
        raise c.error("TTL0108", f"a dict is indexed with {describe(key)}")
    found = c.on_host(lambda: cast(Table, table).items.get(key.value)).value
    return found if isinstance(found, Value) else (rest[0] if rest else NONE)
