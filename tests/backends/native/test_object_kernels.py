"""
Kernels in the object interface beside the same kernels in functions: the same bytes, and the same time. And what the
functions have no names for.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import ONE, buffer, cores, kernel, run, tensor, timed, words
from ttlang.backends.native.callees import callees
from ttlang.backends.native.refused_calls import REFUSED_CALLS
from ttlang.diagnostics import DiagnosticError

COMPUTE = ttnn.ComputeConfigDescriptor
READER, WRITER = ttnn.ReaderConfigDescriptor, ttnn.WriterConfigDescriptor
ORIGIN = ttnn.CoreCoord(0, 0)
STYLES = ("functions", "objects")
OBJECTS = "".join(
    f'#include "api/{name}.h"\n'
    for name in (
        "core_local_mem",
        "dataflow/circular_buffer",
        "dataflow/endpoints",
        "dataflow/noc",
        "tensor/noc_traits",
    )
)


@pytest.fixture(params=["wormhole_b0", "blackhole"])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TTLANG_ARCH", request.param)
    monkeypatch.setenv("TTLANG_NUMERICS", "chip")
    return ttnn.open_device(device_id=0)


def test_a_reader_a_product_and_a_writer(device: Any) -> None:
    a, b = (torch.randn(64, 96, dtype=torch.bfloat16) for _ in range(2))
    found: list[tuple[torch.Tensor, float]] = []
    for style in STYLES:
        x, y, out = (tensor(values, device) for values in (a, b, torch.zeros_like(a)))
        read = [x.buffer_address(), y.buffer_address(), 6]
        kernels = [
            kernel(f"{style}/read_two.cpp", READER(), compile_time_args=words(x, y), runtime_args=[(ORIGIN, read)]),
            kernel(f"{style}/multiply.cpp", COMPUTE(), runtime_args=[(ORIGIN, [6])]),
            kernel(
                f"{style}/write.cpp",
                WRITER(),
                compile_time_args=[16, *words(out)],
                runtime_args=[(ORIGIN, [out.buffer_address(), 6, 0])],
            ),
        ]
        found.append(timed([x, y, out], kernels, [buffer(0), buffer(1), buffer(16)]))
    (functions, time), (objects, time_of_objects) = found
    torch.testing.assert_close(functions.float(), a.float() * b.float(), rtol=2**-6, atol=2**-8)
    assert torch.equal(objects, functions)
    assert time_of_objects == time


def test_multicast(device: Any) -> None:
    width, tiles = 4, 3
    a = torch.randn(32, tiles * 32, dtype=torch.bfloat16)
    everywhere, chip = cores((0, 0, width - 1, 0)), device.chip
    virtual = chip.column_to_virtual
    found: list[tuple[torch.Tensor, float]] = []
    for style in STYLES:
        x, out = tensor(a, device), tensor(torch.zeros(width * 32, tiles * 32), device)
        send, write = ttnn.RuntimeArgs(), ttnn.RuntimeArgs()
        for column in range(width):
            send[column][0] = [
                *(x.buffer_address(), tiles, width - 1, int(column == 0)),
                *(virtual[0], chip.row_to_virtual[0], virtual[1], virtual[width - 1]),
            ]
            write[column][0] = [out.buffer_address(), tiles, column * tiles]
        sender = ttnn.DataMovementConfigDescriptor(processor=ttnn.DataMovementProcessor.RISCV_1, noc=ttnn.NOC.NOC_0)
        kernels = [
            kernel(f"{style}/multicast.cpp", sender, everywhere, compile_time_args=[0, *words(x)], runtime_args=send),
            kernel(f"{style}/write.cpp", WRITER(), everywhere, compile_time_args=[0, *words(out)], runtime_args=write),
        ]
        semaphores = [ttnn.SemaphoreDescriptor(id=i, core_ranges=everywhere, initial_value=0) for i in range(2)]
        found.append(timed([x, out], kernels, [buffer(0, where=everywhere)], semaphores))
    for result, time in found:
        assert torch.equal(result, torch.cat([a] * width))
        assert time == found[0][1]


FLAGS = """
void kernel_main() {
    const uint32_t first = get_arg_val<uint32_t>(0), last = get_arg_val<uint32_t>(1), y = get_arg_val<uint32_t>(2);
    Noc noc;
    Semaphore<> flag(0);
    if (my_x[noc_index] == last) {
        flag.set(7);
        flag.set_multicast<NocOptions::MCAST_INCL_SRC>(noc, first, y, last, y, last - first + 1);
        noc.async_write_barrier();
    }
    flag.wait(7);
    CircularBuffer out(0);
    out.reserve_back(1);
    volatile uint16_t* numbers = reinterpret_cast<volatile uint16_t*>(out.get_write_ptr());
    for (uint32_t i = 0; i < 1024; ++i) numbers[i] = 0x3f80 + flag.value();
    out.push_back(1);
}
"""


def test_a_flag_that_its_sender_gets_as_well(device: Any) -> None:
    width = 3
    out, everywhere, chip = tensor(torch.zeros(width * 32, 32), device), cores((0, 0, width - 1, 0)), device.chip
    write = ttnn.RuntimeArgs()
    for column in range(width):
        write[column][0] = [out.buffer_address(), 1, column]
    virtual = chip.column_to_virtual
    sender = ttnn.DataMovementConfigDescriptor(processor=ttnn.DataMovementProcessor.RISCV_1, noc=ttnn.NOC.NOC_0)
    flags = ttnn.RuntimeArgs()
    for column in range(width):
        flags[column][0] = [virtual[0], virtual[width - 1], chip.row_to_virtual[0]]
    kernels = [
        kernel(OBJECTS + '#include "api/dataflow/noc_semaphore.h"\n' + FLAGS, sender, everywhere, runtime_args=flags),
        kernel("objects/write.cpp", WRITER(), everywhere, compile_time_args=[0, *words(out)], runtime_args=write),
    ]
    semaphore = ttnn.SemaphoreDescriptor(id=0, core_ranges=everywhere, initial_value=0)
    result = run([out, out], kernels, [buffer(0, where=everywhere)], [semaphore])
    assert (result == 1 + 7 / 128).all()


COPY = """
void kernel_main() {
    constexpr auto x_args = TensorAccessorArgs<0>();
    const auto x = TensorAccessor(x_args, get_arg_val<uint32_t>(0));
    const uint32_t own_x = my_x[noc_index], own_y = my_y[noc_index];
    Noc noc;
    CircularBuffer in(0), out(1);
    in.reserve_back(1);
    noc.async_read(x, in, 2048, {}, {});
    noc.async_read_barrier();
    in.push_back(1);
    in.wait_front(1);
    out.reserve_back(1);
BODY
    in.pop_front(1);
    out.push_back(1);
}
"""
"""Reads a tile, and makes another one of it in the other buffer."""
ROWS = """
    noc.set_async_read_state<NocOptions::DEFAULT, 512>(
        UnicastEndpoint{}, 512, {.noc_x = own_x, .noc_y = own_y, .addr = in.get_read_ptr()});
    for (uint32_t i = 0; i < 4; ++i)
        noc.async_read_with_state<NocOptions::DEFAULT, 512>(
            UnicastEndpoint{}, out, 512, {.noc_x = own_x, .noc_y = own_y, .addr = in.get_read_ptr() + 512 * (3 - i)},
            {.offset_bytes = 512 * i});
    noc.async_read_barrier();
"""
"""The faces of the tile in the opposite order, by reads whose size is set once."""


def copied(device: Any, body: str, values: torch.Tensor) -> torch.Tensor:
    x, out = tensor(values, device), tensor(torch.zeros_like(values), device)
    kernels = [
        kernel(
            OBJECTS + COPY.replace("BODY", body),
            READER(),
            compile_time_args=words(x),
            runtime_args=[(ORIGIN, [x.buffer_address()])],
        ),
        kernel(
            "objects/write.cpp",
            WRITER(),
            compile_time_args=[1, *words(out)],
            runtime_args=[(ORIGIN, [out.buffer_address(), 1, 0])],
        ),
    ]
    return run([x, out], kernels, [buffer(0, where=ONE), buffer(1, where=ONE)])


ROWS_BY_FUNCTIONS = """
    noc_async_read_one_packet_set_state(get_noc_addr(own_x, own_y, 0), 512);
    for (uint32_t i = 0; i < 4; ++i)
        noc_async_read_one_packet_with_state(in.get_read_ptr() + 512 * (3 - i), out.get_write_ptr() + 512 * i);
    noc_async_read_barrier();
"""


@pytest.mark.parametrize("body", [ROWS, ROWS_BY_FUNCTIONS], ids=STYLES[::-1])
def test_reads_whose_other_end_is_set_once(device: Any, body: str) -> None:
    values = torch.randn(32, 32, dtype=torch.bfloat16)
    faces = values.reshape(2, 16, 2, 16).permute(0, 2, 1, 3).reshape(4, 16, 16).flip(0)
    expected = faces.reshape(2, 2, 16, 16).permute(0, 2, 1, 3).reshape(32, 32)
    assert torch.equal(copied(device, body, values), expected)


@pytest.mark.parametrize(
    "zeros",
    [
        "noc.async_write_zeros(out, 1024, {.offset_bytes = 512});",
        "for (uint32_t i = 1; i < 3; ++i)"
        " noc_async_read(get_noc_addr(MEM_ZEROS_BASE), out.get_write_ptr() + 512 * i, MEM_ZEROS_SIZE);",
    ],
    ids=["objects", "functions"],
)
def test_zeros(device: Any, zeros: str) -> None:
    """Of four faces, the two in the middle."""
    body = ROWS.replace("(3 - i)", "i") + zeros + "noc.write_zeros_l1_barrier(); noc_async_read_barrier();"
    values = torch.randn(32, 32, dtype=torch.bfloat16)
    expected = values.clone()
    expected[:16, 16:] = 0
    expected[16:, :16] = 0
    assert torch.equal(copied(device, body, values), expected)


def test_what_is_known_of_a_buffer(device: Any) -> None:
    body = """
    const auto& interface = get_local_cb_interface(1);
    ASSERT(interface.fifo_page_size == 2048 && interface.fifo_num_pages == 2 && interface.fifo_size == 4096);
    ASSERT(interface.fifo_wr_ptr == out.get_write_ptr() && interface.fifo_limit - interface.fifo_wr_ptr == 4096);
    CoreLocalMem<uint32_t> from(in.get_read_ptr()), to(out.get_write_ptr());
    for (uint32_t i = 0; i < 512; ++i) *to++ = from[i];
    ASSERT(to - CoreLocalMem<uint32_t>(out.get_write_ptr()) == 512);
    """
    values = torch.randn(32, 32, dtype=torch.bfloat16)
    assert torch.equal(copied(device, body, values), values)


def test_a_call_without_a_meaning_is_refused_where_a_kernel_comes_to_it(device: Any) -> None:
    values = torch.randn(32, 32, dtype=torch.bfloat16)
    never = ROWS.replace("(3 - i)", "i") + "if (get_arg_val<uint32_t>(0) == 0) noc_inline_dw_write(get_noc_addr(0), 1);"
    assert torch.equal(copied(device, never, values), values)
    with pytest.raises(DiagnosticError) as raised:
        copied(device, never.replace("== 0", "!= 0"), values)
    assert raised.value.diagnostics[0].code == "TTL0821"
    assert "noc_inline_dw_write" in raised.value.diagnostics[0].message


SHARDS = """
void kernel_main() {
    constexpr auto x_args = TensorAccessorArgs<0>();
    constexpr auto out_args = TensorAccessorArgs<x_args.next_compile_time_args_offset()>();
    const auto x = TensorAccessor(x_args, get_common_arg_val<uint32_t>(0));
    const auto out = TensorAccessor(out_args, get_common_arg_val<uint32_t>(1));
    const auto spec = x.dspec();
    ASSERT(spec.rank() == 2 && spec.tensor_volume() == 16 && spec.shard_volume() == 4);
    ASSERT(spec.shard_grid()[0] == 2 && spec.shard_grid()[1] == 2 && spec.tensor_strides()[0] == 4);
    Noc noc;
    CircularBuffer buffer(0);
    for (uint32_t shard = 0; shard < 4; ++shard)
        for (const auto& page : x.shard_pages(shard)) {
            MOVE
        }
}
"""
"""Goes over the pages of a tensor shard by shard."""
READ_PAGE = """
            buffer.reserve_back(1);
            noc.async_read(page, buffer, 2048, {}, {});
            noc.async_read_barrier();
            buffer.push_back(1);
"""
WRITE_PAGE = """
            buffer.wait_front(1);
            noc.async_write(buffer, out, 2048, {}, {.page_id = page.page_id()});
            noc.async_write_barrier();
            buffer.pop_front(1);
"""


def test_the_pages_of_shards(device: Any) -> None:
    """From a tensor in shards to one without."""
    values = torch.randn(128, 128, dtype=torch.bfloat16)
    spec = ttnn.ShardSpec(cores((0, 0, 1, 1)), [64, 64], ttnn.ShardOrientation.ROW_MAJOR)
    memory = ttnn.MemoryConfig(ttnn.TensorMemoryLayout.BLOCK_SHARDED, ttnn.BufferType.L1, spec)
    x, out = tensor(values, device, memory_config=memory), tensor(torch.zeros(128, 128), device)
    addresses = [x.buffer_address(), out.buffer_address()]
    kernels = [
        kernel(
            OBJECTS + SHARDS.replace("MOVE", move),
            config(),
            compile_time_args=words(x, out),
            common_runtime_args=addresses,
        )
        for move, config in ((READ_PAGE, READER), (WRITE_PAGE, WRITER))
    ]
    assert torch.equal(run([x, out], kernels, [buffer(0)]), values)


def test_no_call_that_is_refused_is_one_of_the_tables() -> None:
    known = {declaration.name for callee in callees() for declaration in callee.declarations}
    assert known & REFUSED_CALLS == set()
