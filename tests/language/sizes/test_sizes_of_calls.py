"""Calls that leave sizes to be chosen: what is chosen, what it depends on, and when it is chosen anew."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.sized_kernels import rows_kernel
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.kernel_compiler import KernelCompiler
from ttlang.host import (
    L1_MEMORY_CONFIG,
    TILE_LAYOUT,
    TensorSpec,
    deallocate,
    from_numpy,
    open_device,
    to_numpy,
    zeros,
)
from ttlang.tables.dtypes import BF16, F32

Load = Callable[[str], Any]


def spec(rows: int, columns: int, dtype: Any = BF16) -> TensorSpec:
    return TensorSpec((32 * rows, 32 * columns), dtype, TILE_LAYOUT)


def values(compiled: Any) -> dict[str, object]:
    return dict(compiled.chosen.values)


def compiles(kernel: Any, *args: Any, **kwargs: Any) -> bool:
    try:
        kernel.compile(*args, **kwargs)
    except DiagnosticError:
        return False
    return True


def test_a_call_runs_with_the_sizes_that_were_chosen(load: Load) -> None:
    kernel = load(rows_kernel("bm=ttl.largest(ttl.divisor_of(lambda x: x.shape[0] // 32))")).scale
    device = open_device(device_id=0)
    given = np.arange(192 * 64, dtype=np.float32).reshape(192, 64) % 64
    x = from_numpy(given, dtype=BF16, layout=TILE_LAYOUT, device=device)
    out = zeros((192, 64), dtype=BF16, layout=TILE_LAYOUT, device=device)
    kernel(x, out)
    assert np.array_equal(to_numpy(out).astype(np.float32), given * 2)
    assert values(kernel.compile(x, out)) == {"bm": 6}
    kernel(x, out, bm=2)
    assert kernel.compile(x, out, bm=2).chosen.values == {}


@pytest.mark.parametrize("columns", [1, 20, 57, 80, 160, 169, 170])
@pytest.mark.parametrize("dtype", [BF16, F32])
def test_the_largest_size_is_that_of_brute_force(load: Load, columns: int, dtype: Any) -> None:
    kernel = load(rows_kernel("bm=ttl.largest(1, 2, 3, 4, 6, 12), depth=ttl.one_of(2, 3)", blocks="depth")).scale
    x = spec(12, columns, dtype)
    legal = [
        (bm, depth) for bm, depth in product((12, 6, 4, 3, 2, 1), (2, 3)) if compiles(kernel, x, x, bm=bm, depth=depth)
    ]
    if not legal:
        with pytest.raises(DiagnosticError, match="TTL0711"):
            kernel.compile(x, x)
        return
    largest = {depth: max(bm for bm, other in legal if other == depth) for _, depth in legal}
    best = min(largest.items(), key=lambda each: kernel.predict(x, x, bm=each[1], depth=each[0]).cycles)
    found = values(kernel.compile(x, x))
    assert found["bm"] == largest[found["depth"]]  # pyright: ignore[reportArgumentType]
    taken = kernel.predict(x, x, **found).cycles
    assert taken <= 1.05 * kernel.predict(x, x, bm=best[1], depth=best[0]).cycles


def test_of_several_largest_sizes_the_product_is_greatest(load: Load) -> None:
    text = rows_kernel("bm=ttl.largest(1, 2, 4), depth=ttl.largest(2, 3, 4, 5)", blocks="depth")
    kernel = load(text).scale
    x = spec(4, 40)
    legal = [
        (bm, depth) for bm, depth in product((1, 2, 4), (2, 3, 4, 5)) if compiles(kernel, x, x, bm=bm, depth=depth)
    ]
    found = values(kernel.compile(x, x))
    assert (found["bm"], found["depth"]) in legal
    assert found["bm"] * found["depth"] == max(bm * depth for bm, depth in legal)  # pyright: ignore[reportOperatorIssue]


def test_grid_fidelity_and_width_of_dst_are_parameters_too(load: Load) -> None:
    decorator = 'grid=ttl.one_of((2, 1), (1, 1)), math_fidelity=ttl.one_of("HiFi4", "LoFi"), '
    decorator += "fp32_dest_acc_en=ttl.one_of(True, False)"
    kernel = load(rows_kernel("bm=2", decorator=decorator)).scale
    x = spec(4, 2)
    compiled = kernel.compile(x, x)
    assert set(values(compiled)) == {"grid", "math_fidelity", "fp32_dest_acc_en"}
    fixed = kernel.compile(x, x, grid=(1, 1), math_fidelity="LoFi", fp32_dest_acc_en=True)
    assert values(fixed) == {}
    assert (fixed.program.dimensions, fixed.options.math_fidelity, fixed.program.dst32) == ((1, 1), "LoFi", True)
    with pytest.raises(DiagnosticError, match="math_fidelity='HiFi3' is no value of its space"):
        kernel.compile(x, x, math_fidelity="HiFi3")


def test_where_leaves_out_what_does_not_go_together(load: Load) -> None:
    decorator = "grid=(1, 1), where=lambda bm, depth, x: bm * depth == 6 and x.shape[1] == 64"
    kernel = load(
        rows_kernel("bm=ttl.one_of(1, 2, 3), depth=ttl.one_of(2, 3)", decorator=decorator, blocks="depth")
    ).scale
    found = values(kernel.compile(spec(6, 2), spec(6, 2)))
    assert (found["bm"], found["depth"]) in {(2, 3), (3, 2)}
    with pytest.raises(DiagnosticError, match="no sizes of scale go together: where= leaves none of 6"):
        kernel.compile(spec(6, 3), spec(6, 3))


@pytest.mark.parametrize(
    ("parameters", "decorator", "message"),
    [
        ("bm=ttl.one_of(1, 2)", "grid=(1, 1), where=lambda bn: bn", "where= takes bn, which the kernel does not have"),
        ("bm=ttl.one_of(1, 2)", "grid=(1, 1), where=lambda bm: bm / 0", "where= raises ZeroDivisionError for bm=1"),
        ("bm=1", "grid=(1, 1), where=lambda bm: bm", "where= has nothing to choose from"),
        ("bm=1", "grid=(1, 1), where=True", "where=True is no function"),
        ("bm=1", "grid=(1, 1), fidelity=ttl.one_of(1, 2)", "fidelity is no compile option"),
    ],
)
def test_a_decorator_that_is_wrong(load: Load, parameters: str, decorator: str, message: str) -> None:
    with pytest.raises(DiagnosticError, match=message):
        load(rows_kernel(parameters, decorator=decorator)).scale.compile(spec(2, 2), spec(2, 2))


def test_a_space_of_what_may_be_given_by_position(load: Load) -> None:
    text = rows_kernel("bm=ttl.one_of(1, 2)").replace("out, *, bm", "out, bm")
    with pytest.raises(DiagnosticError, match="bm may be given by position"):
        load(text)


def test_what_was_chosen_is_chosen_again_without_a_look(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = load(rows_kernel("bm=ttl.largest(1, 2, 4)")).scale
    x = spec(4, 2)
    first = kernel.compile(x, x)
    monkeypatch.setattr(KernelCompiler, "front_end", lambda *_: pytest.fail("it is elaborated"))
    assert kernel.compile(x, x) is first


def test_it_is_chosen_anew_when_what_a_space_reads_has_changed(load: Load) -> None:
    text = rows_kernel(
        "bm=ttl.largest(ttl.between(1, lambda: MOST))",
        setup="MOST = 4\nFEW = []",
        decorator="grid=(1, 1), where=lambda bm: bm not in FEW",
    )
    module = load(text)
    x = spec(8, 2)
    assert values(module.scale.compile(x, x)) == {"bm": 4}
    names = module.scale.function.__globals__
    names["MOST"] = 8
    assert values(module.scale.compile(x, x)) == {"bm": 8}
    names["FEW"].append(8)
    assert values(module.scale.compile(x, x)) == {"bm": 4}


def test_sizes_leave_room_for_tensors_in_l1(load: Load) -> None:
    kernel = load(rows_kernel("bm=ttl.largest(1, 2, 4, 8)", decorator="grid=(1, 1)")).scale
    device = open_device(device_id=0)
    x, out = (zeros((256, 1280), dtype=BF16, layout=TILE_LAYOUT, device=device) for _ in range(2))
    assert values(kernel.compile(x, out)) == {"bm": 4}
    other = zeros(
        (64 * 32 * 10, 32 * 32), dtype=BF16, layout=TILE_LAYOUT, device=device, memory_config=L1_MEMORY_CONFIG
    )
    kernel(x, out)
    assert values(kernel.compile(x, out)) == {"bm": 2}
    deallocate(other)


def test_one_source_for_both_chips(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = load(
        rows_kernel("bm=ttl.largest(1, 2, 3, 4, 5, 6), depth=ttl.per_chip(wormhole_b0=3, blackhole=2)", blocks="depth")
    ).scale
    x = spec(60, 40)
    found = {arch: values(kernel.compile(x, x, arch=arch)) for arch in ("wormhole_b0", "blackhole")}
    assert [each["depth"] for each in found.values()] == [3, 2]
    for arch, each in found.items():
        bm: Any = each["bm"]
        assert not compiles(kernel, x, x, arch=arch, bm=bm + 1, depth=each["depth"]) or bm == 6


def test_the_plan_says_what_bounds_the_next_larger_size(load: Load) -> None:
    kernel = load(rows_kernel("bm=ttl.largest(1, 2, 4, 8), depth=ttl.one_of(2)", blocks="depth")).scale
    x = spec(8, 40)
    lines = kernel.compile(x, x).plan().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("sizes, of 4 configurations"))
    reason = "8: TTL0701, the circular buffers take at least 2560 KiB of L1"
    assert lines[start + 1].startswith(f"  bm=4, of 1, 2, 4, 8; {reason}")
    assert lines[start + 2] == "  depth=2, of 2; none is larger"


def test_what_is_dumped_is_what_was_chosen(load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kernel = load(rows_kernel("bm=ttl.one_of(1, 2, 4)")).scale
    monkeypatch.setenv("TTLANG_DUMP", str(tmp_path))
    x = spec(4, 2)
    compiled = kernel.compile(x, x)
    written = {path.stem: path.read_text() for path in (tmp_path / "scale").glob("*.cpp")}
    assert written == compiled.cpp()


def test_what_was_chosen_for_want_of_room_is_not_kept(load: Load) -> None:
    text = rows_kernel("bm=ttl.largest(1, 2, 4, 8)")
    device = open_device(device_id=0)
    x, out = (zeros((256, 1280), dtype=BF16, layout=TILE_LAYOUT, device=device) for _ in range(2))
    other = zeros((64 * 320, 1024), dtype=BF16, layout=TILE_LAYOUT, device=device, memory_config=L1_MEMORY_CONFIG)
    assert values(load(text).scale.compile(x, out)) == {"bm": 2}
    deallocate(other)
    assert values(load(text).scale.compile(x, out)) == {"bm": 4}


def test_what_was_chosen_is_kept_for_other_processes(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    text = rows_kernel("bm=ttl.largest(1, 2, 4)")
    x = spec(4, 2)
    first = load(text).scale.compile(x, x)
    monkeypatch.setattr("ttlang.driver.size_choice.choose", lambda _: pytest.fail("it is chosen anew"))
    again = load(text).scale.compile(x, x)
    assert values(again) == values(first)
    assert "sizes, of 3 configurations, chosen by an earlier call:" in again.plan()


def test_a_size_that_pads_need_not_divide(load: Load) -> None:
    """Seven rows of tiles in blocks of four: the last block goes beyond the tensor."""
    text = rows_kernel(
        "bm=ttl.divisor_of(lambda x: x.shape[0] // 32, pad=True)", decorator="grid=(1, 1), where=lambda bm: bm == 4"
    ).replace("range(rows // bm)", "range(-(-rows // bm))")
    kernel = load(text).scale
    device = open_device(device_id=0)
    given = np.arange(224 * 64, dtype=np.float32).reshape(224, 64) % 64
    x = from_numpy(given, dtype=BF16, layout=TILE_LAYOUT, device=device)
    out = zeros((224, 64), dtype=BF16, layout=TILE_LAYOUT, device=device)
    kernel(x, out)
    assert values(kernel.compile(x, out)) == {"bm": 4}
    assert np.array_equal(to_numpy(out).astype(np.float32), given * 2)
    with pytest.raises(DiagnosticError, match="TTL0711"):
        load(text.replace(", pad=True", "").replace("bm == 4", "bm > 1 and bm < 7")).scale.compile(x, out)
