"""Forms of calls that kernels written by hand use, and ttlang's own don't."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import (
    COPY,
    DATA,
    READ,
    READER,
    WRITE,
    buffer,
    cores,
    kernel,
    parts,
    run,
)
from ttlang.diagnostics import DiagnosticError

OLDER = """
#include "compute_kernel_api/bcast.h"
#include "compute_kernel_api/binary_max_min.h"
#include "compute_kernel_api/eltwise_unary/fill.h"
#include "compute_kernel_api/reduce.h"
#include "compute_kernel_api/transpose_wh.h"
#include "compute_kernel_api/eltwise_unary/exp.h"
#include "compute_kernel_api/eltwise_unary/gelu.h"
namespace NAMESPACE {
void MAIN {
    constexpr auto in = tt::CB::c_in0, out = tt::CB::c_in1;
    START
    cb_wait_front(in, 1);
    cb_reserve_back(out, 1);
    acquire_dst();
    CALLS
    pack_tile(0, out);
    release_dst();
    cb_push_back(out, 1);
    cb_pop_front(in, 1);
    END
}
}
"""
COPIED = "copy_tile_to_dst_init_short(in); copy_tile(in, 0, 0);"
ROW_SUM = "PoolType::AVG, ReduceDim::REDUCE_ROW"
FORMS: dict[str, tuple[str, str, Callable[[torch.Tensor], torch.Tensor]]] = {
    "init_bcast": (
        "init_bcast<EltwiseBinaryType::ELWMUL, BroadcastType::COL>(in, in, out);",
        "mul_tiles_bcast<BroadcastType::COL>(in, in, 0, 0, 0);",
        lambda x: x * x[:, :1],
    ),
    "any_tiles_bcast": (
        "init_bcast<ELWADD, BroadcastType::ROW>(in, in, out);",
        "any_tiles_bcast<ELWADD, BroadcastType::ROW>(in, in, 0, 0, 0);",
        lambda x: x + x[:1],
    ),
    "transpose_wh_init": ("transpose_wh_init(in, out);", "transpose_wh_tile(in, 0, 0);", lambda x: x.T),
    "a default that is spelled out": (
        "init_sfpu(in, out);",
        f"{COPIED} exp_tile_init<false>(); exp_tile<false>(0);",
        torch.exp,
    ),
    "a function of a column": (
        "init_sfpu(in, out);",
        f"{COPIED} exp_tile_init(); exp_tile(0, (int)VectorMode::C);",
        # The faces beside the column stay as they were.
        lambda x: torch.cat([x[:, :16].exp(), x[:, 16:]], 1),
    ),
    "a function of a row": (
        "init_sfpu(in, out);",
        f"{COPIED} fill_tile_init(); fill_tile(1, 0.5f); binary_max_tile_init(); "
        "binary_max_tile(1, 0, 0, VectorMode::R);",
        lambda x: torch.cat([x[:16].clamp(min=0.5), x[16:]]),
    ),
    "a default that is not": (
        "init_sfpu(in, out);",
        f"{COPIED} gelu_tile_init(); gelu_tile(0);",
        torch.nn.functional.gelu,
    ),
    "add_tiles_init with a flag": (
        "binary_op_init_common(in, in, out);",
        "add_tiles_init(in, in, false); add_tiles(in, in, 0, 0, 0);",
        lambda x: x + x,
    ),
    "inits of one unit each": (
        "binary_op_init_common(in, in, out);",
        "MATH((llk_math_eltwise_binary_init<EltwiseBinaryType::ELWMUL, BroadcastType::COL, MATH_FIDELITY>(in, in, 1)));"
        "UNPACK((llk_unpack_AB_init<BroadcastType::COL>(in, in))); mul_tiles_bcast_cols(in, in, 0, 0, 0);",
        lambda x: x * x[:, :1],
    ),
    "an init of math behind one of both": (
        "binary_op_init_common(in, in, out);",
        "add_tiles_init(in, in); binary_tiles_init<false, EltwiseBinaryType::ELWMUL>(in, in);"
        "mul_tiles(in, in, 0, 0, 0);",
        lambda x: x * x,
    ),
    "a reciprocal of a width": (
        "init_sfpu(in, out);",
        f"{COPIED} recip_tile_init<ReciprocalDestAcc::BF16, ReciprocalApproxMode::Precise>();"
        "recip_tile<ReciprocalDestAcc::BF16>(0);",
        lambda x: 1 / x,
    ),
    "a reduction packed before its uninit": (
        f"compute_kernel_hw_startup(in, in, out); reduce_init<{ROW_SUM}>(in, in, out);",
        f"reduce_tile<{ROW_SUM}>(in, in, 0, 0, 0);",
        lambda x: torch.nn.functional.pad(x.sum(1, keepdim=True), (0, 31)),
    ),
}


@pytest.fixture
def device() -> Any:
    return ttnn.open_device(device_id=0)


@pytest.mark.parametrize("name", FORMS)
def test_form(name: str, device: Any) -> None:
    start, calls, expected = FORMS[name]
    # The first row is what a reduction takes for its scaler.
    x = (torch.randint(-8, 9, (32, 32)) / 4).bfloat16()
    x[0] = 1
    end = "reduce_uninit();" if "reduce" in start else ""
    text = OLDER.replace("START", start).replace("CALLS", calls).replace("END", end)
    tensors, kernels, buffers = parts(READ, "", WRITE, device, x)
    kernels[1] = kernel(text, kernels[1].config)
    found = run(tensors, kernels, buffers).double()
    # The table of gelu is off by up to 0.024 (ttlang/tables/functions), and the result has 8 bits; so have others.
    error = 0.024 + 2.0**-8 if "gelu" in calls else 2.0**-7
    torch.testing.assert_close(found, expected(x.double()), rtol=error, atol=error)


def test_what_a_reduction_leaves_out(device: Any) -> None:
    """Its own result may be packed before reduce_uninit, nothing else."""
    start, *_ = FORMS["a reduction packed before its uninit"]
    text = OLDER.replace("START", start).replace("END", "")
    text = text.replace("CALLS", "copy_tile_to_dst_init_short(in); copy_tile(in, 0, 0);")
    tensors, kernels, buffers = parts(READ, "", WRITE, device)
    kernels[1] = kernel(text, kernels[1].config)
    with pytest.raises(DiagnosticError, match=r"TTL0804.*leaves out"):
        run(tensors, kernels, buffers)


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ("add_tiles_init(in, in, true); add_tiles(in, in, 0, 0, 0);", "an add_tiles_init that accumulates"),
        (
            "llk_math_eltwise_binary_init<ELWSUB, BroadcastType::ROW>(in, in, 1);",
            "the kind sub added to what DST holds",
        ),
        ("llk_math_eltwise_binary_init<ELWMUL, NONE, MathFidelity::LoFi>(in, in);", "of another fidelity"),
        ("llk_unpack_AB_init<BroadcastType::ROW>(in, in, 1);", "an unpack of two tiles that transposes"),
        (f"{COPIED} recip_tile_init<ReciprocalDestAcc::FP32>();", "with the template arguments <257>"),
        (
            f"{COPIED} recip_tile_init<ReciprocalDestAcc::BF16, ReciprocalApproxMode::Approximate>();",
            "with the template arguments <256, 274>",
        ),
    ],
)
def test_a_form_that_is_not_modelled(calls: str, said: str, device: Any) -> None:
    text = OLDER.replace("START", "binary_op_init_common(in, in, out);").replace("END", "")
    text = text.replace("CALLS", calls)
    tensors, kernels, buffers = parts(READ, "", WRITE, device)
    kernels[1] = kernel(text, kernels[1].config)
    with pytest.raises(DiagnosticError, match=f"TTL0821.*{said}"):
        run(tensors, kernels, buffers)


FILL = (
    DATA
    + """
INCLUDE
void kernel_main() {
    cb_reserve_back(0, 1);
    auto* words = reinterpret_cast<Pointer>(get_write_ptr(0));
    for (uint32_t i = 0; i < 512; ++i) words[i] = VALUE;
    cb_push_back(0, 1);
}
"""
)
INCLUDES = {
    "quotes": '#include "local.h"',
    "brackets": "#include <local.h>",
    "a macro": '#define LOCAL "local.h"\n#include LOCAL',
}


@pytest.mark.parametrize("form", INCLUDES)
def test_a_header_that_changes(form: str, device: Any, tmp_path: Path) -> None:
    """It has the type of a pointer, by an alias, and the value that the kernel fills its page with."""
    (tmp_path / "fill.cpp").write_text(FILL.replace("INCLUDE", INCLUDES[form]))
    for value in (1.0, 2.0):
        word = 0x3F803F80 if value == 1.0 else 0x40004000
        text = f"using Pointer = volatile tt_l1_ptr uint32_t*;\nconstexpr uint32_t VALUE = {word}u;\n"
        (tmp_path / "local.h").write_text(text)
        tensors, kernels, buffers = parts(READ, COPY, WRITE, device)
        kernels[0] = kernel(tmp_path / "fill.cpp", READER())
        assert (run(tensors, kernels, buffers) == value).all()


@pytest.mark.parametrize("as_text", [False, True])
def test_a_kernel_of_a_release(as_text: bool, device: Any, tmp_path: Path) -> None:
    """It finds what the release shares, also where a text includes it by its path."""
    shared = tmp_path / "ttnn" / "cpp" / "ttnn" / "kernel_lib"
    shared.mkdir(parents=True)
    (shared / "copies.hpp").write_text("constexpr uint32_t SHARED = 1;")
    file = shared.parent / "copy.cpp"
    file.write_text(
        '#include "ttnn/cpp/ttnn/kernel_lib/copies.hpp"\n'
        + COPY.replace("copy_tile(0, 0, 0", "copy_tile(0, SHARED - 1, 0")
    )
    tensors, kernels, buffers = parts(READ, "", WRITE, device)
    kernels[1] = kernel(f'#include "{file}"\n' if as_text else file, kernels[1].config)
    assert torch.equal(run(tensors, kernels, buffers), ttnn.to_torch(tensors[0]))


def test_buffers_belong_to_cores(device: Any) -> None:
    """A program is another one if its buffers are on other cores."""
    tensors, kernels, buffers = parts(READ, COPY, WRITE, device)
    assert (run(tensors, kernels, buffers) == 2).all()
    elsewhere = [buffers[0], buffer(1, where=cores((1, 0, 1, 0)))]
    with pytest.raises(DiagnosticError, match=r"TTL0820.*there is no circular buffer 1 on this core"):
        run(tensors, kernels, elsewhere)
    assert (run(tensors, kernels, buffers) == 2).all()


def test_semaphores_belong_to_cores(device: Any) -> None:
    wait = (
        "noc_semaphore_wait(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(0)), VALID);\n    cb_reserve"
    )
    tensors, kernels, buffers = parts(READ.replace("cb_reserve", wait), COPY, WRITE, device)
    here, there = (
        ttnn.SemaphoreDescriptor(id=0, core_ranges=cores(where), initial_value=1)
        for where in ((0, 0, 0, 0), (1, 0, 1, 0))
    )
    assert (run(tensors, kernels, buffers, [here]) == 2).all()
    with pytest.raises(DiagnosticError, match=r"TTL0820.*there is no semaphore 0 on core \(0, 0\)"):
        run(tensors, kernels, buffers, [there])


def test_more_than_a_page(device: Any) -> None:
    read = READ.replace(
        "noc_async_read_page(0, x, get_write_ptr(0))", "noc_async_read(x.get_noc_addr(0), get_write_ptr(0), 4096)"
    )
    with pytest.raises(DiagnosticError, match=r"TTL0807.*moves 4096 bytes of a page of 'tensor_0', which has 2048"):
        run(*parts(read, COPY, WRITE, device))


def test_a_kernel_that_is_written_anew(device: Any, tmp_path: Path) -> None:
    """A report shows the line as it is now."""
    file = tmp_path / "copy.cpp"
    tensors, kernels, buffers = parts(READ, COPY, WRITE, device)
    for tile in (5, 6):
        file.write_text(COPY.replace("copy_tile(0, 0, 0)", f"copy_tile(0, {tile}, 0)"))
        kernels[1] = kernel(file, kernels[1].config)
        with pytest.raises(DiagnosticError) as found:
            run(tensors, kernels, buffers)
        assert f"copy_tile(0, {tile}, 0);" in found.value.diagnostics[0].render()


def test_a_mode_of_unpacking_means_nothing_for_bfloat16(device: Any):
    """The JIT looks at the mode of float32 buffers alone, and kernels fill the list for all."""
    compute = COPY.replace("copy_tile_init(0)", "add_tiles_init(0, 0)").replace(
        "copy_tile(0, 0, 0)", "add_tiles(0, 0, 0, 0, 0)"
    )
    tensors, kernels, buffers = parts(READ, compute, WRITE, device)
    kernels[1].config.unpack_to_dest_mode = [ttnn.UnpackToDestMode.UnpackToDestFp32] * 64
    assert (run(tensors, kernels, buffers) == 4).all()
