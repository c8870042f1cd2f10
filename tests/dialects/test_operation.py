"""The base of our operations makes, tells apart and prints what xDSL's own would."""

from __future__ import annotations

from abc import ABC
from typing import Any

import pytest
from xdsl.dialects import test
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, StringAttr, i32, i64
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    attr_def,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    var_operand_def,
    var_result_def,
)

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.operation import DialectOperation


def defined(base: type[IRDLOperation], name: str, **fields: Any) -> type[Any]:
    """The same operation, on xDSL's base or on ours."""
    return irdl_op_definition(type(name, (base,), {"name": f"test.{name}", "__module__": __name__, **fields}))


BASES = (IRDLOperation, DialectOperation)


def value() -> SSAValue:
    return test.TestOp(result_types=[i32]).results[0]


def in_order(base: type[IRDLOperation]) -> type[Any]:
    return defined(
        base,
        "in_order",
        first=operand_def(i32),
        rest=var_operand_def(i32),
        made=var_result_def(),
        number=prop_def(IntegerAttr, default_value=IntegerAttr(7, i64)),
        label=opt_prop_def(StringAttr),
        note=attr_def(StringAttr, default_value=StringAttr("none")),
        body=region_def(),
    )


def segmented(base: type[IRDLOperation]) -> type[Any]:
    options = (AttrSizedOperandSegments(as_property=True),)
    fields = {"left": opt_operand_def(i32), "right": var_operand_def(i32), "irdl_options": options}
    return defined(base, "segmented", **fields)


def fields_of(op: Operation) -> list[object]:
    return [
        [operand.type for operand in op.operands],
        [[use.index for use in operand.uses if use.operation is op] for operand in op.operands],
        [(result.type, result.index, result.op is op) for result in op.results],
        op.properties,
        op.attributes,
        op.location,
        [region.parent is op for region in op.regions],
        list(op.successors),
        op.parent,
    ]


GIVEN = {
    "values": lambda: {"operands": [value(), [value(), value()]], "result_types": [[i32, i64]], "regions": [Region()]},
    "the operations that make them": lambda: {
        "operands": [test.TestOp(result_types=[i32]), [test.TestOp(result_types=[i32])]],
        "result_types": [()],
        "regions": [Region(Block())],
    },
    "blocks": lambda: {"operands": [value(), ()], "result_types": [[]], "regions": [[Block()]]},
    "properties": lambda: {
        "operands": [value(), []],
        "result_types": [[i32]],
        "properties": {"label": StringAttr("x"), "number": None},
        "attributes": {"note": StringAttr("y"), "other": ArrayAttr([])},
        "regions": [Region()],
    },
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_an_operation_is_made_as_by_xdsl(given: Any) -> None:
    theirs, ours = (in_order(base)(**given()) for base in BASES)
    assert fields_of(ours) == fields_of(theirs)


@pytest.mark.parametrize("operands", [lambda: [None, [value()]], lambda: [value(), [value(), value()]]])
def test_sizes_of_segments_are_noted_as_by_xdsl(operands: Any) -> None:
    theirs, ours = (segmented(base)(operands=operands()) for base in BASES)
    assert fields_of(ours) == fields_of(theirs)
    assert len(ours.right) == len(theirs.right)


WRONG = {
    "too few fields": lambda: {"operands": [value()], "result_types": [[]], "regions": [Region()]},
    "none for one": lambda: {"operands": [None, []], "result_types": [[]], "regions": [Region()]},
    "two for one": lambda: {"operands": [[value(), value()], []], "result_types": [[]], "regions": [Region()]},
    "no region": lambda: {"operands": [value(), []], "result_types": [[]]},
}


@pytest.mark.parametrize("given", WRONG.values(), ids=WRONG)
def test_what_does_not_fit_the_definition_is_told_as_by_xdsl(given: Any) -> None:
    told = []
    for base in BASES:
        with pytest.raises(ValueError, match=r"in_order|Expected") as raised:
            in_order(base)(**given())
        told.append(str(raised.value))
    assert told[0] == told[1]


def test_an_operation_is_created_and_cloned_as_by_xdsl() -> None:
    created = []
    for base in BASES:
        op = in_order(base).create(
            operands=[value(), value()], result_types=[i32], properties={"label": StringAttr("x")}, regions=[Region()]
        )
        created += [op, op.clone()]
    assert [fields_of(op)[2:] for op in created] == [fields_of(created[0])[2:]] * 4
    assert list(created[3].operands) == list(created[2].operands)
    assert {use.operation for use in created[2].operands[1].uses} == {created[2], created[3]}


def test_what_it_holds_can_not_be_put_into_itself() -> None:
    inside = Block()
    op = in_order(DialectOperation).create(operands=[value()], regions=[Region(inside)])
    empty = in_order(DialectOperation).create(operands=[value()])
    assert op.is_ancestor(inside)
    assert op.is_ancestor(op)
    assert not empty.is_ancestor(inside)
    with pytest.raises(ValueError, match="contained in the operation"):
        inside.add_op(op)
    inside.add_op(empty)
    assert empty.parent is inside


def test_what_it_makes_is_its_own() -> None:
    properties = {"label": StringAttr("x")}
    op = in_order(DialectOperation).create(operands=[value()], properties=properties, regions=[Region()])
    op.properties["label"] = StringAttr("y")
    assert properties == {"label": StringAttr("x")}


def test_tests_for_classes_know_all_bases() -> None:
    class Family(DialectOperation, ABC):
        pass

    member, other = (defined(base, "member") for base in (Family, DialectOperation))
    assert isinstance(member(), Family)
    assert issubclass(member, Family)
    assert isinstance(member(), Operation)
    assert not isinstance(other(), Family)
    assert not issubclass(other, Family)
