"""Kernels as authors write them, elementwise ones: each must compile. The fuzz test takes them apart."""

from __future__ import annotations

import math

from ttlang import language as ttl


def add(a, b, out):
    """The plain form: every acquisition released by hand, a program at the end."""
    a_cb = ttl.make_circular_buffer_like(a, shape=(1, 1), buffer_factor=2)
    b_cb = ttl.make_circular_buffer_like(b, shape=(1, 1), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        left = a_cb.wait()
        right = b_cb.wait()
        o = out_cb.reserve()
        total = left + right
        o.store(total)
        a_cb.pop()
        b_cb.pop()
        out_cb.push()

    @ttl.datamovement()
    def dm_read():
        blk = a_cb.reserve()
        tx = ttl.copy(a[0, 0], blk)
        tx.wait()
        a_cb.push()
        blk2 = b_cb.reserve()
        tx2 = ttl.copy(b[0, 0], blk2)
        tx2.wait()
        b_cb.push()

    @ttl.datamovement()
    def dm_write():
        blk = out_cb.wait()
        tx = ttl.copy(blk, out[0, 0])
        tx.wait()
        out_cb.pop()

    return ttl.Program(compute, dm_read, dm_write)(a, b, out)


def multicore(a, b, out):
    """One tile a core, with scopes, and no program."""
    a_cb = ttl.make_circular_buffer_like(a, shape=(1, 1))
    b_cb = ttl.make_circular_buffer_like(b, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute
    def compute():
        with a_cb.wait() as left, b_cb.wait() as right, out_cb.reserve() as o:
            o.store(left * right - 1)

    @ttl.datamovement
    def dm_read():
        x, y = ttl.core(dims=2)
        with a_cb.reserve() as blk:
            tx = ttl.copy(a[y, x], blk)
            tx.wait()
        with b_cb.reserve() as blk:
            tx = ttl.copy(b[y, x], blk)
            tx.wait()

    @ttl.datamovement
    def dm_write():
        x, y = ttl.core(dims=2)
        with out_cb.wait() as blk:
            tx = ttl.copy(blk, out[y, x])
            tx.wait()


def blocks(a, b, out):
    """Blocks of several tiles, streamed in two loops."""
    rows, columns = 2, 4
    a_cb = ttl.make_circular_buffer_like(a, shape=(rows, columns), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(rows, columns), buffer_factor=3)

    @ttl.compute()
    def compute():
        for _ in range(8):
            with a_cb.wait() as v, out_cb.reserve() as o:
                o.store(ttl.math.exp(v) / (1 + ttl.math.abs(v)))

    @ttl.datamovement()
    def dm_read():
        for row in range(4):
            for col in range(2):
                with a_cb.reserve() as blk:
                    window = a[row * rows : (row + 1) * rows, col * columns : (col + 1) * columns]
                    ttl.copy(window, blk).wait()

    @ttl.datamovement()
    def dm_write():
        for index in range(8):
            row, col = index // 2 * rows, index % 2 * columns
            with out_cb.wait() as blk:
                tx = ttl.copy(blk, out[row : row + rows, col : col + columns])
                tx.wait()


def columns_per_core(a, b, out):
    """Work shared out over the grid in the kernel function, so that bounds differ between cores."""
    g = 2
    row_tiles = a.shape[0] // ttl.TILE_SHAPE[0]
    col_tiles = a.shape[1] // ttl.TILE_SHAPE[1]
    cols_per_core = math.ceil(col_tiles / (ttl.grid_size(dim=1)))
    core_num = ttl.core(dim=1)
    start_ct = core_num * cols_per_core
    end_ct = min(start_ct + cols_per_core, col_tiles)
    a_cb = ttl.make_circular_buffer_like(a, shape=(g, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(g, 1))

    @ttl.compute()
    def compute():
        for _ in range(start_ct, end_ct):
            for _ in range(row_tiles // g):
                with a_cb.wait() as blk, out_cb.reserve() as o:
                    o.store(ttl.math.sqrt(blk**2 + blk))

    @ttl.datamovement()
    def dm_read():
        for ct in range(start_ct, end_ct):
            for rt in range(row_tiles // g):
                with a_cb.reserve() as a_blk:
                    a_xf = ttl.copy(a[(rt * g) : ((rt + 1) * g), ct : (ct + 1)], a_blk)
                    a_xf.wait()

    @ttl.datamovement()
    def dm_write():
        for ct in range(start_ct, end_ct):
            for rt in range(row_tiles // g):
                with out_cb.wait() as blk:
                    ttl.copy(blk, out[(rt * g) : ((rt + 1) * g), ct : (ct + 1)]).wait()


def gelu(a, b, out):
    """Constants, powers, helpers of the module."""
    a_cb = ttl.make_circular_buffer_like(a, shape=(2, 2))
    out_cb = ttl.make_circular_buffer_like(out, shape=(2, 2))

    @ttl.compute()
    def compute():
        with a_cb.wait() as x, out_cb.reserve() as o:
            o.store(gelu_of(x, scale=0.5))

    @ttl.datamovement()
    def dm_read():
        fetch(a_cb, a)

    @ttl.datamovement()
    def dm_write():
        with out_cb.wait() as blk:
            ttl.copy(blk, out[0:2, 0:2]).wait()


def gelu_of(x, scale):
    inner = x + 0.044715 * x**3
    return x * scale * (1 + ttl.math.tanh(0.7978845608 * inner))


def fetch(cb, tensor, row=0, column=0):
    with cb.reserve() as blk:
        ttl.copy(tensor[row : row + 2, column : column + 2], blk).wait()


def normalize(a, b, out):
    """Several operands kept in scope, values used twice, selection."""
    names = ("x", "mean", "var")
    cbs = {name: ttl.make_circular_buffer_like(a, shape=(1, 2)) for name in names}
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 2))
    epsilon = 1e-5

    @ttl.compute()
    def compute():
        with cbs["mean"].wait() as mean, cbs["var"].wait() as var:
            for _ in range(3):
                with cbs["x"].wait() as x, out_cb.reserve() as o:
                    centered = x - mean
                    scaled = centered * ttl.math.rsqrt(var + epsilon)
                    o.store(ttl.where(scaled > 2.0, 2.0, -scaled))

    @ttl.datamovement()
    def dm_read():
        for row, name in enumerate(names[1:]):
            with cbs[name].reserve() as blk:
                ttl.copy(b[row, 0:2], blk).wait()
        for i in range(3):
            with cbs["x"].reserve() as blk:
                tx = ttl.copy(a[i, 0:2], blk)
                tx.wait()

    @ttl.datamovement()
    def dm_write():
        row = 0
        while row < 3:
            with out_cb.wait() as blk:
                ttl.copy(blk, out[row, :2]).wait()
            row += 1


def guarded(a, b, out):
    """Branches and jumps that depend on the core."""
    a_cb = ttl.make_circular_buffer_like(a, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))
    total = 5

    @ttl.compute()
    def compute():
        for i in range(ttl.core_linear(), total, ttl.grid_size(dims=1)):
            with a_cb.wait() as v, out_cb.reserve() as o:
                if i % 2 == 0:
                    o.store(ttl.math.relu(v))
                else:
                    o.store(v)

    @ttl.datamovement()
    def dm_read():
        x, _ = ttl.core()
        for i in range(total):
            if i % ttl.grid_size(dims=1) != ttl.core_linear():
                continue
            with a_cb.reserve() as blk:
                ttl.copy(a[i, x if x < 4 else 0], blk).wait()

    @ttl.datamovement()
    def dm_write():
        i = ttl.core_linear()
        while True:
            if i >= total:
                break
            with out_cb.wait() as blk:
                ttl.copy(blk, out[i, 0]).wait()
            i += ttl.grid_size(dims=1)


def formats(a, b, out):
    """Conversions, predicates, functions with parameters."""
    a_cb = ttl.make_circular_buffer_like(a, shape=(2, 1))
    b_cb = ttl.make_circular_buffer_like(b, shape=(2, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(2, 1))

    @ttl.compute()
    def compute():
        with a_cb.wait() as x, b_cb.wait() as y:
            wide = ttl.typecast(x, ttl.float32)
            bounded = ttl.math.clamp(wide, min=-1, max=1.0) + ttl.math.leaky_relu(y, slope=0.1)
            with out_cb.reserve() as o:
                o.store(ttl.where(x != y, bounded, 0.0) * (y >= 0))
            with out_cb.reserve() as o:
                o.store(ttl.fill(1.5))

    @ttl.datamovement()
    def dm_read():
        with a_cb.reserve() as p, b_cb.reserve() as q:
            transfers = [ttl.copy(a[0:2, 0], p), ttl.copy(b[-2:, 0], q)]
            for transfer in transfers:
                transfer.wait()

    @ttl.datamovement()
    def dm_write():
        for i in reversed(range(2)):
            with out_cb.wait() as blk:
                ttl.copy(blk, out[2 * i : 2 * i + 2, 1]).wait()


def edition_2026(a, b, out):
    """The spelling of 2026."""
    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(1, 1), block_count=2)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1), block_count=2)

    @ttl.compute()
    def compute():
        with a_dfb.wait() as v, out_dfb.reserve() as o:
            mask = v > 0
            o.store(ttl.block.where(mask, v, ttl.block.fill(0.5)) + ttl.block.mask(v, mask))

    @ttl.datamovement()
    def dm_read():
        x, y = ttl.node(dims=2)
        with a_dfb.reserve() as blk:
            ttl.copy(a[y, x], blk).wait()

    @ttl.datamovement()
    def dm_write():
        x, y = ttl.node(dims=2)
        with out_dfb.wait() as blk:
            ttl.copy(blk, out[y, x]).wait()


def edition_2025(a, b, out):
    """`edition_2026` in the spelling of 2025: the same IR but for the names of the buffers."""
    a_dfb = ttl.make_circular_buffer_like(a, shape=(1, 1), buffer_factor=2)
    out_dfb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        with a_dfb.wait() as v, out_dfb.reserve() as o:
            mask = v > 0
            o.store(ttl.where(mask, v, ttl.math.fill(0.5)) + ttl.math.mask(v, mask))

    @ttl.datamovement()
    def dm_read():
        x, y = ttl.core(dims=2)
        with a_dfb.reserve() as blk:
            ttl.copy(a[y, x], blk).wait()

    @ttl.datamovement()
    def dm_write():
        x, y = ttl.core(dims=2)
        with out_dfb.wait() as blk:
            ttl.copy(blk, out[y, x]).wait()


KERNELS = (
    add,
    multicore,
    blocks,
    columns_per_core,
    gelu,
    normalize,
    guarded,
    formats,
    edition_2026,
    edition_2025,
)
