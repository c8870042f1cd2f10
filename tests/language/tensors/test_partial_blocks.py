"""Slices of tensors in tiles that pass the end (`pad=True`): reads give 0 there, and what is written is left out."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.dialects.builtin import ModuleOp

from tests.backends.cpp.programs import parse_module
from tests.language.tensors.shard_kernels import Load, config
from tests.support.both_ways import every_way
from tests.support.device_tensors import on_device
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError, TTLangWarning
from ttlang.dialects.ttl import KernelOp
from ttlang.driver.compiler import lower, print_ir
from ttlang.driver.stated_options import stated_options
from ttlang.settings.options import CompileOptions
from ttlang.tables.chips import CHIPS


def texts(kernel: Any, *tensors: Any) -> dict[str, str]:
    """The C++ of the threads."""
    return kernel.compile(*tensors).cpp()


# ------------------------------------------------------------------------------------------------------------ moves

MOVE = """
from ttlang import ttl

@ttl.operation(grid=(1, 1), pad=True)
def move(x, out):
    dfb = ttl.make_dataflow_buffer_like(x, shape={block})

    @ttl.datamovement()
    def read():
        {loop}
            with dfb.reserve() as block:
                ttl.copy(x[{source}], block).wait()

    @ttl.datamovement()
    def write():
        {loop}
            with dfb.wait() as block:
                ttl.copy(block, out[{target}]).wait()
"""


def moved(values: torch.Tensor, block: tuple[int, ...], out: tuple[int, ...]) -> torch.Tensor:
    """A block's worth of values, filled up with zeros, as much of it as fits a tensor of this shape."""
    sizes = [extent * unit for extent, unit in zip(block, (*(1 for _ in block[2:]), 32, 32), strict=True)]
    whole = torch.zeros(sizes)
    whole[tuple(slice(n) for n in values.shape)] = values
    result = torch.full(out, 7.0)
    inside = tuple(slice(min(a, b)) for a, b in zip(out, sizes, strict=True))
    result[inside] = whole[inside]
    return result


@pytest.mark.parametrize(
    ("shape", "block", "out"),
    [
        pytest.param((3, 5), (4, 4), (4, 4), id="rows end"),
        pytest.param((3, 5), (2, 8), (3, 8), id="columns end"),
        pytest.param((3, 5), (4, 8), (4, 8), id="both end"),
        pytest.param((3, 5), (4, 8), (2, 6), id="and again"),
        pytest.param((1, 1), (2, 2), (1, 2), id="one tile"),
    ],
)
@pytest.mark.parametrize("dtype", [ttnn.bfloat16, ttnn.float32, ttnn.bfloat8_b, ttnn.bfloat4_b, ttnn.int32])
def test_constant_places(
    load: Load, shape: tuple[int, int], block: tuple[int, int], out: tuple[int, int], dtype: Any
) -> None:
    values = torch.randint(1, 5, (32 * shape[0], 32 * shape[1])).float()
    x = on_device(values, dtype=dtype)
    target = on_device(torch.full((32 * out[0], 32 * out[1]), 7.0), dtype=dtype)
    rows, columns = block
    part = f"0:{rows}, 0:{columns}"
    with every_way():
        load(MOVE.format(block=block, loop="if True:", source=part, target=part)).move(x, target)
    wanted = moved(values[: 32 * rows, : 32 * columns], block, tuple(target.shape))
    assert torch.equal(ttnn.to_torch(target).float(), wanted)


sizes = st.integers(1, 4)


@settings(max_examples=25, deadline=None)
@given(st.tuples(sizes, sizes), st.tuples(sizes, sizes), st.integers(0, 5), st.integers(0, 5), st.booleans())
def test_any_place(shape: tuple[int, int], block: tuple[int, int], row: int, column: int, of_the_run: bool) -> None:
    """A block that lies outside altogether is all zeros, and nothing of it is written."""
    (bm, bn), (height, width) = block, (32 * shape[0], 32 * shape[1])

    def window(t: Any, r: Any, c: Any) -> Any:
        return t[r : r + bm, c : c + bn]

    @ttl.operation(grid=(1, 1), pad=True)
    def there_and_back(x, seen, out, r: ttl.RuntimeInt, c: ttl.RuntimeInt):
        dfb = ttl.make_dataflow_buffer_like(x, shape=block)
        y, z = (r, c) if of_the_run else (row, column)

        @ttl.datamovement()
        def read():
            for _ in range(2):
                with dfb.reserve() as b:
                    ttl.copy(x[y : y + bm, z : z + bn], b).wait()

        @ttl.datamovement()
        def write():
            with dfb.wait() as b:
                ttl.copy(b, seen[0:bm, 0:bn]).wait()
            with dfb.wait() as b:
                ttl.copy(b, out[y : y + bm, z : z + bn]).wait()

    values = torch.arange(1.0, height * width + 1).reshape(height, width)
    x, seen, out = (
        on_device(v, dtype=ttnn.float32) for v in (values, torch.ones(32 * bm, 32 * bn), torch.full(values.shape, -1.0))
    )
    there_and_back(x, seen, out, row, column)
    part = values[32 * row : 32 * (row + bm), 32 * column : 32 * (column + bn)]
    assert torch.equal(ttnn.to_torch(seen), moved(part, block, (32 * bm, 32 * bn)))
    wanted = torch.full(values.shape, -1.0)
    wanted[32 * row : 32 * (row + bm), 32 * column : 32 * (column + bn)] = part
    assert torch.equal(ttnn.to_torch(out), wanted)


def test_more_dimensions(load: Load) -> None:
    values = torch.randn(3, 5, 96, 64).bfloat16()
    out = on_device(torch.full((3, 5, 96, 64), 7.0).bfloat16())
    places = "2 * (i // 12)", "2 * (i // 4 % 3)", "2 * (i // 2 % 2)"
    part = ", ".join([*(f"{place}:{place} + 2" for place in places), "i % 2"])
    text = MOVE.format(block=(2, 2, 2, 1), loop="for i in range(24):", source=part, target=part)
    with every_way():
        load(text).move(on_device(values), out)
    assert torch.equal(ttnn.to_torch(out), values)


# --------------------------------------------------------------------------------------------------------- kernels

MATMUL = """
from ttlang import ttl

@ttl.operation(grid={grid}, pad=True)
def matmul(a, b, out):
    bm, bk, bn = {blocks}
    rows, inner, columns = (-(-n // (32 * size)) for n, size in ((a.shape[0], bm), (a.shape[1], bk), (b.shape[1], bn)))
    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(bm, bk))
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(bk, bn))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(bm, bn))
    cores = ttl.grid_size(dims=1)

    @ttl.datamovement()
    def read():
        for number in range(ttl.node(dims=1), rows * columns, cores):
            r, c = number // columns * bm, number % columns * bn
            for k in range(0, inner * bk, bk):
                with a_dfb.reserve() as a_block, b_dfb.reserve() as b_block:
                    ttl.copy(a[r : r + bm, k : k + bk], a_block).wait()
                    ttl.copy(b[k : k + bk, c : c + bn], b_block).wait()

    @ttl.compute()
    def compute():
        for _ in range(ttl.node(dims=1), rows * columns, cores):
            with out_dfb.reserve() as o:
                for _ in range(inner):
                    with a_dfb.wait() as a_block, b_dfb.wait() as b_block:
                        o += a_block @ b_block

    @ttl.datamovement()
    def write():
        for number in range(ttl.node(dims=1), rows * columns, cores):
            r, c = number // columns * bm, number % columns * bn
            with out_dfb.wait() as block:
                ttl.copy(block, out[r : r + bm, c : c + bn]).wait()
"""


def product(load: Load, grid: tuple[int, int], blocks: tuple[int, int, int], dtype: Any = ttnn.bfloat16) -> Any:
    """Runs a product of 3x5 and 5x7 tiles; the kernel, its tensors and what is right."""
    a, b = (torch.randint(-1, 2, shape).float() for shape in ((96, 160), (160, 224)))
    tensors = [on_device(each, dtype=dtype) for each in (a, b, torch.full((96, 224), 7.0))]
    kernel = load(MATMUL.format(grid=grid, blocks=blocks)).matmul
    kernel(*tensors)
    return kernel, tensors, a @ b


@pytest.mark.parametrize("dtype", [ttnn.bfloat16, ttnn.float32], ids=["bf16", "f32"])
@pytest.mark.parametrize(
    ("grid", "blocks"), [((1, 1), (2, 2, 2)), ((1, 1), (4, 4, 4)), ((2, 2), (2, 4, 2)), ((3, 2), (2, 2, 4))]
)
def test_products(load: Load, grid: tuple[int, int], blocks: tuple[int, int, int], dtype: Any) -> None:
    with every_way():
        _, tensors, wanted = product(load, grid, blocks, dtype)
    # No sum exceeds 160: all are exact in bfloat16.
    assert torch.equal(ttnn.to_torch(tensors[2]).float(), wanted)


@pytest.mark.parametrize("arch", CHIPS)
def test_arithmetic_of_the_chip(load: Load, arch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_ARCH", arch)
    monkeypatch.setenv("TTLANG_NUMERICS", "chip")
    with every_way():
        _, tensors, wanted = product(load, (2, 1), (2, 2, 4))
    assert torch.equal(ttnn.to_torch(tensors[2]).float(), wanted)


def test_what_may_not_pass_the_end_is_as_ever(load: Load) -> None:
    """Rows of `a` and columns of `b` are whole blocks here: `pad=True` has an effect on the inner dimension alone."""
    kernel, tensors, _ = product(load, (1, 1), (3, 2, 7))
    read, write = (texts(kernel, *tensors)[thread] for thread in ("read", "write"))
    assert "rows_inside" not in read
    assert read.count("std::min") == 1
    assert "std::min" not in write
    assert "noc_async_read_zeros" not in write


def test_blocks_that_divide_are_as_without(load: Load) -> None:
    tensors = [on_device(torch.zeros(shape).bfloat16()) for shape in ((128, 256), (256, 64), (128, 64))]
    text = MATMUL.format(grid=(2, 2), blocks=(2, 4, 1))
    padded, plain = (load(each).matmul for each in (text, text.replace(", pad=True", "")))
    numbers = re.compile(r"kernels\d+\.py")
    cpp = [{name: numbers.sub("", each) for name, each in texts(one, *tensors).items()} for one in (padded, plain)]
    assert cpp[0] == cpp[1]


ELEMENTWISE = """
from ttlang import ttl

@ttl.operation(grid={grid}, pad=True)
def kernel(x, y, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape={block})
    y_dfb = ttl.make_dataflow_buffer_like(y, shape={block})
    out_dfb = ttl.make_dataflow_buffer_like(out, shape={block}, block_count={count})

    @ttl.datamovement()
    def read():
        for i in range({turns}):
            with x_dfb.reserve() as x_block, y_dfb.reserve() as y_block:
                ttl.copy(x[{part}], x_block).wait()
                ttl.copy(y[{part}], y_block).wait()

    @ttl.compute()
    def compute():
        for _ in range({turns}):
            with x_dfb.wait() as v, y_dfb.wait() as w, out_dfb.reserve() as o:
                o.store(ttl.math.exp(v) + w)

    @ttl.datamovement()
    def write():
        for i in range({turns}):
            with out_dfb.wait() as block:
                ttl.copy(block, out[{part}]).wait()
"""


def sums(load: Load, shape: tuple[int, int], text: str, **more: Any) -> tuple[Any, list[Any], torch.Tensor]:
    values = [torch.randn(shape).bfloat16(), torch.randn(shape).bfloat16(), torch.full(shape, 7.0).bfloat16()]
    tensors = [
        ttnn.from_torch(v, layout=ttnn.TILE_LAYOUT, device=ttnn.open_device(device_id=0), **more) for v in values
    ]
    kernel = load(text).kernel
    kernel(*tensors)
    x, y, _ = values
    return kernel, tensors, (torch.exp(x.float()) + y.float())


def close(tensor: Any, wanted: torch.Tensor) -> bool:
    """Within a rounding of the exponential and one of the sum, each of 8 bits."""
    return torch.allclose(ttnn.to_torch(tensor).float(), wanted, rtol=2**-7, atol=2**-7)


def test_elementwise(load: Load) -> None:
    part = "i // 2 * 2:i // 2 * 2 + 2, i % 2 * 4:i % 2 * 4 + 4"
    text = ELEMENTWISE.format(grid=(1, 1), block=(2, 4), count=2, turns=4, part=part)
    with every_way():
        _, tensors, wanted = sums(load, (96, 160), text)
    assert close(tensors[2], wanted)


def test_reads_ahead(load: Load) -> None:
    """Reads of a turn begin before those of the last one have landed, and so do those of zeros."""
    part = "i // 2 * 2:i // 2 * 2 + 2, i % 2 * 4:i % 2 * 4 + 4"
    text = ELEMENTWISE.format(grid=(1, 1), block=(2, 4), count=2, turns=4, part=part)
    for name in "xy":
        text = text.replace(f"like({name}, shape=(2, 4))", f"like({name}, shape=(2, 4), block_count=3)")
    with every_way():
        kernel, tensors, wanted = sums(load, (96, 160), text)
    assert close(tensors[2], wanted)
    read = texts(kernel, *tensors)["read"]
    assert "noc_async_read_set_trid" in read
    assert "noc_async_read_zeros" in read


@pytest.mark.parametrize("block", [(4, 8), (1, 20), (4, 12)], ids=["rows", "columns", "both"])
def test_blocks_that_are_written_as_they_come(load: Load, block: tuple[int, int]) -> None:
    """A block of several DST sections leaves by section: all of it is waited for, and what lies inside is written."""
    part = f"0:{block[0]}, 0:{block[1]}"
    with every_way():
        kernel, tensors, wanted = sums(
            load, (96, 160), ELEMENTWISE.format(grid=(1, 1), block=block, count=1, turns=1, part=part)
        )
    height = 32 * block[0]
    assert close(tensors[2], torch.cat([wanted[:height], torch.full((96, 160), 7.0)[height:]]))
    write = texts(kernel, *tensors)["write"]
    assert write.count("cb_wait_front") > 1 or re.search(r"for .*\{\n +cb_wait_front", write), "it comes in parts"


def test_sharded_tensors(load: Load) -> None:
    """Tiles that follow each other in a shard go as one transfer, but not along what may end."""
    part = "2 * i:2 * i + 2, :"
    memory = config("HEIGHT", (1, 4), (4, 0))
    text = ELEMENTWISE.format(grid=(1, 1), block=(2, 4), count=2, turns=3, part=part)
    with every_way():
        kernel, tensors, wanted = sums(load, (160, 128), text, memory_config=memory)
    assert close(tensors[2], wanted)
    assert re.findall(r"noc_async_write\(.*, (\d+)\);", texts(kernel, *tensors)["write"]) == [f"{4 * 2048}"]
    memory = config("HEIGHT", (5, 4), (0, 0))
    with every_way():
        kernel, tensors, wanted = sums(load, (160, 128), text, memory_config=memory)
    assert close(tensors[2], wanted)
    assert re.findall(r"noc_async_write\(.*, (\d+)\);", texts(kernel, *tensors)["write"]) == [f"{4 * 2048}"], "a row"


def test_unified_bodies(load: Load) -> None:
    with every_way():
        _, tensors, wanted = sums(
            load,
            (96, 160),
            """
            from ttlang import ttl

            @ttl.operation(grid=(2, 1), pad=True)
            def kernel(x, y, out):
                r = 2 * ttl.node(dims=1)
                for c in range(0, 5, 2):
                    out[r : r + 2, c : c + 2] = ttl.math.exp(x[r : r + 2, c : c + 2]) + y[r : r + 2, c : c + 2]
            """,
        )
    assert close(tensors[2], wanted)


NORM = """
from ttlang import ttl

@ttl.operation(grid=(1, 1), pad=True)
def norm(x, out):
    for row in range(0, 3, 2):
        v = x[row : row + 2, 0:8]
        out[row : row + 2, 0:8] = {formula}
"""


def test_norms_of_squares(load: Load) -> None:
    """Zeros add nothing to a sum of squares, and the number of elements is the author's."""
    squares = "ttl.math.reduce_sum(v * v, dims=[1], shape=(2, 1)) * (1 / 160) + 1e-5"
    formula = f"v * ttl.block.broadcast(ttl.math.rsqrt({squares}), dims=[1], shape=(2, 8))"
    values = torch.randn(96, 160)
    x, out = on_device(values), on_device(torch.zeros(96, 160))
    with every_way(), warnings.catch_warnings():
        warnings.simplefilter("error")
        load(NORM.format(formula=formula)).norm(x, out)
    wanted = values * torch.rsqrt((values * values).mean(dim=1, keepdim=True) + 1e-5)
    # Sums of tf32, with 10 bits of fraction, and reciprocal roots as good.
    assert torch.allclose(ttnn.to_torch(out), wanted, rtol=2**-8, atol=2**-8)


def test_norms_that_would_take_the_zeros_in(load: Load) -> None:
    shifted = "(v - ttl.block.broadcast(ttl.math.reduce_max(v, dims=[1], shape=(2, 1)), dims=[1], shape=(2, 8)))"
    sums = f"ttl.math.reduce_sum(ttl.math.exp({shifted}), dims=[1], shape=(2, 1))"
    formula = f"ttl.math.exp({shifted}) * ttl.block.broadcast(ttl.math.recip({sums}), dims=[1], shape=(2, 8))"
    x = on_device(torch.randn(96, 160))
    with pytest.warns(TTLangWarning) as found:
        load(NORM.format(formula=formula)).norm.compile(x, x)
    assert {re.findall("TTL0606.*this (\\w+)", str(each.message))[0] for each in found} == {"reduce_max", "reduce_sum"}


MULTICAST = """
from ttlang import ttl

@ttl.operation(grid=(3, 1), pad=True)
def kernel(x, y, out):
    net = ttl.PipeNet([ttl.Pipe(src=(0, 0), dst=(slice(1, 3), 0))])
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(2, 4))
    y_dfb = ttl.make_dataflow_buffer_like(y, shape=(2, 4))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 4))

    @ttl.datamovement()
    def read():
        r = 2 * ttl.node(dims=1)
        for c in range(0, 5, 4):
            with y_dfb.reserve() as block:
                ttl.copy(y[r : r + 2, c : c + 4], block).wait()
            with x_dfb.reserve() as block:
                if net.is_src():
                    ttl.copy(x[0:2, c : c + 4], block).wait()
                    net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
                net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())

    @ttl.compute()
    def compute():
        for _ in range(2):
            with x_dfb.wait() as v, y_dfb.wait() as w, out_dfb.reserve() as o:
                o.store(v + w)

    @ttl.datamovement()
    def write():
        r = 2 * ttl.node(dims=1)
        for c in range(0, 5, 4):
            with out_dfb.wait() as block:
                ttl.copy(block, out[r : r + 2, c : c + 4]).wait()
"""


def test_multicasts_carry_the_zeros(load: Load) -> None:
    x, y = (torch.randint(-9, 9, shape).float() for shape in ((32, 160), (160, 160)))
    tensors = [on_device(each.bfloat16()) for each in (x, y, torch.full((160, 160), 7.0))]
    with every_way():
        load(MULTICAST).kernel(*tensors)
    rows = torch.cat([x, torch.zeros(32, 160)]).repeat(3, 1)[:160]
    assert torch.equal(ttnn.to_torch(tensors[2]).float(), rows + y)


def test_the_ir_says_it(load: Load) -> None:
    """A file of it is compiled to the same calls."""
    kernel, tensors, _ = product(load, (1, 1), (2, 2, 4))
    compiled = kernel.compile(*tensors)
    module = parse_module(print_ir(compiled.initial))
    found = module.body.block.first_op
    assert isinstance(found, KernelOp)
    options = stated_options(found, CompileOptions())
    assert options.pad
    again = lower(module, options.resolved()).parent_op()
    assert isinstance(again, ModuleOp)
    assert print_ir(again) == print_ir(compiled.module)


# -------------------------------------------------------------------------------------------------------- mistakes


def refused(load: Load, text: str, **layouts: Any) -> tuple[str, str, str | None]:
    x = on_device(torch.zeros(96, 160).bfloat16(), **layouts)
    with pytest.raises(DiagnosticError) as found:
        load(text).move.compile(x, x)
    first = found.value.diagnostics[0]
    return first.code, first.message, first.hint


def test_who_has_not_allowed_it(load: Load) -> None:
    text = MOVE.format(block=(2, 5), loop="for r in range(0, 3, 2):", source="r:r + 2, :", target="r:r + 2, :")
    code, message, hint = refused(load, text.replace(", pad=True", ""))
    assert code == "TTL0302"
    assert "comes to take tiles 2 to 3" in message
    assert hint is not None
    assert "pad=True" in hint


def test_what_lies_before_the_first_tile(load: Load) -> None:
    text = MOVE.format(block=(2, 5), loop="for r in range(0, 3, 2):", source="r - 1:r + 1, :", target="0:2, :")
    code, message, _ = refused(load, text)
    assert (code, "before the first" in message) == ("TTL0302", True)


def test_row_major_tensors(load: Load) -> None:
    text = MOVE.format(block=(64, 160), loop="for r in range(0, 96, 64):", source="r:r + 64, :", target="0:64, :")
    code, _, hint = refused(load, text, layout=ttnn.ROW_MAJOR_LAYOUT)
    assert code == "TTL0302"
    assert hint == "96 is no multiple of 64: take blocks of a size that divides it, or pad the tensor"


def test_the_clock_counts_the_reads_of_zeros(load: Load) -> None:
    def cycles(columns: int, *, pad: bool) -> float:
        """Predicted; no less than their bound."""
        part = f"0:1, 0:{columns}"
        text = MOVE.format(block=(1, columns), loop="if True:", source=part, target="0:1, 0:1")
        text = text.replace("out[0:1, 0:1]", f"out[0:1, 0:{columns}]")
        x, out = (on_device(torch.zeros(32, 32 * n).bfloat16()) for n in (columns - 4 if pad else columns, columns))
        kernel = load(text).move
        found = kernel.predict(x, out).cycles
        assert kernel.compile(x, out).least_cycles() <= found
        return found

    assert cycles(8, pad=False) > cycles(8, pad=True) > cycles(4, pad=False), "near, and no more than reads of memory"


def test_numbers_of_pages(load: Load) -> None:
    """What is not there is not read."""
    part = "2 * i:2 * i + 2, :"
    x = on_device(torch.zeros(96, 64).bfloat16())
    kernel = load(MOVE.format(block=(2, 2), loop="for i in range(2):", source=part, target=part)).move
    counted = kernel.compile(x, x).counting_simulation.run([x, x])
    assert np.sum([line.work["reads"] for line in counted.statistics.lines]) == 6
