"""
Variables that a loop carries in parts: tuples and lists item by item, the handle of a transfer and the block of it.
A part has the name of its variable and its place in that, as `requests[0]`, which no variable can be called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ttlang.frontend.blocks import copies
from ttlang.frontend.blocks.known_values import is_integer
from ttlang.frontend.blocks.sequences import as_items, group
from ttlang.frontend.blocks.values import BlockValue, Handle, Poison, TransferValue, Unusable, Value


@dataclass
class VariableParts:
    """The variables that are carried in parts, each with its value before the loop."""

    whole: dict[str, Value] = field(default_factory=dict[str, Value])

    def names(self, variables: Iterable[str]) -> list[str]:
        """What is carried for these variables: the names of the parts of those that have any."""
        return [part for name in variables for part in self._names(name)]

    def _names(self, name: str) -> Iterator[str]:
        if name not in self.whole:
            yield name
            return
        for part, _ in _parts(name, self.whole[name]):
            yield part

    def variable(self, part: str) -> str:
        """The variable that a name is a part of, or the name itself."""
        return next((name for name, value in self.whole.items() if part in dict(_parts(name, value))), part)

    def apart(self, env: Mapping[str, Value]) -> dict[str, Value]:
        """Variables in their parts. One that is not built as before has none."""
        found = dict(env)
        for name, like in self.whole.items():
            value = found.pop(name, None)
            if value is not None and are_built_alike(like, value):
                found |= dict(_parts(name, value))
        return found

    def together(self, env: Mapping[str, Value]) -> dict[str, Value]:
        """The variables of which parts are given; their other parts are what they were before the loop."""
        found = dict(env)
        for name, like in self.whole.items():
            before = dict(_parts(name, like))
            if given := {part: found.pop(part) for part in before if part in found}:
                found[name] = _whole(name, like, before | given)
        return found


def has_integers(value: Value) -> bool:
    """Whether it is a tuple or a list with an integer in it."""
    items = as_items(value)
    return items is not None and any(is_integer(item) or has_integers(item) for item in items[0])


def have_parts(before: Value, value: Value | None) -> bool:
    """Whether a variable that was one value and becomes another can be carried in parts."""
    has_parts = isinstance(before, TransferValue) or as_items(before) is not None
    return value is not None and has_parts and are_built_alike(before, value)


def are_built_alike(first: Value, second: Value) -> bool:
    """Whether two values have the same parts."""
    one, other = as_items(first), as_items(second)
    if one is not None and other is not None:
        alike = one[1] is other[1] and len(one[0]) == len(other[0])
        return alike and all(map(are_built_alike, one[0], other[0]))
    if isinstance(first, TransferValue) or isinstance(second, TransferValue):
        return copies.are_alike(first, second)
    return one is None and other is None


def _parts(name: str, value: Value) -> Iterator[tuple[str, Value]]:
    if (items := as_items(value)) is not None:
        for place, item in enumerate(items[0]):
            yield from _parts(f"{name}[{place}]", item)
    elif isinstance(value, TransferValue):
        yield name, Handle(value.ssa)
        yield _block_of(name), value.block
    else:
        yield name, value


def _whole(name: str, like: Value, parts: Mapping[str, Value]) -> Value:
    """A value of the parts of a variable; what is wrong with one of them is wrong with all."""
    if (items := as_items(like)) is not None:
        made = [_whole(f"{name}[{place}]", item, parts) for place, item in enumerate(items[0])]
        return next((item for item in made if isinstance(item, Poison | Unusable)), None) or group(made, items[1])
    if not isinstance(like, TransferValue):
        return parts[name]
    handle, block = parts[name], parts[_block_of(name)]
    if isinstance(handle, Handle) and isinstance(block, BlockValue):
        return replace(like, ssa=handle.ssa, block=block)
    return block if isinstance(handle, Handle) else handle


def _block_of(name: str) -> str:
    return f"{name}.block"
