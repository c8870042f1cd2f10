"""What DRAM takes for the results of a computation, which every core writes at much the same time."""

from __future__ import annotations

from collections.abc import Sequence

from ttlang.analysis.section_hand_over import HandOver, Reader
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import Memory
from ttlang.dialects.typed_values import owner_of
from ttlang.dialects.walking import enclosing


def cycles_of_writing(compute: ttl.ComputeOp, handed: Sequence[HandOver | None]) -> float:
    """
    Cycles of all banks for what all cores write of the outputs that can be handed on by section, so that they are
    written while the rest is computed. 0 where time does not show, as in loops whose next turn computes meanwhile.
    `handed`: how each output is handed on.
    """
    written = [output for output, hand in zip(compute.outputs, handed, strict=True) if _is_written(hand)]
    kernel = enclosing(compute, ttl.KernelOp)
    if not written or kernel is None:
        return 0.0
    size = sum(owner_of(output, ttl.CBReserveOp).cb.type.block_bytes for output in written)
    return len(kernel.cores) * size / (kernel.chip.dram_banks * kernel.chip.timing().dram.bytes_per_cycle)


def _is_written(hand: HandOver | None) -> bool:
    return hand is not None and not hand.inside and not hand.loops and any(map(_goes_to_dram, hand.readers.values()))


def _goes_to_dram(reader: Reader) -> bool:
    window = reader.destination.owner if isinstance(reader, ttl.CopyOp) else None
    return isinstance(window, ttl.TensorSliceOp) and window.tensor.type.memory.data is Memory.DRAM
