"""
Kernels whose compilation is measured. Their text is in the language of the published compiler (`tt-lang` 1.1.1), whose
reductions take a block of ones, and whose broadcasts the block that they are for; it compiles there and here: `ttl` is
whichever the process has. What that compiler takes of no other value than a block lies in buffers between.

Each function makes its kernel anew, for the tensors that `KERNELS` names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ttl


def make_add() -> Any:
    """a + b, tile by tile."""

    @ttl.operation(grid=(1, 1))
    def add(a, b, out):
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=(1, 1), block_count=2)
        b_dfb = ttl.make_dataflow_buffer_like(b, shape=(1, 1), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1), block_count=2)

        @ttl.compute()
        def compute():
            for _ in range(64):
                with a_dfb.wait() as av, b_dfb.wait() as bv, out_dfb.reserve() as o:
                    o.store(av + bv)

        @ttl.datamovement()
        def read():
            for r in range(8):
                for c in range(8):
                    with a_dfb.reserve() as a_blk, b_dfb.reserve() as b_blk:
                        a_xf = ttl.copy(a[r, c], a_blk)
                        b_xf = ttl.copy(b[r, c], b_blk)
                        a_xf.wait()
                        b_xf.wait()

        @ttl.datamovement()
        def write():
            for r in range(8):
                for c in range(8):
                    with out_dfb.wait() as o:
                        xf = ttl.copy(o, out[r, c])
                        xf.wait()

    return add


def make_fused() -> Any:
    """Four functions on blocks of 2x2 tiles."""

    @ttl.operation(grid=(1, 1))
    def fused(a, b, out):
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=(2, 2), block_count=2)
        b_dfb = ttl.make_dataflow_buffer_like(b, shape=(2, 2), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 2), block_count=2)

        @ttl.compute()
        def compute():
            for _ in range(16):
                with a_dfb.wait() as av, b_dfb.wait() as bv, out_dfb.reserve() as o:
                    o.store(ttl.math.relu(ttl.math.sigmoid(ttl.math.exp(av) + bv)))

        @ttl.datamovement()
        def read():
            for r in range(4):
                for c in range(4):
                    with a_dfb.reserve() as a_blk, b_dfb.reserve() as b_blk:
                        a_xf = ttl.copy(a[r * 2 : r * 2 + 2, c * 2 : c * 2 + 2], a_blk)
                        b_xf = ttl.copy(b[r * 2 : r * 2 + 2, c * 2 : c * 2 + 2], b_blk)
                        a_xf.wait()
                        b_xf.wait()

        @ttl.datamovement()
        def write():
            for r in range(4):
                for c in range(4):
                    with out_dfb.wait() as o:
                        xf = ttl.copy(o, out[r * 2 : r * 2 + 2, c * 2 : c * 2 + 2])
                        xf.wait()

    return fused


def make_matmul() -> Any:
    """a @ b in blocks of 2x2 tiles, added up where they are packed."""

    @ttl.operation(grid=(1, 1))
    def matmul(a, b, out):
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=(2, 2), block_count=2)
        b_dfb = ttl.make_dataflow_buffer_like(b, shape=(2, 2), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 2), block_count=2)

        @ttl.compute()
        def compute():
            for _ in range(16):
                with out_dfb.reserve() as o:
                    for _ in range(4):
                        with a_dfb.wait() as av, b_dfb.wait() as bv:
                            o += av @ bv

        @ttl.datamovement()
        def read():
            for r in range(4):
                for c in range(4):
                    for k in range(4):
                        with a_dfb.reserve() as a_blk, b_dfb.reserve() as b_blk:
                            a_xf = ttl.copy(a[r * 2 : r * 2 + 2, k * 2 : k * 2 + 2], a_blk)
                            b_xf = ttl.copy(b[k * 2 : k * 2 + 2, c * 2 : c * 2 + 2], b_blk)
                            a_xf.wait()
                            b_xf.wait()

        @ttl.datamovement()
        def write():
            for r in range(4):
                for c in range(4):
                    with out_dfb.wait() as o:
                        xf = ttl.copy(o, out[r * 2 : r * 2 + 2, c * 2 : c * 2 + 2])
                        xf.wait()

    return matmul


def make_accumulate() -> Any:
    """relu(a @ b) in blocks of 2x2 tiles, with the sum in a buffer of its own."""

    @ttl.operation(grid=(1, 1))
    def accumulate(a, b, out):
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=(2, 2), block_count=2)
        b_dfb = ttl.make_dataflow_buffer_like(b, shape=(2, 2), block_count=2)
        acc_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 2), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 2), block_count=2)

        @ttl.compute()
        def compute():
            for _ in range(16):
                with acc_dfb.reserve() as acc:
                    acc.store(ttl.math.fill(acc, 0))
                for _ in range(4):
                    with a_dfb.wait() as av, b_dfb.wait() as bv, acc_dfb.wait() as old, acc_dfb.reserve() as new:
                        new.store(old + av @ bv)
                with acc_dfb.wait() as acc, out_dfb.reserve() as o:
                    o.store(ttl.math.relu(acc))

        @ttl.datamovement()
        def read():
            for r in range(4):
                for c in range(4):
                    for k in range(4):
                        with a_dfb.reserve() as a_blk, b_dfb.reserve() as b_blk:
                            a_xf = ttl.copy(a[r * 2 : r * 2 + 2, k * 2 : k * 2 + 2], a_blk)
                            b_xf = ttl.copy(b[k * 2 : k * 2 + 2, c * 2 : c * 2 + 2], b_blk)
                            a_xf.wait()
                            b_xf.wait()

        @ttl.datamovement()
        def write():
            for r in range(4):
                for c in range(4):
                    with out_dfb.wait() as o:
                        xf = ttl.copy(o, out[r * 2 : r * 2 + 2, c * 2 : c * 2 + 2])
                        xf.wait()

    return accumulate


def make_softmax() -> Any:
    """Of rows of 8 tiles."""

    @ttl.operation(grid=(1, 1))
    def softmax(x, ones, out):
        x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 8), block_count=2)
        one_dfb = ttl.make_dataflow_buffer_like(ones, shape=(1, 1), block_count=1)
        power_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 8), block_count=2)
        sum_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 8), block_count=2)

        @ttl.compute()
        def compute():
            with one_dfb.wait() as one:
                for _ in range(8):
                    with x_dfb.wait() as xv, power_dfb.reserve() as p:
                        top = ttl.math.reduce_max(xv, one, dims=[1])
                        p.store(ttl.math.exp(xv - ttl.math.broadcast(top, p, dims=[1])))
                    with power_dfb.wait() as powers:
                        with sum_dfb.reserve() as total:
                            total.store(ttl.math.reduce_sum(powers, one, dims=[1]))
                        with sum_dfb.wait() as total, out_dfb.reserve() as o:
                            o.store(powers * ttl.math.broadcast(ttl.math.recip(total), o, dims=[1]))

        @ttl.datamovement()
        def read():
            with one_dfb.reserve() as block:
                xf = ttl.copy(ones[0, 0], block)
                xf.wait()
            for row in range(8):
                with x_dfb.reserve() as block:
                    xf = ttl.copy(x[row : row + 1, 0:8], block)
                    xf.wait()

        @ttl.datamovement()
        def write():
            for row in range(8):
                with out_dfb.wait() as block:
                    xf = ttl.copy(block, out[row : row + 1, 0:8])
                    xf.wait()

    return softmax


def make_layer_norm() -> Any:
    """Of rows of 8 tiles; `ones` has 1/256 in its first row, so that a sum is a mean."""

    @ttl.operation(grid=(1, 1))
    def layer_norm(x, gamma, beta, ones, out):
        x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 8), block_count=2)
        gamma_dfb = ttl.make_dataflow_buffer_like(gamma, shape=(1, 8), block_count=1)
        beta_dfb = ttl.make_dataflow_buffer_like(beta, shape=(1, 8), block_count=1)
        one_dfb = ttl.make_dataflow_buffer_like(ones, shape=(1, 1), block_count=1)
        centered_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 8), block_count=2)
        square_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 8), block_count=2)
        sum_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 8), block_count=2)

        @ttl.compute()
        def compute():
            with gamma_dfb.wait() as scale, beta_dfb.wait() as shift, one_dfb.wait() as one:
                for _ in range(8):
                    with x_dfb.wait() as xv, centered_dfb.reserve() as c:
                        mean = ttl.math.reduce_sum(xv, one, dims=[1])
                        c.store(xv - ttl.math.broadcast(mean, c, dims=[1]))
                    with centered_dfb.wait() as centered:
                        with square_dfb.reserve() as s:
                            s.store(centered * centered)
                        with square_dfb.wait() as squares, sum_dfb.reserve() as v:
                            v.store(ttl.math.reduce_sum(squares, one, dims=[1]))
                        with sum_dfb.wait() as variance, out_dfb.reserve() as o:
                            inverse = ttl.math.rsqrt(variance + ttl.math.fill(variance, 1e-5))
                            normal = centered * ttl.math.broadcast(inverse, o, dims=[1])
                            scaled = normal * ttl.math.broadcast(scale, o, dims=[0])
                            o.store(scaled + ttl.math.broadcast(shift, o, dims=[0]))

        @ttl.datamovement()
        def read():
            with gamma_dfb.reserve() as g, beta_dfb.reserve() as b, one_dfb.reserve() as i:
                g_xf = ttl.copy(gamma[0:1, 0:8], g)
                b_xf = ttl.copy(beta[0:1, 0:8], b)
                i_xf = ttl.copy(ones[0, 0], i)
                g_xf.wait()
                b_xf.wait()
                i_xf.wait()
            for row in range(8):
                with x_dfb.reserve() as block:
                    xf = ttl.copy(x[row : row + 1, 0:8], block)
                    xf.wait()

        @ttl.datamovement()
        def write():
            for row in range(8):
                with out_dfb.wait() as block:
                    xf = ttl.copy(block, out[row : row + 1, 0:8])
                    xf.wait()

    return layer_norm


def make_attention() -> Any:
    """softmax(q @ k.T) @ v over blocks of keys and values, and the logarithm of the softmax's sum."""

    @ttl.operation(grid=(2, 4))
    def attention(q, k, v, ones, out, logsum):
        q_dfb = ttl.make_dataflow_buffer_like(q, shape=(2, 2), block_count=1)
        k_dfb = ttl.make_dataflow_buffer_like(k, shape=(2, 2), block_count=2)
        v_dfb = ttl.make_dataflow_buffer_like(v, shape=(2, 2), block_count=2)
        one_dfb = ttl.make_dataflow_buffer_like(ones, shape=(1, 1), block_count=1)
        score_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 2), block_count=2)
        power_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 2), block_count=2)
        row_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 1), block_count=2)
        fade_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 1), block_count=2)
        top_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 1), block_count=2)
        sum_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 1), block_count=2)
        acc_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 2), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 2), block_count=1)
        logsum_dfb = ttl.make_dataflow_buffer_like(logsum, shape=(2, 1), block_count=1)

        @ttl.compute()
        def compute():
            with q_dfb.wait() as qv, one_dfb.wait() as one:
                with top_dfb.reserve() as top, sum_dfb.reserve() as total, acc_dfb.reserve() as acc:
                    top.store(ttl.math.fill(top, -1e30))
                    total.store(ttl.math.fill(total, 0))
                    acc.store(ttl.math.fill(acc, 0))
                for _ in range(4):
                    with k_dfb.wait() as kv, score_dfb.reserve() as s:
                        s.store(qv @ ttl.math.transpose(kv))
                    with score_dfb.wait() as scores, top_dfb.wait() as old_top:
                        with row_dfb.reserve() as row:
                            row.store(ttl.math.reduce_max(scores, one, dims=[1]))
                        with (
                            row_dfb.wait() as row,
                            top_dfb.reserve() as new_top,
                            fade_dfb.reserve() as f,
                            power_dfb.reserve() as p,
                        ):
                            top = ttl.math.max(old_top, row)
                            new_top.store(top)
                            f.store(ttl.math.exp(old_top - top))
                            p.store(ttl.math.exp(scores - ttl.math.broadcast(top, p, dims=[1])))
                    with power_dfb.wait() as powers, fade_dfb.wait() as fade:
                        with row_dfb.reserve() as row:
                            row.store(ttl.math.reduce_sum(powers, one, dims=[1]))
                        with row_dfb.wait() as row, sum_dfb.wait() as old_total, sum_dfb.reserve() as new_total:
                            new_total.store(old_total * fade + row)
                        with v_dfb.wait() as vv, score_dfb.reserve() as s:
                            s.store(powers @ vv)
                        with score_dfb.wait() as s, acc_dfb.wait() as old_acc, acc_dfb.reserve() as new_acc:
                            new_acc.store(old_acc * ttl.math.broadcast(fade, new_acc, dims=[1]) + s)
                with top_dfb.wait() as top, sum_dfb.wait() as total, acc_dfb.wait() as acc:
                    with out_dfb.reserve() as o:
                        o.store(acc * ttl.math.broadcast(ttl.math.recip(total), o, dims=[1]))
                    with logsum_dfb.reserve() as log:
                        log.store(ttl.math.broadcast(top + ttl.math.log(total), log, dims=[1]))

        @ttl.datamovement()
        def read():
            head, query = ttl.node(dims=2)
            row = head * 8 + query * 2
            with q_dfb.reserve() as q_blk, one_dfb.reserve() as one_blk:
                q_xf = ttl.copy(q[row : row + 2, 0:2], q_blk)
                one_xf = ttl.copy(ones[0, 0], one_blk)
                q_xf.wait()
                one_xf.wait()
            for step in range(4):
                key = head * 8 + step * 2
                with k_dfb.reserve() as k_blk, v_dfb.reserve() as v_blk:
                    k_xf = ttl.copy(k[key : key + 2, 0:2], k_blk)
                    v_xf = ttl.copy(v[key : key + 2, 0:2], v_blk)
                    k_xf.wait()
                    v_xf.wait()

        @ttl.datamovement()
        def write():
            head, query = ttl.node(dims=2)
            row = head * 8 + query * 2
            with out_dfb.wait() as o:
                xf = ttl.copy(o, out[row : row + 2, 0:2])
                xf.wait()
            with logsum_dfb.wait() as log:
                log_xf = ttl.copy(log, logsum[row : row + 2, 0:1])
                log_xf.wait()

    return attention


REPEATS = 5
"""Compilations in a measurement, which is their mean."""
MATRIX = (256, 256)
HEADS = (512, 64)
KERNELS: dict[str, tuple[Callable[[], Any], Sequence[tuple[int, int]]]] = {
    "add": (make_add, [MATRIX] * 3),
    "fused 2x2": (make_fused, [MATRIX] * 3),
    "matmul loop": (make_matmul, [MATRIX] * 3),
    "matmul with accumulator": (make_accumulate, [MATRIX] * 3),
    "softmax": (make_softmax, [MATRIX] * 3),
    "layer norm": (make_layer_norm, [MATRIX] * 5),
    "attention": (make_attention, [HEADS] * 5 + [(512, 32)]),
}
"""By title: what makes it, and the shapes of its tensors, in elements, all of bfloat16."""
