"""Kernels with mistakes of types and names: pyright has something to say of each line that says so, and of no other."""

# ruff: noqa

from ttl import copy, nothing_of_the_kind  # mistake
from ttlang import nothing  # mistake
from ttlang import ttl, ttnn


@ttl.kernel(grid=(1, 1), math_fidelty="LoFi")  # mistake
def an_option(x): ...


@ttl.kernel(grid=(1, 1), math_fidelity="HiFi5")  # mistake
def a_fidelity(x): ...


@ttl.operation(grid=(1, 1), arch="wormhole")  # mistake
def a_chip(x): ...


@ttl.operation(grid="atuo")  # mistake
def a_grid(x): ...


@ttl.kernel((2, 2))  # mistake
def grid_by_position(x): ...


@ttl.kernal(grid=(1, 1))  # mistake
def a_decorator(x): ...


@ttl.kernel(grid=(1, 1), fp32_dest_acc_en="yes")  # mistake
def a_truth_value(x): ...


@ttl.kernel(grid=(2, 2))
def kernel(x, out, scale=1.0):
    a = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=2)
    g = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_facter=2)  # mistake
    b = ttl.make_circular_bufer_like(out, shape=(1, 1))  # mistake
    c = ttl.make_circular_buffer_like(out, shape=1)  # mistake
    d = ttl.make_circular_buffer_like("out", shape=(1, 1))  # mistake
    e = ttl.make_circular_buffer_like(out)  # mistake
    f = ttl.make_dataflow_buffer_like(out, shape=(1, 1), num_blocks=2)  # mistake
    o = ttl.make_circular_buffer_like(out, shape=(1, 1))
    column, row, chip = ttl.core()  # mistake
    column, row = ttl.core(dims=1)  # mistake
    columns, rows = ttl.core_linear()  # mistake
    columns = ttl.grid_size() // 2  # mistake
    row = ttl.core(dims="x")  # mistake
    place = ttl.cores()  # mistake
    semaphore = ttl.Semaphore("0")  # mistake
    ready = ttl.Semaphore(0)
    pipe = ttl.Pipe(src=(0, 0), dest=(1, 0))  # mistake
    far = ttl.Pipe(src=(0, 0), dst=("1", 0))  # mistake
    half = ttl.Pipe((0, 0))  # mistake
    half = ttl.Pipe(dst_core_range=(slice(0, 2), 0))  # mistake
    twice = ttl.Pipe(src=(0, 0), dst=(1, 0), dst_core=(1, 0))  # mistake
    near = ttl.Pipe(src=(0, 0), dst=(1, 0))
    net = ttl.PipeNet(near)  # mistake
    nets = ttl.PipeNet([near])

    @ttl.compute()
    def compute():
        with a.wait() as v, o.reserve() as r:
            r.stroe(v)  # mistake
            r.store(undefined_name)  # mistake
            r.store("1")  # mistake
            r.store(o)  # mistake
            r.store()  # mistake
            r.store(v, accumulate=True)  # mistake
            r.store(v + o)  # mistake
            r.store(v + "1")  # mistake
            r.store(v @ 2)  # mistake
            r.store(v // 2)  # mistake
            r.store(v & v)  # mistake
            r.store(~v)  # mistake
            r.store(v[0])  # mistake
            r.store(v[0, 0])  # mistake
            r.store(v.shapes[0])  # mistake
            r.store(ttl.math.exq(v))  # mistake
            r.store(ttl.math.exp())  # mistake
            r.store(ttl.math.exp(v, v, v, v, v, v))  # mistake
            r.store(ttl.math.exp("v"))  # mistake
            r.store(ttl.math.exp(a))  # mistake
            r.store(ttl.math.exp(a.wait))  # mistake
            r.store(ttl.math.max(v))  # mistake
            r.store(ttl.math.max(v, "0"))  # mistake
            r.store(ttl.math.leaky_relu(v, slopes=0.1))  # mistake
            r.store(ttl.block.max(v, v))  # mistake
            r.store(ttl.where(v, 1.0))  # mistake
            r.store(ttl.matmul(v))  # mistake
            r.store(ttl.matmul(v, 2))  # mistake
            r.store(ttl.reduce_sum(v, dims="0"))  # mistake
            r.store(ttl.reduce_sum(v, axis=0))  # mistake
            r.store(ttl.reduce_sum(v, dim="rows"))  # mistake
            r.store(ttl.reduce_mean(v, dims=[0]))  # mistake
            r.store(ttl.broadcast(v, dims=0.5))  # mistake
            r.store(ttl.transpose())  # mistake
            r.store(v.transpose(v))  # mistake
            r.store(ttl.matmul(v, w, transpose_lhs=True))  # mistake
            r.store(ttl.math.exp(v, True))  # mistake
            r.store(ttl.math.exp(v, approx="yes"))  # mistake
            r.store(ttl.exq(v))  # mistake
            r.store(ttl.block.broadcast(v, dims=[0], shape="1x1"))  # mistake
            r.store(ttl.typecast(v))  # mistake
            r.store(ttl.typecast(v, ttl.float33))  # mistake
            r.store(ttl.typecast(v, 32))  # mistake
            r.store(ttl.typecast(v, float))  # mistake
            r.store(ttl.fill("0"))  # mistake
            r.store(r.store(v))  # mistake
            if v > 0:  # mistake
                r.store(v)
            r.store(v if v else r)  # mistake
            r.store(max(v, 0))  # mistake
            r.store(min(v, v))  # mistake
            r.store(sorted([v, r])[0])  # mistake
            r.store(1.0 if not v else 0.0)  # mistake
            for tile in v:  # mistake
                pass
            v += "1"  # mistake
            r.wait()  # mistake
            ttl.math.exp(v).stroe(v)  # mistake
        a.reserv()  # mistake
        a.store(1)  # mistake
        with a as w:  # mistake
            pass

    @ttl.datamovement()
    def read():
        with a.reserve() as block:
            transfer = ttl.copy(x[0, 0], block)
            transfer.wiat()  # mistake
            transfer.wait(1)  # mistake
            ttl.copy(x[0, 0]).wait()  # mistake
            ttl.copy(x[0, 0], a).wait()  # mistake
            ttl.copy(0, block).wait()  # mistake
            ttl.copy(x[0, 0], block).push()  # mistake
            ttl.copy(x[0, 0], block, 1).wait()  # mistake
            ttl.copyy(x[0, 0], block).wait()  # mistake
            block.wait()  # mistake
            ttl.if_pipe_src(near)  # mistake
            ttl.if_pipe_src(near, 1)  # mistake
            ttl.if_pipe_src("near", lambda pipe: None)  # mistake
            nets.if_source(lambda pipe: None)  # mistake
            nets.if_src(lambda: None)  # mistake
            near.if_src(lambda pipe: None)  # mistake
        ready.wait(1)  # mistake
        ready.wait_eq("1")  # mistake
        ready.wait_eq()  # mistake
        ready.get_remote((0, 0)).add(1)  # mistake
        ready.get_remote("0").inc(1)  # mistake
        ready.get_remote((0, 0)).wait_eq(1)  # mistake

    @ttl.datamovement()  # mistake
    def with_parameters(row):
        pass

    @ttl.compute  # mistake
    async def later():
        pass

    @ttl.computed()  # mistake
    def misspelled():
        pass

    compute()  # mistake
    return ttl.Program(compute, 1)(x, out)  # mistake


def main():
    device = ttnn.open_device(device_id=0)
    x = ttnn.zeros((32, 32), layout=ttnn.TILE_LAYOUT, device=device)
    kernel(x)  # mistake
    kernel(x, x, 1.0, 2.0)  # mistake
    kernel(x, x, scal=1.0)  # mistake
    kernel(x, x).store(x)  # mistake
    kernel.compiled(x, x)  # mistake
    ttnn.nosuch(x)  # mistake
    ttnn.relu()  # mistake
    x + "1"  # mistake
    "1" * x  # mistake
    x @ 2  # mistake
    ttnn.open_device(device=0)  # mistake
    ttnn.relu("x")  # mistake
    ttnn.relu(x, inplace=True)  # mistake
    ttnn.add(x)  # mistake
    ttnn.from_torch(x, dtype="bfloat16")  # mistake
    ttnn.from_torch(x, layout=ttnn.TILED_LAYOUT)  # mistake
    ttnn.from_torch(x, device="device")  # mistake
    ttnn.to_torch(x).nosuch()  # mistake
    x.nosuch()  # mistake
    x.shape.nosuch  # mistake
    ttl.math.nosuch  # mistake


@ttl.kernel(grid=(1, 1))
def takes_an_integer(x: ttnn.Tensor, pos: ttl.RuntimeInt): ...


def call_with_a_fraction(x: ttnn.Tensor):
    takes_an_integer(x, 5.5)  # mistake
