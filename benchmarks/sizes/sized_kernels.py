"""Kernels that leave sizes to be chosen, as their authors write them; blocks are dealt out to the cores of the chip."""

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


@ttl.operation(grid="full")
def matmul(
    a,
    b,
    out,
    *,
    bm=ttl.one_of(1, 2, 4, 8),
    bn=ttl.divisor_of(lambda b: b.shape[1] // 32),
    bk=ttl.largest(1, 2, 4, 8),
    depth=ttl.one_of(2, 3),
):
    columns, rows = ttl.grid_size(dims=2)
    height, inner, width = a.shape[0] // 32 // bm, a.shape[1] // 32 // bk, b.shape[1] // 32 // bn
    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(bm, bk), block_count=depth)
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(bk, bn), block_count=depth)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(bm, bn), block_count=2)

    @ttl.compute()
    def compute():
        column, row = ttl.node(dims=2)
        for _ in range(row, height, rows):
            for _ in range(column, width, columns):
                with out_dfb.reserve() as o:
                    total = ttl.block.fill(0, shape=(bm, bn))
                    for _ in range(inner):
                        with a_dfb.wait() as av, b_dfb.wait() as bv:
                            total += av @ bv
                    o.store(total)

    @ttl.datamovement()
    def read():
        column, row = ttl.node(dims=2)
        for m in range(row, height, rows):
            for n in range(column, width, columns):
                for k in range(inner):
                    with a_dfb.reserve() as a_block, b_dfb.reserve() as b_block:
                        a_copy = ttl.copy(a[m * bm : (m + 1) * bm, k * bk : (k + 1) * bk], a_block)
                        b_copy = ttl.copy(b[k * bk : (k + 1) * bk, n * bn : (n + 1) * bn], b_block)
                        a_copy.wait()
                        b_copy.wait()

    @ttl.datamovement()
    def write():
        column, row = ttl.node(dims=2)
        for m in range(row, height, rows):
            for n in range(column, width, columns):
                with out_dfb.wait() as o:
                    ttl.copy(o, out[m * bm : (m + 1) * bm, n * bn : (n + 1) * bn]).wait()


@ttl.operation(grid="full")
def softmax(x, out, *, bm=ttl.divisor_of(lambda x: x.shape[0] // 32), depth=ttl.one_of(1, 2, 3)):
    columns, rows = ttl.grid_size(dims=2)
    height, width = x.shape[0] // 32 // bm, x.shape[1] // 32
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(bm, width), block_count=depth)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(bm, width), block_count=2)

    @ttl.compute()
    def compute():
        column, row = ttl.node(dims=2)
        for _ in range(column + row * columns, height, rows * columns):
            with x_dfb.wait() as v, out_dfb.reserve() as o:
                powers = ttl.math.exp(v - ttl.block.broadcast(ttl.math.reduce_max(v, dims=[1]), dims=[1]))
                total = ttl.math.reduce_sum(powers, dims=[1])
                o.store(powers * ttl.block.broadcast(ttl.math.recip(total), dims=[1]))

    @ttl.datamovement()
    def read():
        column, row = ttl.node(dims=2)
        for m in range(column + row * columns, height, rows * columns):
            with x_dfb.reserve() as block:
                ttl.copy(x[m * bm : (m + 1) * bm, :], block).wait()

    @ttl.datamovement()
    def write():
        column, row = ttl.node(dims=2)
        for m in range(column + row * columns, height, rows * columns):
            with out_dfb.wait() as block:
                ttl.copy(block, out[m * bm : (m + 1) * bm, :]).wait()


@ttl.operation(grid="full")
def attention(
    q,
    k,
    v,
    out,
    *,
    queries=ttl.divisor_of(lambda q: q.shape[0] // 32),
    keys=ttl.largest(ttl.divisor_of(lambda k: k.shape[0] // 32)),
    depth=ttl.one_of(1, 2),
):
    columns, rows = ttl.grid_size(dims=2)
    blocks, turns, width = q.shape[0] // 32 // queries, k.shape[0] // 32 // keys, q.shape[1] // 32
    q_dfb = ttl.make_dataflow_buffer_like(q, shape=(queries, width), block_count=depth)
    k_dfb = ttl.make_dataflow_buffer_like(k, shape=(keys, width))
    v_dfb = ttl.make_dataflow_buffer_like(v, shape=(keys, width))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(queries, width), block_count=1)

    @ttl.compute()
    def compute():
        column, row = ttl.node(dims=2)
        for _ in range(column + row * columns, blocks, rows * columns):
            with q_dfb.wait() as qv, out_dfb.reserve() as o:
                total = ttl.block.fill(0, shape=(queries, 1))
                sums = ttl.block.fill(0, shape=(queries, width))
                for _ in range(turns):
                    with k_dfb.wait() as kv, v_dfb.wait() as vv:
                        powers = ttl.math.exp((qv @ ttl.block.transpose(kv)) * 0.125)
                        total += ttl.math.reduce_sum(powers, dims=[1])
                        sums += powers @ vv
                o.store(sums * ttl.block.broadcast(ttl.math.recip(total), dims=[1]))

    @ttl.datamovement()
    def read():
        column, row = ttl.node(dims=2)
        for m in range(column + row * columns, blocks, rows * columns):
            with q_dfb.reserve() as block:
                ttl.copy(q[m * queries : (m + 1) * queries, :], block).wait()
            for n in range(turns):
                with k_dfb.reserve() as k_block, v_dfb.reserve() as v_block:
                    k_copy = ttl.copy(k[n * keys : (n + 1) * keys, :], k_block)
                    v_copy = ttl.copy(v[n * keys : (n + 1) * keys, :], v_block)
                    k_copy.wait()
                    v_copy.wait()

    @ttl.datamovement()
    def write():
        column, row = ttl.node(dims=2)
        for m in range(column + row * columns, blocks, rows * columns):
            with out_dfb.wait() as block:
                ttl.copy(block, out[m * queries : (m + 1) * queries, :]).wait()
