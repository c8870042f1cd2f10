"""Stores that may not run, formats that can't hold what is stored, shapes found out: right numbers, or a diagnostic."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.support.device_tensors import on_device
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError


def integers(rows: int, columns: int) -> torch.Tensor:
    return torch.randint(-1, 2, (rows, columns), generator=torch.Generator().manual_seed(2)).bfloat16()


def run(accumulate: Any, blocks: int, *, grid: tuple[int, int] = (1, 1), size: int = 2) -> tuple[torch.Tensor, Any]:
    """
    A kernel that reserves a block, lets `accumulate(sum, take)` add to it, and writes it; `take()` is the next of
    `blocks` blocks, all of them `x`. Returns x and, for each core, what came of it.
    """

    @ttl.kernel(grid=grid)
    def kernel(x, out):
        x_cb = ttl.make_circular_buffer_like(x, shape=(size, size))
        out_cb = ttl.make_circular_buffer_like(out, shape=(size, size))

        @ttl.compute()
        def compute():
            with out_cb.reserve() as total:
                accumulate(total, x_cb)

        @ttl.datamovement()
        def read():
            for _ in range(blocks if isinstance(blocks, int) else blocks(ttl.core(dims=1))):
                with x_cb.reserve() as block:
                    ttl.copy(x[0:size, 0:size], block).wait()

        @ttl.datamovement()
        def write():
            i = ttl.core(dims=1)
            with out_cb.wait() as block:
                ttl.copy(block, out[0:size, i * size : (i + 1) * size]).wait()

    values = integers(32 * size, 32 * size)
    out = on_device(torch.full((32 * size, 32 * size * grid[0]), 99.0).bfloat16())
    kernel(on_device(values), out)
    return values.float(), ttnn.to_torch(out).float().split(32 * size, dim=1)


@pytest.mark.parametrize("product", [False, True], ids=["sum", "product"])
def test_the_first_turn_of_a_loop_skips_the_inner_one(product: bool) -> None:
    def accumulate(total, x_cb):
        for i in range(3):
            for _ in range(i):
                with x_cb.wait() as x:
                    if product:
                        total += x @ x
                    else:
                        total += x + 1

    x, (total,) = run(accumulate, 3)
    assert torch.equal(total, 3 * (x @ x if product else x + 1))


@pytest.mark.parametrize("product", [False, True], ids=["sum", "product"])
def test_a_loop_that_has_no_turn_on_some_core(product: bool) -> None:
    """Bounds that depend on the core: 2, 1 and 0 turns."""

    def accumulate(total, x_cb):
        for _ in range(2 - ttl.core(dims=1)):
            with x_cb.wait() as x:
                if product:
                    total += x @ x
                else:
                    total += x

    x, totals = run(accumulate, lambda i: 2 - i, grid=(3, 1), size=1)
    one = x @ x if product else x
    assert [torch.equal(total, (2 - i) * one) for i, total in enumerate(totals)] == [True] * 3


def test_a_store_under_a_condition() -> None:
    def accumulate(total, x_cb):
        for i in range(4):
            with x_cb.wait() as x:
                if i % 2 == ttl.core(dims=1):
                    total += x + 1

    x, totals = run(accumulate, 4, grid=(3, 1), size=1)
    assert torch.equal(totals[0], 2 * x + 2)
    assert torch.equal(totals[1], 2 * x + 2)
    assert torch.equal(totals[2], torch.zeros_like(x)), "no store: it starts at zero"


def test_a_loop_that_is_left_early() -> None:
    def accumulate(total, x_cb):
        for i in range(5):
            if i == 3:
                break
            with x_cb.wait() as x:
                total += x

    x, (total,) = run(accumulate, 3)
    assert torch.equal(total, 3 * x)


@pytest.mark.parametrize("symbol", ["-", "*", "@"])
def test_only_plus_adds_to_a_reserved_block(symbol: str) -> None:
    def subtract(total, x_cb):
        with x_cb.wait() as x:
            total -= x

    def multiply(total, x_cb):
        with x_cb.wait() as x:
            total *= x

    def product(total, x_cb):
        with x_cb.wait() as x:
            total @= x

    with pytest.raises(DiagnosticError, match=r"TTL0412.*only \+= writes") as raised:
        run({"-": subtract, "*": multiply, "@": product}[symbol], 1)
    assert f"{symbol}= x" in str(raised.value)


def reduced(dims: list[int], keeps: Any) -> Any:
    """A kernel that keeps a reduction of bfp8 in a buffer like `keeps`, and takes it away from all."""

    @ttl.kernel()
    def kernel(x, like, out):
        x_cb = ttl.make_circular_buffer_like(x, shape=(2, 2))
        kept_cb = ttl.make_circular_buffer_like(like, shape={(0,): (2, 1), (1,): (1, 2), (0, 1): (1, 1)}[tuple(dims)])
        out_cb = ttl.make_circular_buffer_like(out, shape=(2, 2))

        @ttl.compute()
        def compute():
            with x_cb.wait() as xv:
                with kept_cb.reserve() as kept:
                    kept.store(ttl.reduce_max(xv, dims=dims))
                with kept_cb.wait() as kept, out_cb.reserve() as o:
                    o.store(xv - ttl.broadcast(kept, dims={(0,): [1], (1,): [0], (0, 1): [0, 1]}[tuple(dims)]))

        @ttl.datamovement()
        def read():
            with x_cb.reserve() as block:
                ttl.copy(x[0:2, 0:2], block).wait()

        @ttl.datamovement()
        def write():
            with out_cb.wait() as block:
                ttl.copy(block, out[0:2, 0:2]).wait()

    values = integers(64, 64)
    x, out = on_device(values, dtype=ttnn.bfloat8_b), on_device(torch.zeros(64, 64).bfloat16())
    kernel(x, on_device(torch.zeros(64, 64).bfloat16(), dtype=keeps), out)
    axes = {(0,): (1,), (1,): (0,), (0, 1): (0, 1)}[tuple(dims)]
    return ttnn.to_torch(out).float(), values.float() - values.float().amax(axes, keepdim=True)


@pytest.mark.parametrize("dims", [[0], [1], [0, 1]])
def test_a_reduction_is_kept_in_bfloat16(dims: list[int]) -> None:
    actual, expected = reduced(dims, ttnn.bfloat16)
    assert torch.equal(actual, expected)


def test_a_row_is_kept_in_a_block_format() -> None:
    actual, expected = reduced([1], ttnn.bfloat8_b)
    assert torch.equal(actual, expected)


@pytest.mark.parametrize("dims", [[0], [0, 1]])
def test_a_block_format_spoils_other_reductions(dims: list[int]) -> None:
    with pytest.raises(DiagnosticError, match=r"TTL0305.*share its exponent"):
        reduced(dims, ttnn.bfloat8_b)


@pytest.mark.parametrize("computed", ["data", "scaler"])
def test_a_reduction_of_a_computed_block_with_a_scaler_of_a_block_format(computed: str) -> None:
    @ttl.kernel()
    def kernel(x, s, out):
        x_cb = ttl.make_circular_buffer_like(x, shape=(1, 2))
        s_cb = ttl.make_circular_buffer_like(s, shape=(1, 1))
        out_cb = ttl.make_circular_buffer_like(out, shape=(1, 2))

        @ttl.compute()
        def compute():
            with x_cb.wait() as xv, s_cb.wait() as sv, out_cb.reserve() as o:
                data = xv * 2 if computed == "data" else xv
                scaler = sv * 2 if computed == "scaler" else sv
                o.store(ttl.broadcast(ttl.reduce_sum(data, scaler, dims=[0]), dims=[1]))

        @ttl.datamovement()
        def read():
            with x_cb.reserve() as x_block, s_cb.reserve() as s_block:
                ttl.copy(x[0, 0:2], x_block).wait()
                ttl.copy(s[0, 0], s_block).wait()

        @ttl.datamovement()
        def write():
            with out_cb.wait() as block:
                ttl.copy(block, out[0, 0:2]).wait()

    values = integers(32, 64)
    out = on_device(torch.zeros(32, 64).bfloat16())
    kernel(on_device(values, dtype=ttnn.bfloat8_b), on_device(torch.full((32, 32), 0.5), dtype=ttnn.bfloat8_b), out)
    assert torch.equal(ttnn.to_torch(out).float(), values.float().sum(1, keepdim=True).expand(32, 64))


def test_a_broadcast_along_rows_meets_one_along_columns() -> None:
    """Neither tells the whole shape: the one has its rows, the other its columns."""

    @ttl.kernel()
    def kernel(u, v, out):
        u_cb = ttl.make_circular_buffer_like(u, shape=(2, 1))
        v_cb = ttl.make_circular_buffer_like(v, shape=(1, 3))
        out_cb = ttl.make_circular_buffer_like(out, shape=(2, 3))

        @ttl.compute()
        def compute():
            with u_cb.wait() as uv, v_cb.wait() as vv, out_cb.reserve() as o:
                o.store(1 + ttl.broadcast(uv, dims=[1]) * ttl.broadcast(vv, dims=[0]))

        @ttl.datamovement()
        def read():
            with u_cb.reserve() as u_block, v_cb.reserve() as v_block:
                ttl.copy(u[0:2, 0], u_block).wait()
                ttl.copy(v[0, 0:3], v_block).wait()

        @ttl.datamovement()
        def write():
            with out_cb.wait() as block:
                ttl.copy(block, out[0:2, 0:3]).wait()

    u, v = integers(64, 32), integers(32, 96)
    out = on_device(torch.zeros(64, 96).bfloat16())
    kernel(on_device(u), on_device(v), out)
    assert torch.equal(ttnn.to_torch(out).float(), 1 + u.float()[:, :1] * v.float()[:1])
