"""Loops that fill buffers of three blocks or more: the reads of a turn begin before the last ones have landed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.both_ways import every_way
from ttlang import ttnn

Load = Callable[[str], Any]

KERNEL = """
from ttlang import ttl

@ttl.operation(grid=(2, 1))
def kernel(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 3), block_count=BLOCKS)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 3))

    @ttl.compute()
    def compute():
        for _ in range(TURNS):
            with x_dfb.wait() as block, out_dfb.reserve() as o:
                o.store(block + block)

    @ttl.datamovement()
    def read():
        x_core = ttl.node(dims=1)
        for row in range(TURNS):
            with x_dfb.reserve() as block:
                ttl.copy(x[8 * x_core + row, 0:3], block).wait()

    @ttl.datamovement()
    def write():
        x_core = ttl.node(dims=1)
        for row in range(TURNS):
            with out_dfb.wait() as block:
                ttl.copy(block, out[8 * x_core + row, 0:3]).wait()
"""
AHEAD = "noc_async_read_barrier_with_trid("


def text(turns: str, blocks: int) -> str:
    own = turns.replace("core", "ttl.node(dims=1)")
    return KERNEL.replace("TURNS", own).replace("BLOCKS", str(blocks))


def tensors(dtype: Any = ttnn.bfloat16, layout: Any = ttnn.TILE_LAYOUT) -> tuple[torch.Tensor, Any, Any]:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    values = torch.randn(16 * 32, 96).bfloat16().float()
    made = (ttnn.from_torch(each, dtype=dtype, layout=layout, device=device) for each in (values, 0 * values))
    return values, *made


def expected(values: torch.Tensor, turns: tuple[int, int]) -> torch.Tensor:
    found = torch.zeros_like(values)
    for core, count in enumerate(turns):
        rows = slice(256 * core, 256 * core + 32 * count)
        found[rows] = 2 * values[rows]
    return found


@pytest.mark.parametrize("blocks", [3, 4])
@pytest.mark.parametrize(
    ("turns", "counts"),
    [("8", (8, 8)), ("7", (7, 7)), ("2", (2, 2)), ("core * 7", (0, 7)), ("1 + core", (1, 2))],
    ids=["even", "odd", "two", "none on a core", "one on a core"],
)
def test_what_is_read(load: Load, turns: str, counts: tuple[int, int], blocks: int) -> None:
    values, x, out = tensors()
    with every_way():
        kernel = load(text(turns, blocks)).kernel
        kernel(x, out)
    assert torch.equal(ttnn.to_torch(out).float(), expected(values, counts))
    assert AHEAD in kernel.compile(x, out).cpp()["read"]


@pytest.mark.parametrize("dtype", [ttnn.float32, ttnn.bfloat8_b])
def test_other_formats(load: Load, dtype: Any) -> None:
    _, x, out = tensors(dtype)
    with every_way():
        load(text("8", 3)).kernel(x, out)
    assert torch.equal(ttnn.to_torch(out).float(), 2 * ttnn.to_torch(x).float())


@pytest.mark.parametrize("dtype", [ttnn.bfloat16, ttnn.float32])
def test_rows_that_the_compute_thread_takes_as_tiles(load: Load, dtype: Any) -> None:
    """A block has more rows than tiles."""
    values, x, _ = tensors(dtype, ttnn.ROW_MAJOR_LAYOUT)
    _, _, out = tensors(dtype)
    in_rows = text("8", 3).replace("(x, shape=(1, 3)", "(x, shape=(32, 96)")
    in_rows = in_rows.replace(
        "x[8 * x_core + row, 0:3]", "x[32 * (8 * x_core + row) : 32 * (8 * x_core + row) + 32, :]"
    )
    with every_way():
        kernel = load(in_rows).kernel
        kernel(x, out)
    assert torch.equal(ttnn.to_torch(out).float(), 2 * values)
    assert AHEAD in kernel.compile(x, out).cpp()["read"]


def test_no_more_requests_are_under_way_than_the_chip_counts(load: Load) -> None:
    """Each row of a block is a request, whatever the compute thread makes of it."""
    device = ttnn.open_device(device_id=0)
    rows = torch.zeros(16 * 160, 32)
    x = ttnn.from_torch(rows, dtype=ttnn.bfloat16, layout=ttnn.ROW_MAJOR_LAYOUT, device=device)
    out = ttnn.from_torch(rows, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    for tiles, ahead in ((4, True), (5, False)):
        kernel = text("8", 3).replace("(x, shape=(1, 3)", f"(x, shape=({32 * tiles}, 32)")
        kernel = kernel.replace("(out, shape=(1, 3)", f"(out, shape=({tiles}, 1)")
        place = f"{tiles} * (8 * x_core + row)"
        kernel = kernel.replace("x[8 * x_core + row, 0:3]", f"x[32 * {place} : 32 * {place} + {32 * tiles}, :]")
        kernel = kernel.replace("out[8 * x_core + row, 0:3]", f"out[{place} : {place} + {tiles}, 0:1]")
        assert (AHEAD in load(kernel).kernel.compile(x, out).cpp()["read"]) is ahead


@pytest.mark.parametrize(("turns", "blocks"), [("8", 2), ("8", 1), ("1", 4)], ids=["no room", "one block", "one turn"])
def test_where_nothing_is_gained_all_stays_as_it_was(load: Load, turns: str, blocks: int) -> None:
    _, x, out = tensors()
    assert AHEAD not in load(text(turns, blocks)).kernel.compile(x, out).cpp()["read"]


@pytest.mark.parametrize("generation", ["0.69", "0.81"])
def test_reads_of_two_turns_are_under_way(load: Load, monkeypatch: pytest.MonkeyPatch, generation: str) -> None:
    monkeypatch.setenv("TTLANG_METAL_API", generation)
    _, x, out = tensors()
    lines = [line.strip() for line in load(text("8", 3)).kernel.compile(x, out).cpp()["read"].splitlines()]
    calls = [line.partition("(")[0] for line in lines if line.startswith(("noc_", "cb_"))]
    once = ["noc_async_read_set_trid", "cb_reserve_back", "noc_async_read_page"]
    end = ["noc_async_read_barrier_with_trid", "cb_push_back"]
    assert calls == [*once, *once, *end, *end, "noc_async_read_set_trid"]
    assert lines.count("cb_reserve_back(x_dfb, 6);") == 1


ADDED_UP = """
from ttlang import ttl

@ttl.operation(grid=(1, 1))
def kernel(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 3), block_count=BLOCKS)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 3))

    @ttl.compute()
    def compute():
        with out_dfb.reserve() as o:
            for _ in range(16):
                with x_dfb.wait() as block:
                    o.store(block, acc=True)

    @ttl.datamovement()
    def read():
        for row in range(16):
            with x_dfb.reserve() as block:
                ttl.copy(x[row, 0:3], block).wait()

    @ttl.datamovement()
    def write():
        with out_dfb.wait() as block:
            ttl.copy(block, out[0, 0:3]).wait()
"""


@pytest.mark.parametrize("chip", ["wormhole_b0", "blackhole"])
def test_what_waits_for_reads_takes_less_time(load: Load, monkeypatch: pytest.MonkeyPatch, chip: str) -> None:
    monkeypatch.setenv("TTLANG_ARCH", chip)
    _, x, out = tensors()
    two, three = (load(ADDED_UP.replace("BLOCKS", str(blocks))).kernel.predict(x, out).cycles for blocks in (2, 3))
    assert three < 0.8 * two


WRITTEN = KERNEL.replace("out[8 * x_core", "x[8 * x_core")


def test_a_tensor_that_the_kernel_writes_is_read_when_it_was(load: Load) -> None:
    _, x, out = tensors()
    made = load(WRITTEN.replace("TURNS", "8").replace("BLOCKS", "3"))
    assert AHEAD not in made.kernel.compile(x, out).cpp()["read"]


TWO = """
from ttlang import ttl

@ttl.operation(grid=(2, 1))
def kernel(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 3), block_count=3)
    x_cb = ttl.make_dataflow_buffer_like(x, shape=(1, 3), block_count=4)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 3))

    @ttl.compute()
    def compute():
        for _ in range(7):
            with x_dfb.wait() as block, x_cb.wait() as other, out_dfb.reserve() as o:
                o.store(block + other)

    @ttl.datamovement()
    def read():
        x_core = ttl.node(dims=1)
        for row in range(7):
            with x_dfb.reserve() as block, x_cb.reserve() as other:
                ttl.copy(x[8 * x_core + row, 0:3], block).wait()
                ttl.copy(x[8 * x_core + row, 0:3], other).wait()

    @ttl.datamovement()
    def write():
        x_core = ttl.node(dims=1)
        for row in range(7):
            with out_dfb.wait() as block:
                ttl.copy(block, out[8 * x_core + row, 0:3]).wait()
"""


def test_each_ring_goes_on_at_its_own_start(load: Load) -> None:
    """Buffers that are called alike but for what they say of their kind."""
    values, x, out = tensors()
    kernel = load(TWO).kernel
    assert AHEAD in kernel.compile(x, out).cpp()["read"]
    with every_way():
        kernel(x, out)
    assert torch.equal(ttnn.to_torch(out).float(), expected(values, (7, 7)))
