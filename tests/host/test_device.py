"""Devices: opening and closing, what they say of the chip, addresses."""

import gc
from itertools import combinations

import pytest
import torch

from ttlang import host as ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.tables.chips import BLACKHOLE, CHIPS, WORMHOLE_B0


@pytest.fixture
def device():
    with ttnn.manage_device(device_id=0) as opened:
        yield opened


def tensor_on(device, shape=(64, 64), config=ttnn.DRAM_MEMORY_CONFIG, **more):
    more.setdefault("layout", ttnn.TILE_LAYOUT)
    return ttnn.zeros(shape, device=device, memory_config=config, **more)


def test_chip_of_the_environment(monkeypatch):
    monkeypatch.delenv("TTLANG_ARCH", raising=False)
    assert ttnn.selected_chip() is WORMHOLE_B0
    monkeypatch.setenv("TTLANG_ARCH", "blackhole")
    assert ttnn.selected_chip() is BLACKHOLE
    assert ttnn.get_arch_name() == "blackhole"
    assert ttnn.get_dram_alignment() == 64
    monkeypatch.setenv("TTLANG_ARCH", "grayskull")
    with pytest.raises(DiagnosticError, match="grayskull"):
        ttnn.open_device()


@pytest.mark.parametrize("name", list(CHIPS))
def test_what_a_device_says_of_its_chip(monkeypatch, name):
    monkeypatch.setenv("TTLANG_ARCH", name)
    chip = CHIPS[name]
    with ttnn.manage_device() as device:
        assert device.arch() is ttnn.Arch[name.upper()]
        grid = device.compute_with_storage_grid_size()
        assert (grid.x, grid.y) == chip.grid
        assert (device.core_grid.x, device.core_grid.y) == chip.grid
        assert device.dram_grid_size().x == chip.dram_banks
        assert device.l1_size_per_core() == chip.l1_bytes
        assert device.worker_core_from_logical_core(ttnn.CoreCoord(1, 2)) == (
            chip.column_to_virtual[1],
            chip.row_to_virtual[2],
        )
        assert ttnn.device.is_wormhole_b0(device) == (name == "wormhole_b0")
        assert ttnn.device.is_blackhole(device) == (name == "blackhole")
        assert name in repr(device)


def test_closing(device):
    tensor = tensor_on(device)
    ttnn.synchronize_device(device)
    ttnn.close_device(device)
    assert "closed" in repr(device)
    assert not tensor.is_allocated()
    for use in (lambda: ttnn.to_torch(tensor), tensor.buffer_address, lambda: tensor + 1, lambda: tensor_on(device)):
        with pytest.raises(RuntimeError, match="is closed"):
            use()
    with pytest.raises(RuntimeError, match="is closed"):
        ttnn.synchronize_device(device)
    ttnn.close_device(device)
    assert "deallocated" in repr(tensor)


def test_an_open_device_is_shared_until_all_have_closed_it(monkeypatch):
    first = ttnn.open_device(device_id=3, l1_small_size=8192)
    assert ttnn.open_device(device_id=3) is first
    assert ttnn.open_device(device_id=4) is not first
    ttnn.close_device(ttnn.open_device(device_id=4))
    ttnn.close_device(ttnn.open_device(device_id=4))
    ttnn.close_device(first)
    assert first.is_open
    monkeypatch.setenv("TTLANG_ARCH", "blackhole")
    with pytest.raises(RuntimeError, match="open as Wormhole B0; close it to open Blackhole"):
        ttnn.open_device(device_id=3)
    ttnn.close_device(first)
    assert not first.is_open
    again = ttnn.open_device(device_id=3)
    assert again is not first
    ttnn.close_device(again)


def test_arguments_of_open_device():
    with pytest.raises(TypeError, match="l1_smal_size"):
        ttnn.open_device(device_id=0, l1_smal_size=1)
    with pytest.raises(ValueError, match="count from 0"):
        ttnn.open_device(device_id=-1)


def test_default_device(device):
    assert ttnn.GetDefaultDevice() is None
    ttnn.SetDefaultDevice(device)
    assert ttnn.GetDefaultDevice() is device
    ttnn.close_device(device)
    assert ttnn.GetDefaultDevice() is None


def test_host_tensors_have_no_address():
    tensor = ttnn.zeros((32, 32), layout=ttnn.TILE_LAYOUT)
    assert tensor.device() is None
    assert tensor.storage_type() is ttnn.StorageType.HOST
    for ask in (tensor.buffer_address, tensor.placement, tensor.buffer_aligned_page_size):
        with pytest.raises(RuntimeError, match="to_device"):
            ask()


def test_placement_of_a_tensor(device):
    tensor = tensor_on(device, (64, 64), dtype=ttnn.uint8, layout=ttnn.ROW_MAJOR_LAYOUT)
    assert tensor.storage_type() is ttnn.DEVICE_STORAGE_TYPE
    assert tensor.buffer_num_pages() == 64
    assert tensor.buffer_page_size() == tensor.buffer_aligned_page_size() == 64
    narrow = tensor_on(device, (64, 3), dtype=ttnn.uint8, layout=ttnn.ROW_MAJOR_LAYOUT)
    assert narrow.buffer_page_size() == 3
    assert narrow.buffer_aligned_page_size() == WORMHOLE_B0.dram_alignment
    assert narrow.placement().offsets[12] == 32


@pytest.mark.parametrize("config", [ttnn.DRAM_MEMORY_CONFIG, ttnn.L1_MEMORY_CONFIG], ids=["dram", "l1"])
def test_addresses_are_aligned_and_do_not_overlap(device, config):
    shapes = [(32, 32), (100, 70), (1, 5), (2, 64, 2048), (7,), (512, 512)]
    tensors = [tensor_on(device, shape, config, layout=layout) for shape in shapes for layout in ttnn.Layout]
    tensors[3].deallocate()
    tensors[6].deallocate()
    live = [t for t in tensors if t.is_allocated()] + [tensor_on(device, (32, 32), config) for _ in range(5)]
    spans = [(t.buffer_address(), t.buffer_address() + t.placement().bytes_per_bank) for t in live]
    for (start, end), (other_start, other_end) in combinations(spans, 2):
        assert end <= other_start or other_end <= start
    for start, _ in spans:
        assert start > 0
        assert start % WORMHOLE_B0.dram_alignment == 0


def test_memory_comes_back(device):
    first = tensor_on(device).buffer_address()
    gc.collect()
    tensor = tensor_on(device)
    assert tensor.buffer_address() == first  # the first tensor is gone, and so is its buffer
    other = tensor_on(device)
    assert other.buffer_address() != first
    ttnn.deallocate(tensor)
    ttnn.deallocate(tensor)
    assert tensor_on(device).buffer_address() == first
    with pytest.raises(RuntimeError, match="deallocated"):
        ttnn.to_torch(tensor)


def test_l1_in_use(device):
    assert device.l1_bytes_in_use() == 0
    # 64 tiles over 64 cores: a tile each; 65 tiles: two on one core, and the addresses are the same on all.
    one = tensor_on(device, (32, 32 * 64), ttnn.L1_MEMORY_CONFIG)
    assert device.l1_bytes_in_use() == 2048
    two = tensor_on(device, (32, 32 * 65), ttnn.L1_MEMORY_CONFIG)
    assert device.l1_bytes_in_use() == 3 * 2048
    config = ttnn.create_sharded_memory_config((256, 64), ttnn.CoreGrid(x=2, y=1), ttnn.ShardStrategy.HEIGHT)
    three = tensor_on(device, (256, 64), config)
    assert device.l1_bytes_in_use() == (3 + 8) * 2048
    tensor_on(device)
    assert device.l1_bytes_in_use() == (3 + 8) * 2048
    two.deallocate()
    assert device.l1_bytes_in_use() == (3 + 8) * 2048  # the gap cannot serve circular buffers
    three.deallocate()
    assert device.l1_bytes_in_use() == 2048
    one.deallocate()
    assert device.l1_bytes_in_use() == 0


def test_l1_has_an_end(device):
    tiles = WORMHOLE_B0.l1_budget // 4096
    whole = ttnn.CoreGrid(x=1, y=1)

    def fill(count):
        config = ttnn.create_sharded_memory_config((32 * count, 32), whole, ttnn.ShardStrategy.HEIGHT)
        return tensor_on(device, (32 * count, 32), config, dtype=ttnn.float32)

    big = fill(tiles)
    assert device.l1_bytes_in_use() <= WORMHOLE_B0.l1_budget
    with pytest.raises(MemoryError, match=r"L1 is full: .* 4096 bytes on each core.*DRAM_MEMORY_CONFIG"):
        fill(1)
    big.deallocate()
    fill(1)


def test_attach_places_the_tensor_itself(device):
    tensor = ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT)
    pages = tensor.pages
    tensor.attach(device)
    address = tensor.buffer_address()
    tensor.attach(device)
    assert tensor.buffer_address() == address
    assert tensor.pages is pages
    other = ttnn.open_device(device_id=1)
    with pytest.raises(ValueError, match="to_device copies it"):
        tensor.attach(other)
    moved = ttnn.to_device(tensor, other)
    assert moved.device() is other
    assert torch.equal(ttnn.to_torch(moved), torch.ones(32, 32, dtype=torch.bfloat16))
    ttnn.close_device(other)


def test_meshes(monkeypatch):
    monkeypatch.delenv("TTLANG_DEVICES", raising=False)
    assert ttnn.GetNumAvailableDevices() == ttnn.get_num_devices() == 4
    with ttnn.create_mesh_device() as mesh:
        assert mesh.shape == (1, 4)
        assert mesh.get_num_devices() == 4
        assert mesh.get_device_ids() == ttnn.get_device_ids() == [0, 1, 2, 3]
        assert "mesh=1x4" in repr(mesh)
    with pytest.raises(RuntimeError, match="closed"):
        ttnn.zeros((32, 32), device=mesh)
    with ttnn.manage_device() as one:
        assert one.shape == (1, 1)
    monkeypatch.setenv("TTLANG_DEVICES", "2")
    assert ttnn.GetNumAvailableDevices() == 2
    with pytest.raises(RuntimeError, match="more than there are, 2: TTLANG_DEVICES"):
        ttnn.open_mesh_device(ttnn.MeshShape(2, 2))
    monkeypatch.setenv("TTLANG_DEVICES", "0")
    with pytest.raises(DiagnosticError, match="from 1 on"):
        ttnn.open_mesh_device()
