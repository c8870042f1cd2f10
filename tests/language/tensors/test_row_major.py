"""Row-major tensors: rows and parts of rows, moved as they are."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.backends.cpp.programs import parse_module
from tests.language.tensors.row_copies import CAST, COPY, Load, height_sharded, run, tensor, values_of
from ttlang import ttnn
from ttlang.backends.cpp.printer import print_program
from ttlang.backends.ttnn import runner_source
from ttlang.diagnostics import DiagnosticError, TTLangWarning
from ttlang.dialects import ttl
from ttlang.driver.launch import simulate
from ttlang.frontend.blocks.tensor_types import tensor_type
from ttlang.language.specs import read_spec
from ttlang.tables.chips import CHIPS
from ttlang.transforms.ttl_allocate_circular_buffers import tensor_bytes_per_core


@pytest.fixture(params=list(CHIPS))
def arch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TTLANG_ARCH", request.param)
    return request.param


@pytest.mark.parametrize("dtype", list(CAST), ids=str)
def test_rows(load: Load, arch: str, dtype: Any) -> None:
    """Whole rows, of a width that fills no tile."""
    made, x, out = run(
        load, (21, 50), (7, 50), "r in range(3)", "7 * r : 7 * r + 7, :", "14 - 7 * r : 21 - 7 * r", dtype=dtype
    )
    assert torch.equal(out, x.reshape(3, 7, 50).flip(0).reshape(21, 50))
    sources = print_program(made.kernel.compile(*made.tensors).program)
    size = 50 * made.tensors[0].element_size()
    stride = -(-size // 64) * 64
    assert f"noc_async_read(x.get_noc_addr(first_row + i), cb_ptr + i * {stride}, {size});" in sources["read"]
    assert f"noc_async_write(cb_ptr + i * {stride}, out.get_noc_addr(first_row + i), {size});" in sources["write"]


def test_parts_of_rows(load: Load, arch: str) -> None:
    """Blocks of rows change places, on several cores: columns of blocks become rows of blocks."""
    loop = "c in range(4)"
    _, x, out = run(
        load,
        (16, 128),
        (4, 32),
        loop,
        "4 * r : 4 * r + 4, 32 * c : 32 * c + 32",
        "4 * c : 4 * c + 4, 32 * r : 32 * r + 32",
        before="r = ttl.core(dims=1)",
        grid=(4, 1),
    )
    assert torch.equal(out, x.reshape(4, 4, 4, 32).permute(2, 1, 0, 3).reshape(16, 128))


def test_cores_write_parts_of_one_row(load: Load, arch: str) -> None:
    """No race: their elements are not the same."""
    window = "r, ttl.core(dims=1) * 32 : ttl.core(dims=1) * 32 + 32"
    _, x, out = run(load, (3, 128), (1, 32), "r in range(3)", window, window, grid=(4, 1))
    assert torch.equal(out, x)


def test_gather(load: Load, arch: str) -> None:
    """Rows by a table that the host knows, three at a time in flight."""
    rows = [7, 0, 3, 3, 12, 5, 1, 1, 9]
    _, x, out = run(
        load,
        (13, 40),
        (1, 40),
        f"i, row in enumerate({rows})",
        "row, :",
        "i, :",
        out_shape=(9, 40),
        dtype=ttnn.float32,
        blocks=3,
    )
    assert torch.equal(out, x[rows])


def test_batches(load: Load, arch: str) -> None:
    loop = "b, h in [(b, h) for b in range(2) for h in range(3)]"
    _, x, out = run(load, (2, 3, 5, 24), (5, 24), loop, "b, h, :, :", "1 - b, 2 - h", dtype=ttnn.int32)
    assert torch.equal(out, x.flip(0, 1))


def test_concatenation(load: Load, arch: str) -> None:
    text = """
    from ttlang import ttl

    @ttl.kernel(grid=(1, 1))
    def kernel(a, b, out):
        a_cb = ttl.make_circular_buffer_like(a, shape=(a.shape[0], a.shape[1]))
        b_cb = ttl.make_circular_buffer_like(b, shape=(b.shape[0], b.shape[1]))

        @ttl.datamovement()
        def read():
            with a_cb.reserve() as a_block, b_cb.reserve() as b_block:
                first, second = ttl.copy(a[:, :], a_block), ttl.copy(b[:, :], b_block)
                first.wait()
                second.wait()

        @ttl.datamovement()
        def write():
            with a_cb.wait() as a_block, b_cb.wait() as b_block:
                first = ttl.copy(a_block, out[:, : a.shape[1]])
                second = ttl.copy(b_block, out[:, a.shape[1] :])
                first.wait()
                second.wait()
    """
    a, b = values_of((9, 64), ttnn.bfloat16), values_of((9, 21), ttnn.bfloat16) + 1
    tensors = [tensor(values, ttnn.bfloat16) for values in (a, b, torch.zeros(9, 85))]
    load(text).kernel(*tensors)
    assert torch.equal(ttnn.to_torch(tensors[2]), torch.cat([a, b], 1))


@pytest.mark.parametrize("offset", [32, 40, 48])
def test_starts_in_l1_need_16_bytes(load: Load, arch: str, offset: int) -> None:
    """DRAM wants 32 or 64 for a read; a write and a read of L1 want 16."""
    _, x, out = run(
        load,
        (4, 96),
        (4, 24),
        "_ in range(1)",
        f":, {offset} : {offset + 24}",
        f":, {offset + 8} : {offset + 32}",
        memory=ttnn.L1_MEMORY_CONFIG,
    )
    assert torch.equal(out[:, offset + 8 : offset + 32], x[:, offset : offset + 24])
    assert not out[:, : offset + 8].any()


@given(
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 70)),
    turns=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    dtype=st.sampled_from(list(CAST)),
)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_shape(load: Load, sizes: tuple[int, int], turns: tuple[int, int], dtype: Any) -> None:
    """Blocks of any size; each starts where the hardware can read."""
    (rows, columns), (down, across) = sizes, turns
    element = tensor(values_of((1, 1), dtype), dtype).element_size()
    step = -(-columns * element // 64) * 64 // element
    window = f"{rows} * r : {rows} * r + {rows}, {step} * c : {step} * c + {columns}"
    loop = f"r, c in [(r, c) for r in range({down}) for c in range({across})]"
    shape = rows * down, step * (across - 1) + columns
    _, x, out = run(load, shape, sizes, loop, window, window, dtype=dtype)
    copied = torch.zeros_like(x)
    for c in range(across):
        copied[:, step * c : step * c + columns] = x[:, step * c : step * c + columns]
    assert torch.equal(out, copied)


# Sharded


def test_a_shard_of_rows(load: Load, arch: str) -> None:
    memory = height_sharded(5, 40, 4)
    made, x, out = run(
        load,
        (20, 40),
        (5, 40),
        "_ in range(1)",
        "3 - ttl.core_linear()",
        "ttl.core_linear()",
        grid=(4, 1),
        memory=memory,
    )
    assert torch.equal(out, x.reshape(4, 5, 40).flip(0).reshape(20, 40))
    type_ = tensor_type("x", read_spec(made.tensors[0]), lambda: None)
    assert "!ttcore.tensor<[20, 40], !ttcore.scalar<bf16>, l1, #ttcore.shards<height, [5, 40]" in str(type_)
    head = 'ttl.kernel @k grid [1, 1] on "wormhole_b0"'
    (kernel,) = parse_module(f'{head} {{\n%x = ttl.tensor_accessor "x" at 0 : {type_}\n}}').ops
    assert isinstance(kernel, ttl.KernelOp)
    # Rows of 80 bytes are aligned to 16 as they are.
    assert tensor_bytes_per_core(kernel) == 5 * 80


def test_other_shards_are_refused(load: Load) -> None:
    grid = ttnn.CoreRangeSet([ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(1, 0))])
    spec = ttnn.ShardSpec(grid, [20, 32], ttnn.ShardOrientation.ROW_MAJOR)
    memory = ttnn.MemoryConfig(ttnn.TensorMemoryLayout.WIDTH_SHARDED, ttnn.BufferType.L1, spec)
    with pytest.raises(DiagnosticError) as raised:
        run(load, (20, 64), (1, 64), "r in range(20)", "r, :", "r, :", memory=memory)
    assert {d.code for d in raised.value.diagnostics} == {"TTL0003"}


# Mistakes


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        ({"source": "0:4, 8:40"}, "TTL0309", "column 8 of a row of bfloat16 starts at no multiple of"),
        ({"source": "0:4, 32 * i + 4 : 32 * i + 36"}, "TTL0309", "this column of a row"),
        ({"target": "0:4, 4:36"}, "TTL0309", "column 4 of a row of bfloat16 starts at no multiple of 16 bytes"),
        ({"source": "0:4, 12 * i : 12 * i + 32"}, "TTL0807", "byte 24 of a row of 'x' is read to the L1 address"),
        ({"target": "0:4, 12 * i : 12 * i + 32"}, "TTL0807", "byte 24 of a row of 'out' is written from the L1"),
        ({"source": "13:17, 0:32"}, "TTL0302", "elements 13 to 16 of dimension 0"),
        ({"source": "0:4, 100:132"}, "TTL0302", "elements 100 to 131 of dimension 1"),
        ({"source": "(13 * (i + 1)) % 14 : (13 * (i + 1)) % 14 + 4, :32"}, "TTL0807", "row 16 of 'x', which has"),
        ({"source": "0:4, (128 * (i + 1)) % 160 : (128 * (i + 1)) % 160 + 32"}, "TTL0807", "bytes 256 to 319 of a row"),
        ({"source": "0, 0"}, "TTL0301", "has 1x1 elements, and the block of"),
        ({"source": "0:8:2, :32"}, "TTL0303", "has a step"),
    ],
)  # fmt: skip
def test_mistakes(load: Load, options: dict[str, Any], code: str, text: str) -> None:
    arguments: dict[str, Any] = {"loop": "i in range(2)", "source": "0:4, 0:32", "target": "0:4, 0:32", **options}
    with pytest.raises(DiagnosticError) as raised:
        run(load, (16, 128), (4, 32), **arguments)
    first = raised.value.diagnostics[0]
    assert (first.code, text in first.message) == (code, True), first.message


def test_what_blackhole_wants_more(load: Load, arch: str) -> None:
    """Reads from DRAM that start at 32 bytes."""
    arguments = (load, (4, 64), (4, 32), "_ in range(1)", ":, 16:48", ":, :32")
    if arch == "wormhole_b0":
        _, x, out = run(*arguments)
        assert torch.equal(out[:, :32], x[:, 16:48])
        return
    with pytest.raises(DiagnosticError) as raised:
        run(*arguments)
    (diagnostic,) = raised.value.diagnostics
    assert (diagnostic.code, "64 bytes" in diagnostic.message) == ("TTL0309", True)
    assert diagnostic.hint is not None
    assert "multiple of 32 elements" in diagnostic.hint


def test_a_race_names_its_element(load: Load) -> None:
    with pytest.raises(DiagnosticError) as raised:
        run(load, (4, 128), (1, 32), "_ in range(1)", "ttl.core_linear(), 32:64", "2, 32:64", grid=(2, 1))
    first = raised.value.diagnostics[0]
    assert (first.code, "row 2, element 32 of 'out'" in first.message) == ("TTL0810", True), first.message


def test_the_same_row_from_two_cores(load: Load) -> None:
    with pytest.warns(TTLangWarning, match="row 2, element 32 of 'out'.*the same bytes"):
        _, x, out = run(load, (4, 128), (1, 32), "_ in range(1)", "1, 32:64", "2, 32:64", grid=(2, 1))
    assert torch.equal(out[2, 32:64], x[1, 32:64])


@pytest.mark.parametrize("tiled", ["x", "out"])
def test_no_copy_between_layouts(load: Load, tiled: str) -> None:
    text = COPY.format(
        block=(1, 1), grid=(1, 1), blocks=2, loop="_ in range(1)", before="", source="0, 0", target="0, 0"
    )
    layouts = [ttnn.TILE_LAYOUT if name == tiled else ttnn.ROW_MAJOR_LAYOUT for name in ("x", "out")]
    tensors = [tensor(torch.zeros(32, 32), ttnn.bfloat16, layout=layout) for layout in layouts]
    with pytest.raises(DiagnosticError) as raised:
        load(text).kernel(*tensors)
    first = raised.value.diagnostics[0]
    assert (first.code, "changes no layout" in first.message) == ("TTL0305", True), first.message


def test_shapes_of_blocks(load: Load) -> None:
    with pytest.raises(DiagnosticError) as raised:
        run(load, (4, 64), (), "_ in range(1)", ":, :", ":, :")
    first = raised.value.diagnostics[0]
    assert (first.code, "of elements" in (first.hint or "")) == ("TTL0304", True)


def test_statistics_count_rows(load: Load) -> None:
    made, _, _ = run(load, (21, 50), (7, 50), "r in range(3)", "7 * r : 7 * r + 7, :", "7 * r : 7 * r + 7, :")
    result = simulate(made.kernel.compile(*made.tensors), made.tensors, statistics=True)
    assert result.counts == {"read": {"noc_async_read": 21}, "write": {"noc_async_write": 21}}
    assert result.statistics is not None
    assert result.statistics.total("bytes") == 2 * 21 * 100


def test_the_runner(load: Load, tmp_path: Path) -> None:
    """Its tensors, with the host library for ttnn, and its buffers, without."""
    made, _, _ = run(load, (21, 50), (7, 50), "r in range(3)", "7 * r : 7 * r + 7, :", "7 * r : 7 * r + 7, :")
    text = runner_source(made.kernel.compile(*made.tensors).program)
    assert "pages=14, page_size=128)" in text
    path = tmp_path / "runner.py"
    text = text.replace("import ttnn", "from ttlang import ttnn")
    path.write_text(text.replace("        run(tensors)", "        MADE.extend((t.spec, t.layout) for t in tensors)"))
    made_there: list[Any] = []
    runpy.run_path(str(path), {"MADE": made_there})["main"]()
    assert made_there == [(t.spec, t.layout) for t in made.tensors]
