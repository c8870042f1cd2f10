"""Sums of rows in both generations: 0.81 multiplies, 0.69 pools and turns, and keeps float32 where it is told to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import SymbolRefAttr

from tests.support.row_kernels import sums_of_rows, sums_of_rows_tensors
from ttlang import ttnn
from ttlang.backends.cpp.printer import print_program
from ttlang.backends.simulator import run
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttkernel
from ttlang.machine.numerics import make_numerics
from ttlang.machine.numerics.arrangements import transpose
from ttlang.tables.chips import WORMHOLE_B0
from ttlang.tables.dtypes import BF16
from ttlang.tables.kernel_api import find_generation

RNG = np.random.default_rng(0)
TILES = (RNG.standard_normal((1, 2, 1024)).astype(np.float32).view(np.uint32) >> 16) << 16
ONES = np.full((1, 1024), 0x3F800000, np.uint32)


def sums(generation: str, dst32: bool, *, dim: Any = "row", full_fp32: bool = False, x: Any = TILES) -> np.ndarray:
    chip = make_numerics("chip", WORMHOLE_B0, find_generation(generation))
    result = chip.reduce("sum", dim, x, ONES, BF16, BF16, dst32, full_fp32=full_fp32)
    return result.reshape(2, 2, 16, 16)[:, 0, :, 0].reshape(-1) if dim == "row" else result.reshape(-1, 16)[::16][:2]


@pytest.mark.parametrize("dst32", [False, True])
def test_0_69_pools_rows_like_columns(dst32: bool):
    rows = sums("0.69", dst32, full_fp32=dst32)
    columns = sums("0.69", dst32, dim="col", x=transpose(TILES)).reshape(-1)
    assert (rows == columns).all()
    assert (rows != sums("0.81", dst32)).any()


def test_0_69_cuts_a_sum_that_is_not_told_to_keep_float32():
    whole, cut = sums("0.69", True, full_fp32=True), sums("0.69", True)
    assert not (cut & 0xFFFF).any()
    assert (whole & 0xFFFF).any()
    assert (sums("0.81", True, full_fp32=True) == sums("0.81", True)).all()


def compiled(dtype: Any) -> tuple[ttkernel.ProgramOp, list[Any]]:
    given = sums_of_rows_tensors(dtype)
    return sums_of_rows.compile(*given).program, given


def test_the_call_keeps_float32_where_dst_does():
    wide, _ = compiled(ttnn.float32)
    older, newer = (print_program(wide, metal_api=generation)["compute"] for generation in ("0.69", "0.81"))
    for call in ("reduce_init", "reduce_tile"):
        assert f"{call}<PoolType::SUM, ReduceDim::REDUCE_ROW, true>" in older
    assert "reduce_uninit<true>(x_cb)" in older
    assert "REDUCE_ROW, true>" not in newer
    assert "reduce_uninit<" not in newer
    narrow, _ = compiled(ttnn.bfloat16)
    assert "true" not in print_program(narrow, metal_api="0.69")["compute"].replace("math_approx", "")


@pytest.mark.parametrize("dtype", [ttnn.float32, ttnn.bfloat16])
def test_the_simulator_wants_both_ends_alike(dtype: Any):
    """An end of the other form is reported."""
    program, given = compiled(dtype)
    run(program, given)
    changed = program.clone()
    for op in tuple(changed.walk()):
        if isinstance(op, ttkernel.ReduceUninitOp):
            if op.cb:
                del op.properties["cb"]
            else:
                op.cb = SymbolRefAttr("x_cb")
    with pytest.raises(DiagnosticError, match="reduce_uninit with") as found:
        run(changed, given)
    assert found.value.diagnostics[0].code == "TTL0804"
