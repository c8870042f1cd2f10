"""Sharded tensors, and their shards as blocks."""

from __future__ import annotations

import runpy
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.backends.cpp.programs import parse_module
from tests.language.tensors.shard_kernels import Load, config, run
from ttlang import ttnn
from ttlang.backends.cpp.printer import print_program
from ttlang.backends.simulator.read_program import tensor_info
from ttlang.backends.ttnn import runner_source
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import Memory, Orientation, Sharding, ShardsAttr, TensorType, TileType
from ttlang.frontend.blocks.tensor_types import tensor_type
from ttlang.language.specs import read_spec
from ttlang.machine.tensor_pages import TensorPages
from ttlang.tables.chips import CHIPS
from ttlang.tables.dtypes import BF16
from ttlang.transforms.ttl_allocate_circular_buffers import tensor_bytes_per_core

CASES = [
    pytest.param(config("HEIGHT", (1, 4), (1, 1)), (1, 4), id="height"),
    pytest.param(config("HEIGHT", (1, 4), (3, 0), columns_first=True), (1, 4), id="height, column-major"),
    pytest.param(config("WIDTH", (4, 1), (1, 1)), (4, 1), id="width"),
    pytest.param(config("WIDTH", (4, 1), (1, 1), columns_first=True), (4, 1), id="width, column-major"),
    pytest.param(config("BLOCK", (2, 2), (1, 1)), (2, 2), id="block"),
    pytest.param(config("BLOCK", (2, 2), (1, 1), columns_first=True), (2, 2), id="block, column-major"),
    pytest.param(config("HEIGHT", (1, 4), (3, 0), buffer="DRAM"), (1, 4), id="height in DRAM"),
]


@pytest.mark.parametrize("arch", CHIPS)
@pytest.mark.parametrize(("memory", "block"), CASES)
def test_a_shard_on_each_core(
    load: Load, memory: Any, block: tuple[int, int], arch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTLANG_ARCH", arch)
    made, x, out = run(load, memory, block=block)
    assert torch.equal(out, x + 1)
    sources = print_program(made.kernel.compile(*made.tensors).program)
    assert "noc_async_read_shard(core_y * 2 + core_x, x, x_ptr);" in sources["read"]
    assert "noc_async_write_shard(core_y * 2 + core_x, out, out_ptr);" in sources["write"]
    assert "get_tile_size" not in sources["read"]
    older = print_program(made.kernel.compile(*made.tensors).program, metal_api="0.69")
    size = block[0] * block[1] * 2048
    assert f"noc_async_read(x.get_shard_noc_addr(core_y * 2 + core_x), x_ptr, {size});" in older["read"]
    assert f"noc_async_write(out_ptr, out.get_shard_noc_addr(core_y * 2 + core_x), {size});" in older["write"]


@pytest.mark.parametrize("dtype", [ttnn.float32, ttnn.bfloat8_b, ttnn.int32])
def test_formats(load: Load, dtype: Any) -> None:
    _, x, out = run(load, config("BLOCK", (2, 2), (1, 1)), dtype=dtype)
    assert torch.equal(out, x + 1)


def test_shards_of_other_cores(load: Load) -> None:
    """One core takes all shards, the last one first: that of a shard is not its own."""
    _, x, out = run(
        load, config("HEIGHT", (1, 4), (1, 1)), block=(1, 4), grid=(1, 1), turns=4, source="3 - i", target="i"
    )
    assert torch.equal(out, x.reshape(4, 32, 128).flip(0).reshape(128, 128) + 1)


def test_more_shards_than_cores_hold_the_kernel(load: Load) -> None:
    memory, shard = config("BLOCK", (1, 2), (1, 3)), "i * 2 + ttl.core_linear()"
    _, x, out = run(
        load,
        memory,
        block=(1, 2),
        grid=(2, 1),
        turns=4,
        source=shard,
        target=shard,
    )
    assert torch.equal(out, x + 1)


@pytest.mark.parametrize(("memory", "block"), CASES)
def test_pages_of_a_sharded_tensor(load: Load, memory: Any, block: tuple[int, int]) -> None:
    """Its slices are what they are of any tensor, whatever its shards."""
    part = "i // 4 * 2 : i // 4 * 2 + 2, i % 4"
    made, x, out = run(
        load,
        memory,
        block=(2, 1),
        source=part,
        target=part,
        turns=8,
        grid=(1, 1),
    )
    assert torch.equal(out, x + 1)
    assert "_shard(" not in print_program(made.kernel.compile(*made.tensors).program)["read"]


def test_between_sharded_and_interleaved(load: Load) -> None:
    _, x, out = run(
        load,
        config("HEIGHT", (1, 4), (1, 1)),
        block=(1, 4),
        target="ttl.core_linear(), :",
        out_memory=ttnn.DRAM_MEMORY_CONFIG,
    )
    assert torch.equal(out, x + 1)


def test_a_batch_is_sharded_by_its_rows(load: Load) -> None:
    """Four matrices of 2x2 tiles, one on each core. One index of a tensor of three dimensions is that of a matrix."""
    made, x, out = run(
        load,
        config("HEIGHT", (2, 2), (3, 0)),
        shape=(4, 64, 64),
        block=(2, 2),
        source="ttl.core_linear(), ...",
        target="ttl.core_linear()",
    )
    assert torch.equal(out, x + 1)
    assert "_shard(" not in print_program(made.kernel.compile(*made.tensors).program)["write"]


def test_uneven_shards_take_slices(load: Load) -> None:
    """Five rows of tiles in shards of two: the last one is filled in part."""
    memory = config("HEIGHT", (2, 4), (2, 0))
    with pytest.raises(DiagnosticError) as raised:
        run(load, memory, shape=(160, 128), block=(2, 4))
    (first, *_) = raised.value.diagnostics
    assert (first.code, "filled in part" in first.message) == ("TTL0003", True)
    _, x, out = run(load, memory, shape=(160, 128), block=(1, 4), source="i, :", target="i, :", turns=5, grid=(1, 1))
    assert torch.equal(out, x + 1)


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        ({"source": "4"}, "TTL0302", "shard 4 of x, which has 4"),
        ({"source": "-5"}, "TTL0302", "a shard before the first of x"),
        ({"source": "ttl.core_linear() + 1"}, "TTL0302", "shard 4 of x"),
        ({"source": "(ttl.core_linear() * 5) % 7"}, "TTL0807", "shard 5 of 'x', which has the shards 0 to 3"),
        ({"target": "(ttl.core_linear() * 5) % 7"}, "TTL0807", "shard 5 of 'out'"),
        ({"source": "True"}, "TTL0303", "no index"),
        ({"block": (1, 4)}, "TTL0301", "has 2x2 tiles, and the block of"),
        ({"source": "0:4"}, "TTL0301", "4x4 tiles"),
        ({"target": "0"}, "TTL0810", "writes page 0 of 'out'"),
    ],
)
def test_mistakes(load: Load, options: dict[str, Any], code: str, text: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        run(load, config("BLOCK", (2, 2), (1, 1)), **options)
    first = raised.value.diagnostics[0]
    assert (first.code, text in first.message) == (code, True), first.message


def test_from_the_end(load: Load) -> None:
    _, x, out = run(load, config("HEIGHT", (1, 4), (1, 1)), block=(1, 4), grid=(1, 1), source="-1", target="0")
    assert torch.equal(out[:32], x[96:] + 1)
    assert not out[32:].any()


# Types


def kernel_of(tensor: str) -> ttl.KernelOp:
    """A kernel with a tensor of this type."""
    head = 'ttl.kernel @k grid [1, 1] on "wormhole_b0"'
    (kernel,) = parse_module(f'{head} {{\n%x = ttl.tensor_accessor "x" at 0 : {tensor}\n}}').ops
    assert isinstance(kernel, ttl.KernelOp)
    return kernel


def test_types(load: Load) -> None:
    device = ttnn.open_device(device_id=0)
    cores = ttnn.CoreRangeSet(
        [
            ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(1, 0)),
            ttnn.CoreRange(ttnn.CoreCoord(0, 1), ttnn.CoreCoord(0, 2)),
        ]
    )
    spec = ttnn.ShardSpec(cores, [32, 64], ttnn.ShardOrientation.COL_MAJOR)
    memory = ttnn.MemoryConfig(ttnn.TensorMemoryLayout.HEIGHT_SHARDED, ttnn.BufferType.L1, spec)
    given = ttnn.zeros((2, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory)
    made = tensor_type("x", read_spec(given), lambda: None)
    shards = "#ttcore.shards<height, [1, 2], col_major, [0, 0, 1, 0, 0, 1, 0, 2]>"
    text = f"!ttcore.tensor<[2, 2, 2], !ttcore.tile<32x32, bf16>, l1, {shards}>"
    assert str(made) == text
    module = parse_module(
        f'ttl.kernel @k grid [1, 1] on "wormhole_b0" {{\n%x = ttl.tensor_accessor "x" at 0 : {text}\n}}'
    )
    (kernel,) = module.ops
    assert next(iter(kernel.tensors)).result.type == made  # pyright: ignore[reportAttributeAccessIssue]
    assert (made.shard_grid, made.matrix) == ((4, 1), (4, 2))


@pytest.mark.parametrize(("memory", "block"), CASES)
def test_l1_is_what_the_device_takes(memory: Any, block: tuple[int, int]) -> None:
    device = ttnn.open_device(device_id=0)
    given = ttnn.zeros((128, 128), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory)
    type_ = tensor_type("x", read_spec(given), lambda: None)
    module = parse_module(
        f'ttl.kernel @k grid [1, 1] on "wormhole_b0" {{\n%x = ttl.tensor_accessor "x" at 0 : {type_}\n}}'
    )
    (kernel,) = module.ops
    assert tensor_bytes_per_core(kernel) == device.l1_bytes_in_use()  # pyright: ignore[reportArgumentType]


def test_sharded_tensors_count_in_the_budget(load: Load) -> None:
    """800 KiB of a core hold a shard of each tensor; with them, blocks of 300 KiB find no place."""
    memory = config("HEIGHT", (20, 10), (1, 1))
    with pytest.raises(DiagnosticError) as raised:
        run(load, memory, shape=(2560, 320), block=(20, 10))
    (first, *_) = raised.value.diagnostics
    assert (first.code, "800 KiB of tensors in L1" in first.message) == ("TTL0701", True), first.message


@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    shard=st.tuples(st.integers(1, 3), st.integers(1, 3)),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_of_shards(sizes: tuple[int, int], shard: tuple[int, int]) -> None:
    """Cut a matrix of page numbers by hand."""
    shape = sizes[0] * shard[0], sizes[1] * shard[1]
    cores = ShardsAttr(Sharding.BLOCK, shard, Orientation.ROW_MAJOR, [(0, 0, sizes[1] - 1, sizes[0] - 1)])
    info = tensor_info("x", 0, 0, TensorType(shape, TileType(BF16), Memory.L1, cores), 32, CHIPS["wormhole_b0"])
    pages = TensorPages(info, np.zeros((prod(shape), 2048), np.uint8), None)
    numbers = np.arange(prod(shape)).reshape(shape)
    for index in range(prod(sizes)):
        row, column = divmod(index, sizes[1])
        expected = numbers[row * shard[0] :, column * shard[1] :][: shard[0], : shard[1]]
        assert (pages.first_page(index) + pages.shard.pages).tolist() == expected.reshape(-1).tolist()


# The runner


def test_the_runner_makes_sharded_tensors(load: Load, tmp_path: Path) -> None:
    """Its `main`, with the host library for ttnn and without the run, which needs a card."""
    made, _, _ = run(load, config("BLOCK", (2, 2), (1, 1), columns_first=True))
    text = runner_source(made.kernel.compile(*made.tensors).program)
    path = tmp_path / "runner.py"
    text = text.replace("import ttnn", "from ttlang import ttnn")
    path.write_text(text.replace("        run(tensors)", "        CONFIGS.extend(t.memory_config() for t in tensors)"))
    configs: list[Any] = []
    names = runpy.run_path(str(path), {"CONFIGS": configs})
    names["main"]()
    assert configs == [tensor.memory_config() for tensor in made.tensors]
