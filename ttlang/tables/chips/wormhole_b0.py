"""Wormhole B0: cards n150 and n300, Galaxy."""

from __future__ import annotations

from ttlang.tables.chips.arithmetic import Arithmetic, MatrixUnitRules, VectorUnitRules
from ttlang.tables.chips.chip import Chip
from ttlang.tables.chips.costs import Cost, Costs
from ttlang.tables.chips.timing import Timing


def _costs_of_calls() -> tuple[Cost, ...]:
    from ttlang.tables.chips import call_costs

    return call_costs.WORMHOLE_B0


def _timing() -> Timing:
    from ttlang.tables.chips.wormhole_b0_timing import TIMING

    return TIMING


WORMHOLE_B0 = Chip(
    name="wormhole_b0",
    title="Wormhole B0",
    grid=(8, 8),
    l1_bytes=1464 * 1024,
    l1_buffer_base=105_856,
    l1_budget=1360 * 1024,
    circular_buffers=32,
    dst_capacity=16,
    dram_banks=12,
    dram_alignment=32,
    l1_alignment=16,
    noc_max_burst=8192,
    zeros_bytes=512,
    orders_command_buffers=True,
    semaphores=16,
    runtime_args=341,
    column_to_virtual=tuple(18 + x for x in range(8)),
    row_to_virtual=tuple(18 + y for y in range(10)),
    pcie=(0, 3),
    family="wormhole",
    arithmetic=Arithmetic(
        MatrixUnitRules(minus_one_slips=True),
        VectorUnitRules(
            signed_zeros=False,
            gradual_underflow=False,
            second_bit_is_lost=True,
            nan=0x7F800001,
            nan_has_sign=True,
            compares_nan_by_sign=True,
            estimates_reciprocal=False,
            relu_min_swaps=True,
        ),
    ),
    costs=Costs(_costs_of_calls),
    timing=_timing,
    aliases=("wormhole",),
    firmware_macros=("ROUTING_FW_ENABLED",),
)
