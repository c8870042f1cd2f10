"""A copy is what xDSL's clone is."""

from __future__ import annotations

from io import StringIO

import pytest
from xdsl.context import Context
from xdsl.dialects import get_all_dialects
from xdsl.ir import Operation
from xdsl.parser import Parser
from xdsl.printer import Printer

from ttlang.dialects.copying import copied

TEXTS = {
    "loops": """
        func.func @f(%rows: i32 loc("f.py":1:2), %b: i1) -> i32 {
          %one = arith.constant {note = "x"} 1 : i32 loc("f.py":2:3)
          %sum = scf.for %i = %one to %rows step %one iter_args(%so_far = %one) -> (i32) : i32 {
            %next = arith.addi %so_far, %i : i32
            scf.yield %next : i32
          }
          %kept = scf.if %b -> (i32) {
            scf.yield %sum : i32
          } else {
            scf.yield %one : i32
          }
          func.return %kept : i32
        }""",
    "used before it is made": """
        "test.op"() ({
          "test.op"(%late) : (i32) -> ()
          %late = "test.op"() ({ "test.op"(%late) : (i32) -> () }) : () -> i32
        }) : () -> ()""",
    "blocks that follow another": """
        func.func @g(%a: i32) {
          cf.br ^next(%a : i32)
        ^next(%b: i32):
          cf.br ^next(%b : i32)
        }""",
    "blocks": """
        "test.op"() ({
        ^a(%a: i32):
          "test.op"(%a) : (i32) -> ()
        ^b:
          "test.op"(%a) : (i32) -> ()
        }, {}) : () -> ()""",
    "names": '%a_1_2 = "test.op"() : () -> i32\n%b_3 = "test.op"(%a_1_2) : (i32) -> i64',
}


def parsed(text: str) -> Operation:
    context = Context()
    for name in ("builtin", "func", "arith", "scf", "cf", "test"):
        context.register_dialect(name, get_all_dialects()[name])
    return Parser(context, text).parse_module()


def printed(op: Operation) -> str:
    stream = StringIO()
    Printer(stream=stream, print_debuginfo=True).print_op(op)
    return stream.getvalue()


def uses(op: Operation) -> list[list[tuple[int, int]]]:
    """Of each value, in the order in which xDSL has them: the number of the operation, and that of its operand."""
    ops = list(op.walk())
    number = {each: index for index, each in enumerate(ops)}
    values = [result for each in ops for result in each.results]
    values += [argument for block in op.walk_blocks() for argument in block.args]
    return [[(number[use.operation], use.index) for use in value.uses] for value in values]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_copy_is_what_a_clone_is(text: str) -> None:
    op = parsed(text)
    before = printed(op), uses(op)
    made = copied(op)
    assert printed(made) == printed(op.clone())
    assert (printed(op), uses(op)) == before
    assert uses(made) == uses(op.clone())
    assert set(made.walk()).isdisjoint(op.walk())


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_copy_uses_no_value_of_the_original(text: str) -> None:
    op = parsed(text)
    own = {result for each in op.walk() for result in each.results}
    own |= {argument for block in op.walk_blocks() for argument in block.args}
    assert own.isdisjoint(operand for each in copied(op).walk() for operand in each.operands)


def test_values_from_around_are_shared() -> None:
    module = parsed('%a = "test.op"() : () -> i32\n%b = "test.op"(%a) : (i32) -> i32')
    first, second = module.regions[0].block.ops
    assert copied(second).operands[0] is first.results[0]
