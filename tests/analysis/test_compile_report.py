"""What `ttlang compile --print plan` says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.one_tile_kernels import one_tile_kernel
from tests.support.row_kernels import sums_of_rows, sums_of_rows_tensors
from ttlang import ttnn
from ttlang.driver.call_observers import observe
from ttlang.host import TILE_LAYOUT, open_device, zeros

KERNEL = """
from ttlang import ttl

@ttl.kernel(grid=(2, 1))
def kernel(x, w, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(2, 4))
    w_cb = ttl.make_circular_buffer_like(w, shape=(4, 4))
    out_cb = ttl.make_circular_buffer_like(out, shape=(2, 4))
    sum_cb = ttl.make_circular_buffer_like(out, shape=(2, 4))

    @ttl.compute()
    def compute():
        with w_cb.wait() as wv:
            with sum_cb.reserve() as s:
                for _ in range(3):
                    with x_cb.wait() as xv:
                        s += xv @ wv
            with sum_cb.wait() as s, out_cb.reserve() as o:
                e = ttl.math.exp(s - ttl.broadcast(ttl.reduce_max(s, dims=[0]), dims=[1]))
                o.store(e @ ttl.transpose(wv))

    @ttl.datamovement()
    def read():
        with w_cb.reserve() as block:
            ttl.copy(w[0:4, 0:4], block).wait()
        for _ in range(3):
            with x_cb.reserve() as block:
                ttl.copy(x[0:2, 0:4], block).wait()

    @ttl.datamovement()
    def write():
        with out_cb.wait() as block:
            ttl.copy(block, out[0:2, ttl.core_linear() * 4 : ttl.core_linear() * 4 + 4]).wait()
"""


@pytest.fixture
def plan(load: Any) -> str:
    device = open_device(device_id=0)
    x, w, out = (zeros((r * 32, c * 32), dtype="bfloat16", layout=TILE_LAYOUT, device=device) for r, c in SHAPES)
    found: list[Any] = []
    with observe(found.append):
        load(KERNEL).kernel(x, w, out)
    return found[0].plan()


SHAPES = ((2, 4), (4, 4), (2, 8))


def test_buffers(plan: str) -> None:
    lines = plan.splitlines()
    assert lines[0] == ("kernel on 2x1 cores of Wormhole B0; 8 tiles of 16 bits in a DST section; math fidelity HiFi4")
    assert "L1 on each core: 182 KiB of 1360 KiB (13.4 %)" in lines
    made = {line.split()[0]: line for line in lines if "made by the compiler" in line}
    assert set(made) == {"reduce_max_cb", "e_cb", "ones_cb"}
    assert made["e_cb"].split()[2:7] == ["bf16", "2x4", "1", "16", "KiB"]


def test_computations(plan: str) -> None:
    shown = [line.strip().partition(": ")[2] or line.strip() for line in plan.splitlines()]
    section = shown.index("one DST section, packed to sum_cb after the loop:")
    assert shown[section + 2 : section + 4] == [
        "sum_cb += matmul(x_cb, w_cb)",
        "in 8 DST tiles; unpacks 24 tiles a turn",
    ]
    exp = shown.index("e_cb = exp(sub(sum_cb, reduce_max_cb)[col of the second, FPU])")
    assert shown[exp + 1] == "2 sections of 1x4 tiles in 4 DST tiles; unpacks 16 tiles, packs 8, handed on by section"
    product = shown.index("out_cb = matmul(e_cb, w_cb)[transposed]")
    # Two rows in turn are not in the block's order, so it is handed on whole.
    assert shown[product + 1] == "4 sections of 2x1 tiles in 2 DST tiles; unpacks 48 tiles, packs 8"


@pytest.mark.parametrize(
    ("options", "where", "names"),
    [
        ({"fp32_dest_acc_en": True}, "32 bits in DST, ttnn 0.81", "tanh"),
        ({"metal_api": "0.69"}, "16 bits in DST, ttnn 0.69", "exp2"),
    ],
    ids=["wide", "older"],
)
def test_functions_that_are_not_known_to_the_bit(load: Any, options: dict[str, Any], where: str, names: str) -> None:
    last = plan_of_functions(load, options).splitlines()[-1]
    assert last == f"not known to the bit with {where}, so that `chip` rounds exact results: {names}"


def test_functions_that_are_known_to_the_bit(load: Any) -> None:
    assert "to the bit" not in plan_of_functions(load, {})


def plan_of_functions(load: Any, options: dict[str, Any]) -> str:
    device = open_device(device_id=0)
    x, out = (zeros((32, 32), dtype="bfloat16", layout=TILE_LAYOUT, device=device) for _ in range(2))
    return load(FUNCTIONS).kernel.compile(x, out, **options).plan()


FUNCTIONS = "from ttlang import ttl\n\n" + one_tile_kernel(
    "ttl.math.relu(ttl.math.tanh(xv)) + ttl.math.log(xv) * ttl.math.exp2(xv)"
)


def test_the_plan_says_what_is_not_known_to_the_bit():
    tensors = sums_of_rows_tensors(ttnn.bfloat16)
    line = "not known to the bit: the sums of rows of ttnn 0.69"
    assert line in sums_of_rows.compile(*tensors, metal_api="0.69").plan()
    assert line not in sums_of_rows.compile(*tensors, metal_api="0.81").plan()
