"""Reductions of float32 with a scaler of bfloat16, and an SFPU init that comes before the startup."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import (
    COMPUTE,
    DATA,
    MATH,
    READ,
    READER,
    WRITE,
    WRITER,
    buffer,
    failing,
    kernel,
    run,
    tensor,
    words,
)

SCALER = """
    cb_reserve_back(2, 1);
    auto* scaler = reinterpret_cast<volatile uint32_t*>(get_write_ptr(2));
    for (int i = 0; i < 512; ++i) scaler[i] = 0xVALUE;
    cb_push_back(2, 1);
}
"""
KERNEL = """
#include "api/compute/eltwise_unary/negative.h"
#include "api/compute/reduce.h"
void kernel_main() {
    negative_tile_init();
    compute_kernel_hw_startup(FIRST, SECOND, 1);
    cb_wait_front(0, 1);
    cb_wait_front(2, 1);
    cb_reserve_back(1, 1);
    reduce_init<PoolType::POOL, ReduceDim::DIM>(0, 2, 1);
    tile_regs_acquire();
    reduce_tile<PoolType::POOL, ReduceDim::DIM>(0, 2, 0, 0, 0);
    negative_tile(0);
    tile_regs_commit();
    tile_regs_wait();
    pack_tile(0, 1);
    reduce_uninit();
    tile_regs_release();
    cb_push_back(1, 1);
    cb_pop_front(0, 1);
    cb_pop_front(2, 1);
}
"""


@pytest.fixture(params=["wormhole_b0", "blackhole"])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TTLANG_ARCH", request.param)
    return ttnn.open_device(device_id=0)


def program(
    device: Any, x: torch.Tensor, pool: str, dim: str, *, swapped: bool
) -> tuple[list[Any], list[Any], list[Any]]:
    source, out = (tensor(each, device, ttnn.float32) for each in (x, torch.zeros(32, 32)))
    first, second = ("2", "0") if swapped else ("0", "2")
    text = KERNEL.replace("POOL", pool).replace("DIM", dim).replace("FIRST", first).replace("SECOND", second)
    read = READ.rstrip().removesuffix("}") + SCALER.replace("VALUE", "3f003f00" if pool == "SUM" else "3f803f80")
    kernels = [
        kernel(DATA + read, READER(), compile_time_args=words(source), common_runtime_args=[source.buffer_address()]),
        kernel(MATH + text, COMPUTE(fp32_dest_acc_en=True)),
        kernel(DATA + WRITE, WRITER(), compile_time_args=words(out), common_runtime_args=[out.buffer_address()]),
    ]
    buffers = [buffer(0, 2, ttnn.float32, page=4096), buffer(1, 2, ttnn.float32, page=4096), buffer(2, 1)]
    return [source, out], kernels, buffers


FORMS = {
    ("SUM", "REDUCE_ROW"): (True, lambda x: -x.sum(1) / 2, 0),
    ("SUM", "REDUCE_COL"): (False, lambda x: -x.sum(0) / 2, 1),
    ("MAX", "REDUCE_ROW"): (False, lambda x: -x.amax(1), 0),
}
"""Whether the scaler is in SrcA, what comes out, and the axis along which it lies."""


@pytest.mark.parametrize("numerics", ["chip", "fast"])
@pytest.mark.parametrize("form", FORMS)
def test_each_register_has_the_format_of_what_goes_there(
    device: Any, form: tuple[str, str], numerics: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTLANG_NUMERICS", numerics)
    swapped, expected, axis = FORMS[form]
    # Numbers that tf32 has, and bfloat16 has not.
    x = torch.randint(-1000, 1000, (32, 32)).float()
    result = run(*program(device, x, *form, swapped=swapped))
    assert torch.equal(result[:, 0] if axis == 0 else result[0], expected(x))


@pytest.mark.parametrize("form", FORMS)
def test_registers_that_are_set_the_other_way_round_are_found(device: Any, form: tuple[str, str]) -> None:
    swapped, _, _ = FORMS[form]
    code, line, message = failing(*program(device, torch.ones(32, 32), *form, swapped=not swapped))
    assert code == "TTL0805"
    assert line.startswith("reduce_tile<")
    assert "SrcA is set to" in message
