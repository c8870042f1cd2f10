"""A sum that leaves sizes to be chosen, which has no example of its own."""

from ttlang import ttl


@ttl.operation(grid="full")
def add(
    a,
    b,
    out,
    *,
    bm=ttl.divisor_of(lambda out: out.shape[0] // 32),
    bn=ttl.divisor_of(lambda out: out.shape[1] // 32),
    depth=ttl.one_of(2, 3, 4),
):
    columns, rows = ttl.grid_size(dims=2)
    height, width = out.shape[0] // 32 // bm, out.shape[1] // 32 // bn
    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(bm, bn), block_count=depth)
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(bm, bn), block_count=depth)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(bm, bn), block_count=2)

    @ttl.compute()
    def compute():
        column, row = ttl.node(dims=2)
        for _ in range(row, height, rows):
            for _ in range(column, width, columns):
                with a_dfb.wait() as av, b_dfb.wait() as bv, out_dfb.reserve() as o:
                    o.store(av + bv)

    @ttl.datamovement()
    def read():
        column, row = ttl.node(dims=2)
        for m in range(row, height, rows):
            for n in range(column, width, columns):
                with a_dfb.reserve() as a_block, b_dfb.reserve() as b_block:
                    a_copy = ttl.copy(a[m * bm : (m + 1) * bm, n * bn : (n + 1) * bn], a_block)
                    b_copy = ttl.copy(b[m * bm : (m + 1) * bm, n * bn : (n + 1) * bn], b_block)
                    a_copy.wait()
                    b_copy.wait()

    @ttl.datamovement()
    def write():
        column, row = ttl.node(dims=2)
        for m in range(row, height, rows):
            for n in range(column, width, columns):
                with out_dfb.wait() as o:
                    ttl.copy(o, out[m * bm : (m + 1) * bm, n * bn : (n + 1) * bn]).wait()
