"""Between passes, an operation is verified again exactly if something has changed that its verification reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, i32, i64
from xdsl.ir import Operation
from xdsl.parser import Parser

from ttlang.analysis.verification import Verifier
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
    verify = Operation.verify

    def watch(op: Operation, verify_nested_ops: bool = True) -> None:
        verified.append(op.name)
        verify(op, verify_nested_ops)

    monkeypatch.setattr(Operation, "verify", watch)
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
