"""The kernels that are measured."""

from matrices import fused_mlp, softmax
from simulated_kernels import make_add, make_matmul

from ttlang import ttl


@ttl.kernel(grid=(1, 1))
def single_tile_add(a, b, out):
    a_cb = ttl.make_circular_buffer_like(a, shape=(1, 1))
    b_cb = ttl.make_circular_buffer_like(b, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        with a_cb.wait() as av, b_cb.wait() as bv, out_cb.reserve() as o:
            o.store(av + bv)

    @ttl.datamovement()
    def read():
        with a_cb.reserve() as a_blk:
            ttl.copy(a[0, 0], a_blk).wait()
        with b_cb.reserve() as b_blk:
            ttl.copy(b[0, 0], b_blk).wait()

    @ttl.datamovement()
    def write():
        with out_cb.wait() as o:
            ttl.copy(o, out[0, 0]).wait()


@ttl.kernel(grid=(1, 1))
def fused_four(a, b, out):
    """Four functions on blocks of 2x2 tiles, in a loop."""
    a_cb = ttl.make_circular_buffer_like(a, shape=(2, 2))
    b_cb = ttl.make_circular_buffer_like(b, shape=(2, 2))
    out_cb = ttl.make_circular_buffer_like(out, shape=(2, 2))

    @ttl.compute()
    def compute():
        for _ in range(4):
            with a_cb.wait() as av, b_cb.wait() as bv, out_cb.reserve() as o:
                o.store(ttl.math.relu(ttl.math.sigmoid(ttl.math.exp(av) + bv)))

    @ttl.datamovement()
    def read():
        for r in range(2):
            for c in range(2):
                with a_cb.reserve() as a_blk, b_cb.reserve() as b_blk:
                    ttl.copy(a[r * 2 : r * 2 + 2, c * 2 : c * 2 + 2], a_blk).wait()
                    ttl.copy(b[r * 2 : r * 2 + 2, c * 2 : c * 2 + 2], b_blk).wait()

    @ttl.datamovement()
    def write():
        for r in range(2):
            for c in range(2):
                with out_cb.wait() as o:
                    ttl.copy(o, out[r * 2 : r * 2 + 2, c * 2 : c * 2 + 2]).wait()


@ttl.kernel(grid=(2, 2))
def two_outputs(a, b, out):
    """Two stores that share a value; a block that needs a remainder."""
    a_cb = ttl.make_circular_buffer_like(a, shape=(3, 3))
    b_cb = ttl.make_circular_buffer_like(b, shape=(3, 3))
    sum_cb = ttl.make_circular_buffer_like(out, shape=(3, 3))
    out_cb = ttl.make_circular_buffer_like(out, shape=(3, 3))

    @ttl.compute()
    def compute():
        with a_cb.wait() as av, b_cb.wait() as bv, sum_cb.reserve() as s, out_cb.reserve() as o:
            total = av * 0.5 + bv
            s.store(total)
            o.store(ttl.math.silu(total))

    @ttl.datamovement()
    def read():
        x, y = ttl.core()
        with a_cb.reserve() as a_blk, b_cb.reserve() as b_blk:
            a_xf = ttl.copy(a[y * 3 : y * 3 + 3, x * 3 : x * 3 + 3], a_blk)
            b_xf = ttl.copy(b[y * 3 : y * 3 + 3, x * 3 : x * 3 + 3], b_blk)
            a_xf.wait()
            b_xf.wait()

    @ttl.datamovement()
    def write():
        x, y = ttl.core()
        with sum_cb.wait() as s:
            ttl.copy(s, a[y * 3 : y * 3 + 3, x * 3 : x * 3 + 3]).wait()
        with out_cb.wait() as o:
            ttl.copy(o, out[y * 3 : y * 3 + 3, x * 3 : x * 3 + 3]).wait()


KERNELS = {
    "single-tile add": (single_tile_add, 32),
    "fused four functions, 2x2, loop": (fused_four, 128),
    "two outputs, 3x3, remainder": (two_outputs, 192),
    "add 1x1, 8x8 cores": (make_add(1, (8, 8), 2048), 2048),
    "add 8x8, 8x8 cores": (make_add(8, (8, 8), 2048), 2048),
    "softmax, rows of 8 tiles": (softmax, 256),
    "fused MLP, 2x4 by 4x4 by 4x4": (fused_mlp, 128),
    "matmul 4x4, 8x8 cores": (make_matmul(4, (8, 8), 1024), 1024),
}
"""Title -> (kernel, the size of its tensors)."""
