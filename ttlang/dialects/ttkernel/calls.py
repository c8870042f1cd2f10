"""Families of calls of the kernel API."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import (
    IntegerAttr,
    SymbolRefAttr,
    i32,
    i64,
)
from xdsl.irdl import (
    IRDLOperation,
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

from ttlang.dialects.ttkernel.facets import ComputeOnly, Facet, facets


class CallOp(IRDLOperation, ABC):
    """A call of the kernel API. `OLDER` and `NEWER` are its names in the two generations, where not that of tt-mlir."""

    OLDER: ClassVar[str] = ""
    NEWER: ClassVar[str] = ""
    HEADER: ClassVar[str] = ""
    """The include that declares it, below `api/compute/` (data movement kernels have one include for all)."""
    NEWER_HEADER: ClassVar[str] = ""
    """Where the newer generation has another."""
    FACETS: ClassVar[tuple[Facet, ...]] = ()
    """What is known of the call (`facets.py`)."""
    irdl_options = (ParsePropInAttrDict(),)

    @property
    def callee(self) -> str:
        return self.name.removeprefix("ttkernel.")

    def call_name(self, *, newer: bool) -> str:
        """The function's name in a generation of the kernel API."""
        return (self.NEWER if newer else self.OLDER) or self.callee

    def template(self, *, newer: bool) -> tuple[str, ...]:
        """The call's template arguments in a generation of the kernel API."""
        return ()

    def header(self, *, newer: bool) -> str:
        return (self.NEWER_HEADER if newer else "") or self.HEADER


class EffectOp(CallOp, ABC):
    """A call that touches the machine: never deleted, merged or moved."""

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())


class ComputeOp(EffectOp, ABC):
    """A call that the processors of a compute kernel have."""

    FACETS: ClassVar = facets(ComputeOnly())


class PureValueOp(CallOp, ABC):
    """A number that is the same whenever a thread asks for it."""

    result = result_def(i32)
    traits = traits_def(Pure())


def symbol(name: str | SymbolRefAttr) -> SymbolRefAttr:
    return SymbolRefAttr(name) if isinstance(name, str) else name


def number(value: int | IntegerAttr) -> IntegerAttr:
    return IntegerAttr(value, i64) if isinstance(value, int) else value


class BareOp(EffectOp, ABC):
    assembly_format = "`(` `)` attr-dict"

    def __init__(self) -> None:
        super().__init__()


class OneBufferOp(ComputeOp, ABC):
    cb = prop_def(SymbolRefAttr)
    assembly_format = "`(` $cb `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr):
        super().__init__(properties={"cb": symbol(cb)})
