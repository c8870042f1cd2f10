"""What the tests of the front end share: stand-ins for tensors, and kernels from text."""

from __future__ import annotations

import itertools
import linecache
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from ttlang import language as ttl
from ttlang.analysis.dominance import check_dominance
from ttlang.diagnostics import Diagnostic, DiagnosticError
from ttlang.frontend.elaboration.elaborate import Elaboration, elaborate
from ttlang.frontend.elaboration.kernel_to_ttl import FrontEndResult, build_module
from ttlang.tables.chips import WORMHOLE_B0
from ttlang.tables.editions import EDITIONS


class MemoryConfig:
    """As much of `ttnn.MemoryConfig` as the front end reads."""

    def __init__(self, buffer_type: str = "DRAM", memory_layout: str = "INTERLEAVED"):
        self.buffer_type = f"BufferType.{buffer_type}"
        self.memory_layout = f"TensorMemoryLayout.{memory_layout}"


class StandIn:
    """As much of `ttnn.Tensor` as the front end reads."""

    def __init__(
        self,
        *shape: int,
        dtype: str = "bfloat16",
        layout: str = "TILE",
        memory: str = "DRAM",
        memory_layout: str = "INTERLEAVED",
    ):
        self.shape = shape
        self.dtype = f"DataType.{dtype.upper()}"
        self.layout = f"Layout.{layout}"
        self._config = MemoryConfig(memory, memory_layout)

    def memory_config(self) -> MemoryConfig:
        return self._config


def tensor(rows: int = 8, columns: int = 8, **more: Any) -> StandIn:
    """A tensor of so many tiles."""
    return StandIn(rows * 32, columns * 32, **more)


def compile_kernel(
    function: Callable[..., Any], *arguments: Any, grid: Sequence[int] = (1, 1), edition: str = "2025"
) -> FrontEndResult:
    """The front end's result, verified. `arguments`: by default a tensor of 8x8 tiles for each parameter."""
    result = build_module(elaborated(function, *arguments, grid=grid, edition=edition))
    result.module.verify()
    check_dominance(result.module)
    return result


def elaborated(
    function: Callable[..., Any], *arguments: Any, grid: Sequence[int] = (1, 1), edition: str = "2025"
) -> Elaboration:
    count = function.__code__.co_argcount
    given = [*arguments, *(tensor() for _ in range(count - len(arguments)))]
    return elaborate(function, given, grid=grid, arch=WORMHOLE_B0, edition=EDITIONS[edition])


def ir_of(function: Callable[..., Any], *arguments: Any, **more: Any) -> str:
    return str(compile_kernel(function, *arguments, **more).module)


def errors_of(function: Callable[..., Any], *arguments: Any, **more: Any) -> tuple[Diagnostic, ...]:
    """What is wrong with a kernel that does not compile."""
    try:
        compile_kernel(function, *arguments, **more)
    except DiagnosticError as found:
        return found.diagnostics
    raise AssertionError("the kernel compiles")


_count = itertools.count()


def load(text: str, name: str = "kernel", **names: Any) -> Any:
    """Runs the text of a module whose source only `linecache` knows, and returns one of its names."""
    text = textwrap.dedent(text)
    file = f"<test source {next(_count)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"ttl": ttl, "__name__": "test_source", **names}
    exec(compile(text, file, "exec"), namespace)
    return namespace[name]


KERNEL = """
import math

def kernel(x, y, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    y_cb = ttl.make_circular_buffer_like(y, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))
    size = 4

    @ttl.compute()
    def compute():
{compute}

    @ttl.datamovement()
    def read():
{read}
"""
"""A kernel in which a test fills in the threads."""


def kernel_text(*, compute: str = "pass", read: str = "pass", before: str = "") -> str:
    def indented(text: str) -> str:
        return textwrap.indent(textwrap.dedent(text).strip("\n"), " " * 8)

    return textwrap.dedent(before) + KERNEL.format(compute=indented(compute), read=indented(read))


def find_mark(text: str) -> tuple[str, tuple[int, int]]:
    """The text without the mark `«`, and the line and column where it stood."""
    head, _, tail = text.partition("«")
    return head + tail, (head.count("\n") + 1, len(head) - head.rfind("\n"))
