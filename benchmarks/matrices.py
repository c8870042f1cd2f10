"""Kernels with matrix products and reductions that are measured."""

from ttlang import ttl


def make_multicast_matmul(block, inner, grid, size):
    """
    out = a @ b of `size` x `size`, an output block of `block` x `block` tiles on each core, K in blocks of `inner`
    tiles: the left column reads `a` and multicasts it along the rows, the top row `b`, down the columns. `b` goes by
    NOC 0, `a` and the result by NOC 1, which by the clock is the fastest of the four ways.
    """
    columns, rows = grid
    tiles = size // 32

    @ttl.operation(grid=grid)
    def matmul(a, b, out):
        a_net = ttl.PipeNet([ttl.Pipe(src=(0, y), dst=(slice(1, columns), y)) for y in range(rows)])
        b_net = ttl.PipeNet([ttl.Pipe(src=(x, 0), dst=(x, slice(1, rows))) for x in range(columns)])
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=(block, inner), block_count=2)
        b_dfb = ttl.make_dataflow_buffer_like(b, shape=(inner, block), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(block, block), block_count=1)

        @ttl.compute()
        def compute():
            total = ttl.block.fill(0, shape=(block, block))
            with out_dfb.reserve() as result:
                for _ in range(tiles // inner):
                    with a_dfb.wait() as av, b_dfb.wait() as bv:
                        total += av @ bv
                result.store(total)

        @ttl.datamovement()
        def read_b():
            x, _ = ttl.node()
            for k in range(0, tiles, inner):
                with b_dfb.reserve() as blk:
                    if b_net.is_src():
                        ttl.copy(b[k : k + inner, x * block : (x + 1) * block], blk).wait()
                        b_net.if_src(lambda pipe: ttl.copy(blk, pipe).wait())
                    b_net.if_dst(lambda pipe: ttl.copy(pipe, blk).wait())

        @ttl.datamovement()
        def read_a_and_write():
            x, y = ttl.node()
            for k in range(0, tiles, inner):
                with a_dfb.reserve() as blk:
                    if a_net.is_src():
                        ttl.copy(a[y * block : (y + 1) * block, k : k + inner], blk).wait()
                        a_net.if_src(lambda pipe: ttl.copy(blk, pipe).wait())
                    a_net.if_dst(lambda pipe: ttl.copy(pipe, blk).wait())
            with out_dfb.wait() as result:
                ttl.copy(result, out[y * block : (y + 1) * block, x * block : (x + 1) * block]).wait()

    return matmul


@ttl.kernel(grid=(1, 1))
def softmax(x, out):
    """Rows of 8 tiles."""
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 8))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 8))

    @ttl.compute()
    def compute():
        for _ in range(8):
            with x_cb.wait() as xv, out_cb.reserve() as o:
                shifted = xv - ttl.broadcast(ttl.reduce_max(xv, dims=[0]), dims=[1])
                powers = ttl.math.exp(shifted)
                total = ttl.reduce_sum(powers, dims=[0])
                o.store(powers * ttl.broadcast(ttl.math.recip(total), dims=[1]))

    @ttl.datamovement()
    def read():
        for row in range(8):
            with x_cb.reserve() as block:
                ttl.copy(x[row : row + 1, 0:8], block).wait()

    @ttl.datamovement()
    def write():
        for row in range(8):
            with out_cb.wait() as block:
                ttl.copy(block, out[row : row + 1, 0:8]).wait()


@ttl.kernel(grid=(1, 1))
def fused_mlp(x, up, down, out):
    """gelu(x @ up) @ down, for blocks of 2 rows and 4 columns of tiles."""
    x_cb = ttl.make_circular_buffer_like(x, shape=(2, 4))
    up_cb = ttl.make_circular_buffer_like(up, shape=(4, 4))
    down_cb = ttl.make_circular_buffer_like(down, shape=(4, 4))
    out_cb = ttl.make_circular_buffer_like(out, shape=(2, 4))

    @ttl.compute()
    def compute():
        with up_cb.wait() as upv, down_cb.wait() as downv:
            for _ in range(2):
                with x_cb.wait() as xv, out_cb.reserve() as o:
                    o.store(ttl.math.gelu(xv @ upv) @ downv)

    @ttl.datamovement()
    def read():
        with up_cb.reserve() as block:
            ttl.copy(up[0:4, 0:4], block).wait()
        with down_cb.reserve() as block:
            ttl.copy(down[0:4, 0:4], block).wait()
        for row in range(2):
            with x_cb.reserve() as block:
                ttl.copy(x[row * 2 : row * 2 + 2, 0:4], block).wait()

    @ttl.datamovement()
    def write():
        for row in range(2):
            with out_cb.wait() as block:
                ttl.copy(block, out[row * 2 : row * 2 + 2, 0:4]).wait()
