"""Pages of a window that follow each other in their bank go as one transfer."""

from __future__ import annotations

import re
from math import prod
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backends.cpp.programs import parse_module
from tests.language.tensors.row_copies import height_sharded
from tests.language.tensors.row_copies import run as run_rows
from tests.language.tensors.shard_kernels import Load, config, run
from tests.support.both_ways import every_way
from ttlang import ttnn
from ttlang.analysis.contiguous_pages import contiguous_part
from ttlang.backends.cpp.printer import print_program
from ttlang.backends.simulator.read_program import tensor_info
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations_of
from ttlang.frontend.blocks.tensor_types import tensor_type
from ttlang.host.page_banks import place
from ttlang.language.specs import read_spec
from ttlang.machine.tensor_pages import TensorPages
from ttlang.tables.chips import CHIPS


def transfers(made: Any, thread: str) -> list[str]:
    """The calls that move pages of a thread, but the addresses, as `read 4096` or `read_page`."""
    text = print_program(made.kernel.compile(*made.tensors).program)[thread]
    found = re.findall(r"noc_async_(read|write)(_page|_shard)?\(.*?(?:, (\d+))?\);", text)
    return [kind + form + (f" {size}" if size else "") for kind, form, size in found]


TILE = 2048
WHOLE = config("HEIGHT", (2, 4), (1, 0))
WIDE = config("WIDTH", (4, 2), (1, 0))
NARROW = config("WIDTH", (4, 1), (3, 0))
CASES = [
    # Two rows of four tiles on each of two cores.
    pytest.param(WHOLE, (2, 4), 2, "2 * i : 2 * i + 2, :", 8, 0, id="a shard"),
    pytest.param(WHOLE, (1, 4), 4, "i, :", 4, 0, id="a row of tiles"),
    pytest.param(WHOLE, (1, 2), 8, "i // 2, i % 2 * 2 : i % 2 * 2 + 2", 2, 0, id="half a row"),
    pytest.param(WHOLE, (2, 2), 4, "i // 2 * 2 : i // 2 * 2 + 2, i % 2 * 2 : i % 2 * 2 + 2", 2, 1, id="halves of rows"),
    pytest.param(WHOLE, (4, 4), 1, ":, :", 8, 1, id="two shards"),
    pytest.param(WHOLE, (2, 1), 8, "i // 4 * 2 : i // 4 * 2 + 2, i % 4", 1, 1, id="a column"),
    # Four rows of two tiles on each of two cores.
    pytest.param(WIDE, (2, 2), 4, "i // 2 * 2 : i // 2 * 2 + 2, i % 2 * 2 : i % 2 * 2 + 2", 4, 0, id="rows of a shard"),
    pytest.param(WIDE, (1, 4), 4, "i, :", 2, 1, id="a row over two shards"),
    pytest.param(WIDE, (2, 4), 2, "2 * i : 2 * i + 2, :", 2, 2, id="rows over two shards"),
    pytest.param(NARROW, (4, 2), 2, ":, 2 * i : 2 * i + 2", 1, 2, id="shards of a column"),
    pytest.param(NARROW, (4, 1), 4, ":, i", 4, 0, id="one of them"),
    pytest.param(
        config("HEIGHT", (2, 4), (1, 0), buffer="DRAM"), (2, 4), 2, "2 * i : 2 * i + 2, :", 8, 0, id="in DRAM"
    ),
    pytest.param(ttnn.L1_MEMORY_CONFIG, (2, 4), 2, "2 * i : 2 * i + 2, :", 1, 2, id="interleaved"),
]


@pytest.mark.parametrize("arch", CHIPS)
@pytest.mark.parametrize(("memory", "block", "turns", "part", "pages", "loops"), CASES)
def test_transfers(
    load: Load,
    memory: Any,
    block: tuple[int, int],
    turns: int,
    part: str,
    pages: int,
    loops: int,
    arch: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TTLANG_ARCH", arch)
    with every_way():
        made, x, out = run(load, memory, block=block, grid=(1, 1), source=part, target=part, turns=turns)
    assert torch.equal(out, x + 1)
    wanted = f"{{}} {pages * TILE}" if pages > 1 else "{}_page"
    for thread in ("read", "write"):
        assert transfers(made, thread) == [wanted.format(thread)]
        text = print_program(made.kernel.compile(*made.tensors).program)[thread]
        assert text.count("for (") == loops + 1, "those over transfers, in the one over turns"


ROWS = [
    pytest.param(96, 5, (5, 96), "5 * r : 5 * r + 5, :", "960", id="a shard"),
    pytest.param(96, 4, (2, 96), "2 * r : 2 * r + 2, :", "384", id="half a shard"),
    pytest.param(96, 5, (2, 96), "2 * r : 2 * r + 2, :", "192", id="over the end of a shard"),
    pytest.param(96, 5, (5, 32), "5 * r : 5 * r + 5, 32:64", "64", id="parts of rows"),
    pytest.param(36, 5, (5, 36), "5 * r : 5 * r + 5, :", "72", id="rows that are padded in both"),
    pytest.param(40, 5, (5, 40), "5 * r : 5 * r + 5, :", "80", id="rows that are padded in the buffer"),
    pytest.param(96, 5, (5, 96), "r", "960", id="a shard by its number"),
    pytest.param(40, 5, (5, 40), "r", "80", id="a padded one by its number"),
]


@pytest.mark.parametrize(("width", "high", "block", "part", "size"), ROWS)
def test_rows_of_a_shard(load: Load, width: int, high: int, block: tuple[int, int], part: str, size: str) -> None:
    turns = 4 * high // block[0]
    memory = height_sharded(high, width, 4)
    with every_way():
        made, x, out = run_rows(load, (4 * high, width), block, f"r in range({turns})", part, part, memory=memory)
    wanted = x if "32:64" not in part else torch.nn.functional.pad(x[:, 32:64], (32, 32))
    assert torch.equal(out, wanted)
    for thread in ("read", "write"):
        assert transfers(made, thread) == [f"{thread} {size}"]


def test_windows_that_no_loop_of_constants_moves(load: Load) -> None:
    """What only the run knows may lie anywhere: not in a row of one shard."""
    with every_way():
        made, x, out = run(
            load,
            WIDE,
            block=(1, 2),
            grid=(1, 1),
            source="i // 2, i * i % 2 * 2 : i * i % 2 * 2 + 2",
            target="i // 2, (i % 2) * 2 : (i % 2) * 2 + 2",
            turns=8,
        )
    assert torch.equal(out, x + 1)
    assert transfers(made, "read") == ["read 4096"], "a multiple of two"
    with every_way():
        made, x, out = run(
            load,
            WIDE,
            block=(1, 2),
            grid=(1, 1),
            source="i // 2, i % 2 : i % 2 + 2",
            target="i // 2, i % 2 : i % 2 + 2",
            turns=8,
        )
    assert torch.equal(out[:, :96], x[:, :96] + 1)
    assert transfers(made, "read") == ["read_page"], "it may begin in one shard and end in the other"


sizes = st.integers(1, 6)


@st.composite
def windows(draw: st.DrawFn) -> tuple[Any, tuple[int, ...], tuple[int, ...]]:
    """A tensor in shards, the last of which may be filled in part; of a window of it the first tile, and the shape."""
    shape = (*draw(st.lists(st.integers(1, 3), max_size=2)), draw(sizes), draw(sizes))
    rows = prod(shape[:-1])
    high, wide = max(draw(sizes), -(-rows // 8)), draw(sizes)
    cores = ttnn.CoreRangeSet([ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(7, 7))])
    spec = ttnn.ShardSpec(cores, [high * 32, wide * 32], ttnn.ShardOrientation.ROW_MAJOR)
    memory = ttnn.MemoryConfig(ttnn.TensorMemoryLayout.BLOCK_SHARDED, ttnn.BufferType.L1, spec)
    elements = (*shape[:-2], shape[-2] * 32, shape[-1] * 32)
    device = ttnn.open_device(device_id=0)
    made = ttnn.zeros(elements, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory)
    window = tuple(draw(st.integers(1, size)) for size in shape)
    first = tuple(draw(st.integers(0, size - part)) for size, part in zip(shape, window, strict=True))
    return made, first, window


@given(windows())
@settings(deadline=None)
def test_what_goes_together_lies_together(window: Any) -> None:
    """Where the host library puts the pages is found in another way (`host/page_banks.py`)."""
    tensor, first, sizes = window
    type_ = tensor_type("x", read_spec(tensor), lambda: None)
    offsets = "".join(f"%o{i} = arith.constant {offset} : i32\n" for i, offset in enumerate(first))
    names = ", ".join(f"%o{i}" for i in range(len(first)))
    text = f"""ttl.kernel @k grid [1, 1] on "wormhole_b0" {{
      %x = ttl.tensor_accessor "x" at 0 : {type_}
      ttl.datamovement_thread @read {{
        {offsets}
        %s = ttl.tensor_slice %x[{names}] : {type_} -> !ttl.slice<{list(sizes)}, {type_.element}>
      }}
    }}"""
    (part,) = operations_of(parse_module(text), ttl.TensorSliceOp)
    chip = CHIPS["wormhole_b0"]
    together = contiguous_part(part, chip)
    assert all(size % step == 0 for size, step in zip(sizes, together, strict=True))

    where, in_block = place(tensor.spec, chip), np.arange(prod(sizes)).reshape(sizes)
    numbers = np.arange(prod(type_.sizes)).reshape(type_.sizes)
    corner = numbers[tuple(slice(o, o + n) for o, n in zip(first, sizes, strict=True))]
    machine = TensorPages(tensor_info("x", 0, 0, type_, 32, chip), np.zeros((type_.pages, TILE), np.uint8), None)
    for start in np.ndindex(*(n // step for n, step in zip(sizes, together, strict=True))):
        cut = tuple(slice(i * step, (i + 1) * step) for i, step in zip(start, together, strict=True))
        pages = corner[cut].reshape(-1)
        assert len(set(where.banks[pages])) == 1
        assert set(np.diff(where.offsets[pages])) <= {TILE}
        assert set(np.diff(in_block[cut].reshape(-1))) <= {1}
        # The machine finds the same pages by itself.
        page, shape = machine.run(int(pages[0]), len(pages)) or pytest.fail("no run")
        assert (page + shape.pages).tolist() == pages.tolist()


@given(windows(), st.integers(1, 12))
@settings(deadline=None)
def test_the_machine_takes_no_other_pages_for_a_run(window: Any, count: int) -> None:
    """A run of the machine is what follows a page in its bank: all of it are pages of the tensor."""
    tensor, _, _ = window
    type_, chip = tensor_type("x", read_spec(tensor), lambda: None), CHIPS["wormhole_b0"]
    machine = TensorPages(tensor_info("x", 0, 0, type_, 32, chip), np.zeros((type_.pages, TILE), np.uint8), None)
    where = place(tensor.spec, chip)
    at = {(bank, offset): page for page, (bank, offset) in enumerate(zip(where.banks, where.offsets, strict=True))}
    for page in range(type_.pages):
        follow = [at.get((where.banks[page], where.offsets[page] + i * TILE)) for i in range(count)]
        found = machine.run(page, count)
        assert (found is None) == (None in follow)
        if found is not None:
            assert (found[0] + found[1].pages).tolist() == follow
