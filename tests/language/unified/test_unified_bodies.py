"""Operations that decorate no threads: which statements are run, which become threads, and what is wrong with some."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ttlang.host as ttnn
from tests.support.both_ways import both_ways, every_way
from tests.support.kernel_texts import compile_kernel, load
from ttlang.analysis.locations import span_of
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttkernel, ttl
from ttlang.driver.universe import make_context
from ttlang.transforms.ttl_split_threads import TTLSplitThreadsPass

MAKE = """
def kernel(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
"""
READ = "with x_dfb.reserve() as block: ttl.copy(x[{0}, 0], block).wait()"
COMPUTE = "with x_dfb.wait() as v, out_dfb.reserve() as o: o.store(v * 2)"
WRITE = "with out_dfb.wait() as block: ttl.copy(block, out[{0}, 0]).wait()"


def kernel(*statements: str) -> Callable[..., Any]:
    return load(MAKE + textwrap.indent("\n".join(statements), "    "))


def split(function: Callable[..., Any], **more: Any) -> dict[str, ttl.ThreadOp]:
    """The threads of a kernel, by name."""
    module = compile_kernel(function, edition="2026", **more).module
    TTLSplitThreadsPass().apply(make_context(), module)
    module.verify()
    (op,) = module.ops
    assert isinstance(op, ttl.KernelOp)
    return {thread.sym_name.data: thread for thread in op.threads}


def lines(thread: ttl.ThreadOp) -> set[int]:
    """The lines of the body, from 1, of what a thread does; those of `MAKE` are not counted."""
    found = [span_of(op) for op in thread.walk() if isinstance(op, ttl.EffectOp)]
    return {span.line - MAKE.count("\n") for span in found if span is not None}


def test_each_statement_goes_to_its_thread() -> None:
    threads = split(kernel(READ.format(0), COMPUTE, WRITE.format(0)))
    assert {name: lines(thread) for name, thread in threads.items()} == {"compute": {2}, "read": {1}, "write": {3}}


def test_loops_are_in_each_thread_that_needs_them() -> None:
    body = ["for i in range(4):", *(f"    {line}" for line in (READ.format("i"), COMPUTE, WRITE.format("i")))]
    threads = split(kernel(*body))
    loops = {name: [op for op in thread.walk() if op.name == "scf.for"] for name, thread in threads.items()}
    assert {name: len(found) for name, found in loops.items()} == {"compute": 1, "read": 1, "write": 1}


def test_what_a_loop_carries_is_in_the_threads_that_need_it() -> None:
    body = """
    row, turns = 0, 0
    while row < 8:
        with x_dfb.reserve() as block: ttl.copy(x[row, 0], block).wait()
        with x_dfb.wait() as v, out_dfb.reserve() as o: o.store(v * 2)
        with out_dfb.wait() as block: ttl.copy(block, out[turns, 0]).wait()
        row += 2
        turns += 1
    """
    threads = split(load(MAKE + body))
    carried = {
        name: len(next(op for op in thread.walk() if op.name in ("scf.while", "scf.for")).operands)
        for name, thread in threads.items()
    }
    assert carried["write"] > carried["read"] == carried["compute"]


def test_a_number_for_a_message_stays_beside_the_copy() -> None:
    threads = split(kernel("for i in range(4):", f'    print("row", i)\n    {READ.format("i")}', f"    {COMPUTE}"))
    printing = [name for name, thread in threads.items() if any(isinstance(op, ttl.PrintOp) for op in thread.walk())]
    assert printing == ["read"]


LOOPS_APART = """
def kernel(x, y, out):
    rows = 6
    x_dfb, y_dfb, out_dfb = [ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, y, out)]
    for i in range(rows):
        with x_dfb.reserve() as block:
            ttl.copy(x[i, 0], block).wait()
    for i in range(rows):
        with y_dfb.reserve() as block:
            ttl.copy(y[i, 0], block).wait()
    with out_dfb.reserve() as o:
        for i in range(rows):
            with x_dfb.wait() as a, y_dfb.wait() as b:
                o += a + b
    with out_dfb.wait() as block:
        ttl.copy(block, out[0, 0]).wait()
"""


def test_loops_that_would_wait_for_each_other_in_one_thread_are_dealt_out_otherwise() -> None:
    """x and y are read by loops of their own, of more turns than there is room: one thread can't run them in turn."""
    threads = split(load(LOOPS_APART))
    reads = {
        name: [op for op in thread.walk() if isinstance(op, ttl.CopyOp) and op.direction is ttl.Direction.READ]
        for name, thread in threads.items()
    }
    assert {name: len(found) for name, found in reads.items()} == {"compute": 0, "read": 1, "write": 1}


def ones(rows: int, device: Any) -> Any:
    values = np.arange(rows * 32, dtype=np.float32).reshape(rows, 32)
    return ttnn.from_torch(values, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)


def close(got: np.ndarray, wanted: np.ndarray) -> None:
    """Within the rounding of a sum of bfloat16."""
    np.testing.assert_allclose(got, wanted, rtol=0.03)


SCRIPTS = {
    "loops apart": (LOOPS_APART, 3, lambda got, x, y: close(got[0], x[:6].sum(axis=0) + y[:6].sum(axis=0))),
    "handles kept, and released by hand": (
        """
        def kernel(x, out):
            x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
            out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
            for i in range(8):
                block = x_dfb.reserve()
                h = ttl.copy(x[i, 0], block)
                h.wait()
                block.push()
                v = x_dfb.wait()
                o = out_dfb.reserve()
                if i % 2 == 0:
                    o.store(v * 2)
                else:
                    o.store(-v)
                v.pop()
                o.push()
                block = out_dfb.wait()
                h = ttl.copy(block, out[i, 0])
                h.wait()
                block.pop()
        """,
        2,
        lambda got, x: [np.testing.assert_array_equal(got[i], x[i] * (-1 if i % 2 else 2)) for i in range(8)],
    ),
    "a sum over a loop that is left": (
        """
        def kernel(x, out):
            x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
            out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
            for row in range(4):
                with out_dfb.reserve() as o:
                    k = 0
                    while True:
                        if k == row:
                            break
                        with x_dfb.reserve() as block:
                            ttl.copy(x[k, 0], block).wait()
                        with x_dfb.wait() as v:
                            o += v
                        k += 1
                    o += 1
                with out_dfb.wait() as block:
                    ttl.copy(block, out[row, 0]).wait()
        """,
        2,
        lambda got, x: [close(got[row], x[:row].sum(axis=0) + 1) for row in range(4)],
    ),
    "names that a comprehension, a lambda and a function have for themselves": (
        """
        def kernel(x, out):
            dfbs = {i: ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for i, t in enumerate((x, out))}
            net = ttl.PipeNet([ttl.Pipe((block, 0), (v, 0)) for block in range(1) for v in (block,)])
            sent = (lambda t: ttl.make_dataflow_buffer_like(t, shape=(1, 1)))(x)

            def times(v, factor=2):
                block = v * factor
                return block

            for i in range(3):
                with sent.reserve() as block:
                    ttl.copy(x[i, 0], block).wait()
                with sent.wait() as t:
                    net.if_src(lambda v: ttl.copy(t, v).wait())
                with dfbs[0].reserve() as block:
                    net.if_dst(lambda t: ttl.copy(t, block).wait())
                with dfbs[0].wait() as v, dfbs[1].reserve() as o:
                    o.store(times(v))
                with dfbs[1].wait() as block:
                    ttl.copy(block, out[i, 0]).wait()
        """,
        2,
        lambda got, x: np.testing.assert_array_equal(got[:3], x[:3] * 2),
    ),
    "helpers that do the work": (
        """
        def load(x, i, dfb):
            with dfb.reserve() as block:
                ttl.copy(x[i, 0], block).wait()

        def double(source, target):
            with source.wait() as v, target.reserve() as o:
                o.store(v * 2)

        def buffers(*tensors):
            return [ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in tensors]

        def kernel(x, out):
            x_dfb, out_dfb = buffers(x, out)
            load(x, 0, x_dfb)
            load(x, 1, x_dfb)
            double(x_dfb, out_dfb)
            double(x_dfb, out_dfb)
            for i in range(2):
                with out_dfb.wait() as block:
                    ttl.copy(block, out[i, 0]).wait()
        """,
        2,
        lambda got, x: np.testing.assert_array_equal(got[:2], x[:2] * 2),
    ),
    "numbers that change between statements": (
        """
        def kernel(x, out):
            x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
            first = 1
            row, count = first, 0
            with x_dfb.reserve() as block:
                ttl.copy(x[row, 0], block).wait()
            with x_dfb.wait() as block:
                ttl.copy(block, out[count, 0]).wait()
            row = 3
            count += 1
            with x_dfb.reserve() as block:
                ttl.copy(x[row, 0], block).wait()
            with x_dfb.wait() as block:
                ttl.copy(block, out[count, 0]).wait()
        """,
        2,
        lambda got, x: np.testing.assert_array_equal(got[:2], x[[1, 3]]),
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("decorator", ["kernel", "operation"])
def test_it_runs(name: str, decorator: str) -> None:
    from ttlang import ttl as language

    text, count, expected = SCRIPTS[name]
    op = getattr(language, decorator)(grid=(1, 1))(load(textwrap.dedent(text)))
    device = ttnn.open_device(device_id=0)
    *given, out = [ones(256, device) for _ in range(count)]
    with both_ways() as emitted:
        op(*given, out)
    assert len(emitted) == 2
    values = [ttnn.to_numpy(tensor).astype(np.float32) for tensor in given]
    got = ttnn.to_numpy(out).astype(np.float32)
    expected(got.reshape(8, 32, 32), *(each.reshape(8, 32, 32) for each in values))


# For each mistake its code, and the statements; `«` marks where it is reported.
MISTAKES = {
    "a block is stored and copied": (
        "TTL0240",
        [
            READ.format(0),
            "with x_dfb.wait() as v, «out_dfb.reserve() as o:",
            "    o.store(v)\n    ttl.copy(o, out[0, 0])",
        ],
    ),
    "a value is copied": (
        "TTL0501",
        [READ.format(0), "with x_dfb.wait() as v:", "    «ttl.copy(v + v, out[0, 0]).wait()"],
    ),
    "a buffer is made in a loop": (
        "TTL0241",
        ["for i in range(2):", "    y = «ttl.make_dataflow_buffer_like(x, shape=(1, 1))\n    y.reserve()"],
    ),
    "a pipe is made from coordinates": (
        "TTL0241",
        ["column, row = ttl.node()", "p = «ttl.Pipe(src=(column, 0), dst=(0, 0))", READ.format(0)],
    ),
    "a name gets another buffer": (
        "TTL0241",
        ["y_dfb = «ttl.make_dfb('bf16', shape=(1, 1))", "y_dfb.reserve()", "y_dfb = ttl.make_dfb('bf16', (2, 1))"],
    ),
    "a list grows": ("TTL0102", ["rows = [0]", READ.format("rows[-1]"), "«rows.append(1)", READ.format("rows[-1]")]),
    "something is returned": ("TTL0101", [READ.format(0), "«return x"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str) -> None:
    code, statements = MISTAKES[name]
    text = MAKE + textwrap.indent("\n".join(statements), "    ")
    marked = next(i for i, line in enumerate(text.splitlines(), 1) if "«" in line)
    column = text.splitlines()[marked - 1].index("«") + 1
    found = _problems(load(text.replace("«", "")))
    assert (found[0].code, found[0].span.line, found[0].span.column) == (code, marked, column)


def test_what_is_computed_is_named() -> None:
    found = _problems(kernel("column, row = ttl.node()", "p = ttl.Pipe(src=(column, row), dst=(0, 0))", READ.format(0)))
    assert found[0].message.endswith("with column and row, which are computed here")


def _problems(function: Callable[..., Any]) -> Any:
    try:
        split(function)
    except DiagnosticError as found:
        return found.diagnostics
    raise AssertionError("nothing is wrong")


def test_plan_shows_the_threads() -> None:
    from ttlang import ttl as language

    op = language.operation(grid=(1, 1))(load(LOOPS_APART))
    device = ttnn.open_device(device_id=0)
    plan = op.compile(*(ones(256, device) for _ in range(3))).plan()
    assert "threads, dealt out of kernel:" in plan
    (line,) = (line for line in plan.splitlines() if line.startswith("  compute"))
    assert line.endswith(":11, 13-14")


def test_the_ir_has_one_thread_before_the_passes() -> None:
    (op,) = compile_kernel(load(LOOPS_APART), edition="2026").module.ops
    assert isinstance(op, ttl.KernelOp)
    assert [type(thread) for thread in op.threads] == [ttl.UnifiedThreadOp]
    assert not [each for each in op.walk() if isinstance(each, ttkernel.KernelOp)]


def test_a_release_says_its_thread() -> None:
    """Nothing uses the block that is waited for: its release tells that the compute thread has it."""
    body = ["k = ttl.Kernel(ttl.KernelKind.COMPUTE)", READ.format(0), "v = x_dfb.wait()\nv.pop(kernel=k)"]
    threads = split(kernel(*body))
    assert {name: any(isinstance(op, ttl.CBPopOp) for op in each.walk()) for name, each in threads.items()} == {
        "compute": True,
        "read": False,
    }


HANDLES = {
    "two of compute": ["a = ttl.Kernel(ttl.KernelKind.COMPUTE)", "b = «ttl.Kernel(ttl.KernelKind.COMPUTE)"],
    "no kind": ["a = «ttl.Kernel('compute')"],
    "no handle": [READ.format(0), "v = x_dfb.wait()", "«v.pop(kernel=5)"],
    "of the other kind": [
        "@ttl.compute(kernel=ttl.PIPE_SOURCE_KERNEL)\n«def compute(): pass",
    ],
    "of two threads": [
        "k = ttl.Kernel(ttl.KernelKind.DATA_MOVEMENT)",
        "@ttl.datamovement(kernel=k)\ndef read(): pass",
        "@ttl.datamovement(kernel=k)\ndef write(): pass",
    ],
    "in a thread of another kind": [
        "@ttl.compute()\ndef compute():\n    v = x_dfb.wait()\n    «v.pop(kernel=ttl.PIPE_SOURCE_KERNEL)",
    ],
}


@pytest.mark.parametrize("name", HANDLES)
def test_handles_that_do_not_fit(name: str) -> None:
    text = MAKE + textwrap.indent("\n".join(HANDLES[name]), "    ")
    marked = next((i for i, line in enumerate(text.splitlines(), 1) if "«" in line), None)
    (found, *_) = _problems(load(text.replace("«", "")))
    assert found.code == "TTL0243"
    if marked is not None and "def" not in text.splitlines()[marked - 1]:
        assert found.span.line == marked


SUM = """
def kernel(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
    for row in range(2):
        total = ttl.block.fill(0, shape=(1, 1))
        for k in range(4):
            with x_dfb.reserve() as block:
                ttl.copy(x[row * 4 + k, 0], block).wait()
            with x_dfb.wait() as v:
                total = total + v
                print("k", k, thread="math")
        with out_dfb.reserve() as o:
            o.store(total)
        with out_dfb.wait() as block:
            print(block)
            ttl.copy(block, out[row, 0]).wait()
"""


def test_values_that_loops_carry_are_in_the_compute_thread(capsys: pytest.CaptureFixture[str]) -> None:
    from ttlang import ttl as language

    threads = split(load(SUM))
    carrying = [name for name, thread in threads.items() if "iter_args" in str(thread)]
    assert carrying == ["compute"]
    shown = [name for name, each in threads.items() if any(isinstance(op, ttl.PrintBlockOp) for op in each.walk())]
    assert shown == ["write"]
    device = ttnn.open_device(device_id=0)
    x, out = ones(256, device), ones(256, device)
    with every_way():
        language.operation(grid=(1, 1))(load(SUM))(x, out)
    got, given = (ttnn.to_numpy(tensor).astype(np.float32).reshape(8, 32, 32) for tensor in (out, x))
    close(got[:2], given.reshape(2, 4, 32, 32).sum(axis=1))
    assert "k 3" in capsys.readouterr().out


LEFT_OPEN = """
def kernel(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
    for row in range(8):
        block = x_dfb.reserve()
        ttl.copy(x[row, 0], block)
        v = x_dfb.wait()
        o = out_dfb.reserve()
        o.store(v * 2)
        block = out_dfb.wait()
        ttl.copy(block, out[row, 0])
"""


def test_releases_and_waits_are_left_to_the_compiler() -> None:
    from ttlang import ttl as language

    device = ttnn.open_device(device_id=0)
    x, out = ones(256, device), ones(256, device)
    with every_way():
        language.operation(grid=(1, 1))(load(LEFT_OPEN))(x, out)
    assert np.array_equal(ttnn.to_numpy(out), ttnn.to_numpy(x) * 2)


MULTICAST = """
down = ttl.PipeNet([ttl.Pipe(src=(0, 0), dst=(0, slice(1, 4)))])

def kernel(x, out):
    sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    received = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    results = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    column, row = ttl.node()

    def send(pipe):
        with sent.reserve() as block:
            ttl.copy(x[turn, 0], block).wait()
            ttl.copy(block, pipe).wait()

    for turn in range(2):
        down.if_src(send)
        if down.is_dst():
            with received.reserve() as block:
                down.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
            with received.wait() as v, results.reserve() as o:
                o.store(v + v)
            with results.wait() as block:
                ttl.copy(block, out[row * 2 + turn, 0]).wait()
"""


def test_sends_have_a_thread_of_their_own() -> None:
    from ttlang import ttl as language

    assert set(split(load(MULTICAST), grid=(1, 4))) == {"compute", "read", "send"}
    device = ttnn.open_device(device_id=0)
    x, out = ones(256, device), ones(256, device)
    with both_ways() as emitted:
        language.operation(grid=(1, 4))(load(MULTICAST))(x, out)
    assert len(emitted) == 2
    got, given = (ttnn.to_numpy(tensor).astype(np.float32).reshape(8, 32, 32) for tensor in (out, x))
    for row in range(1, 4):
        np.testing.assert_array_equal(got[row * 2 : row * 2 + 2], given[:2] * 2)
