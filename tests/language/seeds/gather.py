"""A gather through pipes: three cores send what they compute to a fourth, as the import guide shows it."""

from __future__ import annotations

import torch

from tests.language.seeds.cases import Case, normal
from ttlang import ttl


@ttl.kernel(grid=(4, 1))
def gather_kernel(inp, out):
    # Create one pipe per worker -> coordinator
    pipe1 = ttl.Pipe(src=(1, 0), dst=(0, 0))
    pipe2 = ttl.Pipe(src=(2, 0), dst=(0, 0))
    pipe3 = ttl.Pipe(src=(3, 0), dst=(0, 0))

    inp_cb = ttl.make_circular_buffer_like(inp, shape=(1, 1), buffer_factor=2)
    gather_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=4)
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        x, y = ttl.core(dims=2)
        if x == 0:
            # Coordinator: accumulate from gather_cb
            for _ in range(3):
                with gather_cb.wait() as g, out_cb.reserve() as o:
                    o.store(g)  # Simplified - real code would accumulate
        else:
            # Workers: process and send to gather_cb
            with inp_cb.wait() as i, gather_cb.reserve() as g:
                g.store(ttl.math.exp(i))

    @ttl.datamovement()
    def dm_read():
        x, y = ttl.core(dims=2)
        with inp_cb.reserve() as blk:
            tx = ttl.copy(inp[y, x], blk)
            tx.wait()

    @ttl.datamovement()
    def dm_write():
        x, y = ttl.core(dims=2)

        # Workers send their results via pipes
        if x == 1:
            with gather_cb.wait() as blk:
                tx = ttl.copy(blk, pipe1)
                tx.wait()
        elif x == 2:
            with gather_cb.wait() as blk:
                tx = ttl.copy(blk, pipe2)
                tx.wait()
        elif x == 3:
            with gather_cb.wait() as blk:
                tx = ttl.copy(blk, pipe3)
                tx.wait()

        # Coordinator receives from all pipes
        if x == 0:
            with gather_cb.reserve() as blk:
                tx = ttl.copy(pipe1, blk)
                tx.wait()
            with gather_cb.reserve() as blk:
                tx = ttl.copy(pipe2, blk)
                tx.wait()
            with gather_cb.reserve() as blk:
                tx = ttl.copy(pipe3, blk)
                tx.wait()

            # Write final output
            with out_cb.wait() as blk:
                tx = ttl.copy(blk, out[0, 0])
                tx.wait()


def first_sent(inp: torch.Tensor) -> torch.Tensor:
    """The guide's coordinator stores each block that comes, and writes the first alone: the one of core (1, 0)."""
    return inp[:, 32:64].exp()


CASES = {"gather": Case(gather_kernel, (normal(32, 128),), first_sent, lambda _: {"roundings": 1.0})}
