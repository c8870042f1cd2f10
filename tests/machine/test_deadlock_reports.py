"""What a deadlock's report says, and how it names cores."""

from __future__ import annotations

import pytest

from tests.support.ttkernel_programs import FILE, Buffer, integers, program, read_block, startup, zeros
from ttlang.backends.simulator import run
from ttlang.diagnostics import DiagnosticError
from ttlang.machine.faults import core_ranges

BUFFERS = (Buffer("x_cb", 2), Buffer("o_cb", 2))
TENSORS = (("x", 4), ("o", 4))


def at(line: int, call: str) -> str:
    return f'ttkernel.{call} loc("{FILE}":{line}:9)'


def deadlock(**parts):
    op = program(buffers=BUFFERS, tensors=TENSORS, **parts)
    with pytest.raises(DiagnosticError) as caught:
        run(op, [integers(4), zeros(4)])
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "TTL0801"
    return diagnostic


def test_every_parked_thread_once_for_all_cores():
    compute = "\n".join(
        [
            startup("x_cb", "x_cb", "o_cb"),
            "ttkernel.cb_wait_front(@x_cb, 1)",
            at(14, "cb_wait_front(@x_cb, 2)"),
            "ttkernel.cb_reserve_back(@o_cb, 1)\nttkernel.cb_push_back(@o_cb, 1)",
        ]
    )
    write = at(75, "cb_wait_front(@o_cb, 1)")
    diagnostic = deadlock(grid=(4, 2), compute=compute, read=read_block("x_cb", "x", 1), write=write)
    assert diagnostic.message == "deadlock: 16 threads wait, and no other can go on"
    assert [(note.span.line, note.message) for note in diagnostic.related] == [
        (
            14,
            "cores (0, 0)-(3, 1), thread 'compute': cb_wait_front(x_cb, 2) needs 2 filled pages, 1 is; "
            "thread 'read', which fills it, has ended; before that: cb_wait_front (line 10)",
        ),
        (
            75,
            "cores (0, 0)-(3, 1), thread 'write': cb_wait_front(o_cb, 1) needs 1 filled page, 0 are; "
            "thread 'compute', which fills it, waits too",
        ),
    ]
    assert diagnostic.span == diagnostic.related[0].span


def test_cores_that_wait_for_different_things():
    """Core 2 alone is fed, and waits for room; nobody empties its buffer."""
    read = f"""
    %fed = arith.cmpi eq, %core, %c2 : i32
    scf.if %fed {{
      ttkernel.cb_reserve_back(@x_cb, 2)
      ttkernel.cb_push_back(@x_cb, 2)
      {at(50, "cb_reserve_back(@x_cb, 1)")}
    }} else {{
      {at(52, "cb_wait_front(@o_cb, 1)")}
    }}
    """
    diagnostic = deadlock(grid=(3, 1), core_args={"core": [0, 1, 2]}, read=read)
    assert [(note.span.line, note.message) for note in diagnostic.related] == [
        (
            52,
            "cores (0, 0)-(1, 0), thread 'read': cb_wait_front(o_cb, 1) needs 1 filled page, 0 are; no thread fills it",
        ),
        (
            50,
            "core (2, 0), thread 'read': cb_reserve_back(x_cb, 1) needs 1 free page, 0 are; no thread empties it; "
            "before that: cb_reserve_back (line 40), cb_push_back (line 40)",
        ),
    ]


def test_a_thread_that_waits_for_itself():
    read = "ttkernel.cb_reserve_back(@x_cb, 2)\nttkernel.cb_push_back(@x_cb, 2)\n" + at(44, "cb_reserve_back(@x_cb, 2)")
    diagnostic = deadlock(read=read + "\nttkernel.cb_wait_front(@x_cb, 2)\nttkernel.cb_pop_front(@x_cb, 2)")
    assert diagnostic.message == "deadlock: 1 thread waits, and no other can go on"
    assert "the thread itself empties it; before that: cb_reserve_back (line 40)" in diagnostic.related[0].message


@pytest.mark.parametrize(
    ("cores", "columns", "text"),
    [
        ([5], 4, "core (1, 1)"),
        (range(64), 8, "cores (0, 0)-(7, 7)"),
        ([0, 1, 2, 4], 4, "cores (0, 0)-(2, 0), (0, 1)"),
        ([3, 4], 4, "cores (3, 0), (0, 1)"),
        ([1, 2, 5, 6, 8], 4, "cores (1, 0)-(2, 1), (0, 2)"),
        ([0, 2, 4, 6], 4, "cores (0, 0)-(0, 1), (2, 0)-(2, 1)"),
        ([0, 1, 4, 5, 6, 8, 9], 4, "cores (0, 0)-(1, 0), (0, 1)-(2, 1), (0, 2)-(1, 2)"),
    ],
)
def test_core_ranges(cores, columns, text):
    assert core_ranges(cores, columns) == text
