"""Warnings of sums that are rounded too often: from which number of turns on, for which formats, and when not."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from ttlang import ttl, ttnn
from ttlang.diagnostics import Diagnostic, TTLangWarning


def tensor(rows: int, columns: int, dtype: Any = ttnn.bfloat16) -> Any:
    device = ttnn.open_device(device_id=0)
    return ttnn.zeros((rows * 32, columns * 32), dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)


def warnings_of(kernel: Any, *tensors: Any) -> list[Diagnostic]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        kernel.compile(*tensors)
    return [w.message.diagnostic for w in caught if isinstance(w.message, TTLangWarning)]


def product(turns: int, side: int = 1, inner: int = 1, dtype: Any = ttnn.bfloat16, **options: Any) -> list[Diagnostic]:
    """A sum over K of products of blocks."""

    @ttl.kernel(grid=(1, 1), **options)
    def kernel(a, b, out):
        a_cb = ttl.make_circular_buffer_like(a, shape=(side, inner))
        b_cb = ttl.make_circular_buffer_like(b, shape=(inner, side))
        out_cb = ttl.make_circular_buffer_like(out, shape=(side, side))

        @ttl.compute()
        def compute():
            with out_cb.reserve() as o:
                for _ in range(turns):
                    with a_cb.wait() as av, b_cb.wait() as bv:
                        o.store(av @ bv, acc=True)

        @ttl.datamovement()
        def read():
            for i in range(turns):
                with a_cb.reserve() as av, b_cb.reserve() as bv:
                    ttl.copy(a[0:side, i * inner : (i + 1) * inner], av).wait()
                    ttl.copy(b[i * inner : (i + 1) * inner, 0:side], bv).wait()

        @ttl.datamovement()
        def write():
            with out_cb.wait() as o:
                ttl.copy(o, out[0:side, 0:side]).wait()

    length = turns * inner
    return warnings_of(kernel, tensor(side, length), tensor(length, side), tensor(side, side, dtype))


def elementwise(
    compute_of: Callable[..., Callable[[], None]], turns: int, width: int = 1, dtype: Any = ttnn.bfloat16
) -> list[Diagnostic]:
    """What a compute thread makes of as many blocks."""

    @ttl.kernel(grid=(1, 1))
    def kernel(x, out):
        x_cb = ttl.make_circular_buffer_like(x, shape=(1, width))
        sum_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))
        out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))
        compute = compute_of(x_cb, sum_cb, out_cb, turns)
        ttl.compute()(compute)

        @ttl.datamovement()
        def read():
            for i in range(turns):
                with x_cb.reserve() as block:
                    ttl.copy(x[0, i * width : (i + 1) * width], block).wait()

        @ttl.datamovement()
        def write():
            with out_cb.wait() as o:
                ttl.copy(o, out[0, 0]).wait()

    return warnings_of(kernel, tensor(1, turns * width), tensor(1, 1, dtype))


def added_up(x_cb: Any, sum_cb: Any, out_cb: Any, turns: int) -> Callable[[], None]:
    def compute() -> None:
        with out_cb.reserve() as o:
            for _ in range(turns):
                with x_cb.wait() as block:
                    o.store(block, acc=True)

    return compute


def handed_on(x_cb: Any, sum_cb: Any, out_cb: Any, turns: int) -> Callable[[], None]:
    def compute() -> None:
        with sum_cb.reserve() as first:
            first.store(0)
        for _ in range(turns):
            with x_cb.wait() as block, sum_cb.wait() as old, sum_cb.reserve() as new:
                new.store(block * 0.5 + old)
        with sum_cb.wait() as total, out_cb.reserve() as o:
            o.store(total)

    return compute


def in_parts(x_cb: Any, sum_cb: Any, out_cb: Any, turns: int) -> Callable[[], None]:
    """Sums of a few blocks, many of them."""

    def compute() -> None:
        with out_cb.reserve() as o:
            o.store(0)
        for _ in range(turns // 4):
            with sum_cb.reserve() as first:
                first.store(0)
            for _ in range(4):
                with x_cb.wait() as block, sum_cb.wait() as old, sum_cb.reserve() as new:
                    new.store(old + block)
            with sum_cb.wait():
                pass

    return compute


def reduced(x_cb: Any, sum_cb: Any, out_cb: Any, turns: int) -> Callable[[], None]:
    def compute() -> None:
        with x_cb.wait() as block, out_cb.reserve() as o:
            o.store(ttl.broadcast(ttl.reduce_sum(block, dims=[0]), dims=[1]))

    return compute


def codes(found: list[Diagnostic]) -> list[str]:
    return [d.code for d in found if d.code in ("TTL0604", "TTL0605")]


@pytest.mark.parametrize(("turns", "inner", "expected"), [(31, 1, 0), (32, 1, 1), (8, 4, 1), (7, 4, 0), (1, 32, 1)])
def test_products_in_a_16_bit_dst(turns: int, inner: int, expected: int) -> None:
    """From K = 1024 on: a tile of K is two steps of 16."""
    found = product(turns, inner=inner)
    assert codes(found) == ["TTL0604"] * expected
    if found:
        assert "after every 16 of its 1024 terms: about 3 of its 8 bits are lost" in found[0].message
        assert "fp32_dest_acc_en=True" in (found[0].hint or "")


def test_a_dst_that_was_asked_for_is_meant() -> None:
    assert not codes(product(64, fp32_dest_acc_en=True))
    assert not codes(product(64, fp32_dest_acc_en=False))


def test_a_float32_buffer_widens_dst() -> None:
    assert not codes(product(64, dtype=ttnn.float32))


@pytest.mark.parametrize(("turns", "expected"), [(63, []), (64, ["TTL0605"])])
def test_products_that_the_packer_adds_up(turns: int, expected: list[str]) -> None:
    """A block of nine tiles does not fit in DST."""
    found = product(turns, side=3, fp32_dest_acc_en=True)
    assert codes(found) == expected
    assert not codes(product(turns, side=3, dtype=ttnn.float32))
    if found:
        assert re.search(r"made like a float32 tensor; or in blocks of at most 4 tiles", found[0].hint or "")


@pytest.mark.parametrize(("turns", "expected"), [(63, []), (64, ["TTL0605"])])
@pytest.mark.parametrize("compute_of", [added_up, handed_on])
def test_sums_in_a_buffer(compute_of: Any, turns: int, expected: list[str]) -> None:
    assert codes(elementwise(compute_of, turns)) == expected
    assert not codes(elementwise(compute_of, turns, dtype=ttnn.float32))


@pytest.mark.parametrize(("width", "expected"), [(31, []), (32, ["TTL0604"])])
def test_reductions(width: int, expected: list[str]) -> None:
    assert codes(elementwise(reduced, 1, width)) == expected
    assert not codes(elementwise(reduced, 1, width, dtype=ttnn.float32))


@pytest.mark.parametrize(("terms", "expected"), [(64, []), (65, ["TTL0604"])])
@pytest.mark.parametrize(("reduce", "dtype"), [("sum", ttnn.bfloat16), ("max", ttnn.bfloat16), ("sum", ttnn.float32)])
def test_sums_of_matrices(reduce: str, dtype: Any, terms: int, expected: list[str]) -> None:
    """A reduction over dimensions before rows and columns adds whole tiles, and DST rounds each sum."""
    function = getattr(ttl.math, f"reduce_{reduce}")

    @ttl.kernel(grid=(1, 1))
    def kernel(x, out):
        x_cb = ttl.make_circular_buffer_like(x, shape=(terms, 1, 1), buffer_factor=1)
        out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1, 1))

        @ttl.compute()
        def compute():
            with x_cb.wait() as block, out_cb.reserve() as o:
                o.store(function(block, dims=[0], shape=(1, 1, 1)))

        @ttl.datamovement()
        def read():
            with x_cb.reserve() as block:
                ttl.copy(x[...], block).wait()

        @ttl.datamovement()
        def write():
            with out_cb.wait() as o:
                ttl.copy(o, out[...]).wait()

    device = ttnn.open_device(device_id=0)
    shapes = (terms, 32, 32), (1, 32, 32)
    x, out = (ttnn.zeros(shape, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device) for shape in shapes)
    found = warnings_of(kernel, x, out)
    assert codes(found) == (expected if (reduce, dtype) == ("sum", ttnn.bfloat16) else [])
    if codes(found):
        assert "after each of its 65 terms" in found[0].message


def test_a_sum_that_begins_anew_is_short() -> None:
    assert not codes(elementwise(in_parts, 256))
