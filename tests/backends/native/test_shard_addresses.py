"""
Shards in the two generations. The header of 0.69 hands the number of the NOC on where the address of a shard takes an
offset, so on NOC 1 its calls are off by a byte: emitted kernels use the address itself there.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import DATA, READER, WRITER, buffer, kernel, run, words
from tests.support.needs import need_headers
from ttlang.diagnostics import DiagnosticError
from ttlang.tables.kernel_api import GENERATIONS, NEWEST, OLDEST
from ttlang.tools import headers

TAKE = """
void kernel_main() {
    constexpr auto t_args = TensorAccessorArgs<0>();
    const auto t = TensorAccessor(t_args, get_common_arg_val<uint32_t>(0));
    BEFORE
    TRANSFER
    noc_async_CALL_barrier();
    AFTER
}
"""
READ = TAKE.replace("CALL", "read").replace("BEFORE", "cb_reserve_back(0, 2);").replace("AFTER", "cb_push_back(0, 2);")
WRITE = TAKE.replace("CALL", "write").replace("BEFORE", "cb_wait_front(0, 2);").replace("AFTER", "cb_pop_front(0, 2);")
CALLS = ("noc_async_read_shard(1, t, get_write_ptr(0));", "noc_async_write_shard(0, t, get_read_ptr(0));")
ADDRESSES = (
    "noc_async_read(t.get_shard_noc_addr(1), get_write_ptr(0), 4096);",
    "noc_async_write(get_read_ptr(0), t.get_shard_noc_addr(0), 4096);",
)


def move(read: str, write: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Takes a tensor of two shards of two tiles to another one, and gives both."""
    device = ttnn.open_device(device_id=0)
    cores = ttnn.CoreRangeSet([ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(0, 1))])
    spec = ttnn.ShardSpec(cores, [32, 64], ttnn.ShardOrientation.ROW_MAJOR)
    memory = ttnn.MemoryConfig(ttnn.TensorMemoryLayout.HEIGHT_SHARDED, ttnn.BufferType.L1, spec)
    x = torch.arange(64.0).repeat_interleave(64).reshape(64, 64)
    more = {"dtype": ttnn.bfloat16, "layout": ttnn.TILE_LAYOUT, "device": device, "memory_config": memory}
    source, target = ttnn.from_torch(x, **more), ttnn.from_torch(torch.zeros(64, 64), **more)
    kernels = [
        kernel(DATA + text, config(), compile_time_args=words(each), common_runtime_args=[each.buffer_address()])
        for text, config, each in (
            (READ.replace("TRANSFER", read), READER, source),
            (WRITE.replace("TRANSFER", write), WRITER, target),
        )
    ]
    return x, run([source, target], kernels, [buffer(0, 2)])


@pytest.mark.parametrize("generation", GENERATIONS)
def test_addresses_of_shards(generation: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTLANG_METAL_API", generation)
    x, out = move(*ADDRESSES)
    assert torch.equal(out[:32], x[32:])
    assert not out[32:].any()


def test_several_pages_from_the_address_of_the_first():
    """As far as they follow each other in their shard, of two tiles here."""
    x, out = move(
        "noc_async_read(t.get_noc_addr(2), get_write_ptr(0), 4096);",
        "noc_async_write(get_read_ptr(0), t.get_noc_addr(0), 4096);",
    )
    assert torch.equal(out[:32], x[32:])
    assert not out[32:].any()
    with pytest.raises(DiagnosticError, match="2 pages of 'tensor_0' from page 1 on") as found:
        move("noc_async_read(t.get_noc_addr(1), get_write_ptr(0), 4096);", ADDRESSES[1])
    assert found.value.diagnostics[0].code == "TTL0807"


def test_calls_of_shards(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTLANG_METAL_API", NEWEST.name)
    x, out = move(*CALLS)
    assert torch.equal(out[:32], x[32:])
    monkeypatch.setenv("TTLANG_METAL_API", OLDEST.name)
    with pytest.raises(DiagnosticError, match=r"does not start with its shard: in ttnn 0\.69") as found:
        move(*CALLS)
    (diagnostic,) = found.value.diagnostics
    assert "noc_async_write_shard" in diagnostic.render(), "on NOC 0 the read is right"


def body_of(text: str, name: str) -> str:
    start = text.index(f"FORCE_INLINE void {name}(")
    return text[start : text.index("\n}\n", start)]


@pytest.mark.headers
@pytest.mark.parametrize("call", ["noc_async_read_shard", "noc_async_write_shard"])
def test_what_the_headers_do(call: str):
    """If this fails, a release has mended its call, or changed another: see `shard_offset` of `kernel_noc.h`."""
    older, newer = (
        body_of((headers.fetch_headers(need_headers(version)) / HEADER).read_text(), call)
        for version in headers.VERSIONS
    )
    assert "s.get_shard_noc_addr(shard_id, noc)" in older
    assert re.search(r"shard_noc_addr\(s, shard_id, /\*offset=\*/0, noc\)", newer)


HEADER = "tt_metal/hw/inc/api/dataflow/dataflow_api.h"


@pytest.mark.headers
def test_no_other_address_takes_the_noc_for_an_offset():
    """Of the calls of tensors in the header of 0.69."""
    text = (headers.fetch_headers(need_headers(headers.VERSIONS[0])) / HEADER).read_text()
    wrong = re.findall(r"get_(?:shard_)?noc_addr\(\w+, noc\)", text)
    assert set(wrong) == {"get_shard_noc_addr(shard_id, noc)"}
    found: Any = re.findall(r"\.get_(?:shard_)?noc_addr\([^)]*\)", text)
    assert set(found) == {".get_noc_addr(id, offset, noc)", ".get_shard_noc_addr(shard_id, noc)"}
