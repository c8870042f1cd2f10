"""Operations of xDSL's own dialects are made as xDSL makes them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from xdsl.dialects import arith, scf, test
from xdsl.dialects.builtin import FileLineColLoc, IntAttr, IntegerAttr, StringAttr, i32
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.irdl import IRDLOperation

from ttlang.dialects.making import made

PLACE = FileLineColLoc(StringAttr("k.py"), IntAttr(3), IntAttr(9))


def values() -> tuple[SSAValue, SSAValue, SSAValue]:
    first, second, third = (test.TestOp(result_types=[i32]).results[0] for _ in range(3))
    return first, second, third


PAIRS: dict[str, Callable[[], tuple[IRDLOperation, IRDLOperation]]] = {
    "defaults": lambda: (
        made(arith.AddiOp, (ours := values())[:2], (i32,)),
        arith.AddiOp.create(operands=ours[:2], result_types=(i32,)),
    ),
    "properties and a location": lambda: (
        made(arith.ConstantOp, (), (i32,), {"value": IntegerAttr(3, i32)}, location=PLACE),
        arith.ConstantOp.create(result_types=(i32,), properties={"value": IntegerAttr(3, i32)}, location=PLACE),
    ),
    "regions": lambda: (
        made(scf.ForOp, (ours := values()), regions=[Region(Block(arg_types=[i32]))]),
        scf.ForOp.create(operands=ours, regions=[Region(Block(arg_types=[i32]))]),
    ),
    "attributes": lambda: (
        made(test.TestOp, attributes={"note": StringAttr("x")}),
        test.TestOp.create(attributes={"note": StringAttr("x")}),
    ),
}


def told(op: Operation) -> list[object]:
    return [
        list(op.operands),
        [[use.index for use in operand.uses if use.operation is op] for operand in op.operands],
        [(result.type, result.index, result.op is op) for result in op.results],
        op.properties,
        op.attributes,
        op.location,
        [region.parent is op for region in op.regions],
        list(op.successors),
        op.parent,
    ]


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_it_is_what_create_gives(pair: Callable[[], tuple[IRDLOperation, IRDLOperation]]) -> None:
    ours, theirs = pair()
    assert type(ours) is type(theirs)
    assert told(ours) == told(theirs)


def test_what_it_is_given_stays_as_it_is() -> None:
    properties = {"value": IntegerAttr(3, i32)}
    made(arith.ConstantOp, (), (i32,), properties).properties["value"] = IntegerAttr(4, i32)
    assert properties == {"value": IntegerAttr(3, i32)}
