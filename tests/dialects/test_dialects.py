"""What the text of the IR can't show of its dialects."""

from __future__ import annotations

from itertools import combinations

import pytest
from xdsl.dialects.builtin import ModuleOp

from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.guarantees import UnmetNeedError
from ttlang.dialects.ttcore import Memory, TensorType, TileType
from ttlang.driver.universe import make_context
from ttlang.tables.functions import FUNCTIONS, Function
from ttlang.tables.kernel_api import GENERATIONS
from ttlang.transforms.ttl_set_compute_config import TTLSetComputeConfigPass

BF16, F32 = TileType("bf16"), TileType("f32")
TYPES = (
    BF16,
    F32,
    TensorType((2, 3), BF16),
    TensorType((3, 2), BF16),
    TensorType((2, 3), F32),
    TensorType((2, 3), BF16, Memory.L1),
    ttl.BlockType((2, 3), BF16),
    ttl.BlockType((3, 2), BF16),
    ttl.BlockType((2, 3), F32),
    ttl.SliceType((2, 3), BF16),
    ttl.SliceType((3, 2), BF16),
    ttl.SliceType((2, 3), F32),
    ttl.CircularBufferType((2, 3), BF16, 2),
    ttl.CircularBufferType((3, 2), BF16, 2),
    ttl.CircularBufferType((2, 3), F32, 2),
    ttl.CircularBufferType((2, 3), BF16, 3),
    ttl.TransferHandleType(ttl.Direction.READ),
    ttl.TransferHandleType(ttl.Direction.WRITE),
)


def test_types_differ_by_all_that_they_say() -> None:
    for a, b in combinations(TYPES, 2):
        assert a != b
    assert ttl.BlockType((2, 3), BF16) == ttl.BlockType((2, 3), TileType("bf16"))
    assert len({ttl.BlockType((2, 3), BF16), ttl.BlockType((2, 3), TileType("bf16"))}) == 1


def test_sizes() -> None:
    cb = ttl.CircularBufferType((2, 3), TileType("bfp_bf8"), 2)
    assert (cb.tiles, cb.pages, cb.total_bytes) == (6, 12, 12 * 1088)
    assert cb.block == ttl.BlockType((2, 3), TileType("bfp_bf8"))


WITH_CALLS = [row for row in FUNCTIONS if row.call is not None]


@pytest.mark.parametrize("row", WITH_CALLS, ids=lambda row: row.name)
def test_rows_that_share_an_init_spell_it_alike(row: Function) -> None:
    init = ttkernel.sfpu_init_op(row)
    others = [other for other in WITH_CALLS if ttkernel.sfpu_init_op(other) is init]
    assert row in others
    for generation in GENERATIONS.values():
        for integer in ("", *sorted({name for other in others for name in other.integer_formats})):
            calls = [call for other in others if (call := other.call_in(generation, integer))]
            assert len({(call.init_name, call.init_template) for call in calls}) <= 1


def test_rows_have_tile_operations_of_their_own() -> None:
    assert len({ttkernel.sfpu_tile_op(row).name for row in WITH_CALLS}) == len(WITH_CALLS)
    assert len({ttl.elementwise_op(row).name for row in FUNCTIONS}) == len(FUNCTIONS)
    assert ttkernel.sfpu_tile_op(WITH_CALLS[0]) is ttkernel.sfpu_tile_op(WITH_CALLS[0])


def test_noc_of_each_thread() -> None:
    assert (ttkernel.Thread.READER.noc, ttkernel.Thread.WRITER.noc) == (0, 1)


def test_capacity_of_dst() -> None:
    kernel = ttl.KernelOp("k", (1, 1), "wormhole_b0")
    with pytest.raises(UnmetNeedError, match="the width of DST"):
        kernel.dst_capacity
    module = ModuleOp([kernel])
    for wide, full, tiles in ((True, False, 4), (False, False, 8), (True, True, 8), (False, True, 16)):
        TTLSetComputeConfigPass(wide, full).apply(make_context(), module)
        assert kernel.dst_capacity == tiles
