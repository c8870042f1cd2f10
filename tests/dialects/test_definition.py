"""Operations are defined when they are first used, as xDSL defines them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from xdsl.dialects.builtin import IntegerAttr, i32
from xdsl.ir import Dialect
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import IsTerminator, NoMemoryEffect, Pure
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects import definition
from ttlang.dialects.ttkernel import ttkernel_dialect
from ttlang.dialects.ttl import ttl_dialect


def make(decorator) -> type[IRDLOperation]:
    class Base(IRDLOperation):
        traits = traits_def(NoMemoryEffect())

    @decorator
    class SampleOp(Base):
        name = "sample.op"
        lhs = operand_def(i32)
        value = prop_def(IntegerAttr.constr(i32), prop_name="number")
        result = result_def(i32)
        traits = traits_def(IsTerminator())

        def verify_(self) -> None:
            if self.value.value.data < 0:
                raise VerifyException("negative")

    return SampleOp


def test_a_definition_is_that_of_xdsl() -> None:
    usual, deferred = make(irdl_op_definition), make(definition.irdl_op_definition)
    # Before there is an operation.
    assert deferred.traits.traits == usual.traits.traits == {NoMemoryEffect(), IsTerminator()}
    assert not deferred.has_trait(Pure())
    made, expected = deferred.get_irdl_definition(), usual.get_irdl_definition()
    assert deferred.get_irdl_definition() is made
    assert (made.operands, made.results, made.properties, made.accessor_names, made.traits) == (
        *(expected.operands, expected.results, expected.properties, expected.accessor_names, expected.traits),
    )


@pytest.mark.parametrize("decorator", [irdl_op_definition, definition.irdl_op_definition])
def test_the_first_operation_is_built_read_and_verified(decorator) -> None:
    kind = make(decorator)
    from xdsl.dialects.test import TestOp

    source = TestOp(result_types=[i32]).results[0]
    op = kind.build(operands=[source], properties={"number": IntegerAttr(1, i32)}, result_types=[i32])
    assert op.lhs is source
    assert op.result is op.results[0]
    op.verify_()
    op.value = IntegerAttr(-1, i32)
    with pytest.raises(VerifyException, match="negative"):
        op.verify_()
    with pytest.raises(VerifyException):
        kind.create(operands=[source, source], result_types=[i32]).verify_()


@pytest.mark.parametrize("dialect", [ttl_dialect(), ttkernel_dialect()], ids=lambda dialect: dialect.name)
def test_every_operation_can_be_defined(dialect: Dialect) -> None:
    """A mistake in a definition, or in a format, would wait for the first operation of its kind."""
    for kind in dialect.operations:
        assert kind.get_irdl_definition().name == kind.name
        if (text := kind.assembly_format) is not None:
            assert kind.get_irdl_definition().assembly_format == text
            assert kind.print.__closure__[0].cell_contents.format


def test_an_import_defines_none() -> None:
    script = """
from xdsl.irdl import OpDef
from ttlang.dialects import definition
made = []
real = definition.define
definition.define = lambda kind: made.append(kind.name) or real(kind)
import ttlang.driver.pipeline, ttlang.driver.launch, ttlang.backends.simulator, ttlang.backends.cpp.printer
from ttlang.dialects import ttl
assert not made, made
ttl.CreateCBOp.get_irdl_definition()
print(*made)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ttl.create_cb"]
