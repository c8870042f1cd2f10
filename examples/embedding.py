"""
An embedding: eight cores gather the rows of a table whose numbers lie in memory. Each reads its own tokens into L1, and
from there the number of each row to copy. The same program serves any tokens.
"""

import torch

from ttlang import ttl, ttnn

WIDTH = 192
"""Elements of a row."""
CORES, SHARE = 8, 16


@ttl.operation(grid=(CORES, 1))
def embed(table, tokens, out):
    # Buffers like row-major tensors count elements: the tokens of a core, and a row of the table.
    tokens_dfb = ttl.make_dataflow_buffer_like(tokens, shape=(1, SHARE), block_count=1)
    row_dfb = ttl.make_dataflow_buffer_like(table, shape=(1, WIDTH), block_count=4)
    core = ttl.core_linear()

    @ttl.datamovement()
    def read():
        with tokens_dfb.reserve() as block:
            ttl.copy(tokens[core, :], block).wait()
        with tokens_dfb.wait() as block:
            for i in range(SHARE):
                token = ttl.read_index(block, 0, i)
                with row_dfb.reserve() as row:
                    ttl.copy(table[token, :], row).wait()

    @ttl.datamovement()
    def write():
        for i in range(SHARE):
            with row_dfb.wait() as row:
                ttl.copy(row, out[core * SHARE + i, :]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    table = torch.randn(1000, WIDTH).bfloat16()
    on_device = {"layout": ttnn.ROW_MAJOR_LAYOUT, "device": device}
    rows = ttnn.from_torch(table, **on_device)
    for _ in range(2):
        tokens = torch.randint(0, len(table), (CORES, SHARE)).int()
        out = ttnn.from_torch(torch.zeros(CORES * SHARE, WIDTH).bfloat16(), **on_device)
        embed(rows, ttnn.from_torch(tokens, dtype=ttnn.uint32, **on_device), out)
        assert torch.equal(ttnn.to_torch(out), torch.nn.functional.embedding(tokens.flatten(), table))
    print(f"{CORES * SHARE} rows of {WIDTH} elements gathered, twice; equal to torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
