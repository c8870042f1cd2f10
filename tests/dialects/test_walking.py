"""Walks as lists."""

from __future__ import annotations

import pytest
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block
from xdsl.parser import Parser
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern

from ttlang.dialects.walking import operands_of, operations, operations_in, operations_of
from ttlang.driver.universe import make_context
from ttlang.transforms.rewriting import convert, rewrites

SOURCE = """
%a = arith.constant 1 : i32
%c = arith.constant true
scf.if %c {
  %b = arith.addi %a, %a : i32
  scf.if %c {
    %d = arith.subi %b, %a : i32
  } else {
    %e = arith.muli %b, %a : i32
  }
}
%f = arith.addi %a, %a : i32
"""


@pytest.fixture
def module() -> ModuleOp:
    return Parser(make_context(), SOURCE).parse_module()


def test_the_order_is_that_of_the_text(module: ModuleOp) -> None:
    assert operations(module) == list(module.walk())
    assert operations(module.body.block) == list(module.walk())[1:]


def test_those_of_a_block_stand_in_it(module: ModuleOp) -> None:
    block = module.body.block
    assert operations_in(block) == list(block.ops)
    assert len(operations_in(block)) < len(operations(block))
    assert operations_in(Block()) == []


def test_operands_are_read_where_they_are(module: ModuleOp) -> None:
    assert all(operands_of(op) == tuple(op.operands) for op in operations(module))


def test_kinds_may_be_base_classes(module: ModuleOp) -> None:
    assert [op.name for op in operations_of(module, scf.IfOp, arith.SubiOp)] == ["scf.if", "scf.if", "arith.subi"]
    sums = operations_of(module, arith.AddiOp)
    assert [op for op in operations_of(module, arith.SignlessIntegerBinaryOperation) if op in sums] == sums
    assert len(operations_of(module, arith.SignlessIntegerBinaryOperation)) == 4


class _WithoutChoices(RewritePattern):
    def __init__(self) -> None:
        self.seen: list[str] = []

    @rewrites
    def match_and_rewrite(self, op: scf.IfOp | arith.AddiOp, rewriter: PatternRewriter, /) -> None:
        self.seen.append(op.name)
        if isinstance(op, scf.IfOp):
            rewriter.erase(op)
            return
        rewriter.replace(op, arith.SubiOp(op.lhs, op.rhs))


def test_rewriting_passes_over_what_a_pattern_has_deleted(module: ModuleOp) -> None:
    pattern = _WithoutChoices()
    convert(module, pattern)
    assert pattern.seen == ["scf.if", "arith.addi"]
    assert [op.name for op in operations(module)][1:] == ["arith.constant", "arith.constant", "arith.subi"]
