"""What threads print and assert: once for each core that comes by, in an order that is always the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.ttkernel_programs import FILE, Buffer, integers, loop, program, read_block, zeros
from ttlang import ttnn
from ttlang.backends.simulator import run
from ttlang.diagnostics import Diagnostic, DiagnosticError
from ttlang.driver.launch import simulate

Lines = Callable[..., list[str]]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Lines:
    """Runs a program of the given bodies, and returns the lines that it prints."""

    def run_it(**parts: Any) -> list[str]:
        run(program(buffers=(Buffer("x_cb", 4),), **parts), [])
        return capsys.readouterr().out.splitlines()

    return run_it


def test_lines_are_headed_by_core_and_thread(printed: Lines):
    body = 'ttkernel.dprint("at {:3}\\\\n", %c4 : i32)\nttkernel.dprint("{{}}\\\\n")'
    assert printed(read=body, compute=body, grid=(2, 1)) == [
        f"core ({column}, 0), thread '{thread}': {text}"
        for column in (0, 1)
        for thread in ("compute", "read")
        for text in ("at   4", "{}")
    ]


def test_a_line_is_kept_until_it_ends(printed: Lines):
    body = (
        'ttkernel.dprint("a")\n' + loop(3, 'ttkernel.dprint(" {}", %i : i32)') + 'ttkernel.dprint("b\\\\nc\\\\n\\\\nd")'
    )
    head = "core (0, 0), thread 'read':"
    assert printed(read=body) == [f"{head} a 0 1 2b", f"{head} c", f"{head} ", f"{head} d"]


def test_other_threads_do_not_come_between(printed: Lines):
    wait = "ttkernel.cb_wait_front(@x_cb, 1)\nttkernel.cb_pop_front(@x_cb, 1)"
    push = "ttkernel.cb_reserve_back(@x_cb, 1)\nttkernel.cb_push_back(@x_cb, 1)"
    write = f'ttkernel.dprint("waits ")\n{wait}\nttkernel.dprint("no more\\\\n")'
    read = f'ttkernel.dprint("pushes\\\\n")\n{push}'
    assert printed(read=read, write=write) == [
        "core (0, 0), thread 'read': pushes",
        "core (0, 0), thread 'write': waits no more",
    ]


def test_what_was_printed_before_a_mistake_is_shown(capsys: pytest.CaptureFixture[str]):
    body = 'ttkernel.dprint("so far")\nttkernel.cb_push_back(@x_cb, 1)'
    with pytest.raises(DiagnosticError):
        run(program(buffers=(Buffer("x_cb", 4),), read=body), [])
    assert capsys.readouterr().out == "core (0, 0), thread 'read': so far\n"


def test_a_deadlock_prints_nothing_twice(capsys: pytest.CaptureFixture[str]):
    body = 'ttkernel.dprint("waits\\\\n")\nttkernel.cb_wait_front(@x_cb, 1)'
    with pytest.raises(DiagnosticError, match="TTL0801"):
        run(program(buffers=(Buffer("x_cb", 4),), write=body), [])
    assert capsys.readouterr().out == "core (0, 0), thread 'write': waits\n"


def test_a_print_between_transfers(printed: Lines):
    """Loops of transfers run at once; those with a print in them don't."""
    copies = """
    %p = ttkernel.get_write_ptr(@x_cb)
    ttkernel.cb_reserve_back(@x_cb, 4)
    """
    body = loop(4, 'ttkernel.noc_async_read_page(%i, %x, %p)\nttkernel.dprint("{}\\\\n", %i : i32)')
    parts = {"read": copies + body + "ttkernel.noc_async_read_barrier()", "tensors": (("x", 8),)}
    op = program(buffers=(Buffer("x_cb", 4),), **parts)
    run(op, [integers(8)])


# ----------------------------------------------------------------------------------------------------- assertions


def fault(**parts: Any) -> Diagnostic:
    with pytest.raises(DiagnosticError) as caught:
        run(program(buffers=(Buffer("x_cb", 4),), tensors=(("x", 4),), **parts), [zeros(4)])
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def test_an_assertion_that_fails():
    call = 'ttkernel.assert(%p, "{} of {}", %n, %c2 : i32, i32)'
    body = f'%p = arith.cmpi slt, %n, %c2 : i32\n{call} loc("{FILE}":7:16)'
    diagnostic = fault(read=body, core_args={"n": [0, 1, 2, 3]}, grid=(2, 2))
    assert diagnostic.code == "TTL0814"
    assert diagnostic.message == "core (0, 1), thread 'read': the assertion fails: 2 of 2"
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (7, 16)


def test_an_assertion_without_a_text():
    body = '%p = arith.constant false\nttkernel.assert(%p, "")'
    assert fault(compute=body).message == "core (0, 0), thread 'compute': the assertion fails"


def test_assertions_that_hold(printed: Lines):
    """The text, which would divide by zero, is not made."""
    body = """
    %p = arith.cmpi eq, %c0, %n : i32
    %q = arith.divsi %c1, %n : i32
    ttkernel.assert(%p, "{}", %q : i32)
    """
    assert printed(read=body, core_args={"n": [0]}) == []


def test_an_assertion_after_an_unpack(printed: Lines):
    """It fails where it stands, though the unit's work is carried out later."""
    read = read_block("x_cb", "x", 2)
    body = 'ttkernel.cb_wait_front(@x_cb, 2)\n%p = arith.constant false\nttkernel.assert(%p, "")'
    assert fault(read=read, compute=body).code == "TTL0814"


# -------------------------------------------------------------------------------------------------- whole kernels

KERNEL = """
from ttlang import ttl

def checked(r, n):
    print("row", r, "of", n)
    assert 0 <= r < n, f"row {{r}} of {{n}}"
    return r

@ttl.{decorator}(grid=(3, 2))
def kernel(x, out):
    a_cb = ttl.make_circular_buffer_like(x, shape=(1, 2))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 2))
    b_cb = ttl.make_circular_buffer_like(out, shape=(1, 2))
    number = ttl.core(dims=1) * 10

    @ttl.compute()
    def compute():
        {tell}("compute", ttl.core())
        for turn in range(2):
            with a_cb.wait() as a, out_cb.reserve() as o, b_cb.reserve() as b:
                {tell}(turn, a.shape)
                e = ttl.math.exp(a)
                o.store(e)
                if turn == 1:
                    {tell}("half", turn)
                {check} turn < 2, "never"
                b.store(e * a)
        {tell}("done")

    @ttl.datamovement()
    def read():
        x_, y_ = ttl.core()
        {tell}("number", number, "more" if number else "none", end="; ") if number > 30 else {tell}("few")
        turn = 0
        while turn < 2:
            with a_cb.reserve() as block:
                ttl.copy(x[{row}, x_ * 2 : x_ * 2 + 2], block).wait()
            turn += 1

    @ttl.datamovement()
    def write():
        x_, y_ = ttl.core()
        for turn in range(2):
            with out_cb.wait() as block:
                ttl.copy(block, out[y_ * 2 + turn, x_ * 2 : x_ * 2 + 2]).wait()
            with b_cb.wait() as block:
                ttl.copy(block, out[4 + y_ * 2 + turn, x_ * 2 : x_ * 2 + 2]).wait()
"""
SILENT = "(lambda *values, **more: None)"


def kernel_of(load: Any, *, speaks: bool = True, decorator: str = "kernel") -> Any:
    text = KERNEL.replace('number, "more" if number else "none", end', "number, end")
    text = text.format(
        decorator=decorator,
        tell="print" if speaks else "tell",
        check="assert" if speaks else "hold =",
        row="checked(y_ * 2 + turn, 4)" if speaks else "y_ * 2 + turn",
    )
    return load(f"def tell(*values, end=''): pass\n{text}").kernel


def on_device(values: torch.Tensor) -> Any:
    device = ttnn.open_device(device_id=0)
    return ttnn.from_torch(values.bfloat16(), layout=ttnn.TILE_LAYOUT, device=device)


def tensors() -> list[Any]:
    values = torch.linspace(-1, 1, 4 * 6 * 1024).reshape(4 * 32, 6 * 32).bfloat16()
    return [on_device(values), on_device(torch.zeros(8 * 32, 6 * 32))]


@pytest.mark.parametrize("decorator", ["kernel", "operation"])
def test_every_core_prints_once(decorator: str, load: Any, capsys: pytest.CaptureFixture[str]):
    given = tensors()
    compiled = kernel_of(load, decorator=decorator).compile(*given)
    simulate(compiled, given)
    lines = capsys.readouterr().out.splitlines()
    for y in range(2):
        for x in range(3):
            head = f"core ({x}, {y}), thread "
            of_core = [line.removeprefix(head) for line in lines if line.startswith(head)]
            # In the edition of 2026 the last coordinate counts fastest.
            number = (2 * x + y if decorator == "operation" else 3 * y + x) * 10
            few = [] if number > 30 else ["'read': few"]
            many = f"number {number}; " if number > 30 else ""
            assert [line for line in of_core if line.startswith("'read'")] == [
                *few,
                f"'read': {many}row {y * 2} of 4",
                f"'read': row {y * 2 + 1} of 4",
            ]
            assert [line for line in of_core if line.startswith("'compute'")] == [
                f"'compute': compute ({x}, {y})",
                "'compute': 0 (1, 2)",
                "'compute': 1 (1, 2)",
                "'compute': half 1",
                "'compute': done",
            ]
    simulate(compiled, tensors())
    assert capsys.readouterr().out.splitlines() == lines
    for seed in range(5):
        simulate(compiled, tensors(), seed=seed, statistics=True)
        shuffled = capsys.readouterr().out.splitlines()
        assert sorted(shuffled) == sorted(lines)


def test_prints_and_assertions_change_nothing_else(load: Any, capsys: pytest.CaptureFixture[str]):
    """Not a number, not a call on the unit: the same sections, inits and packs."""
    found = []
    for speaks in (True, False):
        given = tensors()
        result = simulate(kernel_of(load, speaks=speaks).compile(*given), given, statistics=True)
        assert result.statistics is not None
        totals = {name: result.statistics.total(name) for name in ("tiles", "inits", "packs", "sections", "unpacks")}
        found.append((totals, result.counts, ttnn.to_torch(given[1])))
        assert bool(capsys.readouterr().out) is speaks
    assert found[0][:2] == found[1][:2]
    assert torch.equal(found[0][2], found[1][2])


def test_a_failing_assertion_of_a_kernel(load: Any):
    text = """
    from ttlang import ttl

    def row_of(r, n):
        assert r < n and n > 0, f"row {r} of {n}, {ttl.core()}"
        return r

    @ttl.kernel(grid=(4, 1))
    def kernel(x):
        cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            column, _ = ttl.core()
            with cb.reserve() as block:
                ttl.copy(x[row_of(column, 2), 0], block).wait()

        @ttl.datamovement()
        def write():
            with cb.wait() as block:
                ttl.copy(block, x[ttl.core()[0], 1]).wait()
    """
    x = on_device(torch.zeros(4 * 32, 64))
    with pytest.raises(DiagnosticError) as caught:
        load(text).kernel(x)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "TTL0814"
    assert re.fullmatch(
        r"core \(2, 0\), thread 'read': the assertion fails: row 2 of 2, \(2, 0\)", diagnostic.message
    ), diagnostic.message
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (5, 12)


def test_messages_in_the_bodies_of_pipes(load: Any, capsys: pytest.CaptureFixture[str]):
    text = """
    from ttlang import ttl

    @ttl.kernel(grid=(3, 1))
    def kernel(x):
        cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
        to_first = [ttl.Pipe(src_core=(c, 0), dst_core=(0, 0)) for c in (1, 2)]
        parts_cb = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=2)

        @ttl.datamovement()
        def read():
            with cb.reserve() as block:
                ttl.copy(x[0, ttl.core()[0]], block).wait()

            def receive(pipe):
                assert pipe.dst[0] == 0, pipe.dst
                print("from", pipe.src)
                with parts_cb.reserve() as block:
                    ttl.copy(pipe, block).wait()

            ttl.if_pipe_dst(to_first, receive)

        @ttl.datamovement()
        def write():
            with cb.wait() as block:
                def send(pipe):
                    print("to", pipe.dst, "from", pipe.src[0])
                    ttl.copy(block, pipe).wait()

                ttl.if_pipe_src(to_first, send)
            if ttl.core()[0] == 0:
                for i in range(2):
                    with parts_cb.wait() as part:
                        ttl.copy(part, x[1, i]).wait()
    """
    values = torch.arange(64 * 96).reshape(64, 96).bfloat16()
    x = on_device(values)
    load(text).kernel(x)
    assert sorted(capsys.readouterr().out.splitlines()) == [
        "core (0, 0), thread 'read': from (1, 0)",
        "core (0, 0), thread 'read': from (2, 0)",
        "core (1, 0), thread 'write': to (0, 0) from 1",
        "core (2, 0), thread 'write': to (0, 0) from 2",
    ]
    assert torch.equal(ttnn.to_torch(x)[32:, :64], values[:32, 32:])
