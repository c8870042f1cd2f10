"""Row-major blocks that a unified body computes with: their shape, too, is in tiles."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways
from tests.support.kernel_texts import errors_of, load, tensor
from ttlang import ttl, ttnn
from ttlang.tables.kernel_api import GENERATIONS

ROWS, TILES = ttnn.ROW_MAJOR_LAYOUT, ttnn.TILE_LAYOUT
X = torch.arange(128 * 32).reshape(128, 32).remainder(5).to(torch.bfloat16)
W = torch.arange(64 * 32).reshape(64, 32).remainder(2).to(torch.bfloat16)


def run(kernel: Any, layouts: tuple[Any, Any, Any]) -> torch.Tensor:
    """What a kernel makes of X and W, by its IR, and by its C++ in both generations."""
    device = ttnn.open_device(device_id=0)
    x, w, out = (
        ttnn.from_torch(values, dtype=ttnn.bfloat16, layout=layout, device=device)
        for values, layout in zip((X, W, torch.zeros_like(X)), layouts, strict=True)
    )
    with both_ways() as done:
        kernel(x, w, out)
    assert set(done) == set(GENERATIONS)
    return ttnn.to_torch(out)


@pytest.mark.parametrize("layouts", [(ROWS, TILES, ROWS), (ROWS, ROWS, ROWS), (TILES, ROWS, TILES)])
def test_rows_and_tiles_together(layouts: tuple[Any, Any, Any]) -> None:
    """The shape that a block is asked for before it is computed with is in tiles, too."""
    sizes = [(64, 32) if layout is ROWS else (2, 1) for layout in layouts]

    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, w: Any, out: Any) -> None:
        x_dfb, w_dfb, out_dfb = (
            ttl.make_dataflow_buffer_like(t, shape=size) for t, size in zip((x, w, out), sizes, strict=True)
        )
        (xs, _), (ws, _), (os, _) = sizes
        for i in range(2):
            with w_dfb.reserve() as b:
                ttl.copy(w[0:ws, :], b).wait()
            with x_dfb.reserve() as b:
                ttl.copy(x[i * xs : i * xs + xs, :], b).wait()
            with x_dfb.wait() as v, w_dfb.wait() as wv, out_dfb.reserve() as o:
                halves = ttl.block.fill(0.5, shape=v.shape), ttl.block.fill(0.5, shape=o.shape)
                o.store(v * wv + (halves[0] + halves[1]))
            with out_dfb.wait() as b:
                ttl.copy(b, out[i * os : i * os + os, :]).wait()

    assert torch.equal(run(kernel, layouts), X * W.repeat(2, 1) + 1)


def test_what_is_not_released_by_the_author() -> None:
    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, w: Any, out: Any) -> None:
        x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(64, 32)) for t in (x, out))
        for _ in range(2):
            out_dfb.reserve().store(x_dfb.wait() * 3)
        for i in range(2):
            ttl.copy(x[i * 64 : i * 64 + 64, :], x_dfb.reserve())
            ttl.copy(out_dfb.wait(), out[i * 64 : i * 64 + 64, :])

    assert torch.equal(run(kernel, (ROWS, ROWS, ROWS)), X * 3)


def test_releases_by_the_buffer_and_matrices() -> None:
    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, w: Any, out: Any) -> None:
        x_dfb, w_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(32, 32)) for t in (x, w, out))
        ttl.copy(w[0:32, :], w_dfb.reserve()).wait()
        w_dfb.push()
        for i in range(4):
            ttl.copy(x[i * 32 : i * 32 + 32, :], x_dfb.reserve()).wait()
            x_dfb.push()
        factor = w_dfb.wait()
        for _ in range(4):
            a, o = x_dfb.wait(), out_dfb.reserve()
            o.store(ttl.transpose(a) @ factor)
            x_dfb.pop()
            out_dfb.push()
        w_dfb.pop()
        for i in range(4):
            ttl.copy(out_dfb.wait(), out[i * 32 : i * 32 + 32, :]).wait()
            out_dfb.pop()

    parts = [(part.float().T @ W[:32].float()).to(torch.bfloat16) for part in X.split(32)]
    assert torch.equal(run(kernel, (ROWS, ROWS, ROWS)), torch.cat(parts))


def test_blocks_that_the_run_chooses_and_adds_to() -> None:
    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, w: Any, out: Any) -> None:
        x_dfb, w_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(64, 32)) for t in (x, w, out))
        ttl.copy(x[0:64, :], x_dfb.reserve())
        ttl.copy(w[:, :], w_dfb.reserve())
        a, b = x_dfb.wait(), w_dfb.wait()
        for i in range(2):
            with out_dfb.reserve() as o:
                o += ttl.block.fill(1, shape=o.shape)
                o += ttl.block.broadcast(ttl.block.fill(0, shape=(1, 1)), dims=[0]) + (a if i == 1 else b)
        for i in range(2):
            ttl.copy(out_dfb.wait(), out[i * 64 : i * 64 + 64, :])

    assert torch.equal(run(kernel, (ROWS, ROWS, ROWS)), torch.cat([W, X[:64]]) + 1)


def test_rows_that_are_only_moved_stay_rows() -> None:
    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, w: Any, out: Any) -> None:
        dfb = ttl.make_dataflow_buffer_like(x, shape=(5, 32))
        for i in range(4):
            ttl.copy(x[i * 5 : i * 5 + 5, :], dfb.reserve())
            ttl.copy(dfb.wait(), out[i * 5 : i * 5 + 5, :])

    assert torch.equal(run(kernel, (ROWS, ROWS, ROWS))[:20], X[:20])


MAKE = """
def kernel(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape={shape})
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
    y_dfb = ttl.make_dataflow_buffer_like(x, shape={shape})
    ttl.copy(x[0:32, 0:32], x_dfb.reserve())
    ttl.copy(x[0:32, 0:32], y_dfb.reserve())
"""


@pytest.mark.parametrize(
    ("shape", "dtype", "body", "code"),
    [
        (
            (32, 32),
            "bfloat16",
            "out_dfb.reserve().store(v := x_dfb.wait())\n    ttl.copy(v, out[0, 0])",
            "TTL0240",
        ),
        ((32, 32), "uint8", "out_dfb.reserve().store(x_dfb.wait() + 1)", "TTL0003"),
        ((16, 64), "bfloat16", "out_dfb.reserve().store(x_dfb.wait() + 1)", "TTL0003"),
    ],
)
def test_what_is_refused(shape: tuple[int, int], dtype: str, body: str, code: str) -> None:
    function = load(MAKE.format(shape=shape) + "    " + body)
    found = errors_of(function, tensor(1, 1, layout="ROW_MAJOR", dtype=dtype), tensor(dtype=dtype), edition="2026")
    assert code in {each.code for each in found}, found
