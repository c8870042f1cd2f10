"""
How operations come to be, ours and xDSL's: what xDSL's `Operation.__init__` does, for operations without successors, as
kernels have no others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeVar

from xdsl.dialects.builtin import UNKNOWN_LOC, LocationAttr
from xdsl.ir import Attribute, OpResult, Region, SSAValue, SSAValues, Use
from xdsl.irdl import AttrOrPropDef, IRDLOperation, OptionalDef

OpT = TypeVar("OpT", bound=IRDLOperation)
_NO_VALUES = SSAValues[OpResult]()


def made(
    kind: type[OpT],
    operands: Sequence[SSAValue] = (),
    result_types: Sequence[Attribute] = (),
    properties: Mapping[str, Attribute] | None = None,
    *,
    attributes: Mapping[str, Attribute] | None = None,
    regions: Sequence[Region] = (),
    location: LocationAttr = UNKNOWN_LOC,
) -> OpT:
    """An operation of a kind, with values one behind the other: what `kind.create` gives."""
    op = kind.__new__(kind)
    fill(op, operands, result_types, dict(properties or ()), dict(attributes or ()), regions, location)
    return op


# Where xDSL's operations keep what they have.
# pyright: reportPrivateUsage=false


def fill(
    op: IRDLOperation,
    operands: Sequence[SSAValue],
    result_types: Sequence[Attribute],
    properties: dict[str, Attribute],
    attributes: dict[str, Attribute],
    regions: Sequence[Region],
    location: LocationAttr,
) -> None:
    """Gives a new operation all that it has; the dictionaries are its own from then on."""
    if operands:
        op._operands, op._operand_uses = SSAValues(operands), tuple([Use(op, i) for i in range(len(operands))])
        for operand, use in zip(operands, op._operand_uses, strict=True):
            operand.add_use(use)
    op.results = (
        SSAValues([OpResult(kind, op, index) for index, kind in enumerate(result_types)])
        if result_types
        else _NO_VALUES
    )
    op.properties = properties
    op.attributes = attributes
    op.location = location
    op.regions = ()
    for region in regions:
        op.add_region(region)
    needed_properties, needed_attributes = _defaults(type(op))
    for name, value in needed_properties:
        properties.setdefault(name, value)
    for name, value in needed_attributes:
        attributes.setdefault(name, value)


_Defaults = tuple[tuple[str, Attribute], ...]


@cache
def _defaults(kind: type[IRDLOperation]) -> tuple[_Defaults, _Defaults]:
    """The properties, and the attributes, that an operation has where it is given none."""
    definition = kind.get_irdl_definition()
    return _defaults_of(definition.properties), _defaults_of(definition.attributes)


def _defaults_of(fields: Mapping[str, AttrOrPropDef]) -> _Defaults:
    needed = [(name, field.default_value) for name, field in fields.items() if not isinstance(field, OptionalDef)]
    return tuple([(name, value) for name, value in needed if value is not None])
