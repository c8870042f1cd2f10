"""Prints of blocks, buffers and tensors: what they hold at that time, the same text from IR and from C++."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways
from tests.support.needs import need_headers
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.tables.kernel_api import GENERATIONS
from ttlang.tools.typecheck import typecheck

show: Any = print
"""In a thread it takes more than type checkers know."""
X = torch.arange(64 * 64).reshape(64, 64).float() / 8


def on_device(values: torch.Tensor, dtype: Any = ttnn.float32, layout: Any = ttnn.TILE_LAYOUT) -> Any:
    device = ttnn.open_device(device_id=0)
    return ttnn.from_torch(values, dtype=dtype, layout=layout, device=device)


def doubling(
    *,
    compute_says: Callable[..., None] = lambda *_: None,
    reader_says: Callable[..., None] = lambda *_: None,
    shape: tuple[int, int] = (1, 2),
) -> Any:
    """Doubles the first row of blocks: what a thread says gets its buffers and blocks."""

    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=shape) for t in (x, out))

        @ttl.compute()
        def compute() -> None:
            with x_dfb.wait() as a, out_dfb.reserve() as o:
                o.store(a * 2)
                compute_says(x_dfb, a, o)

        @ttl.datamovement()
        def read() -> None:
            with x_dfb.reserve() as block:
                ttl.copy(x[0 : shape[0], 0 : shape[1]], block).wait()
                reader_says(x, x_dfb, block)

        @ttl.datamovement()
        def write() -> None:
            with out_dfb.wait() as block:
                ttl.copy(block, out[0 : shape[0], 0 : shape[1]]).wait()

    return kernel


def printed(kernel: Any, capsys: pytest.CaptureFixture[str], x: Any = None) -> list[str]:
    """What a run says, behind the thread's name; a run of its C++ says the same in both generations."""
    x = on_device(X) if x is None else x
    with both_ways() as done:
        kernel(x, on_device(torch.zeros_like(X)))
    assert set(done) == set(GENERATIONS)
    return [line.partition("': ")[2] for line in capsys.readouterr().out.splitlines()]


def rows_of(tile: torch.Tensor) -> list[str]:
    return [f"  row {number:2}: {' '.join(f'{v:g}' for v in row.tolist())}" for number, row in enumerate(tile)]


def tiles_of(values: torch.Tensor) -> list[torch.Tensor]:
    return [tile for rows in values.split(32) for tile in rows.split(32, dim=1)]


def lines_of(values: torch.Tensor) -> list[str]:
    return [line for number, tile in enumerate(tiles_of(values)) for line in (f"tile {number}:", *rows_of(tile))]


def test_a_block_in_a_data_movement_thread(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(doubling(reader_says=lambda x, d, block: show("read", block)), capsys)
    assert lines == ["read a block of x_dfb, 1x2 tiles of float32", *lines_of(X[:32])]


def test_blocks_in_the_compute_thread(capsys: pytest.CaptureFixture[str]) -> None:
    """What is stored above a print is in the block."""

    def say(dfb: Any, a: Any, o: Any) -> None:
        show(a)
        show("=", o)

    lines = printed(doubling(compute_says=say), capsys)
    assert lines == [
        "a block of x_dfb, 1x2 tiles of float32",
        *lines_of(X[:32]),
        "= a block of out_dfb, 1x2 tiles of float32",
        *lines_of(X[:32] * 2),
    ]


def test_the_first_tiles_of_a_block(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(doubling(reader_says=lambda x, d, block: show(block, num_pages=1)), capsys)
    assert lines[1:] == lines_of(X[:32, :32])


def test_a_page_that_nothing_has_written(capsys: pytest.CaptureFixture[str]) -> None:
    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read() -> None:
            with dfb.reserve() as block:
                show(block)
                ttl.copy(x[0, 0], block).wait()

        @ttl.datamovement()
        def write() -> None:
            with dfb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()

    lines = printed(kernel, capsys)
    assert lines[1:] == ["tile 0:", *(f"  row {row:2}: not written yet" for row in range(32))]


@pytest.mark.parametrize("dtype", [ttnn.bfloat16, ttnn.bfloat8_b, ttnn.int32], ids=["bf16", "bfp8", "int32"])
def test_formats(dtype: Any, capsys: pytest.CaptureFixture[str]) -> None:
    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read() -> None:
            show(x)
            ttl.copy(x[0, 0], dfb.reserve())

        @ttl.datamovement()
        def write() -> None:
            ttl.copy(dfb.wait(), x[0, 1])

    values = torch.arange(64 * 64).reshape(64, 64) % 64
    x = on_device(values if dtype == ttnn.int32 else values.float(), dtype)
    shown = ttnn.to_torch(x).float()[:32, :32]
    assert printed(kernel, capsys, x)[1:] == ["page 0:", *lines_of(shown)]


def test_pages_of_a_tensor(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(doubling(reader_says=lambda x, d, b: show("x:", x, num_pages=3)), capsys)
    pages = tiles_of(X)[:3]
    expected = [line for number, page in enumerate(pages) for line in (f"page {number}:", "tile 0:", *rows_of(page))]
    assert lines == ["x: x, 2x2 tiles of float32", *expected]


def test_no_more_pages_than_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(doubling(reader_says=lambda x, d, b: show(x, num_pages=99)), capsys)
    assert sum(line.startswith("page") for line in lines) == 4


def test_a_slice_of_a_tensor(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(doubling(reader_says=lambda x, d, b: show(x[1, 0:2])), capsys)
    assert lines == ["a part of a tensor, 1x2 tiles of float32", *lines_of(X[32:])]


def test_the_state_of_a_buffer(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(doubling(compute_says=lambda d, a, o: show("in", d, sep=": ")), capsys)
    assert lines == ["in: x_dfb, 2 blocks of 1x2 tiles of float32, 2 of 4 pages filled"]


def test_a_text_of_one_processor(capsys: pytest.CaptureFixture[str]) -> None:
    kernel = doubling(compute_says=lambda d, a, o: show("here", thread="math"))
    assert printed(kernel, capsys) == ["here"]
    texts = [kernel.compile(*(on_device(X) for _ in range(2)), metal_api=g).cpp()["compute"] for g in GENERATIONS]
    assert all("DPRINT_MATH(" in text for text in texts)


def _reader_says_all(x: Any, d: Any, block: Any) -> None:
    show(d)
    show(x)
    show(block)


def _compute_says_all(d: Any, a: Any, o: Any) -> None:
    show(d)
    show(a)
    show(o)
    show("m", thread="math")


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(("layout", "shape"), [(ttnn.TILE_LAYOUT, (1, 2)), (ttnn.ROW_MAJOR_LAYOUT, (32, 64))])
def test_headers_take_what_is_printed(generation: str, layout: Any, shape: tuple[int, int]) -> None:
    version = need_headers(GENERATIONS[generation].headers)
    kernel = doubling(compute_says=_compute_says_all, reader_says=_reader_says_all, shape=shape)
    compiled = kernel.compile(*(on_device(X, layout=layout) for _ in range(2)), metal_api=generation)
    for name, source in compiled.cpp().items():
        kind = "compute" if name == "compute" else "datamovement"
        args = () if kind == "compute" else (0,) * 8
        assert not typecheck(source, kind=kind, version=version, arch="wormhole_b0", compile_time_args=args)


WRONG = {
    "two": (lambda d, a, o: show(a, o), "TTL0107"),
    "an expression": (lambda d, a, o: show(a + a), "TTL0106"),
    "registers": (lambda d, a, o: show(_dump_dst_registers=True), "TTL0003"),
    "no such processor": (lambda d, a, o: show("a", thread="dm"), "TTL0107"),
    "no page": (lambda d, a, o: show(a, num_pages=0), "TTL0107"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused(name: str) -> None:
    say, code = WRONG[name]
    with pytest.raises(DiagnosticError) as found:
        doubling(compute_says=say)(on_device(X), on_device(X))
    assert [each.code for each in found.value.diagnostics] == [code]


def test_a_tensor_is_not_printed_where_it_can_not_be_read() -> None:
    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        @ttl.compute()
        def compute() -> None:
            show(x)

    with pytest.raises(DiagnosticError, match="TTL0601"):
        kernel(on_device(X), on_device(X))


def lines_of_rows(values: torch.Tensor) -> list[str]:
    rows = values.reshape(-1, values.shape[-1]).tolist()
    return [f"  row {number:2}: {' '.join(f'{v:g}' for v in row)}" for number, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((4, 64), ttnn.bfloat16),
        ((3, 72), ttnn.float32),
        ((2, 8), ttnn.int32),
        ((5, 24), ttnn.uint16),
        ((96,), ttnn.bfloat16),
        ((2, 3, 40), ttnn.float32),
    ],
    ids=str,
)
def test_blocks_of_rows(shape: tuple[int, ...], dtype: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """With their padding: rows lie where lines of memory begin."""

    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        dfb = ttl.make_dataflow_buffer_like(x, shape=shape, block_count=3)

        @ttl.datamovement()
        def read() -> None:
            for turn in range(2):
                with dfb.reserve() as block:
                    ttl.copy(x[...], block).wait()
                    if turn == 1:
                        show("in", block)

        @ttl.datamovement()
        def write() -> None:
            for turn in range(2):
                with dfb.wait() as block:
                    if turn == 1:
                        show(block, num_pages=2)

    values = (torch.arange(torch.Size(shape).numel()) % 200).reshape(shape)
    x = on_device(values if dtype in (ttnn.int32, ttnn.uint16) else values.float(), dtype, ttnn.ROW_MAJOR_LAYOUT)
    name = f"a block of dfb, {'x'.join(map(str, shape))} elements of {x.dtype.name.lower()}"
    lines = lines_of_rows(values.float())
    assert printed(kernel, capsys, x) == [f"in {name}", *lines, name, *lines[:2]]


def test_rows_of_a_tensor(capsys: pytest.CaptureFixture[str]) -> None:
    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        @ttl.datamovement()
        def read() -> None:
            show(x, num_pages=2)
            show(x[3:5, 32:48])

    lines = printed(kernel, capsys, on_device(X, layout=ttnn.ROW_MAJOR_LAYOUT))
    pages = [line for page in range(2) for line in (f"page {page}:", *lines_of_rows(X[page]))]
    part = "a part of a tensor, 2x16 elements of float32"
    assert lines == ["x, 64x64 elements of float32", *pages, part, *lines_of_rows(X[3:5, 32:48])]


@pytest.mark.parametrize("sends", [False, True])
def test_tensors_in_a_unified_body(sends: bool, capsys: pytest.CaptureFixture[str]) -> None:
    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        net = ttl.PipeNet([ttl.Pipe((0, 0), (0, 0))])
        x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 32))
        y_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 32))
        with x_dfb.reserve() as block:
            ttl.copy(x[0:1, 0:32], block).wait()
            if sends:
                net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
        if sends:
            with y_dfb.reserve() as block:
                net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
        with (y_dfb if sends else x_dfb).wait() as block:
            ttl.copy(block, x[2:3, 0:32]).wait()
        show(x[2:4, 0:32])
        show(x)

    lines = printed(kernel, capsys, on_device(X, layout=ttnn.ROW_MAJOR_LAYOUT))
    part = lines_of_rows(torch.stack([X[0, :32], X[3, :32]]))
    page = ["x, 64x64 elements of float32", "page 0:", *lines_of_rows(X[0])]
    assert lines == ["a part of a tensor, 2x32 elements of float32", *part, *page]


def test_a_row_that_nothing_has_written(capsys: pytest.CaptureFixture[str]) -> None:
    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        dfb = ttl.make_dataflow_buffer_like(x, shape=(2, 32))

        @ttl.datamovement()
        def read() -> None:
            with dfb.reserve() as block:
                show(block)
                ttl.copy(x[0:2, 0:32], block).wait()

        @ttl.datamovement()
        def write() -> None:
            with dfb.wait() as block:
                ttl.copy(block, x[2:4, 0:32]).wait()

    lines = printed(kernel, capsys, on_device(X, layout=ttnn.ROW_MAJOR_LAYOUT))
    assert lines[1:] == [f"  row {row:2}: not written yet" for row in range(2)]


def test_rows_in_the_compute_thread_are_tiles(capsys: pytest.CaptureFixture[str]) -> None:
    kernel = doubling(compute_says=lambda d, a, o: show(a), shape=(32, 64))
    with both_ways():
        kernel(*(on_device(t, layout=ttnn.ROW_MAJOR_LAYOUT) for t in (X, torch.zeros_like(X))))
    lines = [line.partition("': ")[2] for line in capsys.readouterr().out.splitlines()]
    assert lines[1:] == lines_of(X[:32])


def test_a_block_is_not_printed_behind_its_release() -> None:
    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read() -> None:
            with dfb.reserve() as block:
                ttl.copy(x[0, 0], block).wait()
            show(block)

        @ttl.datamovement()
        def write() -> None:
            with dfb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()

    with pytest.raises(DiagnosticError, match="TTL0401"):
        kernel(on_device(X), on_device(X))
