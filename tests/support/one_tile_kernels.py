"""The kernel function of tests that need some kernel: it stores an expression of one tile `xv`."""

from __future__ import annotations


def one_tile_kernel(expression: str, *, parameters: str = "", first: str = "") -> str:
    """
    The text of a kernel function `kernel(x, out)`, from its decorator on, for a module that has imported `ttl`.

    More parameters follow after `out` (with their comma), and `first` is a statement before the threads.
    """
    return f"""\
@ttl.kernel(grid=(1, 1))
def kernel(x, out{parameters}):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))
    {first}

    @ttl.compute()
    def compute():
        with x_cb.wait() as xv, out_cb.reserve() as o:
            o.store({expression})

    @ttl.datamovement()
    def read():
        with x_cb.reserve() as block:
            ttl.copy(x[0, 0], block).wait()

    @ttl.datamovement()
    def write():
        with out_cb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()
"""
