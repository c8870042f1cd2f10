"""Circular buffers of one descriptor, which share its memory, as in matmuls of ttnn; and what a pop leaves there."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import (
    COMPUTE,
    DATA,
    KERNELS,
    MATH,
    ONE,
    READER,
    WRITE,
    WRITER,
    buffer,
    failing,
    kernel,
    parts,
    run,
    tensor,
    words,
)
from tests.backends.native.handwritten_programs import (
    READ as READ_ONE,
)

STEPS = 4
READ = """
void kernel_main() {
    constexpr uint32_t steps = get_compile_time_arg_val(0);
    constexpr auto left_args = TensorAccessorArgs<1>();
    constexpr auto right_args = TensorAccessorArgs<left_args.next_compile_time_args_offset()>();
    const auto left = TensorAccessor(left_args, get_common_arg_val<uint32_t>(0));
    const auto right = TensorAccessor(right_args, get_common_arg_val<uint32_t>(1));
    for (uint32_t step = 0; step < steps; ++step) {
        for (uint32_t i = 0; i < 2; ++i) {
            cb_reserve_back(0, 1);
            noc_async_read_page(i * steps + step, left, get_write_ptr(0));
            cb_reserve_back(1, 1);
            noc_async_read_page(step * 2 + i, right, get_write_ptr(1));
            noc_async_read_barrier();
            cb_push_back(0, 1);
            cb_push_back(1, 1);
        }
    }
}
"""


@pytest.fixture(params=["wormhole_b0", "blackhole"])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TTLANG_ARCH", request.param)
    return ttnn.open_device(device_id=0)


def shared(indices: tuple[int, ...], pages: int = 4) -> Any:
    forms = [
        ttnn.CBFormatDescriptor(buffer_index=index, data_format=ttnn.bfloat16, page_size=2048) for index in indices
    ]
    return ttnn.CBDescriptor(total_size=pages * 2048, core_ranges=ONE, format_descriptors=forms)


def product(device: Any, compute: str) -> tuple[list[Any], list[Any], list[Any], torch.Tensor]:
    # Whole numbers, of which neither DST nor L1 loses a bit.
    a, b = torch.randint(-2, 3, (64, STEPS * 32)).bfloat16(), torch.randint(-1, 2, (STEPS * 32, 64)).bfloat16()
    x, y, out = (tensor(each, device) for each in (a, b, torch.zeros(64, 64)))
    addresses = [x.buffer_address(), y.buffer_address()]
    kernels = [
        kernel(DATA + READ, READER(), compile_time_args=[STEPS, *words(x, y)], common_runtime_args=addresses),
        kernel(compute, COMPUTE(), compile_time_args=[STEPS]),
        kernel(
            "write_one.cpp",
            WRITER(),
            compile_time_args=[16, *words(out)],
            runtime_args=[(ttnn.CoreCoord(0, 0), [out.buffer_address(), 4, 0])],
        ),
    ]
    return [x, y, out], kernels, [buffer(0, 4), buffer(1, 4), shared((16, 24))], a.float() @ b.float()


@pytest.mark.parametrize("numerics", ["chip", "fast"])
def test_partial_sums_that_are_popped_are_added_to(device: Any, numerics: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_NUMERICS", numerics)
    *program, expected = product(device, "matmul_partials.cpp")
    assert expected.abs().max() < 256
    assert torch.equal(run(*program).float(), expected)


def test_a_result_over_sums_that_are_still_needed_is_found(device: Any) -> None:
    text = (KERNELS / "matmul_partials.cpp").read_text()
    late = text.replace("                cb_pop_front(partials, width);\n", "")
    *program, _ = product(device, late)
    code, line, message = failing(*program)
    assert (code, line) == ("TTL0817", "pack_tile_block(0, last ? out : partials, width);")
    assert message.endswith(
        "cb_16: page 0 is written over page 0 of cb_24, which lies in the same place and has not been popped"
    )


ADDING = """
#include "api/compute/pack.h"
#include "api/compute/tile_move_copy.h"

void copy(uint32_t from, uint32_t to) {
    cb_wait_front(from, 1);
    cb_reserve_back(to, 1);
    tile_regs_acquire();
    copy_tile(from, 0, 0);
    tile_regs_commit();
    tile_regs_wait();
    pack_tile(0, to);
    tile_regs_release();
    cb_push_back(to, 1);
}

void kernel_main() {
    compute_kernel_hw_startup(0, 1);
    copy_tile_init(0);
    copy(0, 24);
    cb_wait_front(24, 1);
    cb_pop_front(24, 1);
    BETWEEN
    pack_reconfig_l1_acc(1);
    copy(0, 24);
    pack_reconfig_l1_acc(0);
    copy(24, 1);
    cb_pop_front(24, 1);
    cb_pop_front(0, 1);
}
"""
OTHER = "copy(0, 25); cb_wait_front(25, 1); cb_pop_front(25, 1);"


def test_what_another_buffer_has_written_over_is_not_added_to(device: Any) -> None:
    """The packer finds what stands there: of a block that nothing has touched since, its sums."""
    tensors, kernels, _ = parts(READ_ONE, "", WRITE, device)
    kernels[1] = kernel(MATH + ADDING.replace("BETWEEN", ""), COMPUTE())
    buffers = [buffer(0), buffer(1), shared((24, 25), 1)]
    assert (run(tensors, kernels, buffers) == 4).all()
    kernels[1] = kernel(MATH + ADDING.replace("BETWEEN", OTHER), COMPUTE())
    code, line, message = failing(tensors, kernels, buffers)
    assert (code, line) == ("TTL0802", "pack_tile(0, to);")
    assert message.endswith("cb_24: reads page 0 of the ring, which nothing wrote")
