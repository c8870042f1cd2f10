"""
The base of the operations of our dialects: xDSL's, but cheaper to make, to read and to tell from others, by what the
definition of a class tells once and for all. What definitions mean, and what is wrong with an operation, is up to xDSL.
"""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Any, Self, cast

from xdsl.dialects.builtin import UNKNOWN_LOC, LocationAttr
from xdsl.ir import (
    Attribute,
    Block,
    BlockArgument,
    Operation,
    OpResult,
    Region,
    SSAValue,
    SSAValues,
    Use,
)
from xdsl.irdl import (
    AttrOrPropDef,
    IRDLOperation,
    OptionalDef,
    ParsePropInAttrDict,
    VariadicDef,
)


class OperationClass(ABCMeta):
    """
    The class of classes of operations. None of them has subclasses that are only registered as such, so to test for
    one takes nothing of what makes a test for an abstract class slow.
    """

    __instancecheck__ = type.__instancecheck__
    __subclasscheck__ = type.__subclasscheck__


class DialectOperation(IRDLOperation, metaclass=OperationClass):
    """An operation of one of our dialects."""

    # By identity, as xDSL has it, which has functions in Python for it.
    __eq__ = object.__eq__  # pyright: ignore[reportAssignmentType]
    __hash__ = object.__hash__

    def __init__(
        self,
        *,
        operands: Sequence[SSAValue | Operation | Sequence[SSAValue | Operation] | None] | None = None,
        result_types: Sequence[Attribute | Sequence[Attribute] | None] | None = None,
        properties: Mapping[str, Attribute | None] | None = None,
        attributes: Mapping[str, Attribute | None] | None = None,
        successors: Sequence[Block | Sequence[Block] | None] | None = None,
        regions: Sequence[Any] | None = None,
    ):
        form = _form_of(type(self))
        values = _in_a_row(operands or (), form.operands, _VALUES)
        types = _in_a_row(result_types or (), form.results, None)
        bodies = _in_a_row(regions or (), form.regions, _REGIONS)
        if values is None or types is None or bodies is None or attributes or successors:
            # Few have any of this; and wrong arguments are told by xDSL.
            super().__init__(
                operands=operands,
                result_types=result_types,
                properties=properties,
                attributes=attributes,
                successors=successors,
                regions=regions,
            )
            return
        named = {name: value for name, value in properties.items() if value is not None} if properties else {}
        self._make(values, types, named, {}, bodies)

    @classmethod
    def create(
        cls,
        *,
        operands: Sequence[SSAValue] = (),
        result_types: Sequence[Attribute] = (),
        properties: Mapping[str, Attribute] = {},
        attributes: Mapping[str, Attribute] = {},
        location: LocationAttr | None = None,
        successors: Sequence[Block] = (),
        regions: Sequence[Region] = (),
    ) -> Self:
        op = cls.__new__(cls)
        op._make(operands, result_types, dict(properties), dict(attributes), regions)
        if location is not None:
            op.location = location
        if successors:
            op.successors = successors
        return op

    def _make(
        self,
        operands: Sequence[SSAValue],
        result_types: Sequence[Attribute],
        properties: dict[str, Attribute],
        attributes: dict[str, Attribute],
        regions: Sequence[Region],
    ) -> None:
        """What xDSL's `Operation.__init__` does, but for successors, which no operation of ours has."""
        if operands:
            uses = tuple([Use(self, index) for index in range(len(operands))])
            for operand, use in zip(operands, uses, strict=True):
                operand.add_use(use)
            self._operands, self._operand_uses = SSAValues(operands), uses
        self.results = SSAValues([OpResult(kind, self, index) for index, kind in enumerate(result_types)])
        self.properties = properties
        self.attributes = attributes
        self.location = UNKNOWN_LOC
        self.regions = ()
        for region in regions:
            self.add_region(region)
        self.__post_init__()

    def __post_init__(self) -> None:
        form = _form_of(type(self))
        for name, value in form.properties:
            self.properties.setdefault(name, value)
        for name, value in form.attributes:
            self.attributes.setdefault(name, value)


# ------------------------------------------------------------------------------------------------- arguments in a row


class _Count(Enum):
    """How many arguments a field takes."""

    ONE = auto()
    AT_MOST_ONE = auto()
    ANY = auto()


_Counts = tuple[_Count, ...] | None
"""Of the fields of a kind; None where an attribute tells their sizes."""
_VALUES = frozenset({OpResult, BlockArgument})
_REGIONS = frozenset({Region})
_SERIES: tuple[type, ...] = (list, tuple)


@dataclass(frozen=True)
class _Form:
    """What the definition of a class says of how its operations are made."""

    operands: _Counts
    results: _Counts
    regions: _Counts
    properties: tuple[tuple[str, Attribute], ...]
    """Those that an operation has where it is given none."""
    attributes: tuple[tuple[str, Attribute], ...]


@cache
def _form_of(kind: type[IRDLOperation]) -> _Form:
    definition = kind.get_irdl_definition()
    in_order = all(isinstance(option, ParsePropInAttrDict) for option in definition.options)
    return _Form(
        _counts(definition.operands) if in_order else None,
        _counts(definition.results) if in_order else None,
        _counts(definition.regions) if in_order else None,
        _defaults(definition.properties),
        _defaults(definition.attributes),
    )


def _counts(fields: Sequence[tuple[str, object]]) -> _Counts:
    return tuple([_count(field) for _, field in fields])


def _count(field: object) -> _Count:
    if isinstance(field, OptionalDef):
        return _Count.AT_MOST_ONE
    return _Count.ANY if isinstance(field, VariadicDef) else _Count.ONE


def _defaults(fields: Mapping[str, AttrOrPropDef]) -> tuple[tuple[str, Attribute], ...]:
    needed = [(name, field.default_value) for name, field in fields.items() if not isinstance(field, OptionalDef)]
    return tuple([(name, value) for name, value in needed if value is not None])


def _in_a_row(given: Sequence[object], counts: _Counts, classes: frozenset[type] | None) -> list[Any] | None:
    """
    The arguments of all fields of a kind, one behind the other. None where they do not fit the fields, or are none of
    these classes as yet (an operation may stand for its result).
    """
    if counts is None or len(given) != len(counts):
        return None
    row: list[Any] = []
    for each, count in zip(given, counts, strict=True):
        if isinstance(each, _SERIES):
            several = cast("Sequence[object]", each)
            if count is not _Count.ANY or (classes and not classes.issuperset(map(type, several))):
                return None
            row += several
        elif each is None:
            if count is not _Count.AT_MOST_ONE:
                return None
        elif classes and type(each) not in classes:
            return None
        else:
            row.append(each)
    return row
