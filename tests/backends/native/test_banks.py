"""Places in memory that kernels name by a bank and an address in it: which pages lie there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import DATA, READER, WRITER, buffer, cores, kernel, run
from ttlang.diagnostics import DiagnosticError
from ttlang.tables.chips import CHIPS
from ttlang.tables.kernel_api import GENERATIONS, NEWEST, OLDEST

FIRST = "const uint32_t at = get_common_arg_val<uint32_t>(0);"
READ = f"""
void kernel_main() {{
    {FIRST}
    cb_reserve_back(0, PAGES);
    const uint32_t to = get_write_ptr(0);
    MOVE
    noc_async_read_barrier();
    cb_push_back(0, PAGES);
}}
"""
WRITE = f"""
void kernel_main() {{
    {FIRST}
    cb_wait_front(0, PAGES);
    const uint32_t from = get_read_ptr(0);
    MOVE
    noc_async_write_barrier();
    cb_pop_front(0, PAGES);
}}
"""
OBJECTS = "".join(f'#include "api/{name}.h"\n' for name in ("dataflow/noc", "dataflow/endpoints", "core_local_mem"))
OLDER_OBJECTS = OBJECTS.replace("api/", "experimental/").replace("dataflow/", "")


def in_dram(layout: Any, shape: tuple[int, int], banks: int) -> Any:
    where = ttnn.CoreRangeSet([ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(banks - 1, 0))])
    spec = ttnn.ShardSpec(where, list(shape), ttnn.ShardOrientation.ROW_MAJOR)
    return ttnn.MemoryConfig(layout, ttnn.BufferType.DRAM, spec)


def move(
    x: torch.Tensor,
    read: str,
    write: str,
    *,
    pages: int = 2,
    page: int = 2048,
    memory: Any = None,
    dtype: Any = ttnn.bfloat16,
    layout: Any = ttnn.TILE_LAYOUT,
    above: str = "",
) -> torch.Tensor:
    """Moves parts of a tensor to another of the same kind, by a buffer of so many pages."""
    device = ttnn.open_device(device_id=0)
    more = {"dtype": dtype, "layout": layout, "device": device, "memory_config": memory}
    tensors = [ttnn.from_torch(each, **more) for each in (x, torch.zeros_like(x))]
    kernels = [
        kernel(
            DATA + above + text.replace("PAGES", str(pages)).replace("MOVE", moved),
            config(),
            common_runtime_args=[each.buffer_address()],
        )
        for text, moved, config, each in ((READ, read, READER, tensors[0]), (WRITE, write, WRITER, tensors[1]))
    ]
    return run(tensors, kernels, [buffer(0, pages, dtype, page=page)])


def tiles(*numbers: int, width: int = 1) -> torch.Tensor:
    """A tensor whose tiles hold these numbers, in rows of `width` tiles."""
    grid = torch.tensor(numbers, dtype=torch.float32).reshape(-1, width)
    return grid.repeat_interleave(32, 0).repeat_interleave(32, 1)


FROM = "noc_async_read(get_noc_addr_from_bank_id<true>({}), to, {});"
TO = "noc_async_write(from, get_noc_addr_from_bank_id<true>({}), {});"


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("chip", CHIPS)
def test_pages_that_follow_each_other_in_a_bank(chip: str, generation: str, monkeypatch: pytest.MonkeyPatch):
    """Those of an interleaved tensor are as many apart as there are banks."""
    monkeypatch.setenv("TTLANG_ARCH", chip)
    monkeypatch.setenv("TTLANG_METAL_API", generation)
    banks = CHIPS[chip].dram_banks
    x = tiles(*range(1, 2 * banks + 3))
    out = move(x, FROM.format("1, at", 4096), TO.format("0, at", 4096))
    wanted = torch.zeros(2 * banks + 2)
    wanted[0], wanted[banks] = 2, 2 + banks
    assert torch.equal(out[::32, 0], wanted)


def test_a_base_and_an_offset():
    """The address of a bank's first byte, to which the tensor's is added; and a state whose bank stays."""
    read = """
    noc_async_read_set_state(get_noc_addr_from_bank_id<true>(1, 0));
    noc_async_read_with_state(at, to, 2048);
    noc_async_read(get_noc_addr_from_bank_id<true>(2, 0) + at, to + 2048, 2048);
    """
    out = move(
        tiles(1, 2, 3, 4),
        read,
        TO.format("3, at", 2048) + "noc_async_write(from + 2048, get_noc_addr_from_bank_id<true>(0, at), 2048);",
    )
    assert out[::32, 0].tolist() == [3, 0, 0, 2]


@pytest.mark.parametrize(
    ("generation", "space", "above"), [(OLDEST.name, "experimental::", OLDER_OBJECTS), (NEWEST.name, "::", OBJECTS)]
)
def test_objects(generation: str, space: str, above: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTLANG_METAL_API", generation)
    read = """
    const SPACEAllocatorBank<SPACEAllocatorBankType::DRAM> bank;
    SPACENoc().async_read(bank, SPACECoreLocalMem<uint32_t>(to), 2048, {.bank_id = 1, .addr = at}, {});
    SPACENoc().async_read(bank, SPACECoreLocalMem<uint32_t>(to + 2048), 2048, {.bank_id = 0, .addr = at}, {});
    """
    write = """
    const SPACEAllocatorBank<SPACEAllocatorBankType::DRAM> bank;
    SPACENoc().async_write(SPACECoreLocalMem<uint32_t>(from), bank, 4096, {}, {.bank_id = 0, .addr = at});
    """
    read, write = read.replace("SPACE", space), write.replace("SPACE", space)
    with pytest.raises(DiagnosticError, match="where 'tensor_1' has 2048 left") as found:
        move(tiles(1, 2), read, write, above=above)
    assert found.value.diagnostics[0].code == "TTL0807"
    out = move(tiles(1, 2), read, write.replace("4096", "2048"), above=above)
    assert out[::32, 0].tolist() == [2, 0]


def test_parts_of_shards_in_dram():
    """A shard of 2x3 tiles lies row by row in its bank; a transfer runs over the end of a row."""
    memory = in_dram(ttnn.TensorMemoryLayout.WIDTH_SHARDED, (64, 96), 2)
    x = tiles(*range(1, 13), width=6)
    out = move(x, FROM.format("1, at + 4096", 3 * 2048), TO.format("0, at + 2048", 3 * 2048), pages=3, memory=memory)
    assert out[::32, ::32].tolist() == [[0, 6, 10, 0, 0, 0], [11, 0, 0, 0, 0, 0]]


@pytest.mark.parametrize("chip", CHIPS)
def test_padded_pages(chip: str, monkeypatch: pytest.MonkeyPatch):
    """A tile of bfloat8_b has 1088 bytes: on Blackhole there is a gap behind it."""
    monkeypatch.setenv("TTLANG_ARCH", chip)
    memory = in_dram(ttnn.TensorMemoryLayout.HEIGHT_SHARDED, (96, 32), 1)
    stride = -(-1088 // CHIPS[chip].dram_alignment) * CHIPS[chip].dram_alignment
    out = move(
        tiles(1, 2, 3),
        FROM.format(f"0, at + {stride}", 2 * stride),
        TO.format("0, at", 2 * stride),
        page=stride,
        memory=memory,
        dtype=ttnn.bfloat8_b,
    )
    assert out[::32, 0].tolist() == [2, 3, 0]


def test_parts_of_rows():
    """Rows of 40 float32 are 160 bytes: a part of one, and rows from the middle of one on."""
    x = torch.arange(12 * 3 * 40, dtype=torch.float32).reshape(36, 40)
    out = move(
        x,
        FROM.format("2, at + 32", 64) + FROM.format("2, at + 160 + 64", 256).replace("to,", "to + 64,"),
        TO.format("5, at + 32", 64) + TO.format("5, at + 160 + 64", 256).replace("from,", "from + 64,"),
        pages=1,
        page=320,
        dtype=ttnn.float32,
        layout=ttnn.ROW_MAJOR_LAYOUT,
    )
    wanted = torch.zeros_like(x)
    wanted[5, 8:24] = x[2, 8:24]
    wanted[17, 16:] = x[14, 16:]
    wanted[29] = x[26]
    assert torch.equal(out, wanted)


def test_shards_in_l1():
    """A bank of L1 is a core, counted row by row over the chip's grid."""
    spec = ttnn.ShardSpec(cores((1, 0, 1, 1)), [64, 32], ttnn.ShardOrientation.ROW_MAJOR)
    memory = ttnn.MemoryConfig(ttnn.TensorMemoryLayout.HEIGHT_SHARDED, ttnn.BufferType.L1, spec)
    below = CHIPS["wormhole_b0"].grid[0] + 1
    read = FROM.format(f"{below}, at", 4096).replace("<true>", "<false>")
    write = TO.format("1, at", 4096).replace("<true>", "<false>")
    out = move(tiles(1, 2, 3, 4), read, write, memory=memory)
    assert out[::32, 0].tolist() == [3, 4, 0, 0]


def test_a_buffer_in_a_bank_of_l1():
    """Where no tensor lies, an address in L1 is that of what its core has."""
    read = FROM.format("0, at", 2048) + "noc_async_read_barrier();"
    read += "noc_async_read(get_noc_addr_from_bank_id<false>(0, to), to + 2048, 2048);"
    assert move(tiles(1, 2), read, TO.format("1, at", 2048).replace("from,", "from + 2048,"))[::32, 0].tolist() == [
        0,
        1,
    ]


MISTAKES = [
    ("12, at", 2048, "TTL0807", "bank 12 of DRAM, of which the chip has 12"),
    ("2, at", 2048, "TTL0807", "where 'tensor_0' has no page"),
    ("0, at - 64", 2048, "TTL0807", "where no tensor of the call lies"),
    ("0, at", 4096, "TTL0807", "where 'tensor_0' has 2048 left"),
    ("0, at + 32", 2016, "TTL0821", "a part of a tile of 'tensor_0'"),
    ("0, at + 8", 32, "TTL0807", "they differ modulo 32"),
]


@pytest.mark.parametrize(("place", "size", "code", "message"), MISTAKES)
def test_mistakes(place: str, size: int, code: str, message: str):
    with pytest.raises(DiagnosticError, match=message) as found:
        move(tiles(1, 2), FROM.format(place, size), "")
    (first, *_) = found.value.diagnostics
    assert first.code == code
    assert first.span is not None
    assert "get_noc_addr_from_bank_id" in Path(first.span.file).read_text().split("\n")[first.span.line - 1]


def test_a_bank_is_no_core():
    with pytest.raises(DiagnosticError, match="as one of a core") as found:
        move(tiles(1, 2), "noc_semaphore_inc(get_noc_addr_from_bank_id<true>(0, at), 1);", "")
    assert found.value.diagnostics[0].code == "TTL0821"


def test_reads_of_what_is_being_written_race():
    """Two threads, one page: no barrier orders them."""
    read = FROM.format("0, at", 2048)
    device = ttnn.open_device(device_id=0)
    x = ttnn.from_torch(tiles(1, 2), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    both = cores((0, 0, 1, 0))
    text = (READ.replace("MOVE", read) + "").replace("PAGES", "1")
    text = text.replace(
        "cb_push_back(0, 1);",
        "noc_async_write(to, get_noc_addr_from_bank_id<true>(0, at), 2048); noc_async_write_barrier();",
    )
    kernels = [kernel(DATA + text, READER(), both, common_runtime_args=[x.buffer_address()])]
    with pytest.raises(DiagnosticError) as found:
        run([x, x], kernels, [buffer(0, where=both)])
    assert found.value.diagnostics[0].code == "TTL0810"
