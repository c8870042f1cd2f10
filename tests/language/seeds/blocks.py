"""Kernels of many tiles and many cores: blocks, loops over them, streaming, shares of a grid, padding."""

from __future__ import annotations

import math
from typing import Any

import torch

from tests.language.seeds.cases import Case, load, normal, save
from ttlang import ttl


@ttl.kernel(grid=(1, 1))
def multitile_kernel(lhs, rhs, out):
    lhs_cb = ttl.make_circular_buffer_like(lhs, shape=(2, 2), buffer_factor=2)
    rhs_cb = ttl.make_circular_buffer_like(rhs, shape=(2, 2), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(2, 2), buffer_factor=2)

    @ttl.compute()
    def compute():
        l = lhs_cb.wait()
        r = rhs_cb.wait()
        o = out_cb.reserve()
        result = l + r
        o.store(result)
        lhs_cb.pop()
        rhs_cb.pop()
        out_cb.push()

    @ttl.datamovement()
    def dm_read():
        blk = lhs_cb.reserve()
        tx = ttl.copy(lhs[0:2, 0:2], blk)
        tx.wait()
        lhs_cb.push()
        load(rhs, rhs_cb)

    @ttl.datamovement()
    def dm_write():
        save(out_cb, out)


@ttl.kernel(grid=(8, 8))
def multicore_kernel(lhs, rhs, out):
    lhs_cb = ttl.make_circular_buffer_like(lhs, shape=(1, 1), buffer_factor=2)
    rhs_cb = ttl.make_circular_buffer_like(rhs, shape=(1, 1), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        with lhs_cb.wait() as l, rhs_cb.wait() as r:
            with out_cb.reserve() as o:
                result = l + r
                o.store(result)

    @ttl.datamovement()
    def dm_read():
        x, y = ttl.core(dims=2)

        with lhs_cb.reserve() as blk:
            tx = ttl.copy(lhs[y, x], blk)
            tx.wait()

        with rhs_cb.reserve() as blk:
            tx = ttl.copy(rhs[y, x], blk)
            tx.wait()

    @ttl.datamovement()
    def dm_write():
        x, y = ttl.core(dims=2)
        with out_cb.wait() as blk:
            tx = ttl.copy(blk, out[y, x])
            tx.wait()

    return ttl.Program(compute, dm_read, dm_write)(lhs, rhs, out)


@ttl.kernel(grid=(1, 1))
def looped_blocks(tensor, out):
    cb = ttl.make_circular_buffer_like(tensor, shape=(2, 2), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(2, 2), buffer_factor=2)

    @ttl.datamovement()
    def dm_read():
        for row in range(2):
            for col in range(2):
                with cb.reserve() as blk:
                    tx = ttl.copy(tensor[row * 2 : (row + 1) * 2, col * 2 : (col + 1) * 2], blk)
                    tx.wait()

    @ttl.compute()
    def compute():
        for _ in range(4):
            with cb.wait() as blk, out_cb.reserve() as o:
                o.store(ttl.math.exp(blk))

    @ttl.datamovement()
    def dm_write():
        for row in range(2):
            for col in range(2):
                with out_cb.wait() as blk:
                    tx = ttl.copy(blk, out[row * 2 : (row + 1) * 2, col * 2 : (col + 1) * 2])
                    tx.wait()


@ttl.kernel(grid=(8, 8))
def large_tensor_kernel(inp, out):
    """Each core has 8x8 tiles; of these, the document's loop covers the first two rows: four blocks of 2x2."""
    inp_cb = ttl.make_circular_buffer_like(inp, shape=(2, 2), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(2, 2), buffer_factor=2)

    BLOCKS_PER_CORE = 4

    @ttl.compute()
    def compute():
        for _ in range(BLOCKS_PER_CORE):
            with inp_cb.wait() as i, out_cb.reserve() as o:
                o.store(ttl.math.exp(i))

    @ttl.datamovement()
    def dm_read():
        x, y = ttl.core(dims=2)
        for block_idx in range(BLOCKS_PER_CORE):
            row = y * 8 + (block_idx // 4) * 2
            col = x * 8 + (block_idx % 4) * 2
            with inp_cb.reserve() as blk:
                tx = ttl.copy(inp[row : row + 2, col : col + 2], blk)
                tx.wait()

    @ttl.datamovement()
    def dm_write():
        x, y = ttl.core(dims=2)
        for block_idx in range(BLOCKS_PER_CORE):
            row = y * 8 + (block_idx // 4) * 2
            col = x * 8 + (block_idx % 4) * 2
            with out_cb.wait() as blk:
                tx = ttl.copy(blk, out[row : row + 2, col : col + 2])
                tx.wait()


@ttl.kernel(grid=(2, 2))
def column_shares(a, out):
    """Columns of tiles in shares of a flattened grid; the last core has fewer."""
    g = 2

    row_tiles = a.shape[0] // ttl.TILE_SHAPE[0]
    col_tiles = a.shape[1] // ttl.TILE_SHAPE[1]
    cols_per_core = math.ceil(col_tiles / (ttl.grid_size(dims=1)))

    core_num = ttl.core(dims=1)
    start_ct = core_num * cols_per_core
    end_ct = min(start_ct + cols_per_core, col_tiles)

    a_cb = ttl.make_circular_buffer_like(a, shape=(g, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(g, 1))

    @ttl.datamovement()
    def dm():
        for ct in range(start_ct, end_ct):
            for rt in range(row_tiles // g):
                with a_cb.reserve() as a_blk:
                    a_xf = ttl.copy(a[(rt * g) : ((rt + 1) * g), ct : (ct + 1)], a_blk)
                    a_xf.wait()

    @ttl.compute()
    def compute():
        for _ in range((end_ct - start_ct) * (row_tiles // g)):
            with a_cb.wait() as a_blk, out_cb.reserve() as o:
                o.store(-a_blk)

    @ttl.datamovement()
    def write():
        for ct in range(start_ct, end_ct):
            for rt in range(row_tiles // g):
                with out_cb.wait() as blk:
                    ttl.copy(blk, out[(rt * g) : ((rt + 1) * g), ct : (ct + 1)]).wait()


@ttl.kernel(grid=(1, 1))
def grid_words(x, out):
    """What `core` and `grid_size` give for each number of dimensions, in the kernel function and in a thread."""
    width, height, depth = ttl.grid_size(dims=3)
    assert (ttl.grid_size(dims=1), width, height, depth) == (1, 1, 1, 1)
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        with x_cb.wait() as xv, out_cb.reserve() as o:
            o.store(xv)

    @ttl.datamovement()
    def dm_read():
        linear = ttl.core(dims=1)
        column, row, layer = ttl.core(dims=3)
        with x_cb.reserve() as blk:
            ttl.copy(x[row + layer, column + linear], blk).wait()

    @ttl.datamovement()
    def dm_write():
        x_size, y_size = ttl.grid_size()
        with out_cb.wait() as blk:
            ttl.copy(blk, out[x_size - 1, y_size - 1]).wait()


FOUR, WIDE = normal(128, 128), normal(64, 7 * 32)
LARGE = normal(2048, 2048)
SUM: dict[str, Any] = {"bound": lambda a, b: {"scale": torch.maximum(a.abs(), b.abs()), "roundings": 1}}


def first_blocks(x: torch.Tensor) -> torch.Tensor:
    """The exponential in the rows that the kernel gets to, and what was there before in the others."""
    covered = torch.arange(2048) // 32 % 8 < 2
    return torch.where(covered[:, None], torch.exp(x), -77.0)


CASES = {
    "multitile": Case(multitile_kernel, (normal(64, 64), normal(64, 64, seed=1)), torch.add, **SUM),
    "multicore": Case(multicore_kernel, (normal(256, 256), normal(256, 256, seed=1)), torch.add, **SUM),
    "looped_blocks": Case(looped_blocks, (FOUR,), torch.exp, lambda x: {"roundings": 1}),
    "large_tensor": Case(large_tensor_kernel, (LARGE,), first_blocks, lambda x: {"roundings": 1}),
    "column_shares": Case(column_shares, (WIDE,), torch.neg, lambda x: {"roundings": 0}),
    "grid_words": Case(grid_words, (normal(32, 32),), torch.clone, lambda x: {"roundings": 0}),
}
