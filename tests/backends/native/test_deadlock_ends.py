"""Whom a deadlock of kernels in C++ names: also the thread that has not come to the call that would help."""

from __future__ import annotations

import pytest

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import COPY, READ, WRITE, buffer, parts, run
from ttlang.backends.native.buffer_ends import Ends, read_ends
from ttlang.diagnostics import DiagnosticError


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("cb_push_back(3, 1);", Ends({3})),
        ("constexpr uint32_t cb = 4; cb_push_back(cb, n); cb_pop_front(5, 1);", Ends({4}, {5})),
        ("constexpr auto cb = tt::CBIndex::c_16; cb_push_back(cb, 1);", Ends({16})),
        ("cb_push_back(tt::CB::c_out0, 1); cb_pop_front(tt::CB::c_in2, 1);", Ends({16}, {2})),
        ("constexpr uint32_t cb = get_compile_time_arg_val(1); cb_push_back(cb, 1);", Ends({7})),
        ("cb_push_back(get_compile_time_arg_val(0), 1);", Ends({6})),
        ('constexpr uint32_t cb = get_named_compile_time_arg_val("out"); cb_push_back(cb, 1);', Ends({8})),
        ("#define OUT cb_out\nconstexpr uint32_t cb_out = 0x9u;\n cb_push_back(OUT, 1);", Ends({9})),
        ("CircularBuffer buffer(cb_in); constexpr uint32_t cb_in = 2; buffer.pop_front(1);", Ends(set(), {2})),
        ("cb_push_back(GIVEN, 1);", Ends({11})),
        ("// cb_push_back(3, 1);\n/* cb_pop_front(3,\n 1); */", Ends()),
        ("uint32_t cb = 1; { uint32_t cb = 2; cb_push_back(cb, 1); }", Ends(fills_another=True)),
        ("void f(uint32_t cb) { cb_pop_front(cb, 1); }", Ends(drains_another=True)),
    ],
)
def test_the_text_of_a_kernel(text: str, ends: Ends) -> None:
    assert read_ends((text,), (("GIVEN", "11"),), (6, 7), (("out", 8),)) == ends


STUCK = "    cb_wait_front(2, 1);\n"
"""A buffer that nothing fills."""


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("void kernel_main() {\n", f"void kernel_main() {{\n{STUCK}", "which fills it, waits too, and has not come to"),
        ("cb_push_back(1, 1);", "", "which fills it, has ended"),
        ("cb_reserve_back(1, 1);", f"cb_reserve_back(1, 1);\n{STUCK}", "which fills it, waits too"),
    ],
)
def test_the_thread_that_would_fill_a_buffer(old: str, new: str, text: str) -> None:
    assert old in COPY
    tensors, kernels, buffers = parts(READ, COPY.replace(old, new), WRITE, ttnn.open_device(device_id=0))
    with pytest.raises(DiagnosticError) as found:
        run(tensors, kernels, [*buffers, buffer(2)])
    (deadlock,) = found.value.diagnostics
    assert deadlock.code == "TTL0801"
    notes = [related.message for related in deadlock.related]
    assert any("cb_wait_front(cb_1, 1)" in note and text in note for note in notes), notes
