"""Blackhole: cards p100a and p150."""

from __future__ import annotations

from ttlang.tables.chips.arithmetic import Arithmetic, MatrixUnitRules, VectorUnitRules
from ttlang.tables.chips.chip import Chip
from ttlang.tables.chips.costs import Cost, Costs
from ttlang.tables.chips.timing import Timing


def _costs_of_calls() -> tuple[Cost, ...]:
    from ttlang.tables.chips import call_costs

    return call_costs.BLACKHOLE


def _timing() -> Timing:
    from ttlang.tables.chips.blackhole_timing import TIMING

    return TIMING


BLACKHOLE = Chip(
    name="blackhole",
    title="Blackhole",
    grid=(13, 10),
    l1_bytes=1536 * 1024,
    l1_buffer_base=111_104,
    l1_budget=1427 * 1024,
    circular_buffers=64,
    dst_capacity=16,
    dram_banks=8,
    dram_alignment=64,
    l1_alignment=16,
    noc_max_burst=16384,
    zeros_bytes=512,
    orders_command_buffers=False,
    semaphores=16,
    runtime_args=341,
    column_to_virtual=tuple(x + 1 if x < 7 else x + 3 for x in range(13)),
    row_to_virtual=tuple(y + 2 for y in range(10)),
    pcie=(19, 24),
    family="blackhole",
    arithmetic=Arithmetic(
        MatrixUnitRules(minus_one_slips=False),
        VectorUnitRules(
            signed_zeros=True,
            gradual_underflow=True,
            second_bit_is_lost=False,
            nan=0x7FC00000,
            nan_has_sign=False,
            compares_nan_by_sign=False,
            estimates_reciprocal=True,
            relu_min_swaps=False,
        ),
    ),
    costs=Costs(_costs_of_calls),
    timing=_timing,
)
