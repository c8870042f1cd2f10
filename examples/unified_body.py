"""A linear layer with a bias and a GELU on 4 cores, in one text without threads: the compiler makes them of it."""

import torch

from ttlang import ttl, ttnn

ROWS, INNER, COLUMNS = 4, 6, 8  # tiles


@ttl.operation()
def activate(source: ttl.DFB, target: ttl.DFB):
    """A stage of other operations: their buffers are its parameters."""
    with source.wait() as block, target.reserve() as o:
        o.store(ttl.math.gelu(block))


@ttl.operation(grid=(4, 1))
def linear_gelu(x, w, bias, out):
    sums = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
    results = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
    column, _ = ttl.node()
    share = COLUMNS // ttl.grid_size(dims=1)
    for row in range(ROWS):
        for n in range(column * share, (column + 1) * share):
            with sums.reserve() as total:
                total += ttl.block.broadcast(bias[0, n], dims=[0], shape=(1, 1))
                for k in range(INNER):
                    total += x[row, k] @ w[k, n]
            activate(sums, results)
            with results.wait() as block:
                ttl.copy(block, out[row, n]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    x = torch.randn(ROWS * 32, INNER * 32)
    w = torch.randn(INNER * 32, COLUMNS * 32) / (INNER * 32) ** 0.5
    bias = torch.randn(1, COLUMNS * 32)
    tensors = [
        ttnn.from_torch(t, dtype=ttnn.float32, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (x, w, bias, torch.zeros(ROWS * 32, COLUMNS * 32))
    ]
    linear_gelu(*tensors)
    expected = torch.nn.functional.gelu(x @ w + bias)
    # The FPU takes tf32: each product is wrong by 2^-10 at most, relative to its factors.
    bound = 2.0**-9 * (x.abs() @ w.abs() + bias.abs()) + 2.0**-8
    error = (ttnn.to_torch(tensors[-1]) - expected).abs()
    assert (error <= bound).all(), (error / bound).max()
    print(f"largest error {error.max().item():.2e}; matches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
