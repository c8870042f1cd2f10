"""Transfers between cores, from L1 to L1."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr, UnitAttr, i32, i64
from xdsl.ir import SSAValue
from xdsl.irdl import operand_def, opt_prop_def

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import EffectOp, PacketOp, packet_properties
from ttlang.dialects.ttkernel.core_addresses import NocAddrType
from ttlang.dialects.ttkernel.cpp_spelling import Flag, Option, Spelling
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
class NocAsyncWriteOp(PacketOp):
    """Starts to write bytes of L1 to another core."""

    name = "ttkernel.noc_async_write"
    SPELLING: ClassVar[Spelling] = Spelling(template=(Flag("posted", before=("NOC_MAX_BURST_SIZE + 1", "true")),))
    FACETS: ClassVar = facets(Sends())
    l1_address = operand_def(i32)
    address = operand_def(NocAddrType)
    size = operand_def(i32)
    posted = opt_prop_def(UnitAttr)
    vc = opt_prop_def(IntegerAttr.constr(i64))
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("l1_address", "address", "size")
    OPTIONS: ClassVar[tuple[Option, ...]] = (Option("noc_index"), Option("NOC_UNICAST_WRITE_VC", "vc"))
    assembly_format = "`(` $l1_address `,` $address `,` $size `)` attr-dict"

    def __init__(
        self, l1_address: SSAValue, address: SSAValue, size: SSAValue, *, posted: bool = False, vc: int | None = None
    ):
        super().__init__(operands=[l1_address, address, size], properties={**packet_properties(posted=posted, vc=vc)})


class MulticastOp(PacketOp, ABC):
    FACETS: ClassVar = facets(Sends())
    l1_address = operand_def(i32)
    address = operand_def(NocAddrType)
    size = operand_def(i32)
    num_dests = operand_def(i32)
    linked = opt_prop_def(UnitAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("l1_address", "address", "size", "num_dests")
    OPTIONS: ClassVar[tuple[Option, ...]] = (Option("false", "linked"),)
    assembly_format = "`(` $l1_address `,` $address `,` $size `,` $num_dests `)` attr-dict"

    def __init__(
        self,
        l1_address: SSAValue,
        address: SSAValue,
        size: SSAValue,
        num_dests: SSAValue,
        *,
        linked: bool = False,
        vc: int | None = None,
    ):
        super().__init__(
            operands=[l1_address, address, size, num_dests], properties={**packet_properties(linked=linked, vc=vc)}
        )


@irdl_op_definition
class NocAsyncWriteMulticastOp(MulticastOp):
    """Starts to write bytes of L1 to a rectangle of cores, without this one."""

    name = "ttkernel.noc_async_write_multicast"
    vc = opt_prop_def(IntegerAttr.constr(i64))
    OPTIONS: ClassVar[tuple[Option, ...]] = (
        *MulticastOp.OPTIONS,
        Option("noc_index"),
        Option("NOC_MULTICAST_WRITE_VC", "vc"),
    )


@irdl_op_definition
class NocAsyncWriteMulticastLoopbackSrcOp(MulticastOp):
    """Starts to write bytes of L1 to a rectangle of cores, this one included."""

    name = "ttkernel.noc_async_write_multicast_loopback_src"
