"""What calls set units to, and which init they need."""

from __future__ import annotations

from enum import Enum, IntEnum, auto

from xdsl.ir import Operation
from xdsl.irdl import IRDLOperation

from ttlang.dialects.ttkernel.facets.facet import Facet, declared, property_names


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
    PART = auto()
    """Prepares one of two units that calls need together."""
    UNINIT = auto()
    """Undoes an init."""
    FORMAT = auto()
    """Sets the format of a register, or of what the packer does."""
    FRAME = auto()
    """Hands the DST section from math to pack, and back."""


class Configures(Facet):
    """The call changes what units are set to, and does nothing else."""

    kind: Configuration
    sets: tuple[Unit, ...] = ()
    """Units that are as the call says, after it."""
    clobbers: tuple[Unit, ...] = ()
    """Units of which nothing is known after it."""
    owes: type[Operation] | None = None
    """The uninit that must come before the units serve anything else."""


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
