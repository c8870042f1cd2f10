"""Fields of operations read what xDSL's accessors read."""

from __future__ import annotations

from typing import Any

import pytest
from xdsl.dialects import test
from xdsl.dialects.builtin import IntegerAttr, StringAttr, i32, i64
from xdsl.ir import Block, Region
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    attr_def,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    var_operand_def,
    var_result_def,
)

from ttlang.dialects import definition

FIELDS: dict[str, Any] = {
    "first": operand_def(i32),
    "second": operand_def(i32),
    "rest": var_operand_def(i32),
    "last": operand_def(i32),
    "made": result_def(i64),
    "more": var_result_def(i32),
    "number": prop_def(IntegerAttr),
    "label": opt_prop_def(StringAttr),
    "called": opt_prop_def(StringAttr, prop_name="name"),
    "note": attr_def(StringAttr),
    "body": region_def(),
}
OPTIONAL: dict[str, Any] = {"first": operand_def(i32), "second": opt_operand_def(i32), "last": operand_def(i32)}
SEGMENTED: dict[str, Any] = {
    "left": opt_operand_def(i32),
    "right": operand_def(i32),
    "others": var_operand_def(i32),
    "made": var_result_def(i32),
    "body": region_def(),
    "irdl_options": (AttrSizedOperandSegments(as_property=True),),
}


def both(fields: dict[str, Any]) -> list[type[Any]]:
    """A class that xDSL defines, and one of ours."""
    named = {"name": "test.fields", "__module__": __name__}
    return [
        define(type("FieldsOp", (IRDLOperation,), {**named, **fields}))
        for define in (irdl_op_definition, definition.irdl_op_definition)
    ]


def made(fields: dict[str, Any], **given: Any) -> list[Any]:
    """One of each, on the same values."""
    return [kind(**given) for kind in both(fields)]


def values(count: int) -> list[Any]:
    return [test.TestOp(result_types=[i32]).results[0] for _ in range(count)]


def ordered() -> list[Any]:
    one, *several, last = values(5)
    return [
        kind(
            operands=[one, several[0], several[1:], last],
            result_types=[i64, [i32]],
            properties={"number": IntegerAttr(1, i64), "label": StringAttr("x")},
            attributes={"note": StringAttr("y")},
            regions=[Region(Block())],
        )
        for kind in both(FIELDS)
    ]


def test_values_are_read_as_by_xdsl() -> None:
    theirs, ours = ordered()
    for field in ("first", "second", "rest", "last"):
        assert getattr(ours, field) == getattr(theirs, field)
    for field in ("number", "label", "called", "note"):
        assert getattr(ours, field) == getattr(theirs, field)
    assert (ours.made, ours.more, ours.body) == (ours.results[0], ours.results[1:], ours.regions[0])


@pytest.mark.parametrize("given", [[None], values(1)], ids=["none", "one"])
def test_what_may_be_missing_is_read_as_by_xdsl(given: list[Any]) -> None:
    first, last = values(2)
    for op in made(OPTIONAL, operands=[first, *given, last]):
        assert (op.first, op.second, op.last) == (first, given[0], last)


@pytest.mark.parametrize("others", [[], values(2)], ids=["none", "two"])
@pytest.mark.parametrize("given", [[None], values(1)], ids=["none", "one"])
def test_segments_are_read_as_by_xdsl(given: list[Any], others: list[Any]) -> None:
    (right,) = values(1)
    for kind in both(SEGMENTED):
        op = kind(operands=[*given, right, others], result_types=[[i32]], regions=[Region(Block())])
        assert (op.left, op.right, list(op.others)) == (given[0], right, others)
        assert (op.made, op.body) == (op.results, op.regions[0])


def test_properties_are_written_and_dropped() -> None:
    theirs, ours = ordered()
    for op in (theirs, ours):
        op.number, op.label, op.called, op.note = IntegerAttr(2, i64), None, StringAttr("z"), StringAttr("w")
    assert (ours.properties, ours.attributes) == (theirs.properties, theirs.attributes)
    assert ours.label is None


@pytest.mark.parametrize("field", ["first", "rest", "last", "made", "body"])
def test_other_fields_are_not_written(field: str) -> None:
    _, ours = ordered()
    with pytest.raises(AttributeError):
        setattr(ours, field, None)
