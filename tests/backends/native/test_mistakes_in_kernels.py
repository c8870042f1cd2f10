"""Mistakes in kernels in C++, found by the simulator's own checks, at the line of the C++."""

from __future__ import annotations

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
    failing,
    kernel,
    parts,
    run,
    tensor,
    words,
)
from ttlang.backends.native import toolchain
from ttlang.diagnostics import DiagnosticError
from ttlang.machine import scheduler


@pytest.fixture
def device() -> Any:
    return ttnn.open_device(device_id=0)


def test_the_kernels_are_right(device: Any):
    assert (run(*parts(READ, COPY, WRITE, device)) == 2).all()


MAXIMUM = (
    "reduce_init<PoolType::MAX, ReduceDim::REDUCE_ROW>(0, 0, 1); "
    "reduce_tile<PoolType::MAX, ReduceDim::REDUCE_ROW>(0, 0, 0, 0, 0); reduce_uninit();"
)
"""The data are their own scaler."""


@pytest.mark.parametrize(
    ("which", "old", "new", "code", "line"),
    [
        (0, "    noc_async_read_barrier();\n", "", "TTL0808", "cb_push_back(0, 1);"),
        (0, "barrier()", "barrier_with_trid(1)", "TTL0808", "cb_push_back(0, 1);"),
        (0, "noc_async_read_barrier()", "noc_async_read_set_trid(16)", "TTL0807", "noc_async_read_set_trid(16);"),
        (0, "    cb_reserve_back(0, 1);\n", "", "TTL0803", "noc_async_read_page(0, x, get_write_ptr(0));"),
        (0, "page(0", "page(1", "TTL0807", "noc_async_read_page(1, x, get_write_ptr(0));"),
        (0, "noc_async_read_page(0, x, get_write_ptr(0));", "", "TTL0802", "copy_tile(0, 0, 0);"),
        (0, "get_write_ptr(0)", "get_write_ptr(7)", "TTL0820", "noc_async_read_page(0, x, get_write_ptr(7));"),
        (
            0,
            "val<uint32_t>(0)",
            "val<uint32_t>(1)",
            "TTL0820",
            "const auto x = TensorAccessor(x_args, get_common_arg_val<uint32_t>(1));",
        ),
        (0, "get_common_arg_val<uint32_t>(0)", "64", "TTL0807", "noc_async_read_page(0, x, get_write_ptr(0));"),
        (0, "x_args, get", "x_args, 32 + get", "TTL0807", "noc_async_read_page(0, x, get_write_ptr(0));"),
        (0, "cb_push_back(0, 1);", "", "TTL0801", "cb_wait_front(0, 1);"),
        (0, "cb_push_back(0, 1);", "while (*(volatile uint32_t*)get_write_ptr(0) != 7) {}", "TTL0801", None),
        (0, "cb_push_back(0, 1);", "*(volatile uint32_t*)64 = 1;", "TTL0807", "noc_async_read_barrier();"),
        (0, "read_page(0", "read_page(7 / (get_write_ptr(0) - get_write_ptr(0))", "TTL0811", None),
        (
            0,
            "cb_push_back(0, 1);",
            "cb_push_back(0, 1); noc_semaphore_inc(get_noc_addr(get_semaphore(0)), 1);",
            "TTL0807",
            None,
        ),
        (0, "cb_push_back", "cb_push_bak", "TTL0220", "cb_push_bak(0, 1);"),
        (
            0,
            "cb_push_back(0, 1);",
            "return get_compile_time_arg_val(9);",
            "TTL0220",
            "return get_compile_time_arg_val(9);",
        ),
        (
            0,
            "constexpr auto x_args",
            '#include "no/such/header.h"\n    constexpr auto x_args',
            "TTL0220",
            '#include "no/such/header.h"',
        ),
        (0, "cb_push_back(0, 1);", "tile_regs_acquire();", "TTL0601", "tile_regs_acquire();"),
        (1, "    copy_tile_init(0);\n", "", "TTL0804", "copy_tile(0, 0, 0);"),
        (1, "    compute_kernel_hw_startup(0, 1);\n", "", "TTL0804", "copy_tile_init(0);"),
        (1, "copy_tile_init(0);", "sqrt_tile_init<true>();", "TTL0821", "sqrt_tile_init<true>();"),
        (1, "copy_tile(0, 0, 0);", MAXIMUM, "TTL0821", MAXIMUM),
        (1, "copy_tile(0, 0, 0);", f"copy_tile(0, 0, 0); {MAXIMUM}", "TTL0806", f"copy_tile(0, 0, 0); {MAXIMUM}"),
        (1, "    tile_regs_wait();\n", "", "TTL0806", "pack_tile(0, 1);"),
        (1, "copy_tile(0, 0, 0);", "copy_tile(0, 0, 9);", "TTL0806", "copy_tile(0, 0, 9);"),
        (1, "pack_tile(0, 1)", "pack_tile(1, 1)", "TTL0806", "pack_tile(1, 1);"),
        (1, "copy_tile(0, 0, 0);", "copy_tile(0, 1, 0);", "TTL0803", "copy_tile(0, 1, 0);"),
        (2, "    cb_wait_front(1, 1);\n", "", "TTL0803", "noc_async_write_page(0, x, get_read_ptr(1));"),
    ],
)
def test_mistake(
    which: int, old: str, new: str, code: str, line: str | None, device: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(scheduler, "MOST_PAUSES", 50)
    texts = [READ, COPY, WRITE]
    assert old in texts[which]
    texts[which] = texts[which].replace(old, new)
    found = failing(*parts(*texts, device))
    assert found[0] == code, found
    assert line is None or found[1] == line, found


def test_a_wrong_format(device: Any):
    tensors, kernels, _ = parts(READ, COPY.replace("startup(0, 1)", "startup(1, 1)"), WRITE, device)
    code, line, _ = failing(tensors, kernels, [buffer(0, dtype=ttnn.uint16), buffer(1)])
    assert (code, line) == ("TTL0805", "copy_tile(0, 0, 0);")


def test_an_accessor_of_another_tensor(device: Any):
    tensors, kernels, buffers = parts(READ, COPY, WRITE, device)
    other = tensor(torch.ones(32, 32), device, memory_config=ttnn.L1_MEMORY_CONFIG)
    kernels[0].compile_time_args = words(other)
    assert failing([other, *tensors], kernels, buffers)[0] == "TTL0807"


def test_a_python_line_is_named(device: Any):
    text = READ.replace("    cb_push_back", "    // scale.py:12: with x_cb.reserve() as x:\n    cb_push_back")
    with pytest.raises(DiagnosticError) as found:
        run(*parts(text.replace("    noc_async_read_barrier();\n", ""), COPY, WRITE, device))
    (only,) = found.value.diagnostics
    assert "compiled from scale.py:12" in only.render()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda kernels, buffers: kernels.append(kernel(DATA + "void kernel_main() {}", READER())),
            "both want the reader",
        ),
        (lambda kernels, buffers: buffers.append(buffer(0)), "described twice"),
        (
            lambda kernels, buffers: buffers[0].format_descriptors.append(buffers[0].format_descriptors[0]),
            "described twice",
        ),
        (lambda kernels, buffers: kernels.clear() or buffers.clear(), "runs on no core|run on no core"),
        (lambda kernels, buffers: kernels.append(kernel(Path("none.cpp"), READER(), cores((1, 1, 1, 1)))), "no file"),
    ],
)
def test_bad_descriptors(change: Any, message: str, device: Any):
    tensors, kernels, buffers = parts(READ, COPY, WRITE, device)
    change(kernels, buffers)
    with pytest.raises(DiagnosticError, match=message) as found:
        run(tensors, kernels, buffers)
    assert found.value.diagnostics[0].code == "TTL0221"


def test_budgets(device: Any):
    tensors, kernels, buffers = parts(READ, COPY, WRITE, device)
    for extra, code in (
        (buffer(2, 1000), "TTL0701"),
        (buffer(40), "TTL0702"),
        (buffer(3, where=cores((9, 0, 9, 0))), "TTL0703"),
    ):
        with pytest.raises(DiagnosticError) as found:
            run(tensors, kernels, [*buffers, extra])
        assert found.value.diagnostics[0].code == code


def test_a_machine_without_a_compiler(device: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(toolchain.shutil, "which", lambda name: None)
    toolchain.find_compiler.cache_clear()
    with pytest.raises(DiagnosticError) as found:
        run(*parts(READ.replace("0", "0 + 0", 1), COPY, WRITE, device))
    assert found.value.diagnostics[0].code == "TTL0222"
    monkeypatch.undo()
    toolchain.find_compiler.cache_clear()


def test_a_generation_is_kept_to(device: Any, monkeypatch: pytest.MonkeyPatch):
    """Without TTLANG_METAL_API functions of both generations are known; with it, that one's alone."""
    older = COPY.replace("compute_kernel_hw_startup(0, 1);", "binary_op_init_common(0, 0, 1);")
    assert (run(*parts(READ, older, WRITE, device)) == 2).all()
    monkeypatch.setenv("TTLANG_METAL_API", "0.81")
    assert failing(*parts(READ, older, WRITE, device))[:2] == ("TTL0220", "binary_op_init_common(0, 0, 1);")


def test_polling_gives_others_their_turn(device: Any):
    """The writer looks for its page without waiting for it."""
    text = WRITE.replace(
        "cb_wait_front(1, 1);", "while (!cb_pages_available_at_front(1, 1)) {}\n    cb_wait_front(1, 1);"
    )
    assert (run(*parts(READ, COPY, text, device)) == 2).all()


def test_an_error_in_a_define(device: Any):
    """The compiler has no line for it; it is one of the kernel's all the same."""
    tensors, kernels, buffers = parts(READ, COPY, WRITE, device)
    kernels[1].defines = [("1ST", "0")]
    code, _, message = failing(tensors, kernels, buffers)
    assert code == "TTL0220"
    assert "macro names must be identifiers" in message
