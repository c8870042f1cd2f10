"""Kernels written by hand, in the style of tt-metal's examples, run as they are."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import ONE, buffer, cores, kernel, run, tensor, words
from ttlang.backends.native.toolchain import Library

COMPUTE = ttnn.ComputeConfigDescriptor
READER, WRITER = ttnn.ReaderConfigDescriptor, ttnn.WriterConfigDescriptor
ORIGIN = ttnn.CoreCoord(0, 0)


@pytest.fixture(params=["wormhole_b0", "blackhole"])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TTLANG_ARCH", request.param)
    monkeypatch.setenv("TTLANG_NUMERICS", "chip")
    return ttnn.open_device(device_id=0)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Library]:
    """The libraries of kernels, as cores load them."""
    found: list[Library] = []
    load = Library.load

    def noted(library: Library, core: int) -> Any:
        found.append(library)
        return load(library, core)

    monkeypatch.setattr(Library, "load", noted)
    return found


def test_elementwise_add(device: Any):
    a, b = (torch.randn(64, 96, dtype=torch.bfloat16) for _ in range(2))
    x, y, out = (tensor(values, device) for values in (a, b, torch.zeros_like(a)))
    tiles = 6
    kernels = [
        kernel("read_two.cpp", READER(), runtime_args=[(ORIGIN, [x.buffer_address(), y.buffer_address(), tiles, 0])]),
        kernel("add.cpp", COMPUTE(), runtime_args=[(ORIGIN, [tiles])]),
        kernel(
            "write_one.cpp",
            WRITER(),
            compile_time_args=[16, *words(out)],
            runtime_args=[(ORIGIN, [out.buffer_address(), tiles, 0])],
        ),
    ]
    result = run([x, y, out], kernels, [buffer(0), buffer(1), buffer(16)])
    torch.testing.assert_close(result.float(), a.float() + b.float(), rtol=2**-7, atol=2**-8)


@pytest.mark.parametrize("width", [1, 3])
def test_matmul(device: Any, width: int, loaded: list[Library]):
    """Each core computes its share of the tiles; the last one less. Cores share libraries without variables."""
    m, k, n = 4, 3, 4
    a, b = torch.randn(m * 32, k * 32, dtype=torch.bfloat16), torch.randn(k * 32, n * 32, dtype=torch.bfloat16)
    x, y, out = (tensor(values, device) for values in (a, b, torch.zeros(m * 32, n * 32)))
    everywhere, share = cores((0, 0, width - 1, 0)), -(-m * n // width)
    read, compute, write = ttnn.RuntimeArgs(), ttnn.RuntimeArgs(), ttnn.RuntimeArgs()
    for column in range(width):
        first = column * share
        count = min(share, m * n - first)
        read[column][0] = [x.buffer_address(), y.buffer_address(), k, n, first, count]
        compute[column][0] = [count]
        write[column][0] = [out.buffer_address(), count, first]
    kernels = [
        kernel("read_matmul.cpp", READER(), everywhere, compile_time_args=words(x, y), runtime_args=read),
        kernel("matmul.cpp", COMPUTE(fp32_dest_acc_en=True), everywhere, compile_time_args=[k], runtime_args=compute),
        kernel("write_one.cpp", WRITER(), everywhere, compile_time_args=[16, *words(out)], runtime_args=write),
    ]
    buffers = [buffer(i, where=everywhere) for i in (0, 1, 16)]
    result = run([x, y, out], kernels, buffers)
    torch.testing.assert_close(result.float(), a.float() @ b.float(), rtol=2**-6, atol=2**-3)
    assert loaded
    assert all(library.shared for library in loaded)


def test_multicast_with_semaphores(device: Any):
    """The flag is set through a pointer, and polled by noc_semaphore_wait. Two kernels run on different cores."""
    width, tiles = 4, 3
    a = torch.randn(32, tiles * 32, dtype=torch.bfloat16)
    x, out = tensor(a, device), tensor(torch.zeros(width * 32, tiles * 32), device)
    everywhere, chip = cores((0, 0, 0, 0), (1, 0, width - 1, 0)), device.chip
    virtual = chip.column_to_virtual
    send, write = ttnn.RuntimeArgs(), ttnn.RuntimeArgs()
    for column in range(width):
        send[column][0] = [
            *(x.buffer_address(), tiles, width - 1, int(column == 0)),
            *(virtual[0], chip.row_to_virtual[0], virtual[1], virtual[width - 1]),
        ]
        write[column][0] = [out.buffer_address(), tiles, column * tiles]
    kernels = [
        kernel(
            "multicast.cpp",
            ttnn.DataMovementConfigDescriptor(processor=ttnn.DataMovementProcessor.RISCV_1, noc=ttnn.NOC.NOC_0),
            everywhere,
            compile_time_args=[0, *words(x)],
            named_compile_time_args=[("ready", 0), ("there", 1)],
            runtime_args=send,
        ),
        kernel(
            "write_one.cpp",
            WRITER(),
            cores((0, 0, 1, 0)),
            compile_time_args=[0, *words(out)],
            runtime_args=_of(write, 0, 2),
        ),
        kernel(
            "write_one.cpp",
            WRITER(),
            cores((2, 0, 3, 0)),
            compile_time_args=[0, *words(out)],
            runtime_args=_of(write, 2, 4),
        ),
    ]
    semaphores = [ttnn.SemaphoreDescriptor(id=i, core_ranges=everywhere, initial_value=0) for i in range(2)]
    result = run([x, out], kernels, [buffer(0, where=everywhere)], semaphores)
    for row in range(width):
        torch.testing.assert_close(result[row * 32 : row * 32 + 32], a)


def _of(args: Any, first: int, end: int) -> list[Any]:
    return [(core, values) for core, values in args if first <= core.x < end]


def test_a_tile_that_a_kernel_fills_itself(device: Any, loaded: list[Library]):
    """Through a pointer into L1. Its global variable starts anew in each run."""
    out = tensor(torch.zeros(32, 64), device)
    pair = 0x3F80_3F80
    kernels = [
        kernel("fill.cpp", READER(), runtime_args=[(ORIGIN, [2, pair])]),
        kernel(
            "write_one.cpp",
            WRITER(),
            compile_time_args=[0, *words(out)],
            runtime_args=[(ORIGIN, [out.buffer_address(), 2, 0])],
        ),
    ]
    for _ in range(2):
        result = run([out, out], kernels, [buffer(0, where=ONE)])
        assert (result[:, :32] == 1).all()
        assert (result[:, 32::2] > 1).all()
        assert (result[:, 33::2] == 1).all()
    assert {library.shared for library in loaded} == {True, False}
