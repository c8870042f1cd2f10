"""Between passes, an operation is verified again exactly if something has changed that its verification reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, i32, i64
from xdsl.ir import Operation
from xdsl.parser import Parser
from xdsl.utils.exceptions import VerifyException

from ttlang.analysis.dominance import check_dominance
from ttlang.analysis.verification import Verifier, verify_alone
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.universe import make_context

TEXT = """
%a = arith.constant 1 : i32
%b = arith.constant 2 : i32
%sum = arith.addi %a, %b : i32
"""


def module_and_sum() -> tuple[ModuleOp, arith.AddiOp]:
    module = Parser(make_context(), TEXT).parse_module()
    total = module.body.block.last_op
    assert isinstance(total, arith.AddiOp)
    return module, total


def narrow(op: arith.AddiOp) -> None:
    """An operand of another type."""
    constant = op.lhs.owner
    assert isinstance(constant, Operation)
    constant.properties["value"] = IntegerAttr(1, i64)
    constant.results[0]._type = i64  # pyright: ignore[reportPrivateUsage]


def other_operand(op: arith.AddiOp) -> None:
    wide = arith.ConstantOp.from_int_and_width(1, i64)
    block = op.parent_block()
    assert block is not None
    block.insert_op_before(wide, op)
    op.operands[0] = wide.result


def other_property(op: arith.AddiOp) -> None:
    op.properties["overflowFlags"] = IntegerAttr(1, i32)


@pytest.mark.parametrize("change", [narrow, other_operand, other_property])
@pytest.mark.parametrize("whole", [False, True])
def test_a_change_is_found(change: Callable[[arith.AddiOp], None], whole: bool) -> None:
    module, total = module_and_sum()
    verifier = Verifier()
    for _ in range(2):
        verifier.verify(module, whole=False)
    change(total)
    with pytest.raises(DiagnosticError, match=r"arith\.addi"):
        verifier.verify(module, whole=whole)


def test_what_is_as_it_was_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    module, total = module_and_sum()
    verified: list[str] = []

    def watch(op: Operation) -> None:
        verified.append(op.name)
        verify_alone(op)

    monkeypatch.setattr("ttlang.analysis.verification.verify_alone", watch)
    verifier = Verifier()
    verifier.verify(module, whole=False)
    assert verified.count("arith.addi") == 1
    total.attributes["more"] = IntegerAttr(1, i32)
    verified.clear()
    verifier.verify(module, whole=False)
    assert verified == ["builtin.module", "arith.addi"]
    verified.clear()
    verifier.verify(module)
    assert verified == ["builtin.module", "arith.constant", "arith.constant", "arith.addi"]


def test_a_terminator_has_to_stay_the_last() -> None:
    module = Parser(make_context(), "%yes = arith.constant true\nscf.if %yes { scf.yield }").parse_module()
    verifier = Verifier()
    verifier.verify(module, whole=False)
    last = next(op for op in module.walk() if op.name == "scf.yield")
    block = last.parent_block()
    assert block is not None
    block.insert_op_after(arith.ConstantOp.from_int_and_width(1, i32), last)
    with pytest.raises(DiagnosticError, match=r"scf\.yield"):
        verifier.verify(module, whole=False)


def test_order_is_verified_each_time() -> None:
    module, total = module_and_sum()
    verifier = Verifier()
    verifier.verify(module, whole=False)
    first = module.body.block.first_op
    assert first is not None
    total.detach()
    module.body.block.insert_op_before(total, first)
    with pytest.raises(DiagnosticError, match="before its definition"):
        verifier.verify(module, whole=False)


WRONG = {
    "not the last": """%yes = arith.constant true
        "scf.if"(%yes) ({ "scf.yield"() : () -> () %a = arith.constant 1 : i32 }, {}) : (i1) -> ()""",
    "not in a loop": '"builtin.module"() ({ "scf.yield"() : () -> () }) : () -> ()',
    "of two types": '%a = arith.constant 1 : i32\n%c = "arith.addi"(%a, %a) : (i32, i32) -> i64',
    "narrower": '%a = arith.constant 1 : i32\n%b = "arith.extui"(%a) : (i32) -> i16',
    "too few": '%a = arith.constant 1 : i32\n%c = "arith.addi"(%a) : (i32) -> i32',
    "a word that is no terminator": '"scf.execute_region"() ({ %a = arith.constant 1 : i32 }) : () -> ()',
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_an_operation_is_told_as_by_xdsl(text: str) -> None:
    module = Parser(make_context(), text).parse_module()
    told: list[list[str]] = []
    for verify in (lambda op: op.verify(verify_nested_ops=False), verify_alone, verify_alone):
        told.append([])
        for op in module.walk():
            try:
                verify(op)
            except VerifyException as wrong:
                told[-1].append(str(wrong))
    assert told[0] == told[1] == told[2] != []


def test_a_value_that_is_gone_is_found() -> None:
    _, total = module_and_sum()
    constant = total.lhs.owner
    assert isinstance(constant, Operation)
    constant.detach()
    constant.erase(safe_erase=False)
    with pytest.raises(ValueError, match="Erased"):
        verify_alone(total)


def test_a_value_is_not_seen_beside_its_region() -> None:
    text = """
    %yes = arith.constant true
    scf.if %yes {
      %a = arith.constant 1 : i32
      scf.yield
    } else {
      %b = "test.op"() : () -> i32
      scf.yield
    }
    """
    context = make_context()
    context.allow_unregistered = True
    module = Parser(context, text).parse_module()
    first = next(op for op in module.walk() if op.results and op.results[0].type == i32)
    Verifier().verify(module)
    last = [op for op in module.walk() if op.name == "scf.yield"][-1]
    last.operands = [first.results[0]]
    with pytest.raises(VerifyException, match="before its definition"):
        check_dominance(module)
