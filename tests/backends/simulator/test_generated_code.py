"""The generated functions: their lines, and that they compute what the IR says."""

from __future__ import annotations

import itertools
import linecache
import sys
import traceback
from collections import Counter
from types import SimpleNamespace

import pytest
from xdsl.dialects.builtin import IntegerAttr, i64

from tests.support.random_kernels import POINTERS, Evaluator, Generator
from tests.support.ttkernel_programs import (
    FILE,
    Buffer,
    integers,
    loop,
    program,
    read_block,
    section,
    startup,
    write_block,
    zeros,
)
from ttlang.backends.simulator import GeneratedProgram, prepare
from ttlang.diagnostics import DiagnosticError
from ttlang.machine.page_patterns import page_pattern

COMPUTE = "\n".join(
    [
        startup("x_cb", "x_cb", "o_cb") + f' loc("{FILE}":12:5)',
        f'ttkernel.copy_tile_init(@x_cb) loc("{FILE}":12:5)',
        f'ttkernel.cb_wait_front(@x_cb, 2) loc("{FILE}":13:14)',
        f'ttkernel.cb_reserve_back(@o_cb, 2) loc("{FILE}":13:30)',
        section(
            loop(2, "ttkernel.copy_tile(@x_cb, %i, %i)").replace("\n}", f'\n}} loc("{FILE}":15:20)'),
            "ttkernel.pack_tile_block(%c0, @o_cb, 2)",
        ).replace("()\n", f'() loc("{FILE}":15:9)\n'),
        'ttkernel.cb_push_back(@o_cb, 2) loc("elsewhere.py":7:1)',
        f'ttkernel.cb_pop_front(@x_cb, 2) loc("{FILE}":17:1)',
    ]
)


def copy_simulation(tmp_path=None) -> GeneratedProgram:
    op = program(
        buffers=[Buffer("x_cb", 2), Buffer("o_cb", 2)],
        tensors=[("x", 2), ("o", 2)],
        compute=COMPUTE,
        read=read_block("x_cb", "x", 2),
        write=write_block("o_cb", "o", 2),
    )
    return prepare(op)


def test_functions_have_the_kernels_names_files_and_lines():
    codes = [kernel.code for kernel in copy_simulation().simulation.kernels]
    assert [(c.co_name, c.co_filename, c.co_firstlineno) for c in codes] == [
        ("compute", FILE, 10),
        ("read", FILE, 40),
        ("write", FILE, 70),
    ]
    # What comes from another file counts for the line around it.
    assert {line for *_, line in codes[0].co_lines() if line} == {10, 12, 13, 15, 17}
    columns = {(line, column) for line, _, column, _ in codes[0].co_positions() if line in (13, 15)}
    assert columns >= {(13, 13), (13, 29), (15, 8)}


def test_a_tracer_sees_the_kernels_lines():
    """What pdb's breakpoints and coverage stand on."""
    seen: list[int] = []

    def tracer(frame, event, _):
        if frame.f_code.co_filename != FILE:
            return None
        if event == "line" and frame.f_code.co_name == "compute":
            seen.append(frame.f_lineno)
        return tracer

    simulation = copy_simulation()
    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        simulation.run([integers(2), zeros(2)])
    finally:
        sys.settrace(before)
    order = [line for line, _ in itertools.groupby(seen)]
    assert order[:4] == [10, 12, 13, 15]
    assert order[-2:] == [17, 10]


def test_a_traceback_shows_the_kernels_line():
    """An exception of the machine itself passes through the frames of the kernel."""
    simulation = copy_simulation()
    linecache.cache[FILE] = (1, None, [f"line {n}\n" for n in range(1, 100)], FILE)
    thread = SimpleNamespace(
        buffer_calls=[SimpleNamespace(cb_wait_front=_fail)] * 2, node=simulation.simulation.kernels[0].tree.start()
    )
    try:
        next(simulation.simulation.kernels[0].start(thread))
    except OSError as cause:
        frames = traceback.extract_tb(cause.__traceback__)
        assert (frames[1].filename, frames[1].lineno, frames[1].line) == (FILE, 13, "line 13")
    finally:
        del linecache.cache[FILE]


def _fail(*_):
    raise OSError


def test_a_diagnostic_shows_the_kernels_line(tmp_path):
    file = tmp_path / "user.py"
    file.write_text("first\n        o.store(x)\n")
    body = f'ttkernel.cb_push_back(@x_cb, 1) loc("{file}":2:9)'
    with pytest.raises(DiagnosticError) as caught:
        prepare(program(buffers=[Buffer("x_cb", 2)], read=body)).run([])
    assert str(caught.value).splitlines()[1:4] == [
        f"{file}:2:9: error[TTL0803]: core (0, 0), thread 'read': cb_push_back(x_cb, 1), "
        "but the thread has reserved none",
        "          o.store(x)",
        "          ^^^^^^^^^^",
    ]


def test_variables_keep_their_names():
    op = program(
        buffers=[Buffer("x_cb", 4)],
        tensors=[("x", 4)],
        core_args={"start": [0], "range": [1]},
        read="%class = arith.addi %start, %range : i32\n" + read_block("x_cb", "x", 2, "%class") + "\n"
        "scf.for %row = %class to %c4 step %range : i32 {\n"
        "ttkernel.cb_reserve_back(@x_cb, 1)\n}",
    )
    (kernel,) = prepare(op).simulation.kernels
    names = set(kernel.code.co_varnames)
    assert {"start", "row", "x_cb", "x"} <= names
    # Not what Python, or the generated code, has a use for.
    assert not {"class", "range"} & names


# ------------------------------------------------------------------------------------------------- random kernels


class Recorder:
    """Stands for a thread, its port and its buffers: notes every transfer."""

    def __init__(self, pointers: dict[str, int], arguments: tuple[int, ...]):
        self.trace: list[tuple[int, int]] = []
        self.arguments = arguments
        self.buffer_calls = [_Pointer(value) for value in pointers.values()]
        self.port_calls = self.tensors = self
        self.whole_loops = 0

    def accessor(self, number, address, op):
        return None

    def noc_async_read_page(self, page, tensor, address, buffer, op):
        self.trace.append((page, address))

    def noc_async_read_pages(self, page, tensor, address, shape, buffer, op):
        self.whole_loops += 1
        pairs = zip(shape.pages.tolist(), shape.offsets.tolist(), strict=True)
        self.trace += [(_wrap(page + p), _wrap(address + o)) for p, o in pairs]


class _Pointer:
    def __init__(self, value: int):
        self.value = value

    def cb_push_back(self, pages, op):
        self.value += pages

    def get_write_ptr(self):
        return _wrap(self.value)


def _wrap(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31


@pytest.mark.parametrize("seed", range(300))
def test_random_kernels_do_what_their_ir_says(seed):
    op = Generator(seed).program()
    for buffer, pointer in zip(op.circular_buffers, POINTERS.values(), strict=True):
        buffer.properties["address"] = IntegerAttr(_wrap(pointer), i64)
        buffer.properties["pages"] = IntegerAttr(1, i64)
    evaluator = Evaluator()
    evaluator.run(op.kernels[0].body.block)
    (kernel,) = prepare(op).simulation.kernels
    recorder = Recorder(POINTERS, kernel.info.arguments[0])
    assert next(kernel.start(recorder), None) is None
    if recorder.whole_loops:
        # A loop with several transfers issues all of one before those of the next.
        assert Counter(recorder.trace) == Counter(evaluator.trace)
    else:
        assert recorder.trace == evaluator.trace


def test_a_loop_with_transfers_alone_is_issued_at_once():
    op = program(buffers=[Buffer("x_cb", 4)], tensors=[("x", 4)], read=read_block("x_cb", "x", 4))
    (kernel,) = prepare(op).simulation.kernels
    assert "noc_async_read_pages" in kernel.code.co_names
    few = program(buffers=[Buffer("x_cb", 4)], tensors=[("x", 4)], read=read_block("x_cb", "x", 3))
    assert "noc_async_read_pages" not in prepare(few).simulation.kernels[0].code.co_names


def test_patterns():
    nest = page_pattern((2, 10, 300), (3, 1, 100))
    assert nest.pages.tolist() == [0, 1, 2, 10, 11, 12]
    assert nest.offsets.tolist() == [0, 100, 200, 300, 400, 500]
    assert (nest.count, nest.lowest_page, nest.highest_page, nest.step) == (6, 0, 12, 100)
    assert page_pattern((2, -3, 100), (2, 1, 300)).step == 0
    assert page_pattern((2, -3, 100), (2, 1, 300)).lowest_page == -3
    assert page_pattern((0, 1, 1), (3, 1, 1)).count == 0


def test_long_expressions_do_not_nest_without_end():
    """A chain of a thousand sums, each used once."""
    sums = "\n".join(f"%s{n + 1} = arith.addi %s{n}, %n : i32" for n in range(1000))
    body = f"%s0 = arith.addi %n, %n : i32\n{sums}\n" + read_block("x_cb", "x", 1, "%s1000")
    op = program(buffers=[Buffer("x_cb", 2)], tensors=[("x", 4)], read=body, core_args={"n": [0]})
    prepare(op).run([integers(4)])
