"""
A 3x3 convolution as a matrix product: the host unfolds the image into rows of windows (im2col), and the kernel
multiplies them with the filters on 4x2 cores. Rows are pixels of the output, columns its channels.
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

IMAGES, CHANNELS, HEIGHT, WIDTH = 2, 32, 16, 16
FILTERS, SIZE = 64, 3
GRID = (2, 4)
BLOCK_M, BLOCK_K = 4, 3


# 32 bits in DST: 16 would round the sum to bfloat16 after every 16 of K.
@ttl.kernel(grid=GRID, fp32_dest_acc_en=True)
def multiply(windows, filters, out):
    inner_tiles = filters.shape[0] // 32

    windows_cb = ttl.make_circular_buffer_like(windows, shape=(BLOCK_M, BLOCK_K))
    filters_cb = ttl.make_circular_buffer_like(filters, shape=(BLOCK_K, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(BLOCK_M, 1))

    @ttl.compute()
    def compute():
        with out_cb.reserve() as o:
            for _ in range(inner_tiles // BLOCK_K):
                with windows_cb.wait() as w, filters_cb.wait() as f:
                    o.store(w @ f, acc=True)

    @ttl.datamovement()
    def read():
        column, core_y = ttl.core()
        row = core_y * BLOCK_M
        for inner in range(0, inner_tiles, BLOCK_K):
            with windows_cb.reserve() as w, filters_cb.reserve() as f:
                w_transfer = ttl.copy(windows[row : row + BLOCK_M, inner : inner + BLOCK_K], w)
                f_transfer = ttl.copy(filters[inner : inner + BLOCK_K, column], f)
                w_transfer.wait()
                f_transfer.wait()

    @ttl.datamovement()
    def write():
        column, core_y = ttl.core()
        row = core_y * BLOCK_M
        with out_cb.wait() as o:
            ttl.copy(o, out[row : row + BLOCK_M, column]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    image = torch.randn(IMAGES, CHANNELS, HEIGHT, WIDTH, dtype=torch.bfloat16)
    filters = torch.randn(FILTERS, CHANNELS, SIZE, SIZE, dtype=torch.bfloat16)
    windows = torch.nn.functional.unfold(image.float(), SIZE, padding=SIZE // 2).transpose(1, 2).flatten(0, 1)
    columns = filters.flatten(1).T
    pixels = torch.zeros(len(windows), FILTERS)
    tensors = [
        ttnn.from_torch(t, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (windows, columns, pixels)
    ]
    multiply(*tensors)
    actual = ttnn.to_torch(tensors[-1]).reshape(IMAGES, HEIGHT, WIDTH, FILTERS).permute(0, 3, 1, 2)
    expected = torch.nn.functional.conv2d(image.double(), filters.double(), padding=SIZE // 2)
    # The FPU aligns eight products at a time to the largest, with eleven bits: 2**-10 of the sizes of the products is
    # a generous bound for what that loses. The packer rounds to bfloat16 once.
    sizes = torch.nn.functional.conv2d(image.double().abs(), filters.double().abs(), padding=SIZE // 2)
    comparison = compare(actual, expected, roundings=0.5, absolute=2.0**-10 * sizes.max().item())
    assert comparison.ok, comparison
    assert comparison.pcc > 0.9999, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
