"""
A pipeline over three cores: the first reads blocks and scales them, the second applies GELU, the third adds a bias and
writes. Blocks go from core to core without a trip to DRAM, and all three work at once.
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

BLOCK = 2
SCALE = 0.5


@ttl.operation(grid=(3, 1))
def pipeline(x, bias, out):
    rows, columns = (size // 32 // BLOCK for size in x.shape)
    blocks = rows * columns
    first_to_second = ttl.Pipe(src=(0, 0), dst=(1, 0))
    second_to_third = ttl.Pipe(src=(1, 0), dst=(2, 0))

    in_dfb = ttl.make_dataflow_buffer_like(x, shape=(BLOCK, BLOCK))
    bias_dfb = ttl.make_dataflow_buffer_like(bias, shape=(BLOCK, BLOCK))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(BLOCK, BLOCK))

    def place(block):
        """The tiles of a block, by rows of blocks."""
        row, column = block // columns * BLOCK, block % columns * BLOCK
        return slice(row, row + BLOCK), slice(column, column + BLOCK)

    @ttl.compute()
    def compute():
        stage = ttl.node(dims=1)
        for _ in range(blocks):
            with in_dfb.wait() as v, out_dfb.reserve() as o:
                if stage == 0:
                    o.store(v * SCALE)
                elif stage == 1:
                    o.store(ttl.math.gelu(v))
                else:
                    with bias_dfb.wait() as b:
                        o.store(v + b)

    @ttl.datamovement()
    def incoming():
        stage = ttl.node(dims=1)
        for block in range(blocks):
            tile_rows, tile_columns = place(block)
            with in_dfb.reserve() as v:
                if stage == 0:
                    ttl.copy(x[tile_rows, tile_columns], v).wait()
                elif stage == 1:
                    ttl.copy(first_to_second, v).wait()
                else:
                    ttl.copy(second_to_third, v).wait()
            if stage == 2:
                with bias_dfb.reserve() as b:
                    ttl.copy(bias[tile_rows, tile_columns], b).wait()

    @ttl.datamovement()
    def outgoing():
        stage = ttl.node(dims=1)
        for block in range(blocks):
            tile_rows, tile_columns = place(block)
            with out_dfb.wait() as o:
                if stage == 0:
                    ttl.copy(o, first_to_second).wait()
                elif stage == 1:
                    ttl.copy(o, second_to_third).wait()
                else:
                    ttl.copy(o, out[tile_rows, tile_columns]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    values, bias = (torch.randn(256, 512, dtype=torch.bfloat16) for _ in range(2))
    tensors = [
        ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (values, bias, torch.zeros_like(values))
    ]
    pipeline(*tensors)

    expected = torch.nn.functional.gelu(values.double() * SCALE) + bias.double()
    # A rounding to bfloat16 on each core; those before the sum are of the size of its operands.
    largest = max(values.abs().max().item(), bias.abs().max().item())
    comparison = compare(tensors[2], expected, roundings=1, absolute=3 * 2.0**-8 * largest)
    assert comparison.ok, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
