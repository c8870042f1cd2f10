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
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, Region, SSAValue
from xdsl.irdl import AttrSizedOperandSegments, IRDLOperation, OptionalDef, ParsePropInAttrDict, VariadicDef

from ttlang.dialects.attributes import i32_array
from ttlang.dialects.making import fill


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
        if form.segmented:
            named[AttrSizedOperandSegments.attribute_name] = i32_array(map(_size_of, operands or ()))
        fill(self, values, types, named, {}, bodies, UNKNOWN_LOC)

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
        fill(op, operands, result_types, dict(properties), dict(attributes), regions, location or UNKNOWN_LOC)
        if successors:
            op.successors = successors
        return op

    def is_ancestor(self, op: Operation | Block | Region) -> bool:
        """Whether a node is in it, or it itself. It is asked of each that is inserted: most have nothing in them."""
        return super().is_ancestor(op) if self.regions else op is self


# ------------------------------------------------------------------------------------------------- arguments in a row


class _Count(Enum):
    """How many arguments a field takes."""

    ONE = auto()
    AT_MOST_ONE = auto()
    ANY = auto()


_Counts = tuple[_Count, ...] | None
"""Of the fields of a kind; None where that is up to xDSL."""
_SEGMENTED = AttrSizedOperandSegments(as_property=True)
_VALUES = frozenset({OpResult, BlockArgument})
_REGIONS = frozenset({Region})
_SERIES: tuple[type, ...] = (list, tuple)


@dataclass(frozen=True)
class _Form:
    """What the definition of a class says of how its operations are made."""

    operands: _Counts
    results: _Counts
    regions: _Counts
    segmented: bool
    """Whether a property tells how many operands each field has."""


@cache
def _form_of(kind: type[IRDLOperation]) -> _Form:
    definition = kind.get_irdl_definition()
    segments = [option for option in definition.options if not isinstance(option, ParsePropInAttrDict)]
    if segments not in ([], [_SEGMENTED]):
        return _Form(None, None, None, segmented=False)
    fields = (definition.operands, definition.results, definition.regions)
    return _Form(*map(_counts, fields), segmented=bool(segments))


def _counts(fields: Sequence[tuple[str, object]]) -> _Counts:
    return tuple([_count(field) for _, field in fields])


def _count(field: object) -> _Count:
    if isinstance(field, OptionalDef):
        return _Count.AT_MOST_ONE
    return _Count.ANY if isinstance(field, VariadicDef) else _Count.ONE


def _size_of(given: object) -> int:
    """How many arguments of a field there are."""
    return len(cast("Sequence[object]", given)) if isinstance(given, _SERIES) else int(given is not None)


def _in_a_row(given: Sequence[object], counts: _Counts, classes: frozenset[type] | None) -> list[Any] | None:
    """
    The arguments of all fields of a kind, one behind the other. None where they do not fit the fields, or are none of
    these classes as yet (an operation may stand for its result).
    """
    if counts is None or len(given) != len(counts):
        return None
    row: list[Any] = []
    if not given:
        return row
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
