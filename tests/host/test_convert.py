"""Conversions between torch, numpy, types, layouts, memories and devices."""

import ml_dtypes
import numpy as np
import pytest
import torch

from ttlang import host as ttnn


@pytest.fixture
def device():
    with ttnn.manage_device(device_id=0) as opened:
        yield opened


def values_of(shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("source", "dtype"),
    [
        ("float64", "float32"),
        ("float32", "float32"),
        ("float16", "bfloat16"),
        ("bfloat16", "bfloat16"),
        ("bool", "uint8"),
        ("uint8", "uint8"),
        ("int16", "uint16"),
        ("uint16", "uint16"),
        ("int32", "int32"),
        ("uint32", "uint32"),
        ("int64", "uint32"),
    ],
)
def test_default_types(source, dtype):
    values = torch.tensor([[0, 1, 1]]).to(getattr(torch, source))
    tensor = ttnn.from_torch(values)
    assert tensor.dtype is getattr(ttnn, dtype)
    assert tensor.to_list() == [[0, 1, 1]]
    if source != "bfloat16":
        assert ttnn.from_torch(values.numpy()).dtype is tensor.dtype


def test_sources_that_are_refused():
    with pytest.raises(TypeError, match="int8"):
        ttnn.from_torch(torch.zeros(2, dtype=torch.int8))
    assert ttnn.from_torch(torch.full((2,), -3, dtype=torch.int8), ttnn.int32).to_list() == [-3, -3]
    with pytest.raises(TypeError, match="like <U1"):
        ttnn.from_torch(["a"])
    with pytest.raises(TypeError, match="a ttnn tensor already"):
        ttnn.from_torch(ttnn.zeros((2, 2)))
    with pytest.raises(ValueError, match="TILE_LAYOUT only"):
        ttnn.from_torch(torch.zeros(32, 32), ttnn.bfloat8_b, layout=ttnn.ROW_MAJOR_LAYOUT)
    for what, wrong in ("layout", "tile"), ("memory configuration", ttnn.BufferType.L1), ("device", 0):
        argument = what.replace("configuration", "config").replace(" ", "_")
        with pytest.raises(TypeError, match=f"a {what} is"):
            ttnn.from_torch(torch.zeros(2), **{argument: wrong})
    with pytest.raises(TypeError, match=r"from_torch, ttnn\.from_numpy"):
        ttnn.Tensor(torch.zeros(2), ttnn.bfloat16)


def test_from_torch_with_everything(device):
    values = values_of((40, 64)).requires_grad_()
    tensor = ttnn.from_torch(
        values, ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=ttnn.L1_MEMORY_CONFIG
    )
    assert tensor.shape == (40, 64)
    assert tensor.padded_shape == (64, 64)
    assert tensor.get_dtype() is tensor.dtype is ttnn.bfloat16
    assert tensor.get_layout() is tensor.layout is ttnn.TILE_LAYOUT
    assert tensor.device() is device
    assert tensor.memory_config() == ttnn.L1_MEMORY_CONFIG
    assert not tensor.is_sharded()
    assert tensor.volume() == tensor.logical_volume() == 40 * 64
    assert tensor.element_size() == 2
    assert tensor.get_tile() == tensor.tile == ttnn.Tile()
    spec = ttnn.TensorSpec((40, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT, ttnn.L1_MEMORY_CONFIG)
    assert tensor.spec == spec
    assert ttnn.from_torch(values, spec=spec, device=device).spec == spec


def test_from_torch_copies():
    for source in (torch.zeros(32, 32), torch.zeros(32, 32).bfloat16(), torch.zeros(32, 32, dtype=torch.int32)):
        for layout in ttnn.Layout:
            tensor = ttnn.from_torch(source, layout=layout)
            ttnn.to_torch(tensor).fill_(1)
            source.fill_(2)
            assert ttnn.to_torch(tensor).abs().sum() == 0
            source.zero_()


def test_to_torch_options():
    values = values_of((1, 1, 3, 4))
    tensor = ttnn.from_torch(values, ttnn.float32)
    assert torch.equal(ttnn.to_torch(tensor, torch_rank=2), values[0, 0])
    assert torch.equal(ttnn.to_torch(tensor, torch_rank=5), values)
    assert ttnn.to_torch(tensor, dtype=torch.float64).dtype is torch.float64
    assert torch.equal(tensor.to_torch(), values)
    with pytest.raises(ValueError, match="does not fit in 1"):
        ttnn.to_torch(tensor, torch_rank=1)


def test_numpy_and_lists():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    tensor = ttnn.from_numpy(array, ttnn.bfloat16)
    assert ttnn.to_numpy(tensor).dtype == ml_dtypes.bfloat16
    np.testing.assert_array_equal(ttnn.to_numpy(tensor).astype(np.float32), array)
    assert tensor.to_list() == array.tolist()
    assert ttnn.from_torch([[1.0, 2.0]], ttnn.float32).to_list() == [[1.0, 2.0]]
    assert ttnn.from_torch(torch.tensor(3.5)).item() == 3.5
    with pytest.raises(ValueError, match="one element"):
        tensor.item()


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        ("int32", [1.9, -1.9, -0.5, 2.0**33], [1, -1, 0, 0]),
        ("uint32", [1.9, -1.0, 2.0**32 + 4096], [1, 2**32 - 1, 4096]),
        ("uint8", [255.9, 256.0, -1500.0], [255, 0, 36]),
        ("uint16", [70000.0, -3.0, 12.7], [65535, 0, 12]),
        ("int32", [float("nan"), float("inf"), float("-inf")], [0, 2**31 - 1, -(2**31)]),
    ],
)
def test_floats_to_integers(dtype, values, expected):
    for source in (torch.tensor(values, dtype=torch.float64), torch.tensor(values, dtype=torch.float64).numpy()):
        assert ttnn.from_torch(source, getattr(ttnn, dtype)).to_list() == expected


def test_typecast(device):
    values = values_of((33, 40)) * 100
    tensor = ttnn.from_torch(values, ttnn.float32, layout=ttnn.TILE_LAYOUT, device=device)
    cast = ttnn.typecast(tensor, ttnn.bfloat16)
    assert (cast.dtype, cast.layout, cast.device()) == (ttnn.bfloat16, ttnn.TILE_LAYOUT, device)
    assert torch.equal(ttnn.to_torch(cast), values.bfloat16())
    assert torch.equal(ttnn.to_torch(ttnn.to_dtype(tensor, ttnn.int32)), values.int())
    assert ttnn.typecast(tensor, ttnn.float32, ttnn.bfloat8_b).dtype is ttnn.bfloat8_b
    out = ttnn.zeros((33, 40), ttnn.int32)
    assert ttnn.typecast(tensor, ttnn.int32, output_tensor=out) is out
    assert torch.equal(ttnn.to_torch(out), values.int())
    with pytest.raises(TypeError, match="not a data format"):
        ttnn.typecast(tensor, "int4")
    with pytest.raises(ValueError, match="TILE_LAYOUT only"):
        ttnn.typecast(ttnn.zeros((32, 32)), ttnn.bfloat8_b)


def test_layouts(device):
    values = values_of((2, 33, 40)).bfloat16()
    rows = ttnn.from_torch(values, device=device)
    tiles = ttnn.to_layout(rows, ttnn.TILE_LAYOUT)
    assert tiles.layout is ttnn.TILE_LAYOUT
    assert tiles.device() is device
    assert tiles.padded_shape == (2, 64, 64)
    assert ttnn.to_layout(tiles, ttnn.TILE_LAYOUT) is tiles
    assert torch.equal(ttnn.to_torch(ttnn.untilize(tiles)), values)
    assert torch.equal(ttnn.to_torch(tiles.to(ttnn.ROW_MAJOR_LAYOUT)), values)
    assert torch.equal(ttnn.to_torch(ttnn.tilize_with_zero_padding(rows)), values)
    with pytest.raises(ValueError, match="multiples of 32"):
        ttnn.tilize(rows)
    assert ttnn.tilize(ttnn.zeros((32, 64))).layout is ttnn.TILE_LAYOUT
    assert ttnn.to_layout(rows, ttnn.TILE_LAYOUT, ttnn.float32).dtype is ttnn.float32


@pytest.mark.parametrize("dtype", [ttnn.bfloat8_b, ttnn.bfloat4_b], ids=str)
def test_block_formats_become_bfloat16_in_rows_without_loss(dtype):
    tiles = ttnn.from_torch(values_of((64, 64)), dtype)
    rows = ttnn.to_layout(tiles, ttnn.ROW_MAJOR_LAYOUT)
    assert rows.dtype is ttnn.bfloat16
    assert torch.equal(ttnn.to_torch(rows).float(), ttnn.to_torch(tiles))


def test_memory_configurations(device):
    values = values_of((64, 128)).bfloat16()
    tensor = ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT, device=device)
    config = ttnn.create_sharded_memory_config((64, 128), ttnn.CoreGrid(x=4, y=2), ttnn.ShardStrategy.BLOCK)
    sharded = ttnn.to_memory_config(tensor, config)
    assert sharded.is_sharded()
    assert sharded.memory_config() == config
    assert torch.equal(ttnn.to_torch(sharded), values)
    assert ttnn.to_memory_config(sharded, config) is sharded
    assert ttnn.to_memory_config(sharded, config, ttnn.float32).dtype is ttnn.float32
    back = ttnn.sharded_to_interleaved(sharded)
    assert back.memory_config() == ttnn.DRAM_MEMORY_CONFIG
    assert torch.equal(ttnn.to_torch(back), values)
    assert ttnn.interleaved_to_sharded(back, config).memory_config() == config
    with pytest.raises(ValueError, match="needs a sharded"):
        ttnn.interleaved_to_sharded(tensor, ttnn.L1_MEMORY_CONFIG)
    with pytest.raises(ValueError, match="needs an interleaved"):
        ttnn.sharded_to_interleaved(sharded, config)


def test_results_of_another_shape_leave_their_shards(device):
    config = ttnn.create_sharded_memory_config((64, 128), ttnn.CoreGrid(x=4, y=2), ttnn.ShardStrategy.BLOCK)
    sharded = ttnn.ones((64, 128), ttnn.bfloat16, ttnn.TILE_LAYOUT, device, config)
    assert (sharded + 1).memory_config() == config
    assert sharded[0:32].memory_config() == ttnn.L1_MEMORY_CONFIG


def test_row_shards_and_interleaved_rows_have_other_pages(device):
    values = torch.arange(128, dtype=torch.int32).reshape(2, 64)
    config = ttnn.create_sharded_memory_config((2, 64), ttnn.CoreGrid(x=2, y=1), ttnn.ShardStrategy.WIDTH)
    tensor = ttnn.from_torch(values, device=device)
    sharded = ttnn.to_memory_config(tensor, config)
    assert (tensor.buffer_num_pages(), sharded.buffer_num_pages()) == (2, 4)
    assert torch.equal(ttnn.to_torch(sharded), values)
    ttnn.copy_device_to_host_tensor(sharded, host := ttnn.zeros((2, 64), ttnn.int32))
    assert torch.equal(ttnn.to_torch(host), values)


def test_devices(device):
    host = ttnn.from_torch(values_of((32, 32)), layout=ttnn.TILE_LAYOUT)
    placed = ttnn.to_device(host, device, ttnn.L1_MEMORY_CONFIG)
    assert placed.device() is device
    assert placed.memory_config() == ttnn.L1_MEMORY_CONFIG
    assert ttnn.to_device(placed, device) is placed
    placed.write(np.zeros((32, 32)))
    assert ttnn.to_torch(host).abs().sum() > 0
    assert ttnn.from_device(placed).device() is placed.cpu().device() is None
    assert ttnn.from_device(host) is host
    assert host.to(device).device() is device
    copy = ttnn.clone(placed, dtype=ttnn.bfloat16)
    assert (copy.dtype, copy.device()) == (ttnn.bfloat16, device)
    with pytest.raises(ValueError, match=r"shape \[2\] do not fill"):
        host.write(np.zeros(2))


def test_copies_into_tensors(device):
    host = ttnn.from_torch(values_of((32, 40)), layout=ttnn.TILE_LAYOUT)
    placed = ttnn.allocate_tensor_on_device((32, 40), ttnn.float32, ttnn.TILE_LAYOUT, device)
    assert ttnn.allocate_tensor_on_device(placed.spec, device).spec == placed.spec
    ttnn.copy_host_to_device_tensor(host, placed)
    assert torch.equal(ttnn.to_torch(placed), ttnn.to_torch(host))
    with pytest.raises(ValueError, match="same shape, type and layout"):
        ttnn.copy_host_to_device_tensor(ttnn.zeros((32, 40)), placed)
    with pytest.raises(TypeError, match="needs a device"):
        ttnn.allocate_tensor_on_device((32, 40), ttnn.float32, ttnn.TILE_LAYOUT)
    with pytest.raises(TypeError, match=r"\(shape, dtype, layout, device\)"):
        ttnn.allocate_tensor_on_device((32, 40), device)


def test_repr():
    text = repr(ttnn.from_torch(torch.arange(4.0).reshape(2, 2), layout=ttnn.TILE_LAYOUT))
    assert text.startswith("ttnn.Tensor([[0.0000, 1.0000],")
    assert text.endswith("shape=Shape([2, 2]), dtype=DataType.FLOAT32, layout=Layout.TILE)")
    assert len(repr(ttnn.zeros((512, 512)))) < 2000
