"""acquire_dst and release_dst: the packer begins when math is done with the section, wherever its calls stand."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import COMPUTE, MATH, READ, WRITE, buffer, failing, kernel, parts, run

KERNEL = (
    MATH
    + """
#include "api/compute/tile_move_copy.h"
void kernel_main() {
    compute_kernel_hw_startup(0, 0, 24);
    cb_wait_front(0, 1);
    acquire_dst();
    SECTION
    release_dst();
    cb_wait_front(24, 2);
    add_init(24, 24);
    cb_reserve_back(1, 1);
    tile_regs_acquire();
    add_tiles(24, 24, 0, 1, 0);
    tile_regs_commit();
    tile_regs_wait();
    pack_tile(0, 1);
    tile_regs_release();
    cb_push_back(1, 1);
    cb_pop_front(24, 2);
    cb_pop_front(0, 1);
}
"""
)
COPY = "copy_init(0); copy_tile(0, 0, 0);"
ADD = "add_init(0, 0); add_tiles(0, 0, 0, 0, {});"
PACK = "cb_reserve_back(24, 1); pack_tile({}, 24); cb_push_back(24, 1);"


@pytest.fixture(params=["wormhole_b0", "blackhole"])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TTLANG_ARCH", request.param)
    return ttnn.open_device(device_id=0)


def program(device: Any, section: str) -> tuple[list[Any], list[Any], list[Any]]:
    tensors, kernels, buffers = parts(READ, "", WRITE, device, torch.full((32, 32), 3.0))
    kernels[1] = kernel(KERNEL.replace("SECTION", section), COMPUTE())
    return tensors, kernels, [*buffers, buffer(24)]


@pytest.mark.parametrize("numerics", ["chip", "fast"])
def test_math_goes_on_behind_a_pack(device: Any, numerics: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_NUMERICS", numerics)
    section = COPY + PACK.format(0) + ADD.format(1) + PACK.format(1)
    assert (run(*program(device, section)) == 3 + 6).all()


def test_the_packer_finds_dst_as_math_leaves_it(device: Any) -> None:
    section = COPY + PACK.format(0) + ADD.format(0) + PACK.format(0)
    assert (run(*program(device, section)) == 6 + 6).all()


def test_what_is_packed_cannot_be_read_in_the_section(device: Any) -> None:
    section = COPY + PACK.format(0) + "cb_wait_front(24, 1);" + PACK.format(0)
    code, line, _ = failing(*program(device, section))
    assert code == "TTL0801"
    assert "cb_wait_front(24, 1)" in line
