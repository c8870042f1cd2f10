"""Kernels that lay out in rows what DST holds: `pack_untilize_dest`, as products and pools of ttnn end."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import READER, WRITER, buffer, kernel, words
from ttlang.diagnostics import DiagnosticError

WIDTH = 4
READ = """
void kernel_main() {
    constexpr auto x_args = TensorAccessorArgs<0>();
    const auto x = TensorAccessor(x_args, get_common_arg_val<uint32_t>(0));
    for (uint32_t i = 0; i < WIDTH; ++i) {
        cb_reserve_back(0, 1);
        noc_async_read_page(i, x, get_write_ptr(0));
        noc_async_read_barrier();
        cb_push_back(0, 1);
    }
}
"""
WRITE = """
void kernel_main() {
    constexpr auto out_args = TensorAccessorArgs<0>();
    const auto out = TensorAccessor(out_args, get_common_arg_val<uint32_t>(0));
    cb_wait_front(1, WIDTH);
    const uint32_t bytes = get_tile_size(1) / 32 * WIDTH;
    for (uint32_t row = 0; row < 32; ++row) noc_async_write_page(row, out, get_read_ptr(1) + row * bytes);
    noc_async_write_barrier();
    cb_pop_front(1, WIDTH);
}
"""
COMPUTE = """
#include "api/compute/pack_untilize.h"
#include "api/compute/tile_move_copy.h"
void kernel_main() {
    compute_kernel_hw_startup(0, 1);
    INIT
    copy_tile_to_dst_init_short(0);
    cb_reserve_back(1, WIDTH);
    for (uint32_t part = 0; part < WIDTH / PART; ++part) {
        cb_wait_front(0, PART);
        tile_regs_acquire();
        for (uint32_t i = 0; i < PART; ++i) copy_tile(0, i, FIRST + i);
        tile_regs_commit();
        tile_regs_wait();
        PACK_IT
        tile_regs_release();
        cb_pop_front(0, PART);
    }
    cb_push_back(1, WIDTH);
    pack_untilize_uninit(1);
}
"""
INIT = "pack_untilize_dest_init<PART, WIDTH>(1);"
FORMS = {
    # The packer's own offset, or that of older kernels, behind what a tile is.
    "newer": ("0.81", "pack_untilize_dest<PART, WIDTH>(1, 1, part, FIRST);"),
    "older": ("0.69", "pack_untilize_dest<PART, WIDTH>(1, 1, part, 16, 4, FIRST);"),
    "by template": ("0.81", "pack_untilize_dest<PART, WIDTH, false, false, 32, FIRST>(1, 1, part);"),
}


@pytest.fixture(params=["wormhole_b0", "blackhole"])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TTLANG_ARCH", request.param)
    return ttnn.open_device(device_id=0)


def run(device: Any, init: str, pack: str, part: int = 2, first: int = 1, dtype: Any = ttnn.bfloat16) -> Any:
    """The input, and what it is in rows."""
    values = torch.randn(32, 32 * WIDTH)
    x = ttnn.from_torch(values, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)
    out = ttnn.from_torch(torch.zeros_like(values), dtype=dtype, layout=ttnn.ROW_MAJOR_LAYOUT, device=device)
    wide = dtype is ttnn.float32
    config = ttnn.ComputeConfigDescriptor(fp32_dest_acc_en=wide)
    if wide:
        config.unpack_to_dest_mode = [ttnn.UnpackToDestMode.UnpackToDestFp32] * 32
    text = COMPUTE.replace("INIT", init).replace("PACK_IT", pack)
    defines = [("WIDTH", str(WIDTH)), ("PART", str(part)), ("FIRST", str(first))]
    kernels = [
        kernel(READ, READER(), compile_time_args=words(x), common_runtime_args=[x.buffer_address()], defines=defines),
        kernel(text, config, defines=defines),
        kernel(
            WRITE, WRITER(), compile_time_args=words(out), common_runtime_args=[out.buffer_address()], defines=defines
        ),
    ]
    page = 4096 if wide else 2048
    buffers = [buffer(index, WIDTH, dtype, page=page) for index in range(2)]
    program = ttnn.ProgramDescriptor(kernels=kernels, cbs=buffers, semaphores=[])
    return ttnn.to_torch(x), ttnn.to_torch(ttnn.generic_op([x, out], program))


@pytest.mark.parametrize("form", FORMS)
def test_forms(form: str, device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    generation, pack = FORMS[form]
    monkeypatch.setenv("TTLANG_METAL_API", generation)
    values, rows = run(device, INIT, pack)
    assert torch.equal(values, rows)


@pytest.mark.parametrize("part", [1, WIDTH])
def test_widths(part: int, device: Any) -> None:
    values, rows = run(device, INIT, "pack_untilize_dest<PART, WIDTH>(1, 1, part);", part, first=0)
    assert torch.equal(values, rows)


def test_float32(device: Any) -> None:
    pack = "pack_untilize_dest<PART, WIDTH>(1, 1, part, FIRST);"
    values, rows = run(device, INIT, pack, dtype=ttnn.float32)
    assert torch.equal(values, rows)


@pytest.mark.parametrize(
    ("init", "pack", "said"),
    [
        ("", FORMS["newer"][1], "TTL0804.*needs pack_untilize_dest_init.*last init of pack is none"),
        (
            "pack_untilize_dest_init<PART>(1);",
            FORMS["newer"][1],
            "TTL0804.*for part = 2, width = 4, but the last .* width = 2",
        ),
        (INIT, "pack_tile(FIRST, 1);", "TTL0804.*pack_tile while the packer is set to untilize what DST holds"),
        (INIT, "pack_untilize_dest<PART, WIDTH>(1, 1, part, 0);", "TTL0806.*reads DST slot 0, which this section has"),
        (INIT, "pack_untilize_dest<PART, WIDTH>(1, 2, part, FIRST);", "TTL0821.*of several rows of tiles"),
        (INIT, "pack_untilize_dest<PART, WIDTH, true>(1, 1, part, FIRST);", "TTL0821.*of other than whole tiles"),
        ("pack_untilize_dest_init<PART, WIDTH, true>(1);", FORMS["newer"][1], "TTL0821.*of other than whole tiles|for"),
        (
            INIT,
            f"{FORMS['newer'][1]} pack_reconfig_l1_acc(1); {FORMS['newer'][1]}",
            "TTL0804.*pack_untilize_dest while the packer is set to add",
        ),
    ],
)
def test_mistakes(init: str, pack: str, said: str, device: Any) -> None:
    with pytest.raises(DiagnosticError, match=said):
        run(device, init, pack)


def test_what_is_not_reserved(device: Any) -> None:
    pack = "pack_untilize_dest<PART, WIDTH>(1, 1, part, FIRST); cb_push_back(1, 1);"
    with pytest.raises(DiagnosticError, match="TTL0803"):
        run(device, INIT, pack)
