"""What differs between cores: their coordinates, and integers that the kernel function computed for each."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, StringAttr, i32, i64
from xdsl.ir import SSAValue
from xdsl.irdl import prop_def, result_def, traits_def
from xdsl.traits import HasParent, Pure

from ttlang.dialects.attributes import i32_array, i64_attr, string_attr
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.operation import DialectOperation
from ttlang.dialects.ttl.resources import KernelOp
from ttlang.dialects.ttl.types import CoreTableType
from ttlang.dialects.typed_values import operand_of


@irdl_op_definition
class CoreArgumentOp(DialectOperation):
    """An integer that the kernel function computed for each core; `values` are in the order of `core_linear`."""

    name = "ttl.core_argument"
    name_ = prop_def(StringAttr, prop_name="name")
    values = prop_def(DenseArrayBase.constr(i32))
    result = result_def(i32)
    traits = traits_def(HasParent(KernelOp))
    assembly_format = "$name $values attr-dict"

    def __init__(self, name: str, values: Sequence[int]):
        super().__init__(
            properties={"name": string_attr(name), "values": i32_array(values)},
            result_types=[i32],
        )


@irdl_op_definition
class CoreTableOp(DialectOperation):
    """`entries` integers for each core; `values` has them core by core, in the order of `core_linear`."""

    name = "ttl.core_table"
    name_ = prop_def(StringAttr, prop_name="name")
    entries = prop_def(IntegerAttr.constr(i64))
    values = prop_def(DenseArrayBase.constr(i32))
    result = result_def(CoreTableType)
    traits = traits_def(HasParent(KernelOp))
    assembly_format = "$name $entries $values attr-dict"

    def __init__(self, name: str, rows: Sequence[Sequence[int]]):
        super().__init__(
            properties={
                "name": string_attr(name),
                "entries": i64_attr(len(rows[0])),
                "values": i32_array([value for row in rows for value in row]),
            },
            result_types=[CoreTableType()],
        )

    @property
    def columns(self) -> list[list[int]]:
        """For each entry, the values of all cores."""
        values, entries = [int(v) for v in self.values.iter_values()], self.entries.value.data
        return [values[entry::entries] for entry in range(entries)]


@irdl_op_definition
class CoreTableEntryOp(DialectOperation):
    """This core's entry at `index`."""

    name = "ttl.core_table_entry"
    table = operand_of(CoreTableType)
    index = operand_of(i32)
    result = result_def(i32)
    traits = traits_def(Pure())
    assembly_format = "$table `[` $index `]` attr-dict"

    def __init__(self, table: SSAValue, index: SSAValue):
        super().__init__(operands=[table, index], result_types=[i32])


class _CoreCoordinateOp(DialectOperation, ABC):
    result = result_def(i32)
    traits = traits_def(Pure())
    assembly_format = "attr-dict"

    def __init__(self) -> None:
        super().__init__(result_types=[i32])


@irdl_op_definition
class CoreXOp(_CoreCoordinateOp):
    """The column of this core."""

    name = "ttl.core_x"


@irdl_op_definition
class CoreYOp(_CoreCoordinateOp):
    """The row of this core."""

    name = "ttl.core_y"


# ------------------------------------------------------------------------------------------------ computation
