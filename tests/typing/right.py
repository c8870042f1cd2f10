"""Kernels as people write them, in both editions: pyright, in its basic settings, has nothing to say of any line."""

# ruff: noqa

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch

import ttl
from ttl import copy as move
from ttl import ttl as nested
from ttlang import ttnn
from ttlang import ttl as ours

TILE = ttl.TILE_SHAPE[0]
VERSION: str = ttl.__version__
SCALE = 1 / math.sqrt(64)
ROOT = np.float32(2.0)


def buffers(*tensors, shape=(1, 1)):
    return [ttl.make_circular_buffer_like(t, shape=shape, buffer_factor=2) for t in tensors]


def softmax(x: ttl.Block) -> ttl.Block:
    m = ttl.reduce_max(x, dims=[0])
    e = ttl.math.exp(x - ttl.broadcast(m, dims=[1]))
    return e * ttl.broadcast(ttl.math.recip(ttl.reduce_sum(e, dims=[0])), dims=[1])


@ttl.operation(grid=(1, 1))
def declared(
    x: ttl.Tensor[(512, TILE * 4), ttl.bfloat16],
    y: ttl.Tensor[[3, 40], ttnn.int32, ttnn.ROW_MAJOR_LAYOUT, ttnn.L1_MEMORY_CONFIG],
    out: ttl.Tensor,
):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(x.shape[0] // TILE, 1), block_count=2)

    @ttl.datamovement()
    def read():
        with x_dfb.reserve() as block:
            ttl.copy(x[0:1, y.shape[0]], block).wait()


def calls_it(device: ttnn.Device) -> None:
    declared(torch.zeros(512, 512), ttnn.zeros((3, 40), dtype=ttnn.int32, device=device), out=np.zeros((32, 32)))


@ttl.kernel(grid="auto", math_fidelity="LoFi", fp32_dest_acc_en=True, arch="blackhole", metal_api="0.81")
def elementwise(x: ttnn.Tensor, y, out, alpha=0.5, flags=(True, False)):
    rows, columns = x.shape[0] // TILE, x.shape[-1] // 32
    a = ttl.make_circular_buffer_like(x, shape=(rows, min(columns, 4)), buffer_factor=2)
    b, o = buffers(y, out, shape=[1, 1])

    @ttl.compute()
    def compute():
        with a.wait() as v, b.wait() as w, o.reserve() as r:
            n = v.shape[0] * v.shape[1]
            mask = v > 0
            z = 2 * v + 1 - v / 3 * w - (1.5 - v) + v**2 + 2**v + 1 / v + -v + +v
            z = z + (v < w) + (v <= 1) + (v == w) + (v != 0) + (0 < v) + abs(v) + 5 % v + ROOT * v + v * np.float64(2)
            z *= SCALE
            z -= alpha
            z /= 2
            z = ttl.where(mask, 1.0, 0.0) + ttl.math.where(v, w, z) + ttl.block.where(mask, v, 0)
            z = ttl.math.max(z, 0.0) + ttl.math.min(1, z) + ttl.math.power(v, 3) + ttl.power(v, w) + pow(v, 2)
            z = ttl.math.clamp(z, 0, 6) + ttl.math.clamp(z, min=-1.0, max=float(n))
            z = z + ttl.math.leaky_relu(v, 0.1) + ttl.math.gelu(v) + ttl.typecast(v, ttl.float32)
            z = z + ttl.math.celu(v, 2, 0.5) + ttl.math.celu(v, alpha=2) + ttl.math.softplus(v, 2, 0.5, 20)
            z = z + ttl.math.hardtanh(v, min_val=0, max_val=1) + ttl.math.hardtanh(v, min=0, max=1)
            z = (
                z
                + ttl.typecast(v, dtype=v.dtype)
                + ttl.typecast(v, ttnn.float32)
                + ttl.typecast(v, torch.float32)
                + ttl.block.typecast(v, x.dtype)
                + ttl.typecast(v, "float32")
            )
            z = z + ttl.exp(v) + ttl.max(v, w) + ttl.signbit(v) + ttl.math.typecast(v, torch.float32).transpose()
            z = z + ttl.math.exp(v, scale=0.5) + ttl.exp(v, approx=True, scale=None, skip_clamp_check=True)
            z = z + ttl.matmul(v, w, transpose_rhs=True) + ttl.block.matmul(v, w, v)
            z = z + ttl.block.broadcast(ttl.math.reduce_sum(v, dims=[-1], shape=(1, 1)), dims=[-1], shape=v.shape)
            z = z + ttl.block.broadcast(ttl.math.reduce_max(v, [1], (1, 1)), [1], v.shape)
            z = z + ttl.reduce_sum(v, w, o.reserve(), [0]) + ttl.reduce_max(v, 0.5, dims=0)
            z = z + softmax(v) + sum([v, w, z]) + ttl.math.exp(sum([v, w]))
            z = (
                ttl.math.exp(v == w)
                + ttl.math.neg(0 == v)
                + ttl.typecast(v == 0, ttl.float32)
                + -(v != w)
                + (v != 0) @ w
            )
            z = z + ttl.reduce_sum(v == w, dims=[0, 1]) + ttl.transpose(v != 0.5) * (v == w).shape[0]
            total = 0
            for part in (v, w):
                total = total + part
            z = z + ttl.math.exp(total)
            z = v if flags[0] else z
            r.store(z)
            r.store(1.0)
            r.store(ttl.fill(0))
            r.store(ttl.math.fill(1.5) if alpha > 1 else ttl.block.fill(2))
            r += v
            r.store(v, acc=True)
            print("block", v.shape, f"{n}", v.dtype)
            assert n > 0, f"{n}"

    @ttl.datamovement()
    def read():
        column, row = ttl.core()
        columns, rows = ttl.grid_size()
        for t in range(row, rows, columns):
            with a.reserve() as block, b.reserve() as other:
                one = ttl.copy(x[t, column], block)
                two = move(y[t : t + 1, :], other)
                for transfer in (one, two):
                    transfer.wait()
                for transfer in (ttl.copy(x[0, 0], block), ttl.copy(y[..., 0], other)):
                    transfer.wait()

    @ttl.datamovement()
    def write():
        index = ttl.core(dims=1)
        first, second, chip = ttl.core(dims=3)
        n = ttl.grid_size(dims=1)
        for i in range(index, n):
            block = o.wait()
            ttl.copy(block, out[divmod(i, 4)[0], i % 4 + ttl.core_linear() + first + chip]).wait()
            block.pop()
            o.pop()


@ttl.kernel(grid=(8, 8))
def matmul(a, b, c, out):
    mt, kt = (size // 32 for size in a.shape)
    a_cb = ttl.make_circular_buffer_like(a, shape=(1, 1))
    b_cb = ttl.make_circular_buffer_like(b, shape=(1, 1))
    c_cb = ttl.make_circular_buffer_like(c, (1, 1), 2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def mm():
        for _ in range(mt):
            with c_cb.wait() as start, out_cb.reserve() as o:
                for _ in range(kt):
                    with a_cb.wait() as x, b_cb.wait() as y:
                        o += x @ y
                with a_cb.wait() as x, b_cb.wait() as y:
                    o.store(x @ ttl.transpose(y) + start, acc=True)
                    o.store(ttl.matmul(x, y, o))
                    o.store(ttl.matmul(x, y) @ (x + y))
                    o.store(ttl.reduce_sum(x, start, dims=[0, 1]) + ttl.reduce_max(x, dims=0))
                    o.store(ttl.math.reduce_sum(x, dim="row") * ttl.reduce_sum(x, 0.5, dims=(1,)))
                    o.store(ttl.broadcast(x, o, dims=(1,)) * ttl.math.transpose(y) + ttl.block.matmul(x, y))
        block = out_cb.reserve()
        block.store(0)
        block.push()
        out_cb.push()

    @ttl.datamovement()
    def reader():
        row, column = ttl.node()
        for k in range(kt):
            with a_cb.reserve() as x, b_cb.reserve() as y:
                transfers = [ttl.copy(a[row, k], x), ttl.copy(b[k, column], y)]
                for t in transfers:
                    t.wait()

    @ttl.datamovement()
    def writer():
        with out_cb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()

    return ttl.Program(mm, reader, writer)(a, b, c, out)


@ttl.operation(grid=(4, 1))
def talk(x, out, *, depth=2):
    columns, rows = ttl.grid_size(dims=2)
    net = ttl.PipeNet([ttl.Pipe(src=(0, 0), dst=(i, 0)) for i in range(1, columns)])
    ring = [ttl.Pipe(src_core=(i, 0), dst_core=((i + 1) % columns, 0)) for i in range(columns)]
    near = [ttl.Pipe((0, 0), (1, 0)), ttl.Pipe((0, 0), dst_core=(1, 0)), ttl.Pipe(src_core=(0, 0), dst=(1, 0))]
    wide = ttl.Pipe(src=(0, 0), dst=(slice(0, 4), 0))
    all_ = ttl.Pipe(src_core=0, dst_core_range=[slice(1, 4), slice(None)])
    send = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=depth)
    recv = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
    ready = ttl.Semaphore()
    done = ttl.Semaphore(initial_value=1)
    here = ttl.node(dims=2)

    @ttl.compute
    def compute():
        pass

    @ttl.datamovement
    def talk_():
        def pass_on(pipe):
            with send.wait() as block:
                ttl.copy(block, pipe).wait()

        def other(block, pipe: ttl.Pipe):
            ttl.copy(block, pipe).wait()
            return pipe.dst

        net.if_src(pass_on)
        with send.wait() as block, recv.reserve() as got:
            net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
            net.if_src(partial(other, block))
            ttl.if_pipe_src(wide, lambda pipe: other(block, pipe))
            ttl.if_pipe_dst(ring, lambda pipe: ttl.copy(pipe, got).wait())
            ttl.if_pipe_src(net, pass_on)
            ttl.if_pipe_src(all_, pass_on)
            if here[0] == 0:
                ttl.copy(block, ring[0]).wait()
        for pipe in net:
            print(pipe.src)
        ready.wait_eq(1)
        ready.wait_ge(len(net))
        ready.set(0)
        ready.get_remote((0, 0)).inc(1)
        ready.get_remote(here).set(1)
        ready.get_remote_multicast().set(1)
        done.get_remote_multicast((slice(0, 4), 0)).set(1)
        done.wait_for(1)
        done.wait_for_min(2)

    @ttl.datamovement()
    def write():
        with recv.wait() as block:
            ttl.copy(block, out[ttl.node(dims=1)]).wait()


@ttl.kernel
def bare(x):
    pass


def make(dims: int, fidelity, grid: tuple[int, int]):
    """What only the run knows."""

    @ttl.kernel(grid=grid, math_fidelity=fidelity)
    def kernel(x: ttnn.Tensor, out: ttnn.Tensor) -> None:
        place = ttl.core(dims=dims)
        column, row = place
        print(column + row, ttl.grid_size(dim=1) + 1, ttl.core(dim=2)[0])

    return kernel


@nested.kernel(grid=2)
def same(x, out):
    return None


@ours.kernel(grid=[2, 2], dst_full_sync_en=True, math_approx_mode=True, allow_tf32=True)
def again(x):
    """A kernel with words."""


def main() -> None:
    device = ttnn.open_device(device_id=0, l1_small_size=8192)
    values = torch.randn(64, 64)
    x = ttnn.from_torch(values, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    y, out = (ttnn.from_torch(torch.zeros(64, 64), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
    z = ttnn.from_torch(values, device=device, layout=ttnn.TILE_LAYOUT, memory_config=ttnn.L1_MEMORY_CONFIG)
    elementwise(x, y, out)
    elementwise(x, y, out, alpha=2.0)
    elementwise(*(x, y, out))
    matmul(x, y, z, out)
    tensors = [x, y, z, out]
    matmul(*tensors)
    talk(x, out)
    talk(x, out=out, depth=4)
    make(2, "HiFi2", (1, 1))(x, out)
    for fidelity in ("LoFi", "HiFi4"):
        ttl.kernel(grid=(1, 1), math_fidelity=fidelity)(lambda x: None)(x)
    same(x, out)
    again(x)
    bare(x)
    compiled = matmul.compile(x, y, z, out, metal_api="0.69")
    print(compiled.cpp(), compiled.plan(), matmul.__name__)
    result = ttnn.to_torch(out)
    assert torch.allclose(result.float(), values.double().exp().float(), atol=0.1)
    assert ttnn.to_numpy(out)[0, 0] == 1
    both = ttnn.add(x, y) + ttnn.relu(x) * 2 - ttnn.matmul(x, y) + ttnn.sum(x, dim=-1) + ttnn.multiply(x, 2.0)
    print(ttnn.to_torch(x == y).float(), (x != 0).shape, ttnn.where(x == y, x, 0.0), -(x == np.float32(1)))
    print(both.shape, ttnn.gelu(x, memory_config=ttnn.DRAM_MEMORY_CONFIG).dtype, x.shape[0] // 2)
    print(ttnn.ones((32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device), ttnn.zeros_like(x))
    print(ttnn.softmax(x, dim=-1), ttnn.to_layout(x, ttnn.ROW_MAJOR_LAYOUT), ttnn.rand([32, 32]), x.cpu())
    spec = ttnn.TensorSpec((64, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT)
    print(spec.padded_shape, ttnn.TensorSpec([64, 64], ttl.float32, layout=ttnn.ROW_MAJOR_LAYOUT).row)
    ttnn.close_device(device)


if __name__ == "__main__":
    main()


@ttl.kernel(grid=(1, 1))
def takes_an_integer(x: ttnn.Tensor, pos: ttl.RuntimeInt):
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def read():
        for row in range(pos // 2):
            with cb.reserve() as block:
                ttl.copy(x[pos + row, 0], block).wait()


def call_with_an_integer(x: ttnn.Tensor):
    takes_an_integer(x, 5)


@ours.operation(
    grid=ours.one_of((8, 8), (4, 4)),
    math_fidelity=ours.one_of("LoFi", "HiFi4"),
    fp32_dest_acc_en=ours.one_of(True, False),
    where=lambda bm, parts: bm * parts[0] <= 16,
)
def sizes(
    x: ttnn.Tensor,
    out,
    *,
    bm=ours.one_of(1, 2, 4),
    bn=ours.divisor_of(lambda x: x.shape[1] // 32),
    bk=ours.largest(ours.divisor_of(12, pad=True)),
    depth=ours.largest(2, 3),
    slack=ours.between(0, lambda x: x.shape[0] // 32, 2),
    parts=ours.one_of((1, 2), (2, 1)),
    way=ours.one_of("rows", "columns"),
    scale=ours.one_of(0.5, 1.0),
    wide=ours.per_chip(wormhole_b0=ours.one_of(True, False), blackhole=True),
    dtype=ours.one_of(ours.bfloat16, ours.float32),
):
    height: int = bm * parts[0] + slack // 2
    x_dfb = ours.make_dataflow_buffer_like(x, shape=(height, bn), block_count=depth)
    wide_dfb = ours.make_dfb(dtype, shape=(bm, bk) if wide else parts, block_count=2)
    name: str = way.upper()

    @ours.compute()
    def compute():
        for _ in range(0, 12, bk):
            with x_dfb.wait() as v, wide_dfb.reserve() as o:
                o.store(v * scale)

    print(name)


sizes(ttnn.rand((64, 64), layout=ttnn.TILE_LAYOUT), ttnn.rand((64, 64)), bm=2, parts=(1, 2), way="rows")
