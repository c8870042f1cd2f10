"""Families of calls of the kernel API."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects.builtin import (
    IntegerAttr,
    SymbolRefAttr,
    i32,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    ParsePropInAttrDict,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import (
    MemoryReadEffect,
    MemoryWriteEffect,
    Pure,
)

from ttlang.dialects.attributes import UNIT, i64_attr, symbol_attr
from ttlang.dialects.operation import DialectOperation
from ttlang.dialects.ttkernel.cpp_spelling import Option, Spelling
from ttlang.dialects.ttkernel.facets import ComputeOnly, Facet, facets


class CallOp(DialectOperation, ABC):
    """A call of the kernel API."""

    HEADER: ClassVar[str] = ""
    """The include that declares it, below `api/compute/` (data movement kernels have one include for all)."""
    SPELLING: ClassVar[Spelling] = Spelling()
    """How C++ has it in each generation of the kernel API (`cpp_spelling.py`)."""
    ARGUMENTS: ClassVar[tuple[str, ...]] = ()
    """The operands and properties that are its arguments, in their order."""
    ADDENDS: ClassVar[Mapping[str, str]] = {}
    """Of arguments, the operands that are added to them, where these are given."""
    OPTIONS: ClassVar[tuple[Option, ...]] = ()
    """The arguments behind them that have a default."""
    DEFINITION: ClassVar[str] = ""
    """C++ that defines the function, if it is none of the kernel API."""
    UNSIGNED: ClassVar[bool] = False
    """C++ has its result as a uint32_t."""
    FACETS: ClassVar[tuple[Facet, ...]] = ()
    """What is known of the call (`facets/`)."""
    irdl_options = (ParsePropInAttrDict(),)

    @property
    def callee(self) -> str:
        return self.name.removeprefix("ttkernel.")

    @property
    def arguments(self) -> list[object]:
        """Operands and properties, in the order of the call's arguments; without those that it has not."""
        return [given for field in self.ARGUMENTS if (given := getattr(self, field)) is not None]

    def addend(self, argument: str) -> SSAValue | None:
        """What is added to an argument."""
        return getattr(self, self.ADDENDS[argument]) if argument in self.ADDENDS else None


class EffectOp(CallOp, ABC):
    """A call that touches the machine: never deleted, merged or moved."""

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())


class PacketOp(EffectOp, ABC):
    """
    A call that sends something to other cores. All its properties are optional, and say how its packets travel:

    - `linked`: over the path of the multicast that follows, which is reserved once for both;
    - `posted`: nobody acknowledges it, and barriers don't wait for it;
    - `vc`: by which virtual channel. Without it, by the one that the kernel API has for such packets.
    """


def packet_properties(*, linked: bool = False, posted: bool = False, vc: int | None = None) -> dict[str, Attribute]:
    """Those of a `PacketOp`."""
    properties: dict[str, Attribute] = {}
    if linked:
        properties["linked"] = UNIT
    if posted:
        properties["posted"] = UNIT
    if vc is not None:
        properties["vc"] = number(vc)
    return properties


class ComputeOp(EffectOp, ABC):
    """A call that the processors of a compute kernel have."""

    FACETS: ClassVar = facets(ComputeOnly())


class PureValueOp(CallOp, ABC):
    """A number that is the same whenever a thread asks for it."""

    result = result_def(i32)
    traits = traits_def(Pure())


def symbol(name: str | SymbolRefAttr) -> SymbolRefAttr:
    return symbol_attr(name) if isinstance(name, str) else name


def number(value: int | IntegerAttr) -> IntegerAttr:
    return i64_attr(value) if isinstance(value, int) else value


class BareOp(EffectOp, ABC):
    assembly_format = "`(` `)` attr-dict"

    def __init__(self) -> None:
        super().__init__()


class OneBufferOp(ComputeOp, ABC):
    cb = prop_def(SymbolRefAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb",)
    assembly_format = "`(` $cb `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr):
        super().__init__(properties={"cb": symbol(cb)})
