"""Transfers between cores, from L1 to L1."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue
from xdsl.irdl import operand_def

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import EffectOp
from ttlang.dialects.ttkernel.core_addresses import NocAddrType
from ttlang.dialects.ttkernel.facets import ReachesCores, Sends, facets


@irdl_op_definition
class NocAsyncReadOp(EffectOp):
    """Starts to read bytes into L1."""

    name = "ttkernel.noc_async_read"
    FACETS: ClassVar = facets(ReachesCores())
    address = operand_def(NocAddrType)
    l1_address = operand_def(i32)
    size = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("address", "l1_address", "size")
    assembly_format = "`(` $address `,` $l1_address `,` $size `)` attr-dict"

    def __init__(self, address: SSAValue, l1_address: SSAValue, size: SSAValue):
        super().__init__(operands=[address, l1_address, size])


@irdl_op_definition
class NocAsyncWriteOp(EffectOp):
    """Starts to write bytes of L1 to another core."""

    name = "ttkernel.noc_async_write"
    FACETS: ClassVar = facets(Sends())
    l1_address = operand_def(i32)
    address = operand_def(NocAddrType)
    size = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("l1_address", "address", "size")
    assembly_format = "`(` $l1_address `,` $address `,` $size `)` attr-dict"

    def __init__(self, l1_address: SSAValue, address: SSAValue, size: SSAValue):
        super().__init__(operands=[l1_address, address, size])


class MulticastOp(EffectOp, ABC):
    FACETS: ClassVar = facets(Sends())
    l1_address = operand_def(i32)
    address = operand_def(NocAddrType)
    size = operand_def(i32)
    num_dests = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("l1_address", "address", "size", "num_dests")
    assembly_format = "`(` $l1_address `,` $address `,` $size `,` $num_dests `)` attr-dict"

    def __init__(self, l1_address: SSAValue, address: SSAValue, size: SSAValue, num_dests: SSAValue):
        super().__init__(operands=[l1_address, address, size, num_dests])


@irdl_op_definition
class NocAsyncWriteMulticastOp(MulticastOp):
    """Starts to write bytes of L1 to a rectangle of cores, without this one."""

    name = "ttkernel.noc_async_write_multicast"


@irdl_op_definition
class NocAsyncWriteMulticastLoopbackSrcOp(MulticastOp):
    """Starts to write bytes of L1 to a rectangle of cores, this one included."""

    name = "ttkernel.noc_async_write_multicast_loopback_src"
