"""Single elements of blocks, read, compared and written by data movement threads, from the IR and from the C++."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.both_ways import both_ways, every_way
from tests.support.device_tensors import on_device
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.tables.chips import CHIPS

Load = Callable[[str], Any]
ROWS, TILES = ttnn.ROW_MAJOR_LAYOUT, ttnn.TILE_LAYOUT


@pytest.fixture(params=list(CHIPS))
def arch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TTLANG_ARCH", request.param)
    return request.param


TRANSPOSED = """
import ttl

@ttl.operation(grid=(1, 1))
def kernel(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape={shape})
    out_dfb = ttl.make_dataflow_buffer_like(out, shape={shape})

    @ttl.datamovement()
    def read():
        with x_dfb.reserve() as block:
            ttl.copy(x[{whole}], block).wait()
        with x_dfb.wait() as a, out_dfb.reserve() as o:
            {loops}
                ttl.raw_element_write(o, {target}, ttl.raw_element_read(a, {source}))

    @ttl.datamovement()
    def write():
        with out_dfb.wait() as block:
            ttl.copy(block, out[{whole}]).wait()
"""


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32], ids=str)
@pytest.mark.parametrize(("layout", "shape"), [(TILES, (2, 2)), (ROWS, (48, 48))], ids=["tiles", "rows"])
def test_every_place_of_a_block(load: Load, arch: str, layout: Any, shape: tuple[int, int], dtype: torch.dtype) -> None:
    """A transposition, element by element: also across the faces of a tile, and the padding of a row."""
    size = shape[0] * (32 if layout is TILES else 1)
    loops = f"for r in range({size}):\n              for c in range({size}):"
    text = TRANSPOSED.format(shape=shape, whole=":, :", loops=loops, target="c, r", source="r, c")
    values = torch.randn(size, size).to(dtype)
    x, out = on_device(values, layout), on_device(torch.zeros_like(values), layout)
    with every_way():
        load(text).kernel(x, out)
    assert torch.equal(ttnn.to_torch(out), values.T)


@pytest.mark.parametrize(
    ("layout", "block", "extents"),
    [(TILES, (2, 1, 2), (2, 32, 64)), (ROWS, (2, 3, 20), (2, 3, 20)), (ROWS, (40,), (40,))],
    ids=["tiles", "rows", "one row"],
)
def test_any_number_of_dimensions(load: Load, layout: Any, block: tuple[int, ...], extents: tuple[int, ...]) -> None:
    """The elements in the opposite order."""
    names = "ijk"[: len(extents)]
    loops = "\n".join(
        f"{' ' * (12 + depth)}for {name} in range({size}):"
        for depth, (name, size) in enumerate(zip(names, extents, strict=True))
    ).lstrip()
    opposite = ", ".join(f"{size - 1} - {name}" for name, size in zip(names, extents, strict=True))
    whole = ", ".join(":" for _ in extents)
    text = TRANSPOSED.format(shape=block, whole=whole, loops=loops, target=opposite, source=", ".join(names))
    values = torch.randn(extents).bfloat16()
    x, out = on_device(values, layout), on_device(torch.zeros_like(values), layout)
    with every_way():
        load(text).kernel(x, out)
    assert torch.equal(ttnn.to_torch(out), values.flip(tuple(range(len(extents)))))


SYMBOLS: dict[str, Callable[..., Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
NUMBERS = [0.0, -0.0, 1.5, -1.5, 3e-39, -3e-39, float("inf"), float("-inf"), float("nan"), 1.0, -2.75, 3e38]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_comparisons(load: Load, symbol: str, dtype: torch.dtype) -> None:
    """Of all pairs, and with a number on either side, as floats compare: also zeros with signs, infinities and NaN."""
    n = len(NUMBERS)
    text = f"""
        import ttl

        @ttl.operation(grid=(1, 1))
        def kernel(x, out):
            x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, {n}), block_count=1)
            out_dfb = ttl.make_dataflow_buffer_like(out, shape=({n}, {n + 2}), block_count=1)

            @ttl.datamovement()
            def read():
                with x_dfb.reserve() as block:
                    ttl.copy(x[:, :], block).wait()
                with x_dfb.wait() as a, out_dfb.reserve() as o:
                    for r in range({n}):
                        left = ttl.raw_element_read(a, 0, r)
                        for c in range({n}):
                            if left {symbol} ttl.raw_element_read(a, 0, c):
                                ttl.raw_element_write(o, r, c, 1)
                            else:
                                ttl.raw_element_write(o, r, c, 0)
                        ttl.raw_element_write(o, r, {n}, 0.0)
                        ttl.raw_element_write(o, r, {n + 1}, 0.0)
                        if left {symbol} 1.5:
                            ttl.raw_element_write(o, r, {n}, value=1)
                        if 0 {symbol} left:
                            ttl.raw_element_write(o, r, {n + 1}, value=1)

            @ttl.datamovement()
            def write():
                with out_dfb.wait() as block:
                    ttl.copy(block, out[:, :]).wait()
    """
    values = torch.tensor([NUMBERS]).to(dtype)
    x, out = on_device(values, ROWS), on_device(torch.zeros(n, n + 2).to(dtype), ROWS)
    with every_way():
        load(text).kernel(x, out)
    wide = values[0].double().numpy()
    compare = SYMBOLS[symbol]
    expected = np.zeros((n, n + 2))
    expected[:, :n] = compare(wide[:, None], wide[None])
    expected[:, n], expected[:, n + 1] = compare(wide, 1.5), compare(0, wide)
    assert np.array_equal(ttnn.to_torch(out).double().numpy(), expected)


def test_what_bfloat16_does_not_hold_is_cut_off(load: Load) -> None:
    loops = "ttl.raw_element_read(a, 0, 0)\n            for c in range(4):"
    text = TRANSPOSED.format(shape="(1, 4)", whole=":, :", loops=loops, target="0, c", source="0, c")
    text = text.replace("o, 0, c, ttl.raw_element_read(a, 0, c)", "o, 0, c, 0.99999")
    x, out = on_device(torch.zeros(1, 4).bfloat16(), ROWS), on_device(torch.zeros(1, 4).bfloat16(), ROWS)
    with every_way():
        load(text).kernel(x, out)
    assert ttnn.to_torch(out).tolist() == [[1 - 2.0**-8] * 4]


INDEX = """
import ttl

@ttl.kernel(grid=(1, 1))
def kernel(x, table, out):
    x_cb = ttl.make_circular_buffer_like(x, shape={shape}, buffer_factor=1)
    row_cb = ttl.make_circular_buffer_like(table, shape=(1, 1))

    @ttl.datamovement()
    def read():
        with x_cb.reserve() as block:
            ttl.copy(x[:, :], block).wait()
        with x_cb.wait() as numbers:
            for i in range(6):
                with row_cb.reserve() as block:
                    ttl.copy(table[ttl.read_index(numbers, 0, 3 * i), 0], block).wait()

    @ttl.datamovement()
    def write():
        for i in range(6):
            with row_cb.wait() as block:
                ttl.copy(block, out[i, 0]).wait()
"""
FORMATS: dict[Any, Any] = {
    ttnn.bfloat16: torch.bfloat16,
    ttnn.float32: torch.float32,
    ttnn.uint8: torch.uint8,
    ttnn.uint16: torch.int32,
    ttnn.uint32: torch.int64,
    ttnn.int32: torch.int32,
}


def index_tensors(numbers: list[float], dtype: Any, layout: Any) -> list[Any]:
    held = torch.zeros(32, 32) if layout is TILES else torch.zeros(1, 16)
    held[0, 0:16:3] = torch.tensor(numbers)
    table = torch.arange(8).repeat_interleave(32)[:, None].repeat(1, 32).bfloat16()
    return [
        on_device(held.to(FORMATS[dtype]), layout, dtype),
        on_device(table),
        on_device(torch.zeros(192, 32).bfloat16()),
    ]


@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize("layout", [TILES, ROWS], ids=["tiles", "rows"])
def test_indices_of_every_format(load: Load, arch: str, dtype: Any, layout: Any) -> None:
    numbers = [5, 0, 7, 2, 2, 1]
    tensors = index_tensors(numbers, dtype, layout)
    with every_way():
        load(INDEX.format(shape=(1, 1) if layout is TILES else (1, 16))).kernel(*tensors)
    assert ttnn.to_torch(tensors[2])[::32, 0].int().tolist() == numbers


def test_fractions_of_indices_are_dropped(load: Load) -> None:
    tensors = index_tensors([0.99, 1.5, 2.996, -0.0, 7.875, 3e-39], ttnn.float32, ROWS)
    with every_way():
        load(INDEX.format(shape=(1, 16))).kernel(*tensors)
    assert ttnn.to_torch(tensors[2])[::32, 0].int().tolist() == [0, 1, 2, 0, 7, 0]


@pytest.mark.parametrize(
    ("number", "dtype"),
    [
        *((number, ttnn.float32) for number in (-1, float("nan"), 2.0**31)),
        *((number, ttnn.bfloat16) for number in (-0.5, float("inf"))),
        *((-3, ttnn.int32), (2.0**31 + 5, ttnn.uint32)),
    ],
)
def test_what_is_no_index(load: Load, number: float, dtype: Any) -> None:
    tensors = index_tensors([0, number, 0, 0, 0, 0], dtype, ROWS)
    with pytest.raises(DiagnosticError, match="an index is") as found:
        load(INDEX.format(shape=(1, 16))).kernel(*tensors)
    (diagnostic,) = found.value.diagnostics
    assert diagnostic.code == "TTL0816"
    assert diagnostic.span is not None
    assert diagnostic.span.line == 16


EDITED = """
import ttl

@ttl.{edition}
def kernel(x, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 8))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 8))

    @ttl.datamovement()
    def read():
        with x_cb.reserve() as block:
            ttl.copy(x[:, :], block).wait()
        {read}

    @ttl.datamovement()
    def write():
        with out_cb.wait() as block:
            ttl.copy(block, out[:, :]).wait()
"""


def edited(load: Load, *lines: str, dtype: torch.dtype = torch.bfloat16) -> tuple[Any, list[Any]]:
    """A kernel whose thread has these lines, with row-major tensors of eight elements."""
    text = EDITED.format(edition="kernel(grid=(1, 1))", read=("\n        ").join(lines))
    x, out = on_device(torch.arange(8)[None].to(dtype), ROWS), on_device(torch.zeros(1, 8).to(dtype), ROWS)
    return load(text).kernel, [x, out]


def test_a_block_that_was_waited_for_is_changed(load: Load) -> None:
    """Its thread alone has it; a copy takes it as it is then."""
    kernel, tensors = edited(
        load,
        "with x_cb.wait() as a:",
        "    ttl.raw_element_write(a, 0, 2, 9)",
        "    ttl.copy(a, out[:, :]).wait()",
        "    with out_cb.reserve() as o:",
        "        for i in range(8): ttl.raw_element_write(o, 0, i, ttl.raw_element_read(a, 0, 7 - i))",
        "        ttl.raw_element_write(o, 0, 0, ttl.raw_element_read(o, 0, 7))",
    )
    with every_way():
        kernel(*tensors)
    assert ttnn.to_torch(tensors[1]).tolist() == [[0, 6, 5, 4, 3, 9, 1, 0]]


def test_a_reserved_block_is_written_by_element_and_copied_out(load: Load) -> None:
    kernel, tensors = edited(
        load,
        "with x_cb.wait() as a, out_cb.reserve() as o:",
        "    for i in range(8):",
        "        ttl.raw_element_write(o, 0, i, ttl.raw_element_read(a, 0, 3))",
        "    ttl.copy(o, x[:, :]).wait()",
    )
    with every_way():
        kernel(*tensors)
    assert ttnn.to_torch(tensors[0]).tolist() == ttnn.to_torch(tensors[1]).tolist() == [[3] * 8]


MISTAKES = {
    "TTL0302": ["with x_cb.wait() as a, out_cb.reserve() as o:", "    ttl.raw_element_write(o, 0, 8, 1)"],
    "TTL0303": ["with x_cb.wait() as a, out_cb.reserve() as o:", "    ttl.raw_element_write(o, 3, 1)"],
    "TTL0412": ["with x_cb.wait() as a, out_cb.reserve() as o:", "    e = ttl.raw_element_read(o, 0, 1)"],
    "TTL0504": [
        "with x_cb.wait() as a, out_cb.reserve() as o:",
        "    h = ttl.copy(x[:, :], o)",
        "    if ttl.raw_element_read(o, 0, 1) > 0: print('more')",
        "    h.wait()",
    ],
    "TTL0401": [
        "with x_cb.wait() as a: pass",
        "with out_cb.reserve() as o:",
        "    ttl.raw_element_write(o, 0, 1, ttl.raw_element_read(a, 0, 1))",
    ],
    "TTL0106": ["with x_cb.wait() as a, out_cb.reserve() as o:", "    ttl.raw_element_read(a, 0, 1) + 1"],
    "TTL0107": ["with x_cb.wait() as a, out_cb.reserve() as o:", "    ttl.raw_element_write(o)"],
}


@pytest.mark.parametrize("code", MISTAKES)
def test_mistakes(load: Load, code: str) -> None:
    kernel, tensors = edited(load, *MISTAKES[code])
    with pytest.raises(DiagnosticError) as found:
        kernel.compile(*tensors)
    assert code in [diagnostic.code for diagnostic in found.value.diagnostics]
    first = next(diagnostic for diagnostic in found.value.diagnostics if diagnostic.code == code)
    assert first.span is not None
    assert first.span.line == 12 + len(MISTAKES[code]) - (code == "TTL0504")


def test_a_variable_for_elements_that_begins_as_an_integer(load: Load) -> None:
    kernel, tensors = edited(
        load,
        "best = 0",
        "with x_cb.wait() as a:",
        "    for i in range(8):",
        "        if ttl.raw_element_read(a, 0, i) > best: best = ttl.raw_element_read(a, 0, i)",
    )
    with pytest.raises(DiagnosticError, match="begins as a float") as found:
        kernel.compile(*tensors)
    assert "TTL0106" in [diagnostic.code for diagnostic in found.value.diagnostics]


@pytest.mark.parametrize("name", ["raw_element_read", "read_index", "raw_element_write"])
def test_the_compute_thread_has_no_elements(load: Load, name: str) -> None:
    text = f"""
        import ttl

        @ttl.kernel(grid=(1, 1))
        def kernel(x, out):
            x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

            @ttl.compute()
            def compute():
                with x_cb.wait() as a:
                    ttl.{name}(a, 0, 0{", 1" if name == "raw_element_write" else ""})
    """
    with pytest.raises(DiagnosticError, match=f"{name} is called in the compute thread") as found:
        load(text).kernel.compile(on_device(torch.zeros(32, 32)), on_device(torch.zeros(32, 32)))
    assert found.value.diagnostics[0].code == "TTL0601"


@pytest.mark.parametrize(
    ("dtype", "call"),
    [
        (ttnn.int32, "raw_element_read(a, 0, 0)"),
        (ttnn.uint8, "raw_element_write(a, 0, 0, 1)"),
        (ttnn.bfloat8_b, "read_index(a, 0, 0)"),
        (ttnn.bfloat4_b, "raw_element_read(a, 0, 0)"),
    ],
)
def test_formats_that_have_no_such_elements(load: Load, dtype: Any, call: str) -> None:
    text = f"""
        import ttl

        @ttl.kernel(grid=(1, 1))
        def kernel(x):
            x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

            @ttl.datamovement()
            def read():
                with x_cb.reserve() as block:
                    ttl.copy(x[0, 0], block).wait()
                with x_cb.wait() as a:
                    ttl.{call}
    """
    with pytest.raises(DiagnosticError, match="has no form for") as found:
        load(text).kernel.compile(on_device(torch.zeros(32, 32), TILES, dtype))
    assert found.value.diagnostics[0].code == "TTL0306"


def test_a_coordinate_outside_is_found_by_the_run(load: Load) -> None:
    kernel, tensors = edited(
        load,
        "with x_cb.wait() as a, out_cb.reserve() as o:",
        "    for i in range(9):",
        "        ttl.raw_element_write(o, 0, i, ttl.raw_element_read(a, 0, 0))",
    )
    with pytest.raises(DiagnosticError, match="coordinate 1 is 8, outside of the block of out_cb, 1x8") as found:
        kernel(*tensors)
    (diagnostic,) = found.value.diagnostics
    assert diagnostic.code == "TTL0816"
    assert diagnostic.span is not None
    assert diagnostic.span.line == 15


def test_released_blocks_of_2026_are_held_while_elements_are_read(load: Load) -> None:
    """Where the compiler releases them, it is after the last element."""
    text = """
        import ttl

        @ttl.operation(grid=(1, 1))
        def kernel(x, out):
            x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 8))
            out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 8))

            @ttl.datamovement()
            def read():
                block = x_dfb.reserve()
                ttl.copy(x[:, :], block).wait()
                block.push()
                a = x_dfb.wait()
                o = out_dfb.reserve()
                for i in range(8):
                    ttl.raw_element_write(o, 0, i, ttl.raw_element_read(a, 0, 7 - i))

            @ttl.datamovement()
            def write():
                block = out_dfb.wait()
                ttl.copy(block, out[:, :]).wait()
    """
    x, out = on_device(torch.arange(8)[None].bfloat16(), ROWS), on_device(torch.zeros(1, 8).bfloat16(), ROWS)
    with every_way():
        load(text).kernel(x, out)
    assert ttnn.to_torch(out).tolist() == [[7, 6, 5, 4, 3, 2, 1, 0]]


def test_python_itself_has_no_elements() -> None:
    for function in (ttl.raw_element_read, ttl.raw_element_write, ttl.read_index):
        with pytest.raises(DiagnosticError, match="works only inside a data movement thread"):
            function(None, 0, 0)  # pyright: ignore[reportArgumentType]


SCRATCH = """
import ttl

@{decorator}(grid=(1, 1))
def kernel(table, x, out):
    table_dfb = ttl.make_dataflow_buffer_like(table, shape=(1, 1), block_count=1)
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def read():
        with table_dfb.reserve() as entries:
            ttl.copy(table[0, 0], entries).wait()
            for i in range(2):
                with x_dfb.reserve() as block:
                    ttl.copy(x[ttl.read_index(entries, 0, i), 0], block).wait()

    @ttl.datamovement()
    def write():
        for i in range(2):
            with x_dfb.wait() as block:
                ttl.copy(block, out[i, 0]).wait()
"""


@pytest.mark.parametrize("decorator", ["ttl.kernel", "ttl.operation"])
def test_what_its_own_thread_reads_needs_nobody_else(load: Load, decorator: str) -> None:
    """A reserved block is read by the thread that fills it: that nobody empties the buffer is no mistake."""
    entries = torch.zeros(32, 32)
    entries[0, :2] = torch.tensor([2, 0])
    values = torch.randn(96, 32).bfloat16()
    table, x, out = (on_device(t) for t in (entries, values, torch.zeros(64, 32).bfloat16()))
    with warnings.catch_warnings(), both_ways() as runs:
        warnings.simplefilter("error")
        load(SCRATCH.format(decorator=decorator)).kernel(table, x, out)
    assert sum(runs.values()) == 2
    assert torch.equal(ttnn.to_torch(out), torch.cat([values[64:], values[:32]]))
