"""
A matrix product of 1024x1024x1024 on 8x8 cores that reads each tile of its operands from DRAM once: the left column of
cores reads `a` and multicasts it along the rows, the top row reads `b` and multicasts it down the columns.
"""

import time

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

SIZE = 1024
GRID = (8, 8)
BLOCK = 4


# With 16 bits a datum, DST rounds the sum to bfloat16 after every 16 of K, 64 times here: 32 bits keep it.
@ttl.kernel(grid=GRID, fp32_dest_acc_en=True)
def matmul(a, b, out):
    columns, rows = ttl.grid_size()
    inner_tiles = a.shape[1] // 32

    # From the left core of each row to the others, and from the top core of each column.
    a_pipes = [ttl.Pipe(src_core=(0, y), dst_core_range=(slice(1, columns), y)) for y in range(rows)]
    b_pipes = [ttl.Pipe(src_core=(x, 0), dst_core_range=(x, slice(1, rows))) for x in range(columns)]

    a_cb = ttl.make_circular_buffer_like(a, shape=(BLOCK, BLOCK), buffer_factor=2)
    b_cb = ttl.make_circular_buffer_like(b, shape=(BLOCK, BLOCK), buffer_factor=2)
    sum_cb = ttl.make_circular_buffer_like(out, shape=(BLOCK, BLOCK), buffer_factor=1)

    @ttl.compute()
    def compute():
        with sum_cb.reserve() as total:
            for _ in range(inner_tiles // BLOCK):
                with a_cb.wait() as av, b_cb.wait() as bv:
                    total.store(av @ bv, acc=True)

    @ttl.datamovement()
    def read_a():
        _, core_y = ttl.core()
        row = core_y * BLOCK
        for inner in range(0, inner_tiles, BLOCK):
            with a_cb.reserve() as block:

                def send(pipe):
                    ttl.copy(a[row : row + BLOCK, inner : inner + BLOCK], block).wait()
                    ttl.copy(block, pipe).wait()

                ttl.if_pipe_src(a_pipes, send)
                ttl.if_pipe_dst(a_pipes, lambda pipe: ttl.copy(pipe, block).wait())

    @ttl.datamovement()
    def read_b_and_write():
        core_x, core_y = ttl.core()
        row, column = core_y * BLOCK, core_x * BLOCK
        for inner in range(0, inner_tiles, BLOCK):
            with b_cb.reserve() as block:

                def send(pipe):
                    ttl.copy(b[inner : inner + BLOCK, column : column + BLOCK], block).wait()
                    ttl.copy(block, pipe).wait()

                ttl.if_pipe_src(b_pipes, send)
                ttl.if_pipe_dst(b_pipes, lambda pipe: ttl.copy(pipe, block).wait())
        with sum_cb.wait() as total:
            ttl.copy(total, out[row : row + BLOCK, column : column + BLOCK]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    a, b = (torch.randn(SIZE, SIZE, dtype=torch.bfloat16) for _ in range(2))
    tensors = [
        ttnn.from_torch(t, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)
        for t, dtype in ((a, ttnn.bfloat16), (b, ttnn.bfloat16), (torch.zeros(SIZE, SIZE), ttnn.float32))
    ]
    start = time.perf_counter()
    matmul(*tensors)
    print(f"ran {SIZE}x{SIZE}x{SIZE} on {GRID[0]}x{GRID[1]} cores in {time.perf_counter() - start:.2f} s")

    expected = a.double() @ b.double()
    # What the FPU loses when it aligns eight products at a time to the largest, with eleven bits.
    alignment = 2.0**-10 * (a.double().abs() @ b.double().abs()).max().item()
    comparison = compare(tensors[-1], expected, roundings=1, absolute=alignment)
    assert comparison.ok, comparison
    assert comparison.pcc > 0.9999, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
