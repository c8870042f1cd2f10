"""Semaphores: a word on every core, which threads set, add to and wait for."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr, SymbolRefAttr, UnitAttr, i32, i64
from xdsl.ir import ParametrizedAttribute, SSAValue, TypeAttribute
from xdsl.irdl import irdl_attr_definition, operand_def, opt_operand_def, opt_prop_def, result_def, traits_def
from xdsl.traits import Pure

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import CallOp, EffectOp, PacketOp, packet_properties, symbol
from ttlang.dialects.ttkernel.core_addresses import NocAddrType
from ttlang.dialects.ttkernel.cpp_spelling import Flag, Option, Spelling
from ttlang.dialects.ttkernel.facets import Awaited, HandedOver, Polls, ReachesCores, Signals, Waits, facets


@irdl_attr_definition
class L1AddrPtrType(ParametrizedAttribute, TypeAttribute):
    """A pointer to a word in this core's L1."""

    name = "ttkernel.l1_addr_ptr"


@irdl_op_definition
class GetSemaphoreOp(CallOp):
    """The L1 address of a semaphore, named or numbered: the same on every core."""

    name = "ttkernel.get_semaphore"
    UNSIGNED: ClassVar[bool] = True
    FACETS: ClassVar = facets(HandedOver(), ReachesCores())
    semaphore = opt_prop_def(SymbolRefAttr)
    id = opt_operand_def(i32)
    result = result_def(i32)
    traits = traits_def(Pure())
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("semaphore", "id")
    assembly_format = "`(` ($semaphore^)? ($id^)? `)` attr-dict"

    def __init__(self, semaphore: str | SSAValue):
        named = isinstance(semaphore, str)
        super().__init__(
            operands=[None if named else semaphore],
            properties={"semaphore": symbol(semaphore)} if named else {},
            result_types=[i32],
        )


@irdl_op_definition
class CastToL1PtrOp(CallOp):
    """A pointer to the word at an address of this core's L1."""

    name = "ttkernel.cast_to_l1_ptr"
    SPELLING: ClassVar[Spelling] = Spelling(name="reinterpret_cast<volatile tt_l1_ptr uint32_t*>")
    FACETS: ClassVar = facets(HandedOver(), ReachesCores())
    address = operand_def(i32)
    result = result_def(L1AddrPtrType)
    traits = traits_def(Pure())
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("address",)
    assembly_format = "`(` $address `)` attr-dict"

    def __init__(self, address: SSAValue):
        super().__init__(operands=[address], result_types=[L1AddrPtrType()])


class WordOp(EffectOp, ABC):
    """Something done with this core's word of a semaphore."""

    FACETS: ClassVar = facets(ReachesCores())

    pointer = operand_def(L1AddrPtrType)
    value = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("pointer", "value")
    assembly_format = "`(` $pointer `,` $value `)` attr-dict"

    def __init__(self, pointer: SSAValue, value: SSAValue):
        super().__init__(operands=[pointer, value])


@irdl_op_definition
class NocSemaphoreWaitOp(WordOp):
    """Blocks until the word is `value`."""

    name = "ttkernel.noc_semaphore_wait"
    FACETS: ClassVar = facets(Waits(Awaited.SEMAPHORE))


@irdl_op_definition
class NocSemaphoreWaitMinOp(WordOp):
    """Blocks until the word is `value` or more."""

    name = "ttkernel.noc_semaphore_wait_min"
    FACETS: ClassVar = facets(Waits(Awaited.SEMAPHORE))


@irdl_op_definition
class LoadSemaphoreOp(EffectOp):
    """The word as it is now. A loop that asks again forgets before each look what its processor holds of L1."""

    name = "ttkernel.load_semaphore"
    UNSIGNED: ClassVar[bool] = True
    FACETS: ClassVar = facets(Polls())
    pointer = operand_def(L1AddrPtrType)
    result = result_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("pointer",)
    assembly_format = "`(` $pointer `)` attr-dict"

    def __init__(self, pointer: SSAValue):
        super().__init__(operands=[pointer], result_types=[i32])


@irdl_op_definition
class NocSemaphoreSetOp(WordOp):
    """Sets the word."""

    name = "ttkernel.noc_semaphore_set"
    FACETS: ClassVar = facets(Signals())


@irdl_op_definition
class NocSemaphoreIncOp(PacketOp):
    """Starts to add to a word of another core."""

    name = "ttkernel.noc_semaphore_inc"
    SPELLING: ClassVar[Spelling] = Spelling(template=(Flag("posted"),))
    FACETS: ClassVar = facets(Signals())
    address = operand_def(NocAddrType)
    increment = operand_def(i32)
    posted = opt_prop_def(UnitAttr)
    vc = opt_prop_def(IntegerAttr.constr(i64))
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("address", "increment")
    OPTIONS: ClassVar[tuple[Option, ...]] = (Option("noc_index"), Option("NOC_UNICAST_WRITE_VC", "vc"))
    assembly_format = "`(` $address `,` $increment `)` attr-dict"

    def __init__(self, address: SSAValue, increment: SSAValue, *, posted: bool = False, vc: int | None = None):
        super().__init__(operands=[address, increment], properties={**packet_properties(posted=posted, vc=vc)})


@irdl_op_definition
class NocSemaphoreIncMulticastOp(PacketOp):
    """Starts to add to the words of a rectangle of cores, without this one."""

    name = "ttkernel.noc_semaphore_inc_multicast"
    SPELLING: ClassVar[Spelling] = Spelling(template=(Flag("posted"),))
    FACETS: ClassVar = facets(Signals())
    address = operand_def(NocAddrType)
    increment = operand_def(i32)
    num_dests = operand_def(i32)
    posted = opt_prop_def(UnitAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("address", "increment", "num_dests")
    assembly_format = "`(` $address `,` $increment `,` $num_dests `)` attr-dict"

    def __init__(self, address: SSAValue, increment: SSAValue, num_dests: SSAValue, *, posted: bool = False):
        super().__init__(operands=[address, increment, num_dests], properties={**packet_properties(posted=posted)})


@irdl_op_definition
class NocSemaphoreSetRemoteOp(EffectOp):
    """Starts to copy a word of this core to another one."""

    name = "ttkernel.noc_semaphore_set_remote"
    FACETS: ClassVar = facets(Signals())
    l1_address = operand_def(i32)
    address = operand_def(NocAddrType)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("l1_address", "address")
    assembly_format = "`(` $l1_address `,` $address `)` attr-dict"

    def __init__(self, l1_address: SSAValue, address: SSAValue):
        super().__init__(operands=[l1_address, address])


class SetMulticastOp(PacketOp, ABC):
    FACETS: ClassVar = facets(Signals())
    l1_address = operand_def(i32)
    address = operand_def(NocAddrType)
    num_dests = operand_def(i32)
    linked = opt_prop_def(UnitAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("l1_address", "address", "num_dests")
    OPTIONS: ClassVar[tuple[Option, ...]] = (Option("false", "linked"),)
    assembly_format = "`(` $l1_address `,` $address `,` $num_dests `)` attr-dict"

    def __init__(
        self,
        l1_address: SSAValue,
        address: SSAValue,
        num_dests: SSAValue,
        *,
        linked: bool = False,
        vc: int | None = None,
    ):
        super().__init__(
            operands=[l1_address, address, num_dests], properties={**packet_properties(linked=linked, vc=vc)}
        )


@irdl_op_definition
class NocSemaphoreSetMulticastOp(SetMulticastOp):
    """Starts to copy a word of this core to a rectangle of cores, without this one."""

    name = "ttkernel.noc_semaphore_set_multicast"
    vc = opt_prop_def(IntegerAttr.constr(i64))
    OPTIONS: ClassVar[tuple[Option, ...]] = (
        *SetMulticastOp.OPTIONS,
        Option("noc_index"),
        Option("NOC_MULTICAST_WRITE_VC", "vc"),
    )


@irdl_op_definition
class NocSemaphoreSetMulticastLoopbackSrcOp(SetMulticastOp):
    """Starts to copy a word of this core to a rectangle of cores, this one included."""

    name = "ttkernel.noc_semaphore_set_multicast_loopback_src"
