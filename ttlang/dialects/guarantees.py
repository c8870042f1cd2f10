"""What the IR of a kernel guarantees between two passes: passes need, give and end it, and so declare their order."""

from __future__ import annotations

from typing import TypeVar

from xdsl.utils.exceptions import DiagnosticException
from xdsl.utils.str_enum import StrEnum

T = TypeVar("T")


class Guarantee(StrEnum):
    """The values complete "the IR has"."""

    AS_WRITTEN = "what the author wrote"
    BLOCKS_IN_TURN = "releases of the oldest block alone"
    ENDS = "ends of blocks and transfers, where they can be inferred"
    THREADS = "a thread for each processor"
    BLOCK_EXPRESSIONS = "expressions of blocks"
    TRANSFER_HANDLES = "waits that name their transfers"
    OPEN_BUFFERS = "room for new buffers"
    ACQUIRED_BLOCKS = "blocks that name their buffers"
    KERNEL_FUNCTIONS = "functions of the kernel API alone"
    PIPES_PLACED = "places for pipes and semaphores"
    PIPE_CALLS = "calls for pipes and semaphores"
    BARRIERS = "barriers for transfers"
    DST_WIDTH = "the width of DST"
    MATRIX_REDUCTIONS = "reductions of matrices alone"
    CONSTANT_BLOCKS = "blocks that hold what they were waited for with"
    BUFFERED_VALUES = "blocks that no loop carries and no branch chooses"
    HELD_OPERANDS = "expressions of blocks that are held where they are stored"
    OPERANDS_IN_L1 = "operands in L1 where the hardware reads them there"
    COMPUTE = "functions of tiles for stores"
    ENGINES = "a unit for each function of tiles"
    FITS_DST = "computations that fit DST"
    DST_SLOTS = "DST slots"
    SUMS_PLACED = "places for sums"
    HANDED_SECTIONS = "pushes and waits for sections"
    BUFFERS_ALLOCATED = "buffers with numbers and addresses"
    COMPUTE_CALLS = "calls for computations"
    TRANSFER_CALLS = "calls for transfers"
    ELEMENT_CALLS = "calls for single elements"
    LAYOUT_CALLS = "calls for changes of layout"
    PRINT_CALLS = "calls for prints of blocks"
    BUFFER_CALLS = "calls for acquisitions and releases"
    PROGRAM = "a program for the host"
    UNITS_SET = "units in the state that calls demand"


AT_START = frozenset(
    {
        Guarantee.AS_WRITTEN,
        Guarantee.BLOCK_EXPRESSIONS,
        Guarantee.TRANSFER_HANDLES,
        Guarantee.OPEN_BUFFERS,
        Guarantee.ACQUIRED_BLOCKS,
    }
)
"""What the front end gives."""


class UnmetNeedError(DiagnosticException):
    """A pass, or another reader of the IR, needs what the IR does not guarantee yet."""

    def __init__(self, guarantee: Guarantee):
        super().__init__(f"it has not got {guarantee} yet")
        self.guarantee = guarantee


def given(value: T | None, guarantee: Guarantee) -> T:
    """A property of the IR that is there from a guarantee on. Raises an UnmetNeedError before."""
    if value is None:
        raise UnmetNeedError(guarantee)
    return value
