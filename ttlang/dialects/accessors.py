"""
The fields of an operation, read where they are: xDSL's own accessors find out each time what kind of field they are
about. Fields of any number of values, and those behind them, keep xDSL's.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import Any

from xdsl.ir import Attribute, Operation
from xdsl.irdl import IRDLOperation, OpDef, OptPropertyDef, ParsePropInAttrDict, VariadicDef

_item = tuple[Any, ...].__getitem__
"""As it is for all tuples: that of xDSL's rows of values is a function in Python."""


def read_directly(kind: type[IRDLOperation], definition: OpDef) -> None:
    """Gives a class that xDSL has defined such accessors."""
    for field, (name, place) in definition.accessor_names.items():
        if place == "property":
            setattr(kind, field, _property(name, definition))
    if not all(isinstance(option, ParsePropInAttrDict) for option in definition.options):
        return  # An attribute tells which values belong to which field.
    for index, field in enumerate(_single(definition.operands)):
        setattr(kind, field, _operand(index))
    for index, field in enumerate(_single(definition.results)):
        setattr(kind, field, _result(index))
    for index, field in enumerate(_single(definition.regions)):
        setattr(kind, field, _region(index))


def _single(fields: Iterable[tuple[str, object]]) -> list[str]:
    """The names of fields in front of the first of any number of values."""
    return [name for name, _ in takewhile(lambda field: not isinstance(field[1], VariadicDef), fields)]


class _Fixed(property):
    """What is not assigned to."""

    def __set__(self, instance: Any, value: Any) -> None:
        raise NotImplementedError("Cannot write to named operands, regions, results, or successors.")


def _operand(index: int) -> property:
    def read(op: Operation) -> Any:
        return _item(op._operands, index)  # pyright: ignore[reportPrivateUsage]

    return _Fixed(read)


def _result(index: int) -> property:
    def read(op: Operation) -> Any:
        return _item(op.results, index)

    return _Fixed(read)


def _region(index: int) -> property:
    def read(op: Operation) -> Any:
        return op.regions[index]

    return _Fixed(read)


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
