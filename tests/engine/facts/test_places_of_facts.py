"""Facts of kernels that are not written in one piece: in factories, of helpers of other files, in loops, with pipes."""

from __future__ import annotations

import runpy
import textwrap
from pathlib import Path
from typing import Any

import pytest

from ttlang import ttl, ttnn
from ttlang.engine.facts.compiled_facts import compiled_facts
from ttlang.engine.facts.kernel_facts import KernelFacts, Place
from ttlang.host import TILE_LAYOUT, open_device, zeros

HELPERS = """
from ttlang import ttl


def summed(buffer, count, to):
    for _ in range(count):
        block = buffer.wait()
        to += ttl.math.exp(block)
        block.pop()


def writer(buffer, out):
    @ttl.datamovement()
    def write():
        with buffer.wait() as block:
            ttl.copy(block, out[0, 0]).wait()
"""
SCRIPT = """
from helpers import summed, writer
from ttlang import ttl


def make(depth, decorator):
    @decorator(grid=(1, 1))
    def kernel(x, *, n: int = 3, out):
        x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1), block_count=depth) for t in (x, out))

        @ttl.compute()
        def compute():
            with out_dfb.reserve() as o:
                summed(x_dfb, n, o)

        @ttl.datamovement()
        def read():
            for _ in range(n):
                with x_dfb.reserve() as block:
                    ttl.copy(x[0, 0], block).wait()

        writer(out_dfb, out)

    return kernel
"""


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "helpers.py").write_text(HELPERS)
    (tmp_path / "script.py").write_text(SCRIPT)
    monkeypatch.syspath_prepend(str(tmp_path))
    return runpy.run_path(str(tmp_path / "script.py"))["make"]


def facts_of(kernel: Any) -> KernelFacts:
    device = open_device(device_id=0)
    x, out = (zeros((32, 32), dtype=ttnn.bfloat16, layout=TILE_LAYOUT, device=device) for _ in range(2))
    return compiled_facts(kernel.compile(x, out=out))


def shown(place: Place | None) -> str:
    """The file, and the text from the start of the place to the end of its last line's part."""
    assert place is not None
    lines = Path(place.file).read_text().splitlines()[place.line : place.end_line + 1]
    lines[-1] = lines[-1][: place.end_character]
    lines[0] = lines[0][place.character :]
    return f"{Path(place.file).name}: {lines[0].strip()}"


@pytest.mark.parametrize("decorator", ["kernel", "operation"])
def test_a_kernel_of_a_factory_whose_threads_are_of_another_file(make: Any, decorator: str) -> None:
    facts = facts_of(make(4, getattr(ttl, decorator)))
    assert shown(facts.place) == "script.py: def kernel(x, *, n: int = 3, out):"
    assert [(tensor.name, shown(tensor.place)) for tensor in facts.tensors] == [
        ("x", "script.py: x"),
        ("out", "script.py: out"),
    ]
    assert [(thread.name, thread.kind, shown(thread.place)) for thread in facts.threads] == [
        ("compute", "compute", "script.py: def compute():"),
        ("read", "read", "script.py: def read():"),
        ("write", "write", "helpers.py: def write():"),
    ]
    assert [(block.thread, block.buffer, block.kind, shown(block.place)) for block in facts.blocks] == [
        ("compute", "out_dfb", "reserve", "script.py: out_dfb.reserve()"),
        ("compute", "x_dfb", "wait", "helpers.py: buffer.wait()"),
        ("read", "x_dfb", "reserve", "script.py: x_dfb.reserve()"),
        ("write", "out_dfb", "wait", "helpers.py: buffer.wait()"),
    ]
    assert [buffer.blocks for buffer in facts.buffers if not buffer.made_by_compiler] == [4, 4]
    assert ("helpers.py: ttl.math.exp(block)", "exp") in [(shown(use.place), use.function) for use in facts.functions]


def test_another_call_of_the_factory_has_facts_of_its_own(make: Any) -> None:
    two, four = (facts_of(make(depth, ttl.operation)) for depth in (2, 4))
    assert two.place == four.place
    sizes = [[buffer.bytes for buffer in facts.buffers if not buffer.made_by_compiler] for facts in (two, four)]
    assert [2 * size for size in sizes[0]] == sizes[1]


def test_characters_are_code_points(tmp_path: Path) -> None:
    text = textwrap.dedent(
        """
        from ttlang import ttl

        @ttl.kernel
        def kernel(größe, out):
            ein, aus = (ttl.make_circular_buffer_like(t, shape=(1, 1)) for t in (größe, out))

            @ttl.compute()
            def compute():
                with ein.wait() as 値, aus.reserve() as o:
                    "𝛼𝛽"; o.store(ttl.exp(値))

            @ttl.datamovement()
            def lesen():
                with ein.reserve() as б: ttl.copy(größe[0, 0], б).wait()

            @ttl.datamovement()
            def schreiben():
                with aus.wait() as б: ttl.copy(б, out[0, 0]).wait()
        """
    )
    path = tmp_path / "größe.py"
    path.write_text(text, encoding="utf-8")
    kernel = runpy.run_path(str(path))["kernel"]
    device = open_device(device_id=0)
    tensors = [zeros((32, 32), dtype=ttnn.bfloat16, layout=TILE_LAYOUT, device=device) for _ in range(2)]
    facts = compiled_facts(kernel.compile(*tensors))
    assert [shown(block.place) for block in facts.blocks] == [
        "größe.py: ein.wait()",
        "größe.py: aus.reserve()",
        "größe.py: ein.reserve()",
        "größe.py: aus.wait()",
    ]
    assert [shown(tensor.place) for tensor in facts.tensors] == ["größe.py: größe", "größe.py: out"]
    assert [shown(use.place) for use in facts.functions] == ["größe.py: ttl.exp(値)"]
