"""Transfers with transaction ids, and barriers that wait for those with one id alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import (
    DATA,
    READER,
    WRITER,
    buffer,
    cores,
    kernel,
    run,
    tensor,
    timed,
    words,
)
from ttlang.diagnostics import DiagnosticError
from ttlang.tables.chips import CHIPS
from ttlang.tables.kernel_api import NEWEST, OLDEST

KERNEL = """
void kernel_main() {
    constexpr auto t_args = TensorAccessorArgs<0>();
    const auto t = TensorAccessor(t_args, get_common_arg_val<uint32_t>(0));
    ACQUIRE
    BODY
    RELEASE
}
"""
SIDES = (
    (READER, "cb_reserve_back(0, 4); const uint32_t to = get_write_ptr(0);", "cb_push_back(0, 4);"),
    (WRITER, "cb_wait_front(0, 4); const uint32_t from = get_read_ptr(0);", "cb_pop_front(0, 4);"),
)
READ_ALL = "for (uint32_t i = 0; i < 4; ++i) noc_async_read_page(i, t, to + 2048 * i);\nnoc_async_read_barrier();"
WRITE_ALL = "for (uint32_t i = 0; i < 4; ++i) noc_async_write_page(i, t, from + 2048 * i);\nnoc_async_write_barrier();"
OBJECTS = "".join(
    f'#include "api/{name}.h"\n'
    for name in ("dataflow/noc", "dataflow/endpoints", "core_local_mem", "tensor/noc_traits")
)
OLDER_OBJECTS = "".join(f'#include "experimental/{name}.h"\n' for name in ("noc", "core_local_mem", "tensor"))


def program(read: str = READ_ALL, write: str = WRITE_ALL, above: str = "") -> tuple[list[Any], list[Any], list[Any]]:
    """Takes a tensor of four tiles, 1 to 4, to another."""
    device = ttnn.open_device(device_id=0)
    x = torch.arange(1.0, 5.0).repeat_interleave(32).reshape(-1, 1).repeat(1, 32)
    tensors = [tensor(each, device) for each in (x, torch.zeros_like(x))]
    kernels = [
        kernel(
            DATA + above + KERNEL.replace("ACQUIRE", acquire).replace("BODY", body).replace("RELEASE", release),
            config(),
            compile_time_args=words(each),
            common_runtime_args=[each.buffer_address()],
        )
        for (config, acquire, release), body, each in zip(SIDES, (read, write), tensors, strict=True)
    ]
    return tensors, kernels, [buffer(0, 4)]


def moved(read: str = READ_ALL, write: str = WRITE_ALL, above: str = "") -> list[float]:
    return run(*program(read, write, above))[::32, 0].tolist()


def refused(code: str, message: str, read: str = READ_ALL, write: str = WRITE_ALL, above: str = "") -> None:
    with pytest.raises(DiagnosticError, match=message) as found:
        moved(read, write, above)
    assert found.value.diagnostics[0].code == code


ALL = [1, 2, 3, 4]
WRITES = [
    # The id stays: the second write has it, too.
    """
    for (uint32_t i = 0; i < 2; ++i) noc_async_write_one_packet_with_trid(from + 2048 * i, t.get_noc_addr(i), 2048, 3);
    for (uint32_t i = 2; i < 4; ++i) noc_async_write_page(i, t, from + 2048 * i);
    noc_async_write_barrier_with_trid(3);
    """,
    """
    for (uint32_t i = 0; i < 4; ++i) {
        noc_async_write_set_trid(i);
        noc_async_write_page(i, t, from + 2048 * i);
    }
    for (uint32_t i = 0; i < 4; ++i) noc_async_write_flushed_with_trid(i);
    for (uint32_t i = 4; i-- > 0;) noc_async_write_barrier_with_trid(i);
    """,
    """
    for (uint32_t i = 0; i < 4; ++i) {
        noc_async_write_one_packet_with_trid_set_state(t.get_noc_addr(i));
        noc_async_write_one_packet_with_trid_with_state(from + 2048 * i, t.get_noc_addr(i), 2048, 1 + i);
    }
    noc_async_write_barrier();
    """.replace("t.get_noc_addr(i), 2048, 1", "static_cast<uint32_t>(t.get_noc_addr(i)), 2048, 1"),
]
READS = [
    """
    noc_async_read_one_packet_set_state(get_noc_addr_from_bank_id<true>(0, 0), 2048);
    for (uint32_t i = 0; i < 4; ++i) {
        noc_async_read_one_packet_set_state(get_noc_addr_from_bank_id<true>(i, 0), 2048);
        noc_async_read_set_trid(1 + i);
        noc_async_read_one_packet_with_state_with_trid(0, get_common_arg_val<uint32_t>(0), to + 2048 * i, 1 + i);
    }
    for (uint32_t i = 0; i < 4; ++i) noc_async_read_barrier_with_trid(1 + i);
    """,
    """
    noc_async_read_set_trid(2);
    for (uint32_t i = 0; i < 4; ++i) noc_async_read_page(i, t, to + 2048 * i);
    while (!ncrisc_noc_read_with_transaction_id_flushed(noc_index, 2));
    """,
]


@pytest.mark.parametrize("write", WRITES)
def test_writes(write: str):
    assert moved(write=write) == ALL


@pytest.mark.parametrize("read", READS)
def test_reads(read: str):
    assert moved(read=read) == ALL


NEWER = {
    "space": "",
    "tagged": "NocOptions::TXN_ID",
    "written": "NocOptions::TXN_ID",
    "waits": "NocOptions::TXN_ID",
    "flushed": "NocOptions::TXN_ID",
    "trid": "{.trid = 1 + i}",
    "only": "{.trid = 1 + i}",
}
OLDER = {
    "space": "experimental::",
    "tagged": "experimental::Noc::TxnIdMode::ENABLED",
    "written": "experimental::Noc::TxnIdMode::ENABLED",
    "waits": "experimental::Noc::BarrierMode::TXN_ID",
    "flushed": "experimental::Noc::ResponseMode::NON_POSTED, experimental::Noc::BarrierMode::TXN_ID",
    "trid": "NOC_UNICAST_WRITE_VC, 1 + i",
    "only": "1 + i",
}


@pytest.mark.parametrize(
    ("generation", "above", "names"), [(NEWEST.name, OBJECTS, NEWER), (OLDEST.name, OLDER_OBJECTS, OLDER)]
)
def test_objects(generation: str, above: str, names: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTLANG_METAL_API", generation)
    read = """
    const SPACENoc noc;
    for (uint32_t i = 0; i < 4; ++i)
        noc.async_read<TAGGED>(t, SPACECoreLocalMem<uint32_t>(to + 2048 * i), 2048, {.page_id = i}, {}, TRID);
    for (uint32_t i = 0; i < LAST; ++i) noc.async_read_barrier<WAITS>(ONLY);
    """
    write = """
    const SPACENoc noc;
    for (uint32_t i = 0; i < 4; ++i)
        noc.async_write<WRITTEN>(SPACECoreLocalMem<uint32_t>(from + 2048 * i), t, 2048, {}, {.page_id = i}, TRID);
    for (uint32_t i = 0; i < 4; ++i) noc.async_writes_flushed<FLUSHED>(ONLY);
    for (uint32_t i = 0; i < LAST; ++i) noc.async_write_barrier<WAITS>(ONLY);
    """
    for name, text in names.items():
        read, write = (each.replace(name.upper(), text) for each in (read, write))
    all_of = [each.replace("LAST", "4") for each in (read, write)]
    assert moved(*all_of, above=above) == ALL
    refused("TTL0808", "while a read", read.replace("LAST", "3"), all_of[1], above=above)
    refused("TTL0808", "while a write", all_of[0], write.replace("LAST", "3"), above=above)


TWO = """
noc_async_write_set_trid(1);
noc_async_write_page(0, t, from);
noc_async_write_set_trid(2);
noc_async_write_page(1, t, from + 2048);
"""


@pytest.mark.parametrize(
    ("end", "code", "message"),
    [
        ("noc_async_write_barrier_with_trid(1);", "TTL0808", "while a write"),
        (
            "noc_async_write_flushed_with_trid(2); noc_async_write_barrier_with_trid(1);",
            "TTL0808",
            "write to 'tensor_1'",
        ),
        ("noc_async_write_flushed_with_trid(1);", "TTL0808", "while a write"),
        ("noc_async_write_barrier_with_trid(16);", "TTL0807", "transaction id 16"),
        ("noc_async_write_set_trid(16);", "TTL0807", "transaction id 16"),
        ("noc_async_write_one_packet_with_trid<false>(from, t.get_noc_addr(2), 2048, 3);", "TTL0821", "don't count"),
    ],
)
def test_barriers_of_other_writes(end: str, code: str, message: str):
    refused(code, message, write=TWO + end)


def test_a_plain_barrier_waits_for_all():
    assert moved(write=TWO + "noc_async_write_barrier();") == [1, 2, 0, 0]


def test_a_write_to_another_core():
    """Its barrier has to be that of its id."""
    where = cores((0, 0, 1, 0))
    text = """
    void kernel_main() {
        cb_reserve_back(0, 1);
        if (get_absolute_logical_x() == 0) {
            const uint64_t there = get_noc_addr(X, my_y[noc_index], get_write_ptr(1));
            volatile uint32_t* word = reinterpret_cast<volatile uint32_t*>(get_write_ptr(0));
            for (uint32_t i = 0; i < 512; ++i) word[i] = i;
            noc_async_write_one_packet_with_trid(get_write_ptr(0), there, 2048, 5);
            noc_async_write_barrier_with_trid(END);
        }
    }
    """
    device = ttnn.open_device(device_id=0)
    x = tensor(torch.zeros(32, 32), device)
    there = device.worker_core_from_logical_core(ttnn.CoreCoord(1, 0)).x

    def go(tag: int) -> None:
        body = text.replace("END", str(tag)).replace("X", str(there))
        run([x, x], [kernel(DATA + body, READER(), where)], [buffer(0, where=where), buffer(1, where=where)])

    go(5)
    with pytest.raises(DiagnosticError, match="the kernel ends while a write is in flight") as found:
        go(4)
    assert found.value.diagnostics[0].code == "TTL0808"


@pytest.mark.parametrize("chip", ["wormhole_b0", "blackhole"])
def test_time(chip: str, monkeypatch: pytest.MonkeyPatch):
    """What waits for the first of its writes ends earlier than what waits for all of them first."""
    monkeypatch.setenv("TTLANG_ARCH", chip)
    write = """
    for (uint32_t i = 0; i < 4; ++i) {
        noc_async_write_set_trid(i);
        noc_async_write_page(i, t, from + 2048 * i);
    }
    FIRST
    for (uint32_t i = 0; i < 400; ++i) noc_async_read_barrier();
    noc_async_write_barrier();
    """
    first = "noc_async_write_barrier_with_trid(0);"
    times = [
        timed(*program(write=write.replace("FIRST", text)))[1] for text in ("", first, "noc_async_write_barrier();")
    ]
    assert times[0] < times[1] < times[2]


def test_time_of_banks():
    """Where reads wait for each other, a page by its bank saves the look for it that an accessor takes."""
    by_page = READ_ALL.replace(");", "); noc_async_read_barrier();", 1)
    by_bank = (
        by_page.replace(
            "noc_async_read_page(i, t, to + 2048 * i)",
            "noc_async_read(get_noc_addr_from_bank_id<true>(i, get_common_arg_val<uint32_t>(0)), to + 2048 * i, 2048)",
        )
        .replace("++i)", "++i) {")
        .replace("barrier();\n", "barrier(); }\n")
    )
    by_page = by_page.replace("++i)", "++i) {").replace("barrier();\n", "barrier(); }\n")
    (_, pages), (result, banks) = (timed(*program(read=read)) for read in (by_page, by_bank))
    assert result[::32, 0].tolist() == ALL
    assert pages - banks == 4 * CHIPS["wormhole_b0"].timing().issue.page
