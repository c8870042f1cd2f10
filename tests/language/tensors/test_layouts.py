"""Row-major blocks in the compute thread: the compiler turns them into tiles and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from xdsl.dialects.builtin import BoolAttr, IntegerAttr, i64

from tests.backends.cpp.programs import parse_program
from tests.support.both_ways import both_ways
from ttlang import ttnn
from ttlang.analysis.compile_report import compile_report
from ttlang.backends.cpp.printer import print_program
from ttlang.backends.simulator import run
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.launch import simulate
from ttlang.machine.tiles import tilize, tilize_rows, untilize_rows
from ttlang.tables.chips import CHIPS

Load = Callable[[str], Any]
ROWS, TILES = ttnn.ROW_MAJOR_LAYOUT, ttnn.TILE_LAYOUT

TEXT = """
from ttlang import ttl

@ttl.kernel(grid={grid}, **{options})
def kernel(x, y, out):
    x_cb = ttl.make_circular_buffer_like(x, shape={x_block})
    y_cb = ttl.make_circular_buffer_like(y, shape={y_block})
    out_cb = ttl.make_circular_buffer_like(out, shape={out_block})

    @ttl.compute()
    def compute():
        for i in range({turns}):
            with x_cb.wait() as a, y_cb.wait() as b, out_cb.reserve() as o:
                {store}

    @ttl.datamovement()
    def read():
        n = ttl.core(dims=1)
        for i in range({turns}):
            with x_cb.reserve() as a, y_cb.reserve() as b:
                first, second = ttl.copy(x[{x_slice}], a), ttl.copy(y[{y_slice}], b)
                first.wait()
                second.wait()

    @ttl.datamovement()
    def write():
        n = ttl.core(dims=1)
        for i in range({turns}):
            with out_cb.wait() as o:
                ttl.copy(o, out[{out_slice}]).wait()
"""


@pytest.fixture(params=list(CHIPS))
def arch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TTLANG_ARCH", request.param)
    return request.param


def integers(*shape: int) -> torch.Tensor:
    torch.manual_seed(sum(shape))
    return torch.randint(-50, 50, shape).to(torch.bfloat16)


def place(values: torch.Tensor, layout: Any = ROWS, dtype: Any = ttnn.bfloat16) -> Any:
    return ttnn.from_torch(values, dtype=dtype, layout=layout, device=ttnn.open_device(device_id=0))


def elementwise(
    load: Load,
    block: tuple[int, int],
    *,
    store: str = "o.store(a * 2 + b)",
    turns: int = 2,
    grid: tuple[int, int] = (2, 1),
    layouts: tuple[Any, Any, Any] = (ROWS, ROWS, ROWS),
    dtypes: tuple[Any, Any, Any] = (ttnn.bfloat16, ttnn.bfloat16, ttnn.bfloat16),
    **options: Any,
) -> tuple[Any, list[Any], torch.Tensor, torch.Tensor]:
    """The kernel, its tensors and inputs. Blocks of so many elements, one below the other, in turns on each core."""
    rows, columns = block
    shape = (rows * turns * grid[0], columns)
    x, y = integers(*shape), integers(*shape) + 1
    tensors = [
        place(values, layout, dtype)
        for values, layout, dtype in zip((x, y, torch.zeros(shape)), layouts, dtypes, strict=True)
    ]
    units = [(rows, columns) if layout is ROWS else (rows // 32, columns // 32) for layout in layouts]
    slices = [f"(n * {turns} + i) * {unit[0]} : (n * {turns} + i + 1) * {unit[0]}, :" for unit in units]
    text = TEXT.format(
        grid=grid,
        options=options,
        turns=turns,
        store=store,
        **dict(zip(("x_block", "y_block", "out_block"), units, strict=True)),
        **dict(zip(("x_slice", "y_slice", "out_slice"), slices, strict=True)),
    )
    return load(text).kernel, tensors, x, y


@pytest.mark.parametrize("block", [(32, 32), (64, 32), (32, 96), (96, 352)])
def test_elementwise(load: Load, arch: str, block: tuple[int, int]) -> None:
    kernel, tensors, x, y = elementwise(load, block)
    kernel(*tensors)
    assert torch.equal(ttnn.to_torch(tensors[2]), x * 2 + y)


@pytest.mark.parametrize("numerics", ["chip", "fast"])
@pytest.mark.parametrize("dst32", [False, True])
def test_both_widths_of_dst(load: Load, numerics: str, dst32: bool) -> None:
    kernel, tensors, x, y = elementwise(load, (64, 256), fp32_dest_acc_en=dst32)
    compiled = kernel.compile(*tensors)
    result = simulate(compiled, tensors, numerics=numerics)
    assert torch.equal(ttnn.to_torch(tensors[2]), x * 2 + y)
    # Eight tiles across: in one part where DST holds as many.
    assert result.counts["compute"]["pack_untilize_block"] == 2 * 2 * 2 * (2 if dst32 else 1)
    assert result.counts["compute"]["tilize_block"] == 2 * 2 * 2 * 2
    part = 4 if dst32 else 8
    assert f"pack_untilize_block<{part}, 8>(" in print_program(compiled.program)["compute"]


@pytest.mark.parametrize("tiled", ["x", "y", "out"])
def test_beside_tiled_tensors(load: Load, tiled: str) -> None:
    layouts = [TILES if name == tiled else ROWS for name in ("x", "y", "out")]
    kernel, tensors, x, y = elementwise(load, (64, 96), layouts=tuple(layouts))  # pyright: ignore[reportArgumentType]
    kernel(*tensors)
    assert torch.equal(ttnn.to_torch(tensors[2]), x * 2 + y)


def test_from_rows_to_another_format(load: Load) -> None:
    """Tiled float32 out of row-major bfloat16: DST holds 32 bits, and the packer changes its format between."""
    kernel, tensors, x, y = elementwise(
        load,
        (32, 64),
        layouts=(ROWS, TILES, TILES),
        dtypes=(ttnn.bfloat16, ttnn.float32, ttnn.float32),
        store="o.store(a * 3 + b)",
    )
    kernel(*tensors)
    assert torch.equal(ttnn.to_torch(tensors[2]), x.float() * 3 + y.float())
    text = print_program(kernel.compile(*tensors).program)["compute"]
    assert "pack_reconfig_data_format(x_cb_tiles)" in text
    assert "pack_reconfig_data_format(out_cb)" in text


@pytest.mark.parametrize("accumulates", [False, True])
def test_matmul_of_rows(load: Load, arch: str, accumulates: bool) -> None:
    """K in turns. A change of layout between them has DST sections of its own, so sums stay in L1."""
    text = """
    from ttlang import ttl

    @ttl.kernel(grid=(1, 1))
    def kernel(a, b, out):
        a_cb = ttl.make_circular_buffer_like(a, shape=(64, K))
        b_cb = ttl.make_circular_buffer_like(b, shape=(K, 96))
        out_cb = ttl.make_circular_buffer_like(out, shape=(64, 96))

        @ttl.compute()
        def compute():
            with out_cb.reserve() as o:
                for _ in range(128 // K):
                    with a_cb.wait() as av, b_cb.wait() as bv:
                        o.store(av @ bv, acc=True)

        @ttl.datamovement()
        def read():
            for k in range(128 // K):
                with a_cb.reserve() as a_block, b_cb.reserve() as b_block:
                    first = ttl.copy(a[:, k * K : (k + 1) * K], a_block)
                    second = ttl.copy(b[k * K : (k + 1) * K, :], b_block)
                    first.wait()
                    second.wait()

        @ttl.datamovement()
        def write():
            with out_cb.wait() as o:
                ttl.copy(o, out[:, :]).wait()
    """.replace("K", "32" if accumulates else "128")
    torch.manual_seed(0)
    a, b = (torch.randint(-3, 4, shape).to(torch.bfloat16) for shape in ((64, 128), (128, 96)))
    # Sums of 128 such products are below 256 in nearly all cases, and exact there.
    a, b = a * (torch.arange(128) % 4 == 0), b
    tensors = [place(values) for values in (a, b, torch.zeros(64, 96))]
    load(text).kernel(*tensors)
    expected = a.float() @ b.float()
    assert expected.abs().max() <= 256
    assert torch.equal(ttnn.to_torch(tensors[2]).float(), expected)


def test_the_plan_speaks_of_changes_of_layout(load: Load) -> None:
    kernel, tensors, _, _ = elementwise(load, (32, 64))
    module = kernel.to_ttl(*tensors)
    (op,) = module.ops
    for cb in op.circular_buffers:
        cb.buffer_index = IntegerAttr(0, i64)
    op.fp32_dest_acc_en = BoolAttr.from_bool(False)
    plan = compile_report(op)
    assert "rows of x_cb to tiles in x_cb_tiles" in plan
    assert "tiles of out_cb_out_tiles to rows in out_cb" in plan


def test_push_and_pop_by_name(load: Load) -> None:
    store = "o.store(a - b)"
    kernel, tensors, x, y = elementwise(load, (32, 64), store=store)
    kernel(*tensors)
    assert torch.equal(ttnn.to_torch(tensors[2]), x - y)
    text = """
    from ttlang import ttl

    @ttl.kernel(grid=(1, 1))
    def kernel(x, out):
        x_cb = ttl.make_circular_buffer_like(x, shape=(32, 64))
        out_cb = ttl.make_circular_buffer_like(out, shape=(32, 64))

        @ttl.compute()
        def compute():
            a = x_cb.wait()
            o = out_cb.reserve()
            o.store(ttl.math.relu(a))
            x_cb.pop()
            out_cb.push()
            b = x_cb.wait()
            p = out_cb.reserve()
            p.store(-b)
            b.pop()
            p.push()

        @ttl.datamovement()
        def read():
            for i in range(2):
                with x_cb.reserve() as block:
                    ttl.copy(x[i * 32 : i * 32 + 32, :], block).wait()

        @ttl.datamovement()
        def write():
            for i in range(2):
                with out_cb.wait() as block:
                    ttl.copy(block, out[i * 32 : i * 32 + 32, :]).wait()
    """
    x = integers(64, 64)
    tensors = [place(x), place(torch.zeros(64, 64))]
    load(text).kernel(*tensors)
    assert torch.equal(ttnn.to_torch(tensors[1]), torch.cat([x[:32].relu(), -x[32:]]))


@pytest.mark.parametrize(
    ("block", "dtypes", "text"),
    [
        ((32, 48), (ttnn.bfloat16,) * 3, "32x48 elements in the compute thread is not made of whole 32x32 tiles"),
        ((16, 32), (ttnn.bfloat16,) * 3, "not made of whole"),
        ((32, 32), (ttnn.uint8,) * 3, "a row-major block of uint8 in the compute thread, which takes those of bf"),
    ],
)
def test_refusals(load: Load, block: tuple[int, int], dtypes: Any, text: str) -> None:
    kernel, tensors, _, _ = elementwise(load, block, dtypes=dtypes)
    with pytest.raises(DiagnosticError) as raised:
        kernel(*tensors)
    first = raised.value.diagnostics[0]
    assert (first.code, text in first.message) == ("TTL0003", True), first.message
    assert "ttnn.to_layout" in (first.hint or "")


WINDOWS = """
from ttlang import ttl, ttnn

@ttl.operation(grid=(1, 1))
def kernel(x, y, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape={block})
    y_dfb = ttl.make_dataflow_buffer_like(y, shape={block})
    out_dfb = ttl.make_dataflow_buffer_like(out, shape={made})

    @ttl.compute()
    def compute():
        for _ in range(2):
            with x_dfb.wait() as a, y_dfb.wait() as b, out_dfb.reserve() as o:
                o.store({expression})

    @ttl.datamovement()
    def read():
        for i in range(2):
            with x_dfb.reserve() as a, y_dfb.reserve() as b:
                ttl.copy(x[i * {thick} : i * {thick} + {thick}, ...], a).wait()
                ttl.copy(y[i * {thick} : i * {thick} + {thick}, ...], b).wait()

    @ttl.datamovement()
    def write():
        for i in range(2):
            with out_dfb.wait() as o:
                ttl.copy(o, out[i * {into} : i * {into} + {into}, ...]).wait()
"""


def of_windows(
    load: Load,
    block: tuple[int, ...],
    dtype: Any,
    inputs: tuple[torch.Tensor, torch.Tensor],
    expression: str,
    *,
    made: tuple[int, ...] | None = None,
    dtypes: tuple[Any, Any, Any] | None = None,
    layouts: tuple[Any, Any, Any] = (ROWS, ROWS, ROWS),
) -> torch.Tensor:
    """What two blocks of row-major tensors, whose first dimension is twice theirs, become: from IR and from C++."""
    made = made or block
    text = WINDOWS.format(block=block, made=made, thick=block[0], into=made[0], expression=expression)
    values = (*inputs, torch.zeros(2 * made[0], *made[1:], dtype=inputs[0].dtype))
    tensors = [
        place(each, layout, format)
        for each, layout, format in zip(values, layouts, dtypes or (dtype,) * 3, strict=True)
    ]
    with both_ways() as ways:
        load(text).kernel(*tensors)
    assert sum(ways.values()) == 2
    return ttnn.to_torch(tensors[2])


SHAPES = [(64, 96), (1024,), (3072,), (2, 32, 64), (2, 3, 64, 32)]


@pytest.mark.parametrize("block", SHAPES)
def test_rows_of_any_rank(load: Load, arch: str, block: tuple[int, ...]) -> None:
    shape = (2 * block[0], *block[1:])
    x, y = integers(*shape), integers(*shape).flip(0)
    assert torch.equal(of_windows(load, block, ttnn.bfloat16, (x, y), "a * 2 - b"), x * 2 - y)


@pytest.mark.parametrize("block", SHAPES)
def test_floats_of_32_bits_keep_them(load: Load, arch: str, block: tuple[int, ...]) -> None:
    """By DST, and not by the source registers, which have 10 bits of a significand."""
    shape = (2 * block[0], *block[1:])
    x, y = torch.rand(shape) * 1000 - 500, torch.rand(shape)
    x.view(-1)[:2] = torch.tensor([-0.0, 1 + 2**-23])
    assert torch.equal(of_windows(load, block, ttnn.float32, (x, y), "a + b"), x + y)
    larger = of_windows(load, block, ttnn.float32, (x, y - 1000), "ttl.math.max(a, b)")
    assert torch.equal(larger.view(torch.int32), x.view(torch.int32))


@pytest.mark.parametrize(("dtype", "bits"), [(ttnn.int32, 30), (ttnn.uint32, 30), (ttnn.uint16, 15)])
@pytest.mark.parametrize("block", [(32, 64), (2048,), (2, 32, 32)])
def test_integers(load: Load, arch: str, dtype: Any, bits: int, block: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    shape = (2 * block[0], *block[1:])
    x, y = (torch.randint(0, 2**bits, shape, dtype=torch.int32) for _ in range(2))
    result = of_windows(load, block, dtype, (x, y), "a + b")
    assert torch.equal(result.to(torch.int64), (x + y).to(torch.int64))


def test_matrices_of_rows_of_three_dimensions(load: Load) -> None:
    """Products and sums see the matrices."""
    x, y = integers(4, 32, 32).float() % 4, integers(4, 32, 32).flip(0).float() % 4
    product = of_windows(load, (2, 32, 32), ttnn.float32, (x, y), "a @ b")
    assert torch.equal(product, x @ y)
    total = of_windows(
        load, (2, 32, 32), ttnn.float32, (x, y), "ttl.math.reduce_sum(a + b, dims=[0])", made=(1, 32, 32)
    )
    assert torch.equal(total, (x + y).reshape(2, 2, 32, 32).sum(1))


@pytest.mark.parametrize(
    "call", ["ttl.math.reduce_sum(a, dims=[0])", "ttl.block.transpose(a)", "a @ b", "ttl.block.unsqueeze(a, dims=[0])"]
)
def test_a_block_of_one_dimension_is_no_matrix(load: Load, call: str) -> None:
    x = integers(4096)
    with pytest.raises(DiagnosticError) as raised:
        of_windows(load, (2048,), ttnn.bfloat16, (x, x), call)
    first = raised.value.diagnostics[0]
    assert (first.code, "a block of one dimension" in first.message) == ("TTL0301", True), first.message


def test_fills_of_one_dimension(load: Load) -> None:
    x = integers(4096)
    fill = "ttl.block.fill(3, shape=(2048,), layout=ttnn.ROW_MAJOR_LAYOUT)"
    result = of_windows(load, (2048,), ttnn.bfloat16, (x, x), f"a + b + {fill}")
    assert torch.equal(result, x + x + 3)


@pytest.mark.parametrize("first", [ttnn.float32, ttnn.bfloat16])
def test_two_widths_of_rows(load: Load, monkeypatch: pytest.MonkeyPatch, first: Any) -> None:
    """The older generation asks buffer 0 which way datums go, whichever buffer it reads."""
    other = ttnn.bfloat16 if first is ttnn.float32 else ttnn.float32
    x = integers(64, 32)
    tensors = [place(each, ROWS, dtype) for each, dtype in zip((x, x, x), (first, other, other), strict=True)]
    text = WINDOWS.format(block=(32, 32), made=(32, 32), thick=32, into=32, expression="a + b")
    load(text).kernel(*tensors)
    assert torch.equal(ttnn.to_torch(tensors[2]).float(), 2 * x.float())
    monkeypatch.setenv("TTLANG_METAL_API", "0.69")
    with pytest.raises(DiagnosticError) as raised:
        load(text).kernel.compile(*tensors)
    found = raised.value.diagnostics[0]
    assert (found.code, "one compute thread, which ttnn 0.69" in found.message) == ("TTL0003", True), found.message


@pytest.mark.parametrize("tiled", [0, 1])
def test_buffer_0_is_read_as_rows(load: Load, monkeypatch: pytest.MonkeyPatch, tiled: int) -> None:
    """A tiled buffer of another width stands behind it, wherever it is made."""
    monkeypatch.setenv("TTLANG_METAL_API", "0.69")
    x = integers(64, 32)
    dtypes = [ttnn.bfloat16] * 3
    dtypes[tiled] = ttnn.float32
    tensors = [place(x, TILES if n == tiled else ROWS, dtypes[n]) for n in range(3)]
    text = WINDOWS.format(block=(32, 32), made=(32, 32), thick=32, into=32, expression="a + b")
    name = "xy"[tiled]
    text = text.replace(f"like({name}, shape=(32, 32))", f"like({name}, shape=(1, 1))")
    text = text.replace(f"{name}[i * 32 : i * 32 + 32, ...]", f"{name}[i, 0]")
    program = load(text).kernel.compile(*tensors).program
    (zero,) = [cb for cb in program.circular_buffers if cb.index.value.data == 0]
    assert zero.element.dtype.ttnn == "bfloat16"


def test_a_result_of_rows_that_is_not_defined_everywhere(load: Load) -> None:
    kernel, tensors, _, _ = elementwise(load, (32, 32), store="o.store(ttl.reduce_sum(a + b, dims=[0]))", turns=1)
    with pytest.warns(UserWarning, match="TTL0603"):
        kernel.compile(*tensors)


@pytest.mark.parametrize(
    ("store", "code", "message", "hint"),
    [
        ("pass", "TTL0409", "the block of out_cb is pushed, and nothing was written to it", "store() to it"),
        ("o.store(a); o.store(b)", "TTL0410", "the block of out_cb is stored a second time", "store both"),
        ("o.store(b); a = x_cb.wait()", "TTL0404", "x_cb is waited for again before x_cb.pop()", "call x_cb.pop()"),
        ("o.store(ttl.fill(2, shape=(2, 3)))", "TTL0301", "a value of 2x3 tiles", "make out_cb with shape=(64, 96)"),
    ],
)
def test_messages_name_the_buffer_of_rows(load: Load, store: str, code: str, message: str, hint: str) -> None:
    """And not the compiler's, of tiles."""
    kernel, tensors, _, _ = elementwise(load, (32, 32), store=store, turns=1)
    with pytest.raises(DiagnosticError) as raised:
        kernel.compile(*tensors)
    found = next(each for each in raised.value.diagnostics if each.code == code)
    assert message in found.message
    assert hint in (found.hint or "")


def test_warnings_name_the_buffer_of_rows(load: Load) -> None:
    kernel, tensors, _, _ = elementwise(load, (32, 32), store="o.store(a)", turns=1)
    with pytest.warns(UserWarning, match="TTL0414.*the block of y_cb is popped"):
        kernel.compile(*tensors)


@given(st.integers(1, 5), st.sampled_from([1, 2, 4]))
def test_bytes_of_rows(tiles: int, unit: int) -> None:
    """Against the arrays that the host tilizes."""
    rows = np.arange(32 * 32 * tiles, dtype=f"u{unit}" if unit > 1 else "u1").reshape(32, 32 * tiles)
    raw = rows.view(np.uint8).reshape(tiles, 1024 * unit)
    expected = np.ascontiguousarray(tilize(rows)).view(np.uint8)
    assert np.array_equal(tilize_rows(raw), expected)
    assert np.array_equal(untilize_rows(expected), raw.reshape(32, -1))


# The unit's rules

PROGRAM = """
ttkernel.program @k grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @r_cb 0 pages 2 of <32x32, bf16> at 105856
  ttkernel.circular_buffer @t_cb 1 pages 2 of <32x32, bf16> at 109952
  ttkernel.kernel @compute on compute {
    %c = arith.constant 0 : i32
    ttkernel.compute_kernel_hw_startup(@t_cb, @t_cb, @r_cb)
    ttkernel.cb_reserve_back(@t_cb, 2)
    BODY
  }
}
"""
FILL = """
    ttkernel.tile_regs_acquire()
    ttkernel.fill_tile_init()
    ttkernel.fill_tile(%c) [1.0]
    ttkernel.tile_regs_commit()
    ttkernel.tile_regs_wait()
    ttkernel.pack_tile(%c, @t_cb)
    ttkernel.tile_regs_release()
"""
MISTAKES = [
    ("ttkernel.tilize_block(@r_cb, 2, @t_cb)", "TTL0803", "r_cb: reads tile 0"),
    ("ttkernel.pack_untilize_init<1, 2>(@t_cb, @r_cb)" + FILL, "TTL0804", "set for a change of layout"),
    ("ttkernel.tilize_init(@r_cb, 2, @t_cb)" + FILL, "TTL0804", "set for a change of layout"),
]


@pytest.mark.parametrize(("body", "code", "text"), MISTAKES)
def test_mistakes(body: str, code: str, text: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        run(parse_program(PROGRAM.replace("BODY", body)), [])
    first = raised.value.diagnostics[0]
    assert (first.code, text in first.message) == (code, True), first.message


PACK = "ttkernel.pack_tile(%c, @t_cb)"
HELD = f"""{FILL.replace(PACK, f"{PACK} {PACK}")}
    ttkernel.cb_push_back(@t_cb, 2)
    ttkernel.cb_wait_front(@t_cb, 2)
    ttkernel.cb_reserve_back(@r_cb, 2)
"""
INIT, BLOCK = (
    "ttkernel.pack_untilize_init<{}, 2>(@t_cb, @r_cb)\n",
    "ttkernel.pack_untilize_block<2, 2>(@t_cb, 1, @r_cb, %c)",
)


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (BLOCK, "TTL0804", "needs pack_untilize_init"),
        (INIT.format(1) + BLOCK, "TTL0804", "part = 2"),
        (INIT.format(2) + "ttkernel.tile_regs_acquire()\n" + BLOCK, "TTL0806", "inside a DST section"),
    ],
)
def test_mistakes_with_data(body: str, code: str, text: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        run(parse_program(PROGRAM.replace("BODY", HELD + body)), [])
    first = raised.value.diagnostics[0]
    assert (first.code, text in first.message) == (code, True), first.message
