"""Cores, memory configurations and where pages lie."""

import numpy as np
import pytest

from ttlang import host as ttnn
from ttlang.host.page_banks import place
from ttlang.tables.chips import BLACKHOLE, WORMHOLE_B0


def core_range(x0, y0, x1, y1):
    return ttnn.CoreRange(ttnn.CoreCoord(x0, y0), ttnn.CoreCoord(x1, y1))


def test_core_coord():
    core = ttnn.CoreCoord(1, 2)
    assert (core.x, core.y) == tuple(core) == (1, 2)
    assert core == (1, 2)
    assert core == ttnn.CoreCoord(1, 2) != ttnn.CoreCoord(2, 1)
    assert len({core, ttnn.CoreCoord(1, 2)}) == 1
    with pytest.raises(ValueError, match="negative"):
        ttnn.CoreCoord(-1, 0)


def test_core_range():
    r = core_range(1, 0, 3, 1)
    assert r.grid_size() == (3, 2)
    assert r.contains(ttnn.CoreCoord(3, 1))
    assert not r.contains(ttnn.CoreCoord(0, 0))
    assert r.contains(core_range(2, 0, 3, 0))
    assert not r.contains(core_range(2, 0, 4, 0))
    with pytest.raises(ValueError, match="before its start"):
        core_range(2, 2, 1, 2)


def test_core_range_set():
    s = ttnn.CoreRangeSet({core_range(3, 0, 4, 1), core_range(0, 0, 1, 1)})
    assert s.num_cores() == 8
    assert s.size() == 2
    assert s.bounding_box() == core_range(0, 0, 4, 1)
    assert s.contains(core_range(3, 0, 4, 0))
    assert not s.contains(core_range(1, 0, 3, 0))
    assert s == ttnn.CoreRangeSet([core_range(0, 0, 1, 1), core_range(3, 0, 4, 1)])
    assert s.merge(ttnn.CoreRangeSet([core_range(1, 0, 2, 1)])).num_cores() == 10
    assert s.subtract(ttnn.CoreRangeSet([core_range(1, 0, 3, 0)])).num_cores() == 6
    assert ttnn.CoreRangeSet([]).empty()
    with pytest.raises(ValueError, match="overlap"):
        ttnn.CoreRangeSet([core_range(0, 0, 1, 1), core_range(1, 1, 2, 2)])
    with pytest.raises(ValueError, match="empty"):
        ttnn.CoreRangeSet([]).bounding_box()


def test_order_of_cores():
    s = ttnn.CoreRangeSet([core_range(0, 0, 2, 1)])
    assert ttnn.corerange_to_cores(s)[:3] == [(0, 0), (0, 1), (1, 0)]
    assert ttnn.corerange_to_cores(s, 4, row_wise=True) == [(0, 0), (1, 0), (2, 0), (0, 1)]


@pytest.mark.parametrize("row_wise", [False, True])
@pytest.mark.parametrize("count", [1, 7, 8, 11, 64])
def test_a_number_of_cores(count, row_wise):
    s = ttnn.num_cores_to_corerangeset(count, ttnn.CoreCoord(8, 8), row_wise)
    expected = [(i % 8, i // 8) if row_wise else (i // 8, i % 8) for i in range(count)]
    assert ttnn.corerange_to_cores(s, row_wise=row_wise) == expected
    with pytest.raises(ValueError, match="cannot give 65"):
        ttnn.num_cores_to_corerangeset(65, ttnn.CoreCoord(8, 8))


@pytest.mark.parametrize("row_wise", [False, True])
@pytest.mark.parametrize("units", [1, 5, 6, 16, 20, 24])
def test_work_is_dealt_out(units, row_wise):
    grid = ttnn.CoreCoord(4, 3)
    whole = ttnn.CoreRangeSet([core_range(0, 0, 3, 2)])
    for cores in (grid, whole):
        count, used, first, second, more, less = ttnn.split_work_to_cores(cores, units, row_wise)
        assert count == min(units, 12)
        in_order = [(i % 4, i // 4) if row_wise else (i // 3, i % 3) for i in range(count)]
        groups = [ttnn.corerange_to_cores(group, row_wise=row_wise) for group in (first, second)]
        assert groups[0] + groups[1] == in_order == ttnn.corerange_to_cores(used, row_wise=row_wise)
        assert len(groups[0]) * more + len(groups[1]) * less == units
        assert less == (more - 1 if groups[1] else 0)


def test_no_work():
    none = ttnn.CoreRangeSet([])
    assert ttnn.split_work_to_cores(ttnn.CoreCoord(4, 3), 0) == (0, none, none, none, 0, 0)
    with pytest.raises(ValueError, match="these are -1"):
        ttnn.split_work_to_cores(ttnn.CoreCoord(4, 3), -1)


def test_memory_configurations():
    assert ttnn.MemoryConfig(ttnn.TensorMemoryLayout.INTERLEAVED, ttnn.BufferType.DRAM) == ttnn.DRAM_MEMORY_CONFIG
    assert ttnn.MemoryConfig(buffer_type=ttnn.BufferType.L1) == ttnn.L1_MEMORY_CONFIG != ttnn.DRAM_MEMORY_CONFIG
    assert ttnn.L1_MEMORY_CONFIG.interleaved
    assert ttnn.L1_HEIGHT_SHARDED_MEMORY_CONFIG.is_sharded()
    with pytest.raises(TypeError, match="memory_layout, buffer_type"):
        ttnn.MemoryConfig(ttnn.BufferType.L1)
    with pytest.raises(ValueError, match="takes no shard_spec"):
        ttnn.MemoryConfig(shard_spec=ttnn.ShardSpec(ttnn.CoreRangeSet([core_range(0, 0, 0, 0)]), (32, 32)))


STRATEGIES = ttnn.ShardStrategy
COL_MAJOR = ttnn.ShardOrientation.COL_MAJOR


@pytest.mark.parametrize(
    ("shape", "strategy", "orientation", "shard"),
    [
        ((2, 128, 64), STRATEGIES.HEIGHT, None, [32, 64]),
        ((64, 512), STRATEGIES.WIDTH, None, [64, 64]),
        ((64, 128), STRATEGIES.BLOCK, None, [32, 32]),
        ((64, 128), STRATEGIES.BLOCK, COL_MAJOR, [16, 64]),
    ],
)
def test_create_sharded_memory_config(shape, strategy, orientation, shard):
    config = ttnn.create_sharded_memory_config(shape, ttnn.CoreGrid(y=2, x=4), strategy, orientation)
    assert config.shard_spec.shape == shard
    assert config.shard_spec.num_cores() == 8
    assert config.buffer_type is ttnn.BufferType.L1
    assert config.memory_layout.name == f"{strategy.name}_SHARDED"


def test_create_sharded_memory_config_from_a_shard_shape():
    cores = ttnn.CoreRangeSet([core_range(0, 0, 3, 0)])
    config = ttnn.create_sharded_memory_config(
        (32, 64), cores, STRATEGIES.HEIGHT, use_height_and_width_as_shard_shape=True
    )
    assert config.shard_spec == ttnn.ShardSpec(cores, [32, 64], ttnn.ShardOrientation.ROW_MAJOR)
    with pytest.raises(ValueError, match="use_height_and_width_as_shard_shape"):
        ttnn.create_sharded_memory_config((32, 64), cores, STRATEGIES.HEIGHT)
    with pytest.raises(ValueError, match="do not divide"):
        ttnn.create_sharded_memory_config((33, 64), ttnn.CoreGrid(y=2, x=4), STRATEGIES.HEIGHT)
    with pytest.raises(ValueError, match="height and a width"):
        ttnn.create_sharded_memory_config((64,), ttnn.CoreGrid(y=1, x=1), STRATEGIES.HEIGHT)


@pytest.mark.parametrize("chip", [WORMHOLE_B0, BLACKHOLE], ids=lambda chip: chip.name)
@pytest.mark.parametrize("config", [ttnn.DRAM_MEMORY_CONFIG, ttnn.L1_MEMORY_CONFIG], ids=["dram", "l1"])
@pytest.mark.parametrize(("layout", "dtype"), [(ttnn.TILE_LAYOUT, ttnn.bfloat8_b), (ttnn.ROW_MAJOR_LAYOUT, ttnn.uint8)])
def test_interleaved_pages_go_round_the_banks(chip, config, layout, dtype):
    spec = ttnn.TensorSpec((3, 200, 100), dtype, layout, config)
    placement = place(spec, chip)
    dram = config is ttnn.DRAM_MEMORY_CONFIG
    banks = chip.dram_banks if dram else chip.grid[0] * chip.grid[1]
    alignment = chip.dram_alignment if dram else chip.l1_alignment
    stride = -(-spec.page_bytes // alignment) * alignment
    for page in range(spec.num_pages):
        assert placement.banks[page] == page % banks
        assert placement.offsets[page] == page // banks * stride
    assert placement.aligned_page_bytes == stride
    assert placement.bytes_per_bank == placement.offsets.max() + stride
    assert len(placement.cores) == banks


@pytest.mark.parametrize("orientation", list(ttnn.ShardOrientation))
def test_block_shards(orientation):
    grid = core_range(1, 1, 4, 2)  # 4 columns, 2 rows
    shard = [64, 32] if orientation is ttnn.ShardOrientation.ROW_MAJOR else [32, 64]
    config = ttnn.MemoryConfig(
        ttnn.TensorMemoryLayout.BLOCK_SHARDED,
        ttnn.BufferType.L1,
        ttnn.ShardSpec(ttnn.CoreRangeSet([grid]), shard, orientation),
    )
    # 4x3 tiles: 2x3 shards of 2x1 tiles, or 4x2 shards of 1x2 tiles whose last column is half full.
    spec = ttnn.TensorSpec((128, 96), ttnn.bfloat16, ttnn.TILE_LAYOUT, config)
    placement = place(spec, WORMHOLE_B0)
    high, wide = shard[0] // 32, shard[1] // 32
    for row in range(4):
        for column in range(3):
            down, across = row // high, column // wide
            swapped = orientation is ttnn.ShardOrientation.COL_MAJOR
            core = (1 + down, 1 + across) if swapped else (1 + across, 1 + down)
            page = row * 3 + column
            assert placement.cores[placement.banks[page]] == core
            assert placement.offsets[page] == (row % high * wide + column % wide) * 2048
    assert placement.bytes_per_bank == 2 * 2048


def test_height_and_width_shards():
    grid = ttnn.CoreGrid(y=1, x=4)
    config = ttnn.create_sharded_memory_config((4, 64, 64), grid, STRATEGIES.HEIGHT)
    placement = place(ttnn.TensorSpec((4, 64, 64), ttnn.float32, ttnn.TILE_LAYOUT, config), WORMHOLE_B0)
    assert placement.banks.tolist() == np.repeat(range(4), 4).tolist()
    assert placement.offsets[:4].tolist() == [0, 4096, 8192, 12288]
    config = ttnn.create_sharded_memory_config((3, 64), grid, STRATEGIES.WIDTH)
    spec = ttnn.TensorSpec((3, 64), ttnn.uint16, ttnn.ROW_MAJOR_LAYOUT, config)
    assert (spec.num_pages, spec.page_bytes) == (12, 32)
    placement = place(spec, WORMHOLE_B0)
    assert placement.banks.tolist() == [0, 1, 2, 3] * 3
    assert placement.offsets.tolist() == [0] * 4 + [32] * 4 + [64] * 4


def _sharded(kind, shard, grid=None):
    cores = ttnn.CoreRangeSet([grid or core_range(0, 0, 1, 0)])
    return ttnn.MemoryConfig(kind, ttnn.BufferType.L1, ttnn.ShardSpec(cores, shard))


@pytest.mark.parametrize(
    ("shape", "layout", "config", "message"),
    [
        ((64, 64), "TILE", _sharded(ttnn.TensorMemoryLayout.HEIGHT_SHARDED, [32, 32]), "as wide as the tensor, 64"),
        ((64, 64), "TILE", _sharded(ttnn.TensorMemoryLayout.WIDTH_SHARDED, [32, 32]), "as high as the tensor, 64"),
        ((64, 64), "TILE", _sharded(ttnn.TensorMemoryLayout.BLOCK_SHARDED, [16, 32]), "whole 32x32 tiles"),
        ((4, 50), "ROW_MAJOR", _sharded(ttnn.TensorMemoryLayout.BLOCK_SHARDED, [4, 32]), "rows of 50"),
        ((64, 64), "TILE", ttnn.L1_BLOCK_SHARDED_MEMORY_CONFIG, "needs a shard_spec"),
    ],
)
def test_shards_that_do_not_suit_the_tensor(shape, layout, config, message):
    with pytest.raises(ValueError, match=message):
        ttnn.TensorSpec(shape, ttnn.bfloat16, ttnn.Layout[layout], config)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (_sharded(ttnn.TensorMemoryLayout.HEIGHT_SHARDED, [32, 96]), "3 shards do not fit on 2 cores"),
        (_sharded(ttnn.TensorMemoryLayout.BLOCK_SHARDED, [96, 32]), "1x3 shards do not fit on 1x2 cores"),
        (
            _sharded(ttnn.TensorMemoryLayout.HEIGHT_SHARDED, [32, 96], core_range(0, 0, 8, 0)),
            "Wormhole B0 has a grid of 8x8 cores",
        ),
    ],
)
def test_shards_that_do_not_suit_the_chip(config, message):
    with pytest.raises(ValueError, match=message):
        place(ttnn.TensorSpec((96, 96), ttnn.bfloat16, ttnn.TILE_LAYOUT, config), WORMHOLE_B0)


def test_dram_shards_are_numbered_by_bank():
    config = ttnn.MemoryConfig(
        ttnn.TensorMemoryLayout.WIDTH_SHARDED,
        ttnn.BufferType.DRAM,
        ttnn.ShardSpec(ttnn.CoreRangeSet([core_range(0, 0, 11, 0)]), [32, 32]),
    )
    spec = ttnn.TensorSpec((32, 32 * 12), ttnn.bfloat16, ttnn.TILE_LAYOUT, config)
    assert place(spec, WORMHOLE_B0).banks.tolist() == list(range(12))
    with pytest.raises(ValueError, match="Blackhole has 8 DRAM banks"):
        place(spec, BLACKHOLE)


def test_what_a_tensor_says_of_its_memory():
    sharded = ttnn.create_sharded_memory_config((64, 64), ttnn.CoreGrid(y=2, x=1), ttnn.ShardStrategy.HEIGHT)
    for config in (ttnn.DRAM_MEMORY_CONFIG, sharded):
        tensor = ttnn.zeros((64, 64), layout=ttnn.TILE_LAYOUT, memory_config=config)
        assert ttnn.get_memory_config(tensor) == tensor.memory_config() == config
        assert ttnn.is_sharded(tensor) == (config is sharded)
