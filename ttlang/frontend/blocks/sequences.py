"""Tuples, lists and dicts, and what can be enumerated at compile time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from types import FunctionType
from typing import TypeGuard

from ttlang.frontend.blocks.known_values import host_values
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue, Group, Host, Int, RangeValue, Table, Value, describe
from ttlang.language.buffers import CircularBuffer
from ttlang.language.tensors import TensorParameter


def as_items(value: Value) -> tuple[tuple[Value, ...], type] | None:
    """The items of a tuple or a list, and which of the two it is."""
    if isinstance(value, Group):
        return value.items, value.kind
    if isinstance(value, Host) and type(value.value) in (tuple, list):
        return tuple(Host(item) for item in value.value), tuple if isinstance(value.value, tuple) else list
    return None


def group(items: Sequence[Value], kind: type) -> Value:
    """A tuple or a list: of the host if all its items are."""
    values = host_values(items)
    return Group(tuple(items), kind) if values is None else Host(kind(values))


def table(items: dict[object, Value]) -> Value:
    """A dict: of the host if all its values are."""
    values = host_values(items.values())
    return Table(items) if values is None else Host(dict(zip(items, values, strict=True)))


def is_dict(value: Value) -> TypeGuard[Host]:
    return isinstance(value, Host) and isinstance(value.value, dict)


UNROLL_LIMIT = 4096
"""Items that a loop over host values may have."""


def iterate(c: ThreadBuilder, value: Value) -> list[Value]:
    """The items of a value that the compiler can enumerate. Raises a diagnostic for any other."""
    match value:
        case Group(items):
            return list(items)
        case Table(items):
            return [Host(key) for key in items]
        case RangeValue():
            raise c.error("TTL0108", "the length of this range is known only at run time", hint=_UNROLL_HINT)
        case Host(host):
            return _iterate_host(c, host)
        case _:
            raise c.error(
                "TTL0106", f"{describe(value)} can't be iterated over", hint=_ITERATION_HINTS.get(type(value))
            )


_ITERATION_HINTS: dict[type[Value], str] = {
    Int: "as in `for i in range(n)`",
    BlockValue: "threads work on whole blocks; ⟦reduce_sum⟧(x, dims=...) and ⟦reduce_max⟧ add up and compare",
}
_UNROLL_HINT = "a `for` loop of its own can run over it"
BLOCKS_HINT = "wait() gives its oldest block, reserve() one to fill, each as often as there are blocks to handle"


def _first_items(host: Iterable[object]) -> list[object]:
    return list(islice(host, UNROLL_LIMIT + 1))


def _iterate_host(c: ThreadBuilder, host: object) -> list[Value]:
    if isinstance(host, TensorParameter):
        raise c.error(
            "TTL0106", f"{describe(Host(host))} can't be iterated over", hint="index it, as in x[row, column]"
        )
    if hasattr(host, "__next__"):
        raise c.error(
            "TTL0105",
            f"{describe(Host(host))} can be used up only once",
            hint="make it a list in the kernel function",
        )
    if isinstance(host, int):
        raise c.error("TTL0106", f"{host!r} can't be iterated over", hint=f"as in `for i in range({host!r})`")
    if isinstance(host, CircularBuffer | FunctionType):
        hint = "call it" if isinstance(host, FunctionType) else BLOCKS_HINT
        raise c.error("TTL0106", f"{describe(Host(host))} can't be iterated over", hint=hint)
    items = c.on_host(_first_items, host).value
    if len(items) > UNROLL_LIMIT:
        raise c.error(
            "TTL0105", f"more than {UNROLL_LIMIT} items of the host", hint="a loop over a range is not unrolled"
        )
    return [Host(item) for item in items]
