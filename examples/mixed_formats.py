"""
Three formats in one kernel: bfloat8_b weights times bfloat16 activations, float32 out. One 32-bit buffer makes DST hold
32 bits a datum, which halves its tiles; the compiler switches the unpackers between the formats.
"""

import torch

from ttlang import ttl, ttnn

SHAPE = (128, 192)


@ttl.kernel(grid=(2, 1))
def scaled(x, w, out):
    rows = x.shape[0] // 32
    half = x.shape[1] // 32 // 2

    x_cb = ttl.make_circular_buffer_like(x, shape=(1, half))
    w_cb = ttl.make_circular_buffer_like(w, shape=(1, half))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, half))

    @ttl.compute()
    def compute():
        for _ in range(rows):
            with x_cb.wait() as xv, w_cb.wait() as wv, out_cb.reserve() as o:
                o.store(ttl.math.tanh(xv) * wv + 0.25)

    @ttl.datamovement()
    def read():
        column, _ = ttl.core()
        for row in range(rows):
            with x_cb.reserve() as x_block, w_cb.reserve() as w_block:
                x_transfer = ttl.copy(x[row, column * half : (column + 1) * half], x_block)
                w_transfer = ttl.copy(w[row, column * half : (column + 1) * half], w_block)
                x_transfer.wait()
                w_transfer.wait()

    @ttl.datamovement()
    def write():
        column, _ = ttl.core()
        for row in range(rows):
            with out_cb.wait() as o:
                ttl.copy(o, out[row, column * half : (column + 1) * half]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    x, w = torch.randn(SHAPE, dtype=torch.bfloat16), torch.randn(SHAPE)
    formats = (ttnn.bfloat16, ttnn.bfloat8_b, ttnn.float32)
    tensors = [
        ttnn.from_torch(t, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)
        for t, dtype in zip((x, w, torch.zeros(SHAPE)), formats, strict=True)
    ]
    scaled(*tensors)
    # What the device has for w: bfloat8_b keeps seven bits, sixteen datums share an exponent.
    expected = torch.tanh(x.double()) * ttnn.to_torch(tensors[1]).double() + 0.25
    # tanh is good to 2 units of float32 (docs/numerics.md); product and sum are rounded to float32.
    error = (ttnn.to_torch(tensors[-1]).double() - expected).abs()
    assert (error <= 2.0**-20 * (1 + expected.abs())).all()
    print(f"largest error {error.max().item():.2e}; matches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
