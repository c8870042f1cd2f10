"""What was right once is right again; anything else is verified."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from xdsl.dialects import test
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, StringAttr, i32, i64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.traits import HasParent, Pure
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.remembered_checks import RememberedCheck, RememberedLoopCheck

ONE = IntegerAttr(1, i64)


def value() -> SSAValue:
    return test.TestOp(result_types=[i32]).results[0]


def operation(**given: object) -> test.TestOp:
    shape = {"operands": [value()], "result_types": [i32], "properties": {"a": ONE}} | given
    return test.TestOp.create(**shape)  # pyright: ignore[reportArgumentType]


def wide() -> test.TestOp:
    return operation(operands=[test.TestOp(result_types=[i64]).results[0]])


OTHERS: dict[str, Callable[[], Operation]] = {
    "another operand": wide,
    "no operand": lambda: operation(operands=[]),
    "an operand for a result": lambda: operation(
        operands=[test.TestOp(result_types=[i32]).results[0]] * 2, result_types=[]
    ),
    "another property": lambda: operation(properties={"a": IntegerAttr(2, i64)}),
    "a property of another name": lambda: operation(properties={"b": ONE}),
    "an attribute for a property": lambda: operation(properties={}, attributes={"a": ONE}),
    "an attribute more": lambda: operation(attributes={"b": StringAttr("")}),
    "a region": lambda: operation(regions=[Region()]),
}


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_what_differs_is_verified(make: Callable[[], Operation]) -> None:
    seen: list[Operation] = []
    check = RememberedCheck(seen.append)
    first, other = operation(), make()
    for op in (first, first.clone(), other):
        check(op)
    assert seen == [first, other]


def test_what_was_wrong_is_wrong_again() -> None:
    def verify(op: Operation) -> None:
        raise VerifyException(op.name)

    check, op = RememberedCheck(verify), operation()
    for _ in range(2):
        with pytest.raises(VerifyException):
            check(op)


def test_traits_look_at_each() -> None:
    check = RememberedCheck(lambda _: None, (Pure(), HasParent(ModuleOp)))
    here, elsewhere = operation(), operation()
    ModuleOp([here])
    check(here)
    test.TestOp(regions=[Region(Block([elsewhere]))])
    with pytest.raises(VerifyException, match="parent"):
        check(elsewhere)


def loop(*types: Attribute, last: type[Operation] | None = test.TestTermOp, blocks: int = 1) -> test.TestOp:
    """Of one region, whose terminator yields its arguments."""
    body = Block(arg_types=types)
    if last is not None:
        body.add_op(last.create(operands=body.args))
    others = [Block() for _ in range(blocks - 1)]
    return test.TestOp(regions=[Region([body, *others])])


LOOPS: dict[str, Callable[[], Operation]] = {
    "another argument": lambda: loop(i64),
    "one more": lambda: loop(i32, i32),
    "another terminator": lambda: loop(i32, last=test.TestPureOp),
    "no terminator": lambda: loop(i32, last=None),
    "more blocks": lambda: loop(i32, blocks=2),
    "no region": lambda: test.TestOp(),
    "more regions": lambda: test.TestOp(regions=[Region(), Region()]),
}


@pytest.mark.parametrize("make", LOOPS.values(), ids=LOOPS)
def test_loops_that_differ_are_verified(make: Callable[[], Operation]) -> None:
    seen: list[Operation] = []
    check = RememberedLoopCheck(seen.append)
    first, like, other = loop(i32), loop(i32), make()
    for op in (first, like, other):
        check(op)
    assert seen == [first, other]
