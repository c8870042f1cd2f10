"""Matrix products, transposes, reductions and broadcasts, in the spellings of both import guides."""

from __future__ import annotations

from typing import Any

import torch

from tests.language.seeds.cases import (
    PRODUCT,
    TRUNCATION,
    Case,
    load,
    matmul_error,
    normal,
    ones,
    positive,
    rounding_units,
    save,
)
from ttlang import ttl


@ttl.kernel(grid=(1, 1))
def top_level_matmul(a, b, out):
    a_cb = ttl.make_circular_buffer_like(a, shape=(1, 1), buffer_factor=2)
    b_cb = ttl.make_circular_buffer_like(b, shape=(1, 1), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        a_tile = a_cb.wait()
        b_tile = b_cb.wait()
        o = out_cb.reserve()
        result = ttl.matmul(a_tile, b_tile, o)
        o.store(result)
        a_cb.pop()
        b_cb.pop()
        out_cb.push()

    @ttl.datamovement()
    def dm_read():
        load(a, a_cb)
        load(b, b_cb)

    @ttl.datamovement()
    def dm_write():
        save(out_cb, out)


def block_matmul(m: int, k: int, n: int) -> Any:
    """A product of blocks of (m, k) and (k, n) tiles; the document has (1, 2) and (2, 1)."""

    @ttl.kernel(grid=(1, 1))
    def matmul_kernel(a, b, out):
        a_cb = ttl.make_circular_buffer_like(a, shape=(m, k), buffer_factor=2)
        b_cb = ttl.make_circular_buffer_like(b, shape=(k, n), buffer_factor=2)
        c_cb = ttl.make_circular_buffer_like(out, shape=(m, n), buffer_factor=2)

        @ttl.compute()
        def compute():
            with a_cb.wait() as a_tile, b_cb.wait() as b_tile, c_cb.reserve() as c_out:
                result = ttl.math.matmul(a_tile, b_tile, c_out)
                c_out.store(result)

        @ttl.datamovement()
        def dm_read():
            load(a, a_cb)
            load(b, b_cb)

        @ttl.datamovement()
        def dm_write():
            save(c_cb, out)

    return matmul_kernel


@ttl.kernel(grid=(1, 1))
def matmul_then_reduce(a, b, scaler, out):
    a_cb = ttl.make_circular_buffer_like(a, shape=(2, 2), buffer_factor=2)
    b_cb = ttl.make_circular_buffer_like(b, shape=(2, 2), buffer_factor=2)
    scaler_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1), buffer_factor=2)
    intermediate_cb = ttl.make_circular_buffer_like(a, shape=(2, 2), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        with a_cb.wait() as a, b_cb.wait() as b, intermediate_cb.reserve() as inter:
            m = ttl.math.matmul(a, b, inter)
            inter.store(m)

        with intermediate_cb.wait() as inter, scaler_cb.wait() as s, out_cb.reserve() as o:
            result = ttl.math.reduce_sum(inter, s, o, dims=[0, 1])
            o.store(result)

    @ttl.datamovement()
    def dm_read():
        load(a, a_cb)
        load(b, b_cb)
        load(scaler, scaler_cb)

    @ttl.datamovement()
    def dm_write():
        save(out_cb, out)


@ttl.kernel(grid=(1, 1))
def transpose_tile(inp, out):
    inp_cb = ttl.make_circular_buffer_like(inp, shape=(1, 1), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        input_tile = inp_cb.wait()
        o = out_cb.reserve()
        result = ttl.transpose(input_tile, o)
        o.store(result)
        inp_cb.pop()
        out_cb.push()

    @ttl.datamovement()
    def dm_read():
        load(inp, inp_cb)

    @ttl.datamovement()
    def dm_write():
        save(out_cb, out)


@ttl.kernel(grid=(1, 1))
def transpose_block(inp, out):
    inp_cb = ttl.make_circular_buffer_like(inp, shape=(4, 2), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(2, 4), buffer_factor=2)

    @ttl.compute()
    def compute():
        with inp_cb.wait() as x, out_cb.reserve() as o:
            result = ttl.transpose(x, o)
            o.store(result)

    @ttl.datamovement()
    def dm_read():
        load(inp, inp_cb)

    @ttl.datamovement()
    def dm_write():
        save(out_cb, out)


def reduction(function: Any, rows: int, columns: int, dims: list[int]) -> Any:
    """As the newer guide spells it: `dims` are those that stay."""
    shape = (rows if 1 not in dims else 1, columns if 0 not in dims else 1)

    @ttl.kernel(grid=(1, 1))
    def reduce_kernel(inp, scaler, out):
        inp_cb = ttl.make_circular_buffer_like(inp, shape=(rows, columns), buffer_factor=2)
        scaler_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1), buffer_factor=2)
        out_cb = ttl.make_circular_buffer_like(out, shape=shape, buffer_factor=2)

        @ttl.compute()
        def compute():
            with inp_cb.wait() as i, scaler_cb.wait() as s, out_cb.reserve() as o:
                result = function(i, s, o, dims=dims)
                o.store(result)

        @ttl.datamovement()
        def dm_read():
            load(inp, inp_cb)
            load(scaler, scaler_cb)

        @ttl.datamovement()
        def dm_write():
            save(out_cb, out)

    return reduce_kernel


def older_reduction(function: Any, dim: str | None = None) -> Any:
    """As the older guide spells it, on one tile. Without `dim` it reduces to a scalar."""

    @ttl.kernel(grid=(1, 1))
    def reduce_kernel(inp, scaler_in, out):
        inp_cb = ttl.make_circular_buffer_like(inp, shape=(1, 1), buffer_factor=2)
        scaler_cb = ttl.make_circular_buffer_like(scaler_in, shape=(1, 1), buffer_factor=2)
        out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

        @ttl.compute()
        def compute():
            input_tile = inp_cb.wait()
            scaler = scaler_cb.wait()
            o = out_cb.reserve()
            result = function(input_tile, scaler, o) if dim is None else function(input_tile, scaler, o, dim=dim)
            o.store(result)
            inp_cb.pop()
            scaler_cb.pop()
            out_cb.push()

        @ttl.datamovement()
        def dm_read():
            load(inp, inp_cb)
            load(scaler_in, scaler_cb)

        @ttl.datamovement()
        def dm_write():
            save(out_cb, out)

    return reduce_kernel


def broadcasting(rows: int, columns: int, dims: list[int]) -> Any:
    """A block of one tile row, one tile column or one tile, repeated over (rows, columns) tiles."""
    shape = (1 if 0 in dims else rows, 1 if 1 in dims else columns)

    @ttl.kernel(grid=(1, 1))
    def broadcast_kernel(inp, out):
        inp_cb = ttl.make_circular_buffer_like(inp, shape=shape, buffer_factor=2)
        out_cb = ttl.make_circular_buffer_like(out, shape=(rows, columns), buffer_factor=2)

        @ttl.compute()
        def compute():
            with inp_cb.wait() as s, out_cb.reserve() as o:
                result = ttl.math.broadcast(s, o, dims=dims)
                o.store(result)

        @ttl.datamovement()
        def dm_read():
            load(inp, inp_cb)

        @ttl.datamovement()
        def dm_write():
            save(out_cb, out)

    return broadcast_kernel


@ttl.kernel(grid=(1, 1))
def fused_broadcast(scalar, other, out):
    scalar_cb = ttl.make_circular_buffer_like(scalar, shape=(1, 1), buffer_factor=2)
    other_cb = ttl.make_circular_buffer_like(other, shape=(2, 2), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(2, 2), buffer_factor=2)

    @ttl.compute()
    def compute():
        with scalar_cb.wait() as s, other_cb.wait() as x, out_cb.reserve() as o:
            bcast = ttl.math.broadcast(s, o, dims=[0, 1])
            result = bcast * x + ttl.math.exp(x)
            o.store(result)

    @ttl.datamovement()
    def dm_read():
        load(scalar, scalar_cb)
        load(other, other_cb)

    @ttl.datamovement()
    def dm_write():
        save(out_cb, out)


SQUARE = normal(64, 64), normal(64, 64, seed=1)


def product_bound(a: torch.Tensor, b: torch.Tensor) -> dict[str, Any]:
    return {"roundings": 0, "absolute": matmul_error(a, b).max().item()}


def matmul_case(m: int, k: int, n: int) -> Case:
    inputs = normal(32 * m, 32 * k), normal(32 * k, 32 * n, seed=1)
    return Case(block_matmul(m, k, n), inputs, torch.matmul, product_bound, pcc=0.999)


def sum_bound(dims: tuple[int, ...]) -> Any:
    """
    A 16-bit DST rounds the sum, of positive numbers, after every 16 of them, by half a unit of the result at most.
    Before, two groups of eight and the sum so far are rounded to three bits more, by a sixteenth of a unit each.
    """
    share = 1 + 3 / 8

    def bound(x: torch.Tensor, *_: torch.Tensor) -> dict[str, Any]:
        return {"roundings": share * rounding_units(x.numel() / x.sum(dims).numel() / 16)}

    return bound


def sums(dims: tuple[int, ...]) -> Any:
    return lambda x, *_: x.sum(dims, keepdim=True)


def maxima(dims: tuple[int, ...]) -> Any:
    return lambda x, *_: x.amax(dims, keepdim=True)


# What the language calls `dims=[0]` leaves one result a row: torch sums over dimension 1.
KEPT = {"rows": ([0], (1,), (96, 32)), "columns": ([1], (0,), (32, 64)), "all": ([0, 1], (0, 1), (32, 32))}
OLDER = {"rows": "row", "columns": "col", "all": "scalar"}
EXACT = {"roundings": 0}

CASES = {
    "top_level_matmul": Case(top_level_matmul, tuple(t[:32, :32] for t in SQUARE), torch.matmul, product_bound),
    "matmul_1x2x1": matmul_case(1, 2, 1),
    "matmul_2x2x2": matmul_case(2, 2, 2),
    "matmul_3x4x5": matmul_case(3, 4, 5),
    # Errors of the products are independent: their squares add up. The sum is rounded after every 16 of its addends.
    "matmul_then_reduce": Case(
        matmul_then_reduce,
        (positive(64, 64), positive(64, 64, seed=1), ones()),
        lambda a, b, _: (a @ b).sum().reshape(1, 1),
        lambda a, b, _: {
            "roundings": rounding_units(64 * 64 / 16),
            "absolute": matmul_error(a, b).square().sum().sqrt().item(),
        },
        shape=(32, 32),
    ),
    "transpose_tile": Case(transpose_tile, (normal(32, 32),), torch.t, lambda x: EXACT),
    "transpose_block": Case(transpose_block, (normal(128, 64),), torch.t, lambda x: EXACT),
    **{
        f"reduce_sum_{name}": Case(
            reduction(ttl.math.reduce_sum, 3, 2, kept), (positive(96, 64), ones()), sums(dims), sum_bound(dims), shape
        )
        for name, (kept, dims, shape) in KEPT.items()
    },
    **{
        f"reduce_max_{name}": Case(
            reduction(ttl.math.reduce_max, 3, 2, kept), (normal(96, 64), ones()), maxima(dims), lambda *_: EXACT, shape
        )
        for name, (kept, dims, shape) in KEPT.items()
    },
    **{
        f"older_reduce_sum_{name}": Case(
            older_reduction(ttl.reduce_sum, OLDER[name]),
            (positive(32, 32), ones()),
            sums(dims),
            sum_bound(dims),
            (32, 32),
        )
        for name, (_, dims, _) in KEPT.items()
    },
    "older_reduce_max": Case(
        older_reduction(ttl.reduce_max), (normal(32, 32), ones()), maxima((0, 1)), lambda *_: EXACT, (32, 32)
    ),
    "broadcast_scalar": Case(
        broadcasting(2, 3, [0, 1]), (normal(32, 32),), lambda x: x[0, 0].expand(64, 96), lambda x: EXACT
    ),
    "broadcast_row": Case(broadcasting(2, 3, [0]), (normal(32, 96),), lambda x: x[:1].expand(64, 96), lambda x: EXACT),
    "broadcast_column": Case(
        broadcasting(2, 3, [1]), (normal(64, 32),), lambda x: x[:, :1].expand(64, 96), lambda x: EXACT
    ),
    "fused_broadcast": Case(
        fused_broadcast,
        (normal(32, 32), normal(64, 64, seed=1)),
        lambda s, x: s[0, 0] * x + torch.exp(x),
        lambda s, x: {
            "scale": torch.maximum((s[0, 0] * x).abs(), torch.exp(x)),
            "roundings": PRODUCT + 0.5 + TRUNCATION,
        },
    ),
}
