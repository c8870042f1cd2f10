"""Addresses of other cores: their place on the NOC, and their L1."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import i32
from xdsl.ir import ParametrizedAttribute, SSAValue, TypeAttribute
from xdsl.irdl import irdl_attr_definition, operand_def, result_def, traits_def
from xdsl.traits import Pure

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import CallOp, PureValueOp
from ttlang.dialects.ttkernel.cpp_spelling import Spelling, TypeName
from ttlang.dialects.ttkernel.facets import IsExpression, ReachesCores, facets


@irdl_attr_definition
class NocAddrType(ParametrizedAttribute, TypeAttribute):
    """An address in the L1 of other cores, of one or of a rectangle, or in a bank of memory."""

    name = "ttkernel.noc_addr"


class _ConvertOp(PureValueOp, ABC):
    FACETS: ClassVar = facets(IsExpression(long=True), ReachesCores())
    coordinate = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("coordinate",)
    assembly_format = "`(` $coordinate `)` attr-dict"

    def __init__(self, coordinate: SSAValue):
        super().__init__(operands=[coordinate], result_types=[i32])


@irdl_op_definition
class ConvertLogicalXOp(_ConvertOp):
    """The NOC coordinate of a column of the grid (docs/hardware.md, "Coordinates")."""

    name = "ttkernel.convert_logical_x_to_translated"
    SPELLING: ClassVar[Spelling] = Spelling(name="worker_logical_col_to_virtual_col", is_table=True)


@irdl_op_definition
class ConvertLogicalYOp(_ConvertOp):
    """The NOC coordinate of a row of the grid."""

    name = "ttkernel.convert_logical_y_to_translated"
    SPELLING: ClassVar[Spelling] = Spelling(name="worker_logical_row_to_virtual_row", is_table=True)


class _AddressOp(CallOp, ABC):
    FACETS: ClassVar = facets(ReachesCores())
    result = result_def(NocAddrType)
    traits = traits_def(Pure())


@irdl_op_definition
class GetNocAddrOp(_AddressOp):
    """The L1 address of the core at the NOC coordinates (x, y)."""

    name = "ttkernel.get_noc_addr"
    FACETS: ClassVar = facets(IsExpression(long=True))
    x = operand_def(i32)
    y = operand_def(i32)
    l1_address = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("x", "y", "l1_address")
    assembly_format = "`(` $x `,` $y `,` $l1_address `)` attr-dict"

    def __init__(self, x: SSAValue, y: SSAValue, l1_address: SSAValue):
        super().__init__(operands=[x, y, l1_address], result_types=[NocAddrType()])


@irdl_op_definition
class GetLocalNocAddrOp(_AddressOp):
    """The NOC's address of this core's own L1."""

    name = "ttkernel.get_local_noc_addr"
    SPELLING: ClassVar[Spelling] = Spelling(name="get_noc_addr")
    FACETS: ClassVar = facets(IsExpression())
    l1_address = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("l1_address",)
    assembly_format = "`(` $l1_address `)` attr-dict"

    def __init__(self, l1_address: SSAValue):
        super().__init__(operands=[l1_address], result_types=[NocAddrType()])


class _BankAddressOp(_AddressOp, ABC):
    bank = operand_def(i32)
    address = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("bank", "address")
    assembly_format = "`(` $bank `,` $address `)` attr-dict"

    def __init__(self, bank: SSAValue, address: SSAValue):
        super().__init__(operands=[bank, address], result_types=[NocAddrType()])


def _bank_spelling(in_dram: str) -> Spelling:
    return Spelling(name="get_noc_addr_from_bank_id", template=(TypeName(in_dram),))


@irdl_op_definition
class GetDramBankNocAddrOp(_BankAddressOp):
    """The NOC's address of a place in a bank of DRAM: the bank's number, and the address in it."""

    name = "ttkernel.get_dram_bank_noc_addr"
    SPELLING: ClassVar[Spelling] = _bank_spelling("true")


@irdl_op_definition
class GetL1BankNocAddrOp(_BankAddressOp):
    """
    The NOC's address of a place in a bank of L1: a core of the chip, counted row by row, and an address in its L1.
    """

    name = "ttkernel.get_l1_bank_noc_addr"
    SPELLING: ClassVar[Spelling] = _bank_spelling("false")


@irdl_op_definition
class GetNocMulticastAddrOp(_AddressOp):
    """
    The L1 address of a rectangle of cores, from `start` to `end`, both in: on NOC 0 from the upper left to the lower
    right core, on NOC 1 from the lower right to the upper left.
    """

    name = "ttkernel.get_noc_multicast_addr"
    FACETS: ClassVar = facets(IsExpression(long=True))
    x_start = operand_def(i32)
    y_start = operand_def(i32)
    x_end = operand_def(i32)
    y_end = operand_def(i32)
    l1_address = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("x_start", "y_start", "x_end", "y_end", "l1_address")
    assembly_format = "`(` $x_start `,` $y_start `,` $x_end `,` $y_end `,` $l1_address `)` attr-dict"

    def __init__(self, x_start: SSAValue, y_start: SSAValue, x_end: SSAValue, y_end: SSAValue, l1_address: SSAValue):
        super().__init__(operands=[x_start, y_start, x_end, y_end, l1_address], result_types=[NocAddrType()])
