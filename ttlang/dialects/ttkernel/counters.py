"""Counters that a thread keeps for itself: no calls, but variables."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr, i32, i64
from xdsl.ir import ParametrizedAttribute, SSAValue, TypeAttribute
from xdsl.irdl import (
    irdl_attr_definition,
    operand_def,
    opt_operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.operation import DialectOperation
from ttlang.dialects.ttkernel.call_families import number
from ttlang.dialects.ttkernel.facets import HandedOver, facets


@irdl_attr_definition
class CountersType(ParametrizedAttribute, TypeAttribute):
    """Counters that a thread keeps for itself."""

    name = "ttkernel.counters"


@irdl_op_definition
class CountersOp(DialectOperation):
    """`size` counters that start at 0: no call, but variables of the kernel."""

    name = "ttkernel.make_counters"
    FACETS: ClassVar = facets(HandedOver())
    size = prop_def(IntegerAttr.constr(i64))
    result = result_def(CountersType)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$size attr-dict"

    def __init__(self, size: int):
        super().__init__(properties={"size": number(size)}, result_types=[CountersType()])


class CounterOp(DialectOperation, ABC):
    """Something done with a counter, the only one or that at `index`."""

    counters = operand_def(CountersType)
    index = opt_operand_def(i32)
    result = result_def(i32)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$counters (`[` $index^ `]`)? attr-dict"

    def __init__(self, counters: SSAValue, index: SSAValue | None = None):
        super().__init__(operands=[counters, index], result_types=[i32])


@irdl_op_definition
class CountOp(CounterOp):
    """Adds one to a counter; the result is what it is then."""

    name = "ttkernel.count"


@irdl_op_definition
class LoadCounterOp(CounterOp):
    """What a counter is now."""

    name = "ttkernel.load_counter"
