"""
GELU(x * w + b), fused: 2048x2048 bfloat16 on 8x8 cores, streamed through L1 in blocks of 2x4 tiles.

As separate operations the same takes three kernels and writes two intermediate tensors to DRAM and back.
Run it with `make demo`, or `ttlang run examples/fused_gelu.py`.
"""

import time

import torch

from ttlang import ttl, ttnn

SIZE = 2048
GRID = (8, 8)
BLOCK = (2, 4)


@ttl.operation(grid=GRID)
def fused_gelu(x, w, b, out):
    rows, columns = BLOCK
    columns_per_core = out.shape[1] // ttl.TILE_SHAPE[1] // GRID[0]
    rows_per_core = out.shape[0] // ttl.TILE_SHAPE[0] // GRID[1]

    x_dfb = ttl.make_dataflow_buffer_like(x, shape=BLOCK, block_count=2)
    w_dfb = ttl.make_dataflow_buffer_like(w, shape=BLOCK, block_count=2)
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=BLOCK, block_count=2)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=BLOCK, block_count=2)

    @ttl.compute()
    def compute():
        for _ in range((rows_per_core // rows) * (columns_per_core // columns)):
            with x_dfb.wait() as xv, w_dfb.wait() as wv, b_dfb.wait() as bv, out_dfb.reserve() as o:
                o.store(ttl.math.gelu(xv * wv + bv))

    @ttl.datamovement()
    def read():
        core_x, core_y = ttl.node()
        for row in range(core_y * rows_per_core, (core_y + 1) * rows_per_core, rows):
            for column in range(core_x * columns_per_core, (core_x + 1) * columns_per_core, columns):
                with x_dfb.reserve() as x_blk, w_dfb.reserve() as w_blk, b_dfb.reserve() as b_blk:
                    transfers = (
                        ttl.copy(x[row : row + rows, column : column + columns], x_blk),
                        ttl.copy(w[row : row + rows, column : column + columns], w_blk),
                        ttl.copy(b[row : row + rows, column : column + columns], b_blk),
                    )
                    for transfer in transfers:
                        transfer.wait()

    @ttl.datamovement()
    def write():
        core_x, core_y = ttl.node()
        for row in range(core_y * rows_per_core, (core_y + 1) * rows_per_core, rows):
            for column in range(core_x * columns_per_core, (core_x + 1) * columns_per_core, columns):
                with out_dfb.wait() as o:
                    ttl.copy(o, out[row : row + rows, column : column + columns]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    x, w, b = (torch.randn(SIZE, SIZE, dtype=torch.bfloat16) for _ in range(3))

    def upload(tensor: torch.Tensor):
        return ttnn.from_torch(tensor, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

    tensors = [upload(tensor) for tensor in (x, w, b, torch.zeros(SIZE, SIZE))]

    compiled = fused_gelu.compile(*tensors)
    for name, source in compiled.cpp().items():
        print(f"// ---------------------------------------------------------------- {name}.cpp\n{source}")

    start = time.perf_counter()
    fused_gelu(*tensors)
    seconds = time.perf_counter() - start
    print(f"ran {SIZE}x{SIZE} on {GRID[0]}x{GRID[1]} cores in {seconds:.2f} s")

    actual = ttnn.to_torch(tensors[-1]).double()
    expected = torch.nn.functional.gelu(x.double() * w.double() + b.double())
    # Four roundings to bfloat16 (product, sum, gelu's result, and what gelu makes of its argument's error), each of at
    # most a relative 2**-8; near the root of the sum the error is absolute, in units of the addends.
    tolerance = 2.0**-8 * (3 * expected.abs() + 2 * (x.double() * w.double()).abs() + b.double().abs()) + 2.0**-8
    error = (actual - expected).abs()
    pcc = torch.corrcoef(torch.stack((actual.flatten(), expected.flatten())))[0, 1].item()
    used = (error / tolerance).max().item()
    print(f"PCC {pcc:.6f}, largest error {error.max().item():.4f}, {used:.2f} of the tolerance")
    assert pcc > 0.999, "the result does not correlate"
    assert (error <= tolerance).all(), "an error is larger than bfloat16 explains"
    print("matches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
