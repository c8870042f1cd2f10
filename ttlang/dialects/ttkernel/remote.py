"""Other cores: their addresses, writes to their L1, semaphores."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr, SymbolRefAttr, i32, i64
from xdsl.ir import ParametrizedAttribute, SSAValue, TypeAttribute
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect, Pure

from ttlang.dialects.ttkernel.calls import BareOp, CallOp, EffectOp, PureValueOp, number, symbol
from ttlang.dialects.ttkernel.cpp_spelling import Spelling
from ttlang.dialects.ttkernel.facets import Awaited, ReachesCores, Sends, Signals, Waits, facets


@irdl_attr_definition
class NocAddrType(ParametrizedAttribute, TypeAttribute):
    """An address in the L1 of other cores: of one, or of a rectangle."""

    name = "ttkernel.noc_addr"


@irdl_attr_definition
class L1AddrPtrType(ParametrizedAttribute, TypeAttribute):
    """A pointer to a word in this core's L1."""

    name = "ttkernel.l1_addr_ptr"


# ----------------------------------------------------------------------------------------------------- addresses


class _ConvertOp(PureValueOp, ABC):
    FACETS: ClassVar = facets(ReachesCores())
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
    l1_address = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("l1_address",)
    assembly_format = "`(` $l1_address `)` attr-dict"

    def __init__(self, l1_address: SSAValue):
        super().__init__(operands=[l1_address], result_types=[NocAddrType()])


@irdl_op_definition
class GetNocMulticastAddrOp(_AddressOp):
    """
    The L1 address of a rectangle of cores, from `start` to `end`, both in: on NOC 0 from the upper left to the lower
    right core, on NOC 1 from the lower right to the upper left.
    """

    name = "ttkernel.get_noc_multicast_addr"
    x_start = operand_def(i32)
    y_start = operand_def(i32)
    x_end = operand_def(i32)
    y_end = operand_def(i32)
    l1_address = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("x_start", "y_start", "x_end", "y_end", "l1_address")
    assembly_format = "`(` $x_start `,` $y_start `,` $x_end `,` $y_end `,` $l1_address `)` attr-dict"

    def __init__(self, x_start: SSAValue, y_start: SSAValue, x_end: SSAValue, y_end: SSAValue, l1_address: SSAValue):
        super().__init__(operands=[x_start, y_start, x_end, y_end, l1_address], result_types=[NocAddrType()])


# ----------------------------------------------------------------------------------------------------- transfers


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


@irdl_op_definition
class NocAsyncAtomicBarrierOp(BareOp):
    """Blocks until all increments of this thread have been made."""

    name = "ttkernel.noc_async_atomic_barrier"
    FACETS: ClassVar = facets(ReachesCores(), Waits(Awaited.TRANSFERS))


# ---------------------------------------------------------------------------------------------------- semaphores


@irdl_op_definition
class GetSemaphoreOp(CallOp):
    """The L1 address of a semaphore, named or numbered: the same on every core."""

    name = "ttkernel.get_semaphore"
    FACETS: ClassVar = facets(ReachesCores())
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
    FACETS: ClassVar = facets(ReachesCores())
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
class NocSemaphoreSetOp(WordOp):
    """Sets the word."""

    name = "ttkernel.noc_semaphore_set"
    FACETS: ClassVar = facets(Signals())


@irdl_op_definition
class NocSemaphoreIncOp(EffectOp):
    """Starts to add to a word of another core."""

    name = "ttkernel.noc_semaphore_inc"
    FACETS: ClassVar = facets(Signals())
    address = operand_def(NocAddrType)
    increment = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("address", "increment")
    assembly_format = "`(` $address `,` $increment `)` attr-dict"

    def __init__(self, address: SSAValue, increment: SSAValue):
        super().__init__(operands=[address, increment])


@irdl_op_definition
class NocSemaphoreIncMulticastOp(EffectOp):
    """Starts to add to the words of a rectangle of cores, without this one."""

    name = "ttkernel.noc_semaphore_inc_multicast"
    FACETS: ClassVar = facets(Signals())
    address = operand_def(NocAddrType)
    increment = operand_def(i32)
    num_dests = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("address", "increment", "num_dests")
    assembly_format = "`(` $address `,` $increment `,` $num_dests `)` attr-dict"

    def __init__(self, address: SSAValue, increment: SSAValue, num_dests: SSAValue):
        super().__init__(operands=[address, increment, num_dests])


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


@irdl_op_definition
class NocSemaphoreSetMulticastOp(EffectOp):
    """Starts to copy a word of this core to a rectangle of cores, without this one."""

    name = "ttkernel.noc_semaphore_set_multicast"
    FACETS: ClassVar = facets(Signals())
    l1_address = operand_def(i32)
    address = operand_def(NocAddrType)
    num_dests = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("l1_address", "address", "num_dests")
    assembly_format = "`(` $l1_address `,` $address `,` $num_dests `)` attr-dict"

    def __init__(self, l1_address: SSAValue, address: SSAValue, num_dests: SSAValue):
        super().__init__(operands=[l1_address, address, num_dests])


# ------------------------------------------------------------------------------------------------------ counters


@irdl_attr_definition
class CountersType(ParametrizedAttribute, TypeAttribute):
    """Counters that a thread keeps for itself."""

    name = "ttkernel.counters"


@irdl_op_definition
class CountersOp(IRDLOperation):
    """`size` counters that start at 0: no call, but variables of the kernel."""

    name = "ttkernel.make_counters"
    size = prop_def(IntegerAttr.constr(i64))
    result = result_def(CountersType)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$size attr-dict"

    def __init__(self, size: int):
        super().__init__(properties={"size": number(size)}, result_types=[CountersType()])


@irdl_op_definition
class CountOp(IRDLOperation):
    """Adds one to a counter, the only one or that at `index`; the result is what it is then."""

    name = "ttkernel.count"
    counters = operand_def(CountersType)
    index = opt_operand_def(i32)
    result = result_def(i32)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$counters (`[` $index^ `]`)? attr-dict"

    def __init__(self, counters: SSAValue, index: SSAValue | None = None):
        super().__init__(operands=[counters, index], result_types=[i32])
