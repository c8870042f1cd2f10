"""How a class of operations declares what is known of its calls, and how it is asked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache
from typing import ClassVar, Self, TypeVar, dataclass_transform

from xdsl.dialects.builtin import IntegerAttr, SymbolRefAttr
from xdsl.ir import Block, Operation, SSAValue
from xdsl.irdl import IRDLOperation

from ttlang.dialects.walking import operations


@dataclass_transform(frozen_default=True)
class Facet:
    """
    Something that a class of operations declares of its calls: a frozen record, whose fields are the annotations of its
    class. It is no dataclass: to make two dozen of them would take a hundredth of a second of each start.
    """

    _names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._names += tuple(name for name in cls.__annotations__ if name not in cls._names)

    def __init__(self, *values: object, **named: object) -> None:
        self.__dict__.update(zip(self._names, values, strict=False), **named)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} is fixed")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).items()))

    @classmethod
    def of(cls, op: Operation) -> Self | None:
        """What the operation's class declares of this kind."""
        return declared(type(op), cls)


_FacetT = TypeVar("_FacetT", bound=Facet)


@cache
def declared(kind: type[Operation], facet: type[_FacetT]) -> _FacetT | None:
    """What a class of operations, or the nearest of its parents, declares of a kind of facet."""
    for parent in kind.__mro__:
        facets: Iterable[Facet] = parent.__dict__.get("FACETS", ())
        for each in facets:
            if isinstance(each, facet):
                return each
    return None


def operations_with(root: Operation | Block, *facets: type[Facet]) -> list[Operation]:
    """An operation and all in it, or all in a block, that declare one of the facets, in the order of the text."""
    return [op for op in operations(root) if _declares(type(op), facets)]


@cache
def _declares(kind: type[Operation], facets: tuple[type[Facet], ...]) -> bool:
    return any(declared(kind, facet) for facet in facets)


def facets(*declared: Facet) -> tuple[Facet, ...]:
    """The value of `FACETS`."""
    return declared


# ----------------------------------------------------------------------------------------------------------- fields


@cache
def property_names(kind: type[IRDLOperation]) -> tuple[str, ...]:
    """The properties of a class of operations, in the order of their definition."""
    return tuple(kind.get_irdl_definition().properties)


def operands_in(op: Operation, field: str) -> tuple[SSAValue, ...]:
    value: SSAValue | Sequence[SSAValue] | None = getattr(op, field)
    if isinstance(value, SSAValue):
        return (value,)
    return tuple(value) if value is not None else ()


def buffer_in(op: Operation, field: str | None) -> SymbolRefAttr | None:
    ref = op.properties.get(field) if field else None
    assert ref is None or isinstance(ref, SymbolRefAttr)
    return ref


def product_of(op: Operation, fields: tuple[str, ...]) -> int:
    return math.prod(number_in(op, field) for field in fields)


def number_in(op: Operation, field: str) -> int:
    """The integer in a property."""
    number = op.properties[field]
    assert isinstance(number, IntegerAttr)
    return number.value.data
