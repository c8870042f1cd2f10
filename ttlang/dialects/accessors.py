"""
The fields of an operation, read where they are: xDSL's own accessors find out each time what kind of field they are
about, and some count values from bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from struct import unpack
from typing import Any

from xdsl.dialects.builtin import i32
from xdsl.ir import Attribute, Operation
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    OpDef,
    OptionalDef,
    OptPropertyDef,
    ParsePropInAttrDict,
    VariadicDef,
)

_item = tuple[Any, ...].__getitem__
"""As it is for all tuples: that of xDSL's rows of values is a function in Python."""


def read_directly(kind: type[IRDLOperation], definition: OpDef) -> None:
    """Gives a class that xDSL has defined such accessors."""
    for field, (name, place) in definition.accessor_names.items():
        if place == "property":
            setattr(kind, field, _property(name, definition))
    counted = {type(option) for option in definition.options} - {ParsePropInAttrDict}
    if not counted:
        _read_in_order(kind, definition.operands, _operand, lambda op: op._operands)  # pyright: ignore[reportPrivateUsage]
    elif AttrSizedOperandSegments(as_property=True) in definition.options:
        for index, (field, defined) in enumerate(definition.operands):
            setattr(kind, field, _segment(index, defined))
    if counted <= {AttrSizedOperandSegments}:
        _read_in_order(kind, definition.results, _result, lambda op: op.results)
        _read_in_order(kind, definition.regions, _region, lambda op: op.regions)


def _read_in_order(
    kind: type[IRDLOperation],
    fields: Sequence[tuple[str, object]],
    single: Callable[[int], property],
    values: Callable[[Operation], tuple[Any, ...]],
) -> None:
    """Of the fields, at most one has any number of values."""
    count = len(fields)
    behind = False
    for index, (field, defined) in enumerate(fields):
        if isinstance(defined, OptionalDef):
            accessor = _optional(index, count, values)
        elif isinstance(defined, VariadicDef):
            accessor = _several(index, count - index - 1, values)
        else:
            accessor = single(index - count if behind else index)
        behind = behind or isinstance(defined, VariadicDef)
        setattr(kind, field, accessor)


def _optional(index: int, count: int, values: Callable[[Operation], tuple[Any, ...]]) -> property:
    def read(op: Operation) -> Any:
        row = values(op)
        return _item(row, index) if len(row) == count else None

    return property(read)


def _several(first: int, behind: int, values: Callable[[Operation], tuple[Any, ...]]) -> property:
    if first == behind == 0:
        return property(values)

    def read(op: Operation) -> Any:
        row = values(op)
        return row[first : len(row) - behind]

    return property(read)


def _operand(index: int) -> property:
    def read(op: Operation) -> Any:
        return _item(op._operands, index)  # pyright: ignore[reportPrivateUsage]

    return property(read)


def _segment(index: int, defined: object) -> property:
    """A field whose values a property counts."""

    def read(op: Operation) -> Any:
        first, count = _places(op.properties[_SEGMENTS].data.data)[index]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        values = op._operands  # pyright: ignore[reportPrivateUsage]
        if optional:
            return _item(values, first) if count else None
        return values[first : first + count] if several else _item(values, first)

    optional, several = isinstance(defined, OptionalDef), isinstance(defined, VariadicDef)
    return property(read)


_SEGMENTS = AttrSizedOperandSegments.attribute_name


@lru_cache
def _places(sizes: bytes) -> tuple[tuple[int, int], ...]:
    """Where the values of each field begin, and how many there are."""
    counts = unpack(f"<{len(sizes) // i32.size}i", sizes)
    return tuple(zip(accumulate(counts, initial=0), counts, strict=False))


def _result(index: int) -> property:
    def read(op: Operation) -> Any:
        return _item(op.results, index)

    return property(read)


def _region(index: int) -> property:
    def read(op: Operation) -> Any:
        return op.regions[index]

    return property(read)


def _property(name: str, definition: OpDef) -> property:
    defined = definition.properties[name]

    def read(op: Operation) -> Attribute:
        return op.properties[name]

    def write(op: Operation, value: Attribute) -> None:
        op.properties[name] = value

    if not isinstance(defined, OptPropertyDef):
        return property(read, write)
    default = defined.default_value

    def read_or_none(op: Operation) -> Attribute | None:
        return op.properties.get(name, default)

    def write_or_drop(op: Operation, value: Attribute | None) -> None:
        if value is None:
            op.properties.pop(name, None)
        else:
            op.properties[name] = value

    return property(read_or_none, write_or_drop)
