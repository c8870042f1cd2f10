"""A chip is a record: one that nobody has heard of compiles, prints, simulates and runs C++ from its record alone."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ttl
from tests.support.both_ways import both_ways
from ttlang import host as ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttl as ttl_dialect
from ttlang.dialects.ttcore import ScalarType
from ttlang.driver.launch import simulate
from ttlang.machine.numerics import make_numerics
from ttlang.settings.options import CompileOptions
from ttlang.tables.chips import BLACKHOLE, CHIPS, Chip, find_chip
from ttlang.tables.chips.arithmetic import Arithmetic, MatrixUnitRules, VectorUnitRules
from ttlang.tables.dtypes import BF16
from ttlang.tables.functions import BY_NAME
from ttlang.tables.kernel_api import GENERATIONS
from ttlang.tools.generated_docs import settings_page

GREYHOLE = replace(
    BLACKHOLE,
    name="greyhole_a1",
    title="Greyhole A1",
    aliases=("greyhole", "gh"),
    grid=(3, 2),
    l1_bytes=256 * 1024,
    l1_buffer_base=65_536,
    l1_budget=160 * 1024,
    circular_buffers=8,
    dst_capacity=8,
    dram_banks=5,
    dram_alignment=128,
    orders_command_buffers=False,
    semaphores=6,
    runtime_args=64,
    column_to_virtual=(7, 9, 30),
    row_to_virtual=(40, 3),
    arithmetic=Arithmetic(
        MatrixUnitRules(minus_one_slips=True),
        # Rules of both chips, and a NaN that is its own.
        VectorUnitRules(
            signed_zeros=True,
            gradual_underflow=False,
            second_bit_is_lost=True,
            nan=0x7F810000,
            nan_has_sign=True,
            compares_nan_by_sign=False,
            estimates_reciprocal=True,
            relu_min_swaps=True,
        ),
    ),
)
ROWS, COLUMNS, BLOCK = 2, 3, 4


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Chip:
    """The chip, in the registry and under devices."""
    monkeypatch.setitem(CHIPS, GREYHOLE.name, GREYHOLE)
    monkeypatch.setenv("TTLANG_ARCH", "greyhole")
    return GREYHOLE


@ttl.kernel(grid="auto")
def blend(x, y, out):
    """`x * y - left`, with what the core to the left has for x, around each row of cores."""
    columns, rows = ttl.grid_size(dims=2)
    ring = ttl.PipeNet([ttl.Pipe(src=(c, r), dst=((c + 1) % columns, r)) for c in range(columns) for r in range(rows)])
    x_cb, halo_cb, left_cb, y_cb, out_cb = (
        ttl.make_circular_buffer_like(t, shape=(1, BLOCK), buffer_factor=2) for t in (x, x, x, y, out)
    )

    @ttl.compute()
    def compute():
        with x_cb.wait() as own, y_cb.wait() as other, left_cb.wait() as left, out_cb.reserve() as o:
            o.store(own * other - left)

    @ttl.datamovement()
    def read():
        column, row = ttl.core(dims=2)
        part = slice(column * BLOCK, column * BLOCK + BLOCK)
        with x_cb.reserve() as block, halo_cb.reserve() as halo, y_cb.reserve() as other:
            ttl.copy(x[row, part], block).wait()
            ttl.copy(x[row, part], halo).wait()
            ttl.copy(y[row, part], other).wait()
        with left_cb.reserve() as left:
            ring.if_dst(lambda pipe: ttl.copy(pipe, left).wait())

    @ttl.datamovement()
    def write():
        column, row = ttl.core(dims=2)
        with halo_cb.wait() as halo:
            ring.if_src(lambda pipe: ttl.copy(halo, pipe).wait())
        with out_cb.wait() as block:
            ttl.copy(block, out[row, column * BLOCK : column * BLOCK + BLOCK]).wait()


def tensors(dtype: Any = ttnn.bfloat16) -> tuple[np.ndarray, list[ttnn.Tensor]]:
    """What `blend` gives, and tensors for it."""
    rng, shape = np.random.default_rng(3), (32 * ROWS, 32 * COLUMNS * BLOCK)
    # Whole numbers, so that the result is exact in bfloat16.
    x, y = (rng.integers(-8, 8, shape).astype(np.float32) for _ in range(2))
    device = ttnn.open_device(device_id=0)
    given = [
        ttnn.from_numpy(array, dtype, layout=ttnn.TILE_LAYOUT, device=device) for array in (x, y, np.zeros_like(x))
    ]
    return x * y - np.roll(x, 32 * BLOCK, axis=1), given


def test_it_has_a_name_and_an_alias(chip: Chip) -> None:
    assert find_chip("greyhole_a1") is find_chip("gh") is chip
    assert CompileOptions(arch="gh").arch == "gh"
    assert "| Greyhole A1 |" in settings_page()
    with pytest.raises(ValueError, match=r"'grayskull' is not a chip; .* wormhole_b0, blackhole, greyhole_a1$"):
        find_chip("grayskull")


@pytest.mark.parametrize("numerics", ["fast", "chip"])
@pytest.mark.parametrize("dtype", [ttnn.bfloat16, ttnn.float32], ids=str)
def test_a_kernel_runs_from_ir_and_from_cpp(chip: Chip, dtype: Any, numerics: Any) -> None:
    want, given = tensors(dtype)
    device = given[0].device()
    assert device.compute_with_storage_grid_size() == ttnn.CoreCoord(3, 2)
    compiled = blend.compile(*given)
    assert compiled.program.arch.data == chip.name
    with both_ways() as done:
        simulate(compiled, given, numerics=numerics)
    assert dict(done) == dict.fromkeys(GENERATIONS, 1)
    assert (ttnn.to_numpy(given[2]) == want).all()


def test_what_is_printed_follows_the_record(chip: Chip) -> None:
    plan = blend.compile(*tensors()[1]).plan()
    assert plan.startswith("blend on 3x2 cores of Greyhole A1; 4 tiles of 16 bits in a DST section; ")
    assert "L1 on each core: 80 KiB of 160 KiB (50.0 %)" in plan
    assert "semaphores: 3 of 6, " in plan
    assert "2 sections of 1x2 tiles in 2 DST tiles" in plan

    compiled = blend.compile(*tensors(ttnn.float32)[1])
    assert "4 sections of 1x1 tiles in 2 DST tiles" in compiled.plan()
    starts = [buffer.address.value.data for buffer in compiled.program.circular_buffers]
    assert starts[0] == chip.l1_buffer_base
    assert not any(start % chip.dram_alignment for start in starts)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"circular_buffers": 4}, "error[TTL0702]: the kernel has 5 circular buffers; a core of Greyhole A1 has 4"),
        (
            {"l1_budget": 65536},
            "the circular buffers take 80 KiB of L1; a core of Greyhole A1 has 64 KiB",
        ),
    ],
)
def test_its_limits_are_said(changes: dict[str, Any], text: str, chip: Chip, monkeypatch: pytest.MonkeyPatch) -> None:
    smaller = replace(chip, name=f"with_{next(iter(changes))}", **changes)
    monkeypatch.setitem(CHIPS, smaller.name, smaller)
    monkeypatch.setenv("TTLANG_ARCH", smaller.name)
    with pytest.raises(DiagnosticError) as found:
        blend.compile(*tensors()[1])
    assert text in str(found.value)


def test_what_it_has_too_few_semaphores_for_are_words_of_a_buffer(chip: Chip, monkeypatch: pytest.MonkeyPatch) -> None:
    # All cores are told at once that the words are set, so they are a rectangle.
    smaller = replace(chip, name="with_a_semaphore", semaphores=1, row_to_virtual=(3, 40))
    monkeypatch.setitem(CHIPS, smaller.name, smaller)
    monkeypatch.setenv("TTLANG_ARCH", smaller.name)
    want, given = tensors()
    compiled = blend.compile(*given)
    assert "semaphores: 1 of 1, " in compiled.plan()
    with both_ways() as done:
        simulate(compiled, given)
    assert dict(done) == dict.fromkeys(GENERATIONS, 1)
    assert (ttnn.to_numpy(given[2]) == want).all()


def test_rows_of_blocks_are_aligned_to_it(chip: Chip) -> None:
    """All chips share the layout of a row-major block, so each gets what the one with the largest bursts wants."""
    block = ttl_dialect.CircularBufferType((2, 8), ScalarType(BF16), 1)
    assert block.page_bytes == 128


def test_its_arithmetic_is_its_own(chip: Chip) -> None:
    """`inf - inf` is the NaN that the record names, with a sign; what is below 2**-126 keeps its own."""
    infinite = np.array([[0x7F800000, 0xFF800000]], np.uint32)
    numerics = make_numerics("chip", chip)
    got = numerics.sfpu(BY_NAME["sub"], [infinite, infinite], (), True)
    assert got.tolist() == [[0x7F810000, 0xFF810000]]
    zero = numerics.sfpu(BY_NAME["add"], [np.array([[0x80000000]], np.uint32)] * 2, (), True)
    assert zero.tolist() == [[0x80000000]]


NAMES_OF_TTNN = ("ttlang/host/device.py", "ttlang/driver/decorators.py")
"""Files that have the names of the chips for users: `ttnn.Arch` and its kin, and what editors offer for `arch`."""


def test_no_code_asks_which_chip_it_is() -> None:
    """Names and constants of chips stand with their records alone."""
    root = Path(__file__).parents[2]
    names = {name for chip in CHIPS.values() for name in (chip.name, chip.name.upper(), chip.family, *chip.aliases)}
    for path in sorted((root / "ttlang").rglob("*.py")):
        file = path.relative_to(root).as_posix()
        if file.startswith("ttlang/tables/chips/") or file in NAMES_OF_TTNN:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            word = word_of(node)
            assert word not in names, f"{file} asks for {word}"


def word_of(node: ast.AST) -> object:
    """What a name, an attribute or a constant is compared by."""
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case _:
            return None
