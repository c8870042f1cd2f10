"""Integers that differ from call to call, `ttl.RuntimeInt`: nothing is compiled anew, whatever runs the kernel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways, every_way
from tests.support.device_tensors import on_device
from ttlang import ttl, ttnn
from ttlang.backends.ttnn import runner_source
from ttlang.diagnostics import DiagnosticError
from ttlang.driver import compiler
from ttlang.driver.launch import export
from ttlang.frontend.elaboration import elaborate

S, D = 96, 64


@ttl.kernel(grid=(1, 1))
def update(cache, new, pos: ttl.RuntimeInt):
    rows = ttl.make_circular_buffer_like(new, shape=(1, D))

    @ttl.datamovement()
    def read():
        with rows.reserve() as block:
            ttl.copy(new[0:1, :], block).wait()

    @ttl.datamovement()
    def write():
        with rows.wait() as block:
            ttl.copy(block, cache[pos : pos + 1, :]).wait()


@ttl.operation(grid=(2, 1))
def double_some(x, out, count: ttl.RuntimeInt, first: ttl.RuntimeInt = 0):
    """Twice `count` rows of tiles from `first` on, and one more on the second core."""
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
    both = (count, first)

    @ttl.compute()
    def compute():
        for _ in range(count + ttl.node(dims=1)):
            with x_dfb.wait() as a, out_dfb.reserve() as o:
                o.store(a + a)

    @ttl.datamovement()
    def read():
        number, start = both
        column = ttl.node(dims=1)
        for i in range(number + column):
            with x_dfb.reserve() as block:
                ttl.copy(x[start + i, column], block).wait()

    @ttl.datamovement()
    def write():
        column = ttl.node(dims=1)
        row = first
        while row < first + count + column:
            with out_dfb.wait() as block:
                ttl.copy(block, out[row, column]).wait()
            row += 1


def cache_and_row() -> list[Any]:
    return [
        on_device(torch.zeros(S, D).bfloat16(), ttnn.ROW_MAJOR_LAYOUT),
        on_device(torch.ones(1, D).bfloat16(), ttnn.ROW_MAJOR_LAYOUT),
    ]


def test_a_thousand_positions_compile_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"elaborate": 0, "lower": 0}

    def counting(module: Any, name: str) -> None:
        original: Callable[..., Any] = getattr(module, name)

        def count(*args: Any, **kwargs: Any) -> Any:
            counts[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(module, name, count)

    counting(elaborate, "elaborate")
    counting(compiler, "lower")
    cache, row = cache_and_row()
    for turn in range(1000):
        update(cache, row, turn * 5 % S)
    assert counts == {"elaborate": 1, "lower": 1}
    assert torch.equal(ttnn.to_torch(cache), torch.ones(S, D).bfloat16())


def test_each_call_has_its_own() -> None:
    cache, row = cache_and_row()
    with both_ways() as runs:
        for pos in (0, 17, S - 1):
            update(cache, row, pos)
    assert runs == {"0.69": 3, "0.81": 3}
    assert ttnn.to_torch(cache)[:, 0].nonzero().flatten().tolist() == [0, 17, S - 1]


@pytest.mark.parametrize(("count", "first"), [(1, 0), (3, 2), (0, 4)])
def test_loops_of_all_threads(count: int, first: int) -> None:
    values = torch.rand(256, 64).bfloat16()
    x, out = on_device(values), on_device(torch.zeros(256, 64).bfloat16())
    with every_way():
        double_some(x, out, count, first)
    expected = torch.zeros(256, 64).bfloat16()
    for column in range(2):
        rows, columns = slice(32 * first, 32 * (first + count + column)), slice(32 * column, 32 * column + 32)
        expected[rows, columns] = values[rows, columns] * 2
    assert torch.equal(ttnn.to_torch(out), expected)


def test_a_negative_one_and_a_default() -> None:
    @ttl.kernel(grid=(1, 1))
    def place(x, out, back: ttl.RuntimeInt = -3):
        cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            with cb.reserve() as block:
                ttl.copy(x[0, 0], block).wait()

        @ttl.datamovement()
        def write():
            with cb.wait() as block:
                ttl.copy(block, out[-back, 0]).wait()

    x, out = on_device(torch.ones(32, 32).bfloat16()), on_device(torch.zeros(160, 32).bfloat16())
    with every_way():
        place(x, out)
        place(x, out, back=-1)
    assert (ttnn.to_torch(out)[:, 0] == 1).reshape(5, 32).all(1).tolist() == [False, True, False, True, False]


def test_annotations_as_text(load: Callable[[str], Any]) -> None:
    """As all are below `from __future__ import annotations`; what names the type may have another name."""
    text = """
        from __future__ import annotations
        from ttl import RuntimeInt as Position
        import ttl

        @ttl.kernel()
        def kernel(x, pos: {annotation}):
            cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

            @ttl.datamovement()
            def read():
                with cb.reserve() as block:
                    ttl.copy(x[pos, 0], block).wait()
                with cb.wait() as block:
                    ttl.copy(block, x[pos + 1, 0]).wait()
    """
    x = on_device(torch.zeros(96, 32).bfloat16())
    for annotation in ("ttl.RuntimeInt", "'ttl.RuntimeInt'", "missing.RuntimeInt"):
        kernel = load(text.format(annotation=annotation)).kernel
        assert kernel.compile(x, 0) is kernel.compile(x, 1)
    constant = load(text.format(annotation="int")).kernel
    assert constant.compile(x, 0) is not constant.compile(x, 1)


@pytest.mark.parametrize("value", [1.5, "1", None, 2**31, -(2**31) - 1])
def test_what_is_no_integer_of_32_bits(value: Any) -> None:
    cache, row = cache_and_row()
    with pytest.raises(DiagnosticError, match=r"pos is a ttl\.RuntimeInt") as found:
        update(cache, row, value)
    assert found.value.diagnostics[0].code == "TTL0204"


@pytest.mark.parametrize("pos", [-1, S])
def test_a_place_outside_of_the_tensor_is_found_by_the_run(pos: int) -> None:
    cache, row = cache_and_row()
    with pytest.raises(DiagnosticError) as found:
        update(cache, row, pos)
    (diagnostic,) = found.value.diagnostics
    assert diagnostic.code == "TTL0807"
    assert diagnostic.span is not None
    assert "cache[pos : pos + 1, :]" in Path(__file__).read_text().splitlines()[diagnostic.span.line - 1]


@pytest.mark.parametrize(
    "use", ["range(pos)", "pos + 1", "1 - pos", "pos > 2", "bool(pos)", "[0][pos]", "f'{pos:3}'", "-pos"]
)
def test_the_kernel_function_can_not_compute_with_it(load: Callable[[str], Any], use: str) -> None:
    text = f"""
        import ttl

        @ttl.kernel()
        def kernel(x, pos: ttl.RuntimeInt):
            {use}

            @ttl.datamovement()
            def read():
                pass
    """
    with pytest.raises(DiagnosticError, match="pos is known only to a run") as found:
        load(text).kernel(on_device(torch.zeros(32, 32).bfloat16()), 1)
    (diagnostic,) = found.value.diagnostics
    assert diagnostic.code == "TTL0113"
    assert diagnostic.span is not None
    assert diagnostic.span.line == 6


def test_the_runner_takes_it_by_keyword(golden: Callable[..., None]) -> None:
    cache, row = cache_and_row()
    program = update.compile(cache, row, 0).program
    golden(runner_source(program, numbers=[40]), "runner.py.txt")


def test_an_exported_folder(tmp_path: Path) -> None:
    cache, row = cache_and_row()
    paths = export(update.compile(cache, row, 40), [cache, row], tmp_path, numbers=[40])
    texts = {path.name: path.read_text() for path in paths}
    assert "run(tensors, pos=40)" in texts["run_kernel.py"]
    assert "build_program(cache_buffer, new_buffer, /*pos=*/40)" in texts["main.cpp"]
    assert "with_integers(addresses({cache_buffer}), {pos_argument})" in texts["main.cpp"]
    assert "| `write` | `cache` | address of `cache`, `pos` | none |" in texts["README.md"]
