"""
A decode step with a paged KV cache: new rows go to the page that a table in memory names, at a position that differs
from call to call; then the pages of each sequence are gathered. One program serves all steps.

The cache has pages of 32 rows, in any order; `page_table[b, i]` is the number of the i-th page of sequence b.
"""

import torch

import ttl
from ttlang import ttnn

BATCH, PAGES, PAGE_ROWS, WIDTH = 2, 4, 32, 64


@ttl.operation(grid=(BATCH, 1))
def append(cache, page_table, new, position: ttl.RuntimeInt):
    """Writes row `position` of each sequence: new[b] to its place in the cache."""
    table = ttl.make_dataflow_buffer_like(page_table, shape=(1, PAGES), block_count=1)
    rows = ttl.make_dataflow_buffer_like(new, shape=(1, WIDTH))

    @ttl.datamovement()
    def read():
        sequence = ttl.core_linear()
        with rows.reserve() as row:
            ttl.copy(new[sequence : sequence + 1, :], row).wait()

    @ttl.datamovement()
    def write():
        sequence = ttl.core_linear()
        with table.reserve() as numbers:
            ttl.copy(page_table[sequence : sequence + 1, :], numbers).wait()
        with table.wait() as numbers, rows.wait() as row:
            page = ttl.read_index(numbers, 0, position // PAGE_ROWS)
            place = page * PAGE_ROWS + position % PAGE_ROWS
            ttl.copy(row, cache[place : place + 1, :]).wait()


@ttl.operation(grid=(BATCH, 1))
def gather(cache, page_table, out, length: ttl.RuntimeInt):
    """Copies the first `length` rows of each sequence, in their order."""
    table = ttl.make_dataflow_buffer_like(page_table, shape=(1, PAGES), block_count=1)
    rows = ttl.make_dataflow_buffer_like(cache, shape=(1, WIDTH))

    @ttl.datamovement()
    def read():
        sequence = ttl.core_linear()
        with table.reserve() as numbers:
            ttl.copy(page_table[sequence : sequence + 1, :], numbers).wait()
        with table.wait() as numbers:
            for i in range(length):
                place = ttl.read_index(numbers, 0, i // PAGE_ROWS) * PAGE_ROWS + i % PAGE_ROWS
                with rows.reserve() as row:
                    ttl.copy(cache[place : place + 1, :], row).wait()

    @ttl.datamovement()
    def write():
        sequence = ttl.core_linear()
        for i in range(length):
            with rows.wait() as row:
                ttl.copy(row, out[sequence, i : i + 1, :]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    rows = {"layout": ttnn.ROW_MAJOR_LAYOUT, "device": device}
    pages = torch.randperm(BATCH * PAGES).reshape(BATCH, PAGES).int()
    page_table = ttnn.from_torch(pages, dtype=ttnn.uint32, **rows)
    cache = ttnn.from_torch(torch.zeros(BATCH * PAGES * PAGE_ROWS, WIDTH).bfloat16(), **rows)
    out = ttnn.from_torch(torch.zeros(BATCH, PAGES * PAGE_ROWS, WIDTH).bfloat16(), **rows)
    steps = 70
    written = torch.randn(steps, BATCH, WIDTH).bfloat16()
    for position in range(steps):
        append(cache, page_table, ttnn.from_torch(written[position], **rows), position)
    gather(cache, page_table, out, steps)
    assert torch.equal(ttnn.to_torch(out)[:, :steps], written.transpose(0, 1))
    print(f"{steps} steps compiled once; the gathered rows are equal to torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
