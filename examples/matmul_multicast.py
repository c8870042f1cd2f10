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


# Products are added up in 32 bits. With 16, DST would round the sum to bfloat16 after every 16 of K, 64 times here.
@ttl.operation(grid=GRID)
def matmul(a, b, out):
    columns, rows = ttl.grid_size()
    inner_tiles = a.shape[1] // 32

    # From the left core of each row to the others, and from the top core of each column.
    a_net = ttl.PipeNet([ttl.Pipe(src=(0, y), dst=(slice(1, columns), y)) for y in range(rows)])
    b_net = ttl.PipeNet([ttl.Pipe(src=(x, 0), dst=(x, slice(1, rows))) for x in range(columns)])

    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(BLOCK, BLOCK), block_count=2)
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(BLOCK, BLOCK), block_count=2)
    sum_dfb = ttl.make_dataflow_buffer_like(out, shape=(BLOCK, BLOCK), block_count=1)

    @ttl.compute()
    def compute():
        total = ttl.block.fill(0, shape=(BLOCK, BLOCK))
        with sum_dfb.reserve() as result:
            for _ in range(inner_tiles // BLOCK):
                with a_dfb.wait() as av, b_dfb.wait() as bv:
                    total += av @ bv
            result.store(total)

    @ttl.datamovement()
    def read_b():
        core_x, _ = ttl.node()
        column = core_x * BLOCK
        for inner in range(0, inner_tiles, BLOCK):
            with b_dfb.reserve() as block:
                if b_net.is_src():
                    ttl.copy(b[inner : inner + BLOCK, column : column + BLOCK], block).wait()
                    b_net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
                b_net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())

    @ttl.datamovement()
    def read_a_and_write():
        core_x, core_y = ttl.node()
        row, column = core_y * BLOCK, core_x * BLOCK
        for inner in range(0, inner_tiles, BLOCK):
            with a_dfb.reserve() as block:
                if a_net.is_src():
                    ttl.copy(a[row : row + BLOCK, inner : inner + BLOCK], block).wait()
                    a_net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
                a_net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
        with sum_dfb.wait() as total:
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
    result = ttnn.to_torch(tensors[-1])

    expected = a.double() @ b.double()
    # What the FPU loses when it aligns eight products at a time to the largest, with eleven bits.
    alignment = 2.0**-10 * (a.double().abs() @ b.double().abs()).max().item()
    comparison = compare(result, expected, roundings=1, absolute=alignment)
    assert comparison.ok, comparison
    assert comparison.pcc > 0.9999, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
