"""What calls do with pages, tensors and other cores, and what they wait for."""

from __future__ import annotations

from enum import Enum, auto

from xdsl.dialects.builtin import SymbolRefAttr
from xdsl.ir import Operation, SSAValue

from ttlang.dialects.ttkernel.facets.facet import Facet, buffer_in, operands_in


class DataMovementOnly(Facet):
    """Only data movement kernels can make the call."""


class HandsPages(Facet):
    """The call has to do with pages of the buffer `cb` that change hands."""

    releases: bool = False
    """It gives them to the other side. Else it asks for them."""

    def buffer(self, op: Operation) -> SymbolRefAttr:
        buffer = buffer_in(op, "cb")
        assert buffer is not None
        return buffer


class Fills(HandsPages):
    """What the producer of the buffer calls."""


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


class Waits(Facet):
    """The call blocks its thread."""

    awaited: Awaited


class Extent(Enum):
    """How much of a tensor a transfer moves."""

    PAGE = auto()
    SHARD = auto()
    """All pages of a shard."""
    RUN = auto()
    """`pages` pages that follow each other in their bank."""
    PART = auto()
    """`size` bytes of a page."""


class MovesPages(DataMovementOnly):
    """The call starts a transfer between a tensor, by its `accessor`, and this core's L1, at its `l1_address`."""

    extent: Extent

    def accessor(self, op: Operation) -> SSAValue:
        (accessor,) = operands_in(op, "accessor")
        return accessor

    def l1_address(self, op: Operation) -> SSAValue:
        (address,) = operands_in(op, "l1_address")
        return address


class ReadsTensor(MovesPages):
    """From the tensor to L1."""


class WritesTensor(MovesPages):
    """From L1 to the tensor."""


class ReachesCores(DataMovementOnly):
    """The call has to do with other cores: their addresses, their L1, semaphores."""


class Sends(ReachesCores):
    """It starts a write of L1 to other cores."""


class Signals(ReachesCores):
    """It changes a semaphore, here or on other cores."""


class Polls(ReachesCores):
    """It looks at a word of its core that others change: a loop that asks again waits for that."""
