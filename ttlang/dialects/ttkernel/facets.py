"""
What is known of a kernel call beyond its text: `FACETS` of its operation's class say it, and `Unpacks.of(op)` asks.

A facet names fields of the operation: operands for what loops compute (tiles, DST slots), properties for what is fixed
(buffers, counts). What a class does not declare is asked of its parents; the nearest declaration of a kind counts.
Sources of the facts about inits, formats and the packer: docs/hardware.md, "Init and formats".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from functools import cache
from typing import Self, TypeVar

from xdsl.dialects.builtin import IntegerAttr, StringAttr, SymbolRefAttr
from xdsl.ir import Block, Operation, SSAValue
from xdsl.irdl import IRDLOperation

from ttlang.dialects.walking import operations


@dataclass(frozen=True)
class Facet:
    """Something that a class of operations declares of its calls."""

    @classmethod
    def of(cls, op: Operation) -> Self | None:
        """What the operation's class declares of this kind."""
        return declared(type(op), cls)


_FacetT = TypeVar("_FacetT", bound=Facet)


@cache
def declared(kind: type[Operation], facet: type[_FacetT]) -> _FacetT | None:
    """What a class of operations, or the nearest of its parents, declares of a kind of facet."""
    for parent in kind.__mro__:
        facets: Iterable[Facet] = parent.__dict__.get("FACETS", ())
        for each in facets:
            if isinstance(each, facet):
                return each
    return None


def operations_with(root: Operation | Block, *facets: type[Facet]) -> list[Operation]:
    """An operation and all in it, or all in a block, that declare one of the facets, in the order of the text."""
    return [op for op in operations(root) if _declares(type(op), facets)]


@cache
def _declares(kind: type[Operation], facets: tuple[type[Facet], ...]) -> bool:
    return any(declared(kind, facet) for facet in facets)


def facets(*declared: Facet) -> tuple[Facet, ...]:
    """The value of `FACETS`."""
    return declared


# --------------------------------------------------------------------------------------------------------- threads


@dataclass(frozen=True)
class ComputeOnly(Facet):
    """Only the compute kernel can make the call."""


@dataclass(frozen=True)
class DataMovementOnly(Facet):
    """Only data movement kernels can make the call."""


# ------------------------------------------------------------------------------------------------- DST, L1, formats


@dataclass(frozen=True)
class UsesDst(Facet):
    """The call works on DST slots, which are operands: the first `reads` of them it reads, the last it writes."""

    operands: tuple[str, ...]
    reads: int = 0
    writes: bool = True
    count: tuple[str, ...] = ()
    """An operand stands for as many slots, from its own on, as these properties make as a product."""
    accumulates: bool = False
    """What it writes goes on from what this section has written there: added to it, or the larger of both."""

    def slots(self, op: Operation) -> tuple[SSAValue, ...]:
        """The operands that are DST slots."""
        return tuple(value for field in self.operands for value in _operands(op, field))

    def written(self, op: Operation) -> int:
        """How many slots it writes."""
        return _product(op, self.count) if self.writes else 0


@dataclass(frozen=True)
class WideDefine(Facet):
    """
    Where DST holds 32 bits the kernel defines this macro above its includes. Without it the call computes to the
    accuracy of bfloat16 (docs/numerics.md).
    """

    macro: str


@dataclass(frozen=True)
class Tiles:
    """
    Tiles of a buffer: from the operand `first` of its block on, or from the front (of what is reserved: from where the
    last pack ended). As many as the properties `count` make as a product.
    """

    buffer: str
    first: str | None = None
    count: tuple[str, ...] = ()

    def total(self, op: Operation) -> int:
        return _product(op, self.count)

    def start(self, op: Operation) -> SSAValue | None:
        """The operand that says where they start; None for the front."""
        return next(iter(_operands(op, self.first)), None) if self.first else None


@dataclass(frozen=True)
class Unpacks(Facet):
    """The call reads tiles of blocks that were waited for."""

    tiles: tuple[Tiles, ...]

    def total(self, op: Operation) -> int:
        return sum(tiles.total(op) for tiles in self.tiles)


@dataclass(frozen=True)
class Packs(Facet):
    """The call writes tiles to pages that were reserved."""

    tiles: Tiles


Sources = tuple[SymbolRefAttr | None, SymbolRefAttr | None]
"""The buffers whose tiles go to SrcA and to SrcB."""


@dataclass(frozen=True)
class ReadsThrough(Facet):
    """The buffers that the source registers must have the formats of; the property for each of the registers."""

    a: str | None = None
    b: str | None = None
    moves: bool = False
    """The tiles only move on to DST, where float32 stays whole. Else the FPU reads them, float32 as tf32."""

    def sources(self, op: Operation) -> Sources:
        return _buffer(op, self.a), _buffer(op, self.b)


@dataclass(frozen=True)
class ReadsBesideDst(ReadsThrough):
    """DST goes to the source register that the property `dest` names, "srca" or "srcb", and `buffer` to the other."""

    buffer: str = "cb"
    dest: str = "dest"

    def sources(self, op: Operation) -> Sources:
        other, dest = _buffer(op, self.buffer), op.properties[self.dest]
        assert isinstance(dest, StringAttr)
        return (None, other) if dest.data == "srca" else (other, None)


@dataclass(frozen=True)
class PackerFormat(Facet):
    """The packer must be set to the format of the buffer in a property, where it is given."""

    buffer: str

    def packed(self, op: Operation) -> SymbolRefAttr | None:
        return _buffer(op, self.buffer)


@dataclass(frozen=True)
class OpensSections(Facet):
    """The call begins DST sections: as many as the properties `count` make as a product."""

    count: tuple[str, ...] = ()

    def total(self, op: Operation) -> int:
        return _product(op, self.count)


# ------------------------------------------------------------------------------------------------------------ units


class Unit(IntEnum):
    """
    What a call can find set. Unpack and math share one program (`MOP`), the SFPU has its own, the two source registers
    and the packer each have a format.

    In the order in which they are set: what is undone, then formats, then the program that uses them.
    """

    EDGE_MASK = auto()
    """What pack leaves out, since `reduce_init`: undone before all else, for that may change SrcA."""
    SRC_A = auto()
    SRC_B = auto()
    FPU_MODE = auto()
    """Integers or floats: what a source register was last set to decides, where a program has integers at all."""
    PACK = auto()
    MOP = auto()
    SFPU = auto()


class Configuration(Enum):
    """What a call that changes settings is."""

    STARTUP = auto()
    """Sets all units, once, before all else."""
    INIT = auto()
    """Prepares a unit for calls that need it."""
    UNINIT = auto()
    """Undoes an init."""
    FORMAT = auto()
    """Sets the format of a register, or of what the packer does."""
    FRAME = auto()
    """Hands the DST section from math to pack, and back."""


@dataclass(frozen=True)
class Configures(Facet):
    """The call changes what units are set to, and does nothing else."""

    kind: Configuration
    sets: tuple[Unit, ...] = ()
    """Units that are as the call says, after it."""
    clobbers: tuple[Unit, ...] = ()
    """Units of which nothing is known after it."""
    owes: type[Operation] | None = None
    """The uninit that must come before the units serve anything else."""


@dataclass(frozen=True)
class Needs(Facet):
    """The init that must be in force. It has some of the call's own properties, which tell what it prepares for."""

    init: type[IRDLOperation]
    explicit: bool = False
    """Whoever makes the call makes the init, and the uninit that it owes; `ttkernel-insert-inits` does not."""
    aside: tuple[str, ...] = ()
    """Properties of the init that it does not matter for the next call to have in common with it."""

    @property
    def unit(self) -> Unit:
        """The unit whose program the init sets."""
        configures = declared(self.init, Configures)
        return Unit.SFPU if configures is not None and Unit.SFPU in configures.sets else Unit.MOP

    def make(self, op: Operation) -> Operation:
        """The init for a call."""
        fields = property_names(self.init)
        return self.init.create(properties={field: op.properties[field] for field in fields if field in op.properties})

    @property
    def told(self) -> tuple[str, ...]:
        """The properties by which the init serves some calls and not others."""
        return tuple(field for field in property_names(self.init) if field not in self.aside)


# ----------------------------------------------------------------------------------------------------------- values


@dataclass(frozen=True)
class HandedOver(Facet):
    """The value comes from the host, or from such values alone: it belongs to no statement of the source."""


@dataclass(frozen=True)
class IsExpression(Facet):
    """The value is the same wherever its operands are known, so that a text can have it where it is used."""

    long: bool = False
    """A text gives it a line of its own: inside another call nobody could read it."""


# ------------------------------------------------------------------------------------------------- pages, transfers


@dataclass(frozen=True)
class HandsPages(Facet):
    """The call has to do with pages of the buffer `cb` that change hands."""

    releases: bool = False
    """It gives them to the other side. Else it asks for them."""

    def buffer(self, op: Operation) -> SymbolRefAttr:
        buffer = _buffer(op, "cb")
        assert buffer is not None
        return buffer


@dataclass(frozen=True)
class Fills(HandsPages):
    """What the producer of the buffer calls."""


@dataclass(frozen=True)
class Drains(HandsPages):
    """What the consumer of the buffer calls."""


class Awaited(Enum):
    """What a call can wait for."""

    PAGES = auto()
    """Pages of a buffer, filled or free."""
    SEMAPHORE = auto()
    """A value of this core's word of a semaphore."""
    TRANSFERS = auto()
    """Transfers of this thread: a barrier."""
    DST = auto()
    """The other half of the compute kernel, with a DST section."""


@dataclass(frozen=True)
class Waits(Facet):
    """The call blocks its thread."""

    awaited: Awaited


class Extent(Enum):
    """How much of a tensor a transfer moves."""

    PAGE = auto()
    SHARD = auto()
    """All pages of a shard."""
    PART = auto()
    """`size` bytes of a page."""


@dataclass(frozen=True)
class MovesPages(DataMovementOnly):
    """The call starts a transfer between a tensor, by its `accessor`, and this core's L1, at its `l1_address`."""

    extent: Extent

    def accessor(self, op: Operation) -> SSAValue:
        (accessor,) = _operands(op, "accessor")
        return accessor

    def l1_address(self, op: Operation) -> SSAValue:
        (address,) = _operands(op, "l1_address")
        return address


@dataclass(frozen=True)
class ReadsTensor(MovesPages):
    """From the tensor to L1."""


@dataclass(frozen=True)
class WritesTensor(MovesPages):
    """From L1 to the tensor."""


@dataclass(frozen=True)
class ReachesCores(DataMovementOnly):
    """The call has to do with other cores: their addresses, their L1, semaphores."""


@dataclass(frozen=True)
class Sends(ReachesCores):
    """It starts a write of `size` bytes of L1 to other cores."""

    def size(self, op: Operation) -> SSAValue:
        (size,) = _operands(op, "size")
        return size


@dataclass(frozen=True)
class Signals(ReachesCores):
    """It changes a semaphore, here or on other cores."""


# ----------------------------------------------------------------------------------------------------------- fields


@cache
def property_names(kind: type[IRDLOperation]) -> tuple[str, ...]:
    """The properties of a class of operations, in the order of their definition."""
    return tuple(kind.get_irdl_definition().properties)


def _operands(op: Operation, field: str) -> tuple[SSAValue, ...]:
    value: SSAValue | Sequence[SSAValue] | None = getattr(op, field)
    if isinstance(value, SSAValue):
        return (value,)
    return tuple(value) if value is not None else ()


def _buffer(op: Operation, field: str | None) -> SymbolRefAttr | None:
    ref = op.properties.get(field) if field else None
    assert ref is None or isinstance(ref, SymbolRefAttr)
    return ref


def _product(op: Operation, fields: tuple[str, ...]) -> int:
    return math.prod(number_in(op, field) for field in fields)


def number_in(op: Operation, field: str) -> int:
    """The integer in a property."""
    number = op.properties[field]
    assert isinstance(number, IntegerAttr)
    return number.value.data
