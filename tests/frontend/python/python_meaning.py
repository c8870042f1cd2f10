"""Threads mean what Python means: how a test compares the two."""

from __future__ import annotations

from tests.frontend.python.tracing import PythonTensor, Trace, python_language, told_to, trace_ir
from tests.support.kernel_texts import compile_kernel, kernel_text, load
from ttlang.dialects import ttl

OUT = """
def out(i):
    blk = x_cb.reserve()
    ttl.copy(x[i % 8, 0], blk).wait()
    blk.push()
"""
"""What the programs below show their numbers with."""


def run_python(text: str, core: tuple[int, int], grid: tuple[int, int], parameters: str = "x y out") -> Trace:
    """The trace of the thread `read`, run by Python."""
    trace: Trace = []
    language = python_language(grid, core, trace)

    def print_(*values: object, sep: str | None = " ", end: str | None = "\n") -> None:
        text = (" " if sep is None else sep).join(map(str, values)) + ("\n" if end is None else end)
        if text:
            trace.append(("print", text))

    function = load(text, ttl=language, print=print_)
    function(*(PythonTensor(name, 8, 8) for name in parameters.split()))
    thread = language.threads["read"]
    for name, cell in zip(thread.__code__.co_freevars, thread.__closure__ or (), strict=True):
        if hasattr(cell.cell_contents, "acquire"):
            cell.cell_contents.name = name
    with told_to(trace):
        thread()
    return trace


def check_meaning(body: str, *, grid: tuple[int, int] = (2, 3), before: str = "", kernel: str = "") -> str:
    """A thread's IR does on every core what Python does when it runs it. Returns the IR."""
    text = kernel or kernel_text(read=OUT + body, before=before)
    result = compile_kernel(load(text), grid=grid)
    op = result.module.body.block.first_op
    assert isinstance(op, ttl.KernelOp)
    for core in [(x, y) for y in range(grid[1]) for x in range(grid[0])]:
        expected = run_python(text, core, grid)
        assert trace_ir(op, "read", core) == expected, core
    return str(result.module)
