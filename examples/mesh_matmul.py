"""
A product on a mesh of chips: the dimension that is summed over is divided among them, so each chip computes a matrix of
partial sums from its own part, with the same operation, and `ttnn.all_reduce` adds them up on all chips.
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

TILE = 32
BLOCK = 2


@ttl.operation(grid="full")
def matmul(a, b, out):
    columns, rows = ttl.grid_size(dims=2)
    height, width = out.shape[0] // TILE // BLOCK, out.shape[1] // TILE // BLOCK
    steps = a.shape[1] // TILE // BLOCK  # of what this chip has

    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(BLOCK, BLOCK), block_count=2)
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(BLOCK, BLOCK), block_count=2)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(BLOCK, BLOCK), block_count=2)

    @ttl.compute()
    def compute():
        x, y = ttl.node()
        for _ in range(y, height, rows):
            for _ in range(x, width, columns):
                with out_dfb.reserve() as total:
                    for _ in range(steps):
                        with a_dfb.wait() as left, b_dfb.wait() as right:
                            total += left @ right

    @ttl.datamovement()
    def read():
        x, y = ttl.node()
        for i in range(y, height, rows):
            for j in range(x, width, columns):
                for k in range(steps):
                    with a_dfb.reserve() as left, b_dfb.reserve() as right:
                        down, along, across = (slice(n * BLOCK, (n + 1) * BLOCK) for n in (i, j, k))
                        ttl.copy(a[down, across], left).wait()
                        ttl.copy(b[across, along], right).wait()

    @ttl.datamovement()
    def write():
        x, y = ttl.node()
        for i in range(y, height, rows):
            for j in range(x, width, columns):
                with out_dfb.wait() as total:
                    ttl.copy(total, out[i * BLOCK : (i + 1) * BLOCK, j * BLOCK : (j + 1) * BLOCK]).wait()


def main() -> None:
    torch.manual_seed(0)
    mesh = ttnn.open_mesh_device(ttnn.MeshShape(1, ttnn.GetNumAvailableDevices()))
    m, k, n = 128, 512, 192
    a, b = torch.randn(m, k, dtype=torch.bfloat16), torch.randn(k, n, dtype=torch.bfloat16)

    def divided(values: torch.Tensor, dim: int) -> ttnn.Tensor:
        mapper = ttnn.ShardTensorToMesh(mesh, dim=dim)
        return ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT, device=mesh, mesh_mapper=mapper)

    partial = ttnn.zeros((m, n), dtype=ttnn.float32, layout=ttnn.TILE_LAYOUT, device=mesh)
    matmul(divided(a, 1), divided(b, 0), partial)
    results = ttnn.get_device_tensors(ttnn.all_reduce(partial))

    a, b = a.double(), b.double()
    # What the FPU may lose where it aligns products (examples/matmul_multicore.py has why); the sums are in float32.
    alignment = 2.0**-10 * (a.abs() @ b.abs()).max().item()
    for chip, result in enumerate(results):
        comparison = compare(result, a @ b, roundings=len(results), absolute=alignment)
        assert comparison.ok, comparison
        print(f"chip {chip} matches torch")
    ttnn.close_device(mesh)


if __name__ == "__main__":
    main()
