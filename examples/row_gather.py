"""Eight cores gather rows of a row-major table of embeddings: data movement alone, no arithmetic."""

import torch

from ttlang import ttl, ttnn

WIDTH = 200
"""Elements of a row. It fills no whole tiles, which row-major tensors needn't."""
CORES = 8


@ttl.kernel(grid=(CORES, 1))
def gather(table, out, tokens):
    # A buffer like a row-major tensor counts elements: a block is one row.
    row_cb = ttl.make_circular_buffer_like(table, shape=(1, WIDTH))
    share = len(tokens) // CORES
    # The kernel function runs for each core, and so finds that core's own tokens.
    start = ttl.core(dims=1) * share
    mine = tokens[start : start + share]

    @ttl.datamovement()
    def read():
        for token in mine:
            with row_cb.reserve() as row:
                ttl.copy(table[token, :], row).wait()

    @ttl.datamovement()
    def write():
        for i in range(share):
            with row_cb.wait() as row:
                ttl.copy(row, out[start + i, :]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    tokens = tuple(torch.randint(0, 1000, (CORES * 6,)).tolist())
    table = torch.randn(1000, WIDTH).to(torch.bfloat16)
    tensors = [
        ttnn.from_torch(values, dtype=ttnn.bfloat16, layout=ttnn.ROW_MAJOR_LAYOUT, device=device)
        for values in (table, torch.zeros(len(tokens), WIDTH))
    ]
    gather(*tensors, tokens=tokens)
    assert torch.equal(ttnn.to_torch(tensors[-1]), table[list(tokens)])
    print(f"{len(tokens)} rows of {WIDTH} elements gathered; equal to torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
